/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/transport.c - TCP, UDP, ICMP and ICMPv6 headers */
#include "wire/checksum.h"
#include "wire/walk.h"

static enum hw_layer bad_transport(struct hw_walk *walk)
{
	walk->packet->transport_bad = true;
	return hw_walk_end(walk, HW_STAT_PACKETS_BAD_TRANSPORT);
}

static void set_payload(struct hw_walk *walk)
{
	walk->packet->payload = walk->at;
	walk->packet->payload_len = (uint32_t)hw_walk_wire_len(walk);
}

bool hw_transport_is_left_to_card(uint64_t pseudo, uint16_t field, uint32_t len)
{
	const uint16_t folded = hw_checksum_fold(pseudo);
	const uint16_t without_len =
		hw_checksum_fold(hw_checksum_plus(pseudo, UINT32_MAX - htobe32(len)));

	return field == folded || field == without_len;
}

/*
 * Whether its checksum can matter to packets that come later: its sender has not shown that
 * its checksums are to be believed, or there may be packets in it.
 */
static bool may_teach(const struct hw_walk *walk, uint64_t pseudo, struct hw_slice segment,
		      size_t at)
{
	uint16_t field;

	if (hw_tunnel_of_udp(walk->packet) != HW_LAYER_END)
		return true;
	memcpy(&field, segment.ptr + at, sizeof(field));
	return walk->wire->options.checksums == HW_CHECKSUMS_AUTO &&
	       !hw_offload_has_right(&walk->wire->offload, &walk->packet->src) &&
	       !hw_transport_is_left_to_card(pseudo, field, (uint32_t)segment.len);
}

bool hw_transport_learn(struct hw_wire *w, const struct hw_addr *src, bool is_right,
			bool is_left_to_card)
{
	if (is_left_to_card && w->options.checksums == HW_CHECKSUMS_AUTO)
		return true; /* it is right by chance, if at all */
	w->has_learned |= is_right;
	if (is_right)
		hw_offload_saw_right(&w->offload, src);
	return is_right;
}

/* `at` is the place of the checksum in the transport header. */
static bool checksum_is_right(struct hw_walk *walk, struct hw_slice segment, size_t at)
{
	const struct hw_packet *p = walk->packet;
	const uint32_t len = (uint32_t)segment.len;
	const uint64_t pseudo = hw_checksum_pseudo(&p->src, &p->dst, p->ip_protocol, len);
	bool is_right;
	uint16_t field;

	if (walk->wire->options.is_glance && !may_teach(walk, pseudo, segment, at))
		return true;
	is_right = hw_checksum_is_right(hw_checksum_add(pseudo, segment));
	if (is_right && hw_offload_has_right(&walk->wire->offload, &p->src))
		return true;
	memcpy(&field, segment.ptr + at, sizeof(field));
	return hw_transport_learn(walk->wire, &p->src, is_right,
				  hw_transport_is_left_to_card(pseudo, field, len));
}

/* Only what was captured whole can be checked. */
static bool must_drop(struct hw_walk *walk, struct hw_slice segment, size_t at)
{
	if (walk->cut || !hw_walk_checks(walk))
		return false;
	return !checksum_is_right(walk, segment, at) && hw_walk_wrong_checksum(walk);
}

static void set_ends(struct hw_packet *p)
{
	if (p->ip_version != 4)
		return;
	p->ends[0] = hw_end_v4(hw_get_u32be(p->src.b + 12), p->src_port);
	p->ends[1] = hw_end_v4(hw_get_u32be(p->dst.b + 12), p->dst_port);
}

/* The header with its options is here, or all of it that was captured. RFC 9293 3.1. */
enum hw_layer hw_transport_tcp(struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	struct hw_packet *p = walk->packet;
	size_t len;

	p->transport = walk->at;
	if (walk->at.len < 20)
		return bad_transport(walk);
	hw_transport_set_tcp(p, h);
	set_ends(p);
	len = (size_t)(h[12] >> 4) * 4;
	if (len < 20 || len > hw_walk_wire_len(walk))
		return bad_transport(walk);
	if (must_drop(walk, walk->at, 16))
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_CHECKSUM);

	if (len > walk->at.len) { /* cut in its options */
		walk->cut -= (uint32_t)(len - walk->at.len);
		len = walk->at.len;
	}
	p->options = hw_slice(h + 20, len - 20);
	hw_walk_skip(walk, len);
	set_payload(walk);
	return hw_walk_end(walk, HW_STAT_PACKETS_TCP);
}

/* A length of 0 is a jumbogram's (RFC 2675 4), or is left to the card (UFO). */
static bool limit_udp(struct hw_walk *walk, uint16_t len)
{
	if (len == 0)
		return true;
	if (len < 8 || len > hw_walk_wire_len(walk))
		return false;
	hw_walk_limit(walk, len);
	return true;
}

enum hw_layer hw_transport_udp(struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	struct hw_packet *p = walk->packet;
	enum hw_layer inside;

	p->transport = walk->at;
	if (walk->at.len < 8)
		return bad_transport(walk);
	p->src_port = hw_get_u16be(h);
	p->dst_port = hw_get_u16be(h + 2);
	if (!limit_udp(walk, hw_get_u16be(h + 4)))
		return bad_transport(walk);
	/* 0: the sender made none, RFC 768 */
	if (hw_get_u16be(h + 6) && must_drop(walk, walk->at, 6))
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_CHECKSUM);

	hw_walk_skip(walk, 8);
	set_payload(walk);
	inside = hw_tunnel_of_udp(p);
	if (inside != HW_LAYER_END)
		return hw_walk_tunnel(walk, HW_STAT_PACKETS_OTHER_UDP, inside);
	return hw_walk_end(walk, HW_STAT_PACKETS_OTHER_UDP);
}

enum hw_layer hw_transport_icmp(struct hw_walk *walk)
{
	const size_t header = walk->packet->ip_version == 6 ? 4 : 8;

	walk->packet->transport = walk->at;
	if (walk->at.len < header)
		return bad_transport(walk);
	hw_walk_skip(walk, header);
	set_payload(walk);
	return hw_walk_end(walk, HW_STAT_PACKETS_OTHER_ICMP);
}
