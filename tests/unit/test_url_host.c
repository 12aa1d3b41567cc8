/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_url_host.c */
#include "unit/unit.h"

#include <stdio.h>

#include "http/url_host.h"
#include "tight.h"

enum { NEITHER, ONE_PORT, PORTS, BOTH };

static const struct {
	struct hw_slice text;
	int valid; /* for which schemes */
} hosts[] = {
	{ HW_SLICE(""), BOTH },
	{ HW_SLICE("a.example"), BOTH },
	{ HW_SLICE("a.example:80"), BOTH },
	{ HW_SLICE("a.example:"), BOTH },
	{ HW_SLICE(":80"), BOTH },
	{ HW_SLICE("a.example:99999999999"), BOTH },
	{ HW_SLICE("a.example:http"), NEITHER },
	{ HW_SLICE("a.example:-1"), NEITHER },
	{ HW_SLICE("a:1:2"), PORTS },
	{ HW_SLICE("a:b:2"), PORTS },
	{ HW_SLICE("a:1:b"), NEITHER },
	{ HW_SLICE("1.2.3.4"), BOTH },
	{ HW_SLICE("a_b~c!$&'()*+,;=\"<>"), BOTH },
	{ HW_SLICE("a]"), BOTH },
	{ HW_SLICE("b\xc3\xbc"), BOTH },
	{ HW_SLICE("a b"), NEITHER },
	{ HW_SLICE("a\tb"), NEITHER },
	{ HW_SLICE("a\0b"), NEITHER },
	{ HW_SLICE("a/b"), NEITHER },
	{ HW_SLICE("a@b"), NEITHER },
	{ HW_SLICE("a#b"), NEITHER },
	{ HW_SLICE("a\\b"), NEITHER },
	{ HW_SLICE("a^b"), NEITHER },

	/* Only what is not ASCII may be escaped, and %. */
	{ HW_SLICE("b%c3%BC"), BOTH },
	{ HW_SLICE("a%25b"), BOTH },
	{ HW_SLICE("a%41"), NEITHER },
	{ HW_SLICE("a%20b"), NEITHER },
	{ HW_SLICE("a%"), NEITHER },
	{ HW_SLICE("a%8"), NEITHER },
	{ HW_SLICE("a%8g"), NEITHER },
	{ HW_SLICE("a%g8"), NEITHER },

	{ HW_SLICE("[::1]"), BOTH },
	{ HW_SLICE("[::1]:80"), BOTH },
	{ HW_SLICE("[::1]:"), BOTH },
	{ HW_SLICE("[::ffff:1.2.3.4]"), BOTH },
	{ HW_SLICE("[::1]80"), NEITHER },
	{ HW_SLICE("[::1]:a"), NEITHER },
	{ HW_SLICE("[::1"), NEITHER },
	{ HW_SLICE("["), NEITHER },
	{ HW_SLICE("[]"), NEITHER },
	{ HW_SLICE("[::1]]"), NEITHER },
	{ HW_SLICE("[[::1]"), NEITHER },
	{ HW_SLICE("a[::1]"), NEITHER },
	{ HW_SLICE("[1.2.3.4]"), NEITHER },
	{ HW_SLICE("[a.example]"), NEITHER },
	{ HW_SLICE("[::1\0]"), NEITHER },
	{ HW_SLICE("[1111:2222:3333:4444:5555:6666:7777:8888]"), BOTH },
	{ HW_SLICE("[1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111]"), NEITHER },

	/* A zone: its % is always escaped. */
	{ HW_SLICE("[fe80::1%25eth0]:80"), BOTH },
	{ HW_SLICE("[fe80::1%25a%20b]"), BOTH },
	{ HW_SLICE("[fe80::1%25%65th0]"), BOTH },
	{ HW_SLICE("[fe80::1%25a%2fb]"), NEITHER },
	{ HW_SLICE("[fe80::1%25a%]"), NEITHER },
	{ HW_SLICE("[fe80::1%25]"), NEITHER },
	{ HW_SLICE("[fe80::1%eth0]"), NEITHER },
	{ HW_SLICE("[%25eth0]"), NEITHER },
};

static void reads_hosts_as_go_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		const struct hw_slice text = tight_copy(hosts[i].text);
		const bool one = hw_url_host_is_valid(text, HW_URL_ONE_PORT);
		const bool many = hw_url_host_is_valid(text, HW_URL_PORTS);

		if (one != ((hosts[i].valid & ONE_PORT) != 0) ||
		    many != ((hosts[i].valid & PORTS) != 0))
			fail_msg("%s: %d %d", (const char *)hosts[i].text.ptr, one, many);
	}
}

static void any_beginning_is_read_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		for (size_t len = 0; len <= hosts[i].text.len; len++) {
			const struct hw_slice text = tight_copy(hw_slice(hosts[i].text.ptr, len));

			hw_url_host_is_valid(text, HW_URL_ONE_PORT);
			hw_url_host_is_valid(text, HW_URL_PORTS);
			hw_url_port_is_valid(text);
		}
	}
	assert_true(hw_url_host_is_valid(hw_slice(NULL, 0), HW_URL_ONE_PORT));
	assert_true(hw_url_port_is_valid(hw_slice(NULL, 0)));
}

static void a_port_is_behind_the_host(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} texts[] = {
		{ "", true },
		{ "h", true },
		{ "h:", true },
		{ "h:80", true },
		{ "[::1]", true },
		{ "[::1]:", true },
		{ "[::1]:80", true },
		{ "h:x", false },
		{ "h:80:81", false },
		{ "::1", false },
		{ "[::1", false },
		{ "[::1]x", false },
		{ "[::1]:x", false },
		{ "h:x]", false },
		{ "h:x]:80", false },
		{ "[::1]]:80", false },
		{ "[::1]:x]:80", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (hw_url_port_is_valid(hw_slice_text(texts[i].text)) != texts[i].is_valid)
			fail_msg("%s", texts[i].text);
}

static void a_default_port_may_be_missing(void **state)
{
	static const struct {
		const char *a, *b, *port;
		bool is_same;
	} pairs[] = {
		{ "h", "H", "80", true },
		{ "h:80", "h", "80", true },
		{ "h", "h:80", "80", true },
		{ "h:", "h", "80", true },
		{ "h:80", "h:", "80", true },
		{ "h:8080", "h:8080", "80", true },
		{ "[::1]:80", "[::1]", "80", true },
		{ "h:", "h", "", true },
		{ "h:443", "h", "80", false },
		{ "h:080", "h", "80", false },
		{ "h:80", "h", "", false },
		{ "h:80", "h:81", "80", false },
		{ "h", "i", "80", false },
		{ "[::1]", "[::2]", "80", false },
		{ "h:a", "h", "80", false },
		{ "h:80:80", "h", "80", false },
		{ "", "h", "80", false },
		{ ":80", "", "80", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct hw_slice a = tight_copy(hw_slice_text(pairs[i].a));
		const struct hw_slice b = hw_slice_text(pairs[i].b);

		if (hw_url_host_is_same(a, b, hw_slice_text(pairs[i].port)) != pairs[i].is_same)
			fail_msg("%s %s", pairs[i].a, pairs[i].b);
	}
}

static const struct {
	struct hw_slice text, plain;
	bool is_valid;
} escapes[] = {
	{ HW_SLICE(""), HW_SLICE(""), true },
	{ HW_SLICE("abc"), HW_SLICE("abc"), true },
	{ HW_SLICE("%41b%63"), HW_SLICE("Abc"), true },
	{ HW_SLICE("%00"), HW_SLICE("\0"), true },
	{ HW_SLICE("%2541"), HW_SLICE("%41"), true },
	{ HW_SLICE("a+b"), HW_SLICE("a+b"), true },
	{ HW_SLICE("%%41"), HW_SLICE("%A"), false },
	{ HW_SLICE("%4"), HW_SLICE("%4"), false },
	{ HW_SLICE("%"), HW_SLICE("%"), false },
	{ HW_SLICE("%zz%4g%g4"), HW_SLICE("%zz%4g%g4"), false },
	{ HW_SLICE("%u0041"), HW_SLICE("%u0041"), false },
};

static void takes_escapes_off(void **state)
{
	uint8_t plain[16];

	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const struct hw_slice text = tight_copy(escapes[i].text);

		assert_slice_equal(hw_slice(plain, hw_url_unescape(text, plain)), escapes[i].plain);
		assert_int_equal(hw_url_escapes_are_valid(text), escapes[i].is_valid);
	}
	assert_int_equal(hw_url_unescape(hw_slice(NULL, 0), plain), 0);
}

static void each_byte_can_be_escaped(void **state)
{
	uint8_t plain[4];
	char text[8];

	(void)state;
	for (unsigned int c = 0; c < 512; c++) {
		if (c < 256)
			snprintf(text, sizeof(text), "%%%02x", c);
		else
			snprintf(text, sizeof(text), "%%%02X", c - 256);
		assert_true(hw_url_is_escape(hw_slice_text(text)));
		assert_int_equal(hw_url_unescape(hw_slice_text(text), plain), 1);
		assert_int_equal(plain[0], c % 256);
		assert_false(hw_url_is_escape(hw_slice(text, 2)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_hosts_as_go_does),
		cmocka_unit_test(any_beginning_is_read_to_its_end),
		cmocka_unit_test(a_port_is_behind_the_host),
		cmocka_unit_test(a_default_port_may_be_missing),
		cmocka_unit_test(takes_escapes_off),
		cmocka_unit_test(each_byte_can_be_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
