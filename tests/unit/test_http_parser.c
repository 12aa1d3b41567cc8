/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_http_parser.c */
#include "unit/unit.h"

#include "http_record.h"
#include "tight.h"
#include "unit/vector.h"

enum { MAX_HEAD = 64 << 10, MAX_MEMORY = 4 << 20 };

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
#define OK_5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* What comes out, shortly: a word a call. */
static const struct {
	const char *name;
	struct hw_slice in;
	const char *want;
	enum hw_http_asked asked;
} cases[] = {
	{ "one request", HW_SLICE(GET), "GET done" },
	{ "two in one piece", HW_SLICE(GET "POST /2 HTTP/1.0\r\n\r\n"), "GET done POST done" },
	{ "a TAB before a method of its own", HW_SLICE("\tBREW / HTTP/1.1\r\n\r\n"), "BREW done" },
	{ "a body of known length", HW_SLICE("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" GET),
	  "PUT abc done GET done" },
	{ "a body that is cut", HW_SLICE("PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
	  "PUT abc cut" },
	{ "chunks, extensions, trailers",
	  HW_SLICE(CHUNKED "5;a=b\r\nhello\r\n1 \r\n!\r\n0\r\nA: b\r\n\r\n" OK_5),
	  "200 hello! odd done 200 hello done" },
	{ "chunks with bare LF", HW_SLICE(CHUNKED "5\nhello\n0\n\n" OK_5),
	  "200 hello odd done 200 hello done" },
	{ "a bad chunk size, then another response", HW_SLICE(CHUNKED "0x5\r\nhello\r\n" OK_5),
	  "200 odd cut 200 hello done" },
	{ "a chunk without its end", HW_SLICE(CHUNKED "5\r\nhello!\r\n" OK_5),
	  "200 hello odd cut 200 hello done" },
	{ "a chunk size above 2^63", HW_SLICE(CHUNKED "8000000000000000\r\n"), "200 odd cut" },
	{ "many zeros before a chunk size",
	  HW_SLICE(CHUNKED "00000000000000000005\r\nhello\r\n0\r\n\r\n"), "200 hello done" },
	{ "until close", HW_SLICE("HTTP/1.0 200 OK\r\n\r\nabc"), "200 abc done" },
	{ "100, then the response", HW_SLICE("HTTP/1.1 100 Continue\r\n\r\n" OK_5),
	  "100 done 200 hello done" },
	{ "no body with 204 and 304",
	  HW_SLICE("HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No\r\n\r\n"),
	  "304 done 204 done" },
	{ "no body in a response to HEAD",
	  HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No\r\n\r\n"),
	  "200 done 204 done", HW_HTTP_ASKED_HEAD },
	{ "a tunnel", HW_SLICE("HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01\x02hello"), "200 done",
	  HW_HTTP_ASKED_CONNECT },
	{ "HTTP behind the greetings of another proxy",
	  HW_SLICE("HTTP/1.1 200 OK\r\n\r\n\x05\x00\x05\x00" OK_5), "200 done 200 done",
	  HW_HTTP_ASKED_CONNECT },
	{ "HTTP behind SOCKS", HW_SLICE("\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50" GET),
	  "GET done" },
	{ "HTTP behind the line of a proxy",
	  HW_SLICE("PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n" GET), "GET done" },
	{ "HTTP behind the block of a proxy",
	  HW_SLICE("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0eGET / HTTP/1.1\n" GET), "GET done" },
	{ "a block of a proxy that is none", HW_SLICE("\r\n\r\n\0\r\nQUIT\n\x11\x11\0\xff" GET),
	  "GET done" },
	{ "HTTP in a tunnel", HW_SLICE("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n" GET),
	  "CONNECT done GET done" },
	{ "a CONNECT that says it has a body",
	  HW_SLICE(
		  "CONNECT h:80 HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n" GET),
	  "CONNECT GET / HTTP/1.1\r\n done GET done" },
	{ "a refused CONNECT has a body",
	  HW_SLICE("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno"), "407 no done",
	  HW_HTTP_ASKED_CONNECT },
	{ "101 ends HTTP", HW_SLICE("HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n\x81\x05hello"),
	  "101 done" },
	{ "an upgrade behind a body",
	  HW_SLICE("POST / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n"
		   "Content-Length: 2\r\n\r\nab\x81\x05hello"),
	  "POST ab done" },
	{ "HTTP in what was upgraded",
	  HW_SLICE(
		  "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x82\x05" GET),
	  "GET done GET done" },
	{ "an upgrade that was not made",
	  HW_SLICE("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" GET),
	  "GET done GET done" },
	{ "the preface of HTTP/2", HW_SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" GET), "PRI done" },
	{ "empty lines between messages", HW_SLICE(GET "\r\n\n" GET), "GET done GET done" },
	{ "a method of its own", HW_SLICE("FOO / HTTP/1.1\r\n\r\n"), "FOO done" },
	{ "a method of its own, cut", HW_SLICE("FOO / HTTP/1.1"), "FOO cut" },
	{ "a method that is none", HW_SLICE("G(ET / HTTP/1.1\r\n\r\n" GET), "G(ET done GET done" },
	{ "a method that is none, behind a message", HW_SLICE(GET "G\xc3\x89T / HTTP/1.1\r\n\r\n"),
	  "GET done G\xc3\x89T done" },
	{ "a method behind other bytes", HW_SLICE("\xef\xbb\xbf" GET), "GET done" },
	{ "text that no method is", HW_SLICE("{\"a\": \"it speaks HTTP/1.1\r\n\r\n"), "" },
	{ "a space before the method", HW_SLICE(" GET / HTTP/1.1\r\n\r\n"), "GET done" },
	{ "a token and no HTTP", HW_SLICE("EHLO mail.example\r\nMAIL FROM:<a@b>\r\n"), "" },
	{ "SSH", HW_SLICE("SSH-2.0-OpenSSH_9.2\r\n"), "" },
	{ "TLS", HW_SLICE("\x16\x03\x01\x02\x00\x01" GET), "" },
	{ "Redis: one, however many", HW_SLICE("GET a\r\n\r\nGET b\r\n\r\nGET c\r\n\r\n"),
	  "GET done" },
	{ "a body longer than it says", HW_SLICE(OK_5 "more\n" OK_5),
	  "200 hello done 200 hello done" },
	{ "surplus without a line end", HW_SLICE(OK_5 "}" OK_5), "200 hello done 200 hello done" },
	{ "text about HTTP is no message",
	  HW_SLICE(OK_5 "\x01 GET / HTTP/1.1\n\"HTTP/1.1 200 OK\n see HTTP/1.1 200 OK\n"),
	  "200 hello done" },
	{ "a request whose length is not known",
	  HW_SLICE("POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\nabc\r\n" GET),
	  "POST cut GET done" },
	{ "a request of HTTP/0.9", HW_SLICE("GET /a\r\n"), "GET done" },
	{ "one that goes on", HW_SLICE("GET /a\r\nGET /b\r\n"), "GET cut" },
	{ "one without its line end", HW_SLICE("GET /a"), "GET cut" },
	{ "one with a method that HTTP/0.9 does not have", HW_SLICE("POST /a\r\n"), "POST cut" },
	{ "a prefix of a method", HW_SLICE("GE"), "" },
	{ "a method alone", HW_SLICE("GET "), "GET cut" },
	{ "what may be one of RTSP", HW_SLICE(GET "OPTIONS rt"), "GET done OPTIONS cut" },
	{ "RTSP",
	  HW_SLICE(
		  "OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\nGET_PARAMETER * RTSP/1.0\r\n\r\n"),
	  "" },
	{ "SIP", HW_SLICE("OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1\r\n\r\n"), "OPTIONS done" },
	{ "what is in ICAP", HW_SLICE("OPTIONS icap://h/a ICAP/1.0\r\nHost: h\r\n\r\n" GET), "" },
	{ "what is behind a line of ICAP that is not the first",
	  HW_SLICE(GET "OPTIONS icap://h/a ICAP/1.0\r\nHost: h\r\n\r\n" GET),
	  "GET done OPTIONS done GET done" },
	{ "what is behind RTSP, that servers of HTTP answer",
	  HW_SLICE("OPTIONS * RTSP/1.0\r\nHost: h\r\n\r\n" GET), "GET done" },
	{ "a request with the version of RTSP",
	  HW_SLICE("GET rtsp://h/a RTSP/1.0\r\nHost: h\r\n\r\n" GET), "GET done GET done" },
	{ "one that is like NATS", HW_SLICE("POST {a:b HTTP/1.1\r\n\r\n" GET),
	  "POST done GET done" },
	{ "two headers of proxies, and HTTP", HW_SLICE("PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n" GET),
	  "GET done" },
	{ "what is behind an answer of SIP", HW_SLICE("SIP/2.0 200 ok\r\n" OK_5),
	  "200 hello done" },
	{ "NATS", HW_SLICE("CONNECT {\"verbose\":false}\r\nPING\r\nSUB a 1\r\n"), "" },
	{ "HTTP for what others have", HW_SLICE("GET rtsp://h/a HTTP/1.1\r\n\r\n" GET),
	  "GET done GET done" },
};

static enum hw_http_asked short_head(void *ctx, const struct hw_http_message *m)
{
	struct record *r = ctx;

	if (m->kind == HW_HTTP_REQUEST)
		fprintf(r->out, "%.*s ", (int)m->method.len, (const char *)m->method.ptr);
	else
		fprintf(r->out, "%d ", (int)m->status_code);
	r->heads++;
	return m->kind == HW_HTTP_RESPONSE ? r->asked : HW_HTTP_ASKED_ANY;
}

static void short_body(void *ctx, struct hw_slice bytes)
{
	struct record *r = ctx;

	fprintf(r->out, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
	r->in_body = 1;
}

static void short_odd(void *ctx, hw_anomalies found)
{
	struct record *r = ctx;

	assert_true(found != 0);
	fputs(r->in_body ? " odd " : "odd ", r->out);
	r->in_body = 0;
}

static void short_done(void *ctx, bool whole, size_t left)
{
	struct record *r = ctx;

	(void)left;
	fprintf(r->out, "%s%s ", r->in_body ? " " : "", whole ? "done" : "cut");
	r->in_body = 0;
	r->dones++;
}

static const struct hw_http_reader short_reader = {
	.head = short_head,
	.body = short_body,
	.odd = short_odd,
	.done = short_done,
	.needs_bodies = true,
};

static void messages_come_out_as_they_are_framed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record_parser p;

		record_start(&p, MAX_HEAD, MAX_MEMORY);
		p.shared.reader = &short_reader;
		p.record.asked = cases[i].asked;
		record_feed(&p, tight_copy(cases[i].in));
		assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
		if (p.record.len > 0)
			p.record.text[p.record.len - 1] = 0;
		if (strcmp(p.record.text, cases[i].want) != 0)
			fail_msg("%s: %s, not %s", cases[i].name, p.record.text, cases[i].want);
		assert_null(hw_stats_check(&p.stats));
		assert_int_equal(p.record.heads, p.record.dones);
		record_clear(&p);
	}
}

/*
 * All of `in`: a first piece of that length, then others; 0: all that is left. Returns
 * whether it is still HTTP at its end.
 */
static bool run(struct record_parser *p, struct hw_slice in, size_t first, size_t then,
		enum hw_http_asked asked)
{
	size_t len = first;
	bool is_http;

	record_start(p, MAX_HEAD, MAX_MEMORY);
	p->record.asked = asked;
	while (in.len > 0) {
		if (len > in.len || len == 0)
			len = in.len;
		record_feed(p, hw_slice(in.ptr, len));
		in = hw_slice_after(in, len);
		len = then;
		assert_null(hw_stats_check(&p->stats));
	}
	is_http = hw_http_parser_skippable(&p->parser) != UINT64_MAX;
	assert_int_equal(record_end(p, HW_HTTP_CUT_CLOSED), 0);
	assert_null(hw_stats_check(&p->stats));
	assert_int_equal(p->stats.n[HW_STAT_HTTP_OPEN], 0);
	assert_int_equal(p->record.heads, p->record.dones);
	return is_http;
}

static void same_for_cut(const char *name, struct hw_slice in, size_t first, size_t then,
			 enum hw_http_asked asked, const struct record_parser *whole)
{
	struct record_parser p;

	run(&p, in, first, then, asked);
	if (strcmp(p.record.text, whole->record.text) != 0)
		fail_msg("%s, cut at %zu and each %zu:\n%s\nwhole:\n%s", name, first, then,
			 p.record.text, whole->record.text);
	assert_memory_equal(&p.stats, &whole->stats, sizeof(p.stats));
	record_clear(&p);
}

/*
 * Any cut gives the same calls. Streams that are taken for not HTTP are another matter:
 * there the beginnings of pieces are looked at.
 */
static void same_however_cut(const char *name, struct hw_slice in, enum hw_http_asked asked)
{
	struct record_parser whole;

	if (run(&whole, in, 0, 0, asked)) {
		for (size_t at = 1; at < in.len && in.len < 2000; at++)
			same_for_cut(name, in, at, 0, asked, &whole);
		same_for_cut(name, in, 1, 1, asked, &whole);
		same_for_cut(name, in, 3, 7, asked, &whole);
	}
	record_clear(&whole);
}

static void any_cut_gives_the_same_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		same_however_cut(cases[i].name, cases[i].in, cases[i].asked);
	for (size_t i = 0; i < VECTORS_NR; i++)
		if (vectors[i].gate_any || vectors[i].ok)
			same_however_cut(vectors[i].name, vectors[i].input, HW_HTTP_ASKED_ANY);
}

struct first {
	const struct vector *v;
	const char *difference;
	int heads;
};

static enum hw_http_asked first_head(void *ctx, const struct hw_http_message *m)
{
	struct first *f = ctx;

	if (f->heads++ == 0)
		f->difference = vector_difference(f->v, m);
	return HW_HTTP_ASKED_ANY;
}

static void first_done(void *ctx, bool whole, size_t left)
{
	(void)ctx;
	(void)whole;
	(void)left;
}

/* What starts like HTTP gives a message, and the first is what Tracee makes of it. */
static void each_vector_gives_its_event(void **state)
{
	const struct hw_http_reader reader = { .head = first_head, .done = first_done };

	(void)state;
	for (size_t i = 0; i < VECTORS_NR; i++) {
		const struct vector *v = &vectors[i];
		struct first f = { v };
		struct record_parser p;

		record_start(&p, MAX_HEAD, MAX_MEMORY);
		p.shared.reader = &reader;
		hw_http_parser_feed(&p.parser, &p.shared, &f, v->input);
		hw_http_parser_end(&p.parser, &p.shared, &f, HW_HTTP_CUT_CAPTURE_END, false);
		if (f.difference)
			fail_msg("%s: %s", v->name, f.difference);
		if ((v->ok || v->gate_any) &&
		    f.heads != 1 + !strcmp(v->name, "q245-pipelined-two") +
				       !strcmp(v->name, "r041-100-then-200"))
			fail_msg("%s: %d messages", v->name, f.heads);
		assert_int_equal(record_end(&p, HW_HTTP_CUT_CAPTURE_END), 0);
		record_clear(&p);
	}
}

static void gaps_are_left_by_arithmetic_or_search(void **state)
{
	static const struct {
		const char *name;
		struct hw_slice before;
		uint64_t gap;
		struct hw_slice after;
		const char *want;
	} gaps[] = {
		{ "in a body of known length",
		  HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), 5,
		  HW_SLICE("yz" OK_5), "200 abyz cut 200 hello done" },
		{ "up to its end", HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), 7,
		  HW_SLICE(OK_5), "200 ab cut 200 hello done" },
		{ "past its end", HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), 8,
		  HW_SLICE("TP/1.1 200 OK\r\n\r\n" OK_5), "200 ab cut 200 hello done" },
		{ "inside a chunk", HW_SLICE(CHUNKED "5\r\nh"), 3, HW_SLICE("o\r\n0\r\n\r\n" OK_5),
		  "200 ho cut 200 hello done" },
		{ "past a chunk", HW_SLICE(CHUNKED "5\r\nh"), 5, HW_SLICE("\n0\r\n\r\n" OK_5),
		  "200 h cut 200 hello done" },
		{ "in a head", HW_SLICE("HTTP/1.1 200 OK\r\nA:"), 2, HW_SLICE("b\r\n\r\n" OK_5),
		  "200 cut 200 hello done" },
		{ "between messages", HW_SLICE(OK_5), 1, HW_SLICE("x\r\n" OK_5),
		  "200 hello done 200 hello done" },
		{ "until close", HW_SLICE("HTTP/1.0 200 OK\r\n\r\na"), 1, HW_SLICE("b"),
		  "200 ab cut" },
		{ "where a tunnel begins",
		  HW_SLICE(
			  "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
		  4, HW_SLICE("\x81\x1c\r\n" GET), "GET done" },
		{ "behind a method", HW_SLICE("GET "), 2, HW_SLICE("TP/1.1\r\n\r\n" GET),
		  "GET cut GET done" },
		{ "in the block of a proxy", HW_SLICE("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\1"), 11,
		  HW_SLICE("\n" GET), "GET done" },
		{ "at the start", HW_SLICE(""), 4, HW_SLICE("Host: h\r\n\r\n" GET), "GET done" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct record_parser p;

		record_start(&p, MAX_HEAD, MAX_MEMORY);
		p.shared.reader = &short_reader;
		record_feed(&p, gaps[i].before);
		record_gap(&p, gaps[i].gap);
		record_feed(&p, gaps[i].after);
		assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
		p.record.text[p.record.len - 1] = 0;
		if (strcmp(p.record.text, gaps[i].want) != 0)
			fail_msg("%s: %s, not %s", gaps[i].name, p.record.text, gaps[i].want);
		assert_null(hw_stats_check(&p.stats));
		record_clear(&p);
	}
}

static void midstream_finds_the_next_start_line(void **state)
{
	const struct hw_slice in = HW_SLICE("\x01\x02 rest of a body" OK_5);

	(void)state;
	for (size_t cut = 0; cut <= in.len; cut++) {
		struct record_parser p;

		record_start(&p, MAX_HEAD, MAX_MEMORY);
		p.shared.reader = &short_reader;
		hw_http_parser_midstream(&p.parser);
		record_feed(&p, hw_slice(in.ptr, cut));
		record_feed(&p, hw_slice_after(in, cut));
		assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
		assert_string_equal(p.record.text, "200 hello done ");
		assert_int_equal(p.stats.n[HW_STAT_HTTP_SKIPPED_BYTES], 17);
		record_clear(&p);
	}
}

/* A head that never ends costs no more than the limit, and is passed once. */
static void endless_heads_are_cut_at_the_limit(void **state)
{
	uint8_t piece[1000];
	struct record_parser p;

	(void)state;
	memset(piece, 'a', sizeof(piece));
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	p.shared.reader = &short_reader;
	record_feed(&p, HW_SLICE("GET / HTTP/1.1\r\nA: "));
	for (int i = 0; i < 10000; i++)
		record_feed(&p, hw_slice(piece, sizeof(piece)));
	assert_true(p.budget.peak < 4 * MAX_HEAD);
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	assert_string_equal(p.record.text, "GET cut ");
	assert_int_equal(p.stats.n[HW_STAT_HTTP_INCOMPLETE_LIMIT], 1);
	record_clear(&p);
}

/* At the limit exactly a head is whole; one byte above it is cut, however it comes. */
static void the_limit_is_exact(void **state)
{
	const struct hw_slice in = HW_SLICE(GET);

	(void)state;
	for (size_t max = 1; max <= in.len; max++) {
		for (size_t piece = 1; piece <= in.len; piece++) {
			struct record_parser p;

			record_start(&p, max, MAX_MEMORY);
			for (size_t at = 0; at < in.len; at += piece)
				record_feed(&p,
					    hw_slice(in.ptr + at,
						     in.len - at < piece ? in.len - at : piece));
			assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
			if (max >= 4)
				assert_int_equal(p.record.heads, 1);
			assert_int_equal(p.stats.n[HW_STAT_HTTP_COMPLETE], max == in.len);
			record_clear(&p);
		}
	}
}

/* Whatever the budget, the accounts close and all is given back. */
static void short_memory_cuts_heads(void **state)
{
	const struct hw_slice in =
		HW_SLICE("GET /%41 HTTP/1.1\r\nhost: h\r\na: b\r\n c\r\n\r\n" GET);

	(void)state;
	for (size_t max = sizeof(struct hw_buf) * 8; max < 8192; max += 64) {
		struct record_parser p;

		record_start(&p, MAX_HEAD, MAX_MEMORY);
		p.budget.max = max;
		for (size_t at = 0; at < in.len; at++)
			record_feed(&p, hw_slice(in.ptr + at, 1));
		assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
		assert_null(hw_stats_check(&p.stats));
		assert_int_equal(p.record.heads, p.record.dones);
		record_clear(&p);
	}
}

static const struct hw_http_reader no_bodies = {
	.head = record_head,
	.odd = record_odd,
	.done = record_done,
};

/* Bytes that were passed. */
struct passed {
	size_t of_lines; /* before the end of the first head */
	size_t of_bodies;
};

/* All of `in`, `len` bytes at once; what may be passed is, if there is a `ret` to count it. */
static void run_unwanted(struct record_parser *p, struct hw_slice in, size_t len, size_t max_head,
			 enum hw_http_asked asked, struct passed *ret)
{
	record_start(p, max_head, MAX_MEMORY);
	p->shared.reader = &no_bodies;
	p->record.asked = asked;
	for (; in.len > 0; in = hw_slice_after(in, len)) {
		len = len < in.len ? len : in.len;
		if (!ret || !hw_http_parser_pass(&p->parser, &p->shared, hw_slice(in.ptr, len)))
			record_feed(p, hw_slice(in.ptr, len));
		else if (p->record.heads == 0)
			ret->of_lines += len;
		else
			ret->of_bodies += len;
	}
	assert_int_equal(record_end(p, HW_HTTP_CUT_CLOSED), 0);
}

static struct passed same_if_passed(const char *name, struct hw_slice in, size_t len,
				    size_t max_head, enum hw_http_asked asked)
{
	struct record_parser fed, p;
	struct passed passed = { 0 };

	run_unwanted(&fed, in, len, max_head, asked, NULL);
	run_unwanted(&p, in, len, max_head, asked, &passed);
	if (strcmp(p.record.text, fed.record.text) != 0)
		fail_msg("%s, each %zu, heads of %zu:\n%s\nfed:\n%s", name, len, max_head,
			 p.record.text, fed.record.text);
	assert_memory_equal(&p.stats, &fed.stats, sizeof(p.stats));
	assert_int_equal(p.budget.peak, fed.budget.peak);
	record_clear(&fed);
	record_clear(&p);
	return passed;
}

static struct passed passed_by_one(struct hw_slice in)
{
	return same_if_passed("by one", in, 1, MAX_HEAD, HW_HTTP_ASKED_ANY);
}

static void what_is_passed_is_as_if_it_was_fed(void **state)
{
	static const size_t lens[] = { 1, 2, 3, 16, 17 }, heads[] = { 20, 33, 64, MAX_HEAD };
	struct passed passed = { 0 };

	(void)state;
	for (size_t at = 0; at < 5 * 4; at++) {
		const size_t len = lens[at % 5], max_head = heads[at / 5];

		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			passed.of_lines += same_if_passed(cases[i].name, cases[i].in, len, max_head,
							  cases[i].asked)
						   .of_lines;
		for (size_t i = 0; i < VECTORS_NR; i++)
			passed.of_bodies += same_if_passed(vectors[i].name, vectors[i].input, len,
							   max_head, HW_HTTP_ASKED_ANY)
						    .of_bodies;
	}
	assert_true(passed.of_lines > 1000);
	assert_true(passed.of_bodies > 100);
	assert_int_equal(passed_by_one(HW_SLICE(OK_5)).of_bodies, 4);
	assert_int_equal(passed_by_one(HW_SLICE(CHUNKED "5\r\nhello\r\n0\r\n\r\n")).of_bodies, 4);
	assert_int_equal(passed_by_one(HW_SLICE("HTTP/1.0 200 OK\r\n\r\nhello")).of_bodies, 5);
}

/* Of what follows the first bytes all but the ends of lines, and where it needs more memory. */
static void lines_are_passed(void **state)
{
	(void)state;
	assert_in_range(passed_by_one(HW_SLICE("GET /0123456789/0123456789/0123456789 HTTP/1.1\r\n"
					       "Host: a.example\r\n\r\n"))
				.of_lines,
			54, 60);
}

static void only_unwanted_bodies_are_skippable(void **state)
{
	const struct hw_http_reader reader = { .head = record_head, .done = record_done };
	struct record_parser p;

	(void)state;
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	record_feed(&p, HW_SLICE("PUT / HTTP/1.1\r\nContent-Length: 10000\r\n\r\nabc"));
	assert_int_equal(hw_http_parser_skippable(&p.parser), 0);
	record_feed(&p, hw_slice(vectors, 9997));
	p.shared.reader = &reader;
	record_feed(&p, HW_SLICE("PUT / HTTP/1.1\r\nContent-Length: 10000\r\n\r\nabc"));
	assert_int_equal(hw_http_parser_skippable(&p.parser), 9997);
	hw_http_parser_skip(&p.parser, &p.shared, &p.record, 9997);
	assert_int_equal(hw_http_parser_skippable(&p.parser), 0);
	record_feed(&p, HW_SLICE("\x16\x03"));
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	assert_int_equal(p.record.dones, 2);
	assert_null(strstr(p.record.text, "done 0"));
	record_clear(&p);
}

/* Of one until close it is worth telling when much of it was there. */
static void bodies_until_close_are_skippable(void **state)
{
	const struct hw_http_reader reader = { .head = record_head, .done = record_done };
	static const uint8_t text[65535];
	struct record_parser p;

	(void)state;
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	p.shared.reader = &reader;
	record_feed(&p, HW_SLICE("HTTP/1.0 200 OK\r\n\r\n"));
	record_feed(&p, hw_slice(text, sizeof(text)));
	assert_true(hw_http_parser_skippable(&p.parser) == HW_HTTP_UNTIL_CLOSE);
	assert_int_equal(hw_http_parser_ahead(&p.parser).kind, HW_HTTP_AHEAD_NOTHING);
	hw_http_parser_skip(&p.parser, &p.shared, &p.record, 1);
	assert_int_equal(hw_http_parser_ahead(&p.parser).kind, HW_HTTP_AHEAD_BYTES);
	assert_true(hw_http_parser_ahead(&p.parser).len == HW_HTTP_UNTIL_CLOSE);
	hw_http_parser_skip(&p.parser, &p.shared, &p.record, 1ull << 40);
	record_feed(&p, HW_SLICE("GET / HTTP/1.1\r\n\r\n"));
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	assert_int_equal(p.record.dones, 1);
	assert_null(strstr(p.record.text, "done 0"));
	record_clear(&p);
}

/* A stream that is not HTTP may become it, at the start of a piece and beyond doubt. */
static void pieces_of_other_protocols_are_looked_at(void **state)
{
	struct record_parser p;

	(void)state;
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	p.shared.reader = &short_reader;
	record_feed(&p, HW_SLICE("220 mail ESMTP\r\n"));
	for (int i = 0; i < 140; i++)
		record_feed(&p, HW_SLICE("\x01 32 bytes of something binary."));
	assert_true(hw_http_parser_skippable(&p.parser) == UINT64_MAX);
	record_feed(&p, HW_SLICE("GET lost\r\n"));
	record_feed(&p, HW_SLICE("HTTP/1.1 is text\r\n"));
	record_feed(&p, HW_SLICE(GET));
	assert_int_equal(p.stats.n[HW_STAT_HTTP_NOT_HTTP], 1);
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	assert_string_equal(p.record.text, "GET done ");
	record_clear(&p);
}

static bool ignores(struct record_parser *p, struct hw_slice in)
{
	return hw_http_parser_ignores(&p->parser, in);
}

/* Whatever they are, nothing may depend on them. */
static void what_makes_no_difference_is_ignored(void **state)
{
	struct record_parser p;

	(void)state;
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	p.shared.reader = &no_bodies;
	assert_false(ignores(&p, HW_SLICE("GET / ")));
	record_feed(&p, HW_SLICE("POST / HTTP/1.1\r\nContent-Length: 10\r\nA: "));
	assert_false(ignores(&p, HW_SLICE("b")));
	record_feed(&p, HW_SLICE("b\r\n\r\n"));
	assert_true(ignores(&p, HW_SLICE("123456789")));
	assert_false(ignores(&p, HW_SLICE("1234567890")));
	record_feed(&p, HW_SLICE("1234567890"));
	record_feed(&p, HW_SLICE("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"));
	assert_true(ignores(&p, HW_SLICE("1234")));
	assert_false(ignores(&p, HW_SLICE("12345")));
	record_feed(&p, HW_SLICE("12345\r\n0\r\n\r\n"));
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	assert_int_equal(p.record.dones, 2);
	record_clear(&p);
}

static void what_is_not_http_is_ignored_unless_it_may_be(void **state)
{
	struct record_parser p;

	(void)state;
	record_start(&p, MAX_HEAD, MAX_MEMORY);
	p.shared.reader = &short_reader;
	record_feed(&p, HW_SLICE("\x16\x03\x01 and so on"));
	assert_true(hw_http_parser_skippable(&p.parser) == UINT64_MAX);
	assert_true(ignores(&p, HW_SLICE("\x17\x03\x03 is encrypted")));
	assert_false(ignores(&p, HW_SLICE(GET)));
	assert_int_equal(record_end(&p, HW_HTTP_CUT_CLOSED), 0);
	record_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_as_they_are_framed),
		cmocka_unit_test(any_cut_gives_the_same_calls),
		cmocka_unit_test(each_vector_gives_its_event),
		cmocka_unit_test(gaps_are_left_by_arithmetic_or_search),
		cmocka_unit_test(midstream_finds_the_next_start_line),
		cmocka_unit_test(endless_heads_are_cut_at_the_limit),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(short_memory_cuts_heads),
		cmocka_unit_test(what_is_passed_is_as_if_it_was_fed),
		cmocka_unit_test(lines_are_passed),
		cmocka_unit_test(what_makes_no_difference_is_ignored),
		cmocka_unit_test(what_is_not_http_is_ignored_unless_it_may_be),
		cmocka_unit_test(only_unwanted_bodies_are_skippable),
		cmocka_unit_test(bodies_until_close_are_skippable),
		cmocka_unit_test(pieces_of_other_protocols_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
