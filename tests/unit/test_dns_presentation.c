/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_dns_presentation.c
 *
 * The texts were compared with dnspython 2.3's where that knows the type; it quotes more
 * service parameters, and prints a place's precisions with two digits.
 */
#include "unit/unit.h"

#include "dns/message.h"
#include "tight.h"
#include "unit/dns_wire.h"

static struct hw_stats stats;
static struct hw_dns_scratch scratch;
static struct hw_dns_message m;
static struct dns_wire w;

static int set_up(void **state)
{
	(void)state;
	hw_dns_scratch_init(&scratch, HW_DNS_SCRATCH_MAX, NULL, &stats);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hw_dns_scratch_clear(&scratch);
	return 0;
}

static uint8_t hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct hw_slice from_hex(const char *hex)
{
	static uint8_t bytes[1024];
	size_t len;

	for (len = 0; hex[2 * len]; len++)
		bytes[len] = (uint8_t)(hex_digit(hex[2 * len]) << 4 | hex_digit(hex[2 * len + 1]));
	return hw_slice(bytes, len);
}

/* The record as the one answer to a question for example.test. */
static const struct hw_dns_rr *read_rr(unsigned int type, struct hw_slice rdata)
{
	wire_header(&w, 0x8000, 1, 1, 0, 0);
	wire_question(&w, HW_SLICE("\7example\4test\0"), 1, 1);
	wire_rr(&w, HW_SLICE("\xc0\x0c"), type, rdata);
	assert_int_equal(hw_dns_message_read(&scratch, tight_copy(wire_slice(&w)), &m), HW_DNS_OK);
	assert_int_equal(m.answers_nr, 1);
	return m.answers;
}

/* clang-format off */
static const struct {
	uint16_t type;
	const char *rdata, *text;
} known[] = {
	{ 1, "c0000201", "192.0.2.1" },
	{ 2, "036e7331076578616d706c65047465737400", "ns1.example.test." },
	{ 3, "016100", "a." },
	{ 5, "00", "." },
	{ 6, "026e73076578616d706c6504746573740004726f6f74076578616d706c6504746573740000000001000000020000000300000004ffffffff", "ns.example.test. root.example.test. 1 2 3 4 4294967295" },
	{ 11, "0a000001060000004000000000000080", "10.0.0.1 6 25 80" },
	{ 12, "06612e622063ff047465737400", "a\\.b\\032c\\255.test." },
	{ 13, "06783836203634066c69226e7578", "\"x86 64\" \"li\\\"nux\"" },
	{ 15, "000a026d78076578616d706c65047465737400", "10 mx.example.test." },
	{ 16, "0568656c6c6f03613b6203ff005c", "\"hello\" \"a;b\" \"\\255\\000\\\\\"" },
	{ 17, "046d626f7804746573740003747874047465737400", "mbox.test. txt.test." },
	{ 18, "000103616673047465737400", "1 afs.test." },
	{ 19, "0c333131303631373030393536", "\"311061700956\"" },
	{ 20, "0f31353038363230323830303332313703303034", "\"150862028003217\" \"004\"" },
	{ 21, "000a0572656c6179047465737400", "10 relay.test." },
	{ 22, "47000580005a0000000001e133ffffff00016100", "0x47000580005a0000000001e133ffffff00016100" },
	{ 26, "000a066d6170383232047465737400076d617078343030047465737400", "10 map822.test. mapx400.test." },
	{ 27, "082d33322e36383832083131362e383635320431302e30", "\"-32.6882\" \"116.8652\" \"10.0\"" },
	{ 28, "20010db8000000000000000000000001", "2001:db8::1" },
	{ 29, "0033161389172dd070be15f000988d20", "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m" },
	{ 29, "0051232274f2d3748007035c00989680", "51 30 12.748 S 0 7 39.612 E 0.00m 0.50m 20m 2m" },
	{ 33, "000100021f900173076578616d706c65047465737400", "1 2 8080 s.example.test." },
	{ 35, "0064003201730d7a333935302b49324c2b49324300065f7a33393530045f746370066761746563680365647500", "100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.gatech.edu." },
	{ 36, "0001026b78047465737400", "1 kx.test." },
	{ 37, "0001ea6005010351537986ed3553", "1 60000 5 AQNRU3mG7TVT" },
	{ 39, "076578616d706c6503636f6d00", "example.com." },
	{ 41, "000a00026162000c0000fde9000101", "COOKIE=6162 PADDING OPT65001=01" },
	{ 41, "", "" },
	{ 42, "00011503c0a82000011c83c0a82600020801ff", "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8" },
	{ 43, "ec4505012bb183af5f22588179a53b0a98631fad1a292118", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118" },
	{ 44, "0201123456789abcdef67890123456789abcdef67890", "2 1 123456789abcdef67890123456789abcdef67890" },
	{ 45, "0a0102c0000226010351537986ed3553", "10 1 2 192.0.2.38 AQNRU3mG7TVT" },
	{ 45, "0a0002010351537986ed3553", "10 0 2 . AQNRU3mG7TVT" },
	{ 45, "0a0302096d7967617465776179076578616d706c6503636f6d00010351537986ed3553", "10 3 2 mygateway.example.com. AQNRU3mG7TVT" },
	{ 46, "00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb", "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr" },
	{ 47, "04686f7374076578616d706c6503636f6d000006400100000003041b000000000000000000000000000000000000000000000000000020", "host.example.com. A MX RRSIG NSEC TYPE1234" },
	{ 48, "010003050103d22a6ca77f35b8", "256 3 5 AQPSKmynfzW4" },
	{ 49, "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=" },
	{ 50, "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b000722010000000290", "1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM" },
	{ 51, "0100000000", "1 0 0 -" },
	{ 52, "030101d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971", "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971" },
	{ 53, "030000d2abde", "3 0 0 d2abde" },
	{ 55, "10020012200100107b1a74df365639cc39f1d57803010001b771ca136e4aeb5ce44333c53b3d03727673076578616d706c6503636f6d00", "2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9 rvs.example.com." },
	{ 56, "01610162", "\"a\" \"b\"" },
	{ 59, "ec4505012bb183af5f22588179a53b0a98631fad1a292118", "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118" },
	{ 61, "010351537986ed3553", "AQNRU3mG7TVT" },
	{ 62, "000000420003000460000008", "66 3 A NS AAAA" },
	{ 63, "7848b78c0101a3b69bad980a3504e1cc1c0e96bb3cf1b6f0d3e5e0ba1bfd5bd1ff8f5ff8ffff00112233445566778899aabbccddeeff", "2018031500 1 1 a3b69bad980a3504e1cc1c0e96bb3cf1b6f0d3e5e0ba1bfd5bd1ff8f5ff8ffff00112233445566778899aabbccddeeff" },
	{ 64, "000103666f6f076578616d706c65036f726700000100060268320268330003000220fb", "1 foo.example.org. alpn=\"h2,h3\" port=8443" },
	{ 64, "001003666f6f076578616d706c65036f72670000000004000100040001000c08665c6f6f2c62617202683200040008c0000201c0000202", "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"f\\\\\\\\oo\\\\,bar,h2\" ipv4hint=192.0.2.1,192.0.2.2" },
	{ 64, "0000c00c", "0 example.test." },
	{ 65, "000003666f6f076578616d706c6503636f6d00", "0 foo.example.com." },
	{ 65, "0001000001000302683300020000000500030102030006001020010db8000000000000000000000001029b000968656c6c6fd2716f6f", "1 . alpn=\"h3\" no-default-alpn ech=AQID ipv6hint=2001:db8::1 key667=\"hello\\210qoo\"" },
	{ 66, "003b0114e904686f737400", "CDS 1 5353 host." },
	{ 99, "0b763d73706631202d616c6c", "\"v=spf1 -all\"" },
	{ 104, "000a00144fffff20ee64", "10 0014:4fff:ff20:ee64" },
	{ 105, "000a0a010200", "10 10.1.2.0" },
	{ 106, "000a20010db811401000", "10 2001:0db8:1140:1000" },
	{ 107, "000a0b6c36342d7375626e657431076578616d706c6503636f6d00", "10 l64-subnet1.example.com." },
	{ 108, "00005e00532a", "00-00-5e-00-53-2a" },
	{ 109, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a" },
	{ 249, "01610000000000000000010003000000000000", "a. 19700101000000 19700101000001 3 0 0 0" },
	{ 250, "04686d61630000005f5e1000012c0003010203123400000000", "hmac. 1600000000 300 3 AQID 4660 0 0" },
	{ 256, "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963", "10 1 \"ftp://ftp1.example.com/public\"" },
	{ 257, "000569737375656361312e6578616d706c652e6e65743b206163636f756e743d323330313233", "0 issue \"ca1.example.net; account=230123\"" },
	{ 258, "116170702d6e616d653a574f4c4647414e47", "\"app-name:WOLFGANG\"" },
	{ 260, "0a8220010db8000000000000000000000015", "10 1 2 2001:db8::15" },
	{ 260, "0a0309616d7472656c617973076578616d706c6503636f6d00", "10 0 3 amtrelays.example.com." },
	{ 264, "00000000000000ff", "255" },
	{ 32768, "ec45050101", "60485 5 1 01" },
	{ 65280, "0102ff", "\\# 3 0102ff" },
	{ 65281, "", "\\# 0" },
};
/* clang-format on */

static void each_type_has_its_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct hw_dns_rr *rr = read_rr(known[i].type, from_hex(known[i].rdata));

		assert_false(rr->malformed);
		assert_slice_equal(rr->text, hw_slice_text(known[i].text));
	}
}

/* Cut rdata is either malformed, and shown in hex, or another valid text. */
static void cut_rdata_is_shown_in_hex(void **state)
{
	int malformed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct hw_slice whole = from_hex(known[i].rdata);

		for (size_t len = 0; len < whole.len; len++) {
			const struct hw_dns_rr *rr =
				read_rr(known[i].type, hw_slice(whole.ptr, len));

			malformed += rr->malformed;
			if (rr->malformed)
				assert_true(hw_slice_starts(rr->text, HW_SLICE("\\# ")));
		}
	}
	assert_true(malformed > 500);
}

static void rdata_that_is_not_of_its_type_is_malformed(void **state)
{
	static const struct {
		uint16_t type;
		const char *rdata, *text;
	} cases[] = {
		{ 1, "01020304ff", "\\# 5 01020304ff" },
		{ 2, "c00cff", "\\# 3 c00cff" },
		{ 16, "", "\\# 0" },
		{ 29, "01000000000000000000000000000000", NULL }, /* version */
		{ 29, "00a00000800000008000000000989680", NULL }, /* digit ten */
		{ 29, "00000000000000008000000000989680", NULL }, /* beyond the pole */
		{ 42, "0003000401020304", NULL },		  /* family */
		{ 42, "0001210401020304", NULL },		  /* 33 bits */
		{ 42, "00012005ffffffffff", NULL },
		{ 45, "0a040200", NULL },			/* gateway type */
		{ 47, "000000", NULL },				/* an empty window */
		{ 47, "00010140000140", NULL },			/* windows out of order */
		{ 65, "000100000300020050000300020050", NULL }, /* the same key twice */
		{ 65, "0001000003000150", NULL },
		{ 65, "00010000010003036832", NULL }, /* an id that is cut */
		{ 65, "0001000001000100", NULL },     /* an empty id */
		{ 65, "00010000010000", NULL },	      /* no id */
		{ 65, "0001000004000501020304ff", NULL },
		{ 65, "0001000002000100", NULL }, /* no-default-alpn has no value */
		{ 108, "0102030405", NULL },
		{ 257, "0000", NULL }, /* no tag */
		{ 260, "0a0400", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_dns_rr *rr = read_rr(cases[i].type, from_hex(cases[i].rdata));

		assert_true(rr->malformed);
		assert_true(hw_slice_starts(rr->text, HW_SLICE("\\# ")));
		if (cases[i].text)
			assert_slice_equal(rr->text, hw_slice_text(cases[i].text));
	}
}

/* RFC 2136: an update deletes by records of class ANY or NONE that hold nothing. */
static void an_update_may_hold_empty_records(void **state)
{
	(void)state;
	wire_header(&w, 0x2800, 1, 0, 1, 0);
	wire_question(&w, HW_SLICE("\7example\4test\0"), 6, 1);
	wire_question(&w, HW_SLICE("\xc0\x0c"), 2, 255);
	wire_u32(&w, 0);
	wire_u16(&w, 0);
	assert_int_equal(hw_dns_message_read(&scratch, wire_slice(&w), &m), HW_DNS_OK);
	assert_false(m.authorities[0].malformed);
	assert_int_equal(m.authorities[0].text.len, 0);
	assert_true(m.refused); /* Tracee's decoder looks for a name all the same */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_type_has_its_text),
		TEST(cut_rdata_is_shown_in_hex),
		TEST(rdata_that_is_not_of_its_type_is_malformed),
		TEST(an_update_may_hold_empty_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
