/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_pieces.c */
#include "unit/unit.h"

#include "base/pieces.h"

enum { BYTES = 64 * 183, NR = 1000, SMALL = 1 << 20, LARGE = 64 << 20 };

static void *take(struct hw_pieces *p, uint8_t mark)
{
	uint8_t *piece = hw_pieces_take(p);

	if (piece) {
		assert_int_equal((uintptr_t)piece % HW_PIECES_ALIGN, 0);
		memset(piece, mark, BYTES);
	}
	return piece;
}

static void check_mark(const uint8_t *piece, uint8_t mark)
{
	for (size_t i = 0; i < BYTES; i++)
		assert_int_equal(piece[i], mark);
}

/* Given back and taken again in any order, none is somebody else's, and all goes back. */
static void pieces_are_apart(void **state)
{
	struct hw_budget budget = { .max = LARGE };
	uint8_t *all[NR] = { NULL };
	struct hw_pieces p;
	unsigned int random = 1;

	(void)state;
	hw_pieces_init(&p, BYTES, &budget);
	for (int i = 0; i < 20 * NR; i++) {
		const unsigned int at = (random = random * 1103515245 + 12345) / 65536 % NR;

		if (all[at]) {
			check_mark(all[at], (uint8_t)at);
			hw_pieces_give(&p, all[at]);
			all[at] = NULL;
		} else {
			all[at] = take(&p, (uint8_t)at);
			assert_non_null(all[at]);
		}
	}
	for (int i = 0; i < NR; i++)
		if (all[i]) {
			check_mark(all[i], (uint8_t)i);
			hw_pieces_give(&p, all[i]);
		}
	assert_int_equal(budget.used, 0);
}

/* As many as the budget has room for, from one block on and piece by piece. */
static void a_budget_is_kept(void **state)
{
	static const size_t sizes[] = { 0, BYTES, SMALL, LARGE };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct hw_budget budget = { .max = sizes[i] };
		void *all[LARGE / BYTES];
		struct hw_pieces p;
		size_t nr = 0;

		hw_pieces_init(&p, BYTES, &budget);
		while ((all[nr] = hw_pieces_take(&p)))
			nr++;
		assert_true(nr * BYTES <= sizes[i]);
		assert_true(nr >= sizes[i] / (BYTES + 64) / 10 * 9);
		while (nr > 0)
			hw_pieces_give(&p, all[--nr]);
		assert_int_equal(budget.used, 0);
	}
}

/* A program with few does not take what thousands need. */
static void a_few_are_cheap(void **state)
{
	struct hw_budget budget = { .max = LARGE };
	void *all[20];
	struct hw_pieces p;

	(void)state;
	hw_pieces_init(&p, BYTES, &budget);
	for (size_t i = 0; i < 20; i++)
		assert_non_null(all[i] = hw_pieces_take(&p));
	assert_true(budget.used < SMALL / 2);
	for (size_t i = 0; i < 20; i++)
		hw_pieces_give(&p, all[i]);
	assert_int_equal(budget.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_apart),
		cmocka_unit_test(a_budget_is_kept),
		cmocka_unit_test(a_few_are_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
