/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/shape.c - see shape.h */
#include "http/shape.h"

#include "http/reading.h"

static uint32_t word_at(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* The lines between the first and the empty one: all are fields, if none is odd. */
static size_t lines_nr(const struct hw_http_reading *r)
{
	return r->lines.index->nr - 2;
}

/* All of the head is in the index, and nothing in it is odd. */
static bool is_plain(const struct hw_http_reading *r)
{
	const struct hw_http_line_index *index = r->lines.index;

	return index->is_head && r->lines.next == 1 && !r->lines.odd && !index->has_bare_lf &&
	       index->nr > 2 && lines_nr(r) <= HW_HTTP_SHAPE_FIELDS;
}

/*
 * By how many lines there are and how two of them begin, which tells most shapes apart. A line
 * that is not empty has, with its end and the empty one, at least five bytes.
 */
static struct hw_http_shape *shape_of(const struct hw_http_reading *r)
{
	const uint8_t *const *ends = r->lines.index->ends;
	const size_t nr = lines_nr(r);
	const uint64_t mixed = (word_at(ends[(nr - 1) / 2] + 1) +
				((uint64_t)word_at(ends[nr - 1] + 1) << 32) + nr) *
			       0x9e3779b97f4a7c15;

	return &r->scratch->shapes[r->m->kind][(mixed >> 56) % HW_HTTP_SHAPES];
}

static inline struct hw_slice canonical_of(const struct hw_http_usual_name *n, const uint8_t *at)
{
	return hw_slice(n->is_canonical ? at : n->canonical, n->len);
}

/*
 * The value of a field in the line that begins with the name `n` at `at`, up to `lf` and the CR
 * before it. There are at least two bytes behind the colon, the end of the line.
 */
static inline struct hw_slice value_of(const struct hw_http_usual_name *n, const uint8_t *at,
				       const uint8_t *lf)
{
	const uint8_t *const value = at + n->len + 1;

	if (value[0] == ' ' && value[1] > ' ' && lf[-2] > ' ')
		return hw_slice(value + 1, (size_t)(lf - value) - 2);
	return hw_octet_trim(hw_slice(value, (size_t)(lf - value) - 1));
}

/* From there on less than a name can be read of the head. */
static const uint8_t *last_name(const struct hw_http_reading *r)
{
	return r->lines.end - hw_least(r->m->head.len, HW_HTTP_USUAL_TEXT);
}

/*
 * Read all fields, for which there is room. Returns false if one has another name. A line that
 * goes on with the one before it begins with no name.
 */
static bool read_fields(const struct hw_http_reading *r)
{
	const struct hw_http_shape_line *line = r->shape->lines;
	const struct hw_http_shape_line *const behind = line + r->shape->fields_nr;
	const uint8_t *const *lf = r->lines.index->ends, *const last = last_name(r);
	struct hw_http_field *field = (struct hw_http_field *)(void *)r->scratch->fields.ptr;
	uint8_t *const headers = r->scratch->headers.ptr;

	for (; line < behind; line++, field++) {
		const struct hw_http_usual_name *const n = line->usual;
		const uint8_t *const at = *lf++ + 1;
		struct hw_slice value;

		if (at <= last ? !hw_http_usual_is_there(n, at)
			       : !hw_http_usual_is(n, at, (size_t)(r->lines.end - at)))
			return false;
		value = value_of(n, at, *lf);
		*field = (struct hw_http_field){ hw_slice(at, n->len), value, line->number };
		*(struct hw_http_field *)(void *)(headers + line->place) =
			(struct hw_http_field){ canonical_of(n, at), value, line->number };
	}
	return true;
}

/* No other name has taken the place of one of the shape's. */
HW_APART static bool has_names_still(struct hw_http_reading *r)
{
	struct hw_http_shape *const shape = r->shape;

	for (size_t i = 0; i < shape->fields_nr; i++)
		if (shape->lines[i].usual->number != shape->lines[i].number)
			return false;
	shape->as_of = r->scratch->usual.changes;
	return true;
}

static bool has_names(struct hw_http_reading *r)
{
	return r->shape->as_of == r->scratch->usual.changes || has_names_still(r);
}

static bool make_room(struct hw_http_scratch *s, size_t nr)
{
	return hw_buf_reserve(&s->fields, nr * sizeof(struct hw_http_field)) == 0 &&
	       hw_buf_reserve(&s->headers, (nr + 1) * sizeof(struct hw_http_field)) == 0;
}

bool hw_http_shape_read(struct hw_http_reading *r)
{
	r->shape = is_plain(r) ? shape_of(r) : NULL;
	if (!r->shape || r->shape->fields_nr != lines_nr(r) || !has_names(r) ||
	    !make_room(r->scratch, r->shape->fields_nr) || !read_fields(r))
		return false;
	r->tally = &r->shape->tally;
	r->m->fields_nr = r->shape->fields_nr;
	r->is_shaped = true;
	return true;
}

bool hw_http_shape_fits(const struct hw_http_reading *r, unsigned int removed)
{
	return r->shape->removed == removed;
}

HW_APART bool hw_http_shape_note(struct hw_http_reading *r)
{
	const struct hw_http_shape *const shape = r->shape;
	const size_t len = shape->fields_nr * sizeof(struct hw_http_note);
	struct hw_http_note *notes;

	if (hw_buf_reserve(&r->scratch->notes, len))
		return false;
	r->scratch->notes.len = len;
	notes = (struct hw_http_note *)(void *)r->scratch->notes.ptr;
	for (size_t i = 0; i < shape->fields_nr; i++) {
		const struct hw_http_usual_name *n = shape->lines[i].usual;

		notes[i] = (struct hw_http_note){
			.canonical = canonical_of(n, r->m->fields[i].name.ptr),
			.key = n->key,
			.name = n->name,
			.exact = true,
			.usual = (uint8_t)(n - r->scratch->usual.names),
		};
	}
	return true;
}

static bool has_known_name_twice(const struct hw_http_tally *tally)
{
	for (size_t i = 0; i < HW_HTTP_NAME_NR; i++)
		if (tally->nr[i] > 1)
			return true;
	return false;
}

/* Only names that came before may come again. */
static bool learn_names(struct hw_http_shape *shape, const struct hw_http_reading *r)
{
	shape->as_of = r->scratch->usual.changes; /* if no name is new none took a place */
	for (size_t i = 0; i < r->m->fields_nr; i++) {
		struct hw_http_shape_line *const line = &shape->lines[i];

		line->number = r->m->fields[i].number;
		if (line->number == 0)
			return false;
		line->usual = &r->scratch->usual.names[hw_http_notes(r)[i].usual];
	}
	return true;
}

HW_APART void hw_http_shape_learn(struct hw_http_reading *r, unsigned int removed,
				  const struct hw_http_rank *sorted, size_t nr)
{
	struct hw_http_shape *shape = r->shape;

	if (!shape || r->short_of_memory)
		return;
	shape->fields_nr = 0;
	if (has_known_name_twice(r->tally) || !learn_names(shape, r))
		return;
	for (size_t i = 0; i < r->m->fields_nr; i++)
		shape->lines[i].place = nr * sizeof(struct hw_http_field);
	for (size_t i = 0; i < nr; i++)
		shape->lines[sorted[i].field].place = i * sizeof(struct hw_http_field);
	shape->tally = *r->tally;
	shape->fields_nr = r->m->fields_nr;
	shape->headers_nr = nr;
	shape->removed = removed;
}
