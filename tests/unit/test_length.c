/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_length.c - how long a head says that its body is */
#include "unit/unit.h"

#include "http/message.h"
#include "tight.h"

#define ODD(id) (UINT64_C(1) << HW_ANOMALY_##id)
#define CONNECT "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define LENGTH(text) "Content-Length: " text "\r\n"
#define CODING(text) "Transfer-Encoding: " text "\r\n"

/* Of all anomalies, those that this is about. */
static const hw_anomalies ours =
	ODD(BAD_CONTENT_LENGTH) | ODD(LENGTH_LEADING_ZEROS) | ODD(LENGTH_OVERFLOW) |
	ODD(LENGTH_REPEATED) | ODD(LENGTH_CONFLICT) | ODD(LENGTH_AND_CHUNKED) |
	ODD(LENGTH_NOT_ALLOWED) | ODD(BAD_TRANSFER_CODING) | ODD(TRANSFER_CODING_LIST) |
	ODD(CHUNKED_NOT_FINAL) | ODD(CHUNKED_REPEATED) | ODD(CHUNKED_IN_HTTP_1_0);

static const struct {
	struct hw_slice head; /* without its empty line */
	enum hw_http_framing framing;
	uint64_t body_len;
	hw_anomalies odd;
} cases[] = {
	{ HW_SLICE(GET), HW_HTTP_BODY_NONE },
	{ HW_SLICE(OK), HW_HTTP_BODY_CLOSE },
	{ HW_SLICE(GET LENGTH("5")), HW_HTTP_BODY_LENGTH, 5 },
	{ HW_SLICE(OK LENGTH("0")), HW_HTTP_BODY_NONE },
	{ HW_SLICE(OK LENGTH("9223372036854775807")), HW_HTTP_BODY_LENGTH, INT64_MAX },
	{ HW_SLICE(OK CODING("chunked")), HW_HTTP_BODY_CHUNKED },
	{ HW_SLICE(GET CODING("CHUNKED")), HW_HTTP_BODY_CHUNKED },
	{ HW_SLICE(OK "content-length:5\r\n"), HW_HTTP_BODY_LENGTH, 5 },

	/* The kinds without a body, and those behind which HTTP may end: RFC 9112 6.3. */
	{ HW_SLICE("HTTP/1.1 304 Not Modified\r\n" LENGTH("5")), HW_HTTP_BODY_NONE },
	{ HW_SLICE("HTTP/1.1 204 No Content\r\n"), HW_HTTP_BODY_NONE },
	{ HW_SLICE("HTTP/1.1 204 No Content\r\n" LENGTH("5")), HW_HTTP_BODY_NONE, 0,
	  ODD(LENGTH_NOT_ALLOWED) },
	{ HW_SLICE("HTTP/1.1 100 Continue\r\n" CODING("chunked")), HW_HTTP_BODY_NONE, 0,
	  ODD(LENGTH_NOT_ALLOWED) },
	{ HW_SLICE("HTTP/1.1 101 Switching Protocols\r\n"), HW_HTTP_BODY_TUNNEL },
	{ HW_SLICE(CONNECT), HW_HTTP_BODY_TUNNEL },
	{ HW_SLICE(CONNECT LENGTH("0")), HW_HTTP_BODY_TUNNEL },
	{ HW_SLICE(CONNECT LENGTH("5")), HW_HTTP_BODY_LENGTH, 5, ODD(LENGTH_NOT_ALLOWED) },
	{ HW_SLICE(CONNECT CODING("chunked")), HW_HTTP_BODY_CHUNKED, 0, ODD(LENGTH_NOT_ALLOWED) },
	{ HW_SLICE(GET "Upgrade: x\r\nConnection: upgrade\r\n"), HW_HTTP_BODY_TUNNEL },
	{ HW_SLICE(GET "Upgrade: x\r\nConnection: upgrade\r\n" LENGTH("5")), HW_HTTP_BODY_LENGTH,
	  5 },

	/* Numbers that are none, or too many. */
	{ HW_SLICE(OK LENGTH("9223372036854775808")), HW_HTTP_BODY_CLOSE, 0, ODD(LENGTH_OVERFLOW) },
	{ HW_SLICE(OK LENGTH("+5")), HW_HTTP_BODY_CLOSE, 0, ODD(BAD_CONTENT_LENGTH) },
	{ HW_SLICE(GET LENGTH("-5")), HW_HTTP_BODY_NONE, 0, ODD(BAD_CONTENT_LENGTH) },
	{ HW_SLICE(OK LENGTH("5 6")), HW_HTTP_BODY_CLOSE, 0, ODD(BAD_CONTENT_LENGTH) },
	{ HW_SLICE(OK LENGTH("")), HW_HTTP_BODY_CLOSE, 0, ODD(BAD_CONTENT_LENGTH) },
	{ HW_SLICE(OK LENGTH("005")), HW_HTTP_BODY_LENGTH, 5, ODD(LENGTH_LEADING_ZEROS) },
	{ HW_SLICE(OK LENGTH("5, 5")), HW_HTTP_BODY_LENGTH, 5,
	  ODD(LENGTH_REPEATED) | ODD(BAD_CONTENT_LENGTH) },
	{ HW_SLICE(OK LENGTH("5") LENGTH("5")), HW_HTTP_BODY_LENGTH, 5, ODD(LENGTH_REPEATED) },
	{ HW_SLICE(OK LENGTH("5") LENGTH("6")), HW_HTTP_BODY_LENGTH, 5, ODD(LENGTH_CONFLICT) },
	{ HW_SLICE(OK LENGTH("x") LENGTH("6")), HW_HTTP_BODY_LENGTH, 6, ODD(BAD_CONTENT_LENGTH) },

	/* Codings. Go takes nothing but one that is called chunked. */
	{ HW_SLICE(OK LENGTH("5") CODING("chunked")), HW_HTTP_BODY_CHUNKED, 0,
	  ODD(LENGTH_AND_CHUNKED) },
	{ HW_SLICE(OK CODING("gzip, chunked")), HW_HTTP_BODY_CHUNKED, 0,
	  ODD(TRANSFER_CODING_LIST) },
	{ HW_SLICE(OK CODING("chunked, gzip")), HW_HTTP_BODY_CLOSE, 0,
	  ODD(TRANSFER_CODING_LIST) | ODD(CHUNKED_NOT_FINAL) },
	{ HW_SLICE(OK CODING("gzip")), HW_HTTP_BODY_CLOSE, 0,
	  ODD(CHUNKED_NOT_FINAL) | ODD(TRANSFER_CODING_LIST) },
	{ HW_SLICE(OK CODING("xchunked")), HW_HTTP_BODY_CLOSE, 0,
	  ODD(CHUNKED_NOT_FINAL) | ODD(BAD_TRANSFER_CODING) | ODD(TRANSFER_CODING_LIST) },
	{ HW_SLICE(OK CODING("chunked") CODING("chunked")), HW_HTTP_BODY_CHUNKED, 0,
	  ODD(CHUNKED_REPEATED) | ODD(TRANSFER_CODING_LIST) },
	{ HW_SLICE(OK CODING("chunked,")), HW_HTTP_BODY_CHUNKED, 0, ODD(TRANSFER_CODING_LIST) },
	{ HW_SLICE("HTTP/1.0 200 OK\r\n" CODING("chunked")), HW_HTTP_BODY_CHUNKED, 0,
	  ODD(CHUNKED_IN_HTTP_1_0) },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static struct hw_budget budget = { .max = 1 << 20 };
static struct hw_http_scratch *scratch;

static int set_up(void **state)
{
	(void)state;
	return hw_http_scratch_new(&scratch, &budget);
}

static int tear_down(void **state)
{
	(void)state;
	hw_http_scratch_free(scratch);
	assert_int_equal(budget.used, 0);
	return 0;
}

static enum hw_http_kind kind_of(struct hw_slice head)
{
	return hw_slice_starts(head, HW_SLICE("HTTP/")) ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;
}

static void says_how_long_the_body_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		const struct hw_slice start = cases[i].head;
		struct hw_http_message m;
		uint8_t head[256];

		memcpy(head, start.ptr, start.len);
		memcpy(head + start.len, "\r\n", 2);
		assert_int_equal(hw_http_message_read(scratch,
						      tight_copy(hw_slice(head, start.len + 2)),
						      kind_of(start), HW_HTTP_WHOLE, &m),
				 0);
		if (m.framing != cases[i].framing || m.body_len != cases[i].body_len ||
		    (m.anomalies & ours) != cases[i].odd)
			fail_msg("%s: framing %d, length %ju, odd %jx", (const char *)start.ptr,
				 m.framing, m.body_len, m.anomalies & ours);
	}
}

static void reads_any_beginning_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t len = 0; len <= cases[i].head.len; len++) {
			struct hw_http_message m;
			const struct hw_slice part = tight_copy(hw_slice(cases[i].head.ptr, len));

			assert_int_equal(hw_http_message_read(scratch, part, kind_of(cases[i].head),
							      HW_HTTP_CUT_CLOSED, &m),
					 0);
			assert_false(m.accepted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_long_the_body_is),
		cmocka_unit_test(reads_any_beginning_to_its_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
