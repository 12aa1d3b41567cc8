/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_line_index.c - all ways to make an index make the same one */
#include "unit/unit.h"

#include "http/line_index.h"
#include "random.h"
#include "tight.h"

/* The plainest way. */
static void index_plainly(struct hw_slice in, struct hw_http_line_index *x)
{
	size_t line = 0, odd_before_line = 0, odd = 0;
	bool is_empty = false;

	*x = (struct hw_http_line_index){ 0 };
	for (size_t i = 0; i < in.len && x->nr < HW_HTTP_LINES_MAX && !is_empty; i++) {
		const bool ends = in.ptr[i] == '\n';
		const bool has_cr = ends && i > line && in.ptr[i - 1] == '\r';

		odd += !ends && (in.ptr[i] < 0x20 || in.ptr[i] == 0x7f);
		if (!ends)
			continue;
		odd -= has_cr;
		x->has_bare_lf |= !has_cr;
		is_empty = i - line == has_cr;
		x->ends[x->nr++] = in.ptr + i;
		line = i + 1;
		odd_before_line = odd;
	}
	x->len = line;
	x->is_head = is_empty && x->nr > 1;
	x->is_odd = is_empty || x->nr == HW_HTTP_LINES_MAX ? odd_before_line : odd;
}

static void check(struct hw_slice in)
{
	static struct hw_http_line_index want, got;

	index_plainly(in, &want);
	for (size_t i = 0; i < hw_http_indexings_nr; i++) {
		if (!hw_http_indexings[i].is_possible())
			continue;
		hw_http_indexings[i].make(in, &got);
		if (got.nr != want.nr || got.len != want.len || got.is_head != want.is_head ||
		    got.is_odd != want.is_odd || got.has_bare_lf != want.has_bare_lf ||
		    memcmp(got.ends, want.ends, want.nr * sizeof(want.ends[0])) != 0)
			fail_msg("%s: %zu bytes: %zu lines, not %zu; %zu, not %zu; odd %d, not %d",
				 hw_http_indexings[i].name, in.len, got.nr, want.nr, got.len,
				 want.len, got.is_odd, want.is_odd);
	}
}

static void every_byte_at_every_place(void **state)
{
	uint8_t text[130];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t at = 0; at < sizeof(text); at++) {
		for (unsigned int c = 0; c < 256; c++) {
			text[at] = (uint8_t)c;
			check(hw_slice(text, sizeof(text)));
			check(hw_slice(text, at + 1));
		}
		text[at] = 'x';
	}
}

/* Heads of random lines, of all lengths, with what lines end and what is odd in them. */
static void random_heads(void **state)
{
	static const char bytes[] = "\n\r\t\x7f\0\x1f\xff:- ";
	uint64_t random = 20230101;
	uint8_t text[700];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const unsigned int rarely = 2u << (round % 6);
		const size_t len = (size_t)round % sizeof(text);

		for (size_t i = 0; i < len; i++) {
			random_next(&random);
			text[i] = (random >> 32) % rarely ? (uint8_t)(0x20 + (random >> 40) % 0x5f)
							  : (uint8_t)bytes[(random >> 48) % 10];
			if (i > 0 && text[i] == '\n' && random >> 63)
				text[i - 1] = '\r';
		}
		check(round % 8 ? hw_slice(text, len) : tight_copy(hw_slice(text, len)));
	}
}

static void a_line_end_at_every_place(void **state)
{
	static const char *const ends[] = { "\n",     "\r\n",	"\n\n",	  "\r\n\r\n",
					    "\n\r\n", "\r\n\n", "\r\r\n", "\r\n\r" };
	uint8_t text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const size_t len = strlen(ends[i]);

		for (size_t at = 0; at + len <= sizeof(text); at++) {
			memset(text, 'x', sizeof(text));
			memcpy(text + at, ends[i], len);
			check(hw_slice(text, sizeof(text)));
			check(tight_copy(hw_slice(text, at + len)));
		}
	}
}

static void no_more_lines_than_there_is_room_for(void **state)
{
	uint8_t text[4 * HW_HTTP_LINES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t) "a\n"[i % 2];
	for (size_t len = 0; len <= sizeof(text); len++)
		check(tight_copy(hw_slice(text, len)));
}

static void nothing_has_no_lines(void **state)
{
	(void)state;
	check(hw_slice(NULL, 0));
	check(HW_SLICE(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(random_heads),
		cmocka_unit_test(a_line_end_at_every_place),
		cmocka_unit_test(no_more_lines_than_there_is_room_for),
		cmocka_unit_test(nothing_has_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
