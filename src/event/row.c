/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/row.c - see row.h */
#include "event/row.h"

#include <errno.h>

enum {
	LEAST_OF_GROWING = 10, /* columns that it has on a narrow terminal */
	LEAST_OF_NOTES = 8,    /* if there are some */
	ELLIPSIS_WIDTH = 1,
};

#define ELLIPSIS "\xe2\x80\xa6"

/* The values of an event, written; texts lie in `cells`. */
struct row {
	const struct hw_row_options *options;
	const struct hw_event *event;
	size_t nr;
	struct hw_slice cells[HW_COLUMNS_MAX];
	size_t widths[HW_COLUMNS_MAX]; /* that the texts have */
	size_t padded[HW_COLUMNS_MAX]; /* that the columns have */
	size_t first;		       /* that is not left out */
	size_t growing;		       /* the column that takes what is left; nr: none */
};

static const struct hw_column *column_at(const struct row *r, size_t i)
{
	return hw_columns_at(r->options->columns, i);
}

static enum hw_column_kind kind_of(const struct row *r, size_t i)
{
	const struct hw_column *c = column_at(r, i);

	return c ? c->kind : HW_COLUMN_ORDINARY;
}

static bool is_right(const struct row *r, size_t i)
{
	const struct hw_column *c = column_at(r, i);

	return c && c->look != HW_LOOK_TEXT;
}

/* Notes are not there if there are none, and so is the time. */
static bool is_left_out(const struct row *r, size_t i)
{
	return r->cells[i].len == 0 && kind_of(r, i) != HW_COLUMN_ORDINARY;
}

static void write_cell(const struct row *r, size_t i, struct hw_line *l)
{
	const enum hw_column_kind kind = kind_of(r, i);
	const size_t before = l->out->len;

	if (kind == HW_COLUMN_TIME) {
		hw_line_add(l, r->options->time);
		return;
	}
	hw_columns_write(r->options->columns, i, r->event, l);
	if (l->out->len == before && kind != HW_COLUMN_NOTES)
		hw_line_text(l, "-");
}

/* All of them one behind the other; then where each is, as the room may have moved. */
static int write_cells(struct row *r, struct hw_buf *cells)
{
	struct hw_line l = { .out = cells };
	size_t ends[HW_COLUMNS_MAX], from = 0;

	cells->len = 0;
	for (size_t i = 0; i < r->nr; i++) {
		write_cell(r, i, &l);
		ends[i] = cells->len;
	}
	for (size_t i = 0; i < r->nr; i++) {
		r->cells[i] = hw_slice(cells->len ? cells->ptr + from : NULL, ends[i] - from);
		r->widths[i] = hw_line_width(r->cells[i]);
		from = ends[i];
	}
	return l.err;
}

/* Wide enough for the text. */
static size_t natural_width(const struct row *r, size_t i)
{
	const struct hw_column *c = column_at(r, i);
	const size_t least = c && !is_left_out(r, i) ? c->width : 0;

	return r->widths[i] > least ? r->widths[i] : least;
}

/* Blanks in front of a column: two where numbers begin. */
static size_t gap(const struct row *r, size_t i)
{
	if (i <= r->first || is_left_out(r, i))
		return 0;
	return is_right(r, i) ? 2 : 1;
}

static size_t sum_of_others(const struct row *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->nr; i++)
		sum += gap(r, i) + (i == r->growing ? 0 : r->padded[i]);
	return sum;
}

/* Notes behind the column that grows take their room from it. */
static size_t notes_behind(const struct row *r)
{
	const size_t next = r->growing + 1;

	return next < r->nr && kind_of(r, next) == HW_COLUMN_NOTES ? r->padded[next] + gap(r, next)
								   : 0;
}

/* What the columns in front are wider than usual. */
static size_t excess_before(const struct row *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->growing; i++) {
		const struct hw_column *c = column_at(r, i);

		sum += c && r->padded[i] > c->width ? r->padded[i] - c->width : 0;
	}
	return sum;
}

/* So that what is behind stands where it does in other lines, if that can be. */
static void grow_unbound(struct row *r)
{
	const size_t least = r->padded[r->growing], have = r->widths[r->growing];
	const size_t taken = notes_behind(r) + excess_before(r);

	r->padded[r->growing] = least > taken + have ? least - taken : have;
}

/* Notes are cut before what is behind them is. */
static void shrink_notes(struct row *r, size_t by)
{
	for (size_t i = 0; i < r->nr; i++) {
		const size_t most =
			r->padded[i] > LEAST_OF_NOTES ? r->padded[i] - LEAST_OF_NOTES : 0;

		if (kind_of(r, i) == HW_COLUMN_NOTES)
			r->padded[i] -= by < most ? by : most;
	}
}

static void grow(struct row *r)
{
	size_t others;

	if (!r->options->width) {
		grow_unbound(r);
		return;
	}
	others = sum_of_others(r);
	if (others + LEAST_OF_GROWING > r->options->width) {
		shrink_notes(r, others + LEAST_OF_GROWING - r->options->width);
		others = sum_of_others(r);
	}
	r->padded[r->growing] = others + LEAST_OF_GROWING < r->options->width
					? r->options->width - others
					: LEAST_OF_GROWING;
}

static void lay_out(struct row *r)
{
	r->growing = r->nr;
	r->first = 0;
	while (r->first < r->nr && is_left_out(r, r->first))
		r->first++;
	for (size_t i = 0; i < r->nr; i++) {
		const struct hw_column *c = column_at(r, i);

		r->padded[i] = natural_width(r, i);
		if (r->growing == r->nr && c && c->grows)
			r->growing = i;
	}
	if (r->growing < r->nr)
		grow(r);
}

/* ---- the line ---- */

struct pen {
	struct hw_line line;
	size_t left; /* columns that the line may still have */
};

static void blanks(struct pen *p, size_t nr)
{
	static const char blank[] = "                                ";

	if (nr > p->left)
		nr = p->left;
	p->left -= nr;
	while (nr > 0) {
		const size_t some = nr < sizeof(blank) - 1 ? nr : sizeof(blank) - 1;

		hw_line_add(&p->line, hw_slice(blank, some));
		nr -= some;
	}
}

/* At most `width` columns of `text`, with an ellipsis if that is not all of it. */
static void put_cut(struct pen *p, struct hw_slice text, size_t text_width, size_t width)
{
	if (width > p->left)
		width = p->left;
	if (text_width <= width) {
		hw_line_add(&p->line, text);
		p->left -= text_width;
		return;
	}
	if (!width)
		return;
	text = hw_line_cut(text, width - ELLIPSIS_WIDTH);
	hw_line_add(&p->line, text);
	hw_line_text(&p->line, ELLIPSIS);
	p->left -= hw_line_width(text) + ELLIPSIS_WIDTH;
	blanks(p, width - hw_line_width(text) - ELLIPSIS_WIDTH); /* a wide one did not fit */
}

static void put_colored(struct pen *p, const struct row *r, size_t i)
{
	const struct hw_column *c = column_at(r, i);
	const char *color = c && c->color ? c->color(r->event) : NULL;

	if (color)
		hw_line_paint(&p->line, color);
	put_cut(p, r->cells[i], r->widths[i], r->padded[i]);
	if (color)
		hw_line_paint(&p->line, "\x1b[0m");
}

/* Nothing is behind the last one. */
static void put_cell(struct pen *p, const struct row *r, size_t i)
{
	const size_t have = r->widths[i], want = r->padded[i];
	const size_t rest = want > have ? want - have : 0;

	if (is_left_out(r, i)) {
		blanks(p, rest);
		return;
	}
	blanks(p, gap(r, i));
	if (is_right(r, i))
		blanks(p, rest);
	put_colored(p, r, i);
	if (!is_right(r, i) && i + 1 < r->nr)
		blanks(p, rest);
}

int hw_row_write(const struct hw_row_options *options, const struct hw_event *event,
		 struct hw_buf *cells, struct hw_buf *out)
{
	struct row r; /* with room for many columns: not zeroed for each line */
	struct pen p = { .line = { .out = out, .color = options->color },
			 .left = options->width ? options->width : SIZE_MAX };

	r.options = options;
	r.event = event;
	r.nr = hw_columns_nr(options->columns);
	if (write_cells(&r, cells) != 0)
		return -ENOMEM;
	lay_out(&r);
	for (size_t i = 0; i < r.nr; i++)
		put_cell(&p, &r, i);
	hw_line_text(&p.line, "\n");
	return p.line.err ? -ENOMEM : 0;
}
