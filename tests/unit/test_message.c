/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_message.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/message.h"
#include "tight.h"

static void escapes_what_a_terminal_should_not_get(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "plain text, 100 %s", "plain text, 100 %s" },
		{ "two\nlines\r\t", "two\\nlines\\r\\t" },
		{ "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
		{ "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc3", "\\xc3" },
		{ "\xc0\xaf", "\\xc0\\xaf" },			/* overlong */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },		/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b"
		  "31m" }, /* CSI as one character */
		{ "\xe2\x80\xae"
		  "evil",
		  "\\xe2\\x80\\xae"
		  "evil" }, /* right to left */
	};
	char got[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hw_message_escape(got, sizeof(got), cases[i].text, strlen(cases[i].text));
		assert_string_equal(got, cases[i].want);
	}
}

static void fits_into_any_room(void **state)
{
	static const char text[] = "a\x1b\xe2\x82\xac\n";
	char got[32];

	(void)state;
	for (size_t max = 1; max < sizeof(got); max++) {
		memset(got, 'x', sizeof(got));
		assert_true(hw_message_escape(got, max, text, strlen(text)) < max);
		assert_true(strlen(got) < max);
	}
}

/* Every beginning of a text may end at an unreadable page. */
static void reads_no_further_than_told(void **state)
{
	static const char text[] = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x1b";
	char got[64];

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		const struct hw_slice tight =
			tight_copy((struct hw_slice){ (const uint8_t *)text, len });

		hw_message_escape(got, sizeof(got), (const char *)tight.ptr, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_a_terminal_should_not_get),
		cmocka_unit_test(fits_into_any_room),
		cmocka_unit_test(reads_no_further_than_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
