/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_file_name.c */
#include "unit/unit.h"

#include "source/file_name.h"
#include "tight.h"

static void shows_what_is_safe_and_escapes_the_rest(void **state)
{
	static const struct {
		const char *name, *shown;
	} cases[] = {
		{ "", "" },
		{ "a b%s.pcap", "a b%s.pcap" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f",
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f" },
		{ "a\nb\tc\x1b[2J\x7f", "a\\x0ab\\x09c\\x1b[2J\\x7f" },
		{ "a\\x0a", "a\\x5cx0a" }, /* no name looks like an escape */
		{ "\xc2\x9b"
		  "2J",
		  "\\xc2\\x9b2J" }, /* 8-bit escape */
		{ "\xe2\x80\xae"
		  "cod",
		  "\\xe2\\x80\\xaecod" }, /* right to left */
		{ "\xe2\x81\xa9", "\\xe2\\x81\\xa9" },
		{ "\xff\xc3", "\\xff\\xc3" },			/* no UTF-8, cut short */
		{ "\xc0\xaf", "\\xc0\\xaf" },			/* longer than needed */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* half of a pair */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* above the last */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t size = strlen(cases[i].name) + 1; /* its NUL is the last byte */
		char shown[HW_FILE_NAME_SHOWN_MAX];

		hw_file_name_show(shown,
				  (const char *)tight_copy(hw_slice(cases[i].name, size)).ptr);
		assert_string_equal(shown, cases[i].shown);
	}
}

static void shows_the_end_of_a_long_name(void **state)
{
	char name[1000], shown[HW_FILE_NAME_SHOWN_MAX];

	(void)state;
	for (size_t len = 190; len < sizeof(name); len++) {
		memset(name, '\n', len);
		name[len] = '\0';
		hw_file_name_show(shown, name);
		if (len <= HW_FILE_NAME_SHOWN_BYTES)
			assert_int_equal(strlen(shown), 4 * len);
		else
			assert_int_equal(strlen(shown), 3 + 4 * HW_FILE_NAME_SHOWN_BYTES);
		assert_int_equal(strncmp(shown, "...", 3) == 0, len > HW_FILE_NAME_SHOWN_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_is_safe_and_escapes_the_rest),
		cmocka_unit_test(shows_the_end_of_a_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
