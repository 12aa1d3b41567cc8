/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/summary_text.c - a summary for people: see summary.h */
#include <stdlib.h>

#include "cli/summary_rows.h"
#include "event/amount.h"
#include "event/line.h"

enum {
	NAME_LEAST = 20, /* columns for names; where there are less, numbers are left out */
	GAP = 2,	 /* before them */
};

enum column {
	REQUESTS,
	ERRORS,
	DURATION_P50,
	DURATION_P90,
	DURATION_P99,
	DURATION_MAX,
	FIRST_BYTE_P50,
	FIRST_BYTE_P90,
	FIRST_BYTE_P99,
	FIRST_BYTE_MAX,
	BYTES,
	ROLE,
	COLUMNS_NR,
};

/* The columns of a group stand side by side, with its name above. */
static const struct {
	const char *group, *title;
	size_t width; /* with the blanks before it */
	uint16_t permille;
} columns[COLUMNS_NR] = {
	[REQUESTS] = { "", "requests", 8, 0 },
	[ERRORS] = { "", "errors", 7, 0 },
	[DURATION_P50] = { "duration", "p50", 7, 500 },
	[DURATION_P90] = { "duration", "p90", 7, 900 },
	[DURATION_P99] = { "duration", "p99", 7, 990 },
	[DURATION_MAX] = { "duration", "max", 7, 1000 },
	[FIRST_BYTE_P50] = { "ttfb", "p50", 7, 500 },
	[FIRST_BYTE_P90] = { "ttfb", "p90", 7, 900 },
	[FIRST_BYTE_P99] = { "ttfb", "p99", 7, 990 },
	[FIRST_BYTE_MAX] = { "ttfb", "max", 7, 1000 },
	[BYTES] = { "", "bytes", 7, 0 },
	[ROLE] = { "", "as", 8, 0 },
};

/* What is missed least goes first where the terminal is narrow. */
static const enum column spare[] = { FIRST_BYTE_P90, FIRST_BYTE_P99, FIRST_BYTE_MAX, DURATION_P90,
				     FIRST_BYTE_P50, BYTES,	     DURATION_P99,   DURATION_MAX };

static const char *const titles[HW_SUMMARY_LISTS_NR] = {
	[HW_SUMMARY_ROUTES] = "by host and route",
	[HW_SUMMARY_PROCESSES] = "by process",
	[HW_SUMMARY_STATUSES] = "by status",
};

struct table {
	struct hw_line line;
	const struct hw_summary_style *style;
	bool has[COLUMNS_NR];
	size_t name_columns; /* SIZE_MAX: as many as a name takes */
	struct hw_buf cell;
};

/* ---- which columns there are ---- */

static bool has_roles(const struct hw_summary *s)
{
	const struct hw_summary_rows *all = &s->lists[HW_SUMMARY_ALL];

	for (size_t i = 0; i < all->nr; i++)
		if (all->rows[i]->role != HW_ROLE_UNKNOWN)
			return true;
	return false;
}

static size_t numbers_width(const struct table *t)
{
	size_t width = GAP;

	for (int c = 0; c < COLUMNS_NR; c++)
		width += t->has[c] ? columns[c].width : 0;
	return width;
}

static void choose_columns(struct table *t, const struct hw_summary *s)
{
	const size_t room = t->style->columns;

	for (int c = 0; c < COLUMNS_NR; c++)
		t->has[c] = c != ROLE || has_roles(s);
	t->name_columns = SIZE_MAX;
	if (!room)
		return;
	for (size_t i = 0;
	     i < sizeof(spare) / sizeof(spare[0]) && numbers_width(t) + NAME_LEAST > room; i++)
		t->has[spare[i]] = false;
	t->name_columns = room > numbers_width(t) ? room - numbers_width(t) : 0;
}

/* ---- one line ---- */

static void pad(struct table *t, size_t nr)
{
	while (nr-- > 0)
		hw_line_text(&t->line, " ");
}

/* At the right end of `width` columns. */
static void add_right(struct table *t, struct hw_slice s, size_t width)
{
	pad(t, s.len < width ? width - s.len : 0);
	hw_line_add(&t->line, s);
}

static const struct hw_histogram *histogram_of(const struct hw_summary_row *row, enum column c)
{
	return c < FIRST_BYTE_P50 ? &row->duration : &row->first_byte;
}

static void make_quantile(struct hw_line *cell, const struct hw_summary_row *row, enum column c)
{
	const struct hw_histogram *h = histogram_of(row, c);
	const unsigned int permille = columns[c].permille;

	if (h->nr == 0)
		hw_line_text(cell, "-");
	else
		hw_amount_duration(cell,
				   permille == 1000 ? h->max : hw_histogram_quantile(h, permille));
}

static void make_cell(struct hw_line *cell, const struct hw_summary_row *row, enum column c)
{
	if (c == REQUESTS)
		hw_line_number(cell, row->requests);
	else if (c == ERRORS)
		hw_line_number(cell, row->errors);
	else if (c == BYTES)
		hw_amount_size(cell, row->bytes);
	else if (c == ROLE)
		hw_line_add(cell, row->role == HW_ROLE_UNKNOWN ? HW_SLICE("-")
							       : hw_exchange_role_name(row->role));
	else
		make_quantile(cell, row, c);
}

static void add_cell(struct table *t, const struct hw_summary_row *row, enum column c)
{
	struct hw_line cell = { .out = &t->cell };
	const bool is_bad = c == ERRORS && row->errors;

	t->cell.len = 0;
	make_cell(&cell, row, c);
	if (cell.err)
		t->line.err = cell.err;
	hw_line_paint(&t->line, is_bad ? "\x1b[1;31m" : "");
	add_right(t, hw_buf_slice(&t->cell), columns[c].width);
	hw_line_paint(&t->line, is_bad ? "\x1b[0m" : "");
}

/* "api.test/users/{id}", "nginx in web". */
static void make_name(struct hw_line *cell, enum hw_summary_list list,
		      const struct hw_summary_row *row)
{
	hw_line_foreign(cell, row->names[0].len ? row->names[0] : HW_SLICE("-"));
	if (list == HW_SUMMARY_PROCESSES && row->names[1].len)
		hw_line_text(cell, " in ");
	hw_line_foreign(cell, row->names[1]);
}

static void add_name(struct table *t, enum hw_summary_list list, const struct hw_summary_row *row)
{
	struct hw_line cell = { .out = &t->cell };
	struct hw_slice name;

	t->cell.len = 0;
	make_name(&cell, list, row);
	if (cell.err)
		t->line.err = cell.err;
	name = hw_buf_slice(&t->cell);
	if (hw_line_width(name) <= t->name_columns) {
		hw_line_add(&t->line, name);
		return;
	}
	if (!t->name_columns)
		return;
	hw_line_add(&t->line, hw_line_cut(name, t->name_columns - 1));
	hw_line_text(&t->line, HW_LINE_CUT);
}

static void add_row(struct table *t, enum hw_summary_list list, const struct hw_summary_row *row)
{
	for (int c = 0; c < COLUMNS_NR; c++)
		if (t->has[c])
			add_cell(t, row, (enum column)c);
	pad(t, GAP);
	add_name(t, list, row);
	hw_line_text(&t->line, "\n");
}

/* ---- the table ---- */

static bool is_last_of_group(const struct table *t, int c)
{
	for (int next = c + 1; next < COLUMNS_NR; next++)
		if (t->has[next])
			return strcmp(columns[next].group, columns[c].group) != 0;
	return true;
}

/* What stands before a group counts as its own. */
static void add_groups(struct table *t)
{
	size_t width = 0;

	for (int c = 0; c < COLUMNS_NR; c++) {
		width += t->has[c] ? columns[c].width : 0;
		if (!t->has[c] || !is_last_of_group(t, c) || !columns[c].group[0])
			continue;
		add_right(t, hw_slice_text(columns[c].group), width);
		width = 0;
	}
	hw_line_text(&t->line, "\n");
}

static void add_titles(struct table *t)
{
	hw_line_paint(&t->line, "\x1b[1m");
	add_groups(t);
	for (int c = 0; c < COLUMNS_NR; c++)
		if (t->has[c])
			add_right(t, hw_slice_text(columns[c].title), columns[c].width);
	hw_line_paint(&t->line, "\x1b[0m");
	hw_line_text(&t->line, "\n");
}

static void add_list(struct table *t, const struct hw_summary *s, enum hw_summary_list list)
{
	const struct hw_summary_row *rows[HW_SUMMARY_ROWS_MAX + 1];
	const size_t nr = hw_summary_sort(s, list, rows);
	const size_t shown = t->style->rows && t->style->rows < nr ? t->style->rows : nr;

	if (titles[list] && nr) {
		hw_line_paint(&t->line, "\x1b[1m");
		hw_line_text(&t->line, titles[list]);
		hw_line_paint(&t->line, "\x1b[0m");
		hw_line_text(&t->line, "\n");
	}
	for (size_t i = 0; i < shown; i++)
		add_row(t, list, rows[i]);
	if (shown == nr)
		return;
	pad(t, GAP);
	hw_line_number(&t->line, nr - shown);
	hw_line_text(&t->line, " more; --summary shows all\n");
}

static void add_lists(struct table *t, const struct hw_summary *s)
{
	if (s->lists[HW_SUMMARY_ALL].nr == 0) {
		hw_line_text(&t->line, "no requests\n");
	} else {
		add_titles(t);
		for (int list = 0; list < HW_SUMMARY_LISTS_NR; list++)
			add_list(t, s, (enum hw_summary_list)list);
	}
	if (!s->responses_alone)
		return;
	hw_line_number(&t->line, s->responses_alone);
	hw_line_text(&t->line, s->responses_alone == 1
				       ? " response whose request was not seen\n"
				       : " responses whose requests were not seen\n");
}

int hw_summary_text(const struct hw_summary *s, const struct hw_summary_style *style,
		    struct hw_buf *out)
{
	struct table t = { .line = { .out = out, .color = style->color }, .style = style };

	hw_buf_init(&t.cell, SIZE_MAX / 4, NULL);
	choose_columns(&t, s);
	add_lists(&t, s);
	hw_buf_clear(&t.cell);
	return t.line.err;
}
