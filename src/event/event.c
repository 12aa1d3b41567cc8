/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/event.c - see event.h */
#include "event/event.h"

#include <assert.h>

#include "base/bytes.h"
#include "event/icmp.h"
#include "event/ip_protocol.h"
#include "event/table.h"
#include "wire/decode.h"

enum {
	TCP_HEADER_MIN = 20,
	UDP_HEADER = 8,
	IPV4_HEADER_MIN = 20,
	IPV6_HEADER = 40,
	ICMP_HEADER = 8,
	ICMPV6_HEADER = 4,
};

_Static_assert(HW_ADDR_TEXT_MAX <= sizeof(((struct hw_short_text *)0)->text), "room");
_Static_assert(HW_ICMP_TEXT_MAX <= sizeof(((struct hw_short_text *)0)->text), "room");

const struct hw_process hw_process_none;

static void view_tcp(const struct hw_packet *p, struct hw_tcp_view *ret)
{
	const uint8_t *b = p->transport.ptr;

	*ret = (struct hw_tcp_view){
		.src_port = p->src_port,
		.dst_port = p->dst_port,
		.seq = p->seq,
		.ack = p->ack,
		.fin = !!(p->flags & HW_TCP_FIN),
		.syn = !!(p->flags & HW_TCP_SYN),
		.rst = !!(p->flags & HW_TCP_RST),
		.psh = !!(p->flags & HW_TCP_PSH),
		.ack_flag = !!(p->flags & HW_TCP_ACK),
		.urg = !!(p->flags & HW_TCP_URG),
		.ece = !!(p->flags & HW_TCP_ECE),
		.cwr = !!(p->flags & HW_TCP_CWR),
		.ns = !!(p->flags & HW_TCP_NS),
		.window = p->window,
	};
	if (p->transport.len < TCP_HEADER_MIN)
		return;
	ret->data_offset = b[12] >> 4;
	ret->checksum = hw_get_u16be(b + 16);
	ret->urgent = hw_get_u16be(b + 18);
}

static void view_udp(const struct hw_packet *p, struct hw_udp_view *ret)
{
	*ret = (struct hw_udp_view){ .src_port = p->src_port, .dst_port = p->dst_port };
	if (p->transport.len < UDP_HEADER)
		return;
	ret->length = hw_get_u16be(p->transport.ptr + 4);
	ret->checksum = hw_get_u16be(p->transport.ptr + 6);
}

static void view_ipv4(const struct hw_packet *p, struct hw_ipv4_view *ret)
{
	const uint8_t *b = p->ip.ptr;

	*ret = (struct hw_ipv4_view){ 0 };
	if (p->ip.len < IPV4_HEADER_MIN)
		return;
	*ret = (struct hw_ipv4_view){
		.version = b[0] >> 4,
		.ihl = b[0] & 0xf,
		.tos = b[1],
		.length = hw_get_u16be(b + 2),
		.id = hw_get_u16be(b + 4),
		.flags = b[6] >> 5,
		.frag_offset = hw_get_u16be(b + 6) & 0x1fff,
		.ttl = b[8],
		.protocol = hw_ip_protocol_name(b[9]),
		.checksum = hw_get_u16be(b + 10),
	};
	if (ret->length == 0) /* left to the network card; Tracee sees the header alone */
		ret->length = (uint16_t)(ret->ihl * 4);
}

static void view_ipv6(const struct hw_packet *p, struct hw_ipv6_view *ret)
{
	const uint8_t *b = p->ip.ptr;

	*ret = (struct hw_ipv6_view){ 0 };
	if (p->ip.len < IPV6_HEADER)
		return;
	*ret = (struct hw_ipv6_view){
		.version = b[0] >> 4,
		.traffic_class = (uint8_t)(hw_get_u16be(b) >> 4),
		.flow_label = hw_get_u32be(b) & 0xfffff,
		.length = hw_get_u16be(b + 4),
		.next_header = hw_ip_protocol_name(b[6]),
		.hop_limit = b[7],
	};
}

static struct hw_short_text short_text(struct hw_slice s)
{
	struct hw_short_text t = { .len = (uint8_t)s.len };

	memcpy(t.text, s.ptr, s.len);
	return t;
}

static void view_icmp(const struct hw_packet *p, struct hw_icmp_view *ret)
{
	const uint8_t *b = p->transport.ptr;
	char room[HW_ICMP_TEXT_MAX];

	*ret = (struct hw_icmp_view){ 0 };
	if (p->transport.len < ICMP_HEADER)
		return;
	ret->type_code = short_text(hw_icmp_text(b[0], b[1], room));
	ret->checksum = hw_get_u16be(b + 2);
	ret->id = hw_get_u16be(b + 4);
	ret->seq = hw_get_u16be(b + 6);
}

static void view_icmpv6(const struct hw_packet *p, struct hw_icmp_view *ret)
{
	const uint8_t *b = p->transport.ptr;
	char room[HW_ICMP_TEXT_MAX];

	*ret = (struct hw_icmp_view){ 0 };
	if (p->transport.len < ICMPV6_HEADER)
		return;
	ret->type_code = short_text(hw_icmpv6_text(b[0], b[1], room));
	ret->checksum = hw_get_u16be(b + 2);
}

static void fill_view(struct hw_event *e)
{
	switch ((enum hw_view)e->type->view) {
	case HW_VIEW_NONE:
		return;
	case HW_VIEW_TCP:
		return view_tcp(e->packet, &e->view.tcp);
	case HW_VIEW_UDP:
		return view_udp(e->packet, &e->view.udp);
	case HW_VIEW_IPV4:
		return view_ipv4(e->packet, &e->view.ipv4);
	case HW_VIEW_IPV6:
		return view_ipv6(e->packet, &e->view.ipv6);
	case HW_VIEW_ICMP:
		return view_icmp(e->packet, &e->view.icmp);
	case HW_VIEW_ICMPV6:
		return view_icmpv6(e->packet, &e->view.icmp);
	}
}

void hw_event_prepare(struct hw_event *event)
{
	assert(event->type->args && event->process);
	assert(event->type->view == HW_VIEW_NONE || event->packet);
	assert(!event->type->has_http || event->http);
	assert(!event->type->has_dns || event->dns);
	assert(!event->type->has_exchange || event->exchange);
	assert(!event->type->has_tunnel || event->tunnel);

	event->src_text.len = (uint8_t)hw_addr_format(&event->src, event->src_text.text);
	event->dst_text.len = (uint8_t)hw_addr_format(&event->dst, event->dst_text.text);
	event->payload_len = event->packet ? event->packet->payload_len : 0;
	fill_view(event);
}

void hw_event_bases(const struct hw_event *event, const void *ret[HW_BASE_NR])
{
	const struct hw_exchange *x = event->exchange;

	memset(ret, 0, HW_BASE_NR * sizeof(ret[0]));
	ret[HW_BASE_EVENT] = event;
	ret[HW_BASE_PROCESS] = event->process;
	ret[HW_BASE_HTTP] = event->http;
	ret[HW_BASE_DNS] = event->dns;
	ret[HW_BASE_EXCHANGE] = x;
	ret[HW_BASE_REQUEST] = x ? x->request.message : NULL;
	ret[HW_BASE_RESPONSE] = x ? x->response.message : NULL;
	ret[HW_BASE_TUNNEL] = event->tunnel;
	ret[HW_BASE_PEER] = event->peer ? event->peer : &hw_process_none;
}

const char *hw_event_name(const struct hw_event *event)
{
	return event->type->name;
}

uint64_t hw_event_time_ns(const struct hw_event *event)
{
	return event->time_ns;
}
