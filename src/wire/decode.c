/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/decode.c - see decode.h */
#include "wire/decode.h"

#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "wire/plain.h"
#include "wire/walk.h"

int hw_wire_new(struct hw_wire **ret, const struct hw_wire_options *options,
		struct hw_budget *budget, struct hw_stats *stats, uint64_t seed)
{
	struct hw_wire *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->options = *options;
	w->stats = stats;
	w->offload.seed = seed;
	w->age = 1;
	if (hw_defrag_new(&w->defrag, budget, stats, seed) != 0) {
		hw_wire_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void hw_wire_free(struct hw_wire *w)
{
	if (!w)
		return;
	hw_defrag_free(w->defrag);
	free(w);
}

void hw_wire_expire(struct hw_wire *w, uint64_t now_ns)
{
	hw_defrag_expire(w->defrag, now_ns);
}

uint64_t hw_wire_fragments(const struct hw_wire *w)
{
	return w->fragments;
}

bool hw_wire_waits(const struct hw_wire *w)
{
	return !hw_defrag_is_empty(w->defrag);
}

bool hw_wire_has_learned(const struct hw_wire *w)
{
	return w->has_learned;
}

bool hw_walk_checks(const struct hw_walk *walk)
{
	return walk->wire->options.checksums != HW_CHECKSUMS_OFF && !walk->frame->checksums_unset;
}

bool hw_walk_wrong_checksum(struct hw_walk *walk)
{
	if (walk->wire->options.checksums == HW_CHECKSUMS_ON ||
	    hw_offload_has_right(&walk->wire->offload, &walk->packet->src))
		return true;
	walk->checksum_noted = true;
	return false;
}

/* HW_WIRE_IP says nothing of a transport; a UDP header may have been read on the way here. */
static enum hw_layer nested_too_deep(struct hw_walk *walk)
{
	struct hw_packet *p = walk->packet;

	p->src_port = p->dst_port = 0;
	p->transport = p->payload = hw_slice(NULL, 0);
	p->payload_len = 0;
	return hw_walk_end(walk, HW_STAT_PACKETS_BAD_TUNNEL);
}

enum hw_layer hw_walk_tunnel(struct hw_walk *walk, enum hw_stat carrier, enum hw_layer inside)
{
	const bool is_ip = walk->packet->ip.ptr;

	if (is_ip && walk->wire->options.no_tunnels)
		return hw_walk_end(walk, carrier);
	if (walk->tunnels++ == HW_WALK_TUNNELS_MAX)
		return nested_too_deep(walk);

	if (!is_ip) /* tunnels below IP have no packet to show */
		return inside;

	walk->is_excerpt = true;
	walk->carrier_verdict = carrier;
	walk->carrier = *walk->packet;
	*walk->packet = (struct hw_packet){
		.frame = walk->frame,
		.is_reassembled = walk->carrier.is_reassembled,
		.tunnels = (uint8_t)(walk->carrier.tunnels + 1),
	};
	return inside;
}

static enum hw_layer step(struct hw_walk *walk, enum hw_layer layer)
{
	switch (layer) {
	case HW_LAYER_ETHERNET:
		return hw_link_ethernet(walk);
	case HW_LAYER_VLAN:
		return hw_link_vlan(walk);
	case HW_LAYER_LLC:
		return hw_link_llc(walk);
	case HW_LAYER_PPPOE:
		return hw_link_pppoe(walk);
	case HW_LAYER_PPP:
		return hw_link_ppp(walk);
	case HW_LAYER_MPLS:
		return hw_link_mpls(walk);
	case HW_LAYER_80211:
		return hw_link_80211(walk);
	case HW_LAYER_IP:
		return hw_ip_any(walk);
	case HW_LAYER_IPV4:
		return hw_ip_v4(walk);
	case HW_LAYER_IPV6:
		return hw_ip_v6(walk);
	case HW_LAYER_GRE:
		return hw_tunnel_gre(walk);
	case HW_LAYER_VXLAN:
		return hw_tunnel_vxlan(walk);
	case HW_LAYER_GENEVE:
		return hw_tunnel_geneve(walk);
	case HW_LAYER_GTP:
		return hw_tunnel_gtp(walk);
	case HW_LAYER_TEREDO:
		return hw_tunnel_teredo(walk);
	case HW_LAYER_TCP:
		return hw_transport_tcp(walk);
	case HW_LAYER_UDP:
		return hw_transport_udp(walk);
	case HW_LAYER_ICMP:
		return hw_transport_icmp(walk);
	case HW_LAYER_END:
		break;
	}
	return HW_LAYER_END;
}

/* Whether the walk found no packet where it stands. */
static bool found_nothing(const struct hw_walk *walk)
{
	switch (walk->verdict) {
	case HW_STAT_PACKETS_OTHER_NOT_IP:
	case HW_STAT_PACKETS_BAD_LINK:
	case HW_STAT_PACKETS_BAD_IP:
	case HW_STAT_PACKETS_BAD_TUNNEL:
		return true;
	default:
		return false;
	}
}

/*
 * A UDP port proves nothing: if there is no packet behind it, it was no tunnel. Of other
 * tunnels the carrier is shown, and what is bad inside stays counted as bad.
 */
static void fall_back(struct hw_walk *walk)
{
	if (walk->tunnels > HW_WALK_TUNNELS_MAX)
		return;
	*walk->packet = walk->carrier;
	if (walk->carrier_verdict == HW_STAT_PACKETS_OTHER_UDP ||
	    walk->verdict == HW_STAT_PACKETS_OTHER_NOT_IP)
		walk->verdict = walk->carrier_verdict;
}

static enum hw_wire_kind kind_of(const struct hw_walk *walk)
{
	switch (walk->verdict) {
	case HW_STAT_PACKETS_TCP:
		return HW_WIRE_TCP;
	case HW_STAT_PACKETS_OTHER_UDP:
		return HW_WIRE_UDP;
	case HW_STAT_PACKETS_OTHER_ICMP:
		return HW_WIRE_ICMP;
	case HW_STAT_PACKETS_BAD_CHECKSUM:
		return HW_WIRE_NONE;
	default:
		return walk->packet->ip.ptr ? HW_WIRE_IP : HW_WIRE_NONE;
	}
}

static void count(const struct hw_walk *walk)
{
	struct hw_stats *stats = walk->wire->stats;

	hw_stats_inc(stats, walk->verdict);
	if ((walk->cut || walk->frame->wire_len > walk->frame->len) && !walk->frame->is_part)
		hw_stats_inc(stats, HW_STAT_NOTE_TRUNCATED);
	if (walk->checksum_noted)
		hw_stats_inc(stats, HW_STAT_NOTE_CHECKSUM);
	if (walk->is_aggregate)
		hw_stats_inc(stats, HW_STAT_NOTE_AGGREGATED);
}

HW_APART enum hw_wire_kind hw_walk_decode(struct hw_wire *w, const struct hw_frame *frame,
					  struct hw_packet *ret)
{
	struct hw_walk walk; /* not cleared whole: `carrier` is large, and rarely used */
	enum hw_layer layer;

	hw_wire_complete(frame);
	*ret = (struct hw_packet){ .frame = frame };
	walk.wire = w;
	walk.frame = frame;
	walk.packet = ret;
	walk.at = hw_slice(frame->data, frame->len);
	walk.cut = frame->wire_len > frame->len ? frame->wire_len - frame->len : 0;
	walk.tunnels = 0;
	walk.tags = 0;
	walk.is_excerpt = false;
	walk.checksum_noted = false;
	walk.is_aggregate = false;

	layer = hw_link_start(&walk);
	while (layer != HW_LAYER_END)
		layer = step(&walk, layer);
	if (ret->tunnels && found_nothing(&walk))
		fall_back(&walk);
	count(&walk);
	return kind_of(&walk);
}

bool hw_wire_check(struct hw_wire *w, const struct hw_packet *p)
{
	const uint64_t pseudo =
		hw_checksum_pseudo(&p->src, &p->dst, HW_PLAIN_TCP, (uint32_t)p->transport.len);
	struct hw_packet again;

	hw_wire_complete(p->frame);
	if (hw_checksum_is_right(hw_checksum_add(pseudo, p->transport)))
		return true;
	w->stats->n[HW_STAT_PACKETS_TCP]--;
	return hw_walk_decode(w, p->frame, &again) == HW_WIRE_TCP;
}

enum hw_wire_kind hw_wire_decode(struct hw_wire *w, const struct hw_frame *frame,
				 struct hw_packet *ret)
{
	if (!hw_defrag_is_empty(w->defrag)) {
		hw_defrag_release(w->defrag);
		hw_defrag_expire(w->defrag, frame->time_ns);
	}
	w->has_learned = false;
	return hw_plain_decode(w, frame, ret) ? HW_WIRE_TCP : hw_walk_decode(w, frame, ret);
}
