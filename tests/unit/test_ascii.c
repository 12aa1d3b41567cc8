/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_ascii.c */
#include "unit/unit.h"

#include <ctype.h>

#include "base/ascii.h"

/* In the locale "C", which a program starts in, <ctype.h> knows ASCII alone. */
static void classes_are_those_of_ascii(void **state)
{
	(void)state;
	for (int c = 0; c <= UINT8_MAX; c++) {
		const uint8_t byte = (uint8_t)c;

		assert_int_equal(hw_ascii_is_digit(byte), isdigit(c) != 0);
		assert_int_equal(hw_ascii_is_upper(byte), isupper(c) != 0);
		assert_int_equal(hw_ascii_is_letter(byte), isalpha(c) != 0);
		assert_int_equal(hw_ascii_is_alnum(byte), isalnum(c) != 0);
		assert_int_equal(hw_ascii_lower(byte), tolower(c));
		assert_int_equal(hw_ascii_upper(byte), toupper(c));
	}
}

static void digits_are_counted_to_the_first_other_byte(void **state)
{
	(void)state;
	assert_int_equal(hw_ascii_digits(HW_SLICE("")), 0);
	assert_int_equal(hw_ascii_digits(HW_SLICE("a1")), 0);
	assert_int_equal(hw_ascii_digits(HW_SLICE("12a3")), 2);
	assert_int_equal(hw_ascii_digits(hw_slice("1234", 3)), 3);
}

static void a_number_is_digits_alone_and_not_above_its_maximum(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, want;
		bool is_number;
	} cases[] = {
		{ "0", 0, 0, true },
		{ "1", 0, 0, false },
		{ "5", 4, 0, false },
		{ "65535", 65535, 65535, true },
		{ "65536", 65535, 0, false },
		{ "000007", 9, 7, true },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "99999999999999999999", UINT64_MAX, 0, false },
		{ "9223372036854775807", INT64_MAX, INT64_MAX, true },
		{ "9223372036854775808", INT64_MAX, 0, false },
		{ "", 9, 0, false },
		{ "+1", 9, 0, false },
		{ "-1", 9, 0, false },
		{ " 1", 9, 0, false },
		{ "1 ", 9, 0, false },
		{ "0x1", 9, 0, false },
		{ "1:", 99, 0, false },
		{ "1/", 99, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t n = 123;

		assert_int_equal(hw_ascii_number(hw_slice_text(cases[i].text), cases[i].max, &n),
				 cases[i].is_number);
		assert_int_equal(n, cases[i].is_number ? cases[i].want : 123);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_those_of_ascii),
		cmocka_unit_test(digits_are_counted_to_the_first_other_byte),
		cmocka_unit_test(a_number_is_digits_alone_and_not_above_its_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
