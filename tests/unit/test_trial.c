/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_trial.c - which way to read takes less time */
#include "unit/unit.h"

#include "source/trial.h"

enum { FROM = 262144, TURN = HW_TRIAL_TURN_BYTES, CALL = TURN / 4 };

/* Of each turn: what it takes, in microseconds a MiB. Returns whether the second way is taken then. */
static bool run(const uint64_t us[HW_TRIAL_TURNS], uint64_t turn_bytes)
{
	struct hw_trial t = { .from = FROM };
	uint64_t at = FROM;

	for (unsigned turn = 0; turn < HW_TRIAL_TURNS; turn++) {
		assert_true(hw_trial_goes_on(&t));
		assert_int_equal(hw_trial_takes_second(&t, at), turn & 1);
		assert_int_equal(hw_trial_takes_second(&t, at + TURN - 1), turn & 1);
		t.spent_ns += us[turn] * 1000 * turn_bytes / TURN;
		at += turn_bytes;
		hw_trial_takes_second(&t, at);
	}
	assert_false(hw_trial_goes_on(&t));
	assert_int_equal(hw_trial_takes_second(&t, at + 10 * TURN), hw_trial_takes_second(&t, at));
	return hw_trial_takes_second(&t, at);
}

static void the_best_turns_decide(void **state)
{
	static const uint64_t first[] = { 300, 900, 200, 210, 290, 800, 900, 205 };
	static const uint64_t second[] = { 900, 300, 210, 200, 800, 290, 205, 900 };

	(void)state;
	assert_false(run(first, TURN));
	assert_true(run(second, TURN));
}

/* Whoever reads in pieces of 256 KiB may pass the end of a turn by one. */
static void longer_turns_count_by_the_byte(void **state)
{
	static const uint64_t second[] = { 200, 199, 300, 300, 300, 300, 300, 300 };

	(void)state;
	assert_true(run(second, TURN + CALL));
}

static void the_first_way_is_kept_without_a_reason(void **state)
{
	static const uint64_t equal[] = { 200, 200, 200, 200, 200, 200, 200, 200 };

	(void)state;
	assert_false(run(equal, TURN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_turns_decide),
		cmocka_unit_test(longer_turns_count_by_the_byte),
		cmocka_unit_test(the_first_way_is_kept_without_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
