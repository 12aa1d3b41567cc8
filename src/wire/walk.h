/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/walk.h - the way through the layers of one frame
 *
 * Each layer has a function that looks at the bytes where the walk stands, goes behind its
 * header and says which layer comes next. decode.c calls them in a loop, so that no frame
 * can make the stack grow. Private to this folder.
 */
#ifndef HW_WIRE_WALK_H
#define HW_WIRE_WALK_H

#include "base/bytes.h"
#include "base/layout.h"
#include "wire/decode.h"
#include "wire/defrag.h"
#include "wire/offload.h"

enum {
	HW_WALK_TUNNELS_MAX = 8, /* more nesting than that is somebody's joke */
	HW_WALK_TAGS_MAX = 16,	 /* VLAN tags or MPLS labels in a row */
};

enum hw_layer {
	HW_LAYER_ETHERNET,
	HW_LAYER_VLAN, /* behind the ethertype of a tag */
	HW_LAYER_LLC,
	HW_LAYER_PPPOE,
	HW_LAYER_PPP,
	HW_LAYER_MPLS,
	HW_LAYER_80211,
	HW_LAYER_IP, /* of the version that its first bits say */
	HW_LAYER_IPV4,
	HW_LAYER_IPV6,
	HW_LAYER_GRE,
	HW_LAYER_VXLAN,
	HW_LAYER_GENEVE,
	HW_LAYER_GTP,
	HW_LAYER_TEREDO,
	HW_LAYER_TCP,
	HW_LAYER_UDP,
	HW_LAYER_ICMP,
	HW_LAYER_END, /* hw_walk.verdict says how it ended */
};

/*
 * A connection of IPv4 of a frame that a glance was enough for. It changes with HW_GLANCED_OTHER and
 * with nothing else, so that who asks can keep what it is to him.
 */
struct hw_glance {
	uint64_t addresses; /* source and destination, */
	uint32_t ports;	    /* as they lie in the packet */
	bool is_known[2];   /* source, destination: for right checksums, or nobody looks */
	uint64_t age;	    /* struct hw_wire's then; 0: there is none */
};

struct hw_wire {
	struct hw_wire_options options;
	struct hw_stats *stats;
	struct hw_offload offload;
	struct hw_defrag *defrag;
	uint64_t fragments; /* hw_wire_fragments() */
	bool has_learned;   /* in the last decode, if no glance came since */
	uint64_t age; /* a number for what is known of checksums: until that changes glances hold */
	struct hw_glance glances[HW_GLANCES];
};

struct hw_walk {
	struct hw_wire *wire;
	const struct hw_frame *frame;
	struct hw_packet *packet; /* what the layers so far have said */
	struct hw_slice at;	  /* what they have left, as far as captured */
	uint32_t cut;		  /* bytes behind `at` that were there but not captured */
	unsigned tunnels;	  /* entered so far */
	unsigned tags;		  /* VLAN tags and MPLS labels so far */
	bool is_excerpt;	  /* who passed it on may have cut it without saying so */
	bool checksum_noted;	  /* a wrong one was passed over */
	bool is_aggregate;	  /* the frame has more packets than this one */
	enum hw_stat verdict;	  /* HW_STAT_PACKETS_*, at HW_LAYER_END */

	/* The packet that carried the last tunnel, for when there is nothing in it. */
	enum hw_stat carrier_verdict;
	struct hw_packet carrier;
};

static inline enum hw_layer hw_walk_end(struct hw_walk *walk, enum hw_stat verdict)
{
	walk->verdict = verdict;
	return HW_LAYER_END;
}

static inline void hw_walk_skip(struct hw_walk *walk, size_t len)
{
	walk->at = hw_slice_after(walk->at, len);
}

/* Bytes that are left on the wire, captured or not. */
static inline size_t hw_walk_wire_len(const struct hw_walk *walk)
{
	return walk->at.len + walk->cut;
}

/*
 * A header says that `len` bytes follow: what is behind them is padding, what of them is
 * not here was cut.
 */
static inline void hw_walk_limit(struct hw_walk *walk, uint32_t len)
{
	if (walk->at.len > len)
		walk->at.len = len;
	walk->cut = len - (uint32_t)walk->at.len;
}

/*
 * Whether a header that says that `len` bytes follow cannot be true. No host takes such a
 * packet; but packets that were mirrored through a tunnel, or logged, are often cut.
 */
static inline bool hw_walk_is_lie(const struct hw_walk *walk, uint32_t len)
{
	return len > hw_walk_wire_len(walk) && !walk->is_excerpt;
}

/* Go into a tunnel to `inside`. `carrier` is what to count if there is nothing in it. */
enum hw_layer hw_walk_tunnel(struct hw_walk *walk, enum hw_stat carrier, enum hw_layer inside);

/* A checksum is wrong: whether the packet must be dropped. */
bool hw_walk_wrong_checksum(struct hw_walk *walk);

/* Whether checksums of this frame are looked at. */
bool hw_walk_checks(const struct hw_walk *walk);

/* link.c: where to begin with a frame of `walk`, and the layers below IP. */
enum hw_layer hw_link_start(struct hw_walk *walk);
enum hw_layer hw_link_ethernet(struct hw_walk *walk);
enum hw_layer hw_link_vlan(struct hw_walk *walk);
enum hw_layer hw_link_llc(struct hw_walk *walk);
enum hw_layer hw_link_pppoe(struct hw_walk *walk);
enum hw_layer hw_link_ppp(struct hw_walk *walk);
enum hw_layer hw_link_mpls(struct hw_walk *walk);
enum hw_layer hw_link_80211(struct hw_walk *walk);

/* The layer behind ethertype `type`; ends the walk if it is none of ours. */
enum hw_layer hw_link_ethertype(struct hw_walk *walk, uint16_t type);

/* ip.c */
enum hw_layer hw_ip_any(struct hw_walk *walk);
enum hw_layer hw_ip_v4(struct hw_walk *walk);
enum hw_layer hw_ip_v6(struct hw_walk *walk);

/* tunnel.c */
enum hw_layer hw_tunnel_gre(struct hw_walk *walk);
enum hw_layer hw_tunnel_vxlan(struct hw_walk *walk);
enum hw_layer hw_tunnel_geneve(struct hw_walk *walk);
enum hw_layer hw_tunnel_gtp(struct hw_walk *walk);
enum hw_layer hw_tunnel_teredo(struct hw_walk *walk);

/* The tunnel that the ports of a UDP packet speak of, or HW_LAYER_END: none. */
enum hw_layer hw_tunnel_of_udp(const struct hw_packet *p);

/* What the first 20 bytes of a TCP header say, which are at `h`. RFC 9293 3.1. */
static inline void hw_transport_set_tcp(struct hw_packet *p, const uint8_t *h)
{
	p->src_port = hw_get_u16be(h);
	p->dst_port = hw_get_u16be(h + 2);
	p->seq = hw_get_u32be(h + 4);
	p->ack = hw_get_u32be(h + 8);
	p->flags = hw_get_u16be(h + 12) & 0x1ff;
	p->window = hw_get_u16be(h + 14);
}

/* transport.c */
enum hw_layer hw_transport_tcp(struct hw_walk *walk);
enum hw_layer hw_transport_udp(struct hw_walk *walk);
enum hw_layer hw_transport_icmp(struct hw_walk *walk);

/*
 * A host that leaves the checksum to its card writes the sum of the pseudo-header there,
 * with the length or, for TSO, without it. `field` is as it lies in the packet.
 */
bool hw_transport_is_left_to_card(uint64_t pseudo, uint16_t field, uint32_t len);

/*
 * A checksum of `src` is right by the bytes, or is not: whether to take it as right. One that
 * was left to the card is, and says nothing of its sender; else a right one is remembered.
 */
bool hw_transport_learn(struct hw_wire *w, const struct hw_addr *src, bool is_right,
			bool is_left_to_card);

/* As hw_wire_decode(), by the layers alone: what plain.h knows, too, is walked through. */
enum hw_wire_kind hw_walk_decode(struct hw_wire *w, const struct hw_frame *frame,
				 struct hw_packet *ret);

/* Somebody is going to look at all of it. */
static inline void hw_wire_complete(const struct hw_frame *frame)
{
	if (HW_UNLIKELY(frame->rest != NULL))
		memcpy((uint8_t *)(uintptr_t)frame->data + HW_FRAME_HEAD, frame->rest,
		       frame->len - HW_FRAME_HEAD);
}

#endif
