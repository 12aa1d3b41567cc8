/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/plain.c - see plain.h */
#include "wire/plain.h"

#include "base/layout.h"

_Static_assert(sizeof(struct hw_packet) == 160, "hw_plain_decode() sets each field by itself");

/* 0 is left to the card. */
static bool has_right_header(const struct hw_plain *plain, const struct hw_packet *p)
{
	return hw_checksum_is_right(plain->header) || hw_get_u16be(p->ip.ptr + 10) == 0;
}

/* These two are given what is in memory, so that `plain` need not be. */
HW_APART static bool is_left_to_card(const struct hw_wire *w, const struct hw_packet *p)
{
	const struct hw_slice tcp = p->transport;
	const uint64_t pseudo =
		hw_checksum_pseudo(&p->src, &p->dst, HW_PLAIN_TCP, (uint32_t)tcp.len);

	return w->options.checksums == HW_CHECKSUMS_AUTO && hw_plain_is_left_to_card(pseudo, tcp);
}

/* A segment with a checksum that is wrong, or whose sender is not known for right ones. */
HW_APART static bool learn(struct hw_wire *w, const struct hw_packet *p, bool is_right)
{
	return hw_transport_learn(w, &p->src, is_right, is_left_to_card(w, p));
}

/* What was left to the card is not summed, where its sender is not known for right ones. */
static bool is_sound(struct hw_wire *w, const struct hw_plain *plain, const struct hw_packet *p)
{
	const bool is_known = hw_offload_has_right(&w->offload, &p->src);
	bool is_right;

	if (!has_right_header(plain, p))
		return false;
	if (!is_known && is_left_to_card(w, p))
		return true;
	is_right = hw_checksum_is_right(
		hw_checksum_add(hw_plain_pseudo(plain, p->transport), p->transport));
	return (is_right && is_known) || learn(w, p, is_right);
}

/* Shorter segments are summed before it could be known whether that is needed. */
enum {
	UNCHECKED_MIN = 1024,
	PAYLOAD_HEAD = 32, /* bytes that are looked at all the same */
};

static bool may_leave(const struct hw_wire *w, const struct hw_plain *plain,
		      const struct hw_packet *p)
{
	const size_t head = (size_t)(p->payload.ptr - p->frame->data) + PAYLOAD_HEAD;

	return w->options.leaves_unchecked && p->payload.len >= UNCHECKED_MIN &&
	       head <= HW_FRAME_HEAD && has_right_header(plain, p) &&
	       hw_offload_has_right(&w->offload, &p->src);
}

static void set_ip(struct hw_packet *p)
{
	p->ip_protocol = HW_PLAIN_TCP;
	p->is_fragment = p->is_reassembled = p->transport_bad = false;
	p->tunnels = 0;
}

/* `len` is that of the header. */
static void set_tcp(size_t len, struct hw_packet *p)
{
	const uint8_t *h = p->transport.ptr;

	hw_transport_set_tcp(p, h);
	p->options = hw_slice(h + 20, len - 20);
	p->payload = hw_slice_after(p->transport, len);
	p->payload_len = (uint32_t)p->payload.len;
	p->tcp_place = 0;
}

bool hw_plain_decode(struct hw_wire *w, const struct hw_frame *frame, struct hw_packet *ret)
{
	const bool checks = w->options.checksums != HW_CHECKSUMS_OFF && !frame->checksums_unset;
	struct hw_plain plain;
	size_t len;

	if (w->options.is_glance || frame->wire_len > frame->len ||
	    !hw_plain_find(frame, &plain, ret))
		return false;
	len = (size_t)(ret->transport.ptr[12] >> 4) * 4;
	if (len < 20 || len > ret->transport.len)
		return false;
	ret->frame = frame;
	set_ip(ret);
	set_tcp(len, ret);
	ret->is_unchecked = checks && may_leave(w, &plain, ret);
	if (!ret->is_unchecked)
		hw_wire_complete(frame);
	if (checks && !ret->is_unchecked && !is_sound(w, &plain, ret))
		return false;
	hw_stats_inc(w->stats, HW_STAT_PACKETS_TCP);
	return true;
}
