/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/link.c - the layers below IP */
#include "wire/checksum.h"
#include "wire/walk.h"

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_RAW_BSD = 12,
	LINKTYPE_RAW_OPENBSD = 14,
	LINKTYPE_PPP_HDLC = 50,
	LINKTYPE_PPP_ETHER = 51,
	LINKTYPE_RAW = 101,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_LINUX_SLL2 = 276,
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_TEB = 0x6558, /* an Ethernet frame, RFC 1701 */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_QINQ_OLDER = 0x9200,
	ETHERTYPE_MIN = 0x0600, /* below it is the length of an 802.3 frame */
};

static enum hw_layer not_ip(struct hw_walk *walk)
{
	return hw_walk_end(walk, HW_STAT_PACKETS_OTHER_NOT_IP);
}

static enum hw_layer bad_link(struct hw_walk *walk)
{
	return hw_walk_end(walk, HW_STAT_PACKETS_BAD_LINK);
}

enum hw_layer hw_link_ethertype(struct hw_walk *walk, uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IPV4:
		return HW_LAYER_IPV4;
	case ETHERTYPE_IPV6:
		return HW_LAYER_IPV6;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_QINQ_OLD:
	case ETHERTYPE_QINQ_OLDER:
		return HW_LAYER_VLAN;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return HW_LAYER_MPLS;
	case ETHERTYPE_PPPOE_SESSION:
		return HW_LAYER_PPPOE;
	case ETHERTYPE_PPP:
		return HW_LAYER_PPP;
	case ETHERTYPE_TEB:
		return hw_walk_tunnel(walk, HW_STAT_PACKETS_OTHER_NOT_IP, HW_LAYER_ETHERNET);
	default:
		return not_ip(walk);
	}
}

/* A type, or the length of what follows: IEEE 802.3 3.2.6. */
static enum hw_layer type_or_length(struct hw_walk *walk, uint16_t type)
{
	if (type >= ETHERTYPE_MIN)
		return hw_link_ethertype(walk, type);
	if (type > hw_walk_wire_len(walk))
		return bad_link(walk);
	hw_walk_limit(walk, type);
	return HW_LAYER_LLC;
}

enum hw_layer hw_link_ethernet(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 14)
		return bad_link(walk);
	hw_walk_skip(walk, 14);
	return type_or_length(walk, hw_get_u16be(p + 12));
}

enum hw_layer hw_link_vlan(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 4 || ++walk->tags > HW_WALK_TAGS_MAX)
		return bad_link(walk);
	hw_walk_skip(walk, 4);
	return type_or_length(walk, hw_get_u16be(p + 2));
}

/* Unnumbered information, either to the service point of IP or with a SNAP header (RFC 1042). */
enum hw_layer hw_link_llc(struct hw_walk *walk)
{
	const struct hw_slice ip = HW_SLICE("\x06\x06\x03"), snap = HW_SLICE("\xaa\xaa\x03");
	const uint8_t *p = walk->at.ptr;
	uint32_t organisation;

	if (walk->at.len < 3)
		return bad_link(walk);
	if (hw_slice_starts(walk->at, ip)) {
		hw_walk_skip(walk, ip.len);
		return HW_LAYER_IP;
	}
	if (!hw_slice_starts(walk->at, snap))
		return not_ip(walk);
	if (walk->at.len < 8)
		return bad_link(walk);
	hw_walk_skip(walk, 8);
	organisation = hw_get_u32be(p + 2) & 0xffffff;
	/* 0000f8: bridge-tunnel encapsulation, IEEE 802.1H */
	if (organisation != 0 && organisation != 0xf8)
		return not_ip(walk);
	return hw_link_ethertype(walk, hw_get_u16be(p + 6));
}

/* RFC 2516 4: version and type 1, code 0 in a session. */
enum hw_layer hw_link_pppoe(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 6)
		return bad_link(walk);
	if (p[0] != 0x11 || p[1] != 0)
		return not_ip(walk);
	hw_walk_skip(walk, 6);
	if (hw_get_u16be(p + 4) < hw_walk_wire_len(walk))
		hw_walk_limit(walk, hw_get_u16be(p + 4));
	return HW_LAYER_PPP;
}

/*
 * Address and control may be left out, and so may be the high byte of a protocol below
 * 256: RFC 1661 6.5, 6.6.
 */
enum hw_layer hw_link_ppp(struct hw_walk *walk)
{
	struct hw_cursor c;
	uint8_t low;
	uint16_t protocol;

	if (hw_slice_starts(walk->at, HW_SLICE("\xff\x03")))
		hw_walk_skip(walk, 2);
	c = hw_cursor(walk->at);
	if (hw_cursor_left(&c) && c.at[0] & 1 && hw_cursor_u8(&c, &low))
		protocol = low;
	else if (!hw_cursor_u16be(&c, &protocol))
		return bad_link(walk);
	hw_walk_skip(walk, (size_t)(c.at - walk->at.ptr));

	switch (protocol) {
	case 0x0021:
		return HW_LAYER_IPV4;
	case 0x0057:
		return HW_LAYER_IPV6;
	case 0x0281:
	case 0x0283:
		return HW_LAYER_MPLS;
	default:
		return not_ip(walk);
	}
}

static bool is_snap(struct hw_slice frame)
{
	return frame.len >= 17 && hw_get_u16be(frame.ptr + 12) < ETHERTYPE_MIN &&
	       frame.ptr[14] == 0xaa && frame.ptr[15] == 0xaa && frame.ptr[16] == 3;
}

static bool has_known_ethertype(struct hw_slice frame)
{
	if (frame.len < 14)
		return false;
	switch (hw_get_u16be(frame.ptr + 12)) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_PPPOE_SESSION:
		return true;
	default:
		return is_snap(frame);
	}
}

/* An address of Ethernet may begin as an IP header does, but hardly go on as one. */
static bool is_ip_header(struct hw_slice s)
{
	const size_t v4_len = s.len ? (size_t)(s.ptr[0] & 15) * 4 : 0;

	if (s.len < 20 || s.ptr[0] >> 4 != 4)
		return s.len >= 40 && hw_get_u16be(s.ptr + 4) + 40u == s.len;
	if (v4_len < 20 || v4_len > s.len)
		return false;
	if (hw_get_u16be(s.ptr + 10) == 0) /* left to the card */
		return hw_get_u16be(s.ptr + 2) == s.len;
	return hw_checksum_is_right(hw_checksum_add(0, hw_slice(s.ptr, v4_len)));
}

/*
 * Nothing says what is behind the last label (RFC 3032 2.2): IP by its version, else an
 * Ethernet pseudowire, with the control word of RFC 4448 4.6 or without.
 */
static enum hw_layer behind_labels(struct hw_walk *walk)
{
	const unsigned nibble = walk->at.len ? walk->at.ptr[0] >> 4 : 0;

	if ((nibble == 4 || nibble == 6) &&
	    (is_ip_header(walk->at) || !has_known_ethertype(walk->at)))
		return HW_LAYER_IP;
	if (nibble == 0 && walk->at.len > 4 && has_known_ethertype(hw_slice_after(walk->at, 4)))
		hw_walk_skip(walk, 4);
	else if (!has_known_ethertype(walk->at))
		return not_ip(walk);
	return hw_walk_tunnel(walk, HW_STAT_PACKETS_OTHER_NOT_IP, HW_LAYER_ETHERNET);
}

enum hw_layer hw_link_mpls(struct hw_walk *walk)
{
	bool bottom = false;

	while (!bottom) {
		if (walk->at.len < 4 || ++walk->tags > HW_WALK_TAGS_MAX)
			return bad_link(walk);
		bottom = walk->at.ptr[2] & 1;
		hw_walk_skip(walk, 4);
	}
	return behind_labels(walk);
}

/* The numbers of AF_INET and of the AF_INET6 of each system, in either byte order. */
static enum hw_layer start_family(struct hw_walk *walk)
{
	uint32_t family;

	if (walk->at.len < 4)
		return bad_link(walk);
	family = hw_get_u32be(walk->at.ptr);
	if (family > UINT16_MAX)
		family = hw_get_u32le(walk->at.ptr);
	hw_walk_skip(walk, 4);

	switch (family) {
	case 2:
		return HW_LAYER_IPV4;
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return HW_LAYER_IPV6;
	default:
		return not_ip(walk);
	}
}

/* The protocol of a cooked header: an ethertype, or a number of Linux's own below. */
static enum hw_layer cooked_protocol(struct hw_walk *walk, uint16_t protocol)
{
	return protocol == 4 ? HW_LAYER_LLC : hw_link_ethertype(walk, protocol);
}

static enum hw_layer start_sll(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 16)
		return bad_link(walk);
	hw_walk_skip(walk, 16);
	return cooked_protocol(walk, hw_get_u16be(p + 14));
}

static enum hw_layer start_sll2(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 20)
		return bad_link(walk);
	hw_walk_skip(walk, 20);
	return cooked_protocol(walk, hw_get_u16be(p));
}

static enum hw_layer start_c_hdlc(struct hw_walk *walk)
{
	const uint8_t *p = walk->at.ptr;

	if (walk->at.len < 4)
		return bad_link(walk);
	hw_walk_skip(walk, 4);
	return hw_link_ethertype(walk, hw_get_u16be(p + 2));
}

/* Cisco's framing uses the same link type: addresses 0f (unicast) and 8f. */
static enum hw_layer start_ppp(struct hw_walk *walk)
{
	if (walk->at.len >= 4 && (walk->at.ptr[0] & 0x7f) == 0x0f && walk->at.ptr[1] == 0)
		return start_c_hdlc(walk);
	return HW_LAYER_PPP;
}

/*
 * Attributes in the byte order of the machine that wrote them; the packet is attribute 9.
 * https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html
 */
static enum hw_layer start_nflog(struct hw_walk *walk)
{
	enum {
		NLA_TYPE = 0x3fff
	}; /* the two bits above say that it is nested, or of the network's order */

	if (walk->at.len < 4)
		return bad_link(walk);
	hw_walk_skip(walk, 4);

	while (walk->at.len >= 4) {
		const uint8_t *p = walk->at.ptr;
		size_t len = hw_get_u16le(p), padded;
		uint16_t type = hw_get_u16le(p + 2) & NLA_TYPE;

		if (type > 0xff) {
			len = hw_get_u16be(p);
			type = hw_get_u16be(p + 2) & NLA_TYPE;
		}
		if (len < 4)
			return bad_link(walk);
		if (type == 9) {
			hw_walk_skip(walk, 4);
			hw_walk_limit(walk, (uint32_t)len - 4);
			walk->is_excerpt = true; /* nflog-size */
			return HW_LAYER_IP;
		}
		padded = (len + 3) & ~(size_t)3;
		if (padded > walk->at.len)
			return bad_link(walk);
		hw_walk_skip(walk, padded);
	}
	return not_ip(walk);
}

/* Data frames that are not null and not encrypted, and not a part of one. */
static bool has_80211_data(struct hw_slice frame)
{
	enum { TYPE = 0x0f, DATA = 0x08, NO_DATA = 0x40 };
	enum { PROTECTED = 0x40, MORE_FRAGMENTS = 0x04, FRAGMENT = 0x0f };
	const uint8_t *p = frame.ptr;

	if ((p[0] & TYPE) != DATA || p[0] & NO_DATA || p[1] & PROTECTED)
		return false;
	return !(p[1] & MORE_FRAGMENTS) && !(frame.len > 22 && p[22] & FRAGMENT);
}

/* The length of its header, which may be cut. */
static size_t len_of_80211(struct hw_slice frame, bool *ret_aggregate)
{
	enum { QOS = 0x80, BOTH_DS = 0x03, ORDER = 0x80, AGGREGATE = 0x80 };
	const uint8_t *p = frame.ptr;
	const size_t len = (p[1] & BOTH_DS) == BOTH_DS ? 30 : 24;

	*ret_aggregate = p[0] & QOS && frame.len > len && p[len] & AGGREGATE;
	if (!(p[0] & QOS))
		return len;
	return len + (p[1] & ORDER ? 6 : 2);
}

/* IEEE 802.11-2020 9.3.2 */
enum hw_layer hw_link_80211(struct hw_walk *walk)
{
	enum { AGGREGATED = 14 }; /* header of the first one in an aggregate */
	bool aggregate;
	size_t len;

	if (walk->at.len < 2)
		return bad_link(walk);
	if (!has_80211_data(walk->at))
		return not_ip(walk);
	len = len_of_80211(walk->at, &aggregate);
	if (aggregate)
		len += AGGREGATED;
	if (walk->at.len < len)
		return bad_link(walk);
	hw_walk_skip(walk, len);
	if (aggregate) /* behind the last one there may be padding, and a checksum */
		walk->is_aggregate =
			walk->at.len >= hw_get_u16be(walk->at.ptr - 2) + AGGREGATED + 8u;
	return HW_LAYER_LLC;
}

/* The flags of a radiotap header, 0 if it has none: they tell of padding. radiotap.org */
static uint8_t radiotap_flags(struct hw_slice header)
{
	enum { HAS_TIME = 1, HAS_FLAGS = 2 };
	const uint32_t present = hw_get_u32le(header.ptr + 4);
	size_t at = 4;

	do {
		at += 4;
		if (at > header.len)
			return 0;
	} while (hw_get_u32le(header.ptr + at - 4) >> 31);
	if (present & HAS_TIME)
		at = ((at + 7) & ~(size_t)7) + 8;
	return present & HAS_FLAGS && at < header.len ? header.ptr[at] : 0;
}

static enum hw_layer start_radiotap(struct hw_walk *walk)
{
	enum { DATA_PAD = 0x20 };
	const uint8_t *p = walk->at.ptr;
	enum hw_layer next;
	size_t len, before;
	uint8_t flags;

	if (walk->at.len < 8 || p[0] != 0)
		return bad_link(walk);
	len = hw_get_u16le(p + 2);
	if (len < 8 || len > walk->at.len)
		return bad_link(walk);
	flags = radiotap_flags(hw_slice(p, len));
	hw_walk_skip(walk, len);

	before = walk->at.len;
	next = hw_link_80211(walk);
	if (next == HW_LAYER_LLC && flags & DATA_PAD) {
		const size_t pad = -(before - walk->at.len) & 3;

		if (walk->at.len < pad)
			return bad_link(walk);
		hw_walk_skip(walk, pad);
	}
	return next;
}

enum hw_layer hw_link_start(struct hw_walk *walk)
{
	switch (walk->frame->linktype) {
	case LINKTYPE_ETHERNET:
		return HW_LAYER_ETHERNET;
	case LINKTYPE_RAW_BSD:
	case LINKTYPE_RAW_OPENBSD:
	case LINKTYPE_RAW:
		return HW_LAYER_IP;
	case LINKTYPE_IPV4:
		return HW_LAYER_IPV4;
	case LINKTYPE_IPV6:
		return HW_LAYER_IPV6;
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return start_family(walk);
	case LINKTYPE_LINUX_SLL:
		return start_sll(walk);
	case LINKTYPE_LINUX_SLL2:
		return start_sll2(walk);
	case LINKTYPE_PPP:
	case LINKTYPE_PPP_HDLC:
		return start_ppp(walk);
	case LINKTYPE_PPP_ETHER:
		return HW_LAYER_PPPOE;
	case LINKTYPE_C_HDLC:
		return start_c_hdlc(walk);
	case LINKTYPE_IEEE802_11:
		return hw_link_80211(walk);
	case LINKTYPE_IEEE802_11_RADIOTAP:
		return start_radiotap(walk);
	case LINKTYPE_NFLOG:
		return start_nflog(walk);
	default:
		return hw_walk_end(walk, HW_STAT_PACKETS_BAD_LINKTYPE);
	}
}

/* An empty frame of it is a bad one, but for that reason only if nobody knows the type. */
bool hw_wire_reads_link(uint16_t linktype)
{
	const struct hw_frame empty = { .linktype = linktype };
	struct hw_wire wire = { 0 };
	struct hw_packet packet = { 0 };
	struct hw_walk walk = { .wire = &wire, .frame = &empty, .packet = &packet };

	return hw_link_start(&walk) != HW_LAYER_END || walk.verdict != HW_STAT_PACKETS_BAD_LINKTYPE;
}
