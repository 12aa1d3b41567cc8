/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_terms.c - what of a filter can be decided before there is an event */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "event_fixture.h"
#include "query/terms.h"

static struct hw_query *compile(const char *expression)
{
	struct hw_query_error error;
	struct hw_query *q;

	if (hw_query_new(&q, expression, &error) != 0)
		fail_msg("%s: %s", expression, error.text);
	return q;
}

/* ---- terms ---- */

static const struct {
	const char *expression;
	const char *terms; /* each with ; behind it; those of ends with * before it */
} chains[] = {
	{ "tcp.port == 80", "*tcp.port == 80;" },
	{ "http and tcp.port == 80 and ip.src == 10.0.0.0/8",
	  "http;*tcp.port == 80;*ip.src == 10.0.0.0/8;" },
	{ "(http and (tcp.port == 80)) && !dns", "http;*tcp.port == 80;dns;" },
	{ "tcp.port == 80 or tcp.port == 81", "*tcp.port == 80 or tcp.port == 81;" },
	{ "(tcp.port == 80 or udp.port in {53, 5000..5009}) and http",
	  "*tcp.port == 80 or udp.port in {53, 5000..5009};http;" },
	{ "tcp.port == 80 or ip.addr == 10.0.0.1", "*tcp.port == 80 or ip.addr == 10.0.0.1;" },
	{ "tcp.port == 80 or http", "tcp.port == 80 or http;" },
	{ "tcp.port == 80 and http or dns", "tcp.port == 80 and http or dns;" },
	{ "not tcp.port == 80", "tcp.port == 80;" },
	{ "not not tcp.port == 80", "*tcp.port == 80;" },
	{ "not (tcp.port == 80 or tcp.port == 81)", "tcp.port == 80;tcp.port == 81;" },
	{ "not (tcp.port == 80 and tcp.port == 81)", "tcp.port == 80 and tcp.port == 81;" },
	{ "not (not tcp.port == 80 and not udp)", "*tcp.port == 80 and not udp;" },
	{ "tcp.port != 80", "tcp.port != 80;" },
	{ "tcp.port !== 80", "tcp.port !== 80;" },
	{ "tcp.port === 80", "*tcp.port === 80;" },
	{ "tcp.port not in {80}", "tcp.port not in {80};" },
	{ "tcp.srcport == tcp.dstport", "tcp.srcport == tcp.dstport;" },
	{ "tcp.dstport < 1024", "*tcp.dstport < 1024;" },
	{ "tcp.dstport < 0", "tcp.dstport < 0;" },
	{ "tcp.dstport > 65535", "tcp.dstport > 65535;" },
	{ "udp.port >= 65535", "*udp.port >= 65535;" },
	{ "tcp", "*tcp;" },
	{ "ip", "ip;" },
	{ "tcp.flags.syn == 1", "tcp.flags.syn == 1;" },
	{ "ipv6.addr in {fd00::/8, fe80::1..fe80::9}",
	  "*ipv6.addr in {fd00::/8, fe80::1..fe80::9};" },
	{ "ip.addr > 10.0.0.1", "ip.addr > 10.0.0.1;" },
	{ "( tcp.port == 80 # the web\n ) and\ttcp.port==8080 ",
	  "*tcp.port == 80;*tcp.port==8080;" },
};

static void list_terms(const struct hw_query *q, char *ret, size_t max)
{
	struct hw_query_term t;
	uint32_t at = 0;
	size_t len = 0;

	ret[0] = '\0';
	while (hw_query_next_term(q, &at, &t)) {
		struct hw_ends ends = { 0 };
		const bool is_of_ends = hw_query_term_ends(q, &t, &ends);

		assert_true(is_of_ends ? ends.nr && ends.ranges[ends.nr - 1].is_last : !ends.nr);
		len += (size_t)snprintf(ret + len, max - len, "%s%.*s;", is_of_ends ? "*" : "",
					(int)t.text.len, (const char *)t.text.ptr);
	}
}

static void test_chains(void **state)
{
	char listed[512];

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct hw_query *q = compile(chains[i].expression);

		list_terms(q, listed, sizeof(listed));
		if (strcmp(listed, chains[i].terms) != 0)
			fail_msg("%s: %s", chains[i].expression, listed);
		hw_query_free(q);
	}
}

/* ---- ends ---- */

static bool is_in(const struct hw_end_range *r, uint8_t protocol, const struct hw_addr *addr,
		  uint16_t port)
{
	return (!r->protocol || r->protocol == protocol) && port >= r->port_low &&
	       port <= r->port_high && memcmp(addr, &r->low, sizeof(*addr)) >= 0 &&
	       memcmp(addr, &r->high, sizeof(*addr)) <= 0;
}

static bool is_meant(const struct hw_ends *ends, const struct hw_event *e)
{
	bool holds = false;

	for (size_t i = 0; i < ends->nr; i++) {
		const struct hw_end_range *r = &ends->ranges[i];

		holds |= is_in(r, e->protocol, &e->src, e->src_port) ||
			 is_in(r, e->protocol, &e->dst, e->dst_port);
		if (r->is_last && !holds)
			return false;
		holds = holds && !r->is_last;
	}
	return true;
}

static void take_ends(const struct hw_query *q, struct hw_ends *ret)
{
	struct hw_query_term t;
	uint32_t at = 0;

	*ret = (struct hw_ends){ 0 };
	while (hw_query_next_term(q, &at, &t))
		hw_query_term_ends(q, &t, ret);
}

static const uint8_t protocols[] = { 6, 17 };
static const uint16_t ports[] = { 0, 53, 79, 80, 81, 1023, 1024, 8080, 65535 };
static const char *const addrs[] = { "10.0.0.0", "10.0.0.7", "10.0.1.7", "11.0.0.0", "192.0.2.9",
				     "::1",	 "fd00::1",  "fe80::5",	 "fe80::a" };

enum {
	PORTS = sizeof(ports) / sizeof(ports[0]),
	ADDRS = sizeof(addrs) / sizeof(addrs[0]),
	EVENTS = 2 * PORTS * PORTS * ADDRS,
};

/* Of that many, all differ. */
static struct hw_event event_nr(size_t i)
{
	struct hw_event e =
		loopback_event(HW_TYPE_NET_PACKET_DNS, ports[i % PORTS], ports[i / PORTS % PORTS]);
	struct hw_prefix src, dst;

	hw_prefix_parse(addrs[i / PORTS / PORTS % ADDRS], &src);
	hw_prefix_parse(addrs[(i + i / 7) % ADDRS], &dst);
	e.src = src.addr;
	e.dst = dst.addr;
	e.protocol = protocols[i / PORTS / PORTS / ADDRS];
	return e;
}

/* What a filter shows is never left out, and where its ends are all that it says nothing else. */
static void test_ends(void **state)
{
	static const struct {
		const char *expression;
		bool is_exact; /* it asks nothing of which end is which */
	} cases[] = {
		{ "tcp.port == 80", true },
		{ "tcp.port in {79..81, 1024} and ip.addr == 10.0.0.0/16", true },
		{ "ip.addr in {10.0.0.7..11.0.0.0}", true },
		{ "ip.addr == 10.0.0.0/23 and ip.addr == 192.0.2.9", true },
		{ "ipv6.addr == fe80::/10 and udp.port < 81", true },
		{ "ipv6.addr in {fe80::5..fe80::9, ::1}", true },
		{ "tcp.port > 1023 and tcp.port <= 80", true },
		{ "tcp.port >= 8080 or udp.port == 53", true },
		{ "tcp.srcport == 80", false },
		{ "ip.src == 10.0.0.0/8 and ip.dst == 10.0.1.0/24 and tcp.dstport < 80", false },
		{ "tcp.port === 80", false },
		{ "tcp.port == 80 and not tcp.port == 8080", false },
		{ "tcp and tcp.port != 80", false },
		{ "udp", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_query *q = compile(cases[i].expression);
		size_t shown = 0, meant = 0;
		struct hw_ends ends;

		take_ends(q, &ends);
		for (size_t j = 0; j < EVENTS; j++) {
			const struct hw_event e = event_nr(j);
			const bool is_shown = hw_query_match(q, &e);

			if (is_shown && !is_meant(&ends, &e))
				fail_msg("%s: not event %zu", cases[i].expression, j);
			shown += is_shown;
			meant += is_meant(&ends, &e);
		}
		assert_true(shown > 0 && meant < EVENTS);
		if (cases[i].is_exact && shown != meant)
			fail_msg("%s: %zu, not %zu", cases[i].expression, meant, shown);
		hw_query_free(q);
	}
}

static void test_room_for_ends(void **state)
{
	static struct hw_ends ends;
	char expression[4096] = "tcp.port == 80 and tcp.port in {1";
	struct hw_query_term first, second;
	struct hw_query *q;
	uint32_t at = 0;

	(void)state;
	for (int i = 2; i <= HW_ENDS_MAX; i++)
		snprintf(expression + strlen(expression), 16, ",%d", i);
	snprintf(expression + strlen(expression), 2, "}");
	q = compile(expression);
	assert_true(hw_query_next_term(q, &at, &first) && hw_query_next_term(q, &at, &second));
	assert_false(hw_query_next_term(q, &at, &second));
	assert_true(hw_query_term_ends(q, &second, &ends));
	assert_int_equal(ends.nr, HW_ENDS_MAX);
	ends.nr = 0;
	assert_true(hw_query_term_ends(q, &first, &ends));
	assert_false(hw_query_term_ends(q, &second, &ends));
	assert_int_equal(ends.nr, 1);
	hw_query_free(q);
}

/* ---- values ---- */

static size_t values(const char *expression, const char *name, char *ret_text)
{
	struct hw_query_value found[4];
	struct hw_query *q = compile(expression);
	struct hw_query_term t;
	uint32_t at = 0;
	size_t nr = 0;

	*ret_text = '\0';
	while (hw_query_next_term(q, &at, &t)) {
		nr = hw_query_term_values(q, &t, name, found, 4);
		for (size_t i = 0; i < nr; i++)
			if (found[i].text.len)
				snprintf(ret_text + strlen(ret_text), 32, "%.*s;",
					 (int)found[i].text.len, (const char *)found[i].text.ptr);
			else
				snprintf(ret_text + strlen(ret_text), 32, "%lld;",
					 (long long)found[i].number);
	}
	hw_query_free(q);
	return nr;
}

static void test_values(void **state)
{
	static const struct {
		const char *expression, *name, *values;
	} cases[] = {
		{ "process.pid == 7", "process.pid", "7;" },
		{ "process.pid in {7, 8} ", "process.pid", "7;8;" },
		{ "process.pid in {7, 8} or process.pid == 9", "process.pid", "7;8;9;" },
		{ "process.name == curl", "process.name", "curl;" },
		{ "process.name in {\"a\", 'b'}", "process.name", "a;b;" },
		{ "http and process.uid == 0x10", "process.uid", "16;" },
		{ "process.uid == 0 ", "process.pid", "" },
		{ "process.pid == 7 or process.uid == 0", "process.pid", "" },
		{ "process.pid in {7..9}", "process.pid", "" },
		{ "process.pid in {7..7}", "process.pid", "7;" },
		{ "process.name in {\"a\"..\"b\"}", "process.name", "" },
		{ "process.pid != 7", "process.pid", "" },
		{ "not process.pid == 7", "process.pid", "" },
		{ "process.pid < 7", "process.pid", "" },
		{ "process.pid == process.tid", "process.pid", "" },
		{ "lower(process.name) == curl", "process.name", "" },
		{ "process.name contains curl", "process.name", "" },
		{ "process.pid", "process.pid", "" },
		{ "process.pid in {1,2,3,4,5}", "process.pid", "" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		values(cases[i].expression, cases[i].name, text);
		if (strcmp(text, cases[i].values) != 0)
			fail_msg("%s: %s", cases[i].expression, text);
	}
}

/* ---- types of events ---- */

#define MESSAGES                                                       \
	(HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST | \
	 HW_EVENT_NET_PACKET_HTTP_RESPONSE)
#define EXCHANGE (1u << HW_TYPE_NET_HTTP_EXCHANGE)
#define TUNNEL (1u << HW_TYPE_NET_HTTP_TUNNEL)
#define TALK (MESSAGES | EXCHANGE)
#define HTTP (TALK | TUNNEL)
#define DNS                                                          \
	(HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_DNS_REQUEST | \
	 HW_EVENT_NET_PACKET_DNS_RESPONSE)
#define FLOWS (HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END)
#define IP (HW_EVENT_NET_PACKET_IPV4 | HW_EVENT_NET_PACKET_IPV6)
#define ICMP (HW_EVENT_NET_PACKET_ICMP | HW_EVENT_NET_PACKET_ICMPV6)
#define ALL (HTTP | DNS | FLOWS | IP | ICMP | HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_UDP)

static void test_events(void **state)
{
	static const struct {
		const char *expression;
		uint32_t events;
	} cases[] = {
		{ "tcp.port == 80", ALL & ~(ICMP | HW_EVENT_NET_PACKET_UDP) },
		{ "udp.port == 80", DNS | IP | HW_EVENT_NET_PACKET_UDP },
		{ "http", TALK },
		{ "not http", ALL & ~MESSAGES },
		{ "http.host == \"a\" and process.pid == 1", TALK },
		{ "http.time > 0.1", EXCHANGE },
		{ "http.waited and not http.end", EXCHANGE },
		{ "trace.id", EXCHANGE },
		{ "tunnel.end == complete or http.end == complete", EXCHANGE | TUNNEL },
		{ "tunnel and http", 0 },
		{ "http.response.code == 404", TALK & ~HW_EVENT_NET_PACKET_HTTP_REQUEST },
		{ "http.request", TALK & ~HW_EVENT_NET_PACKET_HTTP_RESPONSE },
		{ "anomaly or incomplete", TALK },
		{ "frame.number == http.request_in", EXCHANGE },
		{ "frame.number == http.request_in or icmp", EXCHANGE | HW_EVENT_NET_PACKET_ICMP },
		{ "not http.host", ALL },
		{ "dns.qry.name == \"a\"", DNS },
		{ "http.host == \"a\" or dns.qry.name == \"a\"", TALK | DNS },
		{ "http and dns", 0 },
		{ "icmp", HW_EVENT_NET_PACKET_ICMP },
		{ "ip.ttl < 5", HW_EVENT_NET_PACKET_IPV4 },
		{ "tcp.flags.syn == 1 or icmpv6",
		  HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_ICMPV6 },
		{ "event == net_packet_http_response", HW_EVENT_NET_PACKET_HTTP_RESPONSE },
		{ "event != net_packet_dns", ALL & ~HW_EVENT_NET_PACKET_DNS },
		{ "not event in {net_packet_dns, net_packet_http}",
		  ALL & ~(HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_HTTP) },
		{ "event matches dns_re and udp",
		  HW_EVENT_NET_PACKET_DNS_REQUEST | HW_EVENT_NET_PACKET_DNS_RESPONSE },
		{ "lower(event) contains flow", FLOWS },
		{ "event == net_flow_tcp_end and (http or dns)", 0 },
		{ "process.name == curl", ALL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_query *q = compile(cases[i].expression);
		const uint32_t events = hw_query_events(q) & ALL;

		if (events != cases[i].events)
			fail_msg("%s: %x", cases[i].expression, (unsigned)events);
		hw_query_free(q);
	}
}

static void test_missing(void **state)
{
	struct hw_query *q = compile("tcp.port == 80 or http.time > 0.1 or ip.ttl == 1");

	(void)state;
	assert_null(hw_query_missing(q, ALL));
	assert_string_equal(hw_query_missing(q, MESSAGES)->name, "http.time");
	assert_string_equal(hw_query_missing(q, EXCHANGE)->name, "ip.ttl");
	assert_string_equal(hw_query_missing(q, HW_EVENT_NET_PACKET_ICMP)->name, "tcp.port");
	hw_query_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),	      cmocka_unit_test(test_ends),
		cmocka_unit_test(test_room_for_ends), cmocka_unit_test(test_values),
		cmocka_unit_test(test_events),	      cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
