/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_line.c - the lines of a head */
#include "unit/unit.h"

#include "http/line.h"
#include "tight.h"

static struct hw_http_line_index index_room;

static struct hw_http_lines lines_of(struct hw_slice head)
{
	struct hw_http_lines ret;

	hw_http_lines_begin(&ret, head, &index_room, hw_http_indexer_choose());
	return ret;
}

static const struct {
	const char *what;
	struct hw_slice head, lines; /* each line as <line> */
	bool bare_lf;
} cases[] = {
	{ "no line", HW_SLICE(""), HW_SLICE(""), false },
	{ "one", HW_SLICE("abc\r\n"), HW_SLICE("<abc>"), false },
	{ "some", HW_SLICE("a\r\nbc\r\n\r\n"), HW_SLICE("<a><bc><>"), false },
	{ "LF alone", HW_SLICE("a\nb\r\n"), HW_SLICE("<a><b>"), true },
	{ "an empty line of LF alone", HW_SLICE("a\r\n\n"), HW_SLICE("<a><>"), true },
	{ "only LF", HW_SLICE("\n"), HW_SLICE("<>"), true },
	{ "a bare CR is data", HW_SLICE("a\rb\r\n"), HW_SLICE("<a\rb>"), false },
	{ "one CR is of the end", HW_SLICE("a\r\r\n"), HW_SLICE("<a\r>"), false },
	{ "LF CR", HW_SLICE("a\r\n\rb\r\n"), HW_SLICE("<a><\rb>"), false },
	{ "NUL", HW_SLICE("a\0b\r\n"), HW_SLICE("<a\0b>"), false },
	{ "no end", HW_SLICE("a\r\nbc"), HW_SLICE("<a><bc>"), false },
	{ "half an end", HW_SLICE("a\r\nbc\r"), HW_SLICE("<a><bc>"), false },
	{ "only CR", HW_SLICE("\r"), HW_SLICE("<>"), false },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static size_t print_line(char *to, struct hw_slice line)
{
	to[0] = '<';
	memcpy(to + 1, line.ptr, line.len);
	to[line.len + 1] = '>';
	return line.len + 2;
}

static void gives_line_after_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		struct hw_http_lines lines = lines_of(tight_copy(cases[i].head));
		struct hw_slice line;
		char got[64];
		size_t len = 0;

		while (hw_http_lines_next(&lines, &line))
			len += print_line(got + len, line);
		if (!hw_slice_eq(hw_slice(got, len), cases[i].lines))
			fail_msg("%s: %.*s", cases[i].what, (int)len, got);
		if (lines.bare_lf != cases[i].bare_lf)
			fail_msg("%s: bare LF %d", cases[i].what, lines.bare_lf);
		assert_true(lines.cut);
	}
}

/* Of a beginning, all lines but the last are as they were, and the last is cut. */
static void a_prefix_only_cuts_the_last_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t len = 0; len <= cases[i].head.len; len++) {
			const struct hw_slice part = tight_copy(hw_slice(cases[i].head.ptr, len));
			struct hw_http_line_index room;
			struct hw_http_lines whole, lines = lines_of(part);
			struct hw_slice want = HW_SLICE(""), got;

			hw_http_lines_begin(&whole, cases[i].head, &room, hw_http_indexer_choose());
			while (hw_http_lines_next(&lines, &got)) {
				assert_true(hw_http_lines_next(&whole, &want));
				if (!lines.cut)
					assert_slice_equal(got, want);
				else
					assert_true(hw_slice_starts(want, got));
			}
		}
	}
}

static void tells_which_line_is_cut(void **state)
{
	struct hw_http_lines lines = lines_of(HW_SLICE("a\r\nb"));
	struct hw_slice line;

	(void)state;
	assert_true(hw_http_lines_next(&lines, &line));
	assert_false(lines.cut);
	assert_true(hw_http_lines_next(&lines, &line));
	assert_true(lines.cut);
	assert_false(hw_http_lines_next(&lines, &line));
}

static void a_blank_folds(void **state)
{
	struct hw_http_lines lines = lines_of(tight_copy(HW_SLICE("a\r\n b\r\n\tc\r\nd\r\n")));
	static const bool folds[] = { true, true, false, false };
	struct hw_slice line;

	(void)state;
	assert_false(hw_http_lines_folds(&lines));
	for (size_t i = 0; i < sizeof(folds); i++) {
		assert_true(hw_http_lines_next(&lines, &line));
		assert_int_equal(hw_http_lines_folds(&lines), folds[i]);
	}
}

static void nothing_has_no_lines(void **state)
{
	struct hw_http_lines lines = lines_of(hw_slice(NULL, 0));
	struct hw_slice line;

	(void)state;
	assert_false(hw_http_lines_folds(&lines));
	assert_false(hw_http_lines_next(&lines, &line));
	assert_true(lines.cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_line_after_line),
		cmocka_unit_test(a_prefix_only_cuts_the_last_line),
		cmocka_unit_test(tells_which_line_is_cut),
		cmocka_unit_test(a_blank_folds),
		cmocka_unit_test(nothing_has_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
