/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/entity.c */
#include "live/entity.h"

enum { ROUND_NS = 100 * 1000 * 1000 };

static uint32_t rotate(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static uint32_t mix_word(uint32_t h, uint32_t word)
{
	h ^= rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
	return rotate(h, 13) * 5 + 0xe6546b64;
}

static uint32_t mix_end(uint32_t h, uint32_t len)
{
	h ^= len;
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}

uint32_t hw_entity_id(uint32_t tid, uint64_t start_ns)
{
	const uint64_t rounded = start_ns - start_ns % ROUND_NS;
	uint32_t h = 0x18273645;

	if (!start_ns)
		return 0;
	/* The hash reads little-endian words of big-endian numbers. */
	h = mix_word(h, __builtin_bswap32(tid));
	h = mix_word(h, __builtin_bswap32((uint32_t)(rounded >> 32)));
	h = mix_word(h, __builtin_bswap32((uint32_t)rounded));
	return mix_end(h, 12);
}
