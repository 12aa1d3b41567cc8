/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_dns_stream.c */
#include "unit/unit.h"

#include "dns/stream.h"
#include "tight.h"

#define FIRST    \
	"\0\x0c" \
	"first-header"
#define SECOND   \
	"\0\x0f" \
	"second-header-x"

/* What came, each message in brackets. */
struct seen {
	char text[4096];
	size_t len;
	int nr, stop_at; /* says no at that message */
};

static struct seen seen;
static struct hw_budget budget;

static bool message(void *ctx, struct hw_slice m)
{
	struct seen *s = ctx;

	s->text[s->len++] = '[';
	memcpy(s->text + s->len, m.ptr, m.len);
	s->len += m.len;
	s->text[s->len++] = ']';
	return ++s->nr != s->stop_at;
}

static const struct hw_dns_reader reader = { .message = message, .budget = &budget };

static int set_up(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	budget = (struct hw_budget){ .max = 1 << 20 };
	return 0;
}

static void feed(struct hw_dns_stream *s, struct hw_slice in)
{
	hw_dns_stream_feed(s, &reader, &seen, tight_copy(in));
}

static void several_in_a_piece(void **state)
{
	struct hw_dns_stream s = { 0 };

	(void)state;
	feed(&s, HW_SLICE(FIRST SECOND FIRST));
	assert_slice_equal(hw_slice(seen.text, seen.len),
			   HW_SLICE("[first-header][second-header-x][first-header]"));
	assert_int_equal(budget.peak, 0); /* none was copied */
	assert_int_equal(hw_dns_stream_held(&s), 0);
	hw_dns_stream_clear(&s);
}

static void any_cut_gives_the_same(void **state)
{
	const struct hw_slice in = HW_SLICE(FIRST SECOND FIRST);

	(void)state;
	for (size_t i = 0; i <= in.len; i++) {
		for (size_t j = i; j <= in.len; j++) {
			struct hw_dns_stream s = { 0 };

			set_up(NULL);
			feed(&s, hw_slice(in.ptr, i));
			feed(&s, hw_slice(in.ptr + i, j - i));
			feed(&s, hw_slice_after(in, j));
			assert_slice_equal(
				hw_slice(seen.text, seen.len),
				HW_SLICE("[first-header][second-header-x][first-header]"));
			assert_false(hw_dns_stream_is_stopped(&s));
			hw_dns_stream_clear(&s);
			assert_int_equal(budget.used, 0);
		}
	}
}

static void byte_by_byte(void **state)
{
	const struct hw_slice in = HW_SLICE(FIRST SECOND);
	struct hw_dns_stream s = { 0 };

	(void)state;
	for (size_t i = 0; i < in.len; i++)
		feed(&s, hw_slice(in.ptr + i, 1));
	assert_slice_equal(hw_slice(seen.text, seen.len),
			   HW_SLICE("[first-header][second-header-x]"));
	hw_dns_stream_clear(&s);
}

static void a_gap_ends_it(void **state)
{
	struct hw_dns_stream s = { 0 };

	(void)state;
	feed(&s, HW_SLICE(FIRST "\0\x20start"));
	assert_int_equal(hw_dns_stream_held(&s), 7);
	hw_dns_stream_gap(&s);
	assert_true(hw_dns_stream_is_stopped(&s));
	assert_int_equal(budget.used, 0);
	feed(&s, HW_SLICE(FIRST));
	assert_slice_equal(hw_slice(seen.text, seen.len), HW_SLICE("[first-header]"));
	hw_dns_stream_clear(&s);
}

static void what_is_too_short_for_a_header_is_not_dns(void **state)
{
	struct hw_dns_stream s = { 0 };

	(void)state;
	feed(&s, HW_SLICE("\0\x0b"
			  "12345678901" FIRST));
	assert_true(hw_dns_stream_is_stopped(&s));
	assert_int_equal(seen.nr, 0);
	hw_dns_stream_clear(&s);
	feed(&s, HW_SLICE("\0"));
	feed(&s, HW_SLICE("\0"));
	assert_true(hw_dns_stream_is_stopped(&s));
	hw_dns_stream_clear(&s);
}

static void the_reader_may_end_it(void **state)
{
	struct hw_dns_stream s = { 0 };

	(void)state;
	seen.stop_at = 1;
	feed(&s, HW_SLICE(FIRST SECOND));
	assert_int_equal(seen.nr, 1);
	assert_true(hw_dns_stream_is_stopped(&s));
	hw_dns_stream_clear(&s);
	feed(&s, HW_SLICE("\0"));
	seen.stop_at = 2;
	feed(&s, HW_SLICE("\x0c"
			  "first-header" SECOND));
	assert_int_equal(seen.nr, 2);
	assert_true(hw_dns_stream_is_stopped(&s));
	hw_dns_stream_clear(&s);
}

static void without_memory_it_ends(void **state)
{
	struct hw_dns_stream s = { 0 };

	(void)state;
	budget.max = 100;
	feed(&s, HW_SLICE("\x10\0start"));
	assert_true(hw_dns_stream_is_stopped(&s));
	assert_int_equal(budget.used, 0);
	hw_dns_stream_clear(&s);
}

static void it_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct hw_dns_stream) <= 64);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_in_a_piece),
		TEST(any_cut_gives_the_same),
		TEST(byte_by_byte),
		TEST(a_gap_ends_it),
		TEST(what_is_too_short_for_a_header_is_not_dns),
		TEST(the_reader_may_end_it),
		TEST(without_memory_it_ends),
		TEST(it_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
