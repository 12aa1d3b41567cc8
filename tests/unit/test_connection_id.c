/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_connection_id.c */
#include "unit/unit.h"

#include "engine/connection_id.h"

#define V4(last)                                            \
	{                                                   \
		"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0" last \
	}
#define LOOPBACK                                         \
	{                                                \
		"\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1" \
	}
#define V6(last)                                        \
	{                                               \
		"\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0" last \
	}

/* The ids are of another FNV-1a, written in Python after the contract. */
static const struct {
	const char *what;
	struct hw_tcp_connection c;
	uint64_t id;
} cases[] = {
	{ "IPv4",
	  { .key = { .addr = { V4("\1"), V4("\2") }, .port = { 40000, 80 } },
	    .isn = { 0x01020304, 99 },
	    .has_isn = { true, true },
	    .client = 0 },
	  0xcd3bbbab31262d00 },
	{ "IPv4, midstream",
	  { .key = { .addr = { V4("\1"), V4("\2") }, .port = { 40000, 80 } }, .client = -1 },
	  0x090768e5a720734c },
	{ "ports decide the order",
	  { .key = { .addr = { LOOPBACK, LOOPBACK }, .port = { 40000, 80 } },
	    .has_isn = { true, true },
	    .client = 0 },
	  0xec59ad07f8e445f9 },
	{ "IPv6",
	  { .key = { .addr = { V6("\1"), V6("\2") }, .port = { 80, 40000 } },
	    .isn = { 5, UINT32_MAX },
	    .has_isn = { true, true },
	    .client = 1 },
	  0x203cdbe27d0a7a50 },
	{ "both families, sorted as bytes",
	  { .key = { .addr = { V6("\1"), V4("\2") }, .port = { 80, 40000 } },
	    .isn = { 5, 7 },
	    .has_isn = { false, true },
	    .client = 1 },
	  0x86d7d3d44fe991e8 },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static struct hw_tcp_connection from_the_other_side(const struct hw_tcp_connection *c)
{
	struct hw_tcp_connection other = *c;

	for (int i = 0; i < 2; i++) {
		other.key.addr[i] = c->key.addr[!i];
		other.key.port[i] = c->key.port[!i];
		other.isn[i] = c->isn[!i];
		other.has_isn[i] = c->has_isn[!i];
	}
	other.client = c->client < 0 ? c->client : !c->client;
	return other;
}

static void both_sides_give_the_same_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		const struct hw_tcp_connection other = from_the_other_side(&cases[i].c);

		if (hw_connection_id(&cases[i].c) != cases[i].id)
			fail_msg("%s: %jx", cases[i].what, hw_connection_id(&cases[i].c));
		if (hw_connection_id(&other) != cases[i].id)
			fail_msg("%s, other side: %jx", cases[i].what, hw_connection_id(&other));
	}
}

/* Sockets, namespaces, times and the server's number are not the same on both sides. */
static void what_one_side_alone_knows_does_not_count(void **state)
{
	struct hw_tcp_connection c = cases[0].c;

	(void)state;
	c.key.scope = 4026531840;
	c.key.is_socket = true;
	c.cookie = 17;
	c.first_ns = 1;
	c.last_ns = 2;
	c.isn[1] = 100;
	c.has_isn[1] = false;
	assert_int_equal(hw_connection_id(&c), cases[0].id);
}

static void without_the_beginning_it_names_endpoints(void **state)
{
	struct hw_tcp_connection server_only = cases[0].c, nobody = cases[0].c;

	(void)state;
	server_only.has_isn[0] = false;
	assert_int_equal(hw_connection_id(&server_only), cases[1].id);
	nobody.client = -1;
	nobody.isn[1] = UINT32_MAX;
	assert_int_equal(hw_connection_id(&nobody), cases[1].id);
}

/* Each bit of addresses, ports and the client's number makes another name. */
static void each_bit_counts(void **state)
{
	uint64_t ids[2 * 128 + 2 * 16 + 32 + 1];
	int nr = 0;

	(void)state;
	ids[nr++] = cases[0].id;
	for (int end = 0; end < 2; end++) {
		for (int bit = 0; bit < 128; bit++) {
			struct hw_tcp_connection c = cases[0].c;

			c.key.addr[end].b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ids[nr++] = hw_connection_id(&c);
		}
		for (int bit = 0; bit < 16; bit++) {
			struct hw_tcp_connection c = cases[0].c;

			c.key.port[end] ^= (uint16_t)(1 << bit);
			ids[nr++] = hw_connection_id(&c);
		}
	}
	for (int bit = 0; bit < 32; bit++) {
		struct hw_tcp_connection c = cases[0].c;

		c.isn[0] ^= UINT32_C(1) << bit;
		ids[nr++] = hw_connection_id(&c);
	}
	for (int i = 0; i < nr; i++)
		for (int j = 0; j < i; j++)
			if (ids[i] == ids[j])
				fail_msg("%d and %d", i, j);
}

/* Also where they take each other's place, and what it depends on changes. */
static void what_is_remembered_is_the_same(void **state)
{
	static struct hw_connection_ids ids;
	struct hw_tcp_connection c = cases[0].c;

	(void)state;
	for (int i = 0; i < 400; i++) {
		c.id = (uint32_t)i % 3 * HW_CONNECTION_IDS;
		c.key.port[0] ^= (uint16_t)(i % 5 == 0);
		c.key.addr[1].b[15] ^= (uint8_t)(i % 7 == 0);
		c.isn[c.client] ^= i % 11 == 0;
		c.midstream ^= i % 13 == 0;
		for (int again = 0; again < 2; again++)
			assert_int_equal(hw_connection_ids_find(&ids, &c), hw_connection_id(&c));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_give_the_same_name),
		cmocka_unit_test(what_one_side_alone_knows_does_not_count),
		cmocka_unit_test(without_the_beginning_it_names_endpoints),
		cmocka_unit_test(each_bit_counts),
		cmocka_unit_test(what_is_remembered_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
