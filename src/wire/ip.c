/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/ip.c - IPv4, and IPv6 with its extension headers */
#include "wire/checksum.h"
#include "wire/walk.h"

/* https://www.iana.org/assignments/protocol-numbers */
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION = 60,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_MPLS = 137,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

static enum hw_layer bad_ip(struct hw_walk *walk)
{
	return hw_walk_end(walk, HW_STAT_PACKETS_BAD_IP);
}

static enum hw_layer other_protocol(struct hw_walk *walk)
{
	return hw_walk_end(walk, HW_STAT_PACKETS_OTHER_PROTOCOL);
}

static enum hw_layer tunnel(struct hw_walk *walk, enum hw_layer inside)
{
	return hw_walk_tunnel(walk, HW_STAT_PACKETS_OTHER_PROTOCOL, inside);
}

/* What comes behind the IP headers. */
static enum hw_layer upper(struct hw_walk *walk, uint8_t protocol)
{
	const bool v6 = walk->packet->ip_version == 6;

	walk->packet->ip_protocol = protocol;
	switch (protocol) {
	case PROTOCOL_TCP:
		return HW_LAYER_TCP;
	case PROTOCOL_UDP:
		return HW_LAYER_UDP;
	case PROTOCOL_ICMP:
		return v6 ? other_protocol(walk) : HW_LAYER_ICMP;
	case PROTOCOL_ICMPV6:
		return v6 ? HW_LAYER_ICMP : other_protocol(walk);
	case PROTOCOL_IPV4:
		return tunnel(walk, HW_LAYER_IPV4);
	case PROTOCOL_IPV6:
		return tunnel(walk, HW_LAYER_IPV6);
	case PROTOCOL_GRE:
		return tunnel(walk, HW_LAYER_GRE);
	case PROTOCOL_MPLS:
		return tunnel(walk, HW_LAYER_MPLS);
	default:
		return other_protocol(walk);
	}
}

/*
 * Keep a fragment. When it was the last one missing, the walk goes on in the whole packet,
 * and true is returned.
 */
static bool reassemble(struct hw_walk *walk, const struct hw_fragment *f)
{
	struct hw_packet *p = walk->packet;
	struct hw_slice whole;

	p->is_fragment = true;
	p->ip_protocol = f->protocol;
	walk->wire->fragments = 0;
	if (walk->cut || walk->at.len == 0) {
		hw_walk_end(walk, HW_STAT_PACKETS_BAD_FRAGMENT);
		return false;
	}
	walk->wire->has_learned = true;
	switch (hw_defrag_push(walk->wire->defrag, f, &whole)) {
	case HW_DEFRAG_HELD:
		walk->wire->fragments = hw_defrag_number(walk->wire->defrag);
		hw_walk_end(walk, HW_STAT_PACKETS_FRAGMENT_HELD);
		return false;
	case HW_DEFRAG_BAD:
		hw_walk_end(walk, HW_STAT_PACKETS_BAD_FRAGMENT);
		return false;
	case HW_DEFRAG_WHOLE:
		break;
	}

	p->is_fragment = false;
	p->is_reassembled = true;
	walk->wire->fragments = hw_defrag_number(walk->wire->defrag);
	p->ip = whole;
	p->packet_len = (uint32_t)whole.len;
	return true;
}

static struct hw_fragment fragment_of(const struct hw_walk *walk, size_t header_len)
{
	const struct hw_packet *p = walk->packet;

	return (struct hw_fragment){
		.src = p->src,
		.dst = p->dst,
		.ip_version = p->ip_version,
		.header = { p->ip.ptr, header_len },
		.payload = walk->at,
		.time_ns = walk->frame->time_ns,
	};
}

static size_t v4_header_len(const uint8_t *header)
{
	return (size_t)(header[0] & 15) * 4;
}

/* The authentication header hides nothing: RFC 4302 2. Its length is in words, less two. */
static bool skip_ah(struct hw_walk *walk, uint8_t *protocol)
{
	size_t len;

	if (walk->at.len < 8)
		return false;
	len = ((size_t)walk->at.ptr[1] + 2) * 4;
	if (walk->at.len < len)
		return false;
	*protocol = walk->at.ptr[0];
	hw_walk_skip(walk, len);
	return true;
}

static enum hw_layer v4_upper(struct hw_walk *walk, uint8_t protocol)
{
	while (protocol == PROTOCOL_AH)
		if (!skip_ah(walk, &protocol))
			return bad_ip(walk);
	return upper(walk, protocol);
}

/* Units of 8 bytes; as Linux, what is too much of one is cut from all but the last. */
static enum hw_layer v4_fragment(struct hw_walk *walk, const uint8_t *header)
{
	struct hw_fragment f = fragment_of(walk, v4_header_len(header));
	const uint16_t field = hw_get_u16be(header + 6);

	f.id = hw_get_u16be(header + 4);
	f.protocol = header[9];
	f.more = field & 0x2000;
	f.offset = (field & 0x1fff) * 8u;
	if (f.more)
		f.payload.len &= ~(size_t)7;
	if (f.payload.len == 0)
		walk->at.len = 0;
	if (!reassemble(walk, &f))
		return HW_LAYER_END;
	walk->at = hw_slice_after(walk->packet->ip, v4_header_len(walk->packet->ip.ptr));
	return v4_upper(walk, walk->packet->ip.ptr[9]);
}

/* A checksum of 0 is left to the network card. */
static bool v4_header_is_right(const struct hw_walk *walk, const uint8_t *header, size_t len)
{
	return !hw_walk_checks(walk) || hw_get_u16be(header + 10) == 0 ||
	       hw_checksum_is_right(hw_checksum_add(0, hw_slice(header, len)));
}

static void set_ip(struct hw_walk *walk, uint8_t version)
{
	struct hw_packet *p = walk->packet;

	p->ip_version = version;
	p->ip = walk->at;
}

/*
 * Where a source route (RFC 791 3.1) has places left the header names the next one only. The last
 * one is who the packet is for, whom its checksums mean (RFC 1122 4.1.3.4), and who answers.
 */
static struct hw_addr v4_destination(const uint8_t *h, size_t header_len)
{
	enum { END = 0, NOP = 1, LOOSE = 131, STRICT = 137 };
	size_t at = 20;

	while (at + 1 < header_len && h[at] != END) {
		const size_t len = h[at] == NOP ? 1 : h[at + 1];

		if (len == 0 || (len == 1 && h[at] != NOP) || at + len > header_len)
			break;
		if ((h[at] == LOOSE || h[at] == STRICT) && len >= 7 && len % 4 == 3 &&
		    h[at + 2] < len)
			return hw_addr_v4(h + at + len - 4);
		at += len;
	}
	return hw_addr_v4(h + 16);
}

enum hw_layer hw_ip_v4(struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	struct hw_packet *p = walk->packet;
	uint32_t total;
	size_t len;

	if (walk->at.len < 20 || h[0] >> 4 != 4)
		return bad_ip(walk);
	len = v4_header_len(h);
	total = hw_get_u16be(h + 2);
	if (total == 0) /* segmented later: the kernel captures it like this (TSO, BIG TCP) */
		total = (uint32_t)hw_walk_wire_len(walk);
	if (len < 20 || len > walk->at.len || len > total || hw_walk_is_lie(walk, total))
		return bad_ip(walk);

	hw_walk_limit(walk, total);
	p->src = hw_addr_v4(h + 12);
	p->dst = v4_destination(h, len);
	p->packet_len = total;
	set_ip(walk, 4);
	if (!v4_header_is_right(walk, h, len) && hw_walk_wrong_checksum(walk))
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_CHECKSUM);

	hw_walk_skip(walk, len);
	if (hw_get_u16be(h + 6) & 0x3fff)
		return v4_fragment(walk, h);
	return v4_upper(walk, h[9]);
}

/*
 * The payload length of a jumbogram is in an option, and the header has 0 there: RFC 2675
 * 2. Returns 0 if there is no such option.
 */
static uint32_t jumbo_len(struct hw_slice hop_by_hop)
{
	size_t at = 2, end;

	if (hop_by_hop.len < 8)
		return 0;
	end = ((size_t)hop_by_hop.ptr[1] + 1) * 8;
	if (end > hop_by_hop.len)
		return 0;
	while (at + 6 <= end) {
		const uint8_t *option = hop_by_hop.ptr + at;

		if (option[0] == 0xc2 && option[1] == 4)
			return hw_get_u32be(option + 2);
		at += option[0] == 0 ? 1 : 2 + (size_t)option[1];
	}
	return 0;
}

/* Without a jumbo option, 0 is what a card that segments itself is given. */
static uint32_t v6_payload_len(const struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	uint32_t len = hw_get_u16be(h + 4);

	if (len == 0 && h[6] == PROTOCOL_HOP_BY_HOP)
		len = jumbo_len(hw_slice_after(walk->at, 40));
	if (len == 0 && h[6] == PROTOCOL_TCP)
		len = (uint32_t)hw_walk_wire_len(walk) - 40;
	return len;
}

/* RFC 8200 4.5. A fragment that is a whole packet ("atomic", RFC 6946) is passed through. */
static bool v6_fragment(struct hw_walk *walk, uint8_t *protocol)
{
	const uint8_t *h = walk->at.ptr;
	struct hw_fragment f;
	uint16_t field;

	if (walk->at.len < 8)
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_IP), false;
	field = hw_get_u16be(h + 2);
	*protocol = h[0];
	hw_walk_skip(walk, 8);
	if ((field & 0xfff9) == 0)
		return true;

	f = fragment_of(walk, 40);
	f.id = hw_get_u32be(h + 4);
	f.protocol = h[0];
	f.more = field & 1;
	f.offset = field & 0xfff8;
	if (f.more && f.payload.len % 8)
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_FRAGMENT), false;
	if (!reassemble(walk, &f))
		return false;
	walk->packet->packet_len -= 40;
	*protocol = walk->packet->ip.ptr[6];
	walk->at = hw_slice_after(walk->packet->ip, 40);
	return true;
}

/* RFC 8200 4.2: the length is in units of 8 bytes, without the first. */
static bool skip_extension(struct hw_walk *walk, uint8_t *protocol)
{
	size_t len;

	if (walk->at.len < 8)
		return false;
	len = ((size_t)walk->at.ptr[1] + 1) * 8;
	if (walk->at.len < len)
		return false;
	*protocol = walk->at.ptr[0];
	hw_walk_skip(walk, len);
	return true;
}

/*
 * While segments are left the IPv6 header names the next one only: the last one is who the packet
 * is for, whom its checksums mean (RFC 8200 8.1), and who answers.
 */
static void take_route(struct hw_walk *walk)
{
	enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENTS = 4 }; /* RFC 5095, RFC 6275, RFC 8754 */
	const uint8_t *h = walk->at.ptr;
	size_t last = 8;

	if (walk->at.len < 24 || h[1] < 2 || ((size_t)h[1] + 1) * 8 > walk->at.len || h[3] == 0)
		return;
	if (h[2] == SOURCE_ROUTE)
		last += (h[1] / 2 - 1) * (size_t)16;
	else if (h[2] != MOBILE && h[2] != SEGMENTS)
		return;
	walk->packet->dst = hw_addr_v6(h + last);
}

/* Each turn goes at least 8 bytes further, so that the packet's length bounds it. */
static enum hw_layer v6_upper(struct hw_walk *walk, uint8_t protocol)
{
	for (;;) {
		if (protocol == PROTOCOL_ROUTING)
			take_route(walk);
		switch (protocol) {
		case PROTOCOL_HOP_BY_HOP:
		case PROTOCOL_ROUTING:
		case PROTOCOL_DESTINATION:
		case PROTOCOL_MOBILITY:
		case PROTOCOL_HIP:
		case PROTOCOL_SHIM6:
			if (!skip_extension(walk, &protocol))
				return bad_ip(walk);
			break;
		case PROTOCOL_AH:
			if (!skip_ah(walk, &protocol))
				return bad_ip(walk);
			break;
		case PROTOCOL_FRAGMENT:
			if (!v6_fragment(walk, &protocol))
				return HW_LAYER_END;
			break;
		default:
			return upper(walk, protocol);
		}
	}
}

enum hw_layer hw_ip_v6(struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	struct hw_packet *p = walk->packet;
	uint32_t len;

	if (walk->at.len < 40 || h[0] >> 4 != 6)
		return bad_ip(walk);
	len = v6_payload_len(walk);
	if (len > UINT32_MAX - 40 || hw_walk_is_lie(walk, len + 40))
		return bad_ip(walk);

	hw_walk_limit(walk, len + 40);
	p->src = hw_addr_v6(h + 8);
	p->dst = hw_addr_v6(h + 24);
	p->packet_len = len;
	set_ip(walk, 6);
	hw_walk_skip(walk, 40);
	return v6_upper(walk, h[6]);
}

enum hw_layer hw_ip_any(struct hw_walk *walk)
{
	if (walk->at.len == 0)
		return bad_ip(walk);
	switch (walk->at.ptr[0] >> 4) {
	case 4:
		return HW_LAYER_IPV4;
	case 6:
		return HW_LAYER_IPV6;
	default:
		return bad_ip(walk);
	}
}
