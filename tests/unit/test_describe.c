/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_describe.c - what hw_exchange_describe() makes of heads */
#include "unit/unit.h"

#include <stdio.h>

#include "exchange/exchange.h"
#include "exchange/known.h"
#include "exchange/route.h"

struct rig {
	struct hw_budget budget;
	struct hw_http_scratch *request_scratch, *response_scratch;
	struct hw_exchange_scratch *scratch;
	struct hw_http_message request, response;
	struct hw_exchange x;
};

static void open_rig(struct rig *r)
{
	*r = (struct rig){ .budget = { .max = 1 << 24 } };
	assert_int_equal(hw_http_scratch_new(&r->request_scratch, &r->budget), 0);
	assert_int_equal(hw_http_scratch_new(&r->response_scratch, &r->budget), 0);
	assert_int_equal(hw_exchange_scratch_new(&r->scratch, &r->budget), 0);
}

static void close_rig(struct rig *r)
{
	hw_exchange_scratch_free(r->scratch);
	hw_http_scratch_free(r->response_scratch);
	hw_http_scratch_free(r->request_scratch);
	assert_int_equal(r->budget.used, 0);
}

/* Heads without the empty line; NULL: there is none. */
static const struct hw_exchange *describe(struct rig *r, const char *request, const char *response)
{
	static char heads[2][4096];

	r->x = (struct hw_exchange){ .request.message = &hw_http_message_none,
				     .response.message = &hw_http_message_none };
	if (request) {
		const int len = snprintf(heads[0], sizeof(heads[0]), "%s\r\n\r\n", request);

		hw_http_message_read(r->request_scratch, hw_slice(heads[0], (size_t)len),
				     HW_HTTP_REQUEST, HW_HTTP_WHOLE, &r->request);
		r->x.request.message = &r->request;
	}
	if (response) {
		const int len = snprintf(heads[1], sizeof(heads[1]), "%s\r\n\r\n", response);

		hw_http_message_read(r->response_scratch, hw_slice(heads[1], (size_t)len),
				     HW_HTTP_RESPONSE, HW_HTTP_WHOLE, &r->response);
		r->x.response.message = &r->response;
	}
	hw_exchange_describe(r->scratch, &r->x, 8080);
	return &r->x;
}

#define assert_text(got, want) assert_slice_equal(got, hw_slice_text(want))

static const struct {
	const char *head, *scheme, *host;
	uint16_t port;
	const char *url;
} urls[] = {
	{ "GET / HTTP/1.1\r\nHost: a.example", "http", "a.example", 8080, "http://a.example/" },
	{ "GET /p?q=1 HTTP/1.1\r\nHost: a.example:81", "http", "a.example", 81,
	  "http://a.example:81/p?q=1" },
	{ "GET / HTTP/1.1\r\nHost: a.example:", "http", "a.example", 8080, "http://a.example:/" },
	{ "GET / HTTP/1.1\r\nHost: [::1]:81", "http", "::1", 81, "http://[::1]:81/" },
	{ "GET / HTTP/1.1\r\nHost: [::1]", "http", "::1", 8080, "http://[::1]/" },
	{ "GET / HTTP/1.1\r\nHost: ::1", "http", "::1", 8080, "http://::1/" },
	{ "GET / HTTP/1.1\r\nHost: [::1", "http", "[::1", 8080, "http://[::1/" },
	{ "GET / HTTP/1.1\r\nHost: a:b", "http", "a:b", 8080, "http://a:b/" },
	{ "GET / HTTP/1.1\r\nHost: a:70000", "http", "a:70000", 8080, "http://a:70000/" },
	{ "GET / HTTP/1.1\r\nHost: a:0", "http", "a", 8080, "http://a:0/" },
	{ "GET / HTTP/1.0", "http", "", 8080, "" },
	{ "GET x HTTP/1.1\r\nHost: a", "http", "a", 8080, "" },
	{ "OPTIONS * HTTP/1.1\r\nHost: a:81", "http", "a", 81, "http://a:81" },
	{ "GET http:///x HTTP/1.1\r\nHost: a", "http", "a", 80, "http:///x" },
	{ "GET http://u@/x HTTP/1.1\r\nHost: [::1]:81", "http", "::1", 81, "http://u@/x" },
	{ "GET http:///x HTTP/1.1", "http", "", 80, "http:///x" },
	{ "GET http://b.example/x HTTP/1.1\r\nHost: a", "http", "b.example", 80,
	  "http://b.example/x" },
	{ "GET HTTPS://b.example:444 HTTP/1.1\r\nHost: a", "https", "b.example", 444,
	  "HTTPS://b.example:444" },
	{ "GET https://u:p@[::1]?a@b HTTP/1.1\r\nHost: a", "https", "::1", 443,
	  "https://u:p@[::1]?a@b" },
	{ "GET ftp://b/ HTTP/1.1\r\nHost: a", "ftp", "b", 8080, "ftp://b/" },
	{ "CONNECT b.example:443 HTTP/1.1\r\nHost: a", "http", "b.example", 443, "b.example:443" },
	{ "CONNECT [::1]:443 HTTP/1.1\r\nHost: a", "http", "::1", 443, "[::1]:443" },
};

static void urls_are_put_together(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		const struct hw_exchange *x = describe(&r, urls[i].head, NULL);

		assert_text(x->scheme, urls[i].scheme);
		assert_text(x->host, urls[i].host);
		assert_int_equal(x->port, urls[i].port);
		assert_text(x->url, urls[i].url);
	}
	close_rig(&r);
}

static const struct {
	const char *fields, *client;
} clients[] = {
	{ "", "" },
	{ "Forwarded: for=192.0.2.43", "192.0.2.43" },
	{ "Forwarded: proto=http;by=10.0.0.1;For=\"192.0.2.43:4711\", for=10.0.0.2", "192.0.2.43" },
	{ "Forwarded: for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17" },
	{ "Forwarded: for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17" },
	{ "Forwarded: by=\"a,b;for=1.1.1.1\\\"\";for=192.0.2.43", "192.0.2.43" },
	{ "Forwarded: proto=http, for=192.0.2.43", "" }, /* whom the first one had is not said */
	{ "Forwarded: for=unknown", "" },
	{ "Forwarded: for=_hidden\r\nX-Forwarded-For: 192.0.2.43", "192.0.2.43" },
	{ "Forwarded: for=\"", "" },
	{ "Forwarded: for=\"\\", "" },
	{ "Forwarded: for=\"[::1\"", "" },
	{ "Forwarded:", "" },
	{ "Forwarded: ;;,for=1.1.1.1", "" },
	{ "X-Forwarded-For: 192.0.2.43, 10.0.0.1", "192.0.2.43" },
	{ "x-forwarded-for : 192.0.2.43:1234", "192.0.2.43" },
	{ "X-Forwarded-For: 2001:db8::1,10.0.0.1", "2001:db8::1" },
	{ "X-Forwarded-For: [2001:db8::1]:80", "2001:db8::1" },
	{ "X-Forwarded-For: unknown, 10.0.0.1\r\nX-Real-IP: 192.0.2.43", "192.0.2.43" },
	{ "X-Forwarded-For: 192.0.2.43\r\nX-Forwarded-For: 10.0.0.1", "192.0.2.43" },
	{ "X-Real-IP: ::ffff:192.0.2.43", "::ffff:192.0.2.43" },
	{ "X-Real-IP: 300.0.0.1", "" },
};

static void clients_behind_proxies_are_found(void **state)
{
	struct rig r;
	char head[512];

	(void)state;
	open_rig(&r);
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a%s%s",
			 clients[i].fields[0] ? "\r\n" : "", clients[i].fields);
		assert_text(describe(&r, head, NULL)->client_address, clients[i].client);
	}
	close_rig(&r);
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static const struct {
	const char *fields, *trace, *span;
} traces[] = {
	{ "traceparent: 00-" TRACE "-" SPAN "-01", TRACE, SPAN },
	{ "Traceparent: 01-" TRACE "-" SPAN "-01-more", TRACE, SPAN },
	{ "traceparent: cc-" TRACE "-" SPAN "-00", TRACE, SPAN },
	{ "traceparent: 00-" TRACE "-" SPAN "-01-more", "", "" },
	{ "traceparent: 01-" TRACE "-" SPAN "-01more", "", "" },
	{ "traceparent: ff-" TRACE "-" SPAN "-01", "", "" },
	{ "traceparent: 0-0" TRACE "-" SPAN "-01", "", "" },
	{ "traceparent: 00-" TRACE "-" SPAN "-0", "", "" },
	{ "traceparent: 00-" TRACE "-" SPAN "-0x", "", "" },
	{ "traceparent: 00-" TRACE "-" SPAN, "", "" },
	{ "traceparent: 00-" TRACE "aa-" SPAN "-", "", "" },
	{ "traceparent: 00-" TRACE "a-" SPAN "-0", "", "" },
	{ "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", "", "" },
	{ "traceparent: 00-00000000000000000000000000000000-" SPAN "-01", "", "" },
	{ "traceparent: 00-" TRACE "-0000000000000000-01", "", "" },
	{ "traceparent: 00-g" TRACE "-" SPAN "-01", "", "" },
	{ "traceparent: ", "", "" },
	{ "b3: " TRACE "-" SPAN "-1-" SPAN, TRACE, SPAN },
	{ "b3: 4BF92F3577B34DA6-00F067AA0BA902B7", "4bf92f3577b34da6", SPAN },
	{ "b3: 0", "", "" },
	{ "b3: " TRACE, "", "" },
	{ "b3: " TRACE "-1", "", "" },
	{ "X-B3-TraceId: 4BF92F3577B34DA6\r\nX-B3-SpanId: " SPAN, "4bf92f3577b34da6", SPAN },
	{ "X-B3-TraceId: " TRACE "\r\nX-B3-SpanId: no", TRACE, "" },
	{ "X-B3-SpanId: " SPAN, "", "" },
	{ "traceparent: no\r\nb3: " TRACE "-" SPAN, TRACE, SPAN },
	{ "b3: 0\r\ntraceparent: 00-" TRACE "-" SPAN "-01\r\nX-B3-TraceId: 4bf92f3577b34da6", TRACE,
	  SPAN },
};

static void traces_are_found(void **state)
{
	struct rig r;
	char head[512];

	(void)state;
	open_rig(&r);
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		const struct hw_exchange *x;

		snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n%s", traces[i].fields);
		x = describe(&r, head, NULL);
		assert_text(x->trace_id, traces[i].trace);
		assert_text(x->span_id, traces[i].span);
	}
	close_rig(&r);
}

/* Names and values in turn; ends with NULL. */
static void assert_pairs(struct hw_pairs got, const char *const *want)
{
	size_t nr = 0;

	for (; want[2 * nr]; nr++) {
		assert_true(nr < got.nr);
		assert_text(got.ptr[nr].name, want[2 * nr]);
		assert_text(got.ptr[nr].value, want[2 * nr + 1]);
	}
	assert_int_equal(got.nr, nr);
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_PAIRS ((const char *const[]){ NULL })

static void parameters_are_decoded(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r);
	assert_pairs(describe(&r, "GET /?a=1&b=2 HTTP/1.1", NULL)->parameters,
		     PAIRS("a", "1", "b", "2"));
	assert_pairs(describe(&r, "GET /?a=1;b=2&&c&=d&e==f& HTTP/1.1", NULL)->parameters,
		     PAIRS("a", "1;b=2", "c", "", "", "d", "e", "=f"));
	assert_pairs(
		describe(&r, "GET /?a+b=c%2Bd+%26%3d&%zz=%4&%41%c3%BC HTTP/1.1", NULL)->parameters,
		PAIRS("a b", "c+d &=", "%zz", "%4", "A\xc3\xbc", ""));
	assert_pairs(describe(&r, "GET /?? HTTP/1.1", NULL)->parameters, PAIRS("?", ""));
	assert_pairs(describe(&r, "GET /? HTTP/1.1", NULL)->parameters, NO_PAIRS);
	assert_pairs(describe(&r, "GET / HTTP/1.1", NULL)->parameters, NO_PAIRS);
	assert_int_equal(describe(&r, "GET /?a=%00 HTTP/1.1", NULL)->parameters.ptr[0].value.len,
			 1);
	close_rig(&r);
}

static void cookies_are_told_apart(void **state)
{
	struct rig r;
	const struct hw_exchange *x;

	(void)state;
	open_rig(&r);
	x = describe(&r,
		     "GET /?p=1 HTTP/1.1\r\nCookie: a=1; b=\"2\";c=3=4;; d ; =e\r\ncookie:f = g\r\n"
		     "Set-Cookie: no",
		     "HTTP/1.1 200 OK\r\nCookie: no\r\nSet-Cookie: a=1; Path=/; Secure\r\n"
		     "Set-Cookie: b=2\r\nSet-Cookie: ; Path=/\r\nSet-Cookie: c;Path=x");
	assert_pairs(x->request.cookies,
		     PAIRS("a", "1", "b", "\"2\"", "c", "3=4", "", "d", "", "e", "f", "g"));
	assert_pairs(x->response.cookies,
		     PAIRS("a", "1; Path=/; Secure", "b", "2", "", "; Path=/", "", "c;Path=x"));
	assert_pairs(x->parameters, PAIRS("p", "1"));
	close_rig(&r);
}

static void fields_are_picked(void **state)
{
	struct rig r;
	const struct hw_exchange *x;

	(void)state;
	open_rig(&r);
	x = describe(&r,
		     "POST /users/4711?x HTTP/1.1\r\nHost: a\r\nUSER-AGENT: curl/8\r\n"
		     "User-Agent: other\r\nContent-Type: text/plain\r\nContent-Encoding: br",
		     "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nContent-Encoding: gzip\r\n"
		     "Cache-Control: no-store\r\nX-Request-ID: 42");
	assert_text(x->user_agent, "curl/8");
	assert_text(x->request.content_type, "text/plain");
	assert_text(x->request.content_encoding, "br");
	assert_text(x->response.content_type, "text/html");
	assert_text(x->response.content_encoding, "gzip");
	assert_text(x->cache_control, "no-store");
	assert_text(x->request_id, "42");
	assert_text(x->route, "/users/{id}");

	x = describe(&r, "GET / HTTP/1.1\r\nX-Request-Id: 41\r\nCache-Control: max-age=0",
		     "HTTP/1.1 200 OK\r\nX-Request-ID: 42\r\nUser-Agent: no");
	assert_text(x->request_id, "41");
	assert_text(x->cache_control, "");
	assert_text(x->user_agent, "");
	close_rig(&r);
}

static void what_is_not_there_is_empty(void **state)
{
	struct rig r;
	const struct hw_exchange *x;

	(void)state;
	open_rig(&r);
	x = describe(&r, NULL, NULL);
	assert_text(x->host, "");
	assert_text(x->url, "");
	assert_text(x->route, "");
	assert_int_equal(x->port, 8080);
	assert_int_equal(x->parameters.nr + x->request.cookies.nr + x->response.cookies.nr, 0);
	close_rig(&r);
}

static void routes_are_copied(void **state)
{
	char pattern[] = "/users/{user}";
	const char *const list[] = { pattern };
	struct rig r;

	(void)state;
	open_rig(&r);
	assert_int_equal(hw_exchange_scratch_set_routes(r.scratch, &(struct hw_routes){ list, 1 }),
			 0);
	memset(pattern, 'x', sizeof(pattern) - 1);
	assert_text(describe(&r, "GET /users/bob HTTP/1.1", NULL)->route, "/users/{user}");
	assert_int_equal(hw_exchange_scratch_set_routes(r.scratch, &(struct hw_routes){ 0 }), 0);
	assert_text(describe(&r, "GET /users/bob HTTP/1.1", NULL)->route, "/users/bob");
	close_rig(&r);
}

static void without_memory_lists_are_empty(void **state)
{
	struct rig r;
	const struct hw_exchange *x;

	(void)state;
	open_rig(&r);
	describe(&r, "GET /?a=%41 HTTP/1.1\r\nHost: a\r\nCookie: b=2", NULL);
	hw_exchange_scratch_free(r.scratch);
	assert_int_equal(hw_exchange_scratch_new(&r.scratch, &r.budget), 0);
	r.budget.max = r.budget.used;
	hw_exchange_describe(r.scratch, &r.x, 80);
	x = &r.x;
	assert_text(x->host, "a");
	assert_text(x->url, "");
	assert_int_equal(x->parameters.nr + x->request.cookies.nr, 0);
	close_rig(&r);
}

static void known_names_are_found_in_any_case(void **state)
{
	static const char *const names[HW_KNOWN_NR] = {
		[HW_KNOWN_B3] = "b3",
		[HW_KNOWN_COOKIE] = "Cookie",
		[HW_KNOWN_FORWARDED] = "Forwarded",
		[HW_KNOWN_X_REAL_IP] = "X-Real-IP",
		[HW_KNOWN_SET_COOKIE] = "Set-Cookie",
		[HW_KNOWN_USER_AGENT] = "User-Agent",
		[HW_KNOWN_TRACEPARENT] = "traceparent",
		[HW_KNOWN_X_B3_SPANID] = "X-B3-SpanId",
		[HW_KNOWN_CONTENT_TYPE] = "CONTENT-TYPE",
		[HW_KNOWN_X_B3_TRACEID] = "X-B3-TraceId",
		[HW_KNOWN_X_REQUEST_ID] = "X-Request-Id",
		[HW_KNOWN_CACHE_CONTROL] = "Cache-Control",
		[HW_KNOWN_X_FORWARDED_FOR] = "X-Forwarded-For",
		[HW_KNOWN_CONTENT_ENCODING] = "Content-Encoding ",
	};
	static const char *const others[] = { "",
					      "b",
					      "b2",
					      "b33",
					      "Cookies",
					      "Content-Length",
					      "X-Forwarded-Fox",
					      "Content-Encodings" };

	(void)state;
	for (int i = 1; i < HW_KNOWN_NR; i++)
		assert_int_equal(hw_known_find(hw_slice_text(names[i])), i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(hw_known_find(hw_slice_text(others[i])), HW_KNOWN_NONE);
}

/* A name that came before is known by its number, and others may have its place since. */
static void names_are_the_same_each_time(void **state)
{
	struct rig r;
	char head[200];

	(void)state;
	open_rig(&r);
	for (int i = 0; i < 1000; i++) {
		snprintf(head, sizeof(head),
			 "GET / HTTP/1.1\r\nHost: a\r\nX-Other-%d: 1\r\nUSER-agent: u%d\r\n"
			 "X-Request-ID: r%d",
			 i % 600, i, i);
		describe(&r, head, "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nX-Other: 1");
		snprintf(head, sizeof(head), "u%d", i);
		assert_text(r.x.user_agent, head);
		head[0] = 'r';
		assert_text(r.x.request_id, head);
		assert_text(r.x.cache_control, "no-store");
	}
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_same_each_time),
		cmocka_unit_test(urls_are_put_together),
		cmocka_unit_test(clients_behind_proxies_are_found),
		cmocka_unit_test(traces_are_found),
		cmocka_unit_test(parameters_are_decoded),
		cmocka_unit_test(cookies_are_told_apart),
		cmocka_unit_test(fields_are_picked),
		cmocka_unit_test(what_is_not_there_is_empty),
		cmocka_unit_test(routes_are_copied),
		cmocka_unit_test(without_memory_lists_are_empty),
		cmocka_unit_test(known_names_are_found_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
