/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_head_end.c */
#include "unit/unit.h"

#include "http/head_end.h"
#include "tight.h"

static const struct {
	const char *what;
	struct hw_slice in;
	size_t end; /* 0: none */
	enum hw_http_tail tail;
} cases[] = {
	{ "nothing", HW_SLICE(""), 0, HW_HTTP_TAIL_IN_LINE },
	{ "in a line", HW_SLICE("abc"), 0, HW_HTTP_TAIL_IN_LINE },
	{ "behind a line", HW_SLICE("abc\r\n"), 0, HW_HTTP_TAIL_LF },
	{ "in the empty line", HW_SLICE("abc\r\n\r"), 0, HW_HTTP_TAIL_LF_CR },
	{ "the end", HW_SLICE("abc\r\n\r\n"), 7 },
	{ "the end, and more", HW_SLICE("abc\r\n\r\nd\r\n\r\n"), 7 },
	{ "LF alone", HW_SLICE("abc\n\nd"), 5 },
	{ "LF, then CR LF", HW_SLICE("abc\n\r\nd"), 6 },
	{ "CR LF, then LF", HW_SLICE("abc\r\n\nd"), 6 },
	{ "lines before it", HW_SLICE("a\r\nb\r\nc\n\r\n"), 10 },
	{ "a blank is no empty line", HW_SLICE("a\r\n \r\n\r\n"), 8 },
	{ "two CR are no empty line", HW_SLICE("a\r\n\r\r\n"), 0, HW_HTTP_TAIL_LF },
	{ "nor is CR and a letter", HW_SLICE("a\r\n\rb\r\n\r\n"), 9 },
	{ "nor is CR CR without LF", HW_SLICE("a\r\n\r\r"), 0, HW_HTTP_TAIL_IN_LINE },
	{ "a first line is never empty", HW_SLICE("\r\n\r\n"), 4 },
	{ "nor if it is LF alone", HW_SLICE("\n\n"), 2 },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

/* Give all of `in`, at most `step` bytes at once. Returns where the end is, or 0. */
static size_t find(struct hw_slice in, size_t step, enum hw_http_tail *tail)
{
	size_t given = 0;

	*tail = HW_HTTP_TAIL_IN_LINE;
	while (given < in.len) {
		const size_t len = in.len - given < step ? in.len - given : step;
		const struct hw_slice part = tight_copy(hw_slice(in.ptr + given, len));
		const size_t end = hw_http_head_end(part, tail);

		if (end > 0)
			return given + end;
		given += len;
	}
	return 0;
}

static void any_cut_finds_the_same_end(void **state)
{
	enum hw_http_tail tail;

	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t step = 1; step <= cases[i].in.len + 1; step++) {
			const size_t end = find(cases[i].in, step, &tail);

			if (end != cases[i].end)
				fail_msg("%s by %zu: %zu", cases[i].what, step, end);
			if (end == 0 && tail != cases[i].tail)
				fail_msg("%s by %zu: tail %d", cases[i].what, step, tail);
		}
	}
}

static void no_prefix_ends_early(void **state)
{
	enum hw_http_tail tail;

	(void)state;
	for (size_t i = 0; i < CASES_NR; i++)
		for (size_t len = 0; len < cases[i].end; len++)
			assert_int_equal(find(hw_slice(cases[i].in.ptr, len), len + 1, &tail), 0);
}

static void no_bytes_change_nothing(void **state)
{
	(void)state;
	for (int i = HW_HTTP_TAIL_IN_LINE; i <= HW_HTTP_TAIL_LF_CR; i++) {
		enum hw_http_tail tail = (enum hw_http_tail)i;

		assert_int_equal(hw_http_head_end(hw_slice(NULL, 0), &tail), 0);
		assert_int_equal(tail, i);
	}
}

/* All texts of eight bytes of CR, LF and a letter, against the plainest way to look. */
static void finds_what_a_plain_search_finds(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 6561; n++) {
		enum hw_http_tail tail;
		uint8_t text[8];
		size_t want = 0;

		for (uint32_t i = 0, left = n; i < sizeof(text); i++, left /= 3)
			text[i] = (uint8_t) "\r\nx"[left % 3];
		for (size_t i = 1; i < sizeof(text) && want == 0; i++)
			if (text[i] == '\n' &&
			    (text[i - 1] == '\n' ||
			     (i > 1 && text[i - 1] == '\r' && text[i - 2] == '\n')))
				want = i + 1;
		for (size_t step = 1; step <= sizeof(text); step++)
			if (find(hw_slice(text, sizeof(text)), step, &tail) != want)
				fail_msg("text %u by %zu: not %zu", n, step, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut_finds_the_same_end),
		cmocka_unit_test(no_prefix_ends_early),
		cmocka_unit_test(no_bytes_change_nothing),
		cmocka_unit_test(finds_what_a_plain_search_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
