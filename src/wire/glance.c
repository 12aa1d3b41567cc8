/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/glance.c - hw_wire_glance(): most packets are TCP, in IP, in Ethernet */
#include "wire/checksum.h"
#include "wire/walk.h"

enum {
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW = 101,
	PROTOCOL_TCP = 6,
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
};

static struct hw_slice find_ip(const struct hw_frame *frame)
{
	const struct hw_slice all = hw_slice(frame->data, frame->len);
	uint16_t type;

	if (frame->linktype == LINKTYPE_RAW)
		return all;
	if (frame->linktype != LINKTYPE_ETHERNET || all.len < 14)
		return hw_slice(NULL, 0);
	type = hw_get_u16be(all.ptr + 12);
	return type == TYPE_IPV4 || type == TYPE_IPV6 ? hw_slice_after(all, 14) : hw_slice(NULL, 0);
}

/* The bytes that the IP header speaks of, behind it; none: it is not a plain one, or not whole. */
static struct hw_slice find_tcp(struct hw_slice ip, struct hw_packet *ret)
{
	const uint8_t *h = ip.ptr;
	size_t len;

	if (ip.len >= 20 && h[0] == 0x45) {
		len = hw_get_u16be(h + 2);
		if (h[9] != PROTOCOL_TCP || hw_get_u16be(h + 6) & 0x3fff || len < 40 ||
		    len > ip.len)
			return hw_slice(NULL, 0);
		ret->src = hw_addr_v4(h + 12);
		ret->dst = hw_addr_v4(h + 16);
		return hw_slice(h + 20, len - 20);
	}
	if (ip.len >= 40 && h[0] >> 4 == 6 && h[6] == PROTOCOL_TCP) {
		len = hw_get_u16be(h + 4);
		if (len < 20 || len > ip.len - 40)
			return hw_slice(NULL, 0);
		ret->src = hw_addr_v6(h + 8);
		ret->dst = hw_addr_v6(h + 24);
		return hw_slice(h + 40, len);
	}
	return hw_slice(NULL, 0);
}

static bool is_left_to_card(const struct hw_packet *p, struct hw_slice tcp)
{
	const uint32_t len = (uint32_t)tcp.len;
	uint16_t field;

	memcpy(&field, tcp.ptr + 16, sizeof(field));
	return hw_transport_is_left_to_card(hw_checksum_pseudo(&p->src, &p->dst, PROTOCOL_TCP, len),
					    field, len);
}

bool hw_wire_glance(const struct hw_wire *w, const struct hw_frame *frame, struct hw_packet *ret)
{
	const struct hw_slice tcp = find_tcp(find_ip(frame), ret);

	if (tcp.len == 0)
		return false;
	ret->src_port = hw_get_u16be(tcp.ptr);
	ret->dst_port = hw_get_u16be(tcp.ptr + 2);
	return w->options.checksums != HW_CHECKSUMS_AUTO || frame->checksums_unset ||
	       hw_offload_has_right(&w->offload, &ret->src) || is_left_to_card(ret, tcp);
}
