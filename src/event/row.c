/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/row.c - see row.h */
#include "event/row.h"

#include <assert.h>
#include <errno.h>

enum {
	GOOD_FOR_GROWING = 10,		  /* columns that others give up their padding for */
	GOOD_FOR_NOTES = 9,		  /* if there are some: "[~client]" */
	LEAST_OF_TEXT = 4,		  /* on a terminal that is narrow for what it shows */
	COLOR_MAX = 12,			  /* bytes of what turns one on */
	LOOK_MAX = 2 + 1 + COLOR_MAX + 4, /* of a cell's gap, its mark, and colour on and off */
	STEP = 16,			  /* bytes that are copied where there may be fewer */
};

#define PLAIN "\x1b[0m"

/* The value of a column, written. */
struct cell {
	const struct hw_column *column; /* NULL: it is known by its path alone */
	struct hw_slice text;
	size_t width;  /* that the text has */
	size_t padded; /* that the column has */
	bool is_wide;  /* the text may have another width than bytes */
};

struct row {
	const struct hw_row_options *options;
	const struct hw_event *event;
	uint8_t *room; /* that has the texts of the cells */
	size_t nr;
	size_t first;	/* that is not left out */
	size_t growing; /* the column that takes what is left; nr: none */
	struct cell cells[HW_COLUMNS_MAX];
};

static enum hw_column_kind kind_of(const struct cell *c)
{
	return c->column ? c->column->kind : HW_COLUMN_ORDINARY;
}

static bool is_right(const struct cell *c)
{
	return c->column && c->column->look != HW_LOOK_TEXT;
}

/* Notes are not there if there are none, and so is the time. */
static bool is_left_out(const struct cell *c)
{
	return c->text.len == 0 && kind_of(c) != HW_COLUMN_ORDINARY;
}

static void write_cell(const struct row *r, size_t i, struct hw_line *l)
{
	const enum hw_column_kind kind = kind_of(&r->cells[i]);
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
static int write_cells(struct row *r, struct hw_buf *room)
{
	struct hw_line l = { .out = room };
	size_t from = 0;

	room->len = 0;
	for (size_t i = 0; i < r->nr; i++) {
		const size_t before = room->len;

		r->cells[i].column = hw_columns_at(r->options->columns, i);
		l.is_wide = false;
		write_cell(r, i, &l);
		r->cells[i].text.len = room->len - before;
		r->cells[i].is_wide = l.is_wide;
	}
	if (hw_buf_reserve(room, STEP) != 0)
		return -ENOMEM;
	r->room = room->ptr;
	for (size_t i = 0; i < r->nr; i++) {
		struct cell *c = &r->cells[i];

		c->text.ptr = room->ptr + from;
		c->width = c->is_wide ? hw_line_width(c->text) : c->text.len;
		from += c->text.len;
	}
	return l.err;
}

/* Wide enough for the text. */
static size_t natural_width(const struct cell *c)
{
	const size_t least = c->column && !is_left_out(c) ? c->column->width : 0;

	return c->width > least ? c->width : least;
}

/* Blanks in front of a column: two where numbers begin. */
static size_t gap(const struct row *r, size_t i)
{
	if (i <= r->first || is_left_out(&r->cells[i]))
		return 0;
	return is_right(&r->cells[i]) ? 2 : 1;
}

static size_t sum_of_others(const struct row *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->nr; i++)
		sum += gap(r, i) + (i == r->growing ? 0 : r->cells[i].padded);
	return sum;
}

/* Notes behind the column that grows take their room from it. */
static size_t notes_behind(const struct row *r)
{
	const size_t next = r->growing + 1;

	if (next == r->nr || kind_of(&r->cells[next]) != HW_COLUMN_NOTES)
		return 0;
	return r->cells[next].padded + gap(r, next);
}

/* What the columns in front are wider than usual. */
static size_t excess_before(const struct row *r)
{
	size_t sum = 0;

	for (const struct cell *c = r->cells; c < &r->cells[r->growing]; c++)
		sum += c->column && c->padded > c->column->width ? c->padded - c->column->width : 0;
	return sum;
}

/* So that what is behind stands where it does in other lines, if that can be. */
static void grow_unbound(struct row *r)
{
	struct cell *growing = &r->cells[r->growing];
	const size_t least = growing->padded, have = growing->width;
	const size_t taken = notes_behind(r) + excess_before(r);

	growing->padded = least > taken + have ? least - taken : have;
}

/* What the column that grows lacks until it has `least`. */
static size_t lacking(const struct row *r, size_t least)
{
	const size_t need = sum_of_others(r) + least;

	return need > r->options->width ? need - r->options->width : 0;
}

static void shrink(struct cell *c, size_t least, size_t by)
{
	const size_t most = c->padded > least ? c->padded - least : 0;

	c->padded -= by < most ? by : most;
}

static bool may_shrink(const struct row *r, const struct cell *c)
{
	return c != &r->cells[r->growing] && !is_right(c) && kind_of(c) == HW_COLUMN_ORDINARY;
}

/* Of "aborted_by_client" and "aborted_by_server" it is the end that tells them apart. */
static void shorten(struct row *r, struct cell *c)
{
	const struct hw_slice same = HW_SLICE("[aborted_by_"), mark = HW_SLICE("[" HW_LINE_CUT);
	const size_t less = same.len - mark.len;

	if (!hw_slice_starts(c->text, same))
		return;
	c->text = hw_slice_after(c->text, less);
	memcpy(r->room + (c->text.ptr - r->room), mark.ptr, mark.len);
	c->width -= less;
	c->padded -= less;
}

static void shorten_notes(struct row *r)
{
	for (struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		if (kind_of(c) == HW_COLUMN_NOTES)
			shorten(r, c);
}

static void shrink_notes(struct row *r)
{
	for (struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		if (kind_of(c) == HW_COLUMN_NOTES)
			shrink(c, GOOD_FOR_NOTES, lacking(r, GOOD_FOR_GROWING));
}

static void shrink_padding(struct row *r)
{
	for (struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		if (may_shrink(r, c))
			shrink(c, c->width, lacking(r, GOOD_FOR_GROWING));
}

static void leave_out(struct row *r, enum hw_column_kind kind)
{
	for (struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		if (kind_of(c) == kind)
			c->text.len = c->width = c->padded = 0;
}

static void shrink_texts(struct row *r)
{
	for (struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		if (may_shrink(r, c))
			shrink(c, LEAST_OF_TEXT, lacking(r, LEAST_OF_TEXT));
}

/* Numbers, which mean something else if they are cut, stay whole as long as can be. */
static void make_room(struct row *r)
{
	shorten_notes(r);
	shrink_notes(r);
	shrink_padding(r);
	if (lacking(r, LEAST_OF_TEXT))
		leave_out(r, HW_COLUMN_NOTES);
	shrink_texts(r);
}

static void grow(struct row *r)
{
	const size_t width = r->options->width;
	size_t others;

	if (!width) {
		grow_unbound(r);
		return;
	}
	if (lacking(r, GOOD_FOR_GROWING))
		make_room(r);
	others = sum_of_others(r);
	r->cells[r->growing].padded =
		others + LEAST_OF_TEXT < width ? width - others : LEAST_OF_TEXT;
}

static size_t usual_width(const struct row *r, size_t i)
{
	const struct cell *c = &r->cells[i];

	if (kind_of(c) == HW_COLUMN_TIME)
		return natural_width(c);
	if (i == r->growing)
		return LEAST_OF_TEXT;
	return c->column ? c->column->width : 0;
}

/* The same for all lines, which are to look alike: what they have does not count. */
static bool is_narrow(const struct row *r)
{
	size_t usual = 0;

	for (size_t i = 0; i < r->nr; i++)
		if (kind_of(&r->cells[i]) != HW_COLUMN_NOTES)
			usual += gap(r, i) + usual_width(r, i);
	return usual > r->options->width;
}

static void find_first(struct row *r)
{
	r->first = 0;
	while (r->first < r->nr && is_left_out(&r->cells[r->first]))
		r->first++;
}

static void find_growing(struct row *r)
{
	r->growing = 0;
	while (r->growing < r->nr &&
	       !(r->cells[r->growing].column && r->cells[r->growing].column->grows))
		r->growing++;
}

static void lay_out(struct row *r)
{
	find_growing(r);
	find_first(r);
	if (r->options->width && !r->options->keeps_time && r->growing < r->nr && is_narrow(r)) {
		leave_out(r, HW_COLUMN_TIME);
		find_first(r);
	}
	for (size_t i = 0; i < r->nr; i++)
		r->cells[i].padded = natural_width(&r->cells[i]);
	if (r->growing < r->nr)
		grow(r);
}

/* ---- the line ---- */

/* Where it is written; there is room for all of it. */
struct pen {
	uint8_t *at;
	size_t left; /* columns that the line may still have */
	bool color;
};

static void add(struct pen *p, struct hw_slice s)
{
	if (s.len)
		p->at = mempcpy(p->at, s.ptr, s.len);
}

/* What a cell has, behind which there is something that may be read. */
static void add_text(struct pen *p, struct hw_slice s)
{
	memcpy(p->at, s.ptr, STEP);
	if (s.len > STEP)
		memcpy(p->at, s.ptr, s.len);
	p->at += s.len;
}

static void blanks(struct pen *p, size_t nr)
{
	if (nr > p->left)
		nr = p->left;
	if (!nr)
		return;
	memset(p->at, ' ', STEP);
	if (nr > STEP)
		memset(p->at, ' ', nr);
	p->at += nr;
	p->left -= nr;
}

/* At most `width` columns of the text, with a mark if that is not all of it. */
static void put_cut(struct pen *p, const struct cell *c, size_t width)
{
	struct hw_slice text;

	if (width > p->left)
		width = p->left;
	if (c->width <= width) {
		add_text(p, c->text);
		p->left -= c->width;
		return;
	}
	if (!width)
		return;
	text = hw_line_cut(c->text, width - 1);
	add(p, text);
	add(p, HW_SLICE(HW_LINE_CUT));
	p->left -= hw_line_width(text) + 1;
	blanks(p, width - hw_line_width(text) - 1); /* a wide one did not fit */
}

static void put_colored(struct pen *p, const struct row *r, const struct cell *c)
{
	const char *color =
		p->color && c->column && c->column->color ? c->column->color(r->event) : NULL;

	assert(!color || strlen(color) <= COLOR_MAX);
	if (color)
		add(p, hw_slice_text(color));
	put_cut(p, c, c->padded);
	if (color)
		add(p, HW_SLICE(PLAIN));
}

/* Nothing is behind the last one. */
static void put_cell(struct pen *p, const struct row *r, size_t i)
{
	const struct cell *c = &r->cells[i];
	const size_t rest = c->padded > c->width ? c->padded - c->width : 0;

	if (is_left_out(c)) {
		blanks(p, rest);
		return;
	}
	blanks(p, gap(r, i) + (is_right(c) ? rest : 0));
	put_colored(p, r, c);
	if (!is_right(c) && i + 1 < r->nr)
		blanks(p, rest);
}

/* Bytes that the line takes at most, with what is written behind it. */
static size_t room_for(const struct row *r)
{
	size_t room = 1 + STEP;

	for (const struct cell *c = r->cells; c < &r->cells[r->nr]; c++)
		room += c->text.len + c->padded + LOOK_MAX;
	return room;
}

int hw_row_write(const struct hw_row_options *options, const struct hw_event *event,
		 struct hw_buf *room, struct hw_buf *out)
{
	struct row r; /* with room for many columns: not zeroed for each line */
	struct pen p;

	r.options = options;
	r.event = event;
	r.nr = hw_columns_nr(options->columns);
	if (write_cells(&r, room) != 0)
		return -ENOMEM;
	lay_out(&r);
	if (hw_buf_reserve(out, room_for(&r)) != 0)
		return -ENOMEM;
	p = (struct pen){ .at = out->ptr + out->len,
			  .left = options->width ? options->width : SIZE_MAX,
			  .color = options->color };
	for (size_t i = 0; i < r.nr; i++)
		put_cell(&p, &r, i);
	*p.at++ = '\n';
	out->len = (size_t)(p.at - out->ptr);
	return 0;
}
