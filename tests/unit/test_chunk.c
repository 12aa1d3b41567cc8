/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_chunk.c */
#include "unit/unit.h"

#include "http/chunk.h"
#include "tight.h"

#define ODD(id) (UINT64_C(1) << HW_ANOMALY_##id)
#define END "0\r\n\r\n"

enum { MORE = HW_HTTP_CHUNK_MORE, OVER = HW_HTTP_CHUNK_END, BAD = HW_HTTP_CHUNK_BAD };

static const struct {
	const char *what;
	struct hw_slice in, data;
	int result;
	size_t left; /* bytes of `in` that are not used */
	hw_anomalies odd;
} cases[] = {
	{ "one chunk", HW_SLICE("5\r\nhello\r\n" END), HW_SLICE("hello"), OVER },
	{ "what follows is left", HW_SLICE("5\r\nhello\r\n" END "HTTP/1.1 200"), HW_SLICE("hello"),
	  OVER, 12 },
	{ "no data", HW_SLICE(END), HW_SLICE(""), OVER },
	{ "some chunks", HW_SLICE("1\r\na\r\nA\r\n0123456789\r\n0b\r\nabcdefghijk\r\n" END),
	  HW_SLICE("a0123456789abcdefghijk"), OVER },
	{ "data like framing", HW_SLICE("5\r\n" END "\r\n" END), HW_SLICE(END), OVER },
	{ "extensions", HW_SLICE("2;a=\"b;c\";d\r\nhi\r\n0;e\r\n\r\n"), HW_SLICE("hi"), OVER },
	{ "trailers", HW_SLICE("2\r\nhi\r\n0\r\nA: b\r\nC: d\r\n\r\n"), HW_SLICE("hi"), OVER },
	{ "trailers that look like others",
	  HW_SLICE("0\r\nContent-Lengths: 1\r\nContent-Lengt: 1\r\nX-Host: h\r\n"
		   "Trailer: Host:\r\n\r\n"),
	  HW_SLICE(""), OVER },
	{ "trailers of all that may stand there",
	  HW_SLICE("0\r\n!#$%&'*+-.^_`|~09AZaz:\r\nA:\t: \x80\xff b:\t\r\n\r\n"), HW_SLICE(""),
	  OVER },
	{ "zeros before the size", HW_SLICE("0000000000000000000002\r\nhi\r\n00\r\n\r\n"),
	  HW_SLICE("hi"), OVER },
	{ "the largest size", HW_SLICE("7fffffffffffffff\r\nhi"), HW_SLICE("hi"), MORE },

	{ "a blank behind the size", HW_SLICE("2 \r\nhi\r\n0\t\r\n\r\n"), HW_SLICE("hi"), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "LF alone behind a size", HW_SLICE("2\nhi\r\n" END), HW_SLICE("hi"), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "LF alone behind an extension", HW_SLICE("2;a\nhi\r\n" END), HW_SLICE("hi"), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "LF alone behind data", HW_SLICE("2\r\nhi\n" END), HW_SLICE("hi"), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "LF alone at the end", HW_SLICE("0\r\nA: b\r\n\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "CR in an extension", HW_SLICE("2;a\rb\r\nhi\r\n" END), HW_SLICE("hi"), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "two CR", HW_SLICE("2\r\r\nhi\r\n" END), HW_SLICE("hi"), OVER, 0, ODD(CHUNK_LINE_ODD) },

	{ "a length in a trailer", HW_SLICE("0\r\nA: b\r\nContent-Length: 1\r\n\r\n"), HW_SLICE(""),
	  OVER, 0, ODD(FORBIDDEN_TRAILER) },
	{ "a coding in a trailer", HW_SLICE("0\r\nTRANSFER-ENCODING:\r\nA: b\r\n\r\n"),
	  HW_SLICE(""), OVER, 0, ODD(FORBIDDEN_TRAILER) },
	{ "a host in a trailer", HW_SLICE("0\r\nhost: a\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(FORBIDDEN_TRAILER) },
	{ "a host and blanks in a trailer", HW_SLICE("0\r\nhost \t: a\r\n\r\n"), HW_SLICE(""), OVER,
	  0, ODD(FORBIDDEN_TRAILER) | ODD(CHUNK_LINE_ODD) },

	{ "a request as a trailer", HW_SLICE("0\r\nGET / HTTP/1.1\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "a trailer without a colon", HW_SLICE("0\r\nHost\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "a trailer without a name", HW_SLICE("0\r\n: a\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "a blank in a trailer's name", HW_SLICE("0\r\nHost x: h\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "a fold in the trailers", HW_SLICE("0\r\nA: b\r\n c: d\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "LF alone behind a trailer", HW_SLICE("0\r\nA: b\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "CR in a trailer", HW_SLICE("0\r\nA: b\rContent-Length: 1\r\n\r\n"), HW_SLICE(""), OVER,
	  0, ODD(CHUNK_LINE_ODD) },
	{ "CR in a trailer's name", HW_SLICE("0\r\nA\rB: b\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "two CR behind a trailer", HW_SLICE("0\r\nA: b\r\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "CR before a trailer", HW_SLICE("0\r\n\rA: b\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "two CR as a trailer", HW_SLICE("0\r\n\r\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },
	{ "a control byte in a trailer", HW_SLICE("0\r\nA: \0\r\n\r\n"), HW_SLICE(""), OVER, 0,
	  ODD(CHUNK_LINE_ODD) },

	{ "no size", HW_SLICE("\r\nhi"), HW_SLICE(""), BAD, 4, ODD(BAD_CHUNK_SIZE) },
	{ "only an extension", HW_SLICE(";a\r\n"), HW_SLICE(""), BAD, 4, ODD(BAD_CHUNK_SIZE) },
	{ "a blank before the size", HW_SLICE(" 2\r\nhi"), HW_SLICE(""), BAD, 6,
	  ODD(BAD_CHUNK_SIZE) },
	{ "a sign", HW_SLICE("-2\r\nhi"), HW_SLICE(""), BAD, 6, ODD(BAD_CHUNK_SIZE) },
	{ "0x", HW_SLICE("0x2\r\nhi"), HW_SLICE(""), BAD, 6,
	  ODD(BAD_CHUNK_SIZE) | ODD(CHUNK_LINE_ODD) },
	{ "a size above 2^63-1", HW_SLICE("8000000000000000\r\n"), HW_SLICE(""), BAD, 3,
	  ODD(CHUNK_SIZE_OVERFLOW) },
	{ "a bad size after a chunk", HW_SLICE("2\r\nhi\r\nHTTP/1.1"), HW_SLICE("hi"), BAD, 8,
	  ODD(BAD_CHUNK_SIZE) },
	{ "more data than the size", HW_SLICE("2\r\nhim\r\n"), HW_SLICE("hi"), BAD, 3,
	  ODD(BAD_CHUNK_END) },
	{ "CR alone behind data", HW_SLICE("2\r\nhi\r0"), HW_SLICE("hi"), BAD, 1,
	  ODD(BAD_CHUNK_END) },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

/* One body, and what it has given so far. */
struct body {
	struct hw_http_chunk chunk;
	int result;
	size_t used, len;
	uint8_t data[64];
};

/* Give `in`, as far as the body wants it. */
static void give(struct body *b, struct hw_slice in)
{
	struct hw_slice left = tight_copy(in), data;

	b->result = HW_HTTP_CHUNK_DATA;
	while (b->result == HW_HTTP_CHUNK_DATA) {
		b->result = hw_http_chunk_read(&b->chunk, &left, &data);
		if (b->result != HW_HTTP_CHUNK_DATA)
			break;
		assert_in_range(data.len, 1, sizeof(b->data) - b->len);
		memcpy(b->data + b->len, data.ptr, data.len);
		b->len += data.len;
	}
	b->used += in.len - left.len;
	assert_true(b->result != MORE || left.len == 0);
}

static void check(size_t i, const struct body *b)
{
	if (b->result != cases[i].result || b->used + cases[i].left != cases[i].in.len)
		fail_msg("%s: %d, %zu used", cases[i].what, b->result, b->used);
	if (hw_http_chunk_anomalies(&b->chunk) != cases[i].odd)
		fail_msg("%s: %jx", cases[i].what, hw_http_chunk_anomalies(&b->chunk));
	assert_slice_equal(hw_slice(b->data, b->len), cases[i].data);
}

static void takes_the_framing_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		struct body b = { 0 };

		give(&b, cases[i].in);
		check(i, &b);
	}
}

static void any_cut_gives_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t step = 1; step < cases[i].in.len; step++) {
			struct body b = { 0 };

			while (b.result == MORE && b.used < cases[i].in.len) {
				const size_t left = cases[i].in.len - b.used;

				give(&b,
				     hw_slice(cases[i].in.ptr + b.used, left < step ? left : step));
			}
			check(i, &b);
		}
	}
}

static void any_prefix_gives_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t len = 0; len < cases[i].in.len - cases[i].left; len++) {
			struct body b = { 0 };

			give(&b, hw_slice(cases[i].in.ptr, len));
			if (b.result != MORE)
				fail_msg("%s: %d after %zu", cases[i].what, b.result, len);
		}
	}
}

/* Feed `first`, then `byte` again and again. Returns how many of those it took, if it ends. */
static size_t takes(struct body *b, struct hw_slice first, struct hw_slice byte)
{
	size_t nr = 0;

	give(b, first);
	for (give(b, byte); b->result == MORE && nr <= HW_HTTP_CHUNK_TRAILER_MAX; give(b, byte))
		nr++;
	return nr;
}

static void lines_and_trailers_have_a_maximum(void **state)
{
	struct body zeros = { 0 }, second = { 0 }, extension = { 0 };
	struct body trailer = { 0 }, trailers = { 0 };

	(void)state;
	assert_int_equal(takes(&zeros, HW_SLICE("0"), HW_SLICE("0")), HW_HTTP_CHUNK_LINE_MAX - 1);
	assert_int_equal(takes(&second, HW_SLICE("1\r\nx\r\n0"), HW_SLICE("0")),
			 HW_HTTP_CHUNK_LINE_MAX - 1);
	assert_int_equal(takes(&extension, HW_SLICE("0\r\r"), HW_SLICE("a")),
			 HW_HTTP_CHUNK_LINE_MAX - 3);
	assert_int_equal(takes(&trailer, HW_SLICE("2\r\nhi\r\n0\r\n"), HW_SLICE("a")),
			 HW_HTTP_CHUNK_TRAILER_MAX);
	assert_int_equal(takes(&trailers, HW_SLICE("0\r\n"), HW_SLICE("a:\r\n")),
			 HW_HTTP_CHUNK_TRAILER_MAX / 4);
	assert_int_equal(hw_http_chunk_anomalies(&zeros.chunk), ODD(CHUNK_LINE_TOO_LONG));
	assert_int_equal(hw_http_chunk_anomalies(&trailers.chunk), ODD(CHUNK_LINE_TOO_LONG));
}

/* The maximum is one of a line: many chunks with extensions do not come to it. */
static void many_lines_are_no_long_line(void **state)
{
	struct body b = { 0 };

	(void)state;
	for (int i = 0; i < HW_HTTP_CHUNK_TRAILER_MAX / 8; i++) {
		give(&b, HW_SLICE("1;abcd\r\nx\r\n"));
		assert_int_equal(b.result, MORE);
		b.len = 0;
	}
	give(&b, HW_SLICE(END));
	assert_int_equal(b.result, OVER);
}

static void missing_data_can_be_skipped(void **state)
{
	struct body b = { 0 };

	(void)state;
	assert_false(hw_http_chunk_skip(&b.chunk, 1));
	give(&b, HW_SLICE("8\r\n"));
	assert_true(hw_http_chunk_skip(&b.chunk, 3));
	give(&b, HW_SLICE("dat"));
	assert_false(hw_http_chunk_skip(&b.chunk, 3));
	assert_false(hw_http_chunk_skip(&b.chunk, UINT64_MAX));
	assert_true(hw_http_chunk_skip(&b.chunk, 2));
	assert_false(hw_http_chunk_skip(&b.chunk, 1));
	give(&b, HW_SLICE("\r\n"));
	assert_false(hw_http_chunk_skip(&b.chunk, 1));
	give(&b, HW_SLICE(END));
	assert_int_equal(b.result, OVER);
	assert_slice_equal(hw_slice(b.data, b.len), HW_SLICE("dat"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_framing_off),
		cmocka_unit_test(any_cut_gives_the_same),
		cmocka_unit_test(any_prefix_gives_more),
		cmocka_unit_test(lines_and_trailers_have_a_maximum),
		cmocka_unit_test(many_lines_are_no_long_line),
		cmocka_unit_test(missing_data_can_be_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
