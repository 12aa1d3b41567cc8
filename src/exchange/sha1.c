/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/sha1.c - see sha1.h */
#include "exchange/sha1.h"

#include "base/bytes.h"

enum { BLOCK = 64 };

static uint32_t rotl(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static void expand(uint32_t w[80], const uint8_t *block)
{
	for (size_t t = 0; t < 16; t++)
		w[t] = hw_get_u32be(block + 4 * t);
	for (size_t t = 16; t < 80; t++)
		w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
}

struct state {
	uint32_t a, b, c, d, e;
};

/* FIPS 180-4 6.1.2, step 3; `mixed` is f(b, c, d) with its K, which are the same for 20 rounds. */
static inline struct state next_round(struct state s, uint32_t mixed, uint32_t w)
{
	return (struct state){ rotl(s.a, 5) + mixed + s.e + w, s.a, rotl(s.b, 30), s.c, s.d };
}

/* FIPS 180-4 4.1.1, 4.2.1 and 6.1.2 */
static void compress(uint32_t h[5], const uint8_t *block)
{
	struct state s = { h[0], h[1], h[2], h[3], h[4] };
	uint32_t w[80];
	size_t t = 0;

	expand(w, block);
	for (; t < 20; t++)
		s = next_round(s, (s.d ^ (s.b & (s.c ^ s.d))) + 0x5a827999, w[t]);
	for (; t < 40; t++)
		s = next_round(s, (s.b ^ s.c ^ s.d) + 0x6ed9eba1, w[t]);
	for (; t < 60; t++)
		s = next_round(s, ((s.b & s.c) | (s.d & (s.b | s.c))) + 0x8f1bbcdc, w[t]);
	for (; t < 80; t++)
		s = next_round(s, (s.b ^ s.c ^ s.d) + 0xca62c1d6, w[t]);
	h[0] += s.a;
	h[1] += s.b;
	h[2] += s.c;
	h[3] += s.d;
	h[4] += s.e;
}

static void put_u32be(uint8_t *to, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(x >> 8 * (3 - i));
}

void hw_sha1(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const uint64_t bits = (uint64_t)bytes.len * 8;
	uint8_t last[2 * BLOCK] = { 0 };
	size_t len;

	for (; bytes.len >= BLOCK; bytes = hw_slice_after(bytes, BLOCK))
		compress(h, bytes.ptr);
	if (bytes.len)
		memcpy(last, bytes.ptr, bytes.len);
	last[bytes.len] = 0x80;
	len = bytes.len + 1 + sizeof(bits) <= BLOCK ? BLOCK : 2 * BLOCK;
	put_u32be(last + len - 8, (uint32_t)(bits >> 32));
	put_u32be(last + len - 4, (uint32_t)bits);
	for (size_t at = 0; at < len; at += BLOCK)
		compress(h, last + at);

	for (size_t i = 0; i < 5; i++)
		put_u32be(ret + 4 * i, h[i]);
}
