/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/conversation.c - see conversation.h */
#include "engine/conversation.h"

#include <stdlib.h>

#include "base/fetch.h"
#include "engine/connection_id.h"

enum {
	AWAKE_MAX = 1024, /* above that conversations go to rest when they can */
	SPARE_MAX = 64,
	EVICTIONS_MAX = 8,   /* of connections, so that one may awake: some rest, and free little */
	ALLOC_OVERHEAD = 16, /* what malloc adds */
};

/* One that is awake. */
struct hw_conversation {
	struct hw_http_parser parser[HW_TCP_DIRS];
	struct hw_asked asked;
	struct hw_requests *requests; /* what those said, if that is kept */
	uint64_t id;		      /* hw_connection_id(); 0: not asked for yet */
	struct hw_pairing *pairing;   /* of its exchanges; NULL: none yet, or not asked for */
	struct hw_dns_stream *dns;    /* of both directions, where DNS is asked for; else NULL */
	struct hw_conversation *next_spare;
	uint32_t connect;   /* how long the handshake took; 0: not known */
	bool is_flow;	    /* its begin was told, and its end is due */
	bool requests_lost; /* bytes of the requests are missing: no order to rely on */
};

/* ---- awake and at rest ---- */

/*
 * The word of one that rests, but for zero, has its lowest bit set: that bit, what there is
 * of the two parsers and of the request that waits, whether something was missed for want of
 * memory, and in its upper half how long the handshake took.
 */
static const uint64_t RESTS = 1, MISSED = UINT64_C(1) << 31;
enum {
	PARSER_SHIFT = 1,
	PARSER_MASK = (1 << HW_HTTP_PARSER_REST_BITS) - 1,
	ASKED_SHIFT = PARSER_SHIFT + HW_TCP_DIRS * HW_HTTP_PARSER_REST_BITS,
	ASKED_MASK = (1 << HW_ASKED_REST_BITS) - 1,
	CONNECT_SHIFT = 32,
};
_Static_assert(ASKED_SHIFT + HW_ASKED_REST_BITS < CONNECT_SHIFT, "no room");

static uint64_t *word_of(struct hw_tcp_connection *c)
{
	return &((struct hw_conversation_word *)hw_tcp_user(c))->bits;
}

/* What rests of its exchanges; 0: nothing does. Only if those are asked for. */
static uint64_t *exchanges_of(struct hw_tcp_connection *c)
{
	return &((struct hw_conversation_word *)hw_tcp_user(c))->exchanges;
}

size_t hw_conversation_bytes(const struct hw_conversing *shared)
{
	return shared->pairs ? sizeof(struct hw_conversation_word)
			     : offsetof(struct hw_conversation_word, exchanges);
}

/* NULL: it rests. */
static struct hw_conversation *peek(struct hw_tcp_connection *c)
{
	const uint64_t word = *word_of(c);

	return word & RESTS ? NULL : (struct hw_conversation *)(uintptr_t)word;
}

static void awake_parser(struct hw_http_parser *p, uint64_t word, int dir)
{
	const uint64_t rest = word >> (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);

	*p = (struct hw_http_parser){ 0 };
	hw_http_parser_awake(p, rest & PARSER_MASK);
}

static struct hw_conversation *new_conversation(struct hw_conversing *shared)
{
	const size_t bytes = sizeof(struct hw_conversation) + ALLOC_OVERHEAD;
	struct hw_conversation *v = shared->spare;

	if (v) {
		shared->spare = v->next_spare;
		shared->spare_nr--;
		return v;
	}
	if (!hw_budget_take(shared->parsing.budget, bytes))
		return NULL;
	v = malloc(sizeof(*v));
	if (!v)
		hw_budget_give(shared->parsing.budget, bytes);
	return v;
}

static void free_conversation(struct hw_conversing *shared, struct hw_conversation *v)
{
	free(v);
	hw_budget_give(shared->parsing.budget, sizeof(*v) + ALLOC_OVERHEAD);
}

static void spare(struct hw_conversing *shared, struct hw_conversation *v)
{
	shared->awake_nr--;
	if (shared->spare_nr == SPARE_MAX) {
		free_conversation(shared, v);
		return;
	}
	v->next_spare = shared->spare;
	shared->spare = v;
	shared->spare_nr++;
}

void hw_conversing_clear(struct hw_conversing *shared)
{
	while (shared->spare) {
		struct hw_conversation *v = shared->spare;

		shared->spare = v->next_spare;
		free_conversation(shared, v);
	}
	shared->spare_nr = 0;
}

/* One for `c`, if need be at the cost of connections that were idle for longest. */
static struct hw_conversation *get_conversation(struct hw_conversing *shared,
						const struct hw_tcp_connection *c)
{
	struct hw_conversation *v = new_conversation(shared);

	for (int i = 0; !v && i < EVICTIONS_MAX && shared->evict(shared->ctx, c); i++)
		v = new_conversation(shared);
	return v;
}

/* The other direction may have ended before there was a pairing, or while it rested. */
static void note_end(struct hw_pairing *p, const struct hw_tcp_connection *c, int dir)
{
	if (hw_tcp_has_ended(c, !dir))
		hw_pairing_ended(p, !dir, hw_tcp_ended_by(c, !dir));
}

/* A new one, or what rested of it. NULL: no memory for it. Only if exchanges are asked for. */
static struct hw_pairing *make_pairing(struct hw_conversing *shared, struct hw_tcp_connection *c,
				       int dir, bool is_whole)
{
	struct hw_pairing_env *env = &shared->pairing;
	const uint64_t rest = *exchanges_of(c);
	struct hw_pairing *p =
		rest ? hw_pairing_awake(env, c, rest, is_whole) : hw_pairing_new(env, c, is_whole);

	if (!p)
		return NULL;
	*exchanges_of(c) = 0;
	note_end(p, c, dir);
	return p;
}

/* Without memory for it the order of what was asked is not known. */
static void awake_pairing(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
			  struct hw_conversation *v)
{
	if (!shared->pairs || !*exchanges_of(c))
		return;
	v->pairing = make_pairing(shared, c, dir, !v->requests_lost);
	v->requests_lost |= !v->pairing;
}

/*
 * Something comes in direction `dir`. Returns NULL without memory for it: then it goes on
 * resting.
 */
static struct hw_conversation *awake(struct hw_conversing *shared, struct hw_tcp_connection *c,
				     int dir)
{
	struct hw_conversation *v = peek(c);
	const uint64_t word = *word_of(c);

	if (v)
		return v;
	v = get_conversation(shared, c);
	if (!v)
		return NULL;
	*v = (struct hw_conversation){ .connect = (uint32_t)(word >> CONNECT_SHIFT) };
	for (int i = 0; i < HW_TCP_DIRS; i++)
		awake_parser(&v->parser[i], word, i);
	hw_asked_awake(&v->asked, word >> ASKED_SHIFT & ASKED_MASK);
	for (int i = 0; word & MISSED && i < HW_TCP_DIRS; i++)
		hw_http_parser_midstream(&v->parser[i]);
	v->requests_lost = word & MISSED;
	awake_pairing(shared, c, dir, v);
	shared->awake_nr++;
	*word_of(c) = (uintptr_t)v;
	return v;
}

/* Bytes went by, or are missing, and there is no memory to do something about it. */
static void miss(struct hw_conversing *shared, struct hw_tcp_connection *c, uint64_t len)
{
	*word_of(c) |= RESTS | MISSED;
	hw_stats_add(shared->parsing.stats, HW_STAT_HTTP_SKIPPED_BYTES, len);
}

/* What rests has one request that waits at most, and nothing to tell of at its end. */
static bool may_rest(const struct hw_conversation *v)
{
	if (v->dns || v->is_flow || v->requests_lost)
		return false;
	if (v->pairing && hw_pairing_rest(v->pairing) == HW_PAIRING_BUSY)
		return false;
	return hw_asked_rest(&v->asked) != HW_ASKED_MANY && (!v->requests || v->asked.nr == 0);
}

static void rest_pairing(struct hw_conversing *shared, struct hw_tcp_connection *c,
			 struct hw_conversation *v)
{
	if (!v->pairing)
		return;
	*exchanges_of(c) = hw_pairing_rest(v->pairing);
	hw_pairing_free(v->pairing, &shared->pairing);
}

/* Between messages, where there are many conversations. */
static void rest(struct hw_conversing *shared, struct hw_tcp_connection *c)
{
	struct hw_conversation *v = peek(c);
	uint64_t word;

	if (shared->awake_nr <= AWAKE_MAX || !v || !may_rest(v))
		return;
	word = RESTS | (uint64_t)hw_asked_rest(&v->asked) << ASKED_SHIFT;
	for (int dir = 0; dir < HW_TCP_DIRS; dir++) {
		const uint64_t parser = hw_http_parser_rest(&v->parser[dir]);

		if (parser == HW_HTTP_PARSER_BUSY)
			return;
		word |= parser << (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);
	}
	*word_of(c) = word | (uint64_t)v->connect << CONNECT_SHIFT;
	rest_pairing(shared, c, v);
	hw_requests_clear(&v->requests);
	hw_asked_clear(&v->asked);
	spare(shared, v);
}

uint64_t hw_conversation_id(struct hw_tcp_connection *c)
{
	struct hw_conversation *v = peek(c);

	if (!v)
		return hw_connection_id(c);
	if (!v->id)
		v->id = hw_connection_id(c);
	return v->id;
}

/* The context of one call into a parser. */
struct call {
	struct hw_conversing *shared;
	struct hw_conversation *conversation;
	struct hw_message_place place;
	enum hw_http_incomplete why; /* a message that ends now is not whole */
	size_t len;		     /* of the piece at hand */
	bool is_fresh;		     /* the parser held nothing before it */
};

/* Without memory its `conversation` is NULL. */
static struct call call_for(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
			    const struct hw_packet *at)
{
	return (struct call){ .shared = shared,
			      .conversation = awake(shared, c, dir),
			      .place = { c, dir, at } };
}

/* ---- exchanges ---- */

static struct hw_pairing_now now_of(struct call *call)
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

/* Whether the packet went in direction `dir` of the connection. */
static bool goes(const struct hw_packet *at, const struct hw_tcp_connection *c, int dir)
{
	const struct hw_tcp_key *key = &c->key;

	if (key->is_socket)
		return at->frame->direction ==
		       (dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS);
	return at->src_port == key->port[dir] &&
	       memcmp(&at->src, &key->addr[dir], sizeof(at->src)) == 0;
}

/* Made when something that may be a message is there: other connections cost nothing. */
static struct hw_pairing *get_pairing(struct call *call)
{
	struct hw_conversation *v = call->conversation;
	struct hw_tcp_connection *c = call->place.connection;
	const struct hw_pairing_now now = now_of(call);

	if (v->pairing)
		return v->pairing;
	v->pairing =
		make_pairing(call->shared, c, call->place.dir, !c->midstream && !v->requests_lost);
	if (v->pairing)
		hw_pairing_piece(v->pairing, &now, call->len, call->is_fresh);
	return v->pairing;
}

static void on_begin(void *ctx, ptrdiff_t offset)
{
	struct call *call = ctx;
	struct hw_pairing *p = get_pairing(call);
	const struct hw_pairing_now now = now_of(call);
	const uint32_t next = hw_tcp_next(call->place.connection, call->place.dir);

	if (p)
		hw_pairing_begin(p, &now, offset, next - (uint32_t)call->len + (uint32_t)offset);
}

static struct hw_pairing_ack ack_of(const struct call *call)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_packet *at = place->at;

	if (!at || !(at->flags & HW_TCP_ACK) || !goes(at, place->connection, place->dir))
		return (struct hw_pairing_ack){ 0 };
	return (struct hw_pairing_ack){
		.is_set = true,
		.ack = at->ack,
		.next = hw_tcp_has_next(place->connection, !place->dir)
				? hw_tcp_next(place->connection, !place->dir)
				: at->ack,
	};
}

static void give_head(struct call *call, struct hw_pairing *p, const struct hw_http_message *m)
{
	const struct hw_pairing_now now = now_of(call);
	const struct hw_pairing_ack ack = ack_of(call);

	if (m->kind == HW_HTTP_REQUEST)
		hw_pairing_request(p, &now, m, &ack);
	else
		hw_pairing_response(p, &now, m);
}

static void pair(struct call *call, const struct hw_http_message *m)
{
	struct hw_pairing *p = call->conversation->pairing;

	if (!p)
		return;
	give_head(call, p, m);
	if (call->conversation->parser[call->place.dir].held) /* what it holds is freed */
		hw_pairing_keep(&call->shared->pairing);
}

static void on_body(void *ctx, struct hw_slice bytes)
{
	struct call *call = ctx;
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
	struct call *call = ctx;
	const struct hw_pairing_now now = now_of(call);

	if (call->conversation->pairing)
		hw_pairing_passed(call->conversation->pairing, &now, len);
}

static void on_odd(void *ctx, hw_anomalies odd)
{
	struct call *call = ctx;
	const struct hw_pairing_now now = now_of(call);

	if (call->conversation->pairing)
		hw_pairing_odd(call->conversation->pairing, &now, odd);
}

static void on_done(void *ctx, bool whole, size_t left)
{
	struct call *call = ctx;
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
	struct call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	x->connect_ns = unpack_duration(call->conversation->connect);
	call->shared->exchange(call->shared->ctx, &place, x);
}

static enum hw_exchange_role on_role(void *ctx, int client)
{
	struct call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	return call->shared->role(call->shared->ctx, &place);
}

static void on_tunnel(void *ctx, const struct hw_tunnel *t, int client)
{
	struct call *call = ctx;
	const struct hw_message_place place = { call->place.connection, client, call->place.at };

	call->shared->tunnel(call->shared->ctx, &place, t);
}

static void begin_piece(struct call *call, uint64_t len)
{
	struct hw_pairing *p = call->conversation->pairing;

	call->is_fresh = !call->conversation->parser[call->place.dir].held;
	if (p) {
		const struct hw_pairing_now now = now_of(call);

		hw_pairing_piece(p, &now, len, call->is_fresh);
	}
}

static void end_piece(struct call *call)
{
	const struct hw_conversation *v = call->conversation;

	if (!call->shared->pairs)
		return;
	if (v->parser[call->place.dir].held)
		get_pairing(call);
	hw_pairing_keep(&call->shared->pairing);
}

static void set_connect(struct hw_tcp_connection *c, uint32_t connect)
{
	struct hw_conversation *v = peek(c);

	if (v)
		v->connect = connect;
	else
		*word_of(c) |= RESTS | (uint64_t)connect << CONNECT_SHIFT;
}

static bool has_connect(struct hw_tcp_connection *c)
{
	const struct hw_conversation *v = peek(c);

	return v ? v->connect : *word_of(c) >> CONNECT_SHIFT;
}

/* The handshake's third packet, or what came instead of it. */
static void time_handshake(struct hw_tcp_connection *c, const struct hw_packet *at)
{
	if (c->midstream || c->client < 0 || !c->has_isn[!c->client] ||
	    (at->flags & (HW_TCP_SYN | HW_TCP_ACK)) != HW_TCP_ACK || has_connect(c) ||
	    !goes(at, c, c->client))
		return;
	if (at->frame->time_ns > c->first_ns)
		set_connect(c, pack_duration(at->frame->time_ns - c->first_ns));
}

void hw_conversation_packet(struct hw_tcp_connection *c, const struct hw_packet *at, uint64_t again)
{
	const struct hw_conversation *v;

	time_handshake(c, at);
	v = peek(c);
	if (again && v && v->pairing)
		hw_pairing_again(v->pairing, goes(at, c, 0) ? 0 : 1, again);
}

/* What a pairing's owner is: the connection, and what it belongs to. */
static void on_progress(void *ctx, void *owner, struct hw_exchange *x, int client)
{
	const struct hw_conversing *shared = ctx;
	struct hw_tcp_connection *c = owner;
	const struct hw_conversation *v = peek(c);
	const struct hw_message_place place = { c, client, NULL };

	x->connect_ns = unpack_duration(v->connect);
	shared->exchange(shared->ctx, &place, x);
}

void hw_conversing_progress(struct hw_conversing *shared, uint64_t now_ns)
{
	hw_pairing_progress(&shared->pairing, now_ns, on_progress, shared);
}

/* ---- messages ---- */

static enum hw_http_asked asks_for(const struct hw_http_message *m)
{
	if (hw_slice_eq(m->method, HW_SLICE("HEAD")))
		return HW_HTTP_ASKED_HEAD;
	if (hw_slice_eq(m->method, HW_SLICE("CONNECT")))
		return HW_HTTP_ASKED_CONNECT;
	return HW_HTTP_ASKED_ANY;
}

/* 1xx come before the answer proper; 101 is the answer. RFC 9110 15.2 */
static bool is_interim(const struct hw_http_message *m)
{
	return m->status_code >= 100 && m->status_code < 200 && m->status_code != 101;
}

static enum hw_http_asked answer(struct call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const enum hw_http_asked asked = hw_asked_peek(&v->asked);

	if (!is_interim(m))
		hw_asked_pop(&v->asked, !call->place.connection->midstream && !v->requests_lost);
	return asked;
}

static const struct hw_http_message *hide(const struct call *call, const struct hw_http_message *m)
{
	return call->shared->hide ? call->shared->hide(call->shared->ctx, m) : m;
}

static enum hw_http_asked on_response(struct call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const struct hw_event_request request = hw_requests_peek(v->requests);
	const uint32_t waiting = v->asked.nr;
	const enum hw_http_asked asked = answer(call, m);

	const struct hw_http_message *shown = hide(call, m);

	call->shared->message(call->shared->ctx, &call->place, shown, &request);
	pair(call, shown);
	if (v->asked.nr < waiting)
		hw_requests_pop(v->requests);
	return asked;
}

static enum hw_http_asked on_request(struct call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const struct hw_http_message *shown = hide(call, m);
	const struct hw_event_request request = { shown->method, shown->host, shown->target,
						  shown->uri_path };
	struct hw_budget *budget = call->shared->parsing.budget;
	const uint32_t waiting = v->asked.nr;

	hw_asked_push(&v->asked, asks_for(m), budget);
	if (call->shared->keep_requests && v->asked.nr > waiting)
		hw_requests_push(&v->requests, &request, budget);
	call->shared->message(call->shared->ctx, &call->place, shown, &request);
	pair(call, shown);
	return HW_HTTP_ASKED_ANY;
}

static enum hw_http_asked on_head(void *ctx, const struct hw_http_message *m)
{
	return m->kind == HW_HTTP_RESPONSE ? on_response(ctx, m) : on_request(ctx, m);
}

static bool on_dns_message(void *ctx, struct hw_slice message)
{
	struct call *call = ctx;

	return call->shared->dns_message(call->shared->ctx, &call->place, message);
}

void hw_conversing_init(struct hw_conversing *shared)
{
	shared->dns_reader.message = on_dns_message;
	shared->reader = (struct hw_http_reader){ .head = on_head, .done = on_done };
	if (shared->pairs) {
		shared->reader.begin = on_begin;
		shared->reader.body = on_body;
		shared->reader.passed = on_passed;
		shared->reader.odd = on_odd;
		shared->reader.needs_bodies = shared->pairing.bodies.max > 0;
		shared->pairing.exchange = on_exchange;
		shared->pairing.tunnel = on_tunnel;
		shared->pairing.role = on_role;
	}
	shared->parsing.reader = &shared->reader;
}

/* The same as was said before a piece of `len` bytes came. */
static bool is_known(const struct hw_http_ahead *now, const struct hw_http_ahead *before,
		     size_t len)
{
	switch (now->kind) {
	case HW_HTTP_AHEAD_NOTHING: /* what was said of these holds until something else is */
		return before->kind != HW_HTTP_AHEAD_CHUNKS && before->kind != HW_HTTP_AHEAD_ALL;
	case HW_HTTP_AHEAD_CHUNKS:
		return before->kind == now->kind && now->len == before->len;
	case HW_HTTP_AHEAD_BYTES:
		return before->kind == now->kind &&
		       (now->len == before->len || now->len + len == before->len);
	case HW_HTTP_AHEAD_ALL: /* the source took it for a message */
	case HW_HTTP_AHEAD_END:
		break;
	}
	return false;
}

/* How much there has been of what has no length yet is told while it goes on, if asked for. */
static bool is_awaited(const struct hw_conversing *shared, const struct hw_http_ahead *now)
{
	return shared->pairing.progress_ns &&
	       (now->kind == HW_HTTP_AHEAD_CHUNKS || now->len == HW_HTTP_UNTIL_CLOSE);
}

static void tell_ahead(struct call *call, const struct hw_http_parser *parser,
		       const struct hw_http_ahead *before, size_t len)
{
	const struct hw_http_ahead now = hw_http_parser_ahead(parser);

	if (!is_known(&now, before, len) && !is_awaited(call->shared, &now) &&
	    !call->conversation->dns)
		call->shared->ahead(call->shared->ctx, &call->place, &now);
}

/*
 * Where a message ends that the source asks about is said of however few bytes, if no other one
 * waits: it was the only request, or the response to it.
 */
static void confirm_end(struct call *call, const struct hw_http_parser *parser, uint32_t waiting,
			uint32_t ends_at)
{
	const struct hw_conversation *v = call->conversation;
	struct hw_http_ahead ahead = { .kind = HW_HTTP_AHEAD_END };
	const uint32_t next = hw_tcp_next(call->place.connection, call->place.dir);

	if (!v->dns && waiting + v->asked.nr == 1 && !v->asked.ahead &&
	    hw_http_parser_to_end(parser, &ahead.len) && ahead.len < INT32_MAX &&
	    next + (uint32_t)ahead.len == ends_at)
		call->shared->ahead(call->shared->ctx, &call->place, &ahead);
}

void hw_conversation_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
			  const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);
	struct hw_http_parser *parser;
	struct hw_http_ahead before;
	uint32_t waiting;

	if (!call.conversation) {
		miss(ctx, c, bytes.len);
		return;
	}
	parser = &call.conversation->parser[dir];
	if (call.shared->ahead)
		before = hw_http_parser_ahead(parser);
	call.len = bytes.len;
	waiting = call.conversation->asked.nr;
	begin_piece(&call, bytes.len);
	if (call.conversation->dns)
		hw_dns_stream_feed(&call.conversation->dns[dir], &call.shared->dns_reader, &call,
				   bytes);
	hw_http_parser_feed(parser, &call.shared->parsing, &call, bytes);
	end_piece(&call);
	if (call.shared->ahead)
		tell_ahead(&call, parser, &before, bytes.len);
	if (call.shared->ahead && at && at->frame->ends_at)
		confirm_end(&call, parser, waiting, *at->frame->ends_at);
	rest(ctx, c);
}

/* Chunks that a source left out: bytes of the stream, those that are data, and to the next line. */
struct left_chunks {
	uint32_t len, data, left;
};

/* Of the bytes before a line with a size. */
static uint32_t data_before(uint32_t to_line)
{
	return to_line > HW_HTTP_CHUNK_END_LEN ? to_line - HW_HTTP_CHUNK_END_LEN : 0;
}

/*
 * `hole` bytes from `at` on are not there; what the source says of them must be of the place
 * in the body that the parser has come to. False: it is not, or it says nothing.
 */
static bool find_chunks(const struct hw_http_parser *parser, const struct hw_packet *packet,
			uint32_t at, uint32_t hole, struct left_chunks *ret)
{
	const struct hw_left_out *l = packet ? packet->frame->left_out : NULL;
	uint64_t to_line;
	uint32_t data;

	if (!l || !hw_http_parser_to_chunk(parser, &to_line) || to_line > INT32_MAX ||
	    at + (uint32_t)to_line != l->from)
		return false;
	ret->len = l->until - at;
	ret->left = l->next - l->until;
	if (ret->len > hole || ret->left > INT32_MAX || l->framing > l->next - l->from)
		return false;
	data = data_before((uint32_t)to_line) + (l->next - l->from - l->framing);
	ret->data = data - data_before(ret->left);
	return ret->data <= ret->len;
}

static uint32_t left_out_of(const struct hw_http_parser *parser, const struct hw_packet *packet,
			    uint32_t at, uint32_t hole)
{
	struct left_chunks chunks;

	if (hole <= hw_http_parser_skippable(parser))
		return hole;
	return find_chunks(parser, packet, at, hole, &chunks) ? chunks.len : 0;
}

/* DNS wants all there is; else, where nobody asks for bytes, all may be left out. */
uint32_t hw_conversation_left_out(void *ctx, struct hw_tcp_connection *c, int dir, uint32_t hole,
				  const struct hw_packet *at)
{
	const struct hw_conversing *shared = ctx;
	const struct hw_conversation *v = peek(c);
	struct hw_http_parser parser;

	if (v && v->dns)
		return 0;
	if (shared->lacks_data)
		return hole;
	if (v)
		return left_out_of(&v->parser[dir], at, hw_tcp_next(c, dir), hole);
	awake_parser(&parser, *word_of(c), dir);
	return left_out_of(&parser, at, hw_tcp_next(c, dir), hole);
}

struct hw_slice hw_conversation_kept(void *ctx, struct hw_tcp_connection *c, int dir)
{
	const struct hw_conversing *shared = ctx;
	const struct hw_conversation *v = peek(c);

	return v && !shared->lacks_data ? hw_http_parser_kept(&v->parser[dir]) : hw_slice(NULL, 0);
}

/* They were before the next byte. */
static void skip(struct call *call, struct hw_http_parser *parser, uint64_t len)
{
	const uint32_t at = hw_tcp_next(call->place.connection, call->place.dir) - (uint32_t)len;
	struct left_chunks chunks;

	if (len > hw_http_parser_skippable(parser) &&
	    find_chunks(parser, call->place.at, at, (uint32_t)len, &chunks))
		hw_http_parser_skip_chunks(parser, &call->shared->parsing, call, chunks.len,
					   chunks.data, chunks.left);
	else
		hw_http_parser_skip(parser, &call->shared->parsing, call, len);
}

void hw_conversation_skip(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			  const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;
	struct call call;
	struct hw_http_parser *parser;

	if (shared->lacks_data)
		return;
	call = call_for(shared, c, dir, at);
	if (!call.conversation) {
		miss(ctx, c, len);
		return;
	}
	parser = &call.conversation->parser[dir];
	begin_piece(&call, len);
	skip(&call, parser, len);
	tell_ahead(&call, parser, &(const struct hw_http_ahead){ 0 }, 0);
	rest(ctx, c);
}

static void tell_gap(struct call *call, uint64_t len, bool is_inside)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_pairing_now now = now_of(call);

	end_piece(call);
	if (call->conversation->pairing)
		hw_pairing_gap(call->conversation->pairing, &now, len, is_inside,
			       hw_tcp_next(place->connection, place->dir));
}

/* Which requests were lost cannot be known, so what waits is forgotten: never pair across a gap. */
void hw_conversation_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			 const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);
	struct hw_conversation *v = call.conversation;
	struct hw_http_ahead before;
	bool is_inside;

	if (!v) {
		miss(ctx, c, 0);
		return;
	}
	before = hw_http_parser_ahead(&v->parser[dir]);
	if (v->dns)
		hw_dns_stream_gap(&v->dns[dir]);
	call.why = HW_HTTP_CUT_GAP;
	is_inside = hw_http_parser_gap(&v->parser[dir], &call.shared->parsing, &call, len);
	tell_gap(&call, len, is_inside);
	if (call.shared->ahead)
		tell_ahead(&call, &v->parser[dir], &before, (size_t)len);
	if (is_inside)
		return;
	hw_asked_clear(&v->asked);
	hw_requests_clear(&v->requests);
	v->requests_lost = true;
}

static enum hw_http_incomplete cut_by(enum hw_tcp_end how)
{
	switch (how) {
	case HW_TCP_END_FIN:
	case HW_TCP_END_REUSED:
		return HW_HTTP_CUT_CLOSED;
	case HW_TCP_END_RESET:
		return HW_HTTP_CUT_RESET;
	case HW_TCP_END_TIMEOUT:
		return HW_HTTP_CUT_TIMEOUT;
	case HW_TCP_END_EVICTED:
		return HW_HTTP_CUT_EVICTED;
	case HW_TCP_END_CAPTURE:
		break;
	}
	return HW_HTTP_CUT_CAPTURE_END;
}

static void tell_flow(struct hw_conversing *shared, struct hw_tcp_connection *c,
		      const struct hw_packet *at, bool is_end)
{
	const struct call call = call_for(shared, c, c->client, at);

	if (call.conversation)
		call.conversation->is_flow = !is_end;
	shared->flow(shared->ctx, &call.place, is_end);
}

void hw_conversation_accept(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	tell_flow(ctx, c, at, false);
}

static enum hw_pairing_end pairing_end(enum hw_tcp_end how)
{
	switch (how) {
	case HW_TCP_END_FIN:
	case HW_TCP_END_REUSED:
		return HW_PAIRING_CLOSED;
	case HW_TCP_END_RESET:
		return HW_PAIRING_RESET;
	case HW_TCP_END_TIMEOUT:
		return HW_PAIRING_TIMEOUT;
	case HW_TCP_END_EVICTED:
		return HW_PAIRING_EVICTED;
	case HW_TCP_END_CAPTURE:
		break;
	}
	return HW_PAIRING_CAPTURE_END;
}

static void tell_end(struct call *call, enum hw_tcp_end how)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_pairing_now now = now_of(call);
	int by = place->dir;

	if (!call->conversation->pairing)
		return;
	if (how == HW_TCP_END_RESET && place->at)
		by = goes(place->at, place->connection, 0) ? 0 : 1;
	hw_pairing_end(call->conversation->pairing, &now, pairing_end(how), by);
}

/* A connection is kept for a while after both ends, but not what it had of exchanges. */
static void drop_pairing(struct hw_conversation *v, struct hw_conversing *shared)
{
	if (!v->pairing || !hw_pairing_is_over(v->pairing))
		return;
	hw_pairing_free(v->pairing, &shared->pairing);
	v->pairing = NULL;
}

/* The peers have ended it, not we. */
static bool is_over(enum hw_tcp_end how)
{
	return how == HW_TCP_END_FIN || how == HW_TCP_END_RESET;
}

static void end_open(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
		     enum hw_tcp_end how, const struct hw_packet *at)
{
	struct call call = call_for(shared, c, dir, at);

	call.why = cut_by(how);
	hw_http_parser_end(&call.conversation->parser[dir], &call.shared->parsing, &call, call.why,
			   how == HW_TCP_END_FIN);
	end_piece(&call);
	tell_end(&call, how);
	drop_pairing(call.conversation, shared);
	if (call.conversation->is_flow && is_over(how))
		tell_flow(shared, c, at, true);
	rest(shared, c);
}

/* Of what rests nothing is open. */
void hw_conversation_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			 const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;

	if (peek(c))
		end_open(shared, c, dir, how, at);
	if (is_over(how) && hw_tcp_has_ended(c, !dir))
		shared->over(shared->ctx, c);
}

/* Without memory for it the connection's DNS is not seen; its HTTP is. */
static struct hw_dns_stream *make_dns(struct hw_budget *budget)
{
	struct hw_dns_stream *dns;

	if (!hw_budget_take(budget, HW_TCP_DIRS * sizeof(*dns)))
		return NULL;
	dns = calloc(HW_TCP_DIRS, sizeof(*dns));
	if (!dns)
		hw_budget_give(budget, HW_TCP_DIRS * sizeof(*dns));
	return dns;
}

static void free_dns(struct hw_dns_stream *dns, struct hw_budget *budget)
{
	if (!dns)
		return;
	for (int dir = 0; dir < HW_TCP_DIRS; dir++)
		hw_dns_stream_clear(&dns[dir]);
	free(dns);
	hw_budget_give(budget, HW_TCP_DIRS * sizeof(*dns));
}

/* A message of DNS has no mark to find it by, so it is only read from the beginning. */
static bool may_be_dns(const struct hw_conversing *shared, const struct hw_tcp_connection *c)
{
	return shared->dns_message && !c->midstream &&
	       hw_dns_ports_have(shared->dns_ports, c->key.port[0], c->key.port[1]);
}

/* A connection of which the beginning is not known rests like this. */
static uint64_t midstream_word(void)
{
	struct hw_http_parser p = { 0 };
	uint64_t word = RESTS;

	hw_http_parser_midstream(&p);
	for (int dir = 0; dir < HW_TCP_DIRS; dir++)
		word |= (uint64_t)hw_http_parser_rest(&p)
			<< (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);
	return word;
}

void hw_conversation_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;
	struct hw_conversation *v = may_be_dns(shared, c) ? awake(shared, c, 0) : NULL;

	(void)at;
	if (v)
		v->dns = make_dns(shared->parsing.budget);
	else if (c->midstream)
		*word_of(c) = midstream_word();
}

void hw_conversation_free(void *ctx, struct hw_tcp_connection *c)
{
	struct hw_conversing *shared = ctx;
	struct hw_conversation *v = peek(c);

	if (!v)
		return;
	free_dns(v->dns, shared->parsing.budget);
	hw_asked_clear(&v->asked);
	hw_requests_clear(&v->requests);
	hw_pairing_free(v->pairing, &shared->pairing);
	spare(shared, v);
	*word_of(c) = 0;
}

/* The conversation, then what it has of exchanges. */
void hw_conversation_fetch(void *ctx, struct hw_tcp_connection *c, unsigned step)
{
	const struct hw_conversation *v = peek(c);

	(void)ctx;
	if (!v)
		return;
	if (step == 0)
		hw_fetch(v, sizeof(*v));
	else if (v->pairing)
		hw_pairing_fetch(v->pairing, step - 1);
}
