/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/state.h - an engine: what its parts share
 *
 * engine.c makes it; feed.c takes frames; events.c makes events of what conversations find.
 * Private to this folder.
 */
#ifndef HW_ENGINE_STATE_H
#define HW_ENGINE_STATE_H

#include "base/texts.h"
#include "dns/hosts.h"
#include "dns/message.h"
#include "dns/ports.h"
#include "engine/clock.h"
#include "engine/conversation.h"
#include "engine/engine.h"
#include "event/event.h"
#include "exchange/route.h"
#include "redact/redact.h"
#include "tcp/connection.h"
#include "wire/decode.h"

struct hw_engine {
	struct hw_engine_options options;
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_clock clock;
	uint64_t expire_ns; /* when timeouts are looked at next */
	uint64_t seen_ns;   /* time of the latest frame, behind a call that has taken some */
	uint64_t known_ns;  /* since when what ends for want of packets is known; 0: one ends it */
	struct hw_wire *wire;
	struct hw_tcp *tcp;
	struct hw_conversing conversing;
	struct hw_connection_ids ids;
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
	struct hw_engine_fragments fragments;			 /* all NULL: nobody asks */
	void (*on_end)(void *ctx, uint64_t cookie, uint64_t id); /* may be NULL */
	void *on_end_ctx;
	uint64_t fed; /* frames of hw_engine_feed_share(), up to the one at hand */
};

/* Kinds of events, in hw_engine_options.events. */
enum {
	HW_PACKET_EVENTS = HW_EVENT_NET_PACKET_IPV4 | HW_EVENT_NET_PACKET_IPV6 |
			   HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_UDP |
			   HW_EVENT_NET_PACKET_ICMP | HW_EVENT_NET_PACKET_ICMPV6,
	HW_DNS_EVENTS = HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_DNS_REQUEST |
			HW_EVENT_NET_PACKET_DNS_RESPONSE,
	HW_HTTP_EVENTS = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST |
			 HW_EVENT_NET_PACKET_HTTP_RESPONSE,
	HW_EXCHANGE_EVENTS = HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL,
	HW_FLOW_EVENTS = HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END,
};

/* Flows have the names of their addresses. */
static inline bool hw_engine_reads_dns(const struct hw_engine *e)
{
	return e->options.events & (HW_DNS_EVENTS | HW_FLOW_EVENTS);
}

#endif
