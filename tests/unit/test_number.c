/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_number.c */
#include "unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "event/number.h"

static void check(const uint8_t *text, const uint8_t *end, const char *want)
{
	assert_slice_equal(hw_slice(text, (size_t)(end - text)), hw_slice_text(want));
}

/* All small ones, and around every power of ten and of two, against printf. */
static void integers(void **state)
{
	uint8_t text[HW_U64_TEXT_MAX + 1];
	char want[32];

	(void)state;
	for (uint64_t n = 0; n < 20000; n++) {
		snprintf(want, sizeof(want), "%" PRIu64, n);
		check(text, hw_write_u64(text, n), want);
	}
	for (uint64_t power = 1, last = 0; power > last; last = power, power *= 10) {
		for (uint64_t n = power - 1; n != power + 2; n++) {
			snprintf(want, sizeof(want), "%" PRIu64, n);
			check(text, hw_write_u64(text, n), want);
		}
	}
	for (int bit = 0; bit < 64; bit++) {
		const int64_t n = (int64_t)(UINT64_MAX >> bit);

		snprintf(want, sizeof(want), "%" PRId64, n);
		check(text, hw_write_i64(text, n), want);
		snprintf(want, sizeof(want), "%" PRId64, -n);
		check(text, hw_write_i64(text, -n), want);
		snprintf(want, sizeof(want), "%016" PRIx64, (uint64_t)n);
		check(text, hw_write_hex64(text, (uint64_t)n), want);
	}
	check(text, hw_write_i64(text, INT64_MIN), "-9223372036854775808");
	check(text, hw_write_u64(text, UINT64_MAX), "18446744073709551615");
	check(text, hw_write_digits(text, 7, 3), "007");
}

static void fractions_lose_their_zeros(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ 1696255675184233610, "2023-10-02T14:07:55.18423361Z" },
		{ 1696255675103211877, "2023-10-02T14:07:55.103211877Z" },
		{ 1696255675000000000, "2023-10-02T14:07:55Z" },
		{ 1696255675500000000, "2023-10-02T14:07:55.5Z" },
		{ 951782400000000000, "2000-02-29T00:00:00Z" },
		{ UINT64_MAX, "2554-07-21T23:34:33.709551615Z" },
	};
	uint8_t text[HW_TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(text, hw_write_rfc3339(text, cases[i].ns), cases[i].want);
}

/* Each day of six hundred years, against the C library. */
static void dates(void **state)
{
	(void)state;
	for (uint64_t day = 0; day < 600 * 366; day++) {
		const time_t t = (time_t)(day * 86400 + day % 86400);
		uint8_t text[HW_TIME_TEXT_MAX], *end;
		char want[32];
		struct tm tm;

		end = hw_write_date(text, (uint64_t)t);
		*end++ = ' ';
		end = hw_write_time_of_day(end, (uint64_t)t);
		strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%S", gmtime_r(&t, &tm));
		check(text, end, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(fractions_lose_their_zeros),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
