/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/glance.c - whose a plain frame is, and nothing more */
#include "wire/plain.h"

/* What is behind the tags of a frame from a network with VLANs. */
static unsigned type_behind_tags(unsigned type, struct hw_slice *ip)
{
	enum { TAG = 0x8100, SERVICE_TAG = 0x88a8, TAG_LEN = 4, TAGS_MAX = 2, IP_MIN = 40 };

	for (int i = 0;
	     i < TAGS_MAX && (type == TAG || type == SERVICE_TAG) && ip->len >= TAG_LEN + IP_MIN;
	     i++) {
		type = hw_get_u16be(ip->ptr + 2);
		*ip = hw_slice_after(*ip, TAG_LEN);
	}
	return type;
}

static unsigned find_ip(const struct hw_frame *frame, struct hw_slice *ret)
{
	return type_behind_tags(hw_plain_type(frame, ret), ret);
}

bool hw_wire_ends_v4(const struct hw_frame *frame, uint64_t ret[2])
{
	struct hw_slice ip;
	const unsigned type = find_ip(frame, &ip);

	if (type != HW_PLAIN_IPV4 || ip.ptr[0] != 0x45 || ip.ptr[9] != HW_PLAIN_TCP)
		return false;
	hw_plain_ends_v4(ip.ptr, ret);
	return true;
}

bool hw_wire_ends(const struct hw_frame *frame, struct hw_packet *ret)
{
	struct hw_slice ip;
	struct hw_plain plain;
	const unsigned type = find_ip(frame, &ip);

	if (!hw_plain_find_ip(type, ip, &plain, ret))
		return false;
	ret->frame = frame;
	ret->src_port = hw_get_u16be(ret->transport.ptr);
	ret->dst_port = hw_get_u16be(ret->transport.ptr + 2);
	return true;
}

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
static bool teaches_nothing(const struct hw_frame *frame, const struct hw_plain *plain,
			    struct hw_slice tcp)
{
	return frame->checksums_unset || hw_plain_is_left_to_card(hw_plain_pseudo(plain, tcp), tcp);
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
				  .ports = (uint32_t)hw_checksum_4(ret->transport.ptr),
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
	if (!now.is_known[0] && !teaches_nothing(frame, &plain, ret->transport))
		return HW_GLANCED_NOTHING;
	ret->src_port = hw_get_u16be(ret->transport.ptr);
	ret->dst_port = hw_get_u16be(ret->transport.ptr + 2);
	*there = now;
	return HW_GLANCED_OTHER;
}
