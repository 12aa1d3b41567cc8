/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_hold.c */
#include "unit/unit.h"

#include "tcp/hold.h"

enum {
	BLOCK = HW_HOLD_BLOCK_BYTES,
	MANY = 1 << 20,	   /* blocks: no limit */
	AREA = 12 * BLOCK, /* of sequence space that the model knows */
};

/* A block begins here, and the sequence numbers wrap in the middle of the area. */
static const uint32_t start = 0u - AREA / 2;

static struct hw_budget budget;
static struct hw_hold *hold;
static struct hw_hold_put last_put;

static int set_up(void **state)
{
	(void)state;
	budget = (struct hw_budget){ .max = 1 << 20 };
	hold = hw_hold_new(&budget);
	return hold ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	hw_hold_free(hold, &budget);
	assert_int_equal(budget.used, 0);
	return 0;
}

static size_t put(uint32_t seq, const char *text)
{
	return hw_hold_put(hold, &budget, MANY, seq, hw_slice_text(text), 7, &last_put);
}

static void assert_put(size_t kept, size_t duplicate, bool is_conflict)
{
	assert_int_equal(last_put.kept, kept);
	assert_int_equal(last_put.duplicate, duplicate);
	assert_int_equal(last_put.is_conflict, is_conflict);
}

static void assert_held(uint32_t seq, const char *text)
{
	struct hw_hold_edge edge;

	assert_true(hw_hold_edge(hold, &edge));
	assert_int_equal(edge.seq, seq);
	assert_slice_equal(hw_hold_peek(hold, seq), hw_slice_text(text));
}

static void nothing_is_held_at_first(void **state)
{
	struct hw_hold_edge edge;

	(void)state;
	assert_false(hw_hold_edge(hold, &edge));
	assert_int_equal(hw_hold_peek(hold, 0).len, 0);
	assert_true(hw_hold_is_full(hold, 0));
	assert_false(hw_hold_is_full(hold, 1));
	assert_int_equal(put(5, ""), 0);
	assert_false(hw_hold_edge(hold, &edge));
}

static void gives_what_lies_together(void **state)
{
	(void)state;
	assert_int_equal(put(10, "klm"), 3);
	put(14, "o");
	assert_held(10, "klm");
	assert_int_equal(hw_hold_peek(hold, 9).len, 0);
	assert_int_equal(hw_hold_peek(hold, 11).len, 0);
	put(13, "n");
	assert_held(10, "klmno");
	hw_hold_pop(hold, &budget, 2);
	assert_held(12, "mno");
	assert_int_equal(hold->bytes, 3);
}

static void what_came_first_stays(void **state)
{
	(void)state;
	put(100, "BCD");
	put(100, "BCD");
	assert_put(0, 3, false);
	put(99, "abcde");
	assert_put(2, 3, true);
	assert_held(99, "aBCDe");
	assert_int_equal(hold->bytes, 5);
}

/* The end of a block is the end of what is given at once, and no byte is lost there. */
static void crosses_blocks_and_the_wrap(void **state)
{
	(void)state;
	assert_int_equal(put(0u - 3, "abcdef"), 6);
	assert_held(0u - 3, "abc");
	hw_hold_pop(hold, &budget, 3);
	assert_held(0, "def");
	hw_hold_pop(hold, &budget, 3);
	assert_int_equal(hold->bytes, 0);
	assert_int_equal(hw_hold_peek(hold, 3).len, 0);
}

static void earlier_bytes_become_the_edge(void **state)
{
	struct hw_hold_edge edge;

	(void)state;
	hold->segments = 4;
	put(5 * BLOCK, "late");
	hold->segments = 6;
	put(2 * BLOCK + 1, "early");
	assert_held(2 * BLOCK + 1, "early");
	hw_hold_edge(hold, &edge);
	assert_int_equal(edge.segment, 6);
	assert_int_equal(edge.since_ns, 7);
	hw_hold_pop(hold, &budget, 5);
	assert_held(5 * BLOCK, "late");
	hw_hold_edge(hold, &edge);
	assert_int_equal(edge.segment, 4);
}

static void keeps_no_more_blocks_than_allowed(void **state)
{
	const struct hw_slice text = HW_SLICE("abcdef");

	(void)state;
	assert_int_equal(hw_hold_put(hold, &budget, 1, BLOCK - 2, text, 0, &last_put), 2);
	assert_put(2, 0, false);
	assert_true(hw_hold_is_full(hold, 1));
	assert_int_equal(hw_hold_put(hold, &budget, 1, BLOCK, text, 0, &last_put), 0);
	assert_int_equal(hw_hold_put(hold, &budget, 1, 3, text, 0, &last_put), 6);
	assert_int_equal(hold->bytes, 8);
}

/* With each maximum of memory: it keeps what it says it keeps, and gives all back. */
static void survives_without_memory(void **state)
{
	static const char text[3 * BLOCK] = { 0 };

	(void)state;
	for (size_t max = 0; max < 10000; max += 16) {
		struct hw_budget small = { .max = max };
		struct hw_hold *h = hw_hold_new(&small);
		size_t done = 0;

		if (h) {
			done = hw_hold_put(h, &small, MANY, 0, hw_slice(text, sizeof(text)), 0,
					   &last_put);
			assert_put(done, 0, false);
			assert_int_equal(done % BLOCK, 0);
			assert_int_equal(h->bytes, done);
		}
		assert_true(max > 0 || !h);
		assert_true(max < 9900 || done == sizeof(text));
		hw_hold_free(h, &small);
		assert_int_equal(small.used, 0);
	}
	hw_hold_free(NULL, &budget);
}

/* What is held, in the plainest way there is. */
static struct {
	bool there[AREA];
	uint8_t value[AREA];
	size_t bytes;
} model;

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void put_both(uint32_t *seed)
{
	static uint8_t bytes[2 * BLOCK];
	const uint32_t len_max = next_random(seed) % 8 ? 20 : 2 * BLOCK;
	const uint32_t len = next_random(seed) % len_max;
	const uint32_t off = next_random(seed) % (AREA - len);
	struct hw_hold_put want = { 0 };

	for (uint32_t i = 0; i < len; i++) {
		const uint8_t odd = next_random(seed) % 512 == 0;

		bytes[i] = (uint8_t)(off + i) ^ odd;
		want.is_conflict |= model.there[off + i] && model.value[off + i] != bytes[i];
		want.duplicate += model.there[off + i];
		want.kept += !model.there[off + i];
		if (!model.there[off + i])
			model.value[off + i] = bytes[i];
		model.there[off + i] = true;
	}
	model.bytes += want.kept;
	assert_int_equal(
		hw_hold_put(hold, &budget, MANY, start + off, hw_slice(bytes, len), 0, &last_put),
		len);
	assert_put(want.kept, want.duplicate, want.is_conflict);
}

static uint32_t model_first(void)
{
	uint32_t i = 0;

	while (i < AREA && !model.there[i])
		i++;
	return i;
}

/* From the first byte held to a hole or the end of its block. */
static size_t model_run(uint32_t first)
{
	uint32_t i = first;

	while (i < AREA && model.there[i] && (i == first || i % BLOCK))
		i++;
	return i - first;
}

static void pop_both(uint32_t *seed)
{
	const uint32_t first = model_first();
	const size_t run = model_run(first);
	struct hw_slice got;
	size_t len;

	if (run == 0)
		return;
	got = hw_hold_peek(hold, start + first);
	assert_slice_equal(got, hw_slice(model.value + first, run));
	len = 1 + next_random(seed) % run;
	memset(model.there + first, 0, len);
	model.bytes -= len;
	hw_hold_pop(hold, &budget, len);
}

static void does_what_a_plain_array_does(void **state)
{
	uint32_t seed = 2026;

	(void)state;
	for (int i = 0; i < 6000; i++) {
		struct hw_hold_edge edge;

		if (next_random(&seed) % (i % 1000 < 500 ? 4 : 2))
			put_both(&seed);
		else
			pop_both(&seed);
		assert_int_equal(hold->bytes, model.bytes);
		assert_int_equal(hw_hold_edge(hold, &edge), model.bytes > 0);
		if (model.bytes > 0)
			assert_int_equal(edge.seq, start + model_first());
	}
}

/* What the next bytes need is kept where none are held, and nowhere else. */
static void bytes_that_are_gone_cost_nothing_beside_others(void **state)
{
	size_t used;

	(void)state;
	put(BLOCK, "b");
	used = budget.used;
	put(0, "a");
	assert_true(budget.used > used);
	hw_hold_pop(hold, &budget, 1);
	assert_int_equal(budget.used, used);
	hw_hold_pop(hold, &budget, 1);
	assert_int_equal(budget.used, used);
	put(5 * BLOCK, "c");
	assert_int_equal(budget.used, used);
	assert_held(5 * BLOCK, "c");
}

/* The same where all is dropped. */
static void a_hold_that_is_put_aside_keeps_one_block(void **state)
{
	size_t used;

	(void)state;
	put(0, "a");
	used = budget.used;
	put(BLOCK, "b");
	put(2 * BLOCK, "c");
	hw_hold_reset(hold, &budget);
	assert_int_equal(budget.used, used);
	assert_int_equal(hold->bytes, 0);
	put(7 * BLOCK, "d");
	assert_int_equal(budget.used, used);
	assert_held(7 * BLOCK, "d");
}

/* But for its memory. */
static void a_hold_that_is_put_aside_is_as_a_new_one(void **state)
{
	struct hw_hold list;

	(void)state;
	hw_hold_list_init(&list);
	hw_hold_list_renew(&list, hold);
	put(0, "a");
	hw_arrivals_note(&hold->arrivals, &budget, 0, 1, &(struct hw_arrival){ .number = 1 });
	hold->owner = hold;
	hold->dir = 1;
	hold->is_acking = hold->is_untimed = true;
	hold->segments = hold->fin_segment = hold->turn_ack = hold->turn_end = 2;
	hold->fin_ns = hold->made_ns = hold->checked_ns = hold->given_ns = hold->given_number = 3;
	hw_hold_reset(hold, &budget);
	assert_ptr_equal(list.newer, &list);
	assert_true(hold->newer == hold && hold->older == hold);
	assert_null(hold->owner);
	assert_false(hold->dir || hold->is_acking || hold->is_untimed);
	assert_int_equal(hold->segments | hold->fin_segment | hold->turn_ack | hold->turn_end, 0);
	assert_int_equal(hold->fin_ns | hold->made_ns | hold->checked_ns, 0);
	assert_int_equal(hold->given_ns | hold->given_number | hold->bytes, 0);
	assert_int_equal(hold->arrivals.first, hold->arrivals.last);
}

static void the_newest_is_last_in_the_list(void **state)
{
	struct hw_hold list, *other = hw_hold_new(&budget);

	(void)state;
	hw_hold_list_init(&list);
	assert_ptr_equal(list.newer, &list);
	hw_hold_list_renew(&list, hold);
	hw_hold_list_renew(&list, other);
	assert_ptr_equal(list.newer, hold);
	assert_ptr_equal(list.older, other);
	hw_hold_list_renew(&list, hold);
	assert_ptr_equal(list.newer, other);
	assert_ptr_equal(list.older, hold);
	assert_ptr_equal(other->newer, hold);
	assert_ptr_equal(hold->newer, &list);
	hw_hold_free(other, &budget);
	assert_ptr_equal(list.newer, hold);
	assert_ptr_equal(hold->older, &list);
}

#define HOLD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOLD_TEST(nothing_is_held_at_first),
		HOLD_TEST(gives_what_lies_together),
		HOLD_TEST(what_came_first_stays),
		HOLD_TEST(crosses_blocks_and_the_wrap),
		HOLD_TEST(earlier_bytes_become_the_edge),
		HOLD_TEST(keeps_no_more_blocks_than_allowed),
		HOLD_TEST(survives_without_memory),
		HOLD_TEST(does_what_a_plain_array_does),
		HOLD_TEST(bytes_that_are_gone_cost_nothing_beside_others),
		HOLD_TEST(a_hold_that_is_put_aside_keeps_one_block),
		HOLD_TEST(a_hold_that_is_put_aside_is_as_a_new_one),
		HOLD_TEST(the_newest_is_last_in_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
