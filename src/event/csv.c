/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/csv.c - see csv.h */
#include "event/csv.h"

#include <errno.h>

static bool is_quoted(struct hw_slice s)
{
	if (s.len && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' '))
		return true; /* some readers strip blanks */
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '"' || s.ptr[i] == ',' || s.ptr[i] == '\\')
			return true;
	return false;
}

/*
 * What spreadsheets take for the beginning of a formula (OWASP, CSV injection); TAB and CR
 * are shown as \x09 and \x0d. The wide forms of these characters are such to some, too, and
 * some strip blanks in front.
 */
static bool is_formula(struct hw_slice s)
{
	static const char narrow[] = { '=', '+', '-', '@' };
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };

	while (s.len && s.ptr[0] == ' ')
		s = hw_slice_after(s, 1);
	if (s.len && memchr(narrow, s.ptr[0], sizeof(narrow)))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (hw_slice_starts(s, hw_slice_text(wide[i])))
			return true;
	return false;
}

/* How much stands before what would begin a cell where semicolons part them; else all. */
static size_t before_formula(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		struct hw_slice next = hw_slice_after(s, i + 1);

		if (s.ptr[i] != ';')
			continue;
		while (next.len && (next.ptr[0] == ' ' || next.ptr[0] == '"'))
			next = hw_slice_after(next, 1);
		if (is_formula(next))
			return i;
	}
	return s.len;
}

static void add_quoted(struct hw_line *l, struct hw_slice s)
{
	while (s.len) {
		const uint8_t *quote = memchr(s.ptr, '"', s.len);
		const size_t len = quote ? (size_t)(quote - s.ptr) + 1 : s.len;

		hw_line_add(l, hw_slice(s.ptr, len));
		hw_line_text(l, quote ? "\"" : "");
		s = hw_slice_after(s, len);
	}
}

static void add_value(struct hw_line *l, struct hw_slice s, bool is_foreign)
{
	const bool quoted = is_quoted(s);

	hw_line_text(l, quoted ? "\"" : "");
	if (is_foreign && is_formula(s))
		hw_line_text(l, "'");
	while (s.len) {
		const size_t len = is_foreign ? before_formula(s) : s.len;

		add_quoted(l, hw_slice(s.ptr, len));
		hw_line_text(l, len < s.len ? "\\x3b" : "");
		s = hw_slice_after(s, len < s.len ? len + 1 : len);
	}
	hw_line_text(l, quoted ? "\"" : "");
}

int hw_csv_head(const struct hw_columns *columns, struct hw_buf *out)
{
	struct hw_line l = { .out = out };

	for (size_t i = 0; i < hw_columns_nr(columns); i++) {
		hw_line_text(&l, i ? "," : "");
		add_value(&l, hw_columns_name(columns, i), true);
	}
	hw_line_text(&l, "\r\n");
	return l.err ? -ENOMEM : 0;
}

int hw_csv_write(const struct hw_columns *columns, const struct hw_event *event,
		 struct hw_buf *cell, struct hw_buf *out)
{
	struct hw_line value = { .out = cell }, l = { .out = out };

	for (size_t i = 0; i < hw_columns_nr(columns); i++) {
		bool is_foreign;

		cell->len = 0;
		is_foreign = hw_columns_write_exactly(columns, i, event, &value);
		hw_line_text(&l, i ? "," : "");
		add_value(&l, hw_buf_slice(cell), is_foreign);
	}
	hw_line_text(&l, "\r\n");
	return l.err || value.err ? -ENOMEM : 0;
}
