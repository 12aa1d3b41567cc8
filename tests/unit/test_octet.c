/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_octet.c */
#include "unit/unit.h"

#include "http/octet.h"
#include "tight.h"

#define DIGITS "0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define ALNUM DIGITS UPPER LOWER

/* As the grammars list them. */
static const struct {
	enum hw_octet class;
	struct hw_slice members;
} classes[] = {
	{ HW_OCTET_TOKEN, HW_SLICE("!#$%&'*+-.^_`|~" ALNUM) }, /* RFC 9110 5.6.2 */
	{ HW_OCTET_UPPER, HW_SLICE(UPPER) },
	{ HW_OCTET_LOWER, HW_SLICE(LOWER) },
	{ HW_OCTET_DIGIT, HW_SLICE(DIGITS) },
	{ HW_OCTET_HEX, HW_SLICE(DIGITS "ABCDEFabcdef") },
	{ HW_OCTET_SPACE, HW_SLICE(" ") },
	/* net/url: shouldEscape() for a host, validUserinfo() */
	{ HW_OCTET_HOST, HW_SLICE("-_.~!$&'()*+,;=:[]<>\"" ALNUM) },
	{ HW_OCTET_USERINFO, HW_SLICE("-._:~!$&'()*+,;=%@" ALNUM) },
	{ HW_OCTET_PERCENT, HW_SLICE("%") },
	{ HW_OCTET_ODD, HW_SLICE("\\#") },
	{ HW_OCTET_NAME_HOST, HW_SLICE("-_.~!$&'()*+,;=:[]%" ALNUM) },
};

static bool has(struct hw_slice s, uint8_t c)
{
	return memchr(s.ptr, c, s.len) != NULL;
}

static void classes_are_those_of_the_grammars(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		unsigned int want = 0;

		for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
			if (has(classes[i].members, (uint8_t)c))
				want |= classes[i].class;
		if (c < 0x20 || c == 0x7f)
			want |= HW_OCTET_CONTROL;
		if (c >= 0x80)
			want |= HW_OCTET_HIGH;
		if (hw_octet_table[c] != want)
			fail_msg("0x%02x: %x, not %x", c, hw_octet_table[c], want);
	}
}

static void one_special_byte_at_any_place_is_seen(void **state)
{
	uint8_t text[40];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		for (int c = 0; c < 256; c++) {
			const bool odd = hw_octet_is((uint8_t)c, HW_OCTET_HIGH | HW_OCTET_ODD |
									 HW_OCTET_CONTROL);
			const unsigned int want = (odd ? HW_OCTET_ODD : 0) |
						  (c == ' ' ? HW_OCTET_SPACE : 0) |
						  (c == '%' ? HW_OCTET_PERCENT : 0);

			memset(text, 'x', sizeof(text));
			text[at] = (uint8_t)c;
			for (size_t len = at + 1; len <= sizeof(text); len++)
				assert_int_equal(hw_octet_look(hw_slice(text, len)), want);
		}
	}
	assert_int_equal(hw_octet_look(tight_copy(HW_SLICE("/a%20b c"))),
			 HW_OCTET_SPACE | HW_OCTET_PERCENT);
}

/* Of what is not usual the table tells; nothing else is taken for usual. */
static void usual_hosts_are_of_few_bytes(void **state)
{
	uint8_t text[40];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		for (int c = 0; c < 256; c++) {
			const bool few = c && strchr("abcdefghijklmnopqrstuvwxyz" DIGITS "-.:", c);

			memset(text, 'x', sizeof(text));
			text[at] = (uint8_t)c;
			for (size_t len = at + 1; len <= sizeof(text); len++)
				if (hw_octet_is_usual_host(hw_slice(text, len)) && !few)
					fail_msg("0x%02x at %zu of %zu", c, at, len);
		}
	}
#ifdef __SSE2__
	assert_true(hw_octet_is_usual_host(tight_copy(HW_SLICE("10.0.0.1"))));
	assert_true(hw_octet_is_usual_host(tight_copy(HW_SLICE("example.com:8080"))));
	assert_true(hw_octet_is_usual_host(tight_copy(HW_SLICE("www.internal-1.example.com"))));
#endif
	assert_false(hw_octet_is_usual_host(tight_copy(HW_SLICE("Example.com"))));
	assert_false(hw_octet_is_usual_host(hw_slice(NULL, 0)));
}

static void runs_are_looked_at_together(void **state)
{
	(void)state;
	assert_int_equal(hw_octet_any(hw_slice(NULL, 0)), 0);
	assert_int_equal(hw_octet_any(HW_SLICE("\\ \\")), HW_OCTET_ODD | HW_OCTET_SPACE);
	assert_true(hw_octet_all(hw_slice(NULL, 0), HW_OCTET_DIGIT));
	assert_true(hw_octet_all(tight_copy(HW_SLICE("0aF")), HW_OCTET_HEX));
	assert_false(hw_octet_all(HW_SLICE("0aG"), HW_OCTET_HEX));
	assert_false(hw_octet_all(HW_SLICE("G0a"), HW_OCTET_HEX));
	assert_true(hw_octet_all(HW_SLICE("0 a"), HW_OCTET_HEX | HW_OCTET_SPACE));
}

static void hexadecimal_digits_have_values(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 16; i++) {
		assert_int_equal(hw_octet_hex((uint8_t)(DIGITS "abcdef")[i]), i);
		assert_int_equal(hw_octet_hex((uint8_t)(DIGITS "ABCDEF")[i]), i);
	}
}

static void trims_blanks_and_nothing_else(void **state)
{
	static const struct {
		struct hw_slice in, left, right, both;
	} cases[] = {
		{ HW_SLICE(""), HW_SLICE(""), HW_SLICE(""), HW_SLICE("") },
		{ HW_SLICE(" \t "), HW_SLICE(""), HW_SLICE(""), HW_SLICE("") },
		{ HW_SLICE(" \ta b\t "), HW_SLICE("a b\t "), HW_SLICE(" \ta b"), HW_SLICE("a b") },
		{ HW_SLICE("\ra\n"), HW_SLICE("\ra\n"), HW_SLICE("\ra\n"), HW_SLICE("\ra\n") },
		{ HW_SLICE("\0 \0"), HW_SLICE("\0 \0"), HW_SLICE("\0 \0"), HW_SLICE("\0 \0") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_slice in = tight_copy(cases[i].in);

		assert_slice_equal(hw_octet_trim_left(in), cases[i].left);
		assert_slice_equal(hw_octet_trim_right(in), cases[i].right);
		assert_slice_equal(hw_octet_trim(in), cases[i].both);
	}
}

/* Each byte at each place of runs around those that are looked at together. */
static void finds_the_first_control_byte(void **state)
{
	uint8_t text[40];

	(void)state;
	for (size_t len = 0; len <= sizeof(text); len++) {
		memset(text, 0xff, sizeof(text));
		assert_int_equal(hw_octet_find_control(tight_copy(hw_slice(text, len))), len);
		for (size_t at = 0; at < len; at++) {
			for (int c = 0; c < 256; c++) {
				const bool is_control = c < 0x20 || c == 0x7f;

				memset(text, c % 2 ? 0x80 : ' ', sizeof(text));
				memset(text + at + 1, '\n', sizeof(text) - at - 1);
				text[at] = (uint8_t)c;
				if (hw_octet_find_control(tight_copy(hw_slice(text, len))) !=
				    (is_control ? at : at + 1))
					fail_msg("0x%02x at %zu of %zu", c, at, len);
			}
		}
	}
	assert_int_equal(hw_octet_find_control(hw_slice(NULL, 0)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_those_of_the_grammars),
		cmocka_unit_test(one_special_byte_at_any_place_is_seen),
		cmocka_unit_test(usual_hosts_are_of_few_bytes),
		cmocka_unit_test(runs_are_looked_at_together),
		cmocka_unit_test(hexadecimal_digits_have_values),
		cmocka_unit_test(trims_blanks_and_nothing_else),
		cmocka_unit_test(finds_the_first_control_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
