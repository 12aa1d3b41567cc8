/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/event.h - what the engine reports, and the tables that describe it
 *
 * An event is plain structs that borrow from the packet and the message they were made
 * of. One table of fields per event says for each field its name in both JSON forms, its
 * type, where it lies and what it means; the encoders, the list of events and fields, the
 * schemas, filters and manual pages are all made from that table. A new event is a new
 * table.
 */
#ifndef HW_EVENT_EVENT_H
#define HW_EVENT_EVENT_H

#include "base/addr.h"
#include "base/slice.h"
#include "exchange/exchange.h"
#include "http/message.h"
#include "httpwire.h"

/* Who, as Tracee's envelope has it. All zero and empty: not known (files). */
struct hw_process {
	uint64_t start_ns; /* of the thread, since the Unix epoch */
	uint64_t cgroup_id;
	uint32_t cpu;
	uint32_t pid, tid, ppid;		/* in the process's own pid namespace */
	uint32_t host_pid, host_tid, host_ppid; /* in the host's */
	uint32_t uid;
	uint32_t mnt_ns, pid_ns;
	uint32_t thread_entity, process_entity, parent_entity;
	struct hw_slice comm; /* name of the thread */
	struct hw_slice name; /* name of the process, which is that of its first thread */
	struct hw_slice exe, host_name, syscall;
	struct hw_slice container_id, container_name, container_image, container_image_digest;
	struct hw_slice pod_name, pod_namespace, pod_uid;
	bool pod_sandbox, container_started, is_compat;
	bool chosen;	       /* among those that were asked for (live) */
	struct hw_slice owner; /* "exact", "inherited", "none": how it is known; empty: file */
	/*
	 * Not 0: all of it but `cpu`, `syscall`, `is_compat` and `owner` is as in any other with
	 * this version, now and later.
	 */
	uint64_t version;
};

/* What a capture file knows of the process: nothing. */
extern const struct hw_process hw_process_none;

/* A DNS message is described in dns/message.h. */
struct hw_dns_message;

/* Everything that is ours and not Tracee's; the `httpwire` object of the envelope. */
struct hw_extra {
	struct hw_slice target, query;
	hw_anomalies anomalies;
	struct hw_slice incomplete; /* reason, empty: whole */
	struct hw_slice owner;
	uint64_t socket_cookie;
	uint64_t connection_id; /* same on both sides; 0 where it cannot be joined */
	bool midstream;		/* the connection's beginning was not captured */
	uint64_t frame;		/* number of the packet that completed it, 0: not known */
};

/* What a request says of what it wants; of a response: what its request did. */
struct hw_event_request {
	struct hw_slice method, host, target, uri_path;
};

/* A short text that is made here and not borrowed. */
struct hw_short_text {
	uint8_t len;
	char text[55];
};

struct hw_slices {
	const struct hw_slice *ptr;
	size_t nr;
};

/* What the events of single packets show of its headers, as plain numbers and texts. */
struct hw_tcp_view {
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t data_offset; /* in words of 4 bytes */
	uint8_t fin, syn, rst, psh, ack_flag, urg, ece, cwr, ns;
	uint16_t window, checksum, urgent;
};

struct hw_udp_view {
	uint16_t src_port, dst_port, length, checksum;
};

struct hw_ipv4_view {
	uint8_t version, ihl, tos, flags, ttl;
	uint16_t length, id, frag_offset, checksum;
	struct hw_slice protocol; /* "TCP" */
};

struct hw_ipv6_view {
	uint8_t version, traffic_class, hop_limit;
	uint32_t flow_label;
	uint16_t length;
	struct hw_slice next_header;
};

struct hw_icmp_view { /* id and seq: ICMP only */
	struct hw_short_text type_code;
	uint16_t checksum, id, seq;
};

union hw_event_view {
	struct hw_tcp_view tcp;
	struct hw_udp_view udp;
	struct hw_ipv4_view ipv4;
	struct hw_ipv6_view ipv6;
	struct hw_icmp_view icmp;
};

/*
 * One event. Which members are filled depends on its type; unused ones are zero. All is
 * borrowed, and valid during the callback. Fill it, call hw_event_prepare(), hand it out.
 */
struct hw_event {
	const struct hw_event_type *type;
	uint64_t time_ns;
	const struct hw_process *process; /* never NULL */
	struct hw_addr src, dst;
	uint16_t src_port, dst_port;
	uint8_t direction; /* enum hw_direction */
	uint8_t passed;	   /* enum hw_direction, of the packet that completed it */
	uint8_t protocol;  /* PktMeta: 6 or 17 */
	uint32_t packet_len;
	const struct hw_packet *packet;	    /* net_packet_tcp, ... */
	const struct hw_http_message *http; /* net_packet_http, ... */
	const struct hw_dns_message *dns;   /* net_packet_dns, ... */
	const struct hw_exchange *exchange; /* net_http_exchange */
	const struct hw_tunnel *tunnel;	    /* net_http_tunnel */
	const struct hw_process *peer; /* the other side's, if it is on this host; may be NULL */
	struct hw_extra extra;
	struct hw_event_request request;   /* net_packet_http, ...; empty: not known */
	struct hw_slice conn_direction;	   /* net_flow_tcp_*: "incoming" or "outgoing" */
	struct hw_slices src_dns, dst_dns; /* net_flow_tcp_*: names of the two addresses */

	/* Made by hw_event_prepare(). */
	struct hw_short_text src_text, dst_text;
	uint32_t payload_len; /* bytes behind the transport header, where `packet` is set */
	union hw_event_view view;
};

/*
 * The last step of making an event: fill what is made of its other members (texts of the
 * addresses, the view of the packet's headers that its type shows). Needs `type`, `src`,
 * `dst`, and `packet` where the type shows one. To make several events of one packet,
 * copy the first and change its `type`; then call this again.
 */
void hw_event_prepare(struct hw_event *event);

/* "ingress", "egress", "unknown" */
static inline struct hw_slice hw_direction_name(uint8_t direction)
{
	if (direction == HW_DIRECTION_INGRESS)
		return HW_SLICE("ingress");
	return direction == HW_DIRECTION_EGRESS ? HW_SLICE("egress") : HW_SLICE("unknown");
}

/*
 * The types, in the order of the HW_EVENT_* bits of httpwire.h: the type of bit n is
 * hw_event_type(n). What they hold is in event/table.h.
 */
enum hw_event_type_index {
	HW_TYPE_NET_PACKET_IPV4,
	HW_TYPE_NET_PACKET_IPV6,
	HW_TYPE_NET_PACKET_TCP,
	HW_TYPE_NET_PACKET_UDP,
	HW_TYPE_NET_PACKET_ICMP,
	HW_TYPE_NET_PACKET_ICMPV6,
	HW_TYPE_NET_PACKET_DNS,
	HW_TYPE_NET_PACKET_DNS_REQUEST,
	HW_TYPE_NET_PACKET_DNS_RESPONSE,
	HW_TYPE_NET_PACKET_HTTP,
	HW_TYPE_NET_PACKET_HTTP_REQUEST,
	HW_TYPE_NET_PACKET_HTTP_RESPONSE,
	HW_TYPE_NET_FLOW_TCP_BEGIN,
	HW_TYPE_NET_FLOW_TCP_END,
	HW_TYPE_NET_HTTP_EXCHANGE,
	HW_TYPE_NET_HTTP_TUNNEL,
	HW_TYPE_NR,
};

/* `index` is below HW_TYPE_NR. */
const struct hw_event_type *hw_event_type(enum hw_event_type_index index);

#endif
