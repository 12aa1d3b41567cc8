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

static inline unsigned int place_of(const struct hw_glance *now)
{
	return hw_hash_ends((uint32_t)(now->addresses ^ now->addresses >> 32),
			    now->ports ^ ports_back(now->ports)) %
	       HW_GLANCES;
}

/* The direction in the connection there; -1: it is of another one. */
static inline int dir_in(const struct hw_glance *there, const struct hw_glance *now)
{
	const uint64_t differ = (there->addresses ^ now->addresses) | (there->ports ^ now->ports);
	const uint64_t differ_back = (there->addresses ^ addresses_back(now->addresses)) |
				     (there->ports ^ ports_back(now->ports));

	if (there->age != now->age || (differ && differ_back))
		return -1;
	return differ != 0;
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
	w->age++;
	w->has_learned = false;
}

enum hw_glanced hw_wire_glance(struct hw_wire *w, const struct hw_frame *frame,
			       struct hw_packet *ret, unsigned int *ret_place)
{
	struct hw_glance none = { 0 }, now, *there = &none;
	struct hw_plain plain;
	int dir;

	if (w->has_learned)
		forget(w);
	if (!hw_plain_find(frame, &plain, ret))
		return HW_GLANCED_NOTHING;
	now = (struct hw_glance){ .addresses = plain.addresses,
				  .ports = (uint32_t)hw_checksum_4(plain.tcp.ptr),
				  .age = w->age };
	*ret_place = ret->ip_version == 4 ? place_of(&now) : HW_GLANCES;
	if (ret->ip_version == 4)
		there = &w->glances[*ret_place];
	dir = dir_in(there, &now);
	if (dir >= 0 && (there->is_known[dir] || is_known(w, &ret->src))) {
		there->is_known[dir] = true;
		return HW_GLANCED_SAME;
	}
	now.is_known[0] = dir < 0 && is_known(w, &ret->src);
	if (!now.is_known[0] && !teaches_nothing(frame, &plain))
		return HW_GLANCED_NOTHING;
	ret->src_port = hw_get_u16be(plain.tcp.ptr);
	ret->dst_port = hw_get_u16be(plain.tcp.ptr + 2);
	*there = now;
	return HW_GLANCED_OTHER;
}
