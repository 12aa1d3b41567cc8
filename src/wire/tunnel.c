/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/tunnel.c - GRE and the tunnels over UDP */
#include "wire/walk.h"

enum {
	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	PORT_VXLAN_OLD = 8472, /* what Linux used before the port was assigned */
};

enum {
	TYPE_ERSPAN = 0x88be, /* I and II */
	TYPE_ERSPAN_III = 0x22eb,
	TYPE_ARUBA = 0x8200, /* and what follows it: a frame of a wireless network */
	TYPE_ARUBA_LAST = 0x83ff,
};

static enum hw_layer bad_tunnel(struct hw_walk *walk)
{
	return hw_walk_end(walk, HW_STAT_PACKETS_BAD_TUNNEL);
}

/* Go behind a header of `len` bytes, if there are that many. */
static enum hw_layer behind(struct hw_walk *walk, size_t len, enum hw_layer inside)
{
	if (walk->at.len < len)
		return bad_tunnel(walk);
	hw_walk_skip(walk, len);
	return inside;
}

/* An Ethernet frame behind a header whose last field says whether 8 more bytes follow. */
static enum hw_layer erspan_iii(struct hw_walk *walk)
{
	if (walk->at.len < 12)
		return bad_tunnel(walk);
	return behind(walk, walk->at.ptr[11] & 1 ? 20 : 12, HW_LAYER_ETHERNET);
}

static enum hw_layer gre_payload(struct hw_walk *walk, uint16_t type, bool has_sequence)
{
	if (type >= TYPE_ARUBA && type <= TYPE_ARUBA_LAST)
		return HW_LAYER_80211;
	switch (type) {
	case TYPE_ERSPAN: /* II has a header of its own, and always a sequence number */
		return behind(walk, has_sequence ? 8 : 0, HW_LAYER_ETHERNET);
	case TYPE_ERSPAN_III:
		return erspan_iii(walk);
	case 0x6558:
		return HW_LAYER_ETHERNET;
	default:
		return hw_link_ethertype(walk, type);
	}
}

/* RFC 2784, RFC 2890; version 1 is PPTP's, RFC 2637 4.1. */
enum hw_layer hw_tunnel_gre(struct hw_walk *walk)
{
	enum {
		CHECKSUM = 0x8000,
		ROUTING = 0x4000,
		KEY = 0x2000,
		SEQUENCE = 0x1000,
		ACKNOWLEDGE = 0x80,
		VERSION = 7
	};
	uint16_t flags, type;
	size_t len = 4;

	if (walk->at.len < len)
		return bad_tunnel(walk);
	flags = hw_get_u16be(walk->at.ptr);
	type = hw_get_u16be(walk->at.ptr + 2);
	if (flags & ROUTING || (flags & VERSION) > 1)
		return bad_tunnel(walk);
	if (flags & CHECKSUM)
		len += 4;
	if (flags & KEY)
		len += 4;
	if (flags & SEQUENCE)
		len += 4;
	if ((flags & VERSION) == 1 && flags & ACKNOWLEDGE)
		len += 4;
	if (walk->at.len < len)
		return bad_tunnel(walk);
	hw_walk_skip(walk, len);
	return gre_payload(walk, type, flags & SEQUENCE);
}

/* RFC 7348 5: the flag that says that there is a network identifier must be set. */
enum hw_layer hw_tunnel_vxlan(struct hw_walk *walk)
{
	if (walk->at.len < 8 || !(walk->at.ptr[0] & 0x08))
		return bad_tunnel(walk);
	return behind(walk, 8, HW_LAYER_ETHERNET);
}

/* RFC 8926 3.4 */
enum hw_layer hw_tunnel_geneve(struct hw_walk *walk)
{
	const uint8_t *h = walk->at.ptr;
	size_t len;

	if (walk->at.len < 8 || h[0] >> 6 != 0)
		return bad_tunnel(walk);
	len = 8 + (size_t)(h[0] & 0x3f) * 4;
	if (walk->at.len < len)
		return bad_tunnel(walk);
	hw_walk_skip(walk, len);
	return gre_payload(walk, hw_get_u16be(h + 2), false);
}

/* Go over extension headers; `type` is of the first. Each has its length in words. */
static bool skip_gtp_extensions(struct hw_walk *walk, uint8_t type)
{
	while (type) {
		const size_t len = walk->at.len ? (size_t)walk->at.ptr[0] * 4 : 0;

		if (len == 0 || walk->at.len < len)
			return false;
		type = walk->at.ptr[len - 1];
		hw_walk_skip(walk, len);
	}
	return true;
}

/* 3GPP TS 29.281 5.1: a G-PDU (255) of version 1. Any of three flags brings 4 more bytes. */
enum hw_layer hw_tunnel_gtp(struct hw_walk *walk)
{
	enum { VERSION_AND_TYPE = 0xf0, VERSION_1 = 0x30, OPTIONAL = 0x07, EXTENSION = 0x04 };
	const uint8_t *h = walk->at.ptr;
	uint8_t extension = 0;

	if (walk->at.len < 8 || (h[0] & VERSION_AND_TYPE) != VERSION_1 || h[1] != 255)
		return bad_tunnel(walk);
	if (h[0] & OPTIONAL && walk->at.len < 12)
		return bad_tunnel(walk);
	if (h[0] & EXTENSION)
		extension = h[11];
	hw_walk_skip(walk, h[0] & OPTIONAL ? 12 : 8);
	return skip_gtp_extensions(walk, extension) ? HW_LAYER_IP : bad_tunnel(walk);
}

/* RFC 4380 5.1.1: perhaps authentication, perhaps an origin indication, then IPv6. */
enum hw_layer hw_tunnel_teredo(struct hw_walk *walk)
{
	if (hw_slice_starts(walk->at, hw_slice("\0\1", 2))) {
		size_t len = 13;

		if (walk->at.len < len)
			return bad_tunnel(walk);
		len += (size_t)walk->at.ptr[2] + walk->at.ptr[3];
		if (walk->at.len < len)
			return bad_tunnel(walk);
		hw_walk_skip(walk, len);
	}
	if (hw_slice_starts(walk->at, hw_slice("\0\0", 2)))
		return behind(walk, 8, HW_LAYER_IPV6);
	return HW_LAYER_IPV6;
}

enum hw_layer hw_tunnel_of_udp(const struct hw_packet *p)
{
	if (p->src_port == PORT_TEREDO)
		return HW_LAYER_TEREDO;
	switch (p->dst_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_OLD:
		return HW_LAYER_VXLAN;
	case PORT_GENEVE:
		return HW_LAYER_GENEVE;
	case PORT_GTP_U:
		return HW_LAYER_GTP;
	case PORT_TEREDO:
		return HW_LAYER_TEREDO;
	default: /* some gateways answer from the port that they were asked at */
		return p->src_port == PORT_VXLAN ? HW_LAYER_VXLAN : HW_LAYER_END;
	}
}
