/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/direction.h"

#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <stdlib.h>

#include <linux/if_packet.h>

#include "base/bytes.h"

enum {
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW = 101,
	LINKTYPE_SLL = 113,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_SLL2 = 276,
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	ETHERNET_TAGS_MAX = 2,
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hw_addr));
}

static bool is_own_ip(const struct hw_own *own, struct hw_addr addr)
{
	return own->ips_nr > 0 &&
	       bsearch(&addr, own->ips, own->ips_nr, sizeof(addr), compare) != NULL;
}

static enum hw_direction between(const struct hw_own *own, struct hw_addr src, struct hw_addr dst)
{
	if (is_own_ip(own, src))
		return HW_DIRECTION_EGRESS;
	return is_own_ip(own, dst) ? HW_DIRECTION_INGRESS : HW_DIRECTION_UNKNOWN;
}

static enum hw_direction by_ip(const struct hw_own *own, const uint8_t *ip, size_t len)
{
	if (len >= 20 && ip[0] >> 4 == 4)
		return between(own, hw_addr_v4(ip + 12), hw_addr_v4(ip + 16));
	if (len >= 40 && ip[0] >> 4 == 6)
		return between(own, hw_addr_v6(ip + 8), hw_addr_v6(ip + 24));
	return HW_DIRECTION_UNKNOWN;
}

/* Of a frame that is of a bridge we are a part of, the address of the bridge is in it. */
static enum hw_direction by_ip_in_ethernet(const struct hw_own *own, const uint8_t *data,
					   size_t len)
{
	size_t at = 2 * ETH_ALEN;

	for (int i = 0; i < ETHERNET_TAGS_MAX && at + 6 <= len; i++) {
		const uint16_t type = hw_get_u16be(data + at);

		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
		at += 4;
	}
	if (at + 2 > len)
		return HW_DIRECTION_UNKNOWN;
	switch (hw_get_u16be(data + at)) {
	case ETH_P_IP:
	case ETH_P_IPV6:
		return by_ip(own, data + at + 2, len - at - 2);
	default:
		return HW_DIRECTION_UNKNOWN;
	}
}

static enum hw_direction by_ethernet(const struct hw_own *own, const uint8_t *data, size_t len)
{
	if (len < ETH_HLEN)
		return HW_DIRECTION_UNKNOWN;
	if (own->has_mac && memcmp(data + ETH_ALEN, own->mac, ETH_ALEN) == 0)
		return HW_DIRECTION_EGRESS;
	if (own->has_mac && memcmp(data, own->mac, ETH_ALEN) == 0)
		return HW_DIRECTION_INGRESS;
	return by_ip_in_ethernet(own, data, len);
}

static enum hw_direction by_packet_type(unsigned int type)
{
	switch (type) {
	case PACKET_HOST:
	case PACKET_BROADCAST:
	case PACKET_MULTICAST:
		return HW_DIRECTION_INGRESS;
	case PACKET_OUTGOING:
		return HW_DIRECTION_EGRESS;
	default: /* between others */
		return HW_DIRECTION_UNKNOWN;
	}
}

static enum hw_direction by_cooked(const struct hw_frame *f)
{
	if (f->linktype == LINKTYPE_SLL && f->len >= SLL_BYTES)
		return by_packet_type(hw_get_u16be(f->data));
	if (f->linktype == LINKTYPE_SLL2 && f->len >= SLL2_BYTES)
		return by_packet_type(f->data[10]);
	return HW_DIRECTION_UNKNOWN;
}

static enum hw_direction find(const struct hw_frame *f, const struct hw_own *own)
{
	switch (f->linktype) {
	case LINKTYPE_ETHERNET:
		return by_ethernet(own, f->data, f->len);
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return by_ip(own, f->data, f->len);
	default:
		return by_cooked(f);
	}
}

static bool is_of_loopback(const struct hw_frame *f)
{
	return (f->linktype == LINKTYPE_SLL && f->len >= SLL_BYTES &&
		hw_get_u16be(f->data + 2) == ARPHRD_LOOPBACK) ||
	       (f->linktype == LINKTYPE_SLL2 && f->len >= SLL2_BYTES &&
		hw_get_u16be(f->data + 8) == ARPHRD_LOOPBACK);
}

void hw_direction_set(struct hw_frame *frame, const struct hw_own *own)
{
	const enum hw_direction direction =
		own->is_loopback ? HW_DIRECTION_INGRESS : find(frame, own);

	frame->direction = (uint8_t)direction;
	frame->checksums_unset =
		direction == HW_DIRECTION_EGRESS || own->is_loopback || is_of_loopback(frame);
}

void hw_direction_read(struct hw_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (frames[i].direction == HW_DIRECTION_UNKNOWN && !is_of_loopback(&frames[i]))
			frames[i].direction = (uint8_t)by_cooked(&frames[i]);
}
