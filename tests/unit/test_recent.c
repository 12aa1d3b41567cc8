/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_recent.c - a head that comes again says the same, and is told to be the same */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/recent.h"
#include "same_message.h"
#include "unit/vector.h"

static const char *const a_head = "GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-Long: 12345678\r\n\r\n";

struct reader {
	struct hw_budget budget;
	struct hw_http_scratch *remembers, *forgets;
};

static void begin(struct reader *r)
{
	*r = (struct reader){ .budget.max = 16 << 20 };
	assert_int_equal(hw_http_scratch_new(&r->remembers, &r->budget), 0);
	assert_int_equal(hw_http_scratch_new(&r->forgets, &r->budget), 0);
	hw_http_scratch_remember(r->remembers);
}

static void end(struct reader *r)
{
	hw_http_scratch_free(r->remembers);
	hw_http_scratch_free(r->forgets);
	assert_int_equal(r->budget.used, 0);
}

/*
 * Find and read the head that `in` begins with, from memory of its own that is gone when the
 * message is compared with what one reads who remembers nothing. Returns its number.
 */
static uint64_t read_in(struct reader *r, struct hw_slice in, enum hw_http_kind kind)
{
	struct hw_http_message want, got;
	size_t line = 0, want_line = 0, len;
	uint8_t *copy = malloc(in.len ? in.len : 1);
	bool is_same;

	memcpy(copy, in.ptr, in.len);
	len = hw_http_message_find(r->remembers, hw_slice(copy, in.len), &line);
	assert_int_equal(hw_http_message_find(r->forgets, in, &want_line), len);
	assert_int_equal(line, want_line);
	if (len == 0) {
		free(copy);
		return 0;
	}
	assert_int_equal(
		hw_http_message_read(r->forgets, hw_slice(in.ptr, len), kind, HW_HTTP_WHOLE, &want),
		0);
	assert_int_equal(
		hw_http_message_read(r->remembers, hw_slice(copy, len), kind, HW_HTTP_WHOLE, &got),
		0);
	if (got.repeat)
		memset(copy, 'x', in.len);
	is_same = same_message(&want, &got);
	free(copy);
	assert_true(is_same);
	return got.repeat;
}

static uint64_t read_text(struct reader *r, const char *text)
{
	return read_in(r, hw_slice_text(text), HW_HTTP_REQUEST);
}

static void what_comes_again_has_the_same_number(void **state)
{
	struct reader r;
	uint64_t number;
	char other[256];

	(void)state;
	begin(&r);
	number = read_text(&r, a_head);
	assert_int_not_equal(number, 0);
	assert_int_equal(read_text(&r, a_head), number);
	snprintf(other, sizeof(other), "%s", a_head);
	other[strlen(other) - 5] = '9';
	assert_int_not_equal(read_text(&r, other), number);
	assert_int_not_equal(read_text(&r, a_head), number); /* its place was taken */
	end(&r);
}

/* What follows the head is none of its business, as long as pieces have one length. */
static void a_body_behind_it_may_differ(void **state)
{
	struct reader r;
	char first[256], second[256];

	(void)state;
	begin(&r);
	snprintf(first, sizeof(first), "%sbody one", a_head);
	snprintf(second, sizeof(second), "%sbody two", a_head);
	assert_int_equal(read_text(&r, first), read_text(&r, second));
	end(&r);
}

/* The same bytes as the other kind are another message. */
static void the_kind_counts(void **state)
{
	struct reader r;
	const struct hw_slice in = HW_SLICE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");

	(void)state;
	begin(&r);
	assert_int_not_equal(read_in(&r, in, HW_HTTP_REQUEST), 0);
	assert_int_equal(read_in(&r, in, HW_HTTP_RESPONSE), 0);
	end(&r);
}

/* Nothing of a head that was kept is left where one that may not be kept took its place. */
static void what_is_too_long_is_not_kept(void **state)
{
	struct reader r;
	char text[HW_HTTP_RECENT_MAX + 64];
	const int pad = HW_HTTP_RECENT_MAX;

	(void)state;
	begin(&r);
	assert_int_equal(read_text(&r, "GET / HTTP/1.1\r\nA: b\r\n\r\n"), 0);
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nLong: %0*d\r\n\r\n", pad, 1);
	assert_int_equal(read_text(&r, text), 0);
	assert_int_equal(read_text(&r, text), 0);
	end(&r);
}

static void where_none_comes_again_few_are_kept(void **state)
{
	struct reader r;
	char text[256];
	int kept = 0;

	(void)state;
	begin(&r);
	for (int i = 0; i < 1024; i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nX-Number-Of-It: %08d\r\n\r\n", i);
		read_text(&r, text);
	}
	for (int i = 0; i < 1024; i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nX-Number-Of-It: %08d\r\n\r\n", -i);
		kept += read_text(&r, text) != 0;
	}
	assert_in_range(kept, 1, 64);
	for (int i = 0; i < 64; i++)
		read_text(&r, a_head);
	assert_int_not_equal(read_text(&r, a_head), 0); /* and it is noticed when they do */
	end(&r);
}

static void without_memory_each_is_read(void **state)
{
	struct reader r;

	(void)state;
	begin(&r);
	hw_http_message_read(r.remembers, hw_slice_text(a_head), HW_HTTP_REQUEST, HW_HTTP_WHOLE,
			     &(struct hw_http_message){ 0 });
	hw_http_message_read(r.forgets, hw_slice_text(a_head), HW_HTTP_REQUEST, HW_HTTP_WHOLE,
			     &(struct hw_http_message){ 0 });
	r.budget.max = r.budget.used;
	for (int i = 0; i < 3; i++)
		assert_int_equal(read_text(&r, a_head), 0);
	end(&r);
}

static void all_vectors_say_the_same_each_time(void **state)
{
	struct reader r;
	int again = 0;

	(void)state;
	begin(&r);
	for (size_t i = 0; i < VECTORS_NR; i++) {
		const uint64_t number = read_in(&r, vectors[i].input, vectors[i].kind);

		again += number && read_in(&r, vectors[i].input, vectors[i].kind) == number;
	}
	assert_in_range(again, VECTORS_NR / 4, VECTORS_NR);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_again_has_the_same_number),
		cmocka_unit_test(a_body_behind_it_may_differ),
		cmocka_unit_test(the_kind_counts),
		cmocka_unit_test(what_is_too_long_is_not_kept),
		cmocka_unit_test(where_none_comes_again_few_are_kept),
		cmocka_unit_test(without_memory_each_is_read),
		cmocka_unit_test(all_vectors_say_the_same_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
