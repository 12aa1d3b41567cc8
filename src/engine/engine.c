/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/engine.c - the pipeline; see httpwire.h and engine.h */
#include "engine/engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/layout.h"
#include "base/texts.h"
#include "dns/hosts.h"
#include "dns/message.h"
#include "dns/ports.h"
#include "engine/clock.h"
#include "engine/conversation.h"
#include "engine/share.h"
#include "event/event.h"
#include "exchange/route.h"
#include "redact/redact.h"
#include "tcp/connection.h"
#include "wire/decode.h"

enum {
	AHEAD_MAX = 1 << 30,
	REMEMBER_MIN = 8 << 20, /* bytes of memory with which some are spent on recent heads */
	BATCH = HW_TCP_BATCH,
};

#define EXPIRE_EVERY_NS (100ull * 1000000) /* of the engine's time */

struct hw_engine {
	struct hw_engine_options options;
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_clock clock;
	uint64_t expire_ns; /* when timeouts are looked at next */
	struct hw_wire *wire;
	struct hw_tcp *tcp;
	struct hw_conversing conversing;
	struct hw_dns_ports dns_ports;
	struct hw_dns_scratch dns;
	struct hw_dns_hosts *hosts; /* NULL: nobody asks for names */
	struct hw_exchange_scratch *exchanges;
	struct hw_texts body_types;   /* globs */
	struct hw_redactor *redactor; /* NULL: secrets are shown */
	struct hw_buf bodies[2];      /* of a request and its response, without secrets */
	struct hw_prefix *local;      /* options.local_nr of them */
	void (*on_frame)(void *ctx, const struct hw_frame *f, uint64_t key); /* may be NULL */
	void *on_frame_ctx;
	void (*on_end)(void *ctx, uint64_t cookie); /* may be NULL */
	void *on_end_ctx;
	uint64_t fed; /* frames of hw_engine_feed_share(), up to the one at hand */
};

static const uint32_t packet_events = HW_EVENT_NET_PACKET_IPV4 | HW_EVENT_NET_PACKET_IPV6 |
				      HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_UDP |
				      HW_EVENT_NET_PACKET_ICMP | HW_EVENT_NET_PACKET_ICMPV6;
static const uint32_t dns_events = HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_DNS_REQUEST |
				   HW_EVENT_NET_PACKET_DNS_RESPONSE;

static const uint32_t http_events = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST |
				    HW_EVENT_NET_PACKET_HTTP_RESPONSE;
static const uint32_t exchange_events = HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL;
static const uint32_t flow_events = HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END;

static bool is_local(const struct hw_engine *e, const struct hw_addr *addr)
{
	for (size_t i = 0; i < e->options.local_nr; i++)
		if (hw_prefix_has(&e->local[i], addr))
			return true;
	return false;
}

/* Told by the local networks: from one of those it went out. */
static uint8_t direction_by_address(const struct hw_engine *e, const struct hw_event *event)
{
	if (is_local(e, &event->src))
		return HW_DIRECTION_EGRESS;
	return is_local(e, &event->dst) ? HW_DIRECTION_INGRESS : HW_DIRECTION_UNKNOWN;
}

static bool is_asked_for(const struct hw_engine *e, enum hw_event_type_index type)
{
	return e->options.events & 1u << type;
}

/* Every event leaves the engine here, once for each type. */
static void emit(struct hw_engine *e, struct hw_event *event, enum hw_event_type_index type)
{
	if (!is_asked_for(e, type))
		return;
	event->type = hw_event_type(type);
	hw_event_prepare(event);
	hw_stats_inc(&e->stats, HW_STAT_EVENTS_MADE);
	e->options.on_event(e->options.ctx, event);
}

/* What is ours of all events of a connection. */
static void describe_connection(const struct hw_message_place *place, struct hw_extra *extra)
{
	struct hw_tcp_connection *c = place->connection;

	extra->socket_cookie = c->cookie;
	extra->connection_id = hw_conversation_id(c);
	extra->midstream = c->midstream;
	extra->frame = place->at ? place->at->frame->number : 0;
}

/* The packet that completes a message may be one of the other direction, or none at all. */
static bool is_own_packet(const struct hw_packet *at, const struct hw_event *event)
{
	return at && at->src_port == event->src_port &&
	       memcmp(&at->src, &event->src, sizeof(at->src)) == 0;
}

static uint8_t opposite(uint8_t direction)
{
	return direction == HW_DIRECTION_UNKNOWN
		       ? direction
		       : HW_DIRECTION_INGRESS + HW_DIRECTION_EGRESS - direction;
}

static uint8_t direction_in(const struct hw_engine *e, const struct hw_message_place *place,
			    const struct hw_event *event)
{
	const struct hw_packet *at = place->at;

	if (place->connection->key.is_socket)
		return place->dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS;
	if (!at || at->frame->direction == HW_DIRECTION_UNKNOWN)
		return direction_by_address(e, event);
	return is_own_packet(at, event) ? at->frame->direction : opposite(at->frame->direction);
}

/* Fills what hw_event_prepare() does not. */
static void event_at(const struct hw_engine *e, const struct hw_message_place *place,
		     struct hw_event *ret)
{
	const struct hw_tcp_key *key = &place->connection->key;
	const struct hw_packet *at = place->at;
	const int dir = place->dir;

	memset(ret, 0, offsetof(struct hw_event, src_text));
	ret->time_ns = at ? at->frame->time_ns : place->connection->last_ns;
	ret->process = &hw_process_none;
	ret->src = key->addr[dir];
	ret->dst = key->addr[!dir];
	ret->src_port = key->port[dir];
	ret->dst_port = key->port[!dir];
	ret->protocol = IPPROTO_TCP;
	ret->packet = at;
	describe_connection(place, &ret->extra);
	ret->direction = direction_in(e, place, ret);
	ret->passed = at ? at->frame->direction : ret->direction;
	ret->packet_len = is_own_packet(at, ret) ? at->packet_len : 0;
}

static void describe_message(struct hw_extra *extra, const struct hw_message_place *place,
			     const struct hw_http_message *m)
{
	extra->target = m->target;
	extra->query = m->query;
	extra->anomalies = m->anomalies;
	extra->incomplete = hw_http_incomplete_name(m->incomplete);
	if (place->connection->conflicts[place->dir])
		extra->anomalies |= hw_anomaly_bit(HW_ANOMALY_OVERLAP_CONFLICT);
}

/* Whether somebody is told of them. */
static bool shows_fields(const struct hw_engine *e, const struct hw_http_message *m)
{
	return e->options.events & http_events || hw_pairing_keeps_fields(e->options.no_fields, m);
}

/* What leaves the conversation: nobody further on sees what is secret. */
static const struct hw_http_message *hide_secrets(void *ctx, const struct hw_http_message *m)
{
	const struct hw_engine *e = ctx;

	if (!e->redactor || !(e->options.events & (http_events | exchange_events)))
		return m;
	return shows_fields(e, m) ? hw_redact_message(e->redactor, m)
				  : hw_redact_start(e->redactor, m);
}

static void on_message(void *ctx, const struct hw_message_place *place,
		       const struct hw_http_message *m, const struct hw_event_request *request)
{
	struct hw_engine *e = ctx;
	struct hw_event event;

	if (!(e->options.events & http_events))
		return;
	if (e->options.strict && !m->accepted)
		return;
	event_at(e, place, &event);
	event.http = m;
	describe_message(&event.extra, place, m);
	event.request = *request;
	emit(e, &event, HW_TYPE_NET_PACKET_HTTP);
	emit(e, &event,
	     m->kind == HW_HTTP_REQUEST ? HW_TYPE_NET_PACKET_HTTP_REQUEST
					: HW_TYPE_NET_PACKET_HTTP_RESPONSE);
}

/* Flows have the names of their addresses. */
static bool reads_dns(const struct hw_engine *e)
{
	return e->options.events & (dns_events | flow_events);
}

/* ---- exchanges ---- */

static enum hw_exchange_role role_of(const struct hw_event *from_client)
{
	switch (from_client->direction) {
	case HW_DIRECTION_EGRESS:
		return HW_ROLE_CLIENT;
	case HW_DIRECTION_INGRESS:
		return HW_ROLE_SERVER;
	default:
		return HW_ROLE_UNKNOWN;
	}
}

static void hide_frames(struct hw_exchange_part *part)
{
	part->start_frame = part->end_frame = 0;
}

static void redact_body(struct hw_engine *e, struct hw_exchange_body *body, struct hw_buf *to)
{
	if (!e->redactor || body->text.len == 0)
		return;
	body->text = hw_redact_text(e->redactor, body->text, to);
	body->kept = body->text;
}

static void on_exchange(void *ctx, const struct hw_message_place *place, struct hw_exchange *x)
{
	struct hw_engine *e = ctx;
	const struct hw_tcp_connection *c = place->connection;
	struct hw_event event;

	event_at(e, place, &event);
	if (!is_asked_for(e, HW_TYPE_NET_HTTP_EXCHANGE))
		return;
	hw_exchange_count(x, &e->stats, 1);
	x->role = role_of(&event);
	if (c->conflicts[0] || c->conflicts[1])
		x->anomalies |= hw_anomaly_bit(HW_ANOMALY_OVERLAP_CONFLICT);
	if (c->key.is_socket) { /* numbers in the ring, which nobody else sees */
		hide_frames(&x->request);
		hide_frames(&x->response);
	}
	redact_body(e, &x->request.body, &e->bodies[0]);
	redact_body(e, &x->response.body, &e->bodies[1]);
	hw_exchange_describe(e->exchanges, x, event.dst_port);
	event.exchange = x;
	event.extra.anomalies = x->anomalies;
	event.request =
		(struct hw_event_request){ x->request.message->method, x->request.message->host,
					   x->request.message->target,
					   x->request.message->uri_path };
	emit(e, &event, HW_TYPE_NET_HTTP_EXCHANGE);
}

static enum hw_exchange_role on_role(void *ctx, const struct hw_message_place *place)
{
	struct hw_event event;

	event_at(ctx, place, &event);
	return role_of(&event);
}

static void on_tunnel(void *ctx, const struct hw_message_place *place, const struct hw_tunnel *t)
{
	struct hw_engine *e = ctx;
	struct hw_event event;
	struct hw_tunnel tunnel = *t;

	event_at(e, place, &event);
	tunnel.role = role_of(&event);
	event.tunnel = &tunnel;
	emit(e, &event, HW_TYPE_NET_HTTP_TUNNEL);
}

/* ---- DNS ---- */

static void emit_dns(struct hw_engine *e, struct hw_event *event, const struct hw_dns_message *m)
{
	event->dns = m;
	if (e->options.strict && m->refused)
		return;
	if (e->hosts)
		hw_dns_hosts_learn(e->hosts, m, event->time_ns);
	emit(e, event, HW_TYPE_NET_PACKET_DNS);
	if (hw_dns_is_request(m))
		emit(e, event, HW_TYPE_NET_PACKET_DNS_REQUEST);
	if (hw_dns_is_response(m))
		emit(e, event, HW_TYPE_NET_PACKET_DNS_RESPONSE);
}

/* Bytes on a TCP connection of such a port that do not even begin as DNS are something else. */
static bool on_dns_message(void *ctx, const struct hw_message_place *place, struct hw_slice bytes)
{
	struct hw_engine *e = ctx;
	struct hw_event event;
	struct hw_dns_message m;
	const enum hw_dns_status status = hw_dns_message_read(&e->dns, bytes, &m);

	event_at(e, place, &event);
	if (status == HW_DNS_BAD && m.questions_nr == 0)
		return false;
	emit_dns(e, &event, &m);
	return true;
}

/* A TCP header that lies about its length is shown all the same, as Tracee does. */
static bool has_tcp_header(const struct hw_packet *p)
{
	return p->transport_bad && p->ip_protocol == IPPROTO_TCP && p->transport.len >= 20;
}

static struct hw_slice direction_of_flow(uint8_t of_client)
{
	if (of_client == HW_DIRECTION_UNKNOWN)
		return (struct hw_slice){ NULL, 0 };
	return of_client == HW_DIRECTION_EGRESS ? HW_SLICE("outgoing") : HW_SLICE("incoming");
}

static struct hw_slices names_of(const struct hw_engine *e, const struct hw_addr *addr,
				 uint64_t now_ns, struct hw_slice room[HW_DNS_HOST_NAMES_MAX])
{
	return (struct hw_slices){ room, hw_dns_hosts_find(e->hosts, addr, now_ns, room) };
}

static void on_flow(void *ctx, const struct hw_message_place *place, bool is_end)
{
	struct hw_engine *e = ctx;
	struct hw_event event;
	struct hw_slice src[HW_DNS_HOST_NAMES_MAX], dst[HW_DNS_HOST_NAMES_MAX];

	event_at(e, place, &event);
	event.src_dns = names_of(e, &event.src, event.time_ns, src);
	event.dst_dns = names_of(e, &event.dst, event.time_ns, dst);
	event.conn_direction = direction_of_flow(event.direction);
	emit(e, &event, is_end ? HW_TYPE_NET_FLOW_TCP_END : HW_TYPE_NET_FLOW_TCP_BEGIN);
}

static void on_ahead(void *ctx, const struct hw_message_place *place,
		     const struct hw_http_ahead *what)
{
	struct hw_engine *e = ctx;
	const struct hw_tcp_connection *c = place->connection;
	const bool is_chunked = what->kind == HW_HTTP_AHEAD_CHUNKS;
	const uint32_t next = hw_tcp_next(c, place->dir);
	const uint32_t until = next + (uint32_t)(what->len < AHEAD_MAX ? what->len : AHEAD_MAX);
	const struct hw_ahead ahead = {
		.cookie = c->cookie,
		.direction = place->dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS,
		.is_all = what->kind == HW_HTTP_AHEAD_ALL,
		.is_chunked = is_chunked,
		.is_end = what->kind == HW_HTTP_AHEAD_END,
		.from = !is_chunked ? next
			: what->len ? until
				    : next - what->passed,
		.until = until,
		.body = next - what->passed,
	};

	if (c->cookie)
		e->options.on_ahead(e->options.ctx, &ahead);
}

static void on_over(void *ctx, const struct hw_tcp_connection *c)
{
	const struct hw_engine *e = ctx;

	if (e->on_end && c->cookie)
		e->on_end(e->on_end_ctx, c->cookie);
}

static bool evict(void *ctx, const struct hw_tcp_connection *spare)
{
	struct hw_engine *e = ctx;

	return hw_tcp_evict(e->tcp, spare);
}

static enum hw_event_type_index transport_type(enum hw_wire_kind kind, const struct hw_packet *p)
{
	if (kind == HW_WIRE_TCP || kind == HW_WIRE_IP)
		return HW_TYPE_NET_PACKET_TCP;
	if (kind == HW_WIRE_UDP)
		return HW_TYPE_NET_PACKET_UDP;
	return p->ip_version == 6 ? HW_TYPE_NET_PACKET_ICMPV6 : HW_TYPE_NET_PACKET_ICMP;
}

static struct hw_event event_of(const struct hw_engine *e, const struct hw_packet *p)
{
	struct hw_event event = {
		.time_ns = p->frame->time_ns,
		.process = &hw_process_none,
		.src = p->src,
		.dst = p->dst,
		.src_port = p->src_port,
		.dst_port = p->dst_port,
		.protocol = p->ip_protocol,
		.packet_len = p->packet_len,
		.packet = p,
		.extra = { .frame = p->frame->number },
	};

	event.direction = p->frame->direction;
	if (event.direction == HW_DIRECTION_UNKNOWN)
		event.direction = direction_by_address(e, &event);
	return event;
}

static void show_dns(struct hw_engine *e, const struct hw_packet *p)
{
	struct hw_event event;
	struct hw_dns_message m;

	if (!hw_dns_ports_have(&e->dns_ports, p->src_port, p->dst_port))
		return;
	event = event_of(e, p);
	hw_dns_message_read(&e->dns, p->payload, &m);
	emit_dns(e, &event, &m);
}

/* Events that show a packet as it is, before anything is made of it. */
static void show_packet(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p)
{
	struct hw_event event = event_of(e, p);

	emit(e, &event, p->ip_version == 6 ? HW_TYPE_NET_PACKET_IPV6 : HW_TYPE_NET_PACKET_IPV4);
	if (kind != HW_WIRE_IP || has_tcp_header(p))
		emit(e, &event, transport_type(kind, p));
}

HW_APART static void expire(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	e->expire_ns = now_ns + EXPIRE_EVERY_NS;
	hw_tcp_expire(e->tcp, now_ns);
	hw_conversing_progress(&e->conversing, time_ns);
}

/* Timeouts run by the frames' times alone, so that batches of any size give the same. */
static void tick(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	if (now_ns >= e->expire_ns)
		expire(e, now_ns, time_ns);
}

static void pass_time(struct hw_engine *e, uint64_t time_ns)
{
	tick(e, hw_clock_see(&e->clock, time_ns), time_ns);
}

/* What a packet says by itself. */
HW_APART static void show(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p)
{
	if (kind != HW_WIRE_NONE && (e->options.events & packet_events))
		show_packet(e, kind, p);
	if (kind == HW_WIRE_UDP && reads_dns(e))
		show_dns(e, p);
}

static void push(struct hw_engine *e, const struct hw_packet *p, uint64_t now_ns)
{
	const uint64_t duplicate = e->stats.n[HW_STAT_TCP_DUPLICATE];
	struct hw_tcp_connection *c = hw_tcp_push(e->tcp, p, now_ns);

	if (c && e->conversing.pairs)
		hw_conversation_packet(c, p, e->stats.n[HW_STAT_TCP_DUPLICATE] - duplicate);
	if (c && e->on_frame)
		e->on_frame(e->on_frame_ctx, p->frame, hw_conversation_id(c));
}

static void handle(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p)
{
	const uint64_t now_ns = hw_clock_see(&e->clock, p->frame->time_ns);

	tick(e, now_ns, p->frame->time_ns);
	if (kind != HW_WIRE_TCP || e->options.events & packet_events)
		show(e, kind, p);
	if (kind == HW_WIRE_TCP)
		push(e, p, now_ns);
}

void hw_engine_on_frame(struct hw_engine *e,
			void (*frame)(void *ctx, const struct hw_frame *f, uint64_t key), void *ctx)
{
	e->on_frame = frame;
	e->on_frame_ctx = ctx;
}

void hw_engine_on_end(struct hw_engine *e, void (*end)(void *ctx, uint64_t cookie), void *ctx)
{
	e->on_end = end;
	e->on_end_ctx = ctx;
}

/* Frames decoded ahead, so that memory is fetched while others work. */
struct batch {
	size_t nr;
	bool is_last;	      /* nothing may be decoded before these are done */
	uint8_t kinds[BATCH]; /* enum hw_wire_kind */
	struct hw_packet packets[BATCH];
};

/*
 * Returns whether nothing may be decoded before it is done: a packet put together from
 * fragments lasts until then.
 */
static bool decode(struct hw_engine *e, const struct hw_frame *frame, struct hw_packet *p,
		   uint8_t *ret_kind)
{
	const enum hw_wire_kind kind = hw_wire_decode(e->wire, frame, p);
	const bool is_last = kind != HW_WIRE_TCP || p->is_reassembled;

	p->frame = frame;
	hw_stats_add(&e->stats, HW_STAT_PACKETS_BYTES, frame->len);
	*ret_kind = (uint8_t)kind;
	if (!is_last)
		hw_tcp_prefetch(e->tcp, p);
	return is_last;
}

/* The next of `nr` frames. */
static void decode_batch(struct hw_engine *e, struct batch *b, const struct hw_frame *frames,
			 size_t nr)
{
	b->nr = 0;
	b->is_last = false;
	for (; b->nr < nr && b->nr < BATCH && !b->is_last; b->nr++)
		b->is_last = decode(e, &frames[b->nr], &b->packets[b->nr], &b->kinds[b->nr]);
	hw_stats_add(&e->stats, HW_STAT_PACKETS_READ, b->nr);
}

static void handle_one(struct hw_engine *e, const struct batch *b, size_t i)
{
	handle(e, (enum hw_wire_kind)b->kinds[i], &b->packets[i]);
}

/* There is nothing to wait for, and what was decoded ahead would leave the nearest cache. */
static void feed_in_turn(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct batch b;

	for (; nr > 0; frames += b.nr, nr -= b.nr) {
		decode_batch(e, &b, frames, nr);
		hw_tcp_prefetch_end(e->tcp);
		for (size_t i = 0; i < b.nr; i++)
			handle_one(e, &b, i);
	}
}

/* Between the packets of a batch what the next one needs is fetched. */
static void handle_batch(struct hw_engine *e, const struct batch *b)
{
	for (size_t i = 0; i < b->nr; i++) {
		hw_tcp_prefetch_connection(e->tcp);
		handle_one(e, b, i);
	}
}

static void feed_ahead(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct batch batches[2];
	size_t used = 0, done = 0;

	batches[1].nr = 0;
	for (unsigned i = 0; done < nr; i = !i) {
		struct batch *const next = &batches[i], *const now = &batches[!i];

		next->nr = 0;
		if (!now->nr || !now->is_last)
			decode_batch(e, next, frames + used, nr - used);
		used += next->nr;
		handle_batch(e, now);
		done += now->nr;
		hw_tcp_prefetch_end(e->tcp);
	}
}

void hw_engine_feed(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	if (hw_tcp_prefetches(e->tcp))
		feed_ahead(e, frames, nr);
	else
		feed_in_turn(e, frames, nr);
}

/* Decode it for what it teaches; the rest of what that counts, its own engine counts. */
static void learn(struct hw_engine *e, const struct hw_frame *frame)
{
	struct hw_stats before = e->stats;
	struct hw_packet p;

	hw_wire_decode(e->wire, frame, &p);
	for (int i = 0; i < HW_STAT_NR; i++)
		if (!hw_share_has_all((enum hw_stat)i))
			e->stats.n[i] = before.n[i];
}

/* A run of frames of which at most BATCH are ours, and none is too long to prefetch for. */
struct run {
	size_t nr, own_nr;
	bool is_last;		  /* as of a batch */
	uint8_t kinds[4 * BATCH]; /* enum hw_wire_kind; NOT_OURS */
	struct hw_packet packets[BATCH];
};
enum { NOT_OURS = HW_WIRE_NONE + 1, AHEAD = 16, LINE = 64 };

static void add_own(struct hw_engine *e, struct run *run, const struct hw_frame *frame)
{
	struct hw_packet *p = &run->packets[run->own_nr++];

	hw_stats_inc(&e->stats, HW_STAT_PACKETS_READ);
	run->is_last = decode(e, frame, p, &run->kinds[run->nr++]);
}

/* Another core has read its bytes. */
static inline void fetch_ahead(const struct hw_frame *frame, uint8_t mark, uint8_t me)
{
	if ((mark & HW_MARK_OWNER) != me)
		return;
	__builtin_prefetch(frame->data);
	if (frame->len > LINE)
		__builtin_prefetch(frame->data + LINE);
}

static void gather(struct hw_engine *e, struct run *run, const struct hw_frame *frames,
		   const uint8_t *marks, size_t nr, uint8_t me)
{
	run->nr = run->own_nr = 0;
	run->is_last = false;
	while (!run->is_last && run->own_nr < BATCH && run->nr < nr &&
	       run->nr < sizeof(run->kinds)) {
		const uint8_t mark = marks[run->nr];

		if (run->nr + AHEAD < nr)
			fetch_ahead(&frames[run->nr + AHEAD], marks[run->nr + AHEAD], me);
		if ((mark & HW_MARK_OWNER) == me) {
			add_own(e, run, &frames[run->nr]);
			continue;
		}
		if (mark & HW_MARK_TEACHES)
			learn(e, &frames[run->nr]);
		else
			hw_wire_expire(e->wire, frames[run->nr].time_ns);
		run->kinds[run->nr++] = NOT_OURS;
	}
}

static void handle_run(struct hw_engine *e, const struct run *run, const struct hw_frame *frames)
{
	const struct hw_packet *p = run->packets;

	for (size_t i = 0; i < run->nr; i++) {
		e->fed++;
		if (run->kinds[i] == NOT_OURS) {
			pass_time(e, frames[i].time_ns);
		} else {
			hw_tcp_prefetch_connection(e->tcp);
			handle(e, (enum hw_wire_kind)run->kinds[i], p++);
		}
	}
}

static void share_in_turn(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			  size_t nr, uint8_t me)
{
	struct run run;

	for (; nr > 0; frames += run.nr, marks += run.nr, nr -= run.nr) {
		gather(e, &run, frames, marks, nr, me);
		hw_tcp_prefetch_end(e->tcp);
		handle_run(e, &run, frames);
	}
}

static void share_ahead(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			size_t nr, uint8_t me)
{
	struct run runs[2];
	size_t used = 0, done = 0; /* frames */

	runs[1].nr = 0;
	for (unsigned i = 0; done < nr; i = !i) {
		struct run *const next = &runs[i], *const now = &runs[!i];

		next->nr = 0;
		if (!now->nr || !now->is_last)
			gather(e, next, frames + used, marks + used, nr - used, me);
		used += next->nr;
		handle_run(e, now, frames + done);
		done += now->nr;
		hw_tcp_prefetch_end(e->tcp);
	}
}

void hw_engine_feed_share(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			  size_t nr, uint8_t me)
{
	if (hw_tcp_prefetches(e->tcp))
		share_ahead(e, frames, marks, nr, me);
	else
		share_in_turn(e, frames, marks, nr, me);
}

struct hw_engine_place hw_engine_place(const struct hw_engine *e)
{
	return (struct hw_engine_place){ e->fed, hw_tcp_turn(e->tcp) };
}

void hw_engine_advance(struct hw_engine *e, uint64_t now_ns)
{
	hw_wire_expire(e->wire, now_ns);
	pass_time(e, now_ns);
}

void hw_engine_finish(struct hw_engine *e)
{
	e->fed++;
	hw_tcp_finish(e->tcp, HW_TCP_END_CAPTURE);
}

/* `options` has what the caller's version of the struct has, and zeros. */
static int copy_options(struct hw_engine *e, const struct hw_engine_options *o)
{
	e->options = *o;
	if (!o->on_event || !o->max_memory || !o->max_head || !o->max_connections)
		return -EINVAL;
	e->local = calloc(o->local_nr + 1, sizeof(*e->local));
	if (!e->local)
		return -ENOMEM;
	for (size_t i = 0; i < o->local_nr; i++)
		if (!hw_prefix_parse(o->local[i], &e->local[i]))
			return -EINVAL;
	e->options.local = NULL; /* not kept */
	e->options.redact = e->options.no_redact = NULL;
	e->options.redact_key = NULL;
	e->options.dns_ports = NULL;
	e->options.routes = e->options.body_types = NULL;
	e->budget.max = o->max_memory;
	return hw_dns_ports_init(&e->dns_ports, o->dns_ports, o->dns_ports_nr);
}

static int make_wire(struct hw_engine *e)
{
	const struct hw_wire_options options = {
		.no_tunnels = e->options.no_tunnels,
		.checksums = e->options.checksums,
	};

	return hw_wire_new(&e->wire, &options, &e->budget, &e->stats, e->options.seed);
}

static int make_tcp(struct hw_engine *e)
{
	const struct hw_tcp_options options = {
		.reader = {
			.begin = hw_conversation_begin,
			.data = hw_conversation_data,
			.gap = hw_conversation_gap,
			.end = hw_conversation_end,
			.free = hw_conversation_free,
			.left_out = e->options.on_ahead ? hw_conversation_left_out : NULL,
			.skip = hw_conversation_skip,
			.kept = hw_conversation_kept,
			.fetch = e->options.events & exchange_events ? hw_conversation_fetch : NULL,
			.ctx = &e->conversing,
			.accept = e->options.events & flow_events ? hw_conversation_accept : NULL,
		},
		.user_bytes = hw_conversation_bytes(&e->conversing),
		.max_connections = e->options.max_connections,
		.hold_max = HW_TCP_HOLD_MAX,
		.seed = e->options.seed,
	};

	return hw_tcp_new(&e->tcp, &options, &e->budget, &e->stats);
}

static int make_redactor(struct hw_engine *e, const struct hw_engine_options *o)
{
	const struct hw_redact_options options = {
		.choice = { .more = o->redact,
			    .more_nr = o->redact_nr,
			    .less = o->no_redact,
			    .less_nr = o->no_redact_nr },
		.key = hw_slice(o->redact_key, o->redact_key_len),
	};

	if (o->secrets == HW_SECRETS_SHOWN)
		return 0;
	if ((o->secrets == HW_SECRETS_HASHED) != (options.key.len > 0))
		return -EINVAL;
	return hw_redactor_new(&e->redactor, &options, &e->budget);
}

/* What an exchange shows beyond its heads. */
static int make_exchanges(struct hw_engine *e, const struct hw_engine_options *o)
{
	const struct hw_routes routes = { o->routes, o->routes_nr };
	int err = hw_texts_copy(&e->body_types, o->body_types, o->body_types_nr);

	hw_buf_init(&e->bodies[0], SIZE_MAX / 2, &e->budget);
	hw_buf_init(&e->bodies[1], SIZE_MAX / 2, &e->budget);
	if (!err)
		err = hw_exchange_scratch_new(&e->exchanges, &e->budget);
	if (!err)
		err = hw_exchange_scratch_set_routes(e->exchanges, &routes);
	e->conversing.pairing.bodies = (struct hw_body_options){
		.max = o->body_max,
		.ratio = o->body_ratio,
		.types = e->body_types.ptr,
		.types_nr = e->body_types.nr,
	};
	return err;
}

static int make_conversing(struct hw_engine *e)
{
	struct hw_conversing *v = &e->conversing;

	v->pairs = e->options.events & exchange_events;
	v->pairing.budget = &e->budget;
	v->pairing.stats = &e->stats;
	v->pairing.progress_ns = e->options.progress_ns;
	v->pairing.no_fields = e->options.no_fields;
	v->exchange = on_exchange;
	v->tunnel = on_tunnel;
	v->role = on_role;
	hw_conversing_init(v);
	v->parsing.budget = &e->budget;
	v->parsing.stats = &e->stats;
	v->parsing.max_head = e->options.max_head;
	v->evict = evict;
	v->hide = hide_secrets;
	v->message = on_message;
	v->flow = on_flow;
	v->over = on_over;
	v->lacks_data = !(e->options.events & (http_events | exchange_events | packet_events));
	v->ahead = e->options.on_ahead ? on_ahead : NULL;
	if (!e->options.strict && reads_dns(e))
		v->dns_message = on_dns_message;
	v->dns_ports = &e->dns_ports;
	v->dns_reader.budget = &e->budget;
	v->ctx = e;
	if (hw_http_scratch_new(&v->parsing.scratch, &e->budget) != 0)
		return -ENOMEM;
	if (e->options.max_memory >= REMEMBER_MIN)
		hw_http_scratch_remember(v->parsing.scratch);
	return 0;
}

int hw_engine_new(struct hw_engine **ret, const struct hw_engine_options *options)
{
	struct hw_engine *e = calloc(1, sizeof(*e));
	struct hw_engine_options known = { 0 };
	int err;

	if (!e)
		return -ENOMEM;

	memcpy(&known, options, options->size < sizeof(known) ? options->size : sizeof(known));
	err = copy_options(e, &known);
	if (!err)
		err = make_redactor(e, &known);
	if (!err)
		err = make_wire(e);
	hw_dns_scratch_init(&e->dns, HW_DNS_SCRATCH_MAX, &e->budget, &e->stats);
	if (!err && (e->options.events & flow_events))
		err = hw_dns_hosts_new(&e->hosts, &e->budget, &e->stats, e->options.seed);
	if (!err)
		err = make_exchanges(e, &known);
	if (!err)
		err = make_conversing(e);
	if (!err)
		err = make_tcp(e);
	if (err) {
		hw_engine_free(e);
		return err;
	}
	*ret = e;
	return 0;
}

void hw_engine_free(struct hw_engine *e)
{
	if (!e)
		return;
	e->options.events = 0; /* connections that are open end without a word */
	if (e->tcp)
		hw_tcp_finish(e->tcp, HW_TCP_END_CAPTURE);
	hw_tcp_free(e->tcp);
	hw_conversing_clear(&e->conversing);
	hw_dns_hosts_free(e->hosts);
	hw_dns_scratch_clear(&e->dns);
	hw_http_scratch_free(e->conversing.parsing.scratch);
	hw_exchange_scratch_free(e->exchanges);
	hw_buf_clear(&e->bodies[0]);
	hw_buf_clear(&e->bodies[1]);
	hw_texts_clear(&e->body_types);
	hw_redactor_free(e->redactor);
	hw_wire_free(e->wire);
	free(e->local);
	free(e);
}

bool hw_engine_counter(const struct hw_engine *e, size_t i, struct hw_counter *ret)
{
	if (i >= HW_STAT_NR)
		return false;

	const struct hw_stat_info *info = hw_stat_info((enum hw_stat)i);

	*ret = (struct hw_counter){ info->stage, info->name, info->meaning, e->stats.n[i] };
	return true;
}

void hw_engine_keep_requests(struct hw_engine *e)
{
	e->conversing.keep_requests = true;
}

bool hw_engine_reads_link(uint16_t linktype)
{
	return hw_wire_reads_link(linktype);
}

struct hw_stats *hw_engine_stats(struct hw_engine *e)
{
	return &e->stats;
}

uint64_t hw_engine_active_requests(const struct hw_engine *e, enum hw_exchange_role role)
{
	return e->conversing.pairing.active[role];
}

size_t hw_engine_memory(const struct hw_engine *e)
{
	return e->budget.used;
}

size_t hw_engine_memory_peak(const struct hw_engine *e)
{
	return e->budget.peak;
}
