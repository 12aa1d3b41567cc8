/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_dns_message.c */
#include "unit/unit.h"

#include "dns/message.h"
#include "tight.h"
#include "unit/dns_wire.h"

#define NAME HW_SLICE("\7example\4test\0")
#define ROOT HW_SLICE("\0")
#define AT_12 HW_SLICE("\xc0\x0c") /* a pointer to the first question's name */

static struct hw_stats stats;
static struct hw_dns_scratch scratch;
static struct hw_dns_message m;
static struct dns_wire w;

static int set_up(void **state)
{
	(void)state;
	memset(&stats, 0, sizeof(stats));
	hw_dns_scratch_init(&scratch, HW_DNS_SCRATCH_MAX, NULL, &stats);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(hw_stats_check(&stats));
	hw_dns_scratch_clear(&scratch);
	return 0;
}

static enum hw_dns_status read_wire(void)
{
	return hw_dns_message_read(&scratch, wire_slice(&w), &m);
}

/* A response with one of each of the types that have members of their own. */
static void make_rich_response(void)
{
	wire_header(&w, 0x8580, 1, 11, 1, 2);
	wire_question(&w, NAME, 255, 1);
	wire_rr(&w, AT_12, 1, HW_SLICE("\xc0\x00\x02\x01"));
	wire_rr(&w, AT_12, 28, HW_SLICE("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"));
	wire_rr(&w, AT_12, 2, HW_SLICE("\3ns1\xc0\x0c"));
	wire_rr(&w, AT_12, 5, HW_SLICE("\1c\xc0\x0c"));
	wire_rr(&w, AT_12, 12, HW_SLICE("\1p\xc0\x0c"));
	wire_rr(&w, AT_12, 15, HW_SLICE("\0\12\2mx\xc0\x0c"));
	wire_rr(&w, AT_12, 16, HW_SLICE("\5hello\3a<b"));
	wire_rr(&w, AT_12, 13, HW_SLICE("\1x\0"));
	wire_rr(&w, AT_12, 33, HW_SLICE("\0\1\0\2\x1f\x90\1s\xc0\x0c"));
	wire_rr(&w, AT_12, 256, HW_SLICE("\0\3\0\4http://x/"));
	wire_rr(&w, AT_12, 65, HW_SLICE("\0\1\0"));
	wire_rr(&w, AT_12, 6,
		HW_SLICE("\2ns\xc0\x0c\4root\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"));
	wire_question(&w, ROOT, 41, 1232);
	wire_u32(&w, 0x01008000); /* upper bits of the code 1, version 0, DO */
	wire_u16(&w, 10);
	wire_put(&w, HW_SLICE("\0\12\0\2ab\0\14\0\0"));
	wire_rr(&w, AT_12, 65280, HW_SLICE("\1\2"));
}

static void reads_the_header(void **state)
{
	(void)state;
	wire_header(&w, 0xa5b3, 0, 0, 0, 0);
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_int_equal(m.id, 0x1234);
	assert_true(m.qr && m.aa && !m.tc && m.rd && m.ra && m.ad && m.cd);
	assert_int_equal(m.opcode, 4);
	assert_int_equal(m.z, 3);
	assert_int_equal(m.rcode, 3);
	assert_int_equal(m.rcode_tracee, 3);
	assert_false(m.refused);

	wire_header(&w, 0x0200, 0, 0, 0, 0);
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_true(!m.qr && !m.aa && m.tc && !m.rd && !m.ra && !m.ad && !m.cd);
}

static void reads_a_question(void **state)
{
	(void)state;
	wire_header(&w, 0x0100, 1, 0, 0, 0);
	wire_question(&w, NAME, 65280, 7);
	wire_put(&w, HW_SLICE("more"));
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_int_equal(m.questions_nr, 1);
	assert_slice_equal(m.questions[0].name, HW_SLICE("example.test"));
	assert_slice_equal(m.questions[0].type_name, HW_SLICE("TYPE65280"));
	assert_slice_equal(m.questions[0].class_name, HW_SLICE("CLASS7"));
	assert_slice_equal(m.rest, HW_SLICE("more"));
	assert_true(hw_dns_is_request(&m));
	assert_false(hw_dns_is_response(&m));
}

static void reads_the_members_of_each_type(void **state)
{
	const struct hw_dns_rr *rr;

	(void)state;
	make_rich_response();
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_int_equal(m.answers_nr, 11);
	rr = m.answers;
	assert_slice_equal(rr[0].name, HW_SLICE("example.test"));
	assert_int_equal(rr[0].ttl, 60);
	assert_slice_equal(rr[0].ip, HW_SLICE("192.0.2.1"));
	assert_slice_equal(rr[1].ip, HW_SLICE("2001:db8::1"));
	assert_slice_equal(rr[2].ns, HW_SLICE("ns1.example.test"));
	assert_slice_equal(rr[3].cname, HW_SLICE("c.example.test"));
	assert_slice_equal(rr[4].ptr, HW_SLICE("p.example.test"));
	assert_slice_equal(rr[5].mx.name, HW_SLICE("mx.example.test"));
	assert_int_equal(rr[5].mx.preference, 10);
	assert_slice_equal(rr[6].txt, HW_SLICE("\5hello\3a<b"));
	assert_slice_equal(rr[7].txt, HW_SLICE("\1x\0"));
	assert_slice_equal(rr[8].srv.name, HW_SLICE("s.example.test"));
	assert_int_equal(rr[8].srv.priority, 1);
	assert_int_equal(rr[8].srv.weight, 2);
	assert_int_equal(rr[8].srv.port, 8080);
	assert_slice_equal(rr[9].uri.target, HW_SLICE("http://x/"));
	assert_int_equal(rr[9].uri.priority, 3);
	assert_int_equal(rr[9].uri.weight, 4);
	assert_slice_equal(rr[10].type_name, HW_SLICE("HTTPS"));
	assert_slice_equal(hw_dns_answer_tracee(&rr[10]), HW_SLICE("not implemented"));

	rr = m.authorities;
	assert_int_equal(m.authorities_nr, 1);
	assert_slice_equal(rr->soa.mname, HW_SLICE("ns.example.test"));
	assert_slice_equal(rr->soa.rname, HW_SLICE("root.example.test"));
	assert_int_equal(rr->soa.serial, 1);
	assert_int_equal(rr->soa.refresh, 2);
	assert_int_equal(rr->soa.retry, 3);
	assert_int_equal(rr->soa.expire, 4);
	assert_int_equal(rr->soa.minimum, 5);
	assert_false(m.refused);
}

static void reads_edns(void **state)
{
	struct hw_slice rest;
	struct hw_dns_option option;

	(void)state;
	make_rich_response();
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_true(m.edns.present && m.edns.dnssec_ok);
	assert_int_equal(m.edns.version, 0);
	assert_int_equal(m.edns.udp_size, 1232);
	assert_int_equal(m.rcode, 16);
	assert_int_equal(m.rcode_tracee, 16);

	rest = m.additionals[0].opt;
	assert_true(hw_dns_option_next(&rest, &option));
	assert_int_equal(option.code, 10);
	assert_slice_equal(option.data, HW_SLICE("ab"));
	assert_true(hw_dns_option_next(&rest, &option));
	assert_int_equal(option.code, 12);
	assert_int_equal(option.data.len, 0);
	assert_false(hw_dns_option_next(&rest, &option));
}

/* The upper bits are eight; Tracee's decoder keeps four of them. */
static void an_extended_code_has_twelve_bits(void **state)
{
	(void)state;
	wire_header(&w, 0x8003, 0, 0, 0, 1);
	wire_question(&w, ROOT, 41, 512);
	wire_u32(&w, 0xab000000);
	wire_u16(&w, 0);
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_int_equal(m.rcode, 0xab3);
	assert_int_equal(m.rcode_tracee, 0xb3);
}

/* Go's net.IP.String(), since that is what Tracee prints. */
static void an_address_of_a_wrong_length_is_shown_as_go_does(void **state)
{
	(void)state;
	wire_header(&w, 0x8000, 0, 4, 0, 0);
	wire_rr(&w, NAME, 1, HW_SLICE(""));
	wire_rr(&w, NAME, 1, HW_SLICE("\1\2\xff"));
	wire_rr(&w, NAME, 28, HW_SLICE("\1\2\3\4"));
	wire_rr(&w, NAME, 1, HW_SLICE("\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4"));
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_slice_equal(m.answers[0].ip, HW_SLICE("<nil>"));
	assert_slice_equal(m.answers[1].ip, HW_SLICE("?0102ff"));
	assert_slice_equal(m.answers[2].ip, HW_SLICE("1.2.3.4"));
	assert_slice_equal(m.answers[3].ip, HW_SLICE("1.2.3.4"));
	assert_false(m.refused);
}

/* What makes Tracee's decoder give up leaves the other records readable. */
static void bad_rdata_is_that_records_own_affair(void **state)
{
	static const struct {
		uint16_t type;
		struct hw_slice rdata;
	} cases[] = {
		{ 2, { NULL, 0 } },
		{ 5, HW_SLICE("\3ab") },
		{ 12, HW_SLICE("\xc0") },
		{ 12, HW_SLICE("\x40x") },
		{ 15, HW_SLICE("\1") },
		{ 16, HW_SLICE("\5abc") },
		{ 13, HW_SLICE("\1a\2b") },
		{ 33, HW_SLICE("\0\0\0\0\0\0") },
		{ 6, HW_SLICE("\0\0\0\0\0\1") },
		{ 41, HW_SLICE("\0\1\0") },
		{ 41, HW_SLICE("\0\1\0\2x") },
		{ 256, HW_SLICE("\0\1\0") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wire_header(&w, 0x8000, 0, 2, 0, 0);
		wire_rr(&w, NAME, cases[i].type, cases[i].rdata);
		wire_rr(&w, NAME, 1, HW_SLICE("\1\2\3\4"));
		assert_int_equal(read_wire(), HW_DNS_OK);
		assert_true(m.refused);
		assert_int_equal(m.answers_nr, 2);
		assert_slice_equal(m.answers[1].ip, HW_SLICE("1.2.3.4"));
	}
}

static void names_keep_their_bytes(void **state)
{
	(void)state;
	wire_header(&w, 0, 3, 0, 0, 0);
	wire_question(&w, HW_SLICE("\3a.b\2\xff\0\0"), 1, 1);
	wire_question(&w, ROOT, 1, 1);
	wire_question(&w, HW_SLICE("\1w\xc0\x0c"), 1, 1);
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_slice_equal(m.questions[0].name, HW_SLICE("a.b.\xff\0"));
	assert_int_equal(m.questions[1].name.len, 0);
	assert_slice_equal(m.questions[2].name, HW_SLICE("w.a.b.\xff\0"));
}

static void a_name_that_cannot_be_read_is_bad(void **state)
{
	static const struct hw_slice names[] = {
		HW_SLICE("\xc0\x0c"),	    /* to itself */
		HW_SLICE("\1a\xc0\x0c"),    /* to where it starts */
		HW_SLICE("\1a\xc0\x0e"),    /* to the pointer */
		HW_SLICE("\xc0\x10\1a\0"),  /* forward */
		HW_SLICE("\3\0ab\xc0\x0d"), /* to a byte of its label that is 0 */
		HW_SLICE("\x40x\0"),	    /* reserved */
		HW_SLICE("\x80x\0"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		wire_header(&w, 0, 1, 0, 0, 0);
		wire_question(&w, names[i], 1, 1);
		assert_int_equal(read_wire(), HW_DNS_BAD);
		assert_int_equal(m.questions_nr, 0);
		assert_true(m.refused);
	}
}

static void a_name_has_at_most_255_octets(void **state)
{
	uint8_t name[257];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 62;
	name[255] = 0;
	wire_header(&w, 0, 1, 0, 0, 0);
	wire_question(&w, hw_slice(name, 256), 1, 1);
	assert_int_equal(read_wire(), HW_DNS_OK);
	assert_int_equal(m.questions[0].name.len, 254);

	name[192] = 63;
	name[255] = 'x';
	name[256] = 0;
	wire_header(&w, 0, 1, 0, 0, 0);
	wire_question(&w, hw_slice(name, 257), 1, 1);
	assert_int_equal(read_wire(), HW_DNS_BAD);
}

static void counts_that_lie_truncate(void **state)
{
	(void)state;
	wire_header(&w, 0x8000, 1, 65535, 65535, 65535);
	wire_question(&w, NAME, 1, 1);
	wire_rr(&w, AT_12, 1, HW_SLICE("\1\2\3\4"));
	assert_int_equal(read_wire(), HW_DNS_TRUNCATED);
	assert_int_equal(m.questions_nr, 1);
	assert_int_equal(m.answers_nr, 1);
	assert_int_equal(m.authorities_nr + m.additionals_nr, 0);
	assert_int_equal(m.ancount, 65535);
	assert_true(m.refused);
	assert_false(hw_dns_is_response(&m));
	assert_int_equal(stats.n[HW_STAT_DNS_TRUNCATED], 1);
}

static void any_prefix_is_truncated_never_bad(void **state)
{
	size_t len;

	(void)state;
	make_rich_response();
	for (len = 0; len < w.len; len++) {
		const struct hw_slice in = tight_copy(hw_slice(w.bytes, len));

		assert_int_equal(hw_dns_message_read(&scratch, in, &m), HW_DNS_TRUNCATED);
		assert_true(m.refused);
	}
	assert_int_equal(hw_dns_message_read(&scratch, tight_copy(wire_slice(&w)), &m), HW_DNS_OK);
}

/* A pointer to a pointer to a pointer ..., asked for again and again. */
static void chains_of_pointers_are_followed_for_a_while_only(void **state)
{
	(void)state;
	wire_header(&w, 0, 65535, 0, 0, 0);
	wire_question(&w, ROOT, 1, 1);
	while (w.len + 6 <= 65535) {
		const size_t to = w.len - 6 < 0x3fff ? w.len - 6 : 0x3ff9;

		wire_u16(&w, 0xc000 | (unsigned int)(to > 12 ? to : 12));
		wire_u32(&w, 0x00010001);
	}
	assert_int_equal(read_wire(), HW_DNS_BAD);
	assert_int_equal(m.questions_nr, 1 + 254);
}

/* Each name as long as can be, for the price of a pointer. */
static void expansion_has_a_limit(void **state)
{
	uint8_t name[255];

	(void)state;
	memset(name, 1, sizeof(name));
	name[254] = 0;
	wire_header(&w, 0, 65535, 0, 0, 0);
	wire_question(&w, hw_slice(name, sizeof(name)), 1, 1);
	while (w.len + 6 <= 65535)
		wire_question(&w, AT_12, 1, 1);
	assert_int_equal(read_wire(), HW_DNS_LIMIT);
	assert_true(m.questions_nr > 1000);
	assert_int_equal(stats.n[HW_STAT_DNS_LIMIT], 1);
}

static void memory_comes_from_the_budget(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_dns_scratch tight;

	(void)state;
	make_rich_response();
	hw_dns_scratch_init(&tight, HW_DNS_SCRATCH_MAX, &budget, &stats);
	assert_int_equal(hw_dns_message_read(&tight, wire_slice(&w), &m), HW_DNS_OK);
	assert_true(budget.used > 0);
	hw_dns_scratch_clear(&tight);
	assert_int_equal(budget.used, 0);

	budget.max = 2000;
	assert_int_equal(hw_dns_message_read(&tight, wire_slice(&w), &m), HW_DNS_LIMIT);
	assert_true(m.refused);
	hw_dns_scratch_clear(&tight);
	assert_int_equal(budget.used, 0);
}

static void the_same_scratch_reads_one_message_after_the_other(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		make_rich_response();
		assert_int_equal(read_wire(), HW_DNS_OK);
		assert_slice_equal(m.answers[8].srv.name, HW_SLICE("s.example.test"));
		wire_header(&w, 0, 0, 0, 0, 0);
		assert_int_equal(read_wire(), HW_DNS_OK);
		assert_int_equal(m.answers_nr + m.questions_nr, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_the_header),
		TEST(reads_a_question),
		TEST(reads_the_members_of_each_type),
		TEST(reads_edns),
		TEST(an_extended_code_has_twelve_bits),
		TEST(an_address_of_a_wrong_length_is_shown_as_go_does),
		TEST(bad_rdata_is_that_records_own_affair),
		TEST(names_keep_their_bytes),
		TEST(a_name_that_cannot_be_read_is_bad),
		TEST(a_name_has_at_most_255_octets),
		TEST(counts_that_lie_truncate),
		TEST(any_prefix_is_truncated_never_bad),
		TEST(chains_of_pointers_are_followed_for_a_while_only),
		TEST(expansion_has_a_limit),
		TEST(memory_comes_from_the_budget),
		TEST(the_same_scratch_reads_one_message_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
