/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/search.c - see search.h */
#include "redact/search.h"

static void find_in(struct hw_redact_finder *f, const struct hw_http_message *m, size_t text,
		    enum hw_redact_text kind)
{
	const struct hw_slice s = *hw_redact_text_of(m, text);

	hw_redact_begin(f, text);
	hw_redact_find(f, s, 0, s.len, kind);
}

static void find_in_start_line(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	const struct hw_slice s = m->start_line;
	size_t from = 0, to = 0;

	hw_redact_begin(f, HW_REDACT_AT_START_LINE);
	if (hw_redact_is_inside(m->target, s)) {
		from = (size_t)(m->target.ptr - s.ptr);
		to = from + m->target.len;
		hw_redact_find(f, s, 0, from, HW_REDACT_VALUE);
		hw_redact_find_target(f, s, from, to);
	}
	hw_redact_find(f, s, to, s.len, HW_REDACT_VALUE);
}

void hw_redact_repeat(struct hw_redact_finder *f, size_t from, size_t to, size_t at,
		      struct hw_slice part)
{
	for (size_t i = from; i < to; i++) {
		const struct hw_redact_span *spans = (const void *)f->spans->ptr, span = spans[i];
		const size_t begin = span.from > at ? span.from - at : 0;
		const size_t end = span.to > at ? span.to - at : 0;

		if (begin < part.len)
			hw_redact_add(f, begin, end < part.len ? end : part.len);
	}
}

/* What was taken from the start line, of which the first `nr` spans are, or decoded. */
static void find_in_part(struct hw_redact_finder *f, const struct hw_http_message *m,
			 enum hw_redact_text_index text, enum hw_redact_text kind, size_t nr)
{
	const struct hw_slice s = *hw_redact_text_of(m, text);

	hw_redact_begin(f, text);
	if (hw_redact_is_inside(s, m->start_line))
		hw_redact_repeat(f, 0, nr, (size_t)(s.ptr - m->start_line.ptr), s);
	else if (text == HW_REDACT_AT_TARGET)
		hw_redact_find_target(f, s, 0, s.len);
	else
		hw_redact_find(f, s, 0, s.len, kind);
}

void hw_redact_search_start(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	size_t nr;

	find_in_start_line(f, m);
	nr = hw_redact_found(f);
	if (nr || m->start_line.len == 0) {
		find_in_part(f, m, HW_REDACT_AT_METHOD, HW_REDACT_VALUE, nr);
		find_in_part(f, m, HW_REDACT_AT_TARGET, HW_REDACT_PATH, nr);
		find_in_part(f, m, HW_REDACT_AT_QUERY, HW_REDACT_QUERY, nr);
		find_in_part(f, m, HW_REDACT_AT_REASON, HW_REDACT_VALUE, nr);
		find_in_part(f, m, HW_REDACT_AT_PROTOCOL, HW_REDACT_VALUE, nr);
		find_in_part(f, m, HW_REDACT_AT_STATUS, HW_REDACT_VALUE, nr);
	}
	if (nr || !hw_redact_is_inside(m->uri_path, m->start_line))
		find_in_part(f, m, HW_REDACT_AT_URI_PATH, HW_REDACT_PATH, nr);
	hw_redact_begin(f, HW_REDACT_AT_HOST);
	hw_redact_find_value(f, m->host, HW_REDACT_AUTHORITY);
}

static struct hw_slice bare(struct hw_slice name)
{
	while (name.len > 0 && name.ptr[name.len - 1] <= ' ')
		name.len--;
	while (name.len > 0 && name.ptr[0] <= ' ')
		name = hw_slice_after(name, 1);
	return name;
}

enum hw_redact_how hw_redact_how_of(const struct hw_redact_names *names,
				    const struct hw_http_field *f)
{
	return hw_redact_names_find(names, bare(f->name), HW_REDACT_IN_FIELD);
}

/* Returns whether something was found. */
static bool find_in_fields(struct hw_redact_finder *f, const struct hw_http_message *m,
			   const struct hw_http_field *fields, size_t nr, size_t text)
{
	const size_t before = f->spans->len;

	for (size_t i = 0; i < nr; i++, text += 2) {
		const enum hw_redact_how how = hw_redact_how_of(f->names, &fields[i]);

		if (hw_redact_has_odd_names(m))
			find_in(f, m, text, HW_REDACT_VALUE);
		hw_redact_begin(f, text + 1);
		hw_redact_find_value(f, fields[i].value, how);
	}
	return f->spans->len > before;
}

/* Headers are fields, in another order. */
void hw_redact_search_all(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	hw_redact_search_start(f, m);
	if (find_in_fields(f, m, m->fields, m->fields_nr, HW_REDACT_TEXTS_NR) || m->fields_nr == 0)
		find_in_fields(f, m, m->headers, m->headers_nr,
			       HW_REDACT_TEXTS_NR + 2 * m->fields_nr);
}
