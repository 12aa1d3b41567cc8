/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/hash.h - a keyed hash for tables whose keys come from the wire
 *
 * SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012). A sender
 * who chooses addresses and ports cannot aim at one bucket without the 128-bit key: a
 * plain multiply-and-mix with a random seed lets pairs of inputs collide under every
 * seed (Crosby and Wallach 2003, and what broke the seeded murmur and city hashes). One
 * round a word and three at the end is what the Linux kernel, Rust and Python take for
 * tables; a table tells nobody its hash values.
 */
#ifndef HW_BASE_HASH_H
#define HW_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hw_hash_key {
	uint64_t k[2];
};

/* One step of splitmix64: spreads a 64-bit seed over both halves of the key. */
static inline uint64_t hw_hash_spread(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/*
 * The key that belongs to `seed`. Give each table its own `use` (any number), so that
 * tables with the same seed do not share their collisions.
 */
static inline struct hw_hash_key hw_hash_key(uint64_t seed, uint64_t use)
{
	uint64_t state = seed ^ hw_hash_spread(&use);
	struct hw_hash_key key;

	key.k[0] = hw_hash_spread(&state);
	key.k[1] = hw_hash_spread(&state);
	return key;
}

static inline uint64_t hw_hash_rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void hw_hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = hw_hash_rotl(v[1], 13) ^ v[0];
	v[0] = hw_hash_rotl(v[0], 32);
	v[2] += v[3];
	v[3] = hw_hash_rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hw_hash_rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hw_hash_rotl(v[1], 17) ^ v[2];
	v[2] = hw_hash_rotl(v[2], 32);
}

static inline void hw_hash_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	hw_hash_round(v);
	v[0] ^= word;
}

static inline void hw_hash_start(const struct hw_hash_key *key, uint64_t v[4])
{
	v[0] = key->k[0] ^ 0x736f6d6570736575;
	v[1] = key->k[1] ^ 0x646f72616e646f6d;
	v[2] = key->k[0] ^ 0x6c7967656e657261;
	v[3] = key->k[1] ^ 0x7465646279746573;
}

static inline uint64_t hw_hash_end(uint64_t v[4])
{
	v[2] ^= 0xff;
	hw_hash_round(v);
	hw_hash_round(v);
	hw_hash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * Hash `nr` words. Equals SipHash-1-3 of their bytes in little-endian order; every bit
 * of the result may be used.
 */
static inline uint64_t hw_hash_words(const struct hw_hash_key *key, const uint64_t *words,
				     size_t nr)
{
	uint64_t v[4];

	hw_hash_start(key, v);
	for (size_t i = 0; i < nr; i++)
		hw_hash_absorb(v, words[i]);
	hw_hash_absorb(v, (uint64_t)nr << 59); /* the length in bytes, in the top byte */
	return hw_hash_end(v);
}

/* The same of a word and a half: the length has room in the second. */
static inline uint64_t hw_hash_12(const struct hw_hash_key *key, uint64_t first, uint32_t rest)
{
	uint64_t v[4];

	hw_hash_start(key, v);
	hw_hash_absorb(v, first);
	hw_hash_absorb(v, (uint64_t)12 << 56 | rest);
	return hw_hash_end(v);
}

/*
 * The same by AES, of which processors do a round in one step: three rounds of FIPS 197 5.1 with the
 * key as the key of each, in a fifth of the time. One byte that differs changes all sixteen after two
 * of them, so that what strangers choose meets no more often than by chance. Another hash than the one
 * above: a table takes one of the two. Only where hw_hash_has_aes().
 */
bool hw_hash_has_aes(void);
uint64_t hw_hash_12_aes(const struct hw_hash_key *key, uint64_t first, uint32_t rest);

#endif
