/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/parser.c - see parser.h */
#include "http/parser.h"

#include <assert.h>

#include "http/walk.h"

/* The piece ends: what was gathered in it must outlive it. */
static void keep(struct hw_http_walk *w)
{
	if (w->p->state == HW_AT_SEARCH)
		hw_http_shorten_held(w);
	if (hw_http_hold(w))
		return;
	if (w->p->state == HW_AT_START_LINE || w->p->state == HW_AT_FIELDS)
		hw_http_cut_short(w);
	else if (w->p->state == HW_AT_SEARCH)
		hw_http_pass_over(w);
	else
		hw_http_become_opaque(w);
}

void hw_http_parser_midstream(struct hw_http_parser *p)
{
	p->flags |= HW_FLAG_MIDSTREAM;
}

void hw_http_parser_feed(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 struct hw_slice in)
{
	static void (*const steps[HW_AT_NR])(struct hw_http_walk *) = {
		[HW_AT_START] = hw_http_at_start,
		[HW_AT_LINE] = hw_http_in_line,
		[HW_AT_START_LINE] = hw_http_in_start_line,
		[HW_AT_FIELDS] = hw_http_in_fields,
		[HW_AT_BODY_LENGTH] = hw_http_in_length,
		[HW_AT_BODY_CHUNKED] = hw_http_in_chunked,
		[HW_AT_BODY_CLOSE] = hw_http_in_close,
		[HW_AT_PROXY] = hw_http_in_proxy,
		[HW_AT_SEARCH] = hw_http_in_search,
		[HW_AT_OPAQUE] = hw_http_in_opaque,
	};
	struct hw_http_walk w = { p, shared, ctx, in.ptr, in.len, 0, 0 };

	if (in.len == 0)
		return;
	if (p->state == HW_AT_OPAQUE && hw_http_starts_strongly(in)) {
		if (!hw_http_is(&w, HW_FLAG_SEEN | HW_FLAG_MIDSTREAM))
			hw_http_set(&w, HW_FLAG_GARBAGE);
		hw_http_begin(&w, HW_AT_START_LINE, HW_HTTP_TAIL_IN_LINE);
	}
	while (w.at < w.len)
		steps[p->state](&w);
	keep(&w);
}

bool hw_http_parser_pass(struct hw_http_parser *p, const struct hw_http_parsing *shared,
			 struct hw_slice in)
{
	if (p->state == HW_AT_FIELDS || p->state == HW_AT_START_LINE)
		return in.len > 0 && hw_http_hold_few(p, shared->max_head, in);
	return p->state != HW_AT_OPAQUE && in.len < hw_http_parser_skippable(p) &&
	       hw_http_pass_part(p, in.len);
}

bool hw_http_parser_ignores(const struct hw_http_parser *p, struct hw_slice in)
{
	if (p->state == HW_AT_OPAQUE)
		return !hw_http_may_start_strongly(in);
	return in.len < hw_http_parser_skippable(p);
}

bool hw_http_parser_gap(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			uint64_t len)
{
	struct hw_http_walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	if (len == 0)
		return true;
	if (hw_http_is(&w, HW_FLAG_STRONG)) /* a tunnel has begun, and nobody saw how */
		hw_http_become_opaque(&w);
	switch ((enum hw_http_state)p->state) {
	case HW_AT_START:
	case HW_AT_LINE:
	case HW_AT_PROXY:
	case HW_AT_SEARCH:
		hw_http_end_start(&w, HW_HTTP_CUT_GAP);
		hw_http_set(&w, HW_FLAG_MIDSTREAM);
		hw_http_pass_over(&w);
		hw_http_search(&w);
		break;
	case HW_AT_START_LINE:
	case HW_AT_FIELDS:
		hw_http_cut(&w, HW_HTTP_CUT_GAP);
		break;
	case HW_AT_BODY_LENGTH:
	case HW_AT_BODY_CHUNKED:
	case HW_AT_BODY_CLOSE:
		hw_http_set(&w, HW_FLAG_MISSING);
		if (hw_http_pass_body(&w, len))
			return true;
		hw_http_done(&w, false);
		hw_http_search(&w);
		break;
	case HW_AT_OPAQUE:
	case HW_AT_NR:
		break;
	}
	return false;
}

void hw_http_parser_end(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			enum hw_http_incomplete why, bool in_order)
{
	struct hw_http_walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	assert(why != HW_HTTP_WHOLE);
	switch ((enum hw_http_state)p->state) {
	case HW_AT_START_LINE:
	case HW_AT_FIELDS:
		if (!in_order || !hw_http_end_simple(&w))
			hw_http_cut(&w, why);
		break;
	case HW_AT_LINE:
		hw_http_end_line(&w, why);
		break;
	case HW_AT_BODY_LENGTH:
	case HW_AT_BODY_CHUNKED:
		hw_http_done(&w, false);
		break;
	case HW_AT_BODY_CLOSE:
		hw_http_done(&w, in_order);
		break;
	case HW_AT_START:
		hw_http_end_start(&w, why);
		break;
	case HW_AT_PROXY:
	case HW_AT_SEARCH:
	case HW_AT_OPAQUE:
	case HW_AT_NR:
		break;
	}
	hw_http_pass_over(&w);
	*p = (struct hw_http_parser){ 0 };
}

bool hw_http_parser_is_before_first(const struct hw_http_parser *p)
{
	return !(p->flags & (HW_FLAG_SEEN | HW_FLAG_MIDSTREAM)) &&
	       (p->state == HW_AT_START || p->state == HW_AT_SEARCH);
}

bool hw_http_parser_is_in_head(const struct hw_http_parser *p)
{
	return p->state == HW_AT_START_LINE || p->state == HW_AT_FIELDS ||
	       ((p->state == HW_AT_START || p->state == HW_AT_LINE) && p->held);
}

bool hw_http_parser_is_in_fields(const struct hw_http_parser *p)
{
	return p->state == HW_AT_FIELDS;
}

bool hw_http_parser_is_lost(const struct hw_http_parser *p)
{
	return p->state == HW_AT_OPAQUE || p->state == HW_AT_LINE ||
	       (p->state == HW_AT_SEARCH && p->flags & HW_FLAG_GARBAGE);
}

struct hw_slice hw_http_parser_kept(const struct hw_http_parser *p)
{
	return p->held ? hw_buf_slice(p->held) : hw_slice(NULL, 0);
}

/* Whether it is opaque, and the flags. */
_Static_assert(HW_FLAG_BRIEF < 1 << (HW_HTTP_PARSER_REST_BITS - 1), "a flag does not fit");

uint16_t hw_http_parser_rest(const struct hw_http_parser *p)
{
	if ((p->state != HW_AT_START && p->state != HW_AT_OPAQUE) || p->held || p->body.left ||
	    p->body.line)
		return HW_HTTP_PARSER_BUSY;
	return (uint16_t)(p->flags << 1 | (p->state == HW_AT_OPAQUE));
}

void hw_http_parser_awake(struct hw_http_parser *p, uint16_t rest)
{
	p->state = rest & 1 ? HW_AT_OPAQUE : HW_AT_START;
	p->flags = rest >> 1;
}
