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

/* `used` reads the head as one does that has read none. Returns how many headers it has. */
static size_t assert_slice_as_fresh(struct hw_http_scratch *used, struct hw_slice head,
				    enum hw_http_kind kind)
{
	struct hw_budget budget = { .max = 1 << 20 };
	const struct hw_slice tight = tight_copy(head);
	struct hw_http_message got, want;
	struct hw_http_scratch *fresh;

	assert_int_equal(hw_http_scratch_new(&fresh, &budget), 0);
	hw_http_message_read(fresh, tight, kind, HW_HTTP_WHOLE, &want);
	hw_http_message_read(used, tight, kind, HW_HTTP_WHOLE, &got);
	assert_true(same_message(&got, &want));
	hw_http_scratch_free(fresh);
	return got.headers_nr;
}

static size_t assert_as_fresh(struct hw_http_scratch *used, const char *head,
			      enum hw_http_kind kind)
{
	return assert_slice_as_fresh(used, hw_slice_text(head), kind);
}

static void heads_before_make_no_difference(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used;
	uint32_t random = 1;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (int i = 0; i < 3000; i++) {
		static char head[HEAD_MAX];
		const size_t len = make_head(head, &random);
		const enum hw_http_kind kind = i % 7 == 0 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;
		const size_t cut = next_random(&random) % 2 * 2;

		assert_slice_as_fresh(used, hw_slice(head, len - cut), kind);
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
	struct hw_http_scratch *used;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_int_equal(assert_as_fresh(used, heads[i], HW_HTTP_REQUEST), i == 3 ? 0 : 8);
	}
	hw_http_scratch_free(used);
}

/* Heads of the same names whose values change what Go makes of them, and some hardly like them. */
#define NGINX "HTTP/1.1 200 OK\r\nServer: a\r\nContent-Type: b\r\n"
static const struct {
	enum hw_http_kind kind;
	const char *text;
} shapes[] = {
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nConnection: keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 12\r\nConnection: close\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: x\r\nConnection: keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "content-length: 7\r\nConnection: keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length : 7\r\nConnection: keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length:7\r\nConnection:\tkeep-alive \r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\n keep: alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nConnection keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nConnection: a\x01\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\nConnection: keep-alive\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nConnection: keep-alive\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nContent-Length: 7\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Content-Length: 7\r\nContent-Length: 8\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Transfer-Encoding: chunked\r\nTrailer: a\r\n\r\n" },
	{ HW_HTTP_RESPONSE, NGINX "Transfer-Encoding: gzip\r\nTrailer: a\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\nPragma: other\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\npragma: no-cache\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a b\r\nPragma: no-cache\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET  HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\n Host: a\r\nPragma: no-cache\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\nA:\r\n\r\n" },
	{ HW_HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: \r\nA: b\r\n\r\n" },
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* A head of a name and `others`, which are always the same, behind it. */
static const char *make_other(unsigned int name, unsigned int others)
{
	static char head[HEAD_MAX];
	size_t len = (size_t)snprintf(head, HEAD_MAX, "GET / HTTP/1.1\r\n%c%u: 1\r\n",
				      'A' + name % 26, name);

	for (unsigned int i = 0; i < others; i++)
		len += (size_t)snprintf(head + len, HEAD_MAX - len, "M%u: 1\r\n", i);
	snprintf(head + len, HEAD_MAX - len, "\r\n");
	return head;
}

/* Each comes a few times, so that its shape is known, and then among others. */
static void shapes_before_make_no_difference(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used;
	uint32_t random = 1;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (unsigned int i = 0; i < 3000; i++) {
		const size_t at = i < 4 * SHAPES ? i / 4 : next_random(&random) % SHAPES;

		assert_as_fresh(used, shapes[at].text, shapes[at].kind);
		if (next_random(&random) % 8 == 0)
			assert_as_fresh(used, make_other(i, 1), HW_HTTP_REQUEST);
	}
	for (unsigned int others = 20; others < 44; others++) /* as a shape has, and more */
		for (int times = 0; times < 3; times++)
			assert_as_fresh(used, make_other(1, others), HW_HTTP_REQUEST);
	hw_http_scratch_free(used);
}

/* In heads of one shape: eight digits at once, more of them, what is none, and none. */
static void lengths_in_a_shape_are_read_as_elsewhere(void **state)
{
	static const char *const lengths[] = {
		"0",
		"00",
		"01",
		"7",
		"42",
		"365",
		"8192",
		"18734",
		"123456",
		"9999999",
		"99999999",
		"100000000",
		"123456789012345678",
		"1234567890123456789",
		"18446744073709551616",
		"x",
		"1x",
		"x2345678",
		"1234567x",
		"/1",
		":1",
		"1234:678",
		"12 34",
		"+1",
		"-1",
		"1,1",
		"\xb1",
		"",
	};
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used;
	char head[HEAD_MAX];

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (size_t i = 0; i < 3 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		snprintf(head, sizeof(head), NGINX "Content-Length: %s\r\nConnection: a\r\n\r\n",
			 lengths[i % (sizeof(lengths) / sizeof(lengths[0]))]);
		assert_as_fresh(used, head, HW_HTTP_RESPONSE);
	}
	hw_http_scratch_free(used);
}

/* More names than are known at once take the places of those that a shape has. */
static void names_that_take_a_place_make_no_difference(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
	for (unsigned int name = 0; name < 800; name++) {
		for (int times = 0; times < 3; times++)
			assert_as_fresh(used, make_other(name % 4, 2), HW_HTTP_REQUEST);
		assert_as_fresh(used, make_other(name, 3 + name % 5), HW_HTTP_REQUEST);
		assert_as_fresh(used, make_other(name, 2), HW_HTTP_REQUEST);
	}
	hw_http_scratch_free(used);
}

enum { LOWER = 12 };

/*
 * A head with some of LOWER names that are not in canonical form, or with others. Those begin alike,
 * so that all of them is looked at to sort them, and are as long as known names may be.
 */
static const char *make_lower(const char *target, unsigned int from, unsigned int nr)
{
	static char head[HEAD_MAX];
	size_t len = (size_t)snprintf(head, HEAD_MAX, "GET %s HTTP/1.1\r\n", target);

	for (unsigned int i = from; i < from + nr; i++)
		len += (size_t)(i < LOWER ? snprintf(head + len, HEAD_MAX - len,
						     "x-lower-%c%0*d: 1\r\n", 'z' - i,
						     (int)(11 + i), 1)
					  : snprintf(head + len, HEAD_MAX - len, "Q%c: 1\r\n",
						     'A' + i));
	snprintf(head + len, HEAD_MAX - len, "\r\n");
	return head;
}

/* Names that are known, one behind the other, and room for many fields, but not for their texts. */
static void know_lower(struct hw_http_scratch *used)
{
	assert_as_fresh(used, make_lower("/", LOWER, 2 * LOWER), HW_HTTP_REQUEST);
	for (unsigned int i = 0; i < LOWER - 1; i++)
		assert_as_fresh(used, make_lower("/", i, 2), HW_HTTP_REQUEST);
	assert_as_fresh(used, make_lower("/", 0, 1), HW_HTTP_REQUEST);
}

/* Where memory is short names have no canonical form, and nothing is learned of them. */
static void short_memory_before_makes_no_difference(void **state)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *used;
	struct hw_http_message m;

	(void)state;
	for (size_t room = 0; room < 4096; room += 16) {
		assert_int_equal(hw_http_scratch_new(&used, &budget), 0);
		if (room % 32 == 0)
			know_lower(used);
		budget.max = budget.used + room;
		for (size_t times = 0; times <= room / 32 % 3; times++)
			hw_http_message_read(used, hw_slice_text(make_lower("/", 0, LOWER)),
					     HW_HTTP_REQUEST, HW_HTTP_WHOLE, &m);
		budget.max = 1 << 20;
		for (int times = 0; times < 4;
		     times++) /* one that is refused, and one that is not */
			assert_as_fresh(used, make_lower(times % 2 ? "/" : "", 0, LOWER),
					HW_HTTP_REQUEST);
		hw_http_scratch_free(used);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_before_make_no_difference),
		cmocka_unit_test(order_is_of_heads_like_it),
		cmocka_unit_test(shapes_before_make_no_difference),
		cmocka_unit_test(lengths_in_a_shape_are_read_as_elsewhere),
		cmocka_unit_test(names_that_take_a_place_make_no_difference),
		cmocka_unit_test(short_memory_before_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
