/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/sha1.c - see sha1.h */
#include "exchange/sha1.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/bytes.h"
#include "base/cpu.h"

enum { BLOCK = 64 };

typedef void (*compress_fn)(uint32_t h[5], const uint8_t *block);

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

/* FIPS 180-4 4.1.1 and 4.2.1: what is mixed in, each for 20 rounds. */
static inline uint32_t choice(uint32_t b, uint32_t c, uint32_t d)
{
	return (d ^ (b & (c ^ d))) + 0x5a827999;
}

static inline uint32_t parity(uint32_t b, uint32_t c, uint32_t d)
{
	return (b ^ c ^ d) + 0x6ed9eba1;
}

static inline uint32_t majority(uint32_t b, uint32_t c, uint32_t d)
{
	return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
}

static inline uint32_t last_parity(uint32_t b, uint32_t c, uint32_t d)
{
	return (b ^ c ^ d) + 0xca62c1d6;
}

/*
 * FIPS 180-4 6.1.2, step 3: 20 rounds. Behind five of them each variable is where it was, so
 * that none is moved.
 */
static inline void rounds(uint32_t h[5], uint32_t (*mix)(uint32_t, uint32_t, uint32_t),
			  const uint32_t *w)
{
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (size_t t = 0; t < 20; t += 5) {
		e += rotl(a, 5) + mix(b, c, d) + w[t], b = rotl(b, 30);
		d += rotl(e, 5) + mix(a, b, c) + w[t + 1], a = rotl(a, 30);
		c += rotl(d, 5) + mix(e, a, b) + w[t + 2], e = rotl(e, 30);
		b += rotl(c, 5) + mix(d, e, a) + w[t + 3], d = rotl(d, 30);
		a += rotl(b, 5) + mix(c, d, e) + w[t + 4], c = rotl(c, 30);
	}
	h[0] = a, h[1] = b, h[2] = c, h[3] = d, h[4] = e;
}

static void compress(uint32_t h[5], const uint8_t *block)
{
	uint32_t w[80], next[5];

	memcpy(next, h, sizeof(next));
	expand(w, block);
	rounds(next, choice, w);
	rounds(next, parity, w + 20);
	rounds(next, majority, w + 40);
	rounds(next, last_parity, w + 60);
	for (size_t i = 0; i < 5; i++)
		h[i] += next[i];
}

#ifdef __x86_64__
/*
 * The same by the processor's own steps of four rounds. What each adds of e is a of four rounds
 * before, turned: so e itself is turned back where there was no round yet.
 */
__attribute__((target("sha,sse4.1"))) static void compress_sha(uint32_t h[5], const uint8_t *block)
{
	const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
	const __m128i first = _mm_shuffle_epi32(_mm_loadu_si128((const void *)h), 0x1b);
	__m128i before = _mm_set_epi32((int)rotl(h[4], 2), 0, 0, 0), abcd = first, w[20];
	size_t t = 0;

	for (size_t i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(block + 16 * i)), order);
	for (size_t i = 4; i < 20; i++)
		w[i] = _mm_sha1msg2_epu32(
			_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
#define FIVE_TIMES(kind)                                                \
	for (size_t end = t + 5; t < end; t++) {                        \
		const __m128i next = _mm_sha1nexte_epu32(before, w[t]); \
		before = abcd;                                          \
		abcd = _mm_sha1rnds4_epu32(abcd, next, kind);           \
	}
	FIVE_TIMES(0)
	FIVE_TIMES(1)
	FIVE_TIMES(2)
	FIVE_TIMES(3)
#undef FIVE_TIMES
	before = _mm_sha1nexte_epu32(before, _mm_set_epi32((int)h[4], 0, 0, 0));
	h[4] = (uint32_t)_mm_extract_epi32(before, 3);
	_mm_storeu_si128((void *)h, _mm_shuffle_epi32(_mm_add_epi32(abcd, first), 0x1b));
}

#endif

static compress_fn choose(void)
{
#ifdef __x86_64__
	if (hw_cpu_has(HW_CPU_SHA | HW_CPU_SSE41))
		return compress_sha;
#endif
	return compress;
}

static void hash(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES], compress_fn compress_with)
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const uint64_t bits = (uint64_t)bytes.len * 8;
	uint8_t last[2 * BLOCK] = { 0 };
	size_t len;

	for (; bytes.len >= BLOCK; bytes = hw_slice_after(bytes, BLOCK))
		compress_with(h, bytes.ptr);
	if (bytes.len)
		memcpy(last, bytes.ptr, bytes.len);
	last[bytes.len] = 0x80;
	len = bytes.len + 1 + sizeof(bits) <= BLOCK ? BLOCK : 2 * BLOCK;
	hw_put_u32be(last + len - 8, (uint32_t)(bits >> 32));
	hw_put_u32be(last + len - 4, (uint32_t)bits);
	for (size_t at = 0; at < len; at += BLOCK)
		compress_with(h, last + at);

	for (size_t i = 0; i < 5; i++)
		hw_put_u32be(ret + 4 * i, h[i]);
}

void hw_sha1(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES])
{
	hash(bytes, ret, choose());
}

void hw_sha1_portable(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES])
{
	hash(bytes, ret, compress);
}
