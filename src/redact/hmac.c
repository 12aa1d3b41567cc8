/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/hmac.c - see hmac.h */
#include "redact/hmac.h"

#include "base/bytes.h"

/* FIPS 180-4 4.2.2 */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotr(uint32_t x, int by)
{
	return x >> by | x << (32 - by);
}

static void expand(uint32_t w[64], const uint8_t *block)
{
	for (size_t i = 0; i < 16; i++)
		w[i] = hw_get_u32be(block + 4 * i);
	for (size_t i = 16; i < 64; i++) {
		const uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) +
		       (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
}

/* FIPS 180-4 4.1.2 and 6.2.2, step 3; `mixed` is W with its K. `h` becomes a, and `d` e. */
static inline void next_round(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e,
			      uint32_t f, uint32_t g, uint32_t *h, uint32_t mixed)
{
	*h += (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + mixed;
	*d += *h;
	*h += (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

/* Behind eight rounds each variable is where it was, so that none is moved. */
static void compress(uint32_t s[8], const uint8_t *block)
{
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
	uint32_t w[64];

	expand(w, block);
	for (size_t i = 0; i < 64; i++)
		w[i] += constants[i];
	for (size_t i = 0; i < 64; i += 8) {
		next_round(a, b, c, &d, e, f, g, &h, w[i]);
		next_round(h, a, b, &c, d, e, f, &g, w[i + 1]);
		next_round(g, h, a, &b, c, d, e, &f, w[i + 2]);
		next_round(f, g, h, &a, b, c, d, &e, w[i + 3]);
		next_round(e, f, g, &h, a, b, c, &d, w[i + 4]);
		next_round(d, e, f, &g, h, a, b, &c, w[i + 5]);
		next_round(c, d, e, &f, g, h, a, &b, w[i + 6]);
		next_round(b, c, d, &e, f, g, h, &a, w[i + 7]);
	}
	s[0] += a, s[1] += b, s[2] += c, s[3] += d;
	s[4] += e, s[5] += f, s[6] += g, s[7] += h;
}

void hw_sha256_init(struct hw_sha256 *s)
{
	*s = (struct hw_sha256){ .h = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
					0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

/* As many of the bytes as the block has room for. Returns the rest. */
static struct hw_slice fill(struct hw_sha256 *s, struct hw_slice bytes)
{
	const size_t at = s->len % HW_SHA256_BLOCK, room = HW_SHA256_BLOCK - at;
	const size_t len = bytes.len < room ? bytes.len : room;

	memcpy(s->block + at, bytes.ptr, len);
	s->len += len;
	if (len == room)
		compress(s->h, s->block);
	return hw_slice_after(bytes, len);
}

void hw_sha256_add(struct hw_sha256 *s, struct hw_slice bytes)
{
	while (bytes.len)
		bytes = fill(s, bytes);
}

/* FIPS 180-4 5.1.1: a bit, zeros up to where the length fits behind, the length. */
void hw_sha256_end(struct hw_sha256 *s, uint8_t ret[HW_SHA256_BYTES])
{
	static const uint8_t padding[HW_SHA256_BLOCK] = { 0x80 };
	const uint64_t bits = s->len * 8;
	uint8_t end[8];

	hw_put_u32be(end, (uint32_t)(bits >> 32));
	hw_put_u32be(end + 4, (uint32_t)bits);
	hw_sha256_add(s, hw_slice(padding, 1 + (HW_SHA256_BLOCK - 1 - sizeof(end) - s->len) %
							   HW_SHA256_BLOCK));
	hw_sha256_add(s, hw_slice(end, sizeof(end)));
	for (size_t i = 0; i < 8; i++)
		hw_put_u32be(ret + 4 * i, s->h[i]);
}

static void begin(struct hw_sha256 *s, const uint8_t *key, uint8_t with)
{
	uint8_t block[HW_SHA256_BLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ with;
	hw_sha256_init(s);
	hw_sha256_add(s, hw_slice(block, sizeof(block)));
}

void hw_hmac_init(struct hw_hmac *h, struct hw_slice key)
{
	uint8_t block[HW_SHA256_BLOCK] = { 0 };

	if (key.len > sizeof(block)) {
		hw_sha256_init(&h->inner);
		hw_sha256_add(&h->inner, key);
		hw_sha256_end(&h->inner, block);
	} else if (key.len) {
		memcpy(block, key.ptr, key.len);
	}
	begin(&h->inner, block, 0x36);
	begin(&h->outer, block, 0x5c);
}

void hw_hmac_add(struct hw_hmac *h, struct hw_slice bytes)
{
	hw_sha256_add(&h->inner, bytes);
}

void hw_hmac_end(struct hw_hmac *h, uint8_t ret[HW_SHA256_BYTES])
{
	hw_sha256_end(&h->inner, ret);
	hw_sha256_add(&h->outer, hw_slice(ret, HW_SHA256_BYTES));
	hw_sha256_end(&h->outer, ret);
}
