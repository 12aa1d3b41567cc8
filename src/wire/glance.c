/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/glance.c - hw_wire_glance(): whose a plain frame is, and nothing more */
#include "wire/plain.h"

static uint64_t addresses_back(uint64_t addresses)
{
	return addresses << 32 | addresses >> 32;
}

static uint32_t ports_back(uint32_t ports)
{
	return ports << 16 | ports >> 16;
}

/* The direction in the connection of the last frame; -1: it is of another one, or IPv6. */
static inline int dir_in(const struct hw_glance *last, const struct hw_glance *now)
{
	if (!last->is_v4 || !now->is_v4)
		return -1;
	if (now->addresses == last->addresses && now->ports == last->ports)
		return 0;
	return now->addresses == addresses_back(last->addresses) &&
			       now->ports == ports_back(last->ports)
		       ? 1
		       : -1;
}

/* From whom right checksums are known, or nobody looks: a packet of it teaches nothing. */
static bool is_known(const struct hw_wire *w, const struct hw_addr *src)
{
	return w->options.checksums != HW_CHECKSUMS_AUTO || hw_offload_has_right(&w->offload, src);
}

/* The same of a frame whose sender is not known. */
static bool teaches_nothing(const struct hw_frame *frame, const struct hw_plain *plain)
{
	return frame->checksums_unset ||
	       hw_plain_is_left_to_card(hw_plain_pseudo(plain), plain->tcp);
}

/* What was learned may be in the place of what was known. */
static void forget(struct hw_wire *w)
{
	w->last.is_v4 = false;
	w->has_learned = false;
}

enum hw_glanced hw_wire_glance(struct hw_wire *w, const struct hw_frame *frame,
			       struct hw_packet *ret)
{
	struct hw_plain plain;
	struct hw_glance now;
	int dir;

	if (w->has_learned)
		forget(w);
	if (!hw_plain_find(frame, &plain, ret))
		return HW_GLANCED_NOTHING;
	now = (struct hw_glance){
		plain.addresses, (uint32_t)hw_checksum_4(plain.tcp.ptr), ret->ip_version == 4, { 0 }
	};
	dir = dir_in(&w->last, &now);
	if (dir >= 0 && (w->last.is_known[dir] || is_known(w, &ret->src))) {
		w->last.is_known[dir] = true;
		return HW_GLANCED_SAME;
	}
	now.is_known[0] = dir < 0 && is_known(w, &ret->src);
	if (!now.is_known[0] && !teaches_nothing(frame, &plain))
		return HW_GLANCED_NOTHING;
	ret->src_port = hw_get_u16be(plain.tcp.ptr);
	ret->dst_port = hw_get_u16be(plain.tcp.ptr + 2);
	w->last = now;
	return HW_GLANCED_OTHER;
}
