/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_asked.c */
#include "unit/unit.h"

#include "http/asked.h"

static struct hw_budget budget;

/* The kind of the i-th request: all three, without a period of 2^n. */
static enum hw_http_asked kind(unsigned i)
{
	return (enum hw_http_asked)((i * 7 + i / 5) % 3);
}

static void answers_in_order_at_any_depth(void **state)
{
	static const unsigned depths[] = { 1, 2, 31, 32, 33, 34, 64, 1000, 5000 };

	(void)state;
	for (size_t d = 0; d < sizeof(depths) / sizeof(depths[0]); d++) {
		struct hw_asked a = { 0 };
		unsigned pushed = 0, popped = 0;

		budget = (struct hw_budget){ .max = 1 << 20 };
		while (popped < 3 * depths[d]) {
			while (pushed - popped < depths[d])
				hw_asked_push(&a, kind(pushed++), &budget);
			for (unsigned i = 0; i < depths[d] / 2 + 1; i++) {
				assert_int_equal(hw_asked_peek(&a), kind(popped));
				hw_asked_pop(&a, true);
				popped++;
			}
		}
		hw_asked_clear(&a);
		assert_int_equal(budget.used, 0);
	}
}

static void a_response_ahead_of_its_request_is_not_answered_twice(void **state)
{
	struct hw_asked a = { 0 };

	(void)state;
	hw_asked_pop(&a, true);
	hw_asked_push(&a, HW_HTTP_ASKED_HEAD, &budget); /* the one that was answered */
	assert_int_equal(a.nr, 0);
	hw_asked_push(&a, HW_HTTP_ASKED_CONNECT, &budget);
	assert_int_equal(hw_asked_peek(&a), HW_HTTP_ASKED_CONNECT);
	hw_asked_clear(&a);
}

static void an_orphan_response_is_passed_over(void **state)
{
	struct hw_asked a = { 0 };

	(void)state;
	hw_asked_pop(&a, false);
	hw_asked_push(&a, HW_HTTP_ASKED_HEAD, &budget);
	assert_int_equal(hw_asked_peek(&a), HW_HTTP_ASKED_HEAD);
	hw_asked_clear(&a);
}

/* None or one that waits outlives a rest; more do not fit. */
static void what_rests_awakes_as_it_was(void **state)
{
	(void)state;
	for (int kind = -1; kind <= HW_HTTP_ASKED_CONNECT; kind++) {
		struct hw_asked a = { 0 }, b = { 0 };

		if (kind >= 0)
			hw_asked_push(&a, (enum hw_http_asked)kind, &budget);
		assert_true(hw_asked_rest(&a) < HW_ASKED_MANY);
		assert_int_equal(hw_asked_rest(&a) == 0, kind < 0);
		hw_asked_awake(&b, hw_asked_rest(&a));
		assert_memory_equal(&a, &b, sizeof(a));
		hw_asked_push(&b, HW_HTTP_ASKED_HEAD, &budget);
		hw_asked_push(&b, HW_HTTP_ASKED_ANY, &budget);
		assert_int_equal(hw_asked_rest(&b), HW_ASKED_MANY);
		hw_asked_clear(&b);
		hw_asked_pop(&b, true);
		assert_int_equal(hw_asked_rest(&b), HW_ASKED_MANY);
	}
}

static void without_memory_the_deepest_are_forgotten(void **state)
{
	struct hw_asked a = { 0 };

	(void)state;
	budget = (struct hw_budget){ .max = 0 };
	for (unsigned i = 0; i < 100; i++)
		hw_asked_push(&a, HW_HTTP_ASKED_HEAD, &budget);
	assert_int_equal(a.nr, 32);
	hw_asked_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_in_order_at_any_depth),
		cmocka_unit_test(a_response_ahead_of_its_request_is_not_answered_twice),
		cmocka_unit_test(an_orphan_response_is_passed_over),
		cmocka_unit_test(what_rests_awakes_as_it_was),
		cmocka_unit_test(without_memory_the_deepest_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
