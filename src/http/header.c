/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/header.c - the fields as Go's http.Header has them: canonical and sorted */
#include "http/reading.h"

enum {
	ADDED = UINT32_MAX, /* instead of a field's index: Cache-Control, see below */
	FEW = 24,	    /* so many are sorted by insertion */
};

static struct hw_slice name_of(const struct hw_http_reading *r, uint32_t field)
{
	return field == ADDED ? HW_SLICE("Cache-Control") : hw_http_notes(r)[field].canonical;
}

/* The names' order as bytes; most are told apart by their first eight. */
static bool is_before(const struct hw_http_reading *r, const struct hw_http_rank *a,
		      const struct hw_http_rank *b)
{
	struct hw_slice x, y;
	int order;

	if (a->key != b->key)
		return a->key < b->key;
	x = name_of(r, a->field);
	y = name_of(r, b->field);
	order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);
	return order != 0 ? order < 0 : x.len < y.len;
}

static void sort_few(const struct hw_http_reading *r, struct hw_http_rank *ranks, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		const struct hw_http_rank one = ranks[i];
		size_t at = i;

		for (; at > 0 && is_before(r, &one, &ranks[at - 1]); at--)
			ranks[at] = ranks[at - 1];
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

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bottom-up, stable. Returns the sorted one of the two, which have room for `nr` each. */
static struct hw_http_rank *sort_many(const struct hw_http_reading *r, struct hw_http_rank *from,
				      struct hw_http_rank *to, size_t nr)
{
	for (size_t at = 0; at < nr; at += FEW)
		sort_few(r, from + at, least(FEW, nr - at));
	for (size_t run = FEW; run < nr; run *= 2) {
		struct hw_http_rank *const sorted = to;

		for (size_t at = 0; at < nr; at += 2 * run)
			merge(r, from + at, least(run, nr - at), least(2 * run, nr - at), to + at);
		to = from;
		from = sorted;
	}
	return from;
}

/* Go adds it to what has `Pragma: no-cache` and no Cache-Control. */
static bool adds_cache_control(const struct hw_http_reading *r)
{
	const size_t nr = r->scratch->notes.len / sizeof(struct hw_http_note);
	const struct hw_http_note *notes = hw_http_notes(r);
	size_t i = r->first[HW_HTTP_NAME_PRAGMA];

	if (r->nr[HW_HTTP_NAME_PRAGMA] == 0)
		return false;
	while (i < nr && !(notes[i].name == HW_HTTP_NAME_PRAGMA && notes[i].exact))
		i++;
	if (i == nr || !hw_slice_eq(hw_http_fields(r)[i].value, HW_SLICE("no-cache")))
		return false;
	for (i = 0; i < nr; i++)
		if (notes[i].name == HW_HTTP_NAME_CACHE_CONTROL && notes[i].exact)
			return false;
	return true;
}

static bool closes(const struct hw_http_reading *r)
{
	return r->m->kind == HW_HTTP_RESPONSE && r->major >= 1 && (r->major > 1 || r->minor > 0) &&
	       hw_http_has_token(r, HW_HTTP_NAME_CONNECTION, HW_SLICE("close"));
}

/* The names that Go takes out, one bit each. Of what it refuses nothing is hidden. */
static unsigned int removed_names(const struct hw_http_reading *r)
{
	const struct hw_http_message *m = r->m;
	unsigned int removed = 0;

	if (m->kind == HW_HTTP_REQUEST && r->nr[HW_HTTP_NAME_HOST] == 1)
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
static size_t rank(const struct hw_http_reading *r, struct hw_http_rank *ranks)
{
	const uint32_t nr = (uint32_t)r->m->fields_nr;
	const unsigned int removed = removed_names(r);
	bool length_seen = false;
	size_t kept = 0;

	for (uint32_t i = 0; i < nr; i++)
		if (is_kept(r, i, removed, &length_seen))
			ranks[kept++] = (struct hw_http_rank){ hw_http_notes(r)[i].key, i };
	if (r->m->accepted && adds_cache_control(r))
		ranks[kept++] = (struct hw_http_rank){ hw_http_name_key(name_of(r, ADDED)), ADDED };
	return kept;
}

static struct hw_slice value_of(const struct hw_http_reading *r, uint32_t i)
{
	struct hw_slice value;

	if (i == ADDED)
		return HW_SLICE("no-cache");
	value = hw_http_fields(r)[i].value;
	/* Go trims Content-Length where it made one of several. */
	if (r->m->accepted && r->nr[HW_HTTP_NAME_CONTENT_LENGTH] > 1 &&
	    hw_http_notes(r)[i].name == HW_HTTP_NAME_CONTENT_LENGTH)
		while (value.len > 0 && value.ptr[value.len - 1] == ' ')
			value.len--;
	return value;
}

void hw_http_make_headers(struct hw_http_reading *r)
{
	struct hw_http_scratch *s = r->scratch;
	const size_t room = r->m->fields_nr + 1;
	struct hw_http_rank *ranks, *sorted;
	struct hw_http_field *headers;
	size_t nr;

	if (hw_buf_reserve(&s->ranks, room * sizeof(*ranks)) != 0 ||
	    (room > FEW && hw_buf_reserve(&s->merged, room * sizeof(*ranks)) != 0) ||
	    hw_buf_reserve(&s->headers, room * sizeof(*headers)) != 0) {
		r->short_of_memory = true;
		return;
	}

	ranks = (struct hw_http_rank *)(void *)s->ranks.ptr;
	headers = (struct hw_http_field *)(void *)s->headers.ptr;
	nr = rank(r, ranks);
	sorted = ranks;
	if (nr <= FEW)
		sort_few(r, ranks, nr);
	else
		sorted = sort_many(r, ranks, (struct hw_http_rank *)(void *)s->merged.ptr, nr);
	for (size_t i = 0; i < nr; i++)
		headers[i] = (struct hw_http_field){ name_of(r, sorted[i].field),
						     value_of(r, sorted[i].field) };
	r->m->headers = headers;
	r->m->headers_nr = nr;
}
