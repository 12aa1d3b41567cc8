/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/conversation.c - see conversation.h */
#include "engine/conversation.h"

#include <stdlib.h>

enum {
	AHEAD_MIN = 64 * 1024, /* shorter bodies are not worth a word to the source */
};

/* The context of one call into a parser. */
struct call {
	struct hw_conversing *shared;
	struct hw_conversation *conversation;
	struct hw_message_place place;
};

static struct call call_for(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
			    const struct hw_packet *at)
{
	return (struct call){ shared, hw_tcp_user(c), { c, dir, at } };
}

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

	call->shared->message(call->shared->ctx, &call->place, hide(call, m), &request);
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
	return HW_HTTP_ASKED_ANY;
}

static enum hw_http_asked on_head(void *ctx, const struct hw_http_message *m)
{
	return m->kind == HW_HTTP_RESPONSE ? on_response(ctx, m) : on_request(ctx, m);
}

static void on_done(void *ctx, bool whole)
{
	(void)ctx;
	(void)whole;
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
	shared->parsing.reader = &shared->reader;
}

static void tell_ahead(struct call *call, const struct hw_http_parser *parser)
{
	const uint64_t len = hw_http_parser_skippable(parser);

	if (call->shared->ahead && len >= AHEAD_MIN && !call->conversation->dns)
		call->shared->ahead(call->shared->ctx, &call->place, len);
}

void hw_conversation_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
			  const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);
	struct hw_http_parser *parser = &call.conversation->parser[dir];
	const uint64_t before = hw_http_parser_skippable(parser);

	if (call.conversation->dns)
		hw_dns_stream_feed(&call.conversation->dns[dir], &call.shared->dns_reader, &call,
				   bytes);
	hw_http_parser_feed(parser, &call.shared->parsing, &call, bytes);
	if (!before)
		tell_ahead(&call, parser);
}

/* DNS wants all there is. */
uint64_t hw_conversation_skippable(void *ctx, struct hw_tcp_connection *c, int dir)
{
	const struct hw_conversation *v = hw_tcp_user(c);

	(void)ctx;
	return v->dns ? 0 : hw_http_parser_skippable(&v->parser[dir]);
}

struct hw_slice hw_conversation_kept(void *ctx, struct hw_tcp_connection *c, int dir)
{
	const struct hw_conversation *v = hw_tcp_user(c);

	(void)ctx;
	return hw_http_parser_kept(&v->parser[dir]);
}

void hw_conversation_skip(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			  const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);
	struct hw_http_parser *parser = &call.conversation->parser[dir];

	hw_http_parser_skip(parser, &call.shared->parsing, &call, len);
	tell_ahead(&call, parser);
}

/* Which requests were lost cannot be known, so what waits is forgotten: never pair across a gap. */
void hw_conversation_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			 const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);
	struct hw_conversation *v = call.conversation;

	if (v->dns)
		hw_dns_stream_gap(&v->dns[dir]);
	hw_http_parser_gap(&v->parser[dir], &call.shared->parsing, &call, len);
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

	call.conversation->is_flow = !is_end;
	shared->flow(shared->ctx, &call.place, is_end);
}

void hw_conversation_accept(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	tell_flow(ctx, c, at, false);
}

void hw_conversation_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			 const struct hw_packet *at)
{
	struct call call = call_for(ctx, c, dir, at);

	hw_http_parser_end(&call.conversation->parser[dir], &call.shared->parsing, &call,
			   cut_by(how), how == HW_TCP_END_FIN);
	if (call.conversation->is_flow && (how == HW_TCP_END_FIN || how == HW_TCP_END_RESET))
		tell_flow(ctx, c, at, true);
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
	struct hw_conversation *v = hw_tcp_user(c);

	(void)at;
	if (may_be_dns(shared, c))
		v->dns = make_dns(shared->parsing.budget);
	for (int dir = 0; c->midstream && dir < HW_TCP_DIRS; dir++)
		hw_http_parser_midstream(&v->parser[dir]);
}

void hw_conversation_free(void *ctx, struct hw_tcp_connection *c)
{
	struct hw_conversing *shared = ctx;
	struct hw_conversation *v = hw_tcp_user(c);

	free_dns(v->dns, shared->parsing.budget);
	hw_asked_clear(&v->asked);
	hw_requests_clear(&v->requests);
}
