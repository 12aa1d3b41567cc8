/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_clock.c */
#include "unit/unit.h"

#include "engine/clock.h"
#include "random.h"

static const uint64_t second = 1000000000, start = 1700000000 * 1000000000ull;

static void runs_with_the_frames(void **state)
{
	struct hw_clock c = { 0 };

	(void)state;
	assert_int_equal(hw_clock_see(&c, start), 1);
	assert_int_equal(hw_clock_see(&c, start + 5 * second), 5 * second + 1);
	assert_int_equal(hw_clock_see(&c, start + 7 * second), 7 * second + 1);
}

/* Two captures merged with some skew: time runs at the pace of the later one. */
static void disorder_does_not_hurry_it(void **state)
{
	struct hw_clock c = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		hw_clock_see(&c, start + i * second / 100 + 5 * second);
		hw_clock_see(&c, start + i * second / 100);
	}
	assert_true(c.now_ns < 10 * second);
}

static void one_wild_time_moves_it_a_little(void **state)
{
	struct hw_clock c = { 0 };

	(void)state;
	hw_clock_see(&c, start);
	assert_int_equal(hw_clock_see(&c, UINT64_MAX / 2), HW_CLOCK_STEP_NS + 1);
	assert_int_equal(hw_clock_see(&c, start + second), HW_CLOCK_STEP_NS + 2);
	assert_int_equal(hw_clock_see(&c, start + 2 * second), HW_CLOCK_STEP_NS + second + 2);
}

/* Frames of the same time, or of none: each is later than the one before. */
static void no_two_frames_are_at_once(void **state)
{
	static const uint64_t times[] = { 0, 0, start, start, start - second, start };
	struct hw_clock c = { 0 };
	uint64_t last = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		const uint64_t now = hw_clock_see(&c, times[i]);

		assert_int_equal(now, last + 1);
		last = now;
	}
}

static void never_goes_back(void **state)
{
	struct hw_clock c = { 0 };
	uint64_t last = 0, random = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		random_next(&random);
		const uint64_t now = hw_clock_see(&c, random >> (random & 31));

		assert_true(now > last && now - last <= HW_CLOCK_STEP_NS);
		last = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_with_the_frames),
		cmocka_unit_test(disorder_does_not_hurry_it),
		cmocka_unit_test(one_wild_time_moves_it_a_little),
		cmocka_unit_test(no_two_frames_are_at_once),
		cmocka_unit_test(never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
