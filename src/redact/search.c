/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/search.c - see search.h */
#include "redact/search.h"

#include "http/octet.h"

/* ---- fields inside of other texts ---- */

/* The last bytes that may be of a name. */
struct word {
	uint8_t text[HW_REDACT_NAME_MAX];
	size_t len;
	size_t behind; /* the last control byte: the name may begin here, too */
	bool is_over;  /* the next byte begins another */
};

/* Only the end of a long name is kept. */
static void add_byte(struct word *w, uint8_t c)
{
	const size_t half = sizeof(w->text) / 2;

	if (w->len == sizeof(w->text)) {
		memmove(w->text, w->text + half, half);
		w->len = half;
		w->behind = w->behind > half ? w->behind - half : 0;
	}
	w->text[w->len++] = c;
}

/* Blanks and line ends part words. Other control bytes do for some, and are nothing for others. */
static void see_byte(struct word *w, uint8_t c)
{
	if (hw_redact_is_blank(c)) {
		w->is_over = true; /* a colon may follow all the same */
		return;
	}
	if (w->is_over)
		*w = (struct word){ .len = 0 };
	if (hw_octet_is(c, HW_OCTET_CONTROL))
		w->behind = w->len;
	else
		add_byte(w, c);
}

static enum hw_redact_how how_of_word(const struct hw_redact_names *names, const struct word *w)
{
	const struct hw_slice all = hw_slice(w->text, w->len);
	const enum hw_redact_how how = hw_redact_names_find(names, all, HW_REDACT_IN_FIELD);

	return how ? how
		   : hw_redact_names_find(names, hw_slice_after(all, w->behind),
					  HW_REDACT_IN_FIELD);
}

/* The value of a field would begin here, and is secret; s.len: nowhere. */
static size_t find_inner_value(const struct hw_redact_names *names, struct hw_slice s)
{
	struct word w = { .len = 0 };

	for (size_t at = 0; at < s.len; at++) {
		enum hw_redact_how how;

		if (s.ptr[at] != ':') {
			see_byte(&w, s.ptr[at]);
			continue;
		}
		how = how_of_word(names, &w);
		if (how != HW_REDACT_NOTHING && how != HW_REDACT_AUTHORITY)
			return hw_redact_skip_blanks(s, at + 1);
		w.is_over = true;
	}
	return s.len;
}

/*
 * A fold, a CR or a NUL is the end of a line for some: what looks like a field with a secret
 * behind it is one, up to the end of the text. What was found before may go on there.
 */
static void find_inner_field(struct hw_redact_finder *f, const struct hw_http_message *m,
			     struct hw_slice s)
{
	const struct hw_redact_span *spans = (const void *)f->spans->ptr;
	size_t from = hw_redact_is_odd(m) ? find_inner_value(f->names, s) : s.len;

	for (size_t nr = hw_redact_found(f); nr > 0 && spans[f->first + nr - 1].to > from; nr--)
		from = hw_least(from, spans[f->first + nr - 1].from);
	hw_redact_add(f, from, s.len);
}

/* ---- all texts ---- */

static void find_in(struct hw_redact_finder *f, const struct hw_http_message *m, size_t text,
		    enum hw_redact_text kind)
{
	const struct hw_slice s = *hw_redact_text_of(m, text);

	hw_redact_begin(f, text);
	hw_redact_find(f, s, 0, s.len, kind);
	find_inner_field(f, m, s);
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
	find_inner_field(f, m, s);
}

void hw_redact_repeat(struct hw_redact_finder *f, size_t from, size_t to, size_t at,
		      struct hw_slice part)
{
	for (size_t i = from; i < to; i++) {
		const struct hw_redact_span *spans = (const void *)f->spans->ptr, span = spans[i];
		const size_t begin = span.from > at ? span.from - at : 0;
		const size_t end = span.to > at ? span.to - at : 0;

		if (begin < part.len)
			hw_redact_add_encoded(f, begin, end < part.len ? end : part.len, span.plus);
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
		find_in(f, m, text, kind);
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
	find_inner_field(f, m, m->host);
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

/* The name as a whole, or what is behind the last blank or line end in it. */
static enum hw_redact_how how_of_odd(const struct hw_redact_names *names,
				     const struct hw_http_field *f)
{
	const struct hw_slice name = bare(f->name);
	struct word w = { .len = 0 };

	for (size_t i = 0; i < name.len; i++)
		see_byte(&w, name.ptr[i]);
	return how_of_word(names, &w);
}

/*
 * What is a URL as a whole: RFC 9110 8.7, 10.1.3, 10.2.2, RFC 6454 7, RFC 4918 10.3, and what
 * proxies tell of the target that they got. Nothing but its own parts ends it.
 */
static bool is_url(struct hw_slice name)
{
	static const char *const names[] = { "Referer",	       "Location",	"Content-Location",
					     "Origin",	       "Destination",	"X-Original-URL",
					     "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Uri" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hw_slice_eq_nocase(name, hw_slice_text(names[i])))
			return true;
	return false;
}

static void find_in_value(struct hw_redact_finder *f, const struct hw_http_field *field,
			  enum hw_redact_how how)
{
	if (how == HW_REDACT_NOTHING && is_url(bare(field->name)))
		hw_redact_find(f, field->value, 0, field->value.len, HW_REDACT_URL);
	else
		hw_redact_find_value(f, field->value, how);
}

/* Returns whether something was found. */
static bool find_in_fields(struct hw_redact_finder *f, const struct hw_http_message *m,
			   const struct hw_http_field *fields, size_t nr, size_t text)
{
	const size_t before = f->spans->len;

	for (size_t i = 0; i < nr; i++, text += 2) {
		enum hw_redact_how how = hw_redact_how_of(f->names, &fields[i]);

		if (hw_redact_is_odd(m)) {
			how = how ? how : how_of_odd(f->names, &fields[i]);
			find_in(f, m, text, HW_REDACT_VALUE);
		}
		hw_redact_begin(f, text + 1);
		find_in_value(f, &fields[i], how);
		find_inner_field(f, m, fields[i].value);
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
