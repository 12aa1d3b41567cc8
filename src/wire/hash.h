/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/hash.h - seeded hashes of addresses, for tables that strangers can fill */
#ifndef HW_WIRE_HASH_H
#define HW_WIRE_HASH_H

#include "base/addr.h"

/* Both halves of a 128-bit product: one multiplication spreads every bit of both. */
static inline uint64_t hw_hash_mix(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hw_hash_addr(const struct hw_addr *a, uint64_t seed)
{
	uint64_t half[2];

	memcpy(half, a->b, sizeof(half));
	return hw_hash_mix(hw_hash_mix(half[0] ^ seed, 0xa0761d6478bd642fu) ^ half[1] ^ seed,
			   0xe7037ed1a0b428dbu);
}

/*
 * Eight bits of who two endpoints of a packet are, the same for both directions: `addresses` and
 * `ports` are what both ends have, exclusive or. Quick, and not seeded: for tables that only remember,
 * where strangers who make others meet gain no more than that these are not remembered.
 */
static inline uint8_t hw_hash_ends(uint32_t addresses, uint32_t ports)
{
	return (uint8_t)((addresses * 0x9e3779b1u ^ ports * 0x85ebca6bu) >> 24);
}

/* The same of two numbers that say who both are, sorted. */
static inline uint8_t hw_hash_sorted(uint64_t least, uint64_t most)
{
	return (uint8_t)((least * 0x9e3779b97f4a7c15u + most * 0xc2b2ae3d27d4eb4fu) >> 56);
}

#endif
