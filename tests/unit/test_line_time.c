/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_line_time.c */
#include "unit/unit.h"

#include <stdlib.h>
#include <time.h>

#include "cli/line_time.h"

#define MS 1000000ull
#define START 1696255675184233610ull /* 2023-10-02 14:07:55.184233610 UTC */

static void writes_times_as_tcpdump_does(void **state)
{
	static const struct {
		enum hw_time_style style;
		const char *want[4];
	} cases[] = {
		{ HW_TIME_CLOCK,
		  { "16:07:55.184233 ", "16:07:55.185233 ", "16:07:54.184233 ",
		    "17:07:55.184233 " } },
		{ HW_TIME_NONE, { "", "", "", "" } },
		{ HW_TIME_EPOCH,
		  { "1696255675.184233 ", "1696255675.185233 ", "1696255674.184233 ",
		    "1696259275.184233 " } },
		{ HW_TIME_DELTA,
		  { " 00:00:00.000000 ", " 00:00:00.001000 ", "-00:00:01.001000 ",
		    " 01:00:01.000000 " } },
		{ HW_TIME_DATE,
		  { "2023-10-02 16:07:55.184233 ", "2023-10-02 16:07:55.185233 ",
		    "2023-10-02 16:07:54.184233 ", "2023-10-02 17:07:55.184233 " } },
		{ HW_TIME_ELAPSED,
		  { " 00:00:00.000000 ", " 00:00:00.001000 ", "-00:00:01.000000 ",
		    " 01:00:00.000000 " } },
		{ HW_TIME_RFC3339,
		  { "2023-10-02T14:07:55.184233Z ", "2023-10-02T14:07:55.185233Z ",
		    "2023-10-02T14:07:54.184233Z ", "2023-10-02T15:07:55.184233Z " } },
	};
	static const uint64_t times[] = { START, START + MS, START - 1000 * MS,
					  START + 3600 * 1000 * MS };

	(void)state;
	setenv("TZ", "XYZ-2", 1);
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_line_time t = { .style = cases[i].style };
		char got[HW_LINE_TIME_MAX];

		for (size_t j = 0; j < 4; j++) {
			const size_t len = hw_line_time_next(&t, times[j], got);

			assert_string_equal(got, cases[i].want[j]);
			assert_int_equal(len, strlen(got));
		}
	}
}

static void bears_any_time(void **state)
{
	static const uint64_t times[] = { 0, UINT64_MAX, 1, UINT64_MAX - 1 };

	(void)state;
	for (int style = HW_TIME_CLOCK; style <= HW_TIME_RFC3339; style++) {
		struct hw_line_time t = { .style = (enum hw_time_style)style };
		char got[HW_LINE_TIME_MAX];

		for (size_t j = 0; j < 4; j++) {
			const size_t len = hw_line_time_next(&t, times[j], got);

			assert_int_equal(len, strlen(got));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_times_as_tcpdump_does),
		cmocka_unit_test(bears_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
