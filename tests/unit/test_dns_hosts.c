/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_dns_hosts.c - which names addresses have */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "dns/hosts.h"
#include "dns/names.h"

#define SECOND 1000000000ull
#define NOW (1700000000 * SECOND)
#define HOUR (3600 * SECOND)

enum { ROOM = 16 << 20 };

static struct hw_budget budget;
static struct hw_stats stats;
static struct hw_dns_hosts *hosts;

static int set_up(void **state)
{
	(void)state;
	budget = (struct hw_budget){ .max = ROOM };
	memset(&stats, 0, sizeof(stats));
	return hw_dns_hosts_new(&hosts, &budget, &stats, 7);
}

static int tear_down(void **state)
{
	(void)state;
	hw_dns_hosts_free(hosts);
	assert_int_equal(budget.used, 0);
	return 0;
}

/* ---- messages ---- */

static struct hw_dns_question question;
static struct hw_dns_rr records[32];
static struct hw_dns_message m;

static void ask(const char *name)
{
	question = (struct hw_dns_question){ .name = hw_slice_text(name), .type = 1, .class = 1 };
	m = (struct hw_dns_message){
		.qr = true, .questions = &question, .questions_nr = 1, .answers = records
	};
}

static struct hw_dns_rr *add_record(const char *name, uint16_t type)
{
	struct hw_dns_rr *rr = &records[m.answers_nr++];

	*rr = (struct hw_dns_rr){
		.name = hw_slice_text(name), .type = type, .class = 1, .ttl = 60
	};
	return rr;
}

static void answer_alias(const char *name, const char *alias)
{
	add_record(name, HW_DNS_TYPE_CNAME)->cname = hw_slice_text(alias);
}

static struct hw_dns_rr *answer_v4(const char *name, const char *bytes)
{
	struct hw_dns_rr *rr = add_record(name, HW_DNS_TYPE_A);

	rr->rdata = hw_slice(bytes, 4);
	return rr;
}

static void learn(uint64_t now_ns)
{
	hw_dns_hosts_learn(hosts, &m, now_ns);
}

/* A question with one address as its answer. */
static void learn_one(const char *name, const char *bytes, uint64_t now_ns)
{
	ask(name);
	answer_v4(name, bytes);
	learn(now_ns);
}

/* The names of an IPv4 address, with a blank between. */
static const char *names_at(const char *bytes, uint64_t now_ns)
{
	const struct hw_addr addr = hw_addr_v4((const uint8_t *)bytes);
	struct hw_slice found[HW_DNS_HOST_NAMES_MAX];
	const size_t nr = hw_dns_hosts_find(hosts, &addr, now_ns, found);
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i ? " " : "",
					(int)found[i].len, (const char *)found[i].ptr);
	return text;
}

static const char *names(const char *bytes)
{
	return names_at(bytes, NOW);
}

/* ---- tests ---- */

static void an_address_has_the_name_that_was_asked_for(void **state)
{
	static const uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	const struct hw_addr addr = hw_addr_v6(six);
	struct hw_slice found[HW_DNS_HOST_NAMES_MAX];

	(void)state;
	assert_string_equal(names("\1\2\3\4"), "");
	ask("a.test");
	answer_v4("a.test", "\1\2\3\4");
	answer_v4("a.test", "\1\2\3\5");
	add_record("a.test", HW_DNS_TYPE_AAAA)->rdata = hw_slice(six, 16);
	learn(NOW);
	assert_string_equal(names("\1\2\3\4"), "a.test");
	assert_string_equal(names("\1\2\3\5"), "a.test");
	assert_string_equal(names("\1\2\3\6"), "");
	assert_int_equal(hw_dns_hosts_find(hosts, &addr, NOW, found), 1);
	assert_true(hw_slice_eq(found[0], HW_SLICE("a.test")));
}

/* In whatever order the records are (RFC 1034 3.6.2), and in whatever case the names. */
static void aliases_are_names_too(void **state)
{
	(void)state;
	ask("wWw.a.test");
	answer_v4("C.test", "\1\2\3\4");
	answer_alias("b.test", "c.TEST");
	answer_alias("www.a.test", "b.test");
	learn(NOW);
	assert_string_equal(names("\1\2\3\4"), "www.a.test b.test c.test");
}

static void the_last_answer_comes_first(void **state)
{
	(void)state;
	learn_one("a.test", "\1\2\3\4", NOW);
	learn_one("b.test", "\1\2\3\4", NOW);
	assert_string_equal(names("\1\2\3\4"), "b.test a.test");
	learn_one("A.test", "\1\2\3\4", NOW);
	assert_string_equal(names("\1\2\3\4"), "a.test b.test");
	for (char name[] = "0.test"; name[0] < '9'; name[0]++)
		learn_one(name, "\1\2\3\4", NOW);
	assert_string_equal(names("\1\2\3\4"),
			    "8.test 7.test 6.test 5.test 4.test 3.test 2.test 1.test");
}

static void what_is_no_answer_says_nothing(void **state)
{
	(void)state;
	ask("a.test");
	answer_v4("b.test", "\1\2\3\4"); /* nobody asked */
	answer_alias("b.test", "c.test");
	answer_v4("c.test", "\1\2\3\4");
	answer_v4("a.test", "\1\2\3\4")->class = 3;
	answer_v4("a.test", "\1\2\3\4")->rdata.len = 3;
	answer_v4("a.test", "\1\2\3\4")->type = HW_DNS_TYPE_TXT;
	learn(NOW);
	ask("a.test");
	answer_v4("a.test", "\1\2\3\4");
	m.qr = false;
	learn(NOW);
	m.qr = true;
	m.rcode = 3;
	learn(NOW);
	m.rcode = 0;
	m.questions_nr = 0;
	learn(NOW);
	m.questions_nr = 2;
	learn(NOW);
	m.questions_nr = 1;
	question.name.len = 0; /* the root */
	learn(NOW);
	assert_string_equal(names("\1\2\3\4"), "");
}

/* As RFC 6762 has them, with addresses of what an answer names behind it. */
static void multicast_answers_have_no_question(void **state)
{
	(void)state;
	ask("a.test");
	m.questions_nr = 0;
	m.aa = true;
	add_record("_http._tcp.local", HW_DNS_TYPE_PTR);
	answer_v4("Host.local", "\1\2\3\4")->class = 0x8001;
	answer_v4("left.local", "\1\2\3\5")->ttl = 0;
	answer_v4("other.local", "\1\2\3\6")->class = 0x8003;
	m.additionals = records + m.answers_nr;
	m.additionals_nr = 1;
	answer_v4("more.local", "\1\2\3\7");
	m.answers_nr--;
	learn(NOW);
	assert_string_equal(names("\1\2\3\4"), "host.local");
	assert_string_equal(names("\1\2\3\5"), "");
	assert_string_equal(names("\1\2\3\6"), "");
	assert_string_equal(names("\1\2\3\7"), "more.local");
	m.id = 1;
	answer_v4("late.local", "\1\2\3\10");
	learn(NOW);
	assert_string_equal(names("\1\2\3\10"), "");
}

static void aliases_in_a_circle_end(void **state)
{
	(void)state;
	ask("a.test");
	answer_alias("a.test", "b.test");
	answer_alias("b.test", "a.test");
	answer_v4("a.test", "\1\2\3\4");
	answer_v4("b.test", "\1\2\3\4");
	learn(NOW);
	assert_string_equal(names("\1\2\3\4"), "a.test b.test");
}

static void names_are_kept_as_long_as_their_record_and_an_hour(void **state)
{
	(void)state;
	learn_one("a.test", "\1\2\3\4", NOW);
	assert_string_equal(names_at("\1\2\3\4", NOW + HOUR), "a.test");
	assert_string_equal(names_at("\1\2\3\4", NOW + HOUR + 1), "");
	learn_one("b.test", "\1\2\3\4", NOW + 2 * HOUR); /* the old one is not there again */
	assert_string_equal(names_at("\1\2\3\4", NOW + 2 * HOUR), "b.test");

	ask("day.test");
	answer_v4("day.test", "\1\2\3\5")->ttl = 86400;
	learn(NOW);
	learn_one("hour.test", "\1\2\3\5", NOW + 1);
	assert_string_equal(names_at("\1\2\3\5", NOW + 24 * HOUR), "hour.test day.test");
	assert_string_equal(names_at("\1\2\3\5", NOW + 24 * HOUR + 1), "");

	ask("odd.test");
	answer_v4("odd.test", "\1\2\3\6")->ttl = 0x80000000; /* means 0: RFC 2181 8 */
	learn(NOW);
	assert_string_equal(names_at("\1\2\3\6", NOW + HOUR + 1), "");
}

static const char *nth_address(uint32_t i)
{
	static char bytes[4];

	bytes[0] = 10;
	bytes[1] = (char)(i >> 16);
	bytes[2] = (char)(i >> 8);
	bytes[3] = (char)i;
	return bytes;
}

static void who_was_not_asked_about_goes_first(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HW_DNS_HOSTS_MAX; i++)
		learn_one("a.test", nth_address(i), NOW);
	assert_int_equal(stats.n[HW_STAT_NAMES_FORGOTTEN], 0);
	assert_string_equal(names(nth_address(0)), "a.test");
	assert_string_equal(names(nth_address(50)), "a.test");
	learn_one("a.test", nth_address(1), NOW);
	for (uint32_t i = 0; i < 100; i++)
		learn_one("b.test", nth_address(HW_DNS_HOSTS_MAX + i), NOW);
	assert_int_equal(stats.n[HW_STAT_NAMES_FORGOTTEN], 100);
	assert_string_equal(names(nth_address(0)), "a.test");
	assert_string_equal(names(nth_address(1)), "a.test");
	for (uint32_t i = 2; i < 103; i++)
		assert_string_equal(names(nth_address(i)), i == 50 ? "a.test" : "");
	for (uint32_t i = 103; i < HW_DNS_HOSTS_MAX; i++)
		assert_string_equal(names(nth_address(i)), "a.test");
	assert_string_equal(names(nth_address(HW_DNS_HOSTS_MAX)), "b.test");
}

static void memory_is_bounded(void **state)
{
	char long_name[256];

	(void)state;
	budget.max = 100;
	learn_one("a.test", "\1\2\3\4", NOW);
	assert_string_equal(names("\1\2\3\4"), "");
	budget.max = ROOM;
	learn_one("a.test", "\1\2\3\4", NOW);
	assert_string_equal(names("\1\2\3\4"), "a.test");
	budget.max = budget.used;
	learn_one("b.test", "\1\2\3\5", NOW);
	assert_string_equal(names("\1\2\3\5"), "");
	assert_string_equal(names("\1\2\3\4"), "a.test");
	assert_int_equal(stats.n[HW_STAT_NAMES_FORGOTTEN], 2);
	budget.max = ROOM;

	memset(long_name, 'x', 255);
	long_name[255] = '\0';
	for (char c = 'a'; c < 'm'; c++) {
		long_name[0] = c;
		learn_one(long_name, "\1\2\3\6", NOW);
	}
	assert_int_equal(strlen(names("\1\2\3\6")), HW_DNS_HOST_NAMES_MAX * 256 - 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_address_has_the_name_that_was_asked_for),
		TEST(aliases_are_names_too),
		TEST(the_last_answer_comes_first),
		TEST(what_is_no_answer_says_nothing),
		TEST(multicast_answers_have_no_question),
		TEST(aliases_in_a_circle_end),
		TEST(names_are_kept_as_long_as_their_record_and_an_hour),
		TEST(who_was_not_asked_about_goes_first),
		TEST(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
