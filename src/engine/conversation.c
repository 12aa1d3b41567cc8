/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/conversation.c - see conversation.h */
#include "engine/conversation.h"

#include <stdlib.h>

#include "base/fetch.h"
#include "base/layout.h"
#include "engine/ahead.h"
#include "engine/exchanges.h"

uint64_t hw_conversation_id(struct hw_connection_ids *ids, struct hw_tcp_connection *c)
{
	struct hw_conversation *v = hw_conversation_peek(c);

	if (!v)
		return hw_connection_ids_find(ids, c);
	if (!v->id)
		v->id = hw_connection_ids_find(ids, c);
	return v->id;
}

static enum hw_http_asked asks_for(struct hw_slice method)
{
	if (hw_slice_eq(method, HW_SLICE("HEAD")))
		return HW_HTTP_ASKED_HEAD;
	if (hw_slice_eq(method, HW_SLICE("CONNECT")))
		return HW_HTTP_ASKED_CONNECT;
	return HW_HTTP_ASKED_ANY;
}

/* What a request asks for whose first line is here, and whose head has not ended. */
static enum hw_http_asked asks_so_far(const struct hw_http_parser *p)
{
	struct hw_slice rest = hw_http_parser_kept(p), method;

	if (!hw_http_parser_is_in_fields(p) || !hw_slice_cut(&rest, ' ', &method))
		return HW_HTTP_ASKED_ANY;
	return asks_for(method);
}

/*
 * A response comes before its request has ended, or has begun. In a connection of which nothing was
 * missed that is the next one to come.
 */
HW_APART static enum hw_http_asked answer_early(struct hw_call *call,
						const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const bool is_next = !call->place.connection->midstream && !v->requests_lost;
	const bool is_first = is_next && !v->asked.ahead;

	if (!hw_http_is_interim(m)) {
		hw_asked_pop(&v->asked, is_next);
		v->early_len = m->body_len;
	}
	return is_first ? asks_so_far(&v->parser[!call->place.dir]) : HW_HTTP_ASKED_ANY;
}

static enum hw_http_asked answer(struct hw_call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const enum hw_http_asked asked = hw_asked_peek(&v->asked);

	if (v->asked.nr == 0)
		return answer_early(call, m);
	if (!hw_http_is_interim(m))
		hw_asked_pop(&v->asked, false);
	return asked;
}

static const struct hw_http_message *hide(const struct hw_call *call,
					  const struct hw_http_message *m)
{
	return call->shared->hide ? call->shared->hide(call->shared->ctx, m) : m;
}

/* Which requests were lost, or answered, cannot be known, so what waits is forgotten. */
static void forget_requests(struct hw_conversation *v)
{
	hw_asked_clear(&v->asked);
	hw_requests_clear(&v->requests);
	v->requests_lost = true;
}

static bool is_in_response(const struct hw_http_parser *p)
{
	const struct hw_slice kept = hw_http_parser_kept(p), name = HW_SLICE("HTTP/");

	return kept.len > 0 && memcmp(kept.ptr, name.ptr, hw_least(kept.len, name.len)) == 0;
}

/*
 * Whether those that wait came before bytes of direction `dir` that are missing, and are answered
 * in their order: no answer is missing, and no other request was, or the next answer has begun.
 */
static bool is_order_known(const struct hw_call *call)
{
	const struct hw_conversation *v = call->conversation;
	const int dir = call->place.dir;

	return v->asked.nr > 0 && ((call->place.connection->client == dir && !v->requests_lost) ||
				   is_in_response(&v->parser[!dir]));
}

/* Bytes are missing in which messages may have begun, or ended. */
static void miss_messages(struct hw_call *call)
{
	if (is_order_known(call))
		call->conversation->requests_lost = true;
	else
		forget_requests(call->conversation);
}

/* Bytes that are no message may have been the answer to the first of several requests. */
static bool is_doubtful(const struct hw_conversation *v, const struct hw_http_message *m)
{
	return m->anomalies & hw_anomaly_bit(HW_ANOMALY_GARBAGE_BEFORE) && v->asked.nr > 1;
}

static enum hw_http_asked respond(struct hw_call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const struct hw_event_request request = hw_requests_peek(v->requests);
	const uint32_t waiting = v->asked.nr;
	const enum hw_http_asked asked = answer(call, m);

	const struct hw_http_message *shown = hide(call, m);

	call->shared->message(call->shared->ctx, &call->place, shown, &request);
	hw_exchanges_pair(call, shown);
	if (v->asked.nr < waiting)
		hw_requests_pop(v->requests);
	return asked;
}

static enum hw_http_asked on_response(struct hw_call *call, const struct hw_http_message *m)
{
	if (is_doubtful(call->conversation, m))
		forget_requests(call->conversation);
	return respond(call, m);
}

/*
 * Requests that were held behind bytes that are lost come when their answers have gone by: those
 * wait for none.
 */
static bool is_passed(const struct hw_call *call)
{
	const struct hw_message_place *place = &call->place;
	const struct hw_packet *at = place->at;

	return call->conversation->requests_lost && at && at->flags & HW_TCP_ACK &&
	       hw_call_goes(at, place->connection, place->dir) &&
	       hw_tcp_has_next(place->connection, !place->dir) &&
	       (int32_t)(hw_tcp_next(place->connection, !place->dir) - at->ack) > 0;
}

/* A request whose answer was the last one that came, and may have been taken to have a body. */
HW_APART static void revise_answer(const struct hw_call *call, const struct hw_http_message *m)
{
	const int dir = !call->place.dir;
	struct hw_call answer =
		hw_call_for(call->shared, call->place.connection, dir, call->place.at);

	if (asks_for(m->method) == HW_HTTP_ASKED_HEAD)
		hw_http_parser_has_no_body(&answer.conversation->parser[dir],
					   &call->shared->parsing, &answer,
					   answer.conversation->early_len);
}

static enum hw_http_asked on_request(struct hw_call *call, const struct hw_http_message *m)
{
	struct hw_conversation *v = call->conversation;
	const struct hw_http_message *shown = hide(call, m);
	const struct hw_event_request request = { shown->method, shown->host, shown->target,
						  shown->uri_path };
	struct hw_budget *budget = call->shared->parsing.budget;
	const uint32_t waiting = v->asked.nr;
	const bool is_late = v->asked.ahead == 1;

	if (!is_passed(call))
		hw_asked_push(&v->asked, asks_for(m->method), budget);
	if (call->shared->keep_requests && v->asked.nr > waiting)
		hw_requests_push(&v->requests, &request, budget);
	call->shared->message(call->shared->ctx, &call->place, shown, &request);
	hw_exchanges_pair(call, shown);
	if (is_late)
		revise_answer(call, m);
	return HW_HTTP_ASKED_ANY;
}

static enum hw_http_asked on_head(void *ctx, const struct hw_http_message *m)
{
	return m->kind == HW_HTTP_RESPONSE ? on_response(ctx, m) : on_request(ctx, m);
}

static bool on_dns_message(void *ctx, struct hw_slice message)
{
	struct hw_call *call = ctx;

	return call->shared->dns_message(call->shared->ctx, &call->place, message);
}

void hw_conversing_init(struct hw_conversing *shared)
{
	shared->dns_reader.message = on_dns_message;
	shared->reader = (struct hw_http_reader){ .head = on_head };
	hw_exchanges_init(shared);
	shared->parsing.reader = &shared->reader;
}

/* What nothing is told of, where nobody waits for it either: the inside of bodies and of lines. */
static bool pass(const struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
		 struct hw_slice bytes)
{
	struct hw_conversation *v = hw_conversation_peek(c);
	struct hw_http_parser *parser;

	if (!v || v->dns || shared->pairs || shared->ahead)
		return false;
	parser = &v->parser[dir];
	return (parser->held || parser->body.left > bytes.len) &&
	       hw_http_parser_pass(parser, &shared->parsing, bytes);
}

bool hw_conversation_ignores(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes)
{
	const struct hw_conversation *v = hw_conversation_peek(c);
	struct hw_http_parser rested;

	(void)ctx;
	if (v)
		return !v->dns && hw_http_parser_ignores(&v->parser[dir], bytes);
	hw_conversation_rested_parser(c, dir, &rested);
	return hw_http_parser_ignores(&rested, bytes);
}

/* Apart, so that what is passed needs no room for a call. */
HW_APART static void feed(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
			  struct hw_slice bytes, const struct hw_packet *at)
{
	struct hw_call call = hw_call_for(shared, c, dir, at);
	struct hw_http_parser *parser;
	struct hw_http_ahead before;
	uint32_t waiting;

	if (!call.conversation) {
		hw_conversation_miss(shared, c, bytes.len);
		return;
	}
	parser = &call.conversation->parser[dir];
	if (shared->ahead)
		before = hw_http_parser_ahead(parser);
	call.len = bytes.len;
	waiting = call.conversation->asked.nr;
	hw_exchanges_begin_piece(&call, bytes.len);
	if (call.conversation->dns)
		hw_dns_stream_feed(&call.conversation->dns[dir], &shared->dns_reader, &call, bytes);
	hw_http_parser_feed(parser, &shared->parsing, &call, bytes);
	hw_exchanges_end_piece(&call);
	if (shared->ahead)
		hw_ahead_tell(&call, parser, &before, bytes.len);
	if (shared->ahead && at && at->frame->ends_at)
		hw_ahead_confirm_end(&call, parser, waiting, at->frame);
	hw_conversation_rest(shared, c);
}

void hw_conversation_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
			  const struct hw_packet *at)
{
	if (!pass(ctx, c, dir, bytes))
		feed(ctx, c, dir, bytes, at);
}

struct hw_slice hw_conversation_kept(void *ctx, struct hw_tcp_connection *c, int dir)
{
	const struct hw_conversing *shared = ctx;
	const struct hw_conversation *v = hw_conversation_peek(c);

	return v && !shared->lacks_data ? hw_http_parser_kept(&v->parser[dir]) : hw_slice(NULL, 0);
}

void hw_conversation_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			 const struct hw_packet *at)
{
	struct hw_call call = hw_call_for(ctx, c, dir, at);
	struct hw_conversation *v = call.conversation;
	struct hw_http_ahead before;
	bool is_inside;

	if (!v) {
		hw_conversation_miss(ctx, c, 0);
		return;
	}
	before = hw_http_parser_ahead(&v->parser[dir]);
	if (v->dns)
		hw_dns_stream_gap(&v->dns[dir]);
	call.why = HW_HTTP_CUT_GAP;
	is_inside = hw_http_parser_gap(&v->parser[dir], &call.shared->parsing, &call, len);
	hw_exchanges_gap(&call, len, is_inside);
	if (call.shared->ahead)
		hw_ahead_tell(&call, &v->parser[dir], &before, (size_t)len);
	if (!is_inside)
		miss_messages(&call);
}

static enum hw_http_incomplete cut_by(enum hw_tcp_end how)
{
	switch (how) {
	case HW_TCP_END_FIN:
	case HW_TCP_END_CLOSED:
		return HW_HTTP_CUT_CLOSED;
	case HW_TCP_END_REUSED:
		return HW_HTTP_CUT_GAP;
	case HW_TCP_END_RESET:
		return HW_HTTP_CUT_RESET;
	case HW_TCP_END_TIMEOUT:
	case HW_TCP_END_GIVEN_UP:
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
	const struct hw_call call = hw_call_for(shared, c, c->client, at);
	uint8_t none = HW_DIRECTION_UNKNOWN;

	if (call.conversation)
		call.conversation->is_flow = !is_end;
	shared->flow(shared->ctx, &call.place, is_end,
		     call.conversation ? &call.conversation->flow_direction : &none);
}

void hw_conversation_accept(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	tell_flow(ctx, c, at, false);
}

/* The peers have ended it, not we. */
static bool is_over(enum hw_tcp_end how)
{
	return how == HW_TCP_END_FIN || how == HW_TCP_END_CLOSED || how == HW_TCP_END_RESET ||
	       how == HW_TCP_END_GIVEN_UP;
}

static void end_open(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
		     enum hw_tcp_end how, const struct hw_packet *at)
{
	struct hw_call call = hw_call_for(shared, c, dir, at);

	call.why = cut_by(how);
	hw_http_parser_end(&call.conversation->parser[dir], &call.shared->parsing, &call, call.why,
			   how == HW_TCP_END_FIN);
	hw_exchanges_end_piece(&call);
	hw_exchanges_end(&call, how);
	hw_exchanges_drop(call.conversation, shared);
	if (call.conversation->is_flow && is_over(how))
		tell_flow(shared, c, at, true);
	hw_conversation_rest(shared, c);
}

/* Of what rests nothing is open. */
void hw_conversation_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			 const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;

	if (hw_conversation_peek(c))
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

void hw_conversation_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;
	struct hw_conversation *v =
		may_be_dns(shared, c) ? hw_conversation_awake(shared, c, 0) : NULL;

	(void)at;
	if (v)
		v->dns = make_dns(shared->parsing.budget);
	else if (c->midstream)
		hw_conversation_set_midstream(c);
}

void hw_conversation_free(void *ctx, struct hw_tcp_connection *c)
{
	struct hw_conversing *shared = ctx;
	struct hw_conversation *v = hw_conversation_peek(c);

	if (!v)
		return;
	free_dns(v->dns, shared->parsing.budget);
	hw_asked_clear(&v->asked);
	hw_requests_clear(&v->requests);
	hw_pairing_free(v->pairing, &shared->pairing);
	hw_conversation_spare(shared, v);
	*hw_conversation_word_of(c) = 0;
}

/* The conversation, then what it has of exchanges. */
void hw_conversation_fetch(void *ctx, struct hw_tcp_connection *c, unsigned step)
{
	const struct hw_conversation *v = hw_conversation_peek(c);

	(void)ctx;
	if (!v)
		return;
	if (step == 0)
		hw_fetch(v, sizeof(*v));
	else if (v->pairing)
		hw_pairing_fetch(v->pairing, step - 1);
}
