/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_query.c - filters: what they match, and what is wrong with others */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "exchange_fixture.h"
#include "query/query.h"

/* ---- an event to ask about ---- */

static const struct hw_http_field fields[] = {
	{ SLICE_INIT("Host"), SLICE_INIT("Shop.example:8080") },
	{ SLICE_INIT("accept"), SLICE_INIT("*/*") },
	{ SLICE_INIT("X-Request-Id"), SLICE_INIT("one") },
	{ SLICE_INIT("Cookie"), SLICE_INIT("a=1") },
	{ SLICE_INIT("x-request-id"), SLICE_INIT("two") },
	{ SLICE_INIT("X-Empty"), SLICE_INIT("") },
	{ SLICE_INIT("Content-Length"), SLICE_INIT("250") },
	{ SLICE_INIT("X-Odd"), SLICE_INIT("@AZ[`az{") }, /* what stands beside letters */
};

static const struct hw_http_message request = {
	.kind = HW_HTTP_REQUEST,
	.method = SLICE_INIT("POST"),
	.protocol = SLICE_INIT("HTTP/1.1"),
	.host = SLICE_INIT("Shop.example:8080"),
	.uri_path = SLICE_INIT("/a b"),
	.target = SLICE_INIT("/a%20b?x=1&y=&z"),
	.fields = fields,
	.fields_nr = sizeof(fields) / sizeof(fields[0]),
};

static const struct hw_http_message response = {
	.kind = HW_HTTP_RESPONSE,
	.protocol = SLICE_INIT("HTTP/1.1"),
	.reason = SLICE_INIT("Not Found"),
	.status_code = 404,
};

static struct hw_event event_of(const struct hw_http_message *m)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40000, 8080);

	e.http = m;
	if (m == &request)
		e.request = (struct hw_event_request){ m->method, m->host, m->target, m->uri_path };
	e.src = addr_v4(10, 0, 0, 7);
	e.dst = addr_v4(192, 0, 2, 9);
	e.extra.anomalies = hw_anomaly_bit(HW_ANOMALY_BAD_METHOD);
	e.extra.frame = 12;
	hw_event_prepare(&e);
	return e;
}

/* ---- what matches ---- */

static const struct {
	const char *expression;
	bool request, response;
} matches[] = {
	/* existence */
	{ "http", true, true },
	{ "http.request", true, false },
	{ "http.response", false, true },
	{ "!http", false, false },
	{ "not not http", true, true },
	{ "http.authorization", false, false },
	{ "http.cookie", true, false },
	{ "http.header[\"X-Request-ID\"]", true, false },
	{ "http.header[X-Empty]", true, false },
	{ "dns or udp or icmp", false, false },
	{ "tcp and ip and not ipv6", true, true },
	{ "incomplete or dns.incomplete", false, false },
	/* comparisons of text */
	{ "http.request.method == \"POST\"", true, false },
	{ "http.request.method eq POST", true, false },
	{ "http.request.method < r || http.request.method < RPC", true, false }, /* not raw */
	{ "http.request.method == 'POST'", true, false },
	{ "http.request.method == \"post\"", false, false },
	{ "lower(http.request.method) == \"post\"", true, false },
	{ "upper(lower(http.request.method)) == POST", true, false },
	{ "lower(http.header[X-Odd]) == \"@az[`az{\"", true, false },
	{ "upper(http.header[X-Odd]) == \"@AZ[`AZ{\"", true, false },
	{ "http.request.method != \"GET\"", true, false },
	{ "http.request.method < \"PUT\"", true, false },
	{ "http.request.method <= \"POST\" && http.request.method ge \"POST\"", true, false },
	{ "http.request.method > \"POST\"", false, false },
	{ "http.request.method < \"POSTS\"", true, false },
	{ "http.header[\"X-Empty\"] == \"\"", true, false },
	{ "http.host contains \"example\"", true, false },
	{ "http.host contains \"\"", true, false },
	{ "lower(http.host) contains \"shop\"", true, false },
	{ "http.host contains shop", false, false },
	{ "http.host matches \"^shop\\\\.\"", true, false },
	{ "http.host ~ r\"^shop\\.[a-z]+:\\d+$\"", true, false },
	{ "http.host matches \"^example\"", false, false },
	{ "http.host matches \"(?-i)^shop\"", false, false },
	{ "lower(http.host) matches \"(?-i)^shop\"", true, false },
	{ "http.request.uri == \"/a%20b?x=1&y=&z\"", true, false },
	{ "http.request.uri.path == \"/a%20b\"", true, false },
	{ "http.path == \"/a b\"", true, false },
	{ "http.path == \"\\x2fa\\040b\"", true, false },
	{ "http.request.uri.query == \"x=1&y=&z\"", true, false },
	{ "http.request.uri.query.parameter == \"y=\"", true, false },
	{ "http.request.uri.query.parameter == \"z\"", true, false },
	{ "http.request.uri.query.parameter == \"z=\"", false, false },
	{ "http.response.phrase == \"Not Found\"", false, true },
	/* of several values */
	{ "http.header[\"X-Request-Id\"] == \"two\"", true, false },
	{ "http.header[\"X-Request-Id\"] != \"two\"", false, false },
	{ "http.header[\"X-Request-Id\"] !== \"two\"", true, false },
	{ "http.header[\"X-Request-Id\"] any_ne \"two\"", true, false },
	{ "http.header[\"X-Request-Id\"] === \"two\"", false, false },
	{ "http.header[\"X-Request-Id\"] != \"six\"", true, false },
	{ "http.header[\"Nowhere\"] != \"six\"", false, false },
	{ "not http.header[\"Nowhere\"] == \"six\"", true, true },
	/* numbers */
	{ "http.response.code == 404", false, true },
	{ "http.response.code == 0x194", false, true },
	{ "http.response.code == 0624", false, true },
	{ "http.response.code != 200", false, true },
	{ "http.response.code in {200, 400..499}", false, true },
	{ "http.response.code in {200, 405 .. 499}", false, false },
	{ "tcp.port in {80, 8000..8999} and http.response.code in {200, 400..499}", false, true },
	{ "tcp.port in {80, 8000..8999} and http.response.code in {80}", false, false },
	{ "http.response.code not in {200, 500..599}", true, true },
	{ "tcp.port == 8080", true, true },
	{ "tcp.port != 8080", false, false },
	{ "tcp.port in {80, 443, 8000..8999}", true, true },
	{ "tcp.srcport > 39999 and tcp.dstport lt 8081", true, true },
	{ "tcp.srcport == tcp.dstport", false, false },
	{ "tcp.port > tcp.dstport", true, true },
	{ "http.content_length >= 250", true, false },
	{ "len(http.request.method) == 4", true, false },
	{ "len(http.host) in {1..16}", false, false },
	{ "http.request == 1 and http.request == true", true, false },
	{ "http.request == 0", false, false },
	{ "frame.number == 12", true, true },
	/* addresses */
	{ "ip.src == 10.0.0.7", true, true },
	{ "ip.src == 10.0.0.0/8", true, true },
	{ "ip.src == 10.0.0.0/29 and ip.src != 10.0.0.8/29", true, true },
	{ "ip.addr == 192.0.2.9", true, true },
	{ "ip.addr != 192.0.2.9", false, false },
	{ "ip.addr in {192.0.2.0/24, 198.51.100.1}", true, true },
	{ "ip.dst in {192.0.2.1..192.0.2.20}", true, true },
	{ "ip.dst > 192.0.2.8 and ip.dst < 192.0.2.10", true, true },
	{ "ipv6.addr == ::1", false, false },
	/* times */
	{ "frame.time_epoch >= 1696255675", true, true },
	{ "frame.time_epoch < 1696255675.2", true, true },
	{ "frame.time_epoch > 250ms", true, true },
	{ "frame.time_epoch < 1696255675184233610ns", false, false },
	/* ours */
	{ "process.name == curl && process.pid == 48211 and process.uid == 1000", true, true },
	{ "container.id or k8s.pod", false, false },
	{ "direction == egress", true, true },
	{ "direction in {ingress, unknown}", false, false },
	{ "event == net_packet_http", true, true },
	{ "anomaly == \"bad_method\" and anomaly", true, true },
	{ "anomaly != bad_method", false, false },
	{ "anomaly contains method and direction contains \"\"", true, true },
	/* and, or, not */
	{ "http.request or http.response and dns", true, false },
	{ "(http.request or http.response) and dns", false, false },
	{ "not (http.request or dns)", false, true },
	{ "not http.request or dns", false, true },
	{ "not (http.request and http.response) and not dns", true, true },
	{ "dns or dns or dns or http.request", true, false },
	{ "http and tcp and ip and http.response", false, true },
	{ "((((http))))", true, true },
	{ "!(!(!(dns)))", true, true },
	{ "http.request # and nothing else\n\t&& tcp", true, false },
};

static bool match(const char *expression, const struct hw_event *event)
{
	struct hw_query_error error;
	struct hw_query *q;
	bool is_match;
	const int err = hw_query_new(&q, expression, &error);

	if (err)
		print_error("%s: %zu: %s\n", expression, error.at, error.text);
	assert_int_equal(err, 0);
	is_match = hw_query_match(q, event);
	assert_int_equal(hw_query_match(q, event), is_match);
	hw_query_free(q);
	return is_match;
}

static void test_matches(void **state)
{
	const struct hw_event asked = event_of(&request), answered = event_of(&response);

	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		const char *expression = matches[i].expression;

		if (match(expression, &asked) != matches[i].request)
			fail_msg("%s: of the request", expression);
		if (match(expression, &answered) != matches[i].response)
			fail_msg("%s: of the response", expression);
	}
}

/* ---- exchanges and tunnels ---- */

static const struct {
	const char *expression;
	bool answered, unanswered, tunnel;
} exchange_matches[] = {
	{ "http", true, true, false },
	{ "http.request", true, true, false },
	{ "http.response", true, false, false },
	{ "tunnel", false, false, true },
	{ "event == \"net_http_exchange\"", true, true, false },
	/* what is of the request */
	{ "http.request.method == GET", true, true, false },
	{ "http.host == \"a.example\"", true, true, false },
	{ "http.path == \"/x\"", true, true, false },
	{ "http.request.uri == \"/x?b=1\"", true, true, false },
	{ "http.request.uri.query.parameter == \"b=1\"", true, true, false },
	{ "http.request.full_uri == \"http://a.example/x?b=1\"", true, true, false },
	{ "http.request.version == \"HTTP/1.1\"", true, true, false },
	{ "http.user_agent contains \"curl\"", true, true, false },
	{ "http.route == \"/x\"", true, true, false },
	{ "http.cookie_pair == \"b=2\"", true, true, false },
	{ "http.cookie_pair == \"c\"", true, true, false },
	{ "http.cookie_pair == \"a=1; b=2\"", false, false, false },
	{ "http.request.body_size == 0", true, true, false },
	{ "trace.id == \"0af7651916cd43dd8448eb211c80319c\"", true, true, false },
	{ "client.address == \"198.51.100.7\"", true, true, false },
	/* what is of the response */
	{ "http.response.code == 200", true, false, false },
	{ "http.response.phrase == OK", true, false, false },
	{ "http.content_type == \"text/html\"", true, false, false },
	{ "http.content_type == \"text/plain\"", false, false, false },
	{ "http.content_length == 1256", true, false, false },
	{ "http.server == nginx", true, false, false },
	{ "http.response.body_size > 1000", true, false, false },
	/* what may be of either */
	{ "http.header[\"Content-Type\"] == \"text/plain\"", true, true, false },
	{ "http.header[\"content-type\"] == \"text/html\"", true, false, false },
	{ "http.header[\"Content-Type\"] != \"text/html\"", false, true, false },
	{ "anomaly == bare_lf", true, true, false },
	{ "incomplete == gap", true, true, false },
	{ "incomplete == closed", true, false, false },
	/* times */
	{ "http.time == 12.346345ms", true, false, false },
	{ "http.time > 0.0123", true, false, false },
	{ "http.time > 0.0124", false, false, false },
	{ "http.duration >= 12346345ns", true, false, false },
	{ "http.duration < 12.346345ms", false, false, false },
	{ "http.ttfb == 11ms", true, false, false },
	{ "http.waited >= 30s", false, true, false },
	{ "http.waited > 30s", false, false, false },
	/* the connection, and how it ended */
	{ "connection.id == \"0123456789abcdef\"", true, true, false },
	{ "connection.id", true, true, false },
	{ "connection.community_id == \"1:+yrnoHd4BpdwflmnwAiQZPXw7Bs=\"", true, true, false },
	{ "connection.number == 1", true, true, false },
	{ "connection.role == client", true, true, true },
	{ "connection.role in {\"server\", \"unknown\"}", false, false, false },
	{ "http.end == complete", true, false, false },
	{ "http.end in {\"timeout\", \"aborted_by_client\"}", false, true, false },
	{ "http.request_in == 4", true, true, false },
	{ "http.response_in == 9", true, false, false },
	{ "process.name == curl", true, true, true },
	{ "peer.process.name == nginx", true, false, false },
	{ "peer.process.name == worker-1", true, false, false },
	{ "peer.process.name != nginx", false, false, false },
	{ "peer.process.name == web", false, false, false },
	{ "peer.process.name < worker-1-and-more", true, false, false },
	{ "peer.process.name in {a..worker-1-and-more}", true, false, false },
	{ "peer.process.pid == 99 and peer.container.name == web", true, false, false },
	{ "tcp.dstport == 80", true, true, true },
	/* tunnels */
	{ "tunnel.host == \"b.example\"", false, false, true },
	{ "tunnel.protocol", false, false, false },
	{ "tunnel.client_bytes == 517 and tunnel.server_bytes == 35000", false, false, true },
	{ "tunnel.duration > 1m", false, false, true },
	{ "tunnel.end == complete", false, false, true },
};

static const struct hw_http_field exchange_fields[] = {
	{ SLICE_INIT("User-Agent"), SLICE_INIT("curl/7.88.1") },
	{ SLICE_INIT("cookie"), SLICE_INIT("a=1; b=2") },
	{ SLICE_INIT("Content-Type"), SLICE_INIT("text/plain") },
	{ SLICE_INIT("Cookie"), SLICE_INIT("c") },
};

static void make_exchange(struct exchange_parts *p)
{
	exchange_init(p);
	p->request.fields = exchange_fields;
	p->request.fields_nr = sizeof(exchange_fields) / sizeof(exchange_fields[0]);
	p->exchange.trace_id = HW_SLICE("0af7651916cd43dd8448eb211c80319c");
	p->exchange.client_address = HW_SLICE("198.51.100.7");
	p->exchange.anomalies = hw_anomaly_bit(HW_ANOMALY_BARE_LF);
	p->exchange.request.incomplete = HW_SLICE("gap");
	p->exchange.response.incomplete = HW_SLICE("closed");
	p->exchange.request.end_frame = 4;
	p->exchange.response.end_frame = 9;
}

static void test_exchanges(void **state)
{
	const struct hw_process nginx = { .host_pid = 99,
					  .comm = HW_SLICE("worker-1"),
					  .name = HW_SLICE("nginx"),
					  .container_name = HW_SLICE("web") };
	struct exchange_parts parts[3];
	struct hw_event answered, unanswered, tunnel;

	(void)state;
	make_exchange(&parts[0]);
	answered = exchange_event(&parts[0]);
	answered.peer = &nginx;
	make_exchange(&parts[1]);
	exchange_unanswered(&parts[1], HW_EXCHANGE_TIMEOUT);
	unanswered = exchange_event(&parts[1]);
	unanswered.time_ns = parts[1].exchange.request.start_ns + 30000000000;
	exchange_init(&parts[2]);
	tunnel = tunnel_event(&parts[2]);
	for (size_t i = 0; i < sizeof(exchange_matches) / sizeof(exchange_matches[0]); i++) {
		const char *expression = exchange_matches[i].expression;

		if (match(expression, &answered) != exchange_matches[i].answered)
			fail_msg("%s: answered", expression);
		if (match(expression, &unanswered) != exchange_matches[i].unanswered)
			fail_msg("%s: unanswered", expression);
		if (match(expression, &tunnel) != exchange_matches[i].tunnel)
			fail_msg("%s: tunnel", expression);
	}
}

/* ---- any tree of and, or, not gives what its parts give, however it jumps ---- */

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static char *put(char *to, const char *text)
{
	const size_t len = strlen(text);

	memcpy(to, text, len + 1);
	return to + len;
}

/* Write an expression to `*to`; returns what it is for the request. */
static bool grow(char **to, unsigned depth)
{
	static const char *const leaves[] = { "dns", "http", "tcp.port == 1", "tcp.port == 8080" };
	bool a, b, is_and;

	if (depth == 0 || draw(8) == 0) {
		const uint32_t leaf = draw(4);

		*to = put(*to, leaves[leaf]);
		return leaf & 1;
	}
	if (draw(4) == 0) {
		*to = put(*to, "!(");
		a = !grow(to, depth - 1);
		*to = put(*to, ")");
		return a;
	}
	is_and = draw(2);
	*to = put(*to, "(");
	a = grow(to, depth - 1);
	*to = put(*to, is_and ? " and " : " or ");
	b = grow(to, depth - 1);
	*to = put(*to, ")");
	return is_and ? a && b : a || b;
}

static void test_logic(void **state)
{
	const struct hw_event asked = event_of(&request);
	static char text[1 << 16];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		char *end = text;
		const bool wanted = grow(&end, 1 + draw(6));

		if (match(text, &asked) != wanted)
			fail_msg("%s", text);
	}
}

/* ---- what is wrong ---- */

static const struct {
	const char *expression;
	size_t at;
	const char *text; /* that the message has in it */
} faults[] = {
	{ "", 0, "a field is due" },
	{ "http and", 8, "it ends" },
	{ "http.hots == \"a\"", 0, "'http.hots' is not a field" },
	{ "\"a\" == http.host", 0, "a field is due" },
	{ "tcp.port == 80 && (http", 23, "')'" },
	{ "http)", 4, "closes nothing" },
	{ "tcp.port == abc", 12, "abc is not a number from 0 to 65535" },
	{ "tcp.port == \"80\"", 12, "is not a number" },
	{ "tcp.port == 65536", 12, "is not a number from 0 to 65535" },
	{ "tcp.port == 080", 12, "is not a number" },
	{ "tcp.port == -1", 12, "is not a number" },
	{ "tcp.port ==", 11, "it ends" },
	{ "tcp.port = 80", 9, "write ==" },
	{ "tcp & udp", 4, "write &&" },
	{ "tcp | udp", 4, "write ||" },
	{ "tcp udp", 4, "is due here" },
	{ "tcp.port contains \"8\"", 9, "'contains' is not for tcp.port" },
	{ "ip.addr matches \"8\"", 8, "'matches' is not for ip.addr, which is IPv4 address" },
	{ "len(http.host) contains 1", 15, "made a number" },
	{ "http.request < 1", 13, "boolean" },
	{ "http.request == 2", 16, "true or false" },
	{ "http == 1", 5, "has no value" },
	{ "lower(tcp.port) == 1", 6, "are for text" },
	{ "lower(http.host == 1", 16, "')'" },
	{ "lower(lower(lower(lower(lower(http.host)))))", 24, "too many functions" },
	{ "trim(http.host) == 1", 0, "not a function" },
	{ "ip.addr == ::1", 11, "IPv4 address" },
	{ "ipv6.addr == 10.0.0.1", 13, "IPv6 address" },
	{ "ip.src == 10.0.0.0/33", 10, "IPv4 address" },
	{ "ip.src == \"10.0.0.1\"", 10, "IPv4 address" },
	{ "tcp.port in 80", 12, "a set is due" },
	{ "tcp.port in {}", 13, "a value is due" },
	{ "tcp.port in {80, }", 17, "a value is due" },
	{ "tcp.port in {80 443}", 16, "',' or '}'" },
	{ "tcp.port in {80..", 17, "it ends" },
	{ "tcp.port == tcp.portt", 12, "is not a number" },
	{ "http.content_length == 9223372036854775808", 23, "is not a number" },
	{ "http.content_length == 18446744073709551617", 23, "is not a number" },
	{ "tcp.port == http.host", 12, "different types" },
	{ "frame.time_epoch > 5x", 19, "a time" },
	{ "frame.time_epoch > 1.", 19, "a time" },
	{ "http.host == \"a", 13, "not closed" },
	{ "http.host == \"\\d\"", 14, "not an escape" },
	{ "http.host == \"\\x\"", 14, "not an escape" },
	{ "http.host == \"\\ud800\"", 14, "not an escape" },
	{ "http.host matches \"(a\"", 21, "regular expression: missing closing parenthesis" },
	{ "http.host matches r\"a[\"", 22, "regular expression" },
	{ "http.host matches http.host and", 31, "it ends" },
	{ "http.header == \"a\"", 12, "the name of a header" },
	{ "http.header[] == \"a\"", 12, "the name of a header is due here" },
	{ "http.header[\"a\" == \"a\"", 16, "']'" },
	{ "http.host matches (http)", 18, "a regular expression is due here" },
	{ "direction == egres", 13, "egres is not one of its values" },
	{ "incomplete == close", 14, "close is not one of its values" },
	{ "dns.incomplete in {cut, closed}", 24, "closed is not one of its values" },
	{ "event in {net_packet_http, net_packet}", 27, "net_packet is not" },
	{ "process.name == containerd-shim-", 16, "longer than 15 bytes" },
	{ "not lower(peer.process.name) in {\"a\", \"0123456789abcdef\"}", 38, "longer than 15" },
	{ "http $ tcp", 5, "between quotes" },
	{ "(!)", 2, "a field is due" },
	{ "AND", 0, "'AND' is not a field" },
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct hw_query *q = NULL;
		struct hw_query_error error;
		const int err = hw_query_new(&q, faults[i].expression, &error);

		if (err != -EINVAL || error.at != faults[i].at ||
		    !strstr(error.text, faults[i].text))
			fail_msg("%s: %d at %zu: %s", faults[i].expression, err, error.at,
				 error.text);
	}
}

static void test_unknown_names(void **state)
{
	struct hw_query *q;
	struct hw_query_error error;

	(void)state;
	assert_int_equal(hw_query_new(&q, "http and htp.host", &error), -EINVAL);
	assert_true(error.is_unknown_name);
	assert_null(error.field);
	assert_int_equal(error.at, 9);
	assert_int_equal(error.len, 8);
	assert_int_equal(hw_query_new(&q, "anomaly == bare_lff", &error), -EINVAL);
	assert_true(error.is_unknown_name);
	assert_string_equal(error.field->name, "anomaly");
	assert_int_equal(hw_query_new(&q, "tcp.port == x", &error), -EINVAL);
	assert_false(error.is_unknown_name);
}

/* What is to be underlined. */
static void test_lengths_of_faults(void **state)
{
	static const struct {
		const char *expression;
		size_t len;
	} cases[] = {
		{ "http.host == \"not closed", 11 },
		{ "http.hots", 9 },
		{ "http and", 0 },
		{ "tcp.port == 65536 or dns", 5 },
		{ "tcp = 80", 1 },
		{ "http)", 1 },
		{ "http.host == \"\\d\"", 2 },
		{ "lower(tcp) == \"a\"", 3 },
	};
	struct hw_query_error error;
	struct hw_query *q;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(hw_query_new(&q, cases[i].expression, &error), -EINVAL);
		if (error.len != cases[i].len)
			fail_msg("%s: %zu at %zu", cases[i].expression, error.len, error.at);
	}
}

/* ---- limits ---- */

static char *repeat(const char *first, const char *again, size_t nr, const char *last)
{
	char *text = malloc(strlen(first) + nr * strlen(again) + strlen(last) + 1), *to = text;

	assert_non_null(text);
	to = put(to, first);
	for (size_t i = 0; i < nr; i++)
		to = put(to, again);
	put(to, last);
	return text;
}

static int compile(char *text)
{
	struct hw_query *q = NULL;
	struct hw_query_error error;
	const int err = hw_query_new(&q, text, &error);

	hw_query_free(q);
	free(text);
	return err;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(compile(repeat("", "(", 100, "http")), -EINVAL);
	assert_int_equal(compile(repeat("", "(", 4000000, "")), -EINVAL);
	assert_int_equal(compile(repeat("", "!", 4000000, "http")), 0);
	assert_int_equal(compile(repeat("dns", " or dns", 599000, "")), 0);
	assert_int_equal(compile(repeat("tcp.port in {1", ",22222", 690000, "}")), 0);
	assert_int_equal(compile(repeat("dns", " or dns", 600000, "")), -EINVAL);
	assert_int_equal(compile(repeat("http", " ", HW_QUERY_MAX - 4, "")), 0);
	assert_int_equal(compile(repeat("http", " ", HW_QUERY_MAX - 3, "")), -EINVAL);
	assert_int_equal(compile(repeat("http.host matches \"", "a", 4096, "\"")), 0);
	assert_int_equal(compile(repeat("http.host matches \"", "a", 4097, "\"")), -EINVAL);
}

/* A text that a regular expression would chew on for hours is given up, and counted. */
static void test_given_up(void **state)
{
	static const char *const greedy[] = { "(a+)+$",	 "(a|a)*b",	     "a*b",	   "a*+b",
					      ".*.*.*c", "(?:a?){50}a{50}b", "(.*)\\1\\1x" };
	char *text = repeat("", "a", 200000, "!");
	const struct hw_http_field field = { SLICE_INIT("X"), hw_slice_text(text) };
	const struct hw_http_message m = { .fields = &field, .fields_nr = 1 };
	const struct hw_event event = event_of(&m);

	(void)state;
	for (size_t i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		struct hw_query_error error;
		struct hw_query *q;
		char expression[64];

		snprintf(expression, sizeof(expression), "http.header[X] ~ r\"%s!\"", greedy[i]);
		assert_int_equal(hw_query_new(&q, expression, &error), 0);
		assert_false(hw_query_match(q, &event));
		if (hw_query_given_up(q) != 1)
			fail_msg("%s: %d", expression, (int)hw_query_given_up(q));
		hw_query_free(q);
	}
	free(text);
}

/* ---- the table ---- */

static void test_fields(void **state)
{
	const struct hw_query_field *f, *before = NULL;

	(void)state;
	for (size_t i = 0; (f = hw_query_field_at(i)); i++, before = f) {
		assert_ptr_equal(hw_query_field_find(hw_slice_text(f->name)), f);
		assert_true(f->meaning && f->meaning[0] && f->next);
		if (before && strcmp(before->name, f->name) >= 0)
			fail_msg("%s: not in order", f->name);
		if (f->type == HW_QUERY_NUMBER && f->max == 0)
			fail_msg("%s: no largest value", f->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),	      cmocka_unit_test(test_exchanges),
		cmocka_unit_test(test_logic),	      cmocka_unit_test(test_faults),
		cmocka_unit_test(test_unknown_names), cmocka_unit_test(test_lengths_of_faults),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
