/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/message.c - see message.h */
#include "http/message.h"

#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "http/octet.h"
#include "http/reading.h"
#include "http/recent.h"
#include "http/url_host.h"

const struct hw_http_message hw_http_message_none = { .content_length = -1 };

struct hw_slice hw_http_incomplete_name(enum hw_http_incomplete why)
{
	switch (why) {
	case HW_HTTP_WHOLE:
		break;
	case HW_HTTP_CUT_GAP:
		return HW_SLICE("gap");
	case HW_HTTP_CUT_LIMIT:
		return HW_SLICE("limit");
	case HW_HTTP_CUT_CLOSED:
		return HW_SLICE("closed");
	case HW_HTTP_CUT_RESET:
		return HW_SLICE("reset");
	case HW_HTTP_CUT_TIMEOUT:
		return HW_SLICE("timeout");
	case HW_HTTP_CUT_EVICTED:
		return HW_SLICE("evicted");
	case HW_HTTP_CUT_CAPTURE_END:
		return HW_SLICE("capture_end");
	case HW_HTTP_CUT_FRAMING:
		return HW_SLICE("framing");
	}
	return (struct hw_slice){ NULL, 0 };
}

/* A scratch that one huge head made larger than this is made small again by the next. */
enum { SCRATCH_KEPT = 64 << 10 };

int hw_http_scratch_new(struct hw_http_scratch **ret, struct hw_budget *budget)
{
	struct hw_http_scratch *s;

	if (!hw_budget_take(budget, sizeof(*s)))
		return -ENOMEM;
	s = calloc(1, sizeof(*s));
	if (!s) {
		hw_budget_give(budget, sizeof(*s));
		return -ENOMEM;
	}

	s->budget = budget;
	s->indexer = hw_http_indexer_choose();
	hw_buf_init(&s->text, SIZE_MAX / 2, budget);
	hw_buf_init(&s->fields, SIZE_MAX / 2, budget);
	hw_buf_init(&s->notes, SIZE_MAX / 2, budget);
	hw_buf_init(&s->ranks, SIZE_MAX / 2, budget);
	hw_buf_init(&s->merged, SIZE_MAX / 2, budget);
	hw_buf_init(&s->headers, SIZE_MAX / 2, budget);
	*ret = s;
	return 0;
}

static void clear_all(struct hw_http_scratch *s)
{
	hw_buf_clear(&s->text);
	hw_buf_clear(&s->fields);
	hw_buf_clear(&s->notes);
	hw_buf_clear(&s->ranks);
	hw_buf_clear(&s->merged);
	hw_buf_clear(&s->headers);
}

void hw_http_scratch_free(struct hw_http_scratch *s)
{
	if (!s)
		return;
	clear_all(s);
	hw_http_recent_free(s->recent);
	hw_budget_give(s->budget, sizeof(*s));
	free(s);
}

void hw_http_scratch_remember(struct hw_http_scratch *s)
{
	if (!s->recent)
		s->recent = hw_http_recent_new(s->budget);
}

/* What else has an entry for each field has no larger ones. */
static void start_again(struct hw_http_scratch *s)
{
	s->text.len = s->fields.len = s->notes.len = 0;
	if (HW_UNLIKELY(s->text.cap > SCRATCH_KEPT || s->fields.cap > SCRATCH_KEPT ||
			s->notes.cap > SCRATCH_KEPT))
		clear_all(s);
}

void hw_http_odd(struct hw_http_reading *r, enum hw_anomaly anomaly)
{
	r->m->anomalies |= hw_anomaly_bit(anomaly);
}

void hw_http_refuse(struct hw_http_reading *r, enum hw_anomaly anomaly)
{
	hw_http_odd(r, anomaly);
	r->refused = true;
}

uint8_t *hw_http_text(struct hw_http_reading *r, size_t len)
{
	struct hw_buf *text = &r->scratch->text;
	uint8_t *at;

	/* Only the first time: from then on nothing may move. */
	if (text->cap < r->m->head.len && text->len == 0)
		hw_buf_reserve(text, r->m->head.len);
	if (len > text->cap - text->len) {
		r->short_of_memory = true;
		return NULL;
	}
	at = text->ptr + text->len;
	text->len += len;
	return at;
}

static void read_start_line(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;

	if (!hw_http_lines_next(&r->lines, &m->start_line))
		m->start_line = HW_SLICE("");
	if (m->kind == HW_HTTP_REQUEST)
		hw_http_read_request_line(r, m->start_line);
	else
		hw_http_read_status_line(r, m->start_line);
}

static bool looks_like_host(struct hw_slice s)
{
	return (hw_octet_is_usual_host(s) || hw_octet_all(s, HW_OCTET_NAME_HOST)) &&
	       (s.len == 0 || !memchr(s.ptr, ':', s.len) || hw_url_port_is_valid(s));
}

/*
 * What a Host field without a port means beside this target: RFC 9110 4.2.1, 4.2.2. A CONNECT always
 * names the port in its target, so that its Host field may do without (RFC 9112 3.2.3).
 */
static struct hw_slice default_port(const struct hw_http_reading *r)
{
	struct hw_slice rest = r->m->target, scheme;

	if (hw_slice_eq(r->m->method, HW_SLICE("CONNECT")))
		return hw_url_port_of(r->url_host);
	if (!hw_slice_cut(&rest, ':', &scheme))
		return HW_SLICE("");
	if (hw_slice_eq_nocase(scheme, HW_SLICE("https")))
		return HW_SLICE("443");
	return hw_slice_eq_nocase(scheme, HW_SLICE("http")) ? HW_SLICE("80") : HW_SLICE("");
}

HW_APART static void compare_hosts(struct hw_http_reading *r, struct hw_slice field)
{
	if (!hw_url_host_is_same(r->url_host, field, default_port(r)))
		hw_http_odd(r, HW_ANOMALY_HOST_CONFLICT);
}

/* The host of a request: from its target, else the first Host field that Go knows. */
static void read_host(struct hw_http_reading *r)
{
	const enum hw_http_name name = HW_HTTP_NAME_HOST;
	struct hw_http_message *m = r->m;
	struct hw_slice first = HW_SLICE("");
	size_t exact = 0;

	for (size_t i = hw_http_next_of(r, name, 0); i < m->fields_nr;
	     i = hw_http_next_of(r, name, i + 1)) {
		if (!looks_like_host(m->fields[i].value))
			hw_http_odd(r, HW_ANOMALY_BAD_HOST);
		if (hw_http_is_exact(r, i) && exact++ == 0)
			first = m->fields[i].value;
	}
	if (hw_http_nr_of(r, name) > 1)
		hw_http_odd(r, HW_ANOMALY_HOST_DUPLICATE);
	r->refused |= exact > 1;
	if (hw_http_nr_of(r, name) == 0 && r->major == 1 && r->minor >= 1 &&
	    m->incomplete == HW_HTTP_WHOLE)
		hw_http_odd(r, HW_ANOMALY_HOST_MISSING);
	if (r->url_host.len > 0 && first.len > 0)
		compare_hosts(r, first);
	m->host = r->url_host.len > 0 ? r->url_host : first;
}

/* PRI * HTTP/2.0, which Go knows by having no fields at all. RFC 9113 3.4 */
static void read_preface(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;

	if (!hw_slice_eq(m->start_line, HW_SLICE("PRI * HTTP/2.0")))
		return;
	hw_http_odd(r, HW_ANOMALY_H2_PREFACE);
	if (m->fields_nr == 0)
		m->content_length = -1;
}

/* What the sound reading says, for what Go refuses. */
static int64_t sound_length(const struct hw_http_message *m)
{
	switch (m->framing) {
	case HW_HTTP_BODY_LENGTH:
		return (int64_t)m->body_len;
	case HW_HTTP_BODY_CHUNKED:
	case HW_HTTP_BODY_CLOSE:
		return -1;
	case HW_HTTP_BODY_NONE:
	case HW_HTTP_BODY_TUNNEL:
		return 0;
	}
	return -1;
}

HW_ALWAYS_INLINE void read_all(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;

	read_start_line(r);
	hw_http_read_fields(r);
	m->fields = hw_http_fields(r);
	if (r->lines.bare_lf)
		hw_http_odd(r, HW_ANOMALY_BARE_LF);

	hw_http_read_length(r);
	if (m->kind == HW_HTTP_REQUEST) {
		read_host(r);
		read_preface(r);
	}
	m->accepted = !r->refused && !r->short_of_memory && m->incomplete == HW_HTTP_WHOLE;
	if (!m->accepted)
		m->content_length = sound_length(m);
	hw_http_make_headers(r);
}

static size_t find(struct hw_http_scratch *s, struct hw_slice in, size_t *ret_line)
{
	s->indexer(in, &s->lines);
	if (!s->lines.is_head)
		return 0;
	*ret_line = (size_t)(s->lines.ends[0] - in.ptr) + 1;
	return s->lines.len;
}

HW_ALWAYS_INLINE int read_head(struct hw_http_scratch *s, struct hw_slice head, bool is_indexed,
			       enum hw_http_kind kind, enum hw_http_incomplete incomplete,
			       struct hw_http_message *ret)
{
	struct hw_http_reading r = { .scratch = s, .m = ret };

	*ret = (struct hw_http_message){ .kind = kind, .incomplete = incomplete, .head = head };
	if (is_indexed)
		hw_http_lines_begin_indexed(&r.lines, head, &s->lines, s->indexer);
	else
		hw_http_lines_begin(&r.lines, head.len ? head : HW_SLICE(""), &s->lines,
				    s->indexer);
	start_again(s);
	read_all(&r);
	if (incomplete == HW_HTTP_CUT_LIMIT)
		hw_http_odd(&r, HW_ANOMALY_HEAD_TOO_LONG);
	if (!r.short_of_memory)
		return 0;
	hw_http_odd(&r, HW_ANOMALY_FIELDS_DROPPED);
	ret->accepted = false;
	return -ENOMEM;
}

size_t hw_http_message_find(struct hw_http_scratch *s, struct hw_slice in, size_t *ret_line)
{
	s->place = NULL;
	s->is_known = s->recent && hw_http_recent_find(s->recent, in, &s->place);
	if (s->is_known) {
		*ret_line = s->place->line_len;
		s->found_len = s->place->head.len;
	} else {
		s->found_len = find(s, in, ret_line);
		if (s->place)
			s->place->line_len = s->found_len ? *ret_line : 0;
	}
	s->found = s->found_len ? in.ptr : NULL;
	return s->found_len;
}

/* Whether `head` is what was found last. */
static bool is_found(const struct hw_http_scratch *s, struct hw_slice head)
{
	return s->found && s->found == head.ptr && s->found_len == head.len;
}

static void swap(struct hw_buf *a, struct hw_buf *b)
{
	const struct hw_buf was = *a;

	*a = *b;
	*b = was;
}

/* The memory of what a message points to. */
static void swap_memory(struct hw_http_scratch *s, struct hw_http_recent_head *place)
{
	swap(&s->text, &place->text);
	swap(&s->fields, &place->fields);
	swap(&s->headers, &place->headers);
}

/* What was found, and its lines, are not there afterwards. */
HW_APART static const struct hw_http_message *keep(struct hw_http_scratch *s, struct hw_slice head,
						   enum hw_http_kind kind)
{
	struct hw_http_recent_head *place = s->place;
	int err;

	if (!hw_http_recent_copy(place, head))
		return NULL;
	s->place = NULL;
	s->found = NULL;
	swap_memory(s, place);
	err = hw_http_message_read(s, hw_buf_slice(&place->head), kind, HW_HTTP_WHOLE,
				   &place->message);
	swap_memory(s, place);
	if (err) {
		hw_http_recent_drop(place);
		return NULL;
	}
	hw_http_recent_keep(place);
	return &place->message;
}

/* What is remembered of the whole `head` that was found; from now on, if it was not. */
static const struct hw_http_message *remembered(struct hw_http_scratch *s, struct hw_slice head,
						enum hw_http_kind kind)
{
	if (s->is_known)
		return s->place->message.kind == kind ? &s->place->message : NULL;
	return keep(s, head, kind);
}

const struct hw_http_message *hw_http_message_recall(struct hw_http_scratch *s,
						     struct hw_slice head, enum hw_http_kind kind)
{
	const struct hw_http_message *known;

	if (!s->place || !is_found(s, head))
		return NULL;
	known = remembered(s, head, kind);
	s->place = NULL; /* that serves once, as what was found */
	if (known)
		s->found = NULL;
	return known;
}

int hw_http_message_read(struct hw_http_scratch *s, struct hw_slice head, enum hw_http_kind kind,
			 enum hw_http_incomplete incomplete, struct hw_http_message *ret)
{
	const struct hw_http_message *known =
		incomplete == HW_HTTP_WHOLE ? hw_http_message_recall(s, head, kind) : NULL;
	bool is_indexed;

	if (known) {
		*ret = *known;
		return 0;
	}
	is_indexed = is_found(s, head) && !s->is_known;
	s->found = NULL;
	return read_head(s, head, is_indexed, kind, incomplete, ret);
}
