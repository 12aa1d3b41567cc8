/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/offload.h - whose checksums can be believed
 *
 * A host that leaves checksums to its network card is captured with wrong ones, all of
 * them. A wrong one from a host that has shown right ones is a damaged packet, or one that
 * is meant to fool us. The table is of fixed size: a host that others take the place of is
 * believed again when it shows its next right checksum. Hosts that share a slot have a place
 * each, so that of a few hundred none drives another out, whatever the seed.
 */
#ifndef HW_WIRE_OFFLOAD_H
#define HW_WIRE_OFFLOAD_H

#include "wire/hash.h"

enum {
	HW_OFFLOAD_SLOTS = 1024, /* a power of two */
	HW_OFFLOAD_PLACES = 4,	 /* in each */
};

/* Zeroed and with its seed set it is ready. */
struct hw_offload {
	uint64_t seed;
	/* Hashes of hosts with right checksums, those seen first last; 0: none. */
	uint32_t hosts[HW_OFFLOAD_SLOTS][HW_OFFLOAD_PLACES];
};

static inline uint32_t hw_offload_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static inline size_t hw_offload_slot(uint64_t hash)
{
	return hash % HW_OFFLOAD_SLOTS;
}

/* It is the first of its slot then, and if it is new, the last one goes. */
static inline void hw_offload_saw_right(struct hw_offload *o, const struct hw_addr *src)
{
	const uint64_t hash = hw_hash_addr(src, o->seed);
	uint32_t *slot = o->hosts[hw_offload_slot(hash)];
	size_t i = 0;

	while (i < HW_OFFLOAD_PLACES - 1 && slot[i] != hw_offload_tag(hash))
		i++;
	for (; i > 0; i--)
		slot[i] = slot[i - 1];
	slot[0] = hw_offload_tag(hash);
}

static inline bool hw_offload_has_right(const struct hw_offload *o, const struct hw_addr *src)
{
	const uint64_t hash = hw_hash_addr(src, o->seed);
	const uint32_t *slot = o->hosts[hw_offload_slot(hash)];

	for (size_t i = 0; i < HW_OFFLOAD_PLACES; i++)
		if (slot[i] == hw_offload_tag(hash))
			return true;
	return false;
}

#endif
