/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/offload.h - whose checksums can be believed
 *
 * A host that leaves checksums to its network card is captured with wrong ones, all of
 * them. A wrong one from a host that has shown right ones is a damaged packet, or one that
 * is meant to fool us. The table is of fixed size: a host that another one takes the place
 * of is believed again when it shows its next right checksum.
 */
#ifndef HW_WIRE_OFFLOAD_H
#define HW_WIRE_OFFLOAD_H

#include "wire/hash.h"

enum { HW_OFFLOAD_HOSTS = 1024 }; /* a power of two */

/* Zeroed and with its seed set it is ready. */
struct hw_offload {
	uint64_t seed;
	uint32_t hosts[HW_OFFLOAD_HOSTS]; /* hashes of hosts with right checksums; 0: none */
};

static inline uint32_t hw_offload_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static inline void hw_offload_saw_right(struct hw_offload *o, const struct hw_addr *src)
{
	const uint64_t hash = hw_hash_addr(src, o->seed);

	o->hosts[hash % HW_OFFLOAD_HOSTS] = hw_offload_tag(hash);
}

static inline bool hw_offload_has_right(const struct hw_offload *o, const struct hw_addr *src)
{
	const uint64_t hash = hw_hash_addr(src, o->seed);

	return o->hosts[hash % HW_OFFLOAD_HOSTS] == hw_offload_tag(hash);
}

#endif
