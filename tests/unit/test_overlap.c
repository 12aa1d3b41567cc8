/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_overlap.c */
#include "unit/unit.h"

#include "tcp/overlap.h"
#include "tight.h"

/* What is there, what comes, and what is there then, with a byte behind it that is not to change. */
struct rig {
	uint8_t held[HW_OVERLAP_MAX + 1], came[HW_OVERLAP_MAX], want[HW_OVERLAP_MAX + 1];
};

static uint32_t next_random(void)
{
	static uint32_t x = 1;

	return (x = x * 1664525 + 1013904223) >> 8;
}

static uint64_t random_bits(size_t len)
{
	const uint64_t some =
		(uint64_t)next_random() << 40 ^ (uint64_t)next_random() << 20 ^ next_random();
	const uint64_t sorts[] = { 0, UINT64_MAX, some, some & some << 7, some | some << 3 };

	return sorts[next_random() % 5] & hw_overlap_bits(len);
}

/* Those that come again say the same, but for the byte at `odd`. Returns whether that is one of them. */
static bool fill(struct rig *r, size_t len, uint64_t there, size_t odd)
{
	for (size_t i = 0; i < sizeof(r->held); i++)
		r->want[i] = r->held[i] = (uint8_t)next_random();
	for (size_t i = 0; i < len; i++) {
		r->came[i] = (uint8_t)(there >> i & 1 ? r->held[i] ^ (i == odd) : next_random());
		if (!(there >> i & 1))
			r->want[i] = r->came[i];
	}
	return odd < len && there >> odd & 1;
}

static void assert_put(const struct rig *r, size_t len, uint64_t there, bool is_conflict,
		       size_t (*put)(uint8_t *, const uint8_t *, size_t, uint64_t, bool *))
{
	const struct hw_slice came = tight_copy(hw_slice(r->came, len));
	uint8_t held[sizeof(r->held)];
	bool told = false;

	memcpy(held, r->held, sizeof(held));
	assert_int_equal(put(held, came.ptr, len, there, &told), __builtin_popcountll(there));
	assert_int_equal(told, is_conflict);
	assert_memory_equal(held, r->want, sizeof(held));
}

static void what_is_there_stays_and_is_compared(void **state)
{
	struct rig r;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const size_t len = 1 + next_random() % HW_OVERLAP_MAX;
		const uint64_t there = random_bits(len);
		const bool is_conflict = fill(&r, len, there, next_random() % 96);

		assert_put(&r, len, there, is_conflict, hw_overlap_put);
		assert_put(&r, len, there, is_conflict, hw_overlap_put_portable);
	}
}

static void a_conflict_that_was_told_stays(void **state)
{
	uint8_t held[] = { 1 };
	bool is_conflict = true;

	(void)state;
	assert_int_equal(hw_overlap_put(held, (const uint8_t[]){ 1 }, 1, 1, &is_conflict), 1);
	assert_true(is_conflict);
	assert_int_equal(hw_overlap_put_portable(held, (const uint8_t[]){ 1 }, 1, 1, &is_conflict),
			 1);
	assert_true(is_conflict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_stays_and_is_compared),
		cmocka_unit_test(a_conflict_that_was_told_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
