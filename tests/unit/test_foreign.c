/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_foreign.c - bytes from the wire in a line for a person: event/line.h */
#include "unit/unit.h"

#include <stdio.h>

#include "event/line.h"

enum { LONG = 40 }; /* several words of eight bytes, and a rest */

static struct hw_buf out;

static struct hw_slice foreign(struct hw_slice s)
{
	struct hw_line l = { .out = &out };

	out.len = 0;
	hw_line_foreign(&l, s);
	assert_int_equal(l.err, 0);
	return hw_buf_slice(&out);
}

static bool does_nothing(int c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

static void each_byte_is_seen_wherever_it_is(void **state)
{
	char text[LONG + 1], want[LONG + 8];

	(void)state;
	for (int at = 0; at < LONG; at++) {
		for (int c = 0; c < 256; c++) {
			memset(text, 'a', LONG);
			text[at] = (char)c;
			if (does_nothing(c))
				snprintf(want, sizeof(want), "%.*s", LONG, text);
			else if (c == '\\')
				snprintf(want, sizeof(want), "%.*s\\\\%.*s", at, text,
					 LONG - at - 1, text + at + 1);
			else
				snprintf(want, sizeof(want), "%.*s\\x%02x%.*s", at, text,
					 (unsigned)c, LONG - at - 1, text + at + 1);
			assert_slice_equal(foreign(hw_slice(text, LONG)), hw_slice_text(want));
			assert_int_equal(hw_line_is_plain(hw_slice(text, LONG)), does_nothing(c));
		}
	}
}

static void widths_are_those_of_characters(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{ "", 0 },
		{ "a", 1 },
		{ "12345678", 8 },
		{ "1234567890123456789", 19 },
		{ "1234567\xc3\xbc", 8 },
		{ "12345678\xc3\xbc-behind-it", 19 },
		{ "12345678\xe6\xbc\xa2", 10 }, /* a wide one */
		{ "\xe6\xbc\xa2\xe5\xad\x97 kanji", 10 },
		{ "12345678e\xcc\x81", 9 }, /* joins the one before */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(hw_line_width(hw_slice_text(cases[i].text)), cases[i].width);
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *want;
	} cases[] = {
		{ "1234567890", 10, "1234567890" },
		{ "1234567890", 9, "123456789" },
		{ "1234567890", 3, "123" },
		{ "1234567890", 0, "" },
		{ "12345678\xe6\xbc\xa2", 9, "12345678" },
		{ "12345678\xe6\xbc\xa2", 10, "12345678\xe6\xbc\xa2" },
		{ "12345678\xcc\x81z", 8, "12345678\xcc\x81" },
		{ "12345678\xcc\x81z", 7, "1234567" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_slice_equal(hw_line_cut(hw_slice_text(cases[i].text), cases[i].columns),
				   hw_slice_text(cases[i].want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_seen_wherever_it_is),
		cmocka_unit_test(widths_are_those_of_characters),
		cmocka_unit_test(cuts_between_characters),
	};
	int failed;

	hw_buf_init(&out, 4096, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	hw_buf_clear(&out);
	return failed;
}
