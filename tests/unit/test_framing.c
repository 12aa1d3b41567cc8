/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_framing.c
 *
 * What the kernel side reads of a head, run by the kernel, is what the parser reads; of what it
 * does not read nothing is asked. Needs root.
 */
#include "unit/unit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf/abi.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual" /* it is generated */
#include "framing.skel.h"
#pragma GCC diagnostic pop

#include "base/stats.h"
#include "http/parser.h"

enum { ETHERNET_LEN = 14, HEAD_MAX = 8000, DRAWN_NR = 200000 };
static const uint32_t IN_CHUNKS = 0xfffffffe; /* instead of a length */

struct read {
	size_t head_len;
	uint32_t body_len;
};

static struct framing_bpf *kernel;

static int load(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	kernel = framing_bpf__open_and_load();
	return kernel ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	framing_bpf__destroy(kernel);
	return 0;
}

static struct read read_by_kernel(struct hw_slice text)
{
	uint8_t packet[ETHERNET_LEN + HEAD_MAX] = {
		[12] = 0x88, [13] = 0xb5
	}; /* for experiments */
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet,
		    .data_size_in = (uint32_t)(ETHERNET_LEN + text.len));

	memcpy(packet + ETHERNET_LEN, text.ptr, text.len);
	if (bpf_prog_test_run_opts(bpf_program__fd(kernel->progs.read), &run) != 0)
		fail_msg("%zu bytes: %s", text.len, strerror(errno));
	return (struct read){ kernel->bss->head_len, kernel->bss->body_len };
}

static enum hw_http_asked on_head(void *ctx, const struct hw_http_message *m)
{
	(void)ctx;
	(void)m;
	return HW_HTTP_ASKED_ANY;
}

static void on_done(void *ctx, bool whole, size_t left)
{
	(void)ctx;
	(void)whole;
	(void)left;
}

/* Whether `text`, behind another message, is one whose head it is, with `body_len` bytes of body. */
static bool is_so_for_parser(struct hw_slice text, uint32_t body_len)
{
	const bool is_response = memcmp(text.ptr, "HTTP/", 5) == 0;
	const struct hw_slice before =
		is_response ? HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			    : HW_SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	static const struct hw_http_reader reader = { .head = on_head, .done = on_done };
	struct hw_stats stats = { 0 };
	struct hw_budget budget = { .max = 1 << 22 };
	struct hw_http_parsing shared = {
		.reader = &reader, .budget = &budget, .stats = &stats, .max_head = 1 << 18
	};
	struct hw_http_parser parser = { 0 };
	uint64_t left = UINT64_MAX;
	uint32_t passed = 0;
	bool is_known;

	assert_int_equal(hw_http_scratch_new(&shared.scratch, &budget), 0);
	hw_http_parser_feed(&parser, &shared, NULL, before);
	hw_http_parser_feed(&parser, &shared, NULL, text);
	if (body_len == IN_CHUNKS)
		is_known = hw_http_parser_in_chunks(&parser, &passed) && passed == 0;
	else
		is_known = hw_http_parser_to_end(&parser, &left) && left == body_len;
	hw_http_parser_end(&parser, &shared, NULL, HW_HTTP_CUT_CAPTURE_END, false);
	hw_http_scratch_free(shared.scratch);
	return is_known && stats.n[HW_STAT_HTTP_BEGUN] == 2;
}

/* Returns whether the kernel side reads it. */
static bool check(struct hw_slice text)
{
	const struct read r = read_by_kernel(text);

	if (r.head_len && !is_so_for_parser(hw_slice(text.ptr, r.head_len), r.body_len))
		fail_msg("%zu bytes of head and %u of body: %.*s", r.head_len, r.body_len,
			 (int)text.len, (const char *)text.ptr);
	return r.head_len != 0;
}

#define OK "HTTP/1.1 200 OK\r\n"
#define POST "POST /up HTTP/1.1\r\nHost: a\r\n"

static const struct {
	struct hw_slice text;
	uint32_t head_len, body_len; /* 0: it is not read */
} cases[] = {
	{ HW_SLICE(OK "Content-Length: 5\r\n\r\nhello"), 38, 5 },
	{ HW_SLICE(OK "content-length:5\r\n\r\n"), 37, 5 },
	{ HW_SLICE(OK
		   "Server: a server of a name that is rather long\r\nCONTENT-LENGTH: 1234567\r\n"
		   "\r\n"),
	  92, 1234567 },
	{ HW_SLICE("HTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n"), 36, 0 },
	{ HW_SLICE(POST "Content-Length: 100000\r\n\r\n"), 54, 100000 },
	{ HW_SLICE("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"), 28, 0 },
	{ HW_SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 27, 0 },
	{ HW_SLICE(OK "Transfer-Encoding: chunked\r\n\r\n5\r\n"), 47, 0xfffffffe },
	{ HW_SLICE(OK "transfer-encoding: chunked\r\nServer: a\r\n\r\n"), 58, 0xfffffffe },
	{ HW_SLICE(POST "Transfer-encoding: chunked\r\n\r\n"), 58, 0xfffffffe },
	{ HW_SLICE(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding: gzip, chunked\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding: chunked, chunked\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding: Chunked\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding:chunked\r\n\r\n") },
	{ HW_SLICE(OK "Transfer-Encoding: chunked \r\n\r\n") },
	{ HW_SLICE(OK "Transfer_Encoding: chunked\r\n\r\n") },
	{ HW_SLICE("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE("POST /up HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE(OK "\r\n") },
	{ HW_SLICE(OK "Content-Length: 5\r\n") },
	{ HW_SLICE(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE(OK "Content-Length: 12345678\r\n\r\n") },
	{ HW_SLICE(OK "Content-Length: 5 \r\n\r\n") },
	{ HW_SLICE(OK "Content-Length : 5\r\n\r\n") },
	{ HW_SLICE(OK "Content-Length: 5\n\r\n") },
	{ HW_SLICE(OK "Content-Length: +5\r\n\r\n") },
	{ HW_SLICE(OK "Content-Length: 5, 5\r\n\r\n") },
	{ HW_SLICE(OK "A: b\r\n c\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE(OK "A: b\r\n\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"), 44, 0 },
	{ HW_SLICE("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), 37, 0 },
	{ HW_SLICE("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE("HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), 46, 0 },
	{ HW_SLICE("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), 48, 0 },
	{ HW_SLICE("HTTP/1.0 304 \r\nETag: x\r\n\r\n"), 26, 0 },
	{ HW_SLICE("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ HW_SLICE("HTTP/1.1 304 Not Modified\r\nContent-Length: 5, 6\r\n\r\n") },
	{ HW_SLICE("HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"), 29, 0 },
	{ HW_SLICE("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 31, 0 },
	{ HW_SLICE("TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ HW_SLICE("GET /a/of/some/length\r\nContent-Length: 5\r\n\r\n") },
	{ HW_SLICE("GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n") },
};

static void test_plain_heads_are_read_and_no_others(void **state)
{
	(void)state;
	if (!kernel)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct read r = read_by_kernel(cases[i].text);

		if (r.head_len != cases[i].head_len ||
		    (r.head_len && r.body_len != cases[i].body_len))
			fail_msg("%zu and %u: %.*s", r.head_len, r.body_len, (int)cases[i].text.len,
				 (const char *)cases[i].text.ptr);
		check(cases[i].text);
	}
}

/* Pieces of which heads are drawn: those that are usual come more often. */
static const char *const starts[] = {
	OK,
	OK,
	OK,
	"HTTP/1.0 404 Not Found\r\n",
	"HTTP/1.1 204 No\r\n",
	"HTTP/1.1 304 No\r\n",
	"HTTP/1.1 205 Reset\r\n",
	"HTTP/1.1 101 Up\r\n",
	"HTTP/1.1 100 Go on\r\n",
	"HTTP/1.1 199 Go on\r\n",
	"HTTP/1.1 200\r\n",
	"HTTP/1.1 600 No\r\n",
	"HTTP/1.2 200 OK\r\n",
	"HTTP/1.1  200 OK\r\n",
	"HTTP/1.1 200 OK\n",
	POST,
	POST,
	POST,
	"PUT /a HTTP/1.0\r\n",
	"GET http://a/b HTTP/1.1\r\n",
	"GET /a  HTTP/1.1\r\n",
	"HEAD /a/b HTTP/1.1\r\n",
	"CONNECT a:1 HTTP/1.1\r\n",
	"GET /a HTTP/1.9\r\n",
	"OPTIONS * HTTP/1.1\r\n",
	"GET /a b c HTTP/1.1\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"GET /\r\r HTTP/1.1\r\n",
};
static const char *const fields[] = {
	"Server: nginx\r\n",
	"Date: Sat, 28 Nov 2026 18:00:00 GMT\r\n",
	"Connection: keep-alive\r\n",
	"Content-Length: 5\r\n",
	"Content-Length: 5\r\n",
	"Content-Length: 5\r\n",
	"content-length:70000\r\n",
	"Content-Length: 0\r\n",
	"Content-Length: 007\r\n",
	"Content-Length:  5\r\n",
	"Content-Length:\t5\r\n",
	"Content-Length: 5;a\r\n",
	"Content-Length:\r\n",
	"Content-Length\r\n",
	"Content-Length : 5\r\n",
	"Content_Length: 5\r\n",
	"Content\rLength: 5\r\n",
	"Content-Lengthy: 5\r\n",
	"Content-Length: 5\n",
	"Content-Length: 5\r",
	"Content-Length: 0x5\r\n",
	"Content-Type: text/html\r\n",
	" folded: b\r\n",
	"\tContent-Length: 9\r\n",
	"Transfer-Encoding: chunked\r\n",
	"Transfer-Encoding: chunked\r\n",
	"transfer-encoding: chunked\r\n",
	"transfer-encoding : chunked\r\n",
	"Transfer-Encoding: gzip, chunked\r\n",
	"Transfer-Encoding: chunked\n",
	"TRANSFER-ENCODING:\r\n",
	"Transfer-\r\n",
	"Upgrade: x\r\nConnection: upgrade\r\n",
	"upgrade : x\r\n",
	"Upgrade-Insecure-Requests: 1\r\n",
	"no colon\r\n",
	": no name\r\n",
	"a\r\n",
	"\n",
	"\r\r\n",
	"a:\rb\r\n",
	"A: Content-Length: 9\r\n",
	"Host: a\r\n",
	"Expect: 100-continue\r\n",
	"Trailer: a\r\n",
	"ETag: \"67496a1c-4e20\"\r\nAccept-Ranges: bytes\r\nCache-Control: max-age=3600\r\n",
	"X: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n",
	"X-Of-32-Bytes-With-Its-End: 345\r\n",
	"X-Of-33-Bytes-With-Its-End: 3456\r\n",
	"X-Of-31-Bytes-With-Its-End: 34\r\nTransfer-Encoding: chunked\r\n",
};

static size_t draw(size_t below)
{
	return (size_t)random() % below;
}

static size_t add(char *text, size_t len, const char *piece)
{
	memcpy(text + len, piece, strlen(piece));
	return len + strlen(piece);
}

static size_t draw_head(char *text)
{
	size_t len = add(text, 0, starts[draw(sizeof(starts) / sizeof(starts[0]))]);

	for (size_t nr = draw(9); nr > 0; nr--)
		len = add(text, len, fields[draw(sizeof(fields) / sizeof(fields[0]))]);
	len = add(text, len, draw(20) ? "\r\n" : draw(2) ? "\n" : "");
	if (draw(2))
		len = add(text, len, "<p>A body.</p>");
	return len;
}

/* A byte that is another, that lacks, or that comes twice. */
static size_t spoil(char *text, size_t len)
{
	static const char bytes[] = "\r\n \t:-0"
				    "9aA\x01\x7f\xff/,;";
	const size_t at = draw(len);

	switch (draw(3)) {
	case 0:
		text[at] = bytes[draw(sizeof(bytes))];
		return len;
	case 1:
		memmove(text + at, text + at + 1, len - at - 1);
		return len - 1;
	default:
		memmove(text + at + 1, text + at, len - at);
		return len + 1;
	}
}

static void test_what_the_kernel_reads_the_parser_reads(void **state)
{
	char text[HEAD_MAX];
	size_t read_nr = 0;

	(void)state;
	if (!kernel)
		skip();
	srandom(1);
	for (size_t i = 0; i < DRAWN_NR; i++) {
		size_t len = draw_head(text);

		for (size_t nr = draw(3); nr > 0; nr--)
			len = spoil(text, len);
		read_nr += check(hw_slice(text, len));
	}
	assert_true(read_nr > DRAWN_NR / 50); /* or it says little */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_heads_are_read_and_no_others),
		cmocka_unit_test(test_what_the_kernel_reads_the_parser_reads),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
