/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/exchanges.c - see exchanges.h */
#include "engine/exchanges.h"

/* The other direction may have ended before there was a pairing, or while it rested. */
static void note_end(struct hw_pairing *p, const struct hw_tcp_connection *c, int dir)
{
	if (hw_tcp_has_ended(c, !dir))
		hw_pairing_ended(p, !dir, hw_tcp_ended_by(c, !dir));
}

struct hw_pairing *hw_exchanges_make(struct hw_conversing *shared, struct hw_tcp_connection *c,
				     int dir, bool is_whole)
{
	struct hw_pairing_env *env = &shared->pairing;
	const uint64_t rest = *hw_conversation_exchanges_of(c);
	struct hw_pairing *p =
		rest ? hw_pairing_awake(env, c, rest, is_whole) : hw_pairing_new(env, c, is_whole);

	if (!p)
		return NULL;
	*hw_conversation_exchanges_of(c) = 0;
	note_end(p, c, dir);
	return p;
}

static struct hw_pairing_now now_of(struct hw_call *call)
{
	const struct hw_packet *at = call->place.at;

	return (struct hw_pairing_now){
		.env = &call->shared->pairing,
		.ctx = call,
		.time_ns = at ? at->frame->time_ns : call->place.connection->last_ns,
		.frame = at ? at->frame->number : 0,
		.dir = call->place.dir,
		.next = hw_tcp_next(call->place.connection, call->place.dir),
		.why = call->why,
	};
}

/* Made when something that may be a message is there: other connections cost nothing. */
static struct hw_pairing *get_pairing(struct hw_call *call)
{
	struct hw_conversation *v = call->conversation;
	struct hw_tcp_connection *c = call->place.connection;
	const struct hw_pairing_now now = now_of(call);

	if (v->pairing)
		return v->pairing;
	v->pairing = hw_exchanges_make(call->shared, c, call->place.dir,
				       !c->midstream && !v->requests_lost);
	if (v->pairing)
		hw_pairing_piece(v->pairing, &now, call->len);
	return v->pairing;
}

/* A head that ends in a gap did not come with the packet at hand. */
static struct hw_pairing_ack ack_of(const struct hw_call *call)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_packet *at = place->at;

	if (!at || call->why == HW_HTTP_CUT_GAP || !(at->flags & HW_TCP_ACK) ||
	    !hw_call_goes(at, place->connection, place->dir))
		return (struct hw_pairing_ack){ .next = hw_tcp_next(place->connection,
								    !place->dir) };
	return (struct hw_pairing_ack){
		.is_set = true,
		.ack = at->ack,
		.next = hw_tcp_has_next(place->connection, !place->dir)
				? hw_tcp_next(place->connection, !place->dir)
				: at->ack,
	};
}

static void on_begin(void *ctx, ptrdiff_t offset)
{
	struct hw_call *call = ctx;
	struct hw_pairing *p = get_pairing(call);
	const struct hw_pairing_now now = now_of(call);
	const uint32_t next = hw_tcp_next(call->place.connection, call->place.dir);
	const struct hw_pairing_ack ack = ack_of(call);

	if (p)
		hw_pairing_begin(p, &now, offset, next - (uint32_t)call->len + (uint32_t)offset,
				 &ack);
}

/* A head has begun there, of which the sender of the packet at hand had some. */
static bool is_in_head(const struct hw_call *call, const struct hw_pairing_ack *ack)
{
	const int dir = !call->place.dir;
	const struct hw_http_parser *p = &call->conversation->parser[dir];
	const uint32_t next = hw_tcp_next(call->place.connection, dir);

	return hw_http_parser_is_in_head(p) && ack->is_set &&
	       (int32_t)(ack->ack - (next - (uint32_t)hw_http_parser_kept(p).len)) > 0;
}

static void give_head(struct hw_call *call, struct hw_pairing *p, const struct hw_http_message *m)
{
	const struct hw_pairing_now now = now_of(call);
	const struct hw_http_parser *other = &call->conversation->parser[!call->place.dir];
	struct hw_pairing_ack ack = ack_of(call);

	if (m->kind == HW_HTTP_REQUEST) {
		if (hw_http_parser_is_lost(other))
			hw_pairing_garbage(p, &now, &ack);
		hw_pairing_request(p, &now, m, &ack);
	} else {
		ack.is_in_head = is_in_head(call, &ack);
		hw_pairing_response(p, &now, m, &ack);
	}
}

void hw_exchanges_give(struct hw_call *call, const struct hw_http_message *m)
{
	give_head(call, call->conversation->pairing, m);
	if (call->conversation->parser[call->place.dir].held) /* what it holds is freed */
		hw_pairing_keep(&call->shared->pairing);
}

static void on_body(void *ctx, struct hw_slice bytes)
{
	struct hw_call *call = ctx;
	const struct hw_pairing_now now = now_of(call);
	struct hw_conversation *v = call->conversation;
	const int dir = call->place.dir;

	if (v->pairing)
		hw_pairing_body(v->pairing, &now, bytes);
	if (!v->pairing || !hw_pairing_wants_body(v->pairing, dir))
		hw_http_parser_leave_body(&v->parser[dir]);
}

static void on_passed(void *ctx, uint64_t len)
{
	struct hw_call *call = ctx;
	const struct hw_pairing_now now = now_of(call);

	if (call->conversation->pairing)
		hw_pairing_passed(call->conversation->pairing, &now, len);
}

static void on_odd(void *ctx, hw_anomalies odd)
{
	struct hw_call *call = ctx;
	const struct hw_pairing_now now = now_of(call);

	if (call->conversation->pairing)
		hw_pairing_odd(call->conversation->pairing, &now, odd);
}

static void on_done(void *ctx, bool whole, size_t left)
{
	struct hw_call *call = ctx;
	const struct hw_pairing_now now = now_of(call);

	if (call->conversation->pairing)
		hw_pairing_done(call->conversation->pairing, &now, whole, left);
}

/*
 * A handshake of up to 4 s is kept to the nanosecond, a longer one to the microsecond: in
 * 32 bits, the lowest of which says which.
 */
static uint32_t pack_duration(uint64_t ns)
{
	if (ns <= UINT32_MAX)
		return (uint32_t)ns & ~1u ? (uint32_t)ns & ~1u : 2;
	return ns / 1000 <= UINT32_MAX ? (uint32_t)(ns / 1000) | 1 : UINT32_MAX;
}

static uint64_t unpack_duration(uint32_t packed)
{
	return packed & 1 ? (uint64_t)packed * 1000 : packed;
}

static void on_exchange(void *ctx, struct hw_exchange *x, int client)
{
	struct hw_call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	x->connect_ns = unpack_duration(call->conversation->connect);
	call->shared->exchange(call->shared->ctx, &place, x);
}

static enum hw_exchange_role on_role(void *ctx, int client)
{
	struct hw_call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	return call->shared->role(call->shared->ctx, &place);
}

static void on_tunnel(void *ctx, const struct hw_tunnel *t, int client)
{
	struct hw_call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	call->shared->tunnel(call->shared->ctx, &place, t);
}

void hw_exchanges_note_piece(struct hw_call *call, uint64_t len)
{
	const struct hw_pairing_now now = now_of(call);

	hw_pairing_piece(call->conversation->pairing, &now, len);
}

/* What is held may begin in the piece at hand, behind the end of what was held before. */
static void note_held(struct hw_call *call, const struct hw_buf *held)
{
	struct hw_pairing *p = get_pairing(call);
	const struct hw_pairing_now now = now_of(call);

	if (p && held->len <= call->len)
		hw_pairing_hold(p, &now);
}

void hw_exchanges_keep(struct hw_call *call)
{
	const struct hw_buf *held = call->conversation->parser[call->place.dir].held;

	if (held)
		note_held(call, held);
	hw_pairing_keep(&call->shared->pairing);
}

/* The handshake's third packet, or what came instead of it. */
static void time_handshake(struct hw_tcp_connection *c, const struct hw_packet *at)
{
	if (c->midstream || c->client < 0 || !c->has_isn[!c->client] ||
	    (at->flags & (HW_TCP_SYN | HW_TCP_ACK)) != HW_TCP_ACK ||
	    hw_conversation_has_connect(c) || !hw_call_goes(at, c, c->client))
		return;
	if (at->frame->time_ns > c->first_ns)
		hw_conversation_set_connect(c, pack_duration(at->frame->time_ns - c->first_ns));
}

void hw_conversation_packet(struct hw_tcp_connection *c, const struct hw_packet *at, uint64_t again)
{
	const struct hw_conversation *v;

	time_handshake(c, at);
	v = hw_conversation_peek(c);
	if (again && v && v->pairing)
		hw_pairing_again(v->pairing, hw_call_goes(at, c, 0) ? 0 : 1, again);
}

/* What a pairing's owner is: the connection, and what it belongs to. */
static void on_progress(void *ctx, void *owner, struct hw_exchange *x, int client)
{
	const struct hw_conversing *shared = ctx;
	struct hw_tcp_connection *c = owner;
	const struct hw_conversation *v = hw_conversation_peek(c);
	const struct hw_message_place place = { c, client, NULL };

	x->connect_ns = unpack_duration(v->connect);
	shared->exchange(shared->ctx, &place, x);
}

void hw_conversing_progress(struct hw_conversing *shared, uint64_t now_ns)
{
	hw_pairing_progress(&shared->pairing, now_ns, on_progress, shared);
}

void hw_exchanges_gap(struct hw_call *call, uint64_t len, bool is_inside)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_pairing_now now = now_of(call);

	hw_exchanges_end_piece(call);
	if (call->conversation->pairing)
		hw_pairing_gap(call->conversation->pairing, &now, len, is_inside,
			       hw_tcp_next(place->connection, place->dir));
}

static enum hw_pairing_end pairing_end(enum hw_tcp_end how)
{
	switch (how) {
	case HW_TCP_END_FIN:
	case HW_TCP_END_CLOSED:
		return HW_PAIRING_CLOSED;
	case HW_TCP_END_REUSED:
		return HW_PAIRING_UNSEEN;
	case HW_TCP_END_RESET:
		return HW_PAIRING_RESET;
	case HW_TCP_END_TIMEOUT:
	case HW_TCP_END_GIVEN_UP:
		return HW_PAIRING_TIMEOUT;
	case HW_TCP_END_EVICTED:
		return HW_PAIRING_EVICTED;
	case HW_TCP_END_CAPTURE:
		break;
	}
	return HW_PAIRING_CAPTURE_END;
}

void hw_exchanges_end(struct hw_call *call, enum hw_tcp_end how)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_tcp_connection *c = place->connection;
	const bool are_heard = hw_tcp_has_next(c, 0) && hw_tcp_has_next(c, 1);
	const uint32_t next[] = { hw_tcp_next(c, 0), hw_tcp_next(c, 1) };
	const struct hw_pairing_now now = now_of(call);
	int by = place->dir;

	if (!call->conversation->pairing)
		return;
	if (how == HW_TCP_END_RESET && place->at)
		by = hw_call_goes(place->at, c, 0) ? 0 : 1;
	hw_pairing_end(call->conversation->pairing, &now, pairing_end(how), by,
		       are_heard ? next : NULL);
}

void hw_exchanges_drop(struct hw_conversation *v, struct hw_conversing *shared)
{
	if (!v->pairing || !hw_pairing_is_over(v->pairing))
		return;
	hw_pairing_free(v->pairing, &shared->pairing);
	v->pairing = NULL;
}

void hw_exchanges_init(struct hw_conversing *shared)
{
	shared->reader.done = on_done;
	if (!shared->pairs)
		return;
	shared->reader.begin = on_begin;
	shared->reader.body = on_body;
	shared->reader.passed = on_passed;
	shared->reader.odd = on_odd;
	shared->reader.needs_bodies = shared->pairing.bodies.max > 0;
	shared->pairing.exchange = on_exchange;
	shared->pairing.tunnel = on_tunnel;
	shared->pairing.role = on_role;
}
