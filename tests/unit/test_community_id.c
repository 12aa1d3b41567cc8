/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_community_id.c */
#include "unit/unit.h"

#include <stdio.h>

#include <arpa/inet.h>

#include "exchange/community_id.h"
#include "exchange/sha1.h"
#include "tight.h"

static struct hw_addr addr(const char *text)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return hw_addr_v4((const uint8_t *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6), 1);
	return hw_addr_v6((const uint8_t *)&v6);
}

/* Of the specification's baseline, seed 0: github.com/corelight/community-id-spec */
static const struct {
	const char *a;
	uint16_t a_port;
	const char *b;
	uint16_t b_port;
	const char *id;
} cases[] = {
	{ "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
};

static void ids_are_those_of_the_specification(void **state)
{
	char id[HW_COMMUNITY_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_addr a = addr(cases[i].a), b = addr(cases[i].b);

		hw_community_id(&a, cases[i].a_port, &b, cases[i].b_port, id);
		assert_string_equal(id, cases[i].id);
		hw_community_id(&b, cases[i].b_port, &a, cases[i].a_port, id);
		assert_string_equal(id, cases[i].id);
	}
}

static void of_one_address_the_ports_decide(void **state)
{
	const struct hw_addr a = addr("127.0.0.1");
	char one[HW_COMMUNITY_ID_MAX], other[HW_COMMUNITY_ID_MAX];

	(void)state;
	hw_community_id(&a, 40000, &a, 80, one);
	hw_community_id(&a, 80, &a, 40000, other);
	assert_string_equal(one, other);
	hw_community_id(&a, 80, &a, 40001, other);
	assert_string_not_equal(one, other);
}

static void assert_sha1(struct hw_slice in, const char *want)
{
	uint8_t hash[HW_SHA1_BYTES];
	char hex[2 * HW_SHA1_BYTES + 1];

	hw_sha1(in, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	assert_string_equal(hex, want);
}

/* FIPS 180-4's examples, and the lengths around which padding changes. */
static void hashes_are_those_of_the_standard(void **state)
{
	uint8_t many[120];

	(void)state;
	memset(many, 'a', sizeof(many));
	assert_sha1(hw_slice(NULL, 0), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	assert_sha1(tight_copy(HW_SLICE("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_sha1(tight_copy(HW_SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnop"
					"nopq")),
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	assert_sha1(tight_copy(hw_slice(many, 55)), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
	assert_sha1(tight_copy(hw_slice(many, 56)), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
	assert_sha1(tight_copy(hw_slice(many, 64)), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
	assert_sha1(tight_copy(hw_slice(many, 120)), "f34c1488385346a55709ba056ddd08280dd4c6d6");
}

static void with_this_processor_it_is_the_same(void **state)
{
	uint8_t bytes[300], a[HW_SHA1_BYTES], b[HW_SHA1_BYTES];
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
	for (size_t from = 0; from < 8; from++) {
		for (size_t len = 0; len < sizeof(bytes) - from; len++) {
			hw_sha1(hw_slice(bytes + from, len), a);
			hw_sha1_portable(hw_slice(bytes + from, len), b);
			assert_memory_equal(a, b, sizeof(a));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_the_specification),
		cmocka_unit_test(of_one_address_the_ports_decide),
		cmocka_unit_test(hashes_are_those_of_the_standard),
		cmocka_unit_test(with_this_processor_it_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
