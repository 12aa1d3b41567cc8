/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/plain.h - frames that are nothing but TCP, in one IP header, whole
 *
 * Nearly all are. Their parts lie where a few comparisons find them, without the walk from
 * layer to layer (walk.h). Of a frame that is in any way odd nothing is said here: it takes
 * the walk, which gives the same for plain ones. Private to this folder.
 */
#ifndef HW_WIRE_PLAIN_H
#define HW_WIRE_PLAIN_H

#include "wire/checksum.h"
#include "wire/walk.h"

struct hw_plain {
	uint64_t addresses; /* their part of the pseudo-header's sum */
	uint64_t header;    /* the sum of the IP header; IPv6 has none: a right one */
};

enum { HW_PLAIN_IPV4 = 0x0800, HW_PLAIN_IPV6 = 0x86dd, HW_PLAIN_TCP = 6 };

/* The type of what the link layer carries; `ret_ip`: all that is behind it, 40 bytes at least. */
static inline unsigned hw_plain_type(const struct hw_frame *frame, struct hw_slice *ret_ip)
{
	enum { ETHERNET = 1, RAW = 101, LINUX_SLL = 113, LINUX_SLL2 = 276 };
	const uint8_t *p = frame->data;
	size_t len, type_at = 0;

	switch (frame->linktype) {
	case ETHERNET:
		len = 14;
		type_at = 12;
		break;
	case LINUX_SLL:
		len = 16;
		type_at = 14;
		break;
	case LINUX_SLL2:
		len = 20;
		break;
	case RAW:
		len = 0;
		break;
	default:
		return 0;
	}
	if (frame->len < len + 40)
		return 0;
	*ret_ip = hw_slice(p + len, frame->len - len);
	if (len == 0)
		return p[0] >> 4 == 4 ? HW_PLAIN_IPV4 : HW_PLAIN_IPV6;
	return hw_get_u16be(p + type_at);
}

/* Of a header without options, and the TCP header behind it. */
static inline void hw_plain_ends_v4(const uint8_t *h, uint64_t ret[2])
{
	ret[0] = hw_end_v4(hw_get_u32be(h + 12), hw_get_u16be(h + 20));
	ret[1] = hw_end_v4(hw_get_u32be(h + 16), hw_get_u16be(h + 22));
}

/* Without options, and no fragment. */
static inline bool hw_plain_v4(struct hw_slice ip, struct hw_plain *ret, struct hw_packet *p)
{
	const uint8_t *h = ip.ptr;
	const size_t len = hw_get_u16be(h + 2);

	if (h[9] != HW_PLAIN_TCP || hw_get_u16be(h + 6) & 0x3fff || len < 40 || len > ip.len)
		return false;
	ret->addresses = hw_checksum_8(h + 12);
	ret->header = hw_checksum_plus(hw_checksum_plus(hw_checksum_8(h), hw_checksum_4(h + 8)),
				       ret->addresses);
	p->ip_version = 4;
	p->packet_len = (uint32_t)len;
	p->src = hw_addr_v4(h + 12);
	p->dst = hw_addr_v4(h + 16);
	p->ip = hw_slice(h, len);
	p->transport = hw_slice(h + 20, len - 20);
	hw_plain_ends_v4(h, p->ends);
	return true;
}

/* The same of IPv6: without extension headers. */
static inline bool hw_plain_v6(struct hw_slice ip, struct hw_plain *ret, struct hw_packet *p)
{
	const uint8_t *h = ip.ptr;
	const size_t len = hw_get_u16be(h + 4);

	if (h[6] != HW_PLAIN_TCP || len < 20 || len > ip.len - 40)
		return false;
	ret->addresses =
		hw_checksum_plus(hw_checksum_plus(hw_checksum_8(h + 8), hw_checksum_8(h + 16)),
				 hw_checksum_plus(hw_checksum_8(h + 24), hw_checksum_8(h + 32)));
	ret->header = 0xffff;
	p->ip_version = 6;
	p->packet_len = (uint32_t)len;
	p->src = hw_addr_v6(h + 8);
	p->dst = hw_addr_v6(h + 24);
	p->ip = hw_slice(h, 40 + len);
	p->transport = hw_slice(h + 40, len);
	p->ends[0] = p->ends[1] = 0;
	return true;
}

/*
 * Fills in what the IP header of `p` says, with `ip` (no padding), `transport`, which has 20 bytes at
 * least, and `ends`. `ip` is behind a link layer that says `type`.
 */
static inline bool hw_plain_find_ip(unsigned type, struct hw_slice ip, struct hw_plain *ret,
				    struct hw_packet *p)
{
	if (type == HW_PLAIN_IPV4 && ip.ptr[0] == 0x45)
		return hw_plain_v4(ip, ret, p);
	return type == HW_PLAIN_IPV6 && ip.ptr[0] >> 4 == 6 && hw_plain_v6(ip, ret, p);
}

/* False: it is not plain. */
static inline bool hw_plain_find(const struct hw_frame *frame, struct hw_plain *ret,
				 struct hw_packet *p)
{
	struct hw_slice ip;
	const unsigned type = hw_plain_type(frame, &ip);

	return hw_plain_find_ip(type, ip, ret, p);
}

/* The sum of the whole pseudo-header of a segment. */
static inline uint64_t hw_plain_pseudo(const struct hw_plain *plain, struct hw_slice tcp)
{
	return hw_checksum_plus(plain->addresses,
				hw_checksum_protocol(HW_PLAIN_TCP, (uint32_t)tcp.len));
}

static inline bool hw_plain_is_left_to_card(uint64_t pseudo, struct hw_slice tcp)
{
	uint16_t field;

	memcpy(&field, tcp.ptr + 16, sizeof(field));
	return hw_transport_is_left_to_card(pseudo, field, (uint32_t)tcp.len);
}

/*
 * Decode a plain frame, to the same packet and with the same counts as the walk. False: it is
 * not plain, or a checksum is wrong; nothing is counted then, and `ret` has no meaning.
 */
bool hw_plain_decode(struct hw_wire *w, const struct hw_frame *frame, struct hw_packet *ret);

#endif
