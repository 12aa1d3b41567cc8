/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/packet.h - as much of a packet's headers as it takes to choose
 */
#ifndef HW_BPF_PACKET_H
#define HW_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "owner.h"

enum { INGRESS = 1, EGRESS = 2 }; /* as in struct hw_tap_frame */

/* The directions that a packet ends: the one that it goes in, the other one. */
enum ended { ENDS_OWN = 1, ENDS_OTHER = 2 };

struct packet {
	__u8 src[16], dst[16];
	__u32 payload, payload_len; /* an offset, as `transport` is */
	__u32 seq;
	__u16 transport;
	__u16 keep; /* bytes that are copied of a packet of which only the beginning is */
	__u16 src_port, dst_port;
	__u8 protocol;
	bool marks; /* SYN, FIN or RST */
	bool opens; /* SYN without ACK */
	__u8 ends;  /* enum ended */
};

/*
 * `len`, which is 1..max, as all verifiers believe it: those before 6.13 do not follow a
 * comparison of len - 1, and none takes 0..max for the length of a read. `max` is a power
 * of two; or one and a half times one, and `len` more than that one: what the mask lacks is
 * then the bit that no len - 1 has.
 */
static __always_inline __u32 one_to(__u32 max, __u32 len)
{
	asm volatile("" : "+r"(len)); /* or the compiler, which knows it too, leaves it out */
	return ((len - 1) & (max - 1)) + 1;
}

enum { EXTENSIONS_MAX = 8 };

/*
 * Walk the extension headers (RFC 8200 4.1) from `at`, which `protocol` names. Returns where
 * the transport header is and its protocol in the low byte; 0 if they cannot be read.
 */
GLOBAL __u32 skip_extensions(struct __sk_buff *skb, __u32 at, __u32 protocol)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		__u8 h[2];

		switch (protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_FRAGMENT:
		case IPPROTO_AH:
			break;
		default:
			return at << 8 | protocol;
		}
		if (bpf_skb_load_bytes(skb, at, h, sizeof(h)))
			return 0;
		if (protocol == IPPROTO_FRAGMENT)
			at += 8;
		else if (protocol == IPPROTO_AH)
			at += (h[1] + 2) * 4;
		else
			at += (h[1] + 1) * 8;
		protocol = h[0];
	}
	return 0;
}

/* The packet's own version counts: a dual-stack socket has IPv4 packets too. */
static __always_inline bool read_ip(struct __sk_buff *skb, struct packet *p)
{
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
	} ip;
	__u32 transport;

	if (bpf_skb_load_bytes(skb, 0, &ip.v4, sizeof(ip.v4)))
		return false;
	if (ip.v4.version == 4) {
		map_address(p->src, ip.v4.saddr);
		map_address(p->dst, ip.v4.daddr);
		p->transport = ip.v4.ihl * 4;
		p->protocol = ip.v4.protocol;
		return true;
	}
	if (ip.v4.version != 6 || bpf_skb_load_bytes(skb, 0, &ip.v6, sizeof(ip.v6)))
		return false;
	*(struct in6_addr *)p->src = ip.v6.saddr;
	*(struct in6_addr *)p->dst = ip.v6.daddr;
	transport = skip_extensions(skb, sizeof(ip.v6), ip.v6.nexthdr);
	p->transport = transport >> 8;
	p->protocol = transport & 0xff;
	return transport;
}

static __always_inline void take_tcp(const struct __sk_buff *skb, const struct tcphdr *tcp,
				     struct packet *p)
{
	p->src_port = bpf_ntohs(tcp->source);
	p->dst_port = bpf_ntohs(tcp->dest);
	p->seq = bpf_ntohl(tcp->seq);
	p->marks = tcp->syn || tcp->fin || tcp->rst;
	p->opens = tcp->syn && !tcp->ack;
	p->ends = tcp->rst ? ENDS_OWN | ENDS_OTHER : tcp->fin ? ENDS_OWN : 0;
	p->payload = p->transport + tcp->doff * 4;
	p->payload_len = p->payload < skb->len ? skb->len - p->payload : 0;
}

static __always_inline bool read_tcp(struct __sk_buff *skb, struct packet *p)
{
	struct tcphdr tcp;

	if (bpf_skb_load_bytes(skb, p->transport, &tcp, sizeof(tcp)))
		return false;
	take_tcp(skb, &tcp, p);
	return true;
}

static __always_inline bool read_udp(struct __sk_buff *skb, struct packet *p)
{
	__be16 ports[2];

	if (bpf_skb_load_bytes(skb, p->transport, ports, sizeof(ports)))
		return false;
	p->src_port = bpf_ntohs(ports[0]);
	p->dst_port = bpf_ntohs(ports[1]);
	p->payload = p->transport + 8;
	p->payload_len = p->payload < skb->len ? skb->len - p->payload : 0;
	p->seq = 0;
	p->marks = p->opens = p->ends = false;
	return true;
}

/* IPv4 without options and TCP, whose headers lie together: nearly all there is. */
static __always_inline bool read_plain(struct __sk_buff *skb, struct packet *p)
{
	const struct iphdr *ip = (void *)(long)skb->data;
	const struct tcphdr *tcp = (const void *)(ip + 1);

	if ((void *)(tcp + 1) > (void *)(long)skb->data_end || ip->version != 4 || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_TCP)
		return false;
	map_address(p->src, ip->saddr);
	map_address(p->dst, ip->daddr);
	p->transport = sizeof(*ip);
	p->protocol = IPPROTO_TCP;
	take_tcp(skb, tcp, p);
	return true;
}

GLOBAL bool read_packet(struct __sk_buff *skb, struct packet *ret)
{
	if (!ret)
		return false;
	if (read_plain(skb, ret))
		return true;
	if (!read_ip(skb, ret))
		return false;
	if (ret->protocol == IPPROTO_TCP)
		return read_tcp(skb, ret);
	if (ret->protocol == IPPROTO_UDP)
		return read_udp(skb, ret);
	ret->payload_len = skb->len; /* without ports; all of it is data */
	return true;
}

#endif
