/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/csv.c - see csv.h */
#include "event/csv.h"

#include <errno.h>

static bool has(struct hw_slice s, char c)
{
	return s.len && memchr(s.ptr, c, s.len);
}

static bool is_quoted(struct hw_slice s)
{
	if (s.len && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' '))
		return true; /* some readers strip blanks */
	return has(s, '"') || has(s, ',') || has(s, '\\');
}

/*
 * What spreadsheets take for the beginning of a formula (OWASP, CSV injection); TAB and CR
 * are shown as \x09 and \x0d. The wide forms of these characters are such to some, too, and
 * some strip blanks in front.
 */
static bool is_formula(struct hw_slice s)
{
	static const char narrow[] = { '=', '+', '-', '@' };
	static const char wide[] = { '\x9d', '\x8b', '\x8d', '\xa0' }; /* behind EF BC */

	while (s.len && s.ptr[0] == ' ')
		s = hw_slice_after(s, 1);
	if (s.len && memchr(narrow, s.ptr[0], sizeof(narrow)))
		return true;
	return s.len >= 3 && s.ptr[0] == 0xef && s.ptr[1] == 0xbc &&
	       memchr(wide, s.ptr[2], sizeof(wide));
}

/* How much stands before what would begin a cell where semicolons part them; else all. */
static size_t before_formula(struct hw_slice s)
{
	struct hw_slice next = s, before;

	while (hw_slice_cut(&next, ';', &before)) {
		const size_t at = s.len - next.len - 1;

		while (next.len && (next.ptr[0] == ' ' || next.ptr[0] == '"'))
			next = hw_slice_after(next, 1);
		if (is_formula(next))
			return at;
	}
	return s.len;
}

/* With each quote in it twice. */
static void add_quoted(struct hw_line *l, struct hw_slice s)
{
	while (s.len) {
		const uint8_t *quote = memchr(s.ptr, '"', s.len);
		const size_t len = quote ? (size_t)(quote - s.ptr) + 1 : s.len;

		hw_line_add(l, hw_slice(s.ptr, len));
		if (quote)
			hw_line_text(l, "\"");
		s = hw_slice_after(s, len);
	}
}

static void add_value(struct hw_line *l, struct hw_slice s, bool is_foreign)
{
	const bool quoted = is_quoted(s);

	if (quoted)
		hw_line_text(l, "\"");
	if (is_foreign && is_formula(s))
		hw_line_text(l, "'");
	while (s.len) {
		const size_t len = is_foreign ? before_formula(s) : s.len;

		add_quoted(l, hw_slice(s.ptr, len));
		if (len < s.len)
			hw_line_text(l, "\\x3b");
		s = hw_slice_after(s, len < s.len ? len + 1 : len);
	}
	if (quoted)
		hw_line_text(l, "\"");
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
		if (i > 0)
			hw_line_text(&l, ",");
		add_value(&l, hw_buf_slice(cell), is_foreign);
	}
	if (hw_columns_nr(columns) == 1 && cell->len == 0)
		hw_line_text(&l, "\"\""); /* an empty line is none to most who read it */
	hw_line_text(&l, "\r\n");
	return l.err || value.err ? -ENOMEM : 0;
}
