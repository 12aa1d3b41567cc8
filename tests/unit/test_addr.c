/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_addr.c */
#include "unit/unit.h"

#include <arpa/inet.h>

#include "base/addr.h"
#include "random.h"

static struct hw_addr addr(const char *text)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		return hw_addr_v4(b);
	assert_int_equal(inet_pton(AF_INET6, text, b), 1);
	return hw_addr_v6(b);
}

static void writes_addresses_as_rfc_5952_wants(void **state)
{
	static const struct {
		const char *in, *text;
	} cases[] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "10.0.20.199", "10.0.20.199" },
		{ "::ffff:192.0.2.9", "192.0.2.9" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "::1.2.3.4", "::102:304" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
		{ "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "fe80::ff:fe00:abcd", "fe80::ff:fe00:abcd" },
		{ "::fffe:1.2.3.4", "::fffe:102:304" },
		{ "0:1::", "0:1::" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_addr a = addr(cases[i].in);
		char text[HW_ADDR_TEXT_MAX];

		assert_int_equal(hw_addr_format(&a, text), strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

/* Where glibc writes the same form, it writes the same text. */
static void agrees_with_inet_ntop(void **state)
{
	uint64_t x = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct hw_addr a;
		char text[HW_ADDR_TEXT_MAX], want[INET6_ADDRSTRLEN];

		for (int j = 0; j < 16; j++) {
			random_next(&x);
			a.b[j] = x >> 62 ? 0 : (uint8_t)(x >> 40);
		}
		a.b[0] = 0x20;
		hw_addr_format(&a, text);
		assert_non_null(inet_ntop(AF_INET6, a.b, want, sizeof(want)));
		assert_string_equal(text, want);
	}
}

static void parses_prefixes(void **state)
{
	static const struct {
		const char *text, *addr;
		int bits;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0", 104 },     { "192.0.2.1", "192.0.2.1", 128 },
		{ "0.0.0.0/0", "0.0.0.0", 96 },	       { "::1", "::1", 128 },
		{ "2001:db8::/32", "2001:db8::", 32 }, { "::/0", "::", 0 },
		{ "10.0.0.0/9", "10.0.0.0", 105 },     { "::/99", "::", 99 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_addr want = addr(cases[i].addr);
		struct hw_prefix p;

		assert_true(hw_prefix_parse(cases[i].text, &p));
		assert_memory_equal(&p.addr, &want, sizeof(want));
		assert_int_equal(p.bits, cases[i].bits);
	}
}

static void refuses_what_is_no_prefix(void **state)
{
	static const char *const cases[] = {
		"",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/ 8",
		"10.0.0",
		"::/129",
		"::/1:",
		"::/8+",
		"::1%eth0",
		"10.0.0.0/8/",
		"10.0.0.0/0008",
		"example.org",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_prefix p = { .bits = 77 };

		assert_false(hw_prefix_parse(cases[i], &p));
		assert_int_equal(p.bits, 77);
	}
}

static void a_prefix_has_its_addresses(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool has;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.0/8", "::a00:1", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.129", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "192.0.2.1", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "::1", "::1", true },
		{ "::1", "::2", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_addr a = addr(cases[i].addr);
		struct hw_prefix p;

		assert_true(hw_prefix_parse(cases[i].prefix, &p));
		assert_int_equal(hw_prefix_has(&p, &a), cases[i].has);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_addresses_as_rfc_5952_wants),
		cmocka_unit_test(agrees_with_inet_ntop),
		cmocka_unit_test(parses_prefixes),
		cmocka_unit_test(refuses_what_is_no_prefix),
		cmocka_unit_test(a_prefix_has_its_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
