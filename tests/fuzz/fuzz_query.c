/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_query.c - any text as a filter expression
 *
 * What is wrong lies within the expression. What compiles gives the same answer twice,
 * the opposite one behind `not`, and the same in parentheses.
 */
#include "fuzz.h"

#include <errno.h>

#include "query/query.h"

enum { TEXT_MAX = 4096 };

static const struct hw_http_field fields[] = {
	{ { (const uint8_t *)"Cookie", 6 }, { (const uint8_t *)"a=1; b=2", 8 } },
	{ { (const uint8_t *)"X-A", 3 }, { NULL, 0 } },
	{ { (const uint8_t *)"Content-Length", 14 }, { (const uint8_t *)"12", 2 } },
};

static const struct hw_http_message message = {
	.kind = HW_HTTP_REQUEST,
	.method = { (const uint8_t *)"GET", 3 },
	.protocol = { (const uint8_t *)"HTTP/1.1", 8 },
	.fields = fields,
	.fields_nr = sizeof(fields) / sizeof(fields[0]),
};

static struct hw_event make_event(void)
{
	struct hw_event e = {
		.type = hw_event_type(HW_TYPE_NET_PACKET_HTTP),
		.process = &hw_process_none,
		.src = hw_addr_v4((const uint8_t[]){ 10, 0, 0, 1 }),
		.dst = hw_addr_v4((const uint8_t[]){ 10, 0, 0, 2 }),
		.src_port = 40000,
		.dst_port = 80,
		.protocol = 6,
		.http = &message,
		.request = { HW_SLICE("GET"), HW_SLICE("a.example"), HW_SLICE("/x?a=1&b"),
			     HW_SLICE("/x") },
		.extra.anomalies = 5,
	};

	hw_event_prepare(&e);
	return e;
}

/* Returns -1 if it does not compile. */
static int answer(const char *before, const char *text, const char *after)
{
	static char expression[TEXT_MAX + 16];
	const struct hw_event event = make_event();
	struct hw_query_error error;
	struct hw_query *q;
	int is_match;

	snprintf(expression, sizeof(expression), "%s%s%s", before, text, after);
	if (hw_query_new(&q, expression, &error) != 0) {
		FUZZ_CHECK(error.at <= strlen(expression));
		FUZZ_CHECK(error.len <= strlen(expression) - error.at);
		FUZZ_CHECK(error.text[0]);
		return -1;
	}
	is_match = hw_query_match(q, &event);
	FUZZ_CHECK(hw_query_match(q, &event) == is_match);
	hw_query_free(q);
	return is_match;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX + 1];
	const size_t len = size < TEXT_MAX ? size : TEXT_MAX;
	int is_match;

	memcpy(text, data, len);
	text[len] = '\0';
	is_match = answer("", text, "");
	if (is_match < 0)
		return 0;
	/* The line end is for a comment. Parentheses may already be as deep as they can. */
	if (answer("(", text, "\n)") >= 0) {
		FUZZ_CHECK(answer("(", text, "\n)") == is_match);
		FUZZ_CHECK(answer("!(", text, "\n)") == !is_match);
		FUZZ_CHECK(answer("http and (", text, "\n)") == is_match);
		FUZZ_CHECK(answer("dns or (", text, "\n)") == is_match);
	}
	return 0;
}
