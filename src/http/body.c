/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/body.c - bodies, by their framing: RFC 9112 6 */
#include "base/layout.h"
#include "http/walk.h"

HW_COLD static void tell_odd(struct hw_http_walk *w, hw_anomalies odd)
{
	hw_http_count(w, HW_STAT_HTTP_ODD_BODIES, 1);
	if (w->shared->reader->odd)
		w->shared->reader->odd(w->ctx, odd);
}

void hw_http_done(struct hw_http_walk *w, bool whole)
{
	const hw_anomalies odd = hw_http_chunk_anomalies(&w->p->body);

	if (odd)
		tell_odd(w, odd);
	w->shared->reader->done(w->ctx, whole && !hw_http_is(w, HW_FLAG_MISSING), w->len - w->at);
}

/* The message ends here, and another may start. */
static void next_message(struct hw_http_walk *w)
{
	const bool tunnel = hw_http_is(w, HW_FLAG_UPGRADE);

	hw_http_done(w, true);
	hw_http_unset(w, HW_FLAG_UPGRADE | HW_FLAG_MISSING | HW_FLAG_VERSIONLESS);
	hw_http_set(w, tunnel ? HW_FLAG_STRONG : 0);
	hw_http_go(w, HW_AT_START);
}

/* What follows the head, now that it is known what a response answers. RFC 9112 6.3 */
static enum hw_http_framing framing_of(const struct hw_http_told *m)
{
	if (m->kind == HW_HTTP_REQUEST || m->framing == HW_HTTP_BODY_TUNNEL)
		return m->framing;
	if (m->asked == HW_HTTP_ASKED_HEAD)
		return HW_HTTP_BODY_NONE;
	if (m->asked == HW_HTTP_ASKED_CONNECT && m->status_code >= 200 && m->status_code < 300)
		return HW_HTTP_BODY_TUNNEL;
	return m->framing;
}

static void begin_body(struct hw_http_walk *w, const struct hw_http_told *m,
		       enum hw_http_state state)
{
	hw_http_go(w, state);
	w->p->passed = 0;
	if (state == HW_AT_BODY_LENGTH)
		w->p->body.left = m->body_len;
	hw_http_unset(w, HW_FLAG_WANTED);
	hw_http_set(w, (m->kind == HW_HTTP_REQUEST && m->has_upgrade ? HW_FLAG_UPGRADE : 0) |
			       (w->shared->reader->needs_bodies ? HW_FLAG_WANTED : 0));
}

void hw_http_follow(struct hw_http_walk *w, const struct hw_http_told *m)
{
	switch (framing_of(m)) {
	case HW_HTTP_BODY_TUNNEL:
		hw_http_set(w, HW_FLAG_UPGRADE);
		next_message(w);
		break;
	case HW_HTTP_BODY_NONE:
		next_message(w);
		break;
	case HW_HTTP_BODY_LENGTH:
		begin_body(w, m, HW_AT_BODY_LENGTH);
		break;
	case HW_HTTP_BODY_CHUNKED:
		begin_body(w, m, HW_AT_BODY_CHUNKED);
		break;
	case HW_HTTP_BODY_CLOSE:
		begin_body(w, m, HW_AT_BODY_CLOSE);
		if (m->kind == HW_HTTP_RESPONSE)
			break;
		/* A request whose end nobody knows. The connection may well go on. */
		hw_http_done(w, false);
		hw_http_search(w);
		hw_http_set(w, HW_FLAG_GARBAGE);
		break;
	}
}

static void give_body(struct hw_http_walk *w, struct hw_slice bytes)
{
	if (w->shared->reader->body && bytes.len > 0)
		w->shared->reader->body(w->ctx, bytes);
}

void hw_http_in_length(struct hw_http_walk *w)
{
	const size_t left = w->len - w->at;
	const size_t len = w->p->body.left < left ? (size_t)w->p->body.left : left;

	give_body(w, hw_slice(w->ptr + w->at, len));
	w->at += len;
	w->from = w->at;
	w->p->body.left -= len;
	if (w->p->body.left == 0)
		next_message(w);
}

void hw_http_in_chunked(struct hw_http_walk *w)
{
	struct hw_slice in = { w->ptr + w->at, w->len - w->at }, data;
	const enum hw_http_chunk_result result = hw_http_chunk_read(&w->p->body, &in, &data);

	w->p->passed += (uint32_t)(w->len - in.len - w->at);
	w->at = w->from = w->len - in.len;
	switch (result) {
	case HW_HTTP_CHUNK_MORE:
		break;
	case HW_HTTP_CHUNK_DATA:
		give_body(w, data);
		break;
	case HW_HTTP_CHUNK_END:
		next_message(w);
		break;
	case HW_HTTP_CHUNK_BAD:
		hw_http_count(w, HW_STAT_HTTP_BAD_BODIES, 1);
		hw_http_done(w, false);
		hw_http_search(w);
		hw_http_set(w, HW_FLAG_GARBAGE);
		break;
	}
}

void hw_http_in_close(struct hw_http_walk *w)
{
	give_body(w, hw_slice(w->ptr + w->at, w->len - w->at));
	w->p->body.left += w->len - w->at;
	w->at = w->from = w->len;
}

bool hw_http_pass_part(struct hw_http_parser *p, uint64_t len)
{
	if (p->state == HW_AT_BODY_CHUNKED) {
		p->passed += (uint32_t)len;
		return hw_http_chunk_skip(&p->body, len);
	}
	p->body.left += p->state == HW_AT_BODY_CLOSE ? len : -len;
	return true;
}

bool hw_http_pass_body(struct hw_http_walk *w, uint64_t len)
{
	if (w->p->state != HW_AT_BODY_LENGTH || len < w->p->body.left)
		return hw_http_pass_part(w->p, len);
	if (len > w->p->body.left)
		return false;
	w->p->body.left = 0;
	next_message(w);
	return true;
}

void hw_http_parser_skip(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 uint64_t len)
{
	struct hw_http_walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	if (p->state == HW_AT_OPAQUE) {
		hw_http_count(&w, HW_STAT_HTTP_SKIPPED_BYTES, len);
	} else if (len > 0 && len <= hw_http_parser_skippable(p)) {
		if (shared->reader->passed)
			shared->reader->passed(ctx, len);
		hw_http_pass_body(&w, len);
	} else if (hw_http_parser_is_before_first(p)) {
		hw_http_skip_garbage(&w, len);
	}
}

void hw_http_parser_skip_chunks(struct hw_http_parser *p, const struct hw_http_parsing *shared,
				void *ctx, uint64_t len, uint64_t data, uint64_t left)
{
	if (p->state != HW_AT_BODY_CHUNKED)
		return;
	if (shared->reader->passed)
		shared->reader->passed(ctx, data);
	p->passed += (uint32_t)len;
	hw_http_chunk_go_to(&p->body, left);
}

/* Nothing came of the body at hand. */
static bool is_untouched(const struct hw_http_parser *p, uint64_t body_len)
{
	switch ((enum hw_http_state)p->state) {
	case HW_AT_BODY_LENGTH:
		return p->body.left == body_len;
	case HW_AT_BODY_CHUNKED:
		return p->passed == 0;
	case HW_AT_BODY_CLOSE:
		return p->body.left == 0;
	default:
		return false;
	}
}

void hw_http_parser_has_no_body(struct hw_http_parser *p, const struct hw_http_parsing *shared,
				void *ctx, uint64_t body_len)
{
	struct hw_http_walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	if (is_untouched(p, body_len))
		next_message(&w);
}

void hw_http_parser_leave_body(struct hw_http_parser *p)
{
	p->flags &= (uint16_t)~HW_FLAG_WANTED;
}
