/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_usual_names.c - what heads came before makes no difference */
#include "unit/unit.h"

#include <stdio.h>

#include "http/message.h"
#include "same_message.h"
#include "tight.h"

/* Among them some that differ late, or only in case, or are as long as a piece, or longer. */
static const char *const names[] = {
	"A",
	"a",
	"Host",
	"Accept",
	"ACCEPT",
	"Accept-Encoding",
	"Accept-Language",
	"accept-language",
	"Content-Length",
	"Content-Type",
	"Connection",
	"Pragma",
	"Transfer-Encoding",
	"X-Fourteen-Is-",
	"X-Fifteen-Is-ab",
	"X-Fifteen-Is-ac",
	"X-Sixteen-Bytes-",
	"X-Sixteen-Bytes-A",
	"X-Sixteen-Bytes-B",
	"x-sixteen-bytes-b",
	"X-Thirty-One-Bytes-Long-It-Is-A",
	"X-Thirty-One-Bytes-Long-It-Is-B",
	"X-Thirty-Two-Bytes-Long-It-Is-A-",
	"X-Thirty-Two-Bytes-Long-It-Is-b-and-more",
	"X_Odd",
	"X-A B",
};
enum { NAMES = sizeof(names) / sizeof(names[0]), HEAD_MAX = 4096 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Most of its names come behind each other as in the head before; some are left out or others. */
static size_t make_head(char *head, uint32_t *state)
{
	static const char *const values[] = { "1",	"",	   "close",   " 12",
					      "a, b\t", "chunked", "no-cache" };
	size_t len = (size_t)snprintf(head, HEAD_MAX, "GET / HTTP/1.1\r\n");
	const size_t from = next_random(state) % 3;

	for (size_t i = 0; i < 3 + next_random(state) % 30; i++) {
		const bool is_usual = next_random(state) % 8 != 0;
		const size_t name = is_usual ? from + i * 5 : next_random(state);

		len += (size_t)snprintf(head + len, HEAD_MAX - len, "%s:%s%s\r\n",
					names[name % NAMES], next_random(state) % 4 ? " " : "",
					values[next_random(state) % 7]);
	}
	return len + (size_t)snprintf(head + len, HEAD_MAX - len, "\r\n");
}

static void heads_before_make_no_difference(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used, *fresh;
	struct hw_http_message got, want;
	uint32_t random = 1;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (int i = 0; i < 3000; i++) {
		static char head[HEAD_MAX];
		const size_t len = make_head(head, &random);
		const enum hw_http_kind kind = i % 7 == 0 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;
		const struct hw_slice tight =
			tight_copy(hw_slice(head, len - next_random(&random) % 2 * 2));

		assert_int_equal(hw_http_scratch_new(&fresh, &budget), 0);
		hw_http_message_read(fresh, tight, kind, HW_HTTP_WHOLE, &want);
		hw_http_message_read(used, tight, kind, HW_HTTP_WHOLE, &got);
		assert_true(same_message(&got, &want));
		hw_http_scratch_free(fresh);
	}
	hw_http_scratch_free(used);
}

/* What is remembered of the order is neither that of too long a name nor that of no fields. */
static void order_is_of_heads_like_it(void **state)
{
#define SEVEN                                                                                   \
	"GET / HTTP/1.1\r\nUser-Agent: a\r\nAccept: b\r\nReferer: c\r\nCookie: d\r\nDnt: 1\r\n" \
	"Priority: e\r\nAccept-Encoding: f\r\n"
	const char *const heads[] = {
		SEVEN "Accept-Language: it, en\r\n\r\n",
		SEVEN "Accept-Language: it, en\r\n\r\n",
		SEVEN "A-Name-That-Is-Longer-Than-Those-That-Are-Known: 1\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		SEVEN "Accept-Language: it, en\r\n\r\n",
	};
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used, *fresh;
	struct hw_http_message got, want;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const struct hw_slice tight = tight_copy(hw_slice_text(heads[i]));

		assert_int_equal(hw_http_scratch_new(&fresh, &budget), 0);
		hw_http_message_read(fresh, tight, HW_HTTP_REQUEST, HW_HTTP_WHOLE, &want);
		hw_http_message_read(used, tight, HW_HTTP_REQUEST, HW_HTTP_WHOLE, &got);
		assert_int_equal(got.headers_nr, got.fields_nr);
		assert_true(same_message(&got, &want));
		hw_http_scratch_free(fresh);
	}
	hw_http_scratch_free(used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_before_make_no_difference),
		cmocka_unit_test(order_is_of_heads_like_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
