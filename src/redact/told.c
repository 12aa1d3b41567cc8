/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/told.c - see told.h */
#include "redact/told.h"

void hw_redact_glance_init(struct hw_redact_glance *g, const struct hw_redact_names *names,
			   const struct hw_redact_sieve *sieve)
{
	*g = (struct hw_redact_glance){ .names = names, .sieve = sieve };
	g->known[0].number = 1; /* at a place of which it is not, so no name is known yet */
}

/* What was unfolded or decoded is not in the head. */
static bool is_in_head(const struct hw_http_message *m, struct hw_slice s)
{
	return s.len == 0 || hw_redact_is_inside(s, m->head);
}

/*
 * What is secret of a value as such, which its name tells. A user before a host is not: it is
 * seen by its @, as everywhere.
 */
static enum hw_redact_how told_by(const struct hw_redact_names *names,
				  const struct hw_http_field *f)
{
	const enum hw_redact_how how = hw_redact_how_of(names, f);

	return how == HW_REDACT_AUTHORITY ? HW_REDACT_NOTHING : how;
}

/* Of a name without a number, or one that did not come before. */
HW_APART static enum hw_redact_how learn_told_by(struct hw_redact_glance *g,
						 struct hw_redact_known *known,
						 const struct hw_http_field *f)
{
	const enum hw_redact_how told = told_by(g->names, f);

	if (f->number)
		*known = (struct hw_redact_known){ f->number, told };
	return told;
}

static inline enum hw_redact_how known_told_by(struct hw_redact_glance *g,
					       const struct hw_http_field *f)
{
	struct hw_redact_known *known = &g->known[f->number % HW_REDACT_KNOWN_NR];

	return known->number == f->number ? known->told : learn_told_by(g, known, f);
}

static struct hw_slice between(const uint8_t *from, const uint8_t *to)
{
	return hw_slice(from, (size_t)(to - from));
}

/* What has the start line in front: one look at it, one behind it. */
HW_APART static bool is_plain_behind_start(const struct hw_redact_glance *g,
					   const struct hw_http_message *m, struct hw_slice piece,
					   struct hw_redact_told *told)
{
	const struct hw_slice start = m->start_line;

	told->has_plain_start &= !hw_redact_may_hold(g->sieve, start);
	return !hw_redact_may_hold(g->sieve, hw_slice_after(piece, start.len));
}

/* One look at all of it. */
static inline bool is_plain_piece(const struct hw_redact_glance *g, const struct hw_http_message *m,
				  struct hw_slice piece, struct hw_redact_told *told)
{
	return !hw_redact_may_hold(g->sieve, piece) ||
	       (piece.ptr == m->start_line.ptr && is_plain_behind_start(g, m, piece, told));
}

/* One more, and one look at what is in front of it. Returns false if that does not do. */
HW_APART static bool add_told(const struct hw_redact_glance *g, const struct hw_http_message *m,
			      struct hw_redact_told *told, const struct hw_http_field *f,
			      enum hw_redact_how how)
{
	const struct hw_slice rest = told->rest, value = f->value;

	if (value.len == 0)
		return true;
	if (told->nr == HW_REDACT_TOLD_MAX)
		return false;
	told->fields[told->nr++] =
		(struct hw_redact_told_field){ .index = (size_t)(f - m->fields), .how = how };
	told->rest = between(value.ptr + value.len, rest.ptr + rest.len);
	return is_plain_piece(g, m, between(rest.ptr, value.ptr), told);
}

/*
 * One look at all that is between the fields whose names tell, which `told` gets. No line goes on
 * in another, which would be odd, so all values lie in the head.
 */
static bool has_plain_rest(struct hw_redact_glance *g, const struct hw_http_message *m,
			   struct hw_redact_told *told)
{
	for (size_t i = 0; i < m->fields_nr; i++) {
		const struct hw_http_field *f = &m->fields[i];
		const enum hw_redact_how how = known_told_by(g, f);

		if (how != HW_REDACT_NOTHING && !add_told(g, m, told, f, how))
			return false;
	}
	return is_plain_piece(g, m, told->rest, told);
}

bool hw_redact_is_plain_but(struct hw_redact_glance *g, const struct hw_http_message *m,
			    struct hw_redact_told *ret)
{
	const struct hw_slice start = m->start_line, head = m->head;

	ret->nr = 0;
	ret->rest = between(start.ptr, head.ptr + head.len);
	ret->has_plain_start = is_in_head(m, m->uri_path);
	return hw_redact_is_inside(start, head) && is_in_head(m, m->host) && !hw_redact_is_odd(m) &&
	       (m->fields_nr > 0 || m->headers_nr == 0) && has_plain_rest(g, m, ret);
}

/* The header that has the value of a field has its secrets; the end of it may be trimmed. */
static void find_in_header(struct hw_redact_finder *f, const struct hw_http_message *m,
			   const struct hw_redact_told *told, size_t header)
{
	const struct hw_slice value = m->headers[header].value;

	for (size_t i = 0; i < told->nr; i++) {
		const struct hw_redact_told_field *field = &told->fields[i];

		if (m->fields[field->index].value.ptr != value.ptr)
			continue;
		hw_redact_begin(f, hw_redact_header_value(m, header));
		hw_redact_repeat(f, field->from, field->to, 0, value);
	}
}

void hw_redact_find_told(struct hw_redact_finder *f, const struct hw_http_message *m,
			 struct hw_redact_told *told)
{
	for (size_t i = 0; i < told->nr; i++) {
		struct hw_redact_told_field *field = &told->fields[i];

		hw_redact_begin(f, hw_redact_field_value(field->index));
		field->from = f->first;
		hw_redact_find_value(f, m->fields[field->index].value, field->how);
		field->to = f->first + hw_redact_found(f);
	}
	for (size_t i = 0; i < m->headers_nr; i++)
		find_in_header(f, m, told, i);
}

bool hw_redact_has_plain_start(const struct hw_redact_glance *g, const struct hw_http_message *m)
{
	return hw_redact_is_inside(m->start_line, m->head) && is_in_head(m, m->uri_path) &&
	       !hw_redact_is_odd(m) && !hw_redact_may_hold(g->sieve, m->start_line) &&
	       !hw_redact_may_hold(g->sieve, m->host);
}
