/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_escape.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "event/escape.h"
#include "tight.h"

enum {
	FORM_A = HW_ESCAPE_HTML,
	FORM_B = HW_ESCAPE_HTML | HW_ESCAPE_DROP,
	FORM_B_PLAIN = HW_ESCAPE_DROP,
	KEY = HW_ESCAPE_HTML | HW_ESCAPE_KEY,
};

/* From an exact copy, into exactly the room that is asked for. */
static void check_way(struct hw_slice in, unsigned how, struct hw_slice want)
{
	const size_t max = HW_ESCAPE_FACTOR * in.len + HW_ESCAPE_SLACK;
	uint8_t *room = malloc(max);
	uint8_t *end;

	assert_non_null(room);
	end = hw_escape(room, tight_copy(in), how);
	assert_slice_equal(hw_slice(room, (size_t)(end - room)), want);
	free(room);
}

/* With what this processor has, with what most have, and without. */
static void check(struct hw_slice in, unsigned how, struct hw_slice want)
{
	check_way(in, how, want);
	check_way(in, how | HW_ESCAPE_BY_32, want);
	check_way(in, how | HW_ESCAPE_PORTABLE, want);
}

#define S(literal)                                              \
	{                                                       \
		(const uint8_t *)(literal), sizeof(literal) - 1 \
	}
#define BAD "\\ufffd"

static const struct {
	struct hw_slice in, a, b, b_plain, key;
} cases[] = {
	{ S(""), S(""), S(""), S(""), S("") },
	{ S("plain"), S("plain"), S("plain"), S("plain"), S("plain") },
	{ S("a\"b\\c/'"), S("a\\\"b\\\\c/'"), S("a\\\"b\\\\c/'"), S("a\\\"b\\\\c/'"),
	  S("a\\\"b\\\\c/'") },
	{ S("\b\f\n\r\t"), S("\\b\\f\\n\\r\\t"), S("\\b\\f\\n\\r\\t"), S("\\b\\f\\n\\r\\t"),
	  S("\\b\\f\\n\\r\\t") },
	{ S("\0\x01\x1b\x1f\x7f"), S("\\u0000\\u0001\\u001b\\u001f\x7f"),
	  S("\\u0000\\u0001\\u001b\\u001f\x7f"), S("\\u0000\\u0001\\u001b\\u001f\x7f"),
	  S("\\u0000\\u0001\\u001b\\u001f\x7f") },
	{ S("<a&b>"), S("\\u003ca\\u0026b\\u003e"), S("\\u003ca\\u0026b\\u003e"), S("<a&b>"),
	  S("\\u003ca\\u0026b\\u003e") },
	/* U+2028, U+2029, and U+2027 beside them */
	{ S("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7"), S("\\u2028\\u2029\xe2\x80\xa7"),
	  S("\\u2028\\u2029\xe2\x80\xa7"), S("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7"),
	  S("\\u2028\\u2029\xe2\x80\xa7") },
	/* two, three and four bytes: U+E9, U+20AC, U+1F600, U+10FFFF */
	{ S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"),
	  S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"),
	  S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"),
	  S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"),
	  S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf") },
	/* a real U+FFFD is kept, unless the string is bad */
	{ S("a\xef\xbf\xbd"), S("a\xef\xbf\xbd"), S("a\xef\xbf\xbd"), S("a\xef\xbf\xbd"),
	  S("a" BAD "ef" BAD "bf" BAD "bd") },
	{ S("a\xef\xbf\xbd\xff"), S("a\xef\xbf\xbd" BAD), S("a"), S("a"),
	  S("a" BAD "ef" BAD "bf" BAD "bd" BAD "ff") },
	/* each byte of what is not UTF-8: alone, cut, overlong, surrogate, too large */
	{ S("\x80-\xff"), S(BAD "-" BAD), S("-"), S("-"), S(BAD "80-" BAD "ff") },
	{ S("\xc3"), S(BAD), S(""), S(""), S(BAD "c3") },
	{ S("\xe2\x82z"), S(BAD BAD "z"), S("z"), S("z"), S(BAD "e2" BAD "82z") },
	{ S("\xf0\x9f\x98"), S(BAD BAD BAD), S(""), S(""), S(BAD "f0" BAD "9f" BAD "98") },
	{ S("\xc0\xaf"), S(BAD BAD), S(""), S(""), S(BAD "c0" BAD "af") },
	{ S("\xe0\x9f\xbf"), S(BAD BAD BAD), S(""), S(""), S(BAD "e0" BAD "9f" BAD "bf") },
	{ S("\xed\xa0\x80"), S(BAD BAD BAD), S(""), S(""), S(BAD "ed" BAD "a0" BAD "80") },
	{ S("\xf0\x8f\xbf\xbf"), S(BAD BAD BAD BAD), S(""), S(""),
	  S(BAD "f0" BAD "8f" BAD "bf" BAD "bf") },
	{ S("\xf4\x90\x80\x80"), S(BAD BAD BAD BAD), S(""), S(""),
	  S(BAD "f4" BAD "90" BAD "80" BAD "80") },
	/* after a broken sequence the next byte is tried */
	{ S("\xe2\xc3\xa9"), S(BAD "\xc3\xa9"), S("\xc3\xa9"), S("\xc3\xa9"), S(BAD "e2\xc3\xa9") },
};

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(cases[i].in, FORM_A, cases[i].a);
		check(cases[i].in, FORM_B, cases[i].b);
		check(cases[i].in, FORM_B_PLAIN, cases[i].b_plain);
		check(cases[i].in, KEY, cases[i].key);
	}
}

static void what_is_not_seen(void **state)
{
	static const struct {
		struct hw_slice in, out;
	} unseen[] = {
		{ S("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), S("\\u0080\\u009b\\u009f\xc2\xa0") },
		{ S("\xe2\x80\xae\xe2\x80\xaf"), S("\\u202e\xe2\x80\xaf") },
		{ S("\xf3\xa0\x81\x81\xf0\x9f\x98\x80"), S("\\udb40\\udc41\xf0\x9f\x98\x80") },
		{ S("\x7f"), S("\x7f") },
		/* variation selectors, in which text can hide, and letters that are blank */
		{ S("\xef\xb7\xbf\xef\xb8\x80\xef\xb8\x8f\xef\xb8\x90"),
		  S("\xef\xb7\xbf\\ufe00\\ufe0f\xef\xb8\x90") },
		{ S("a\xe1\x85\x9e\xe1\x85\x9f\xe1\x85\xa0\xe1\x85\xa1"),
		  S("a\xe1\x85\x9e\\u115f\\u1160\xe1\x85\xa1") },
		{ S("\xe3\x85\xa3\xe3\x85\xa4\xe3\x85\xa5\xef\xbe\xa0\xcd\x8f"),
		  S("\xe3\x85\xa3\\u3164\xe3\x85\xa5\\uffa0\\u034f") },
		{ S("\xe1\xa0\x8a\xe1\xa0\x8b\xe1\xa0\x8f\xe1\xa0\x90"),
		  S("\xe1\xa0\x8a\\u180b\\u180f\xe1\xa0\x90") },
		{ S("\xf0\x9d\x85\xb2\xf0\x9d\x85\xb3\xf3\xa0\xbf\xbf\xf3\xa1\x80\x80"),
		  S("\xf0\x9d\x85\xb2\\ud834\\udd73\\udb43\\udfff\xf3\xa1\x80\x80") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		check(unseen[i].in, HW_ESCAPE_UNSEEN, unseen[i].out);
		check(unseen[i].in, 0, unseen[i].in);
	}
}

/* What a byte below 0x80 becomes, restated. */
static struct hw_slice escaped_ascii(unsigned byte, uint8_t room[6])
{
	static const char named[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	const char *at = byte ? strchr(named, (int)byte) : NULL;

	room[0] = (uint8_t)byte;
	if (at) {
		room[0] = '\\';
		room[1] = (uint8_t)letters[at - named];
		return hw_slice(room, 2);
	}
	if (byte >= 0x20 && byte != '<' && byte != '>' && byte != '&')
		return hw_slice(room, 1);
	memcpy(room, "\\u00", 4);
	room[4] = (uint8_t) "0123456789abcdef"[byte >> 4];
	room[5] = (uint8_t) "0123456789abcdef"[byte & 15];
	return hw_slice(room, 6);
}

/* Every byte at every place of strings of every length up to a block and more of the search. */
static void every_byte_at_every_place(void **state)
{
	uint8_t in[70], want[80], room[6];

	(void)state;
	for (size_t len = 1; len < sizeof(in); len++) {
		for (size_t at = 0; at < len; at++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				const struct hw_slice one =
					byte < 0x80 ? escaped_ascii(byte, room) : HW_SLICE(BAD);

				memset(in, 'x', len);
				in[at] = (uint8_t)byte;
				memset(want, 'x', sizeof(want));
				memcpy(want + at, one.ptr, one.len);
				check(hw_slice(in, len), FORM_A, hw_slice(want, len - 1 + one.len));
			}
		}
	}
}

/* Escaping is made of parts: what is cut between characters gives the same when joined. */
static void cuts_make_no_difference(void **state)
{
	const struct hw_slice in =
		HW_SLICE("GET /<\xc3\xa9>?a=\"b\"&c=\\ \x01 \xff\xe2\x80\xa8 end");
	uint8_t whole[512], parts[512];
	const size_t len = (size_t)(hw_escape(whole, in, FORM_A) - whole);

	(void)state;
	for (size_t cut = 0; cut <= in.len; cut++) {
		uint8_t *end = hw_escape(parts, hw_slice(in.ptr, cut), FORM_A);

		if (cut < in.len && (in.ptr[cut] & 0xc0) == 0x80)
			continue; /* inside a character */
		end = hw_escape(end, hw_slice_after(in, cut), FORM_A);
		assert_slice_equal(hw_slice(parts, (size_t)(end - parts)), hw_slice(whole, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(what_is_not_seen),
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(cuts_make_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
