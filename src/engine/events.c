/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/events.c - see events.h */
#include "engine/events.h"

#include <netinet/in.h>

#include "base/layout.h"

enum { AHEAD_MAX = 1 << 30 };

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
static void describe_connection(struct hw_engine *e, const struct hw_message_place *place,
				struct hw_extra *extra)
{
	struct hw_tcp_connection *c = place->connection;

	extra->socket_cookie = c->cookie;
	extra->connection_id = hw_conversation_id(&e->ids, c);
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
	uint8_t by_address;

	if (place->connection->key.is_socket)
		return place->dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS;
	by_address = direction_by_address(e, event);
	if (!at || by_address != HW_DIRECTION_UNKNOWN)
		return by_address;
	return is_own_packet(at, event) ? at->frame->direction : opposite(at->frame->direction);
}

/* Fills what hw_event_prepare() does not. */
static void event_at(struct hw_engine *e, const struct hw_message_place *place,
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
	describe_connection(e, place, &ret->extra);
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
	return e->options.events & HW_HTTP_EVENTS ||
	       hw_pairing_keeps_fields(e->options.no_fields, m);
}

/* What leaves the conversation: nobody further on sees what is secret. */
static const struct hw_http_message *hide_secrets(void *ctx, const struct hw_http_message *m)
{
	const struct hw_engine *e = ctx;

	if (!e->redactor || !(e->options.events & (HW_HTTP_EVENTS | HW_EXCHANGE_EVENTS)))
		return m;
	return shows_fields(e, m) ? hw_redact_message(e->redactor, m)
				  : hw_redact_start(e->redactor, m);
}

static void on_message(void *ctx, const struct hw_message_place *place,
		       const struct hw_http_message *m, const struct hw_event_request *request)
{
	struct hw_engine *e = ctx;
	struct hw_event event;

	if (!(e->options.events & HW_HTTP_EVENTS))
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

/* What is no text may have some: a form with a file. */
static void redact_body(struct hw_engine *e, struct hw_exchange_part *part, struct hw_buf *to)
{
	struct hw_exchange_body *body = &part->body;
	struct hw_slice *shown = body->text.len ? &body->text : &body->binary;

	if (!e->redactor || shown->len == 0)
		return;
	*shown = hw_redact_text(e->redactor, *shown, body->is_form,
				body->is_cut || body->problem.len || !part->is_whole, to);
	body->kept = *shown;
}

/*
 * A capture may have a packet twice, as it leaves one socket of the host and as it reaches the
 * other, or comes in and is forwarded. Whichever of both ends an exchange, its connection has
 * one role, that of its first packet.
 */
static uint8_t direction_of_client(const struct hw_engine *e, const struct hw_message_place *place,
				   const struct hw_event *event)
{
	const struct hw_tcp_connection *c = place->connection;

	if (c->first_passed == HW_DIRECTION_UNKNOWN ||
	    direction_by_address(e, event) != HW_DIRECTION_UNKNOWN)
		return event->direction;
	return c->first_dir == place->dir ? c->first_passed : opposite(c->first_passed);
}

static void event_of_client(struct hw_engine *e, const struct hw_message_place *place,
			    struct hw_event *ret)
{
	event_at(e, place, ret);
	ret->direction = direction_of_client(e, place, ret);
}

/* Who got no answer has waited until it is known that none came, not to the latest packet. */
static void exchange_at(struct hw_engine *e, const struct hw_message_place *place,
			struct hw_event *ret)
{
	event_of_client(e, place, ret);
	if (!place->at && e->known_ns > ret->time_ns)
		ret->time_ns = e->known_ns;
}

static void on_exchange(void *ctx, const struct hw_message_place *place, struct hw_exchange *x)
{
	struct hw_engine *e = ctx;
	const struct hw_tcp_connection *c = place->connection;
	struct hw_event event;

	if (!is_asked_for(e, HW_TYPE_NET_HTTP_EXCHANGE))
		return;
	exchange_at(e, place, &event);
	hw_exchange_count(x, &e->stats, 1);
	x->role = role_of(&event);
	if (c->conflicts[0] || c->conflicts[1])
		x->anomalies |= hw_anomaly_bit(HW_ANOMALY_OVERLAP_CONFLICT);
	if (c->key.is_socket) { /* numbers in the ring, which nobody else sees */
		hide_frames(&x->request);
		hide_frames(&x->response);
	}
	redact_body(e, &x->request, &e->bodies[0]);
	redact_body(e, &x->response, &e->bodies[1]);
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

	event_of_client(ctx, place, &event);
	return role_of(&event);
}

static void on_tunnel(void *ctx, const struct hw_message_place *place, const struct hw_tunnel *t)
{
	struct hw_engine *e = ctx;
	struct hw_event event;
	struct hw_tunnel tunnel = *t;

	event_of_client(e, place, &event);
	tunnel.role = role_of(&event);
	event.tunnel = &tunnel;
	emit(e, &event, HW_TYPE_NET_HTTP_TUNNEL);
}

static void emit_dns(struct hw_engine *e, struct hw_event *event, const struct hw_dns_message *m)
{
	event->dns = m;
	event->extra.incomplete = hw_dns_incomplete_name(m->status);
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

	if (status == HW_DNS_BAD && m.questions_nr == 0)
		return false;
	event_at(e, place, &event);
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

/* What a router forwards comes in and goes out: what the beginning told holds for the end. */
static void on_flow(void *ctx, const struct hw_message_place *place, bool is_end,
		    uint8_t *direction)
{
	struct hw_engine *e = ctx;
	struct hw_event event;
	struct hw_slice src[HW_DNS_HOST_NAMES_MAX], dst[HW_DNS_HOST_NAMES_MAX];

	event_at(e, place, &event);
	event.src_dns = names_of(e, &event.src, event.time_ns, src);
	event.dst_dns = names_of(e, &event.dst, event.time_ns, dst);
	if (!is_end)
		*direction = event.direction;
	event.conn_direction = direction_of_flow(*direction);
	emit(e, &event, is_end ? HW_TYPE_NET_FLOW_TCP_END : HW_TYPE_NET_FLOW_TCP_BEGIN);
}

static void on_ahead(void *ctx, const struct hw_message_place *place,
		     const struct hw_http_ahead *what)
{
	struct hw_engine *e = ctx;
	const struct hw_tcp_connection *c = place->connection;
	const bool is_chunked = what->kind == HW_HTTP_AHEAD_CHUNKS;
	const bool is_end = what->kind == HW_HTTP_AHEAD_END;
	const uint32_t next = hw_tcp_next(c, place->dir);
	const uint32_t body = next - what->passed; /* where it begins, if it is chunked */
	const uint32_t from = is_end ? body : next;
	const uint32_t until = from + (uint32_t)(what->len < AHEAD_MAX ? what->len : AHEAD_MAX);
	const uint32_t line = what->len ? until : body; /* with a size, that begins a chunk */
	const struct hw_ahead ahead = {
		.cookie = c->cookie,
		.direction = place->dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS,
		.is_all = what->kind == HW_HTTP_AHEAD_ALL,
		.is_chunked = is_chunked,
		.is_end = is_end,
		.from = is_chunked ? line : from,
		.until = until,
		.body = body,
	};

	if (c->cookie)
		e->options.on_ahead(e->options.ctx, &ahead);
}

static void on_over(void *ctx, struct hw_tcp_connection *c)
{
	struct hw_engine *e = ctx;

	if (e->on_end && c->cookie)
		e->on_end(e->on_end_ctx, c->cookie, hw_conversation_id(&e->ids, c));
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

	event.direction = direction_by_address(e, &event);
	if (event.direction == HW_DIRECTION_UNKNOWN)
		event.direction = p->frame->direction;
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

HW_APART void hw_events_show(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p)
{
	if (kind != HW_WIRE_NONE && (e->options.events & HW_PACKET_EVENTS))
		show_packet(e, kind, p);
	if (kind == HW_WIRE_UDP && hw_engine_reads_dns(e))
		show_dns(e, p);
}

void hw_events_init(struct hw_engine *e)
{
	struct hw_conversing *v = &e->conversing;

	v->ctx = e;
	v->exchange = on_exchange;
	v->tunnel = on_tunnel;
	v->role = on_role;
	v->hide = hide_secrets;
	v->message = on_message;
	v->flow = on_flow;
	v->over = on_over;
	v->ahead = e->options.on_ahead ? on_ahead : NULL;
	if (!e->options.strict && hw_engine_reads_dns(e))
		v->dns_message = on_dns_message;
}
