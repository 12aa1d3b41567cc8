/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_duration.c */
#include "unit/unit.h"

#include "base/duration.h"

static void reads_times_as_options_and_filters_have_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns; /* 0: it is none */
	} cases[] = {
		{ "1", 1000000000 },
		{ "2s", 2000000000 },
		{ "500ms", 500000000 },
		{ "1.5s", 1500000000 },
		{ "0.25", 250000000 },
		{ "1.000000001s", 1000000001 },
		{ "1.0000000019s", 1000000001 },
		{ "2.5m", UINT64_C(150000000000) },
		{ "1h", UINT64_C(3600000000000) },
		{ "1.5d", UINT64_C(129600000000000) },
		{ "1us", 1000 },
		{ "250ns", 250 },
		{ "0.5us", 500 },
		{ "0.00000000001d", 864 },
		{ "106750d", UINT64_C(9223200000000000000) },
		{ "106752d", 0 },
		{ "99999999999999999999999s", 0 },
		{ ".5s", 0 },
		{ "1.", 0 },
		{ "1.s", 0 },
		{ "1..5s", 0 },
		{ "1.5.5s", 0 },
		{ "-1s", 0 },
		{ "s", 0 },
		{ "", 0 },
		{ "1ps", 0 },
		{ "1s ", 0 },
		{ "1 s", 0 },
		{ "0x1s", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns = 0;

		assert_int_equal(hw_duration_read(hw_slice_text(cases[i].text), &ns),
				 cases[i].ns != 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

/* A summary alone is on standard output, also where it is said that no event is. */

static void nothing_is_told_from_not_known(void **state)
{
	(void)state;
	assert_false(hw_duration_is_known((struct hw_duration){ 0 }));
	assert_true(hw_duration_is_known(hw_duration(0)));
	assert_int_equal(hw_duration_ns(hw_duration(0)), 0);
	assert_int_equal(hw_duration_ns(hw_duration(5)), 5);
	assert_int_equal(hw_duration_ns((struct hw_duration){ 0 }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_times_as_options_and_filters_have_them),
		cmocka_unit_test(nothing_is_told_from_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
