/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_filter.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "source/filter.h"

enum { ETHERNET = 1, RAW = 101, COOKED = 113, IPV4 = 228 };

/* A TCP segment from 10.0.0.1:1025 to 10.0.0.2:80, without a link header. */
#define SEGMENT                                                                                \
	"\x45\0\0\x28\0\0\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\x04\x01\0\x50\0\0\0\0\0\0" \
	"\0\0\x50\x10\0\0\0\0\0\0"

static const struct hw_slice on_ethernet = HW_SLICE("\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" SEGMENT);
static const struct hw_slice on_cooked = HW_SLICE("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0" SEGMENT);
static const struct hw_slice on_raw = HW_SLICE(SEGMENT);

static struct hw_frame frame_of(uint16_t linktype, struct hw_slice s)
{
	return (struct hw_frame){ .data = s.ptr,
				  .len = (uint32_t)s.len,
				  .wire_len = (uint32_t)s.len + 1000,
				  .linktype = linktype };
}

static struct hw_filter *filter(const char *expression)
{
	struct hw_filter *f;
	char error[HW_FILTER_ERROR_MAX];
	size_t at;

	assert_int_equal(hw_filter_new(&f, expression, error, sizeof(error), &at), 0);
	return f;
}

static void matches_frames_of_several_link_types(void **state)
{
	static const struct {
		const char *expression;
		bool ethernet, cooked, raw;
	} cases[] = {
		{ "", true, true, true },
		{ "tcp port 80", true, true, true },
		{ "src host 10.0.0.1 and dst port 80", true, true, true },
		{ "udp", false, false, false },
		{ "ether src 2:0:0:0:0:2", true, false, false },
		{ "inbound", false, true, false },
		{ "greater 1050", true, true, false }, /* of the length on the wire */
		{ "tcp[13] & 0x10 != 0", true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_filter *f = filter(cases[i].expression);
		const struct hw_frame e = frame_of(ETHERNET, on_ethernet),
				      c = frame_of(COOKED, on_cooked), r = frame_of(RAW, on_raw);

		for (int again = 0; again < 2; again++) {
			assert_int_equal(hw_filter_match(f, &e), cases[i].ethernet);
			assert_int_equal(hw_filter_match(f, &c), cases[i].cooked);
			assert_int_equal(hw_filter_match(f, &r), cases[i].raw);
		}
		hw_filter_free(f);
	}
}

static void takes_words_that_ethernet_has_not(void **state)
{
	static const char *const expressions[] = { "inbound", "wlan type mgt", "action pass",
						   "type mgt subtype beacon", "vpi 5" };

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		struct hw_filter *f = filter(expressions[i]);
		const struct hw_frame e = frame_of(ETHERNET, on_ethernet);

		assert_false(hw_filter_match(f, &e));
		hw_filter_free(f);
	}
}

static void points_at_the_wrong_word(void **state)
{
	static const struct {
		const char *expression;
		size_t at;
		const char *error; /* NULL: libpcap's own */
	} cases[] = {
		{ "tcp port", 8, "it ends too early" },
		{ "not", 3, "it ends too early" },
		{ "(tcp port 80 or", 15, "it ends too early" },
		{ "tcp[12:1] & 0xf0 >", 18, "it ends too early" },
		{ "src and dst port ", 17, "it ends too early" },
		{ "tcp port 80 adn host 1.2.3.4", 12, "syntax error" },
		{ "tcp prot 80", 4, "syntax error" },
		{ "htpp", 0, NULL },
		{ "tcp or htpp", 7, NULL },
		{ "tcp and or udp", 8, "syntax error" },
		{ "tcp.port == 80", 0, "syntax error" },
		{ "tcp port 80,443", 9, "syntax error" },
		{ "tcp port 80 foo", 12, "syntax error" },
		{ "tcp && (port 80 || port 443", 27, "it ends too early" },
		{ "(tcp and (port 80 or udp)", 25, "it ends too early" },
		{ "tcp) and (udp", 3, "syntax error" },
		{ "dst host", 8, "it ends too early" },
		{ "proto tcpp", 6, "unknown ip proto 'tcpp'" },
		{ "host 1.2.3.4.5", 5, "unknown host '1.2.3.4.5'" },
		{ "tcp and host nosuch.invalid", 13, "unknown host 'nosuch.invalid'" },
		{ "net 10.0.0.0/33", 4, NULL },
		{ "gateway foo", 0, NULL },
		{ "tcp port 80)", 11, "syntax error" },
		{ "tcp[tcpflags] & (tcp-syn|tcp-fin) ! 0", 34, "syntax error" },
		{ "  and tcp", 2, "syntax error" },
		{ "ip and @", 7, NULL },
		{ "port nosuchservice or tcp", 5, "unknown port 'nosuchservice'" },
		{ "tcp or port 99999", 12, NULL },
		{ "ip6 host 1.2.3.4", 9, NULL },
		{ "net 10.0.0.1/8", 4, NULL },
		{ "type mgt subtype beacn", 17, NULL },
		{ "ip and arp", 0, "no packet can match it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_filter *f;
		char error[HW_FILTER_ERROR_MAX] = "";
		size_t at = 9999;

		assert_int_equal(hw_filter_new(&f, cases[i].expression, error, sizeof(error), &at),
				 -EINVAL);
		if (cases[i].error)
			assert_string_equal(error, cases[i].error);
		assert_true(error[0] != '\0');
		assert_int_equal(at, cases[i].at);
	}
}

/* Cut anywhere, an expression is either one or said to be wrong at a place inside it. */
static void every_prefix_is_taken_or_explained(void **state)
{
	static const char whole[] = "(tcp[tcpflags] & tcp-syn != 0 and not port 22) or ip proto 17";

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char expression[sizeof(whole)] = "", error[HW_FILTER_ERROR_MAX];
		struct hw_filter *f = NULL;
		size_t at = 0;

		memcpy(expression, whole, len);
		if (hw_filter_new(&f, expression, error, sizeof(error), &at) == 0)
			hw_filter_free(f);
		else
			assert_true(at <= len);
	}
}

static void refuses_what_is_too_long(void **state)
{
	char *expression = malloc(HW_FILTER_EXPRESSION_MAX + 2), error[HW_FILTER_ERROR_MAX];
	struct hw_filter *f;
	size_t at;

	(void)state;
	memset(expression, '(', HW_FILTER_EXPRESSION_MAX + 1);
	expression[HW_FILTER_EXPRESSION_MAX + 1] = '\0';
	assert_int_equal(hw_filter_new(&f, expression, error, sizeof(error), &at), -EINVAL);
	free(expression);
}

static void judges_each_frame_by_its_link_type(void **state)
{
	struct hw_filter *f = filter("tcp port 80");

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t linktype = 0; linktype <= UINT16_MAX; linktype++) {
			const struct hw_frame frame = frame_of((uint16_t)linktype, on_raw);

			if (linktype >= HW_FILTER_LINKTYPES_MAX)
				assert_false(hw_filter_match(f, &frame));
			else if (linktype == RAW || linktype == IPV4)
				assert_true(hw_filter_match(f, &frame));
			else
				hw_filter_match(f, &frame); /* whatever it says: in bounds */
		}
	}
	hw_filter_free(f);
	hw_filter_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_frames_of_several_link_types),
		cmocka_unit_test(takes_words_that_ethernet_has_not),
		cmocka_unit_test(points_at_the_wrong_word),
		cmocka_unit_test(every_prefix_is_taken_or_explained),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(judges_each_frame_by_its_link_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
