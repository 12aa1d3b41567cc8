/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_address.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "serve/address.h"

static const struct {
	const char *text, *url; /* NULL: it is none */
	bool is_loopback;
} cases[] = {
	{ "9464", "127.0.0.1:9464", true },
	{ ":9464", "127.0.0.1:9464", true },
	{ "localhost:9464", "127.0.0.1:9464", true },
	{ "127.0.0.2:1", "127.0.0.2:1", true },
	{ "[::1]:65535", "[::1]:65535", true },
	{ "0.0.0.0:9464", "0.0.0.0:9464", false },
	{ "192.0.2.1:80", "192.0.2.1:80", false },
	{ "[::]:9464", "[::]:9464", false },
	{ "[2001:DB8:0::1]:9464", "[2001:db8::1]:9464", false },
	{ "[::ffff:127.0.0.1]:9464", "[::ffff:127.0.0.1]:9464", false },
	{ "", NULL, false },
	{ ":", NULL, false },
	{ "0", NULL, false },
	{ "65536", NULL, false },
	{ "4294967297", NULL, false },
	{ "+80", NULL, false },
	{ " 80", NULL, false },
	{ "80 ", NULL, false },
	{ "127.0.0.1", NULL, false },
	{ "127.0.0.1:", NULL, false },
	{ "127.1:80", NULL, false },
	{ "256.0.0.1:80", NULL, false },
	{ "::1:9464", NULL, false },
	{ "[::1]", NULL, false },
	{ "[]:80", NULL, false },
	{ "[127.0.0.1]:80", NULL, false },
	{ "[::1:80", NULL, false },
	{ "example.org:80", NULL, false },
	{ "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80", NULL, false },
	{ "1111111111111111111111111111111111111111111111111111111111111111:80", NULL, false },
};

static void reads_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_serve_address a = { .text = "untouched" };
		const bool is_one = hw_serve_address_parse(cases[i].text, &a);

		if (is_one != (cases[i].url != NULL))
			fail_msg("%s", cases[i].text);
		assert_string_equal(a.text, is_one ? cases[i].url : "untouched");
		assert_int_equal(a.is_loopback, cases[i].is_loopback);
	}
}

/* The port of a socket that is there already. */
static void says_why_it_cannot_listen(void **state)
{
	struct hw_serve_address a;
	int fd = -EADDRINUSE, again;

	(void)state;
	assert_true(hw_serve_address_parse("192.0.2.77:9464", &a));
	assert_int_equal(hw_serve_address_listen(&a), -EADDRNOTAVAIL);
	for (int port = 20000; fd == -EADDRINUSE && port < 20100; port++) {
		char text[16];

		snprintf(text, sizeof(text), ":%d", port);
		assert_true(hw_serve_address_parse(text, &a));
		fd = hw_serve_address_listen(&a);
	}
	assert_true(fd >= 0);
	again = hw_serve_address_listen(&a);
	assert_int_equal(again, -EADDRINUSE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(says_why_it_cannot_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
