/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/header.c - the fields as Go's http.Header has them: canonical and sorted */
#include "http/reading.h"

enum { FEW = 24 }; /* so many are sorted by insertion */

/* The order of names as bytes. */
static bool is_less(struct hw_slice a, struct hw_slice b)
{
	const int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order != 0 ? order < 0 : a.len < b.len;
}

/* Most names are told apart by their first eight bytes. */
HW_APART static bool is_before(const struct hw_http_reading *r, const struct hw_http_rank *a,
			       const struct hw_http_rank *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return is_less(hw_http_notes(r)[a->field].canonical, hw_http_notes(r)[b->field].canonical);
}

HW_APART static void sort_few(const struct hw_http_reading *r, struct hw_http_rank *ranks,
			      size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		const struct hw_http_rank one = ranks[i];
		size_t at = i;

		for (; at > 0 && ranks[at - 1].key >= one.key; at--) {
			if (ranks[at - 1].key == one.key && !is_before(r, &one, &ranks[at - 1]))
				break;
			ranks[at] = ranks[at - 1];
		}
		ranks[at] = one;
	}
}

/* Merge from[0..mid) and from[mid..nr) into `to`; of equal ones the left comes first. */
static void merge(const struct hw_http_reading *r, const struct hw_http_rank *from, size_t mid,
		  size_t nr, struct hw_http_rank *to)
{
	size_t a = 0, b = mid;

	for (size_t i = 0; i < nr; i++)
		to[i] = b == nr || (a < mid && !is_before(r, &from[b], &from[a])) ? from[a++]
										  : from[b++];
}

/* Bottom-up, stable. Returns the sorted one of the two, which have room for `nr` each. */
HW_APART static struct hw_http_rank *sort_many(const struct hw_http_reading *r,
					       struct hw_http_rank *from, struct hw_http_rank *to,
					       size_t nr)
{
	for (size_t at = 0; at < nr; at += FEW)
		sort_few(r, from + at, hw_least(FEW, nr - at));
	for (size_t run = FEW; run < nr; run *= 2) {
		struct hw_http_rank *const sorted = to;

		for (size_t at = 0; at < nr; at += 2 * run)
			merge(r, from + at, hw_least(run, nr - at), hw_least(2 * run, nr - at),
			      to + at);
		to = from;
		from = sorted;
	}
	return from;
}

/* The first field called `name` that Go knows; how many fields there are if none is. */
static size_t exact_of(const struct hw_http_reading *r, enum hw_http_name name)
{
	const size_t nr = hw_http_fields_nr(r);
	size_t i = hw_http_next_of(r, name, 0);

	while (i < nr && !hw_http_is_exact(r, i))
		i = hw_http_next_of(r, name, i + 1);
	return i;
}

/* Go adds it to what has `Pragma: no-cache` and no Cache-Control. */
HW_APART static bool adds_cache_control(const struct hw_http_reading *r)
{
	const size_t nr = hw_http_fields_nr(r), pragma = exact_of(r, HW_HTTP_NAME_PRAGMA);

	return pragma < nr && hw_slice_eq(hw_http_fields(r)[pragma].value, HW_SLICE("no-cache")) &&
	       exact_of(r, HW_HTTP_NAME_CACHE_CONTROL) == nr;
}

/* As nearly all Connection fields do. */
static bool says_keep_alive(const struct hw_http_reading *r)
{
	const size_t at = r->tally->first[HW_HTTP_NAME_CONNECTION];

	return hw_http_nr_of(r, HW_HTTP_NAME_CONNECTION) == 1 &&
	       hw_slice_eq(hw_http_fields(r)[at].value, HW_SLICE("keep-alive"));
}

static bool closes(const struct hw_http_reading *r)
{
	return r->m->kind == HW_HTTP_RESPONSE && r->major >= 1 && (r->major > 1 || r->minor > 0) &&
	       !says_keep_alive(r) &&
	       hw_http_has_token(r, HW_HTTP_NAME_CONNECTION, HW_SLICE("close"));
}

/*
 * The names that Go takes out, one bit each. Of what it refuses nothing is hidden but Host: only
 * what it accepts has Transfer-Encoding here.
 */
static unsigned int removed_names(const struct hw_http_reading *r)
{
	const struct hw_http_message *m = r->m;
	unsigned int removed = 0;

	if (m->kind == HW_HTTP_REQUEST && hw_http_nr_of(r, HW_HTTP_NAME_HOST) == 1)
		removed |= 1u << HW_HTTP_NAME_HOST;
	if (!m->accepted)
		return removed;

	removed |= 1u << HW_HTTP_NAME_TRANSFER_ENCODING;
	if (r->chunked)
		removed |= 1u << HW_HTTP_NAME_TRAILER;
	if (r->chunked && m->content_length < 0)
		removed |= 1u << HW_HTTP_NAME_CONTENT_LENGTH;
	if (closes(r))
		removed |= 1u << HW_HTTP_NAME_CONNECTION;
	return removed;
}

static bool is_kept(const struct hw_http_reading *r, uint32_t i, unsigned int removed,
		    bool *length_seen)
{
	const struct hw_http_note *note = &hw_http_notes(r)[i];

	if (!note->exact || note->name == HW_HTTP_NAME_OTHER)
		return true;
	if (removed >> note->name & 1)
		return false;
	if (!r->m->accepted || note->name != HW_HTTP_NAME_CONTENT_LENGTH)
		return true;
	if (*length_seen)
		return false; /* Go keeps one of several that are equal */
	*length_seen = true;
	return true;
}

/* Rank what is kept, in the order received. There is room for all. */
static size_t rank(const struct hw_http_reading *r, unsigned int removed,
		   struct hw_http_rank *ranks)
{
	const struct hw_http_note *notes = hw_http_notes(r);
	const uint32_t nr = (uint32_t)r->m->fields_nr;
	bool length_seen = false;
	size_t kept = 0;

	for (uint32_t i = 0; i < nr; i++) {
		ranks[kept] = (struct hw_http_rank){ notes[i].key, i };
		kept += is_kept(r, i, removed, &length_seen);
	}
	return kept;
}

/* Go trims Content-Length where it made one of several. */
HW_COLD static void trim_length(struct hw_http_field *headers, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct hw_slice *value = &headers[i].value;

		if (!hw_slice_eq(headers[i].name, HW_SLICE("Content-Length")))
			continue;
		while (value->len > 0 && value->ptr[value->len - 1] == ' ')
			value->len--;
	}
}

/* Put one that no field gave among the sorted. There is room for it. */
HW_APART static void add_cache_control(struct hw_http_field *headers, size_t nr)
{
	const struct hw_http_field added = { HW_SLICE("Cache-Control"), HW_SLICE("no-cache") };
	size_t at = nr;

	for (; at > 0 && is_less(added.name, headers[at - 1].name); at--)
		headers[at] = headers[at - 1];
	headers[at] = added;
}

static inline struct hw_http_field header_of(const struct hw_http_reading *r, uint32_t field)
{
	const struct hw_http_field *f = &hw_http_fields(r)[field];

	return (struct hw_http_field){ hw_http_notes(r)[field].canonical, f->value, f->number };
}

static struct hw_http_field *headers_of(const struct hw_http_reading *r)
{
	return (struct hw_http_field *)(void *)r->scratch->headers.ptr;
}

/* For all fields, and one header more. */
static bool make_room(struct hw_http_scratch *s, size_t fields_nr)
{
	const size_t room = fields_nr + 1, ranks = room * sizeof(struct hw_http_rank);

	return hw_buf_reserve(&s->ranks, ranks) == 0 &&
	       (room <= FEW || hw_buf_reserve(&s->merged, ranks) == 0) &&
	       hw_buf_reserve(&s->headers, room * sizeof(struct hw_http_field)) == 0;
}

/* The headers of a head that is like none before. There is room for all. */
static size_t sort(struct hw_http_reading *r, unsigned int removed)
{
	struct hw_http_rank *ranks = (struct hw_http_rank *)(void *)r->scratch->ranks.ptr;
	struct hw_http_rank *merged = (struct hw_http_rank *)(void *)r->scratch->merged.ptr;
	const size_t nr = rank(r, removed, ranks);

	if (nr <= FEW)
		sort_few(r, ranks, nr);
	else
		ranks = sort_many(r, ranks, merged, nr);
	for (size_t i = 0; i < nr; i++)
		headers_of(r)[i] = header_of(r, ranks[i].field);
	hw_http_shape_learn(r, removed, ranks, nr);
	return nr;
}

HW_APART static bool make_sorted(struct hw_http_reading *r, unsigned int removed)
{
	if (!make_room(r->scratch, r->m->fields_nr))
		return false;
	if (r->is_shaped && !hw_http_shape_note(r))
		return false;
	r->m->headers_nr = sort(r, removed);
	return true;
}

void hw_http_make_headers(struct hw_http_reading *r)
{
	const unsigned int removed = removed_names(r);
	struct hw_http_message *m = r->m;

	if (r->is_shaped && hw_http_shape_fits(r, removed)) {
		m->headers_nr = r->shape->headers_nr;
	} else if (!make_sorted(r, removed)) {
		r->short_of_memory = true;
		return;
	}
	if (m->accepted && hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) > 1)
		trim_length(headers_of(r), m->headers_nr);
	if (m->accepted && hw_http_nr_of(r, HW_HTTP_NAME_PRAGMA) > 0 && adds_cache_control(r))
		add_cache_control(headers_of(r), m->headers_nr++);
	m->headers = headers_of(r);
}
