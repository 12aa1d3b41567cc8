/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/ending.c - how exchanges end, and what is told of them */
#include "exchange/waiting.h"

/* ---- telling ---- */

static struct hw_slice incomplete(const struct hw_pairing_part *part)
{
	if (!part->message || (part->is_done && part->is_whole))
		return (struct hw_slice){ NULL, 0 };
	if (part->message->incomplete != HW_HTTP_WHOLE)
		return hw_http_incomplete_name(part->message->incomplete);
	if (part->has_gap)
		return hw_http_incomplete_name(HW_HTTP_CUT_GAP);
	if (part->why != HW_HTTP_WHOLE)
		return hw_http_incomplete_name(part->why);
	return hw_http_incomplete_name(part->is_done ? HW_HTTP_CUT_FRAMING
						     : HW_HTTP_WHOLE); /* it goes on */
}

static const struct hw_http_message *message_of(const struct hw_pairing_part *part)
{
	return part->message ? part->message : &hw_http_message_none;
}

static void tell_body(const struct hw_pairing_part *part, bool is_whole,
		      struct hw_exchange_body *ret)
{
	if (part->body)
		hw_body_tell(part->body, is_whole, ret);
	if (!part->lacks_body || part->body_size == 0)
		return;
	ret->is_cut = true;
	ret->problem = HW_SLICE("no memory");
}

static struct hw_exchange_part describe_part(const struct hw_pairing *p,
					     const struct hw_pairing_part *part)
{
	struct hw_exchange_part ret = {
		.message = message_of(part),
		.is_there = part->message,
		.is_whole = part->is_done && part->is_whole,
		.incomplete = incomplete(part),
		.start_ns = part->start_ns,
		.end_ns = part->is_done ? part->end_ns : 0,
		.start_frame = part->start_frame,
		.end_frame = part->is_done ? part->end_frame : 0,
		.body.size = part->body_size,
	};

	ret.body.retransmitted = part->is_done	 ? part->repeated
				 : part->message ? p->repeated[part->dir] - part->repeated
						 : 0;
	tell_body(part, ret.is_whole, &ret.body);
	return ret;
}

static struct hw_duration between(uint64_t from_ns, uint64_t to_ns)
{
	if (!from_ns || to_ns < from_ns)
		return (struct hw_duration){ 0 };
	return hw_duration(to_ns - from_ns);
}

static struct hw_exchange exchange_of(const struct hw_pairing *p, const struct hw_waiting *w,
				      enum hw_exchange_end end)
{
	struct hw_exchange x = {
		.number = w->number,
		.end = end,
		.anomalies = w->anomalies,
		.request = describe_part(p, &w->request),
		.response = describe_part(p, &w->response),
		.interims = w->interims ? w->interims->list : NULL,
		.interims_nr = w->interims ? w->interims->nr : 0,
	};

	x.anomalies |= x.request.message->anomalies | x.response.message->anomalies;
	x.time_to_first_byte = between(x.request.end_ns, x.response.start_ns);
	x.duration = between(x.request.start_ns, x.response.end_ns);
	x.transfer = between(x.response.start_ns, x.response.end_ns);
	return x;
}

/* Which side asks. Where no request was seen it is the one that an answer went to. */
static int client_of(const struct hw_pairing *p, const struct hw_waiting *w)
{
	if (p->client >= 0)
		return p->client;
	return w->response.message ? !w->response.dir : 0;
}

static void forget(struct hw_pairing *p, const struct hw_waiting *w)
{
	for (int dir = 0; dir < HW_PAIRING_DIRS; dir++)
		if (p->current[dir] == w)
			p->current[dir] = NULL;
}

static void begin_tunnel(struct hw_pairing *p, struct hw_pairing_env *env, struct hw_waiting *w)
{
	if (p->tunnel)
		hw_pairing_free_waiting(env, p->tunnel);
	if (w->request.message && !w->request.copy)
		hw_pairing_keep_part(env, &w->request);
	if (w->response.message && !w->response.copy)
		hw_pairing_keep_part(env, &w->response);
	p->tunnel = w;
}

void hw_pairing_tell(const struct hw_pairing *p, const struct hw_pairing_now *now,
		     const struct hw_waiting *w, enum hw_exchange_end end)
{
	struct hw_exchange x = exchange_of(p, w, end);

	now->env->exchange(now->ctx, &x, client_of(p, w));
}

/* Tell of `w`, which is in no list, and forget it. */
static void tell(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w,
		 enum hw_exchange_end end)
{
	hw_pairing_tell(p, now, w, end);
	if (end == HW_EXCHANGE_UPGRADED || end == HW_EXCHANGE_TUNNEL)
		begin_tunnel(p, now->env, w);
	forget(p, w);
	if (p->tunnel != w)
		hw_pairing_free_waiting(now->env, w);
}

void hw_pairing_finish(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w,
		       enum hw_exchange_end end)
{
	hw_pairing_take_out(p, now->env, w);
	tell(p, now, w, end);
}

/* What follows the response, if it is the end of HTTP on the connection. */
static enum hw_exchange_end end_of(const struct hw_waiting *w)
{
	const struct hw_http_message *m = w->response.message;

	if (m->status_code == 101)
		return HW_EXCHANGE_UPGRADED;
	if (w->request.message && m->status_code >= 200 && m->status_code < 300 &&
	    hw_slice_eq(w->request.message->method, HW_SLICE("CONNECT")))
		return HW_EXCHANGE_TUNNEL;
	return HW_EXCHANGE_COMPLETE;
}

/* Of a body that its connection's end ends, a gap was lost, and no more. RFC 9112 6.3 */
static bool lacks_gap_only(const struct hw_pairing_part *part)
{
	return part->has_gap && part->why == HW_HTTP_CUT_CLOSED &&
	       part->message->framing == HW_HTTP_BODY_CLOSE;
}

/* Ended by a direction's end, it is that which says how. */
static bool is_cut(const struct hw_pairing_part *part)
{
	return !part->is_whole && !lacks_gap_only(part) && part->why != HW_HTTP_WHOLE &&
	       part->why != HW_HTTP_CUT_GAP && part->why != HW_HTTP_CUT_LIMIT;
}

/* A response without a request waits for it only if the capture may be in disorder. */
void hw_pairing_settle(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w)
{
	if (!w->response.is_done || is_cut(&w->response))
		return;
	if (!w->request.message && !w->is_certain && !w->is_owed)
		hw_pairing_finish(p, now, w, HW_EXCHANGE_UNPAIRED);
	else if (w->request.is_done)
		hw_pairing_finish(p, now, w, end_of(w));
}

/* The rest of it is in a gap, of which nobody is accused: its answer may be there, too. */
static enum hw_exchange_end end_unseen(const struct hw_waiting *w)
{
	return w->request.message && w->response.message ? end_of(w) : HW_EXCHANGE_UNPAIRED;
}

static enum hw_exchange_end end_by(const struct hw_pairing *p, const struct hw_waiting *w,
				   enum hw_pairing_end how)
{
	switch (how) {
	case HW_PAIRING_CLOSED:
	case HW_PAIRING_RESET:
		break;
	case HW_PAIRING_TIMEOUT:
		return HW_EXCHANGE_TIMEOUT;
	case HW_PAIRING_EVICTED:
		return HW_EXCHANGE_EVICTED;
	case HW_PAIRING_CAPTURE_END:
		return HW_EXCHANGE_CAPTURE_ENDED;
	case HW_PAIRING_UNSEEN:
		return end_unseen(w);
	}
	return p->ended_by == client_of(p, w) ? HW_EXCHANGE_ABORTED_BY_CLIENT
					      : HW_EXCHANGE_ABORTED_BY_SERVER;
}

/* What follows in a tunnel, if that was said. */
static struct hw_slice protocol_of(const struct hw_waiting *w)
{
	if (!w->response.message)
		return w->request.message->protocol; /* of the preface of HTTP/2 */
	if (w->response.message->status_code == 101)
		return hw_http_field_value(w->response.message, HW_SLICE("Upgrade"));
	return HW_SLICE("");
}

static enum hw_exchange_end end_of_tunnel(const struct hw_pairing *p, const struct hw_waiting *w,
					  enum hw_pairing_end how)
{
	return how == HW_PAIRING_CLOSED || how == HW_PAIRING_UNSEEN ? HW_EXCHANGE_COMPLETE
								    : end_by(p, w, how);
}

static void tell_tunnel(struct hw_pairing *p, const struct hw_pairing_now *now,
			enum hw_pairing_end how)
{
	const struct hw_waiting *w = p->tunnel;
	const struct hw_http_message *request = message_of(&w->request);
	const uint64_t start_ns = w->response.message ? w->response.end_ns : w->request.end_ns;
	const int client = client_of(p, w);
	const struct hw_tunnel t = {
		.method = request->method,
		.target = request->target,
		.host = request->host,
		.protocol = protocol_of(w),
		.status_code = message_of(&w->response)->status_code,
		.end = end_of_tunnel(p, w, how),
		.start_ns = start_ns,
		.end_ns = now->time_ns,
		.duration_ns = hw_duration_ns(between(start_ns, now->time_ns)),
		.client_bytes = p->bytes[client] - w->request.end_at,
		.server_bytes = p->bytes[!client] - w->response.end_at,
		.number = w->number,
	};

	now->env->tunnel(now->ctx, &t, client);
}

/* How many bytes its server has sent that are of no response. */
static uint64_t bytes_behind(const struct hw_pairing *p, const struct hw_waiting *w)
{
	return p->bytes[!client_of(p, w)] - w->response.end_at;
}

/*
 * RFC 1945 6: what answers a request without a version is a body until the connection ends. The
 * client says nothing more then.
 */
static void answer_simply(const struct hw_pairing *p, const struct hw_pairing_now *now,
			  struct hw_waiting *w)
{
	if (w->response.message || !hw_pairing_asks_oddly(w, HW_ANOMALY_HTTP_0_9) ||
	    !w->request.is_whole || !bytes_behind(p, w) ||
	    p->told[!client_of(p, w)] > w->response.end_at ||
	    w->request.end_at != p->bytes[client_of(p, w)])
		return;
	w->response.body_size = bytes_behind(p, w);
	w->response.message = &hw_http_message_none;
	w->response.dir = !w->request.dir;
	w->response.is_done = w->response.is_whole = true;
	w->response.end_ns = now->time_ns;
	w->response.end_frame = now->frame;
}

/* Its answer may be one that was told alone: bytes came behind the place where it begins. */
static bool may_be_answered(const struct hw_pairing *p, const struct hw_waiting *w,
			    const uint32_t next[2])
{
	if (w->is_certain || w->response.message || !next)
		return false;
	return !w->is_placed || (int32_t)(next[!client_of(p, w)] - w->ack) > 0;
}

/* What asks for a body that nothing is there of may have been HEAD. RFC 9110 9.3.2 */
static bool may_answer_head(const struct hw_waiting *w)
{
	const struct hw_pairing_part *r = &w->response;

	return !w->request.message && r->message && r->message->incomplete == HW_HTTP_WHOLE &&
	       r->body_size == 0 && !r->has_gap;
}

/*
 * A response that nobody broke off is an answer, though the request was not heard to its end. What
 * is there behind the last request of HTTP/1 may be one, too.
 */
static enum hw_exchange_end last_end(const struct hw_pairing *p, const struct hw_waiting *w,
				     enum hw_pairing_end how, const uint32_t next[2])
{
	if (!w->response.message && hw_pairing_asks_oddly(w, HW_ANOMALY_H2_PREFACE))
		return HW_EXCHANGE_UPGRADED;
	if (!w->response.message && hw_pairing_asks_last(w) && how == HW_PAIRING_CLOSED &&
	    bytes_behind(p, w))
		return HW_EXCHANGE_UNPAIRED;
	if (may_be_answered(p, w, next))
		return HW_EXCHANGE_UNPAIRED;
	if (may_answer_head(w))
		return HW_EXCHANGE_UNPAIRED;
	if (!w->response.message || !w->response.is_done || is_cut(&w->response))
		return end_by(p, w, how);
	return w->request.message ? end_of(w) : HW_EXCHANGE_UNPAIRED;
}

void hw_pairing_ended(struct hw_pairing *p, int dir, int by)
{
	p->ended |= (uint8_t)(1 << dir);
	if (p->ended_by < 0)
		p->ended_by = (int8_t)by;
}

static enum hw_http_incomplete cut_by(enum hw_pairing_end how)
{
	switch (how) {
	case HW_PAIRING_CLOSED:
		return HW_HTTP_CUT_CLOSED;
	case HW_PAIRING_RESET:
		return HW_HTTP_CUT_RESET;
	case HW_PAIRING_TIMEOUT:
		return HW_HTTP_CUT_TIMEOUT;
	case HW_PAIRING_EVICTED:
		return HW_HTTP_CUT_EVICTED;
	case HW_PAIRING_UNSEEN:
		return HW_HTTP_CUT_GAP;
	case HW_PAIRING_CAPTURE_END:
		break;
	}
	return HW_HTTP_CUT_CAPTURE_END;
}

/* What the other direction has begun ends here, too, whichever of them is told of first. */
static void cut(struct hw_pairing_part *part, enum hw_pairing_end how)
{
	if (part->message && !part->is_done && part->why == HW_HTTP_WHOLE)
		part->why = cut_by(how);
}

/* What answers came before may still come; 408 answers what did not. RFC 9110 15.5.9 */
static bool may_come_behind(const struct hw_pairing *p)
{
	for (const struct hw_waiting *w = p->early_nr ? p->first : NULL; w; w = w->next)
		if (w->is_early && w->response.message && w->response.message->status_code != 408)
			return true;
	return false;
}

void hw_pairing_end(struct hw_pairing *p, const struct hw_pairing_now *now, enum hw_pairing_end how,
		    int by, const uint32_t next[2])
{
	hw_pairing_ended(p, now->dir, by);
	if (p->ended != 3 && now->dir == p->client)
		return;
	hw_pairing_keep(now->env);
	if (p->ended != 3 && may_come_behind(p))
		hw_pairing_miss_answers(p, now->next);
	while (p->first && !(p->first->is_begun && p->ended != 3)) {
		cut(&p->first->request, how);
		cut(&p->first->response, how);
		if (how == HW_PAIRING_CLOSED)
			answer_simply(p, now, p->first);
		hw_pairing_finish(p, now, p->first, last_end(p, p->first, how, next));
	}
	if (p->ended != 3 || !p->tunnel)
		return;
	tell_tunnel(p, now, how);
	hw_pairing_free_waiting(now->env, p->tunnel);
	p->tunnel = NULL;
}

bool hw_pairing_is_over(const struct hw_pairing *p)
{
	return p->ended == 3;
}

void hw_pairing_progress(struct hw_pairing_env *env, uint64_t now_ns,
			 void (*exchange)(void *ctx, void *owner, struct hw_exchange *x,
					  int client),
			 void *ctx)
{
	struct hw_pairing *p;

	while ((p = env->first) && now_ns >= p->due_ns) {
		hw_pairing_list(env, p, now_ns);
		for (const struct hw_waiting *w = p->first; w; w = w->next) {
			struct hw_exchange x = exchange_of(p, w, HW_EXCHANGE_GOES_ON);

			exchange(ctx, p->owner, &x, client_of(p, w));
		}
	}
}
