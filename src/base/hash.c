/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/hash.c - see hash.h */
#include "base/hash.h"

#include "base/cpu.h"

#ifdef __x86_64__
#include <immintrin.h>

bool hw_hash_has_aes(void)
{
	return hw_cpu_has(HW_CPU_AES);
}

__attribute__((target("aes"))) uint64_t hw_hash_12_aes(const struct hw_hash_key *key,
						       uint64_t first, uint32_t rest)
{
	const __m128i k = _mm_set_epi64x((long long)key->k[1], (long long)key->k[0]);
	__m128i v = _mm_xor_si128(_mm_set_epi64x(rest, (long long)first), k);

	v = _mm_aesenc_si128(v, k);
	v = _mm_aesenc_si128(v, k);
	v = _mm_aesenc_si128(v, k);
	return (uint64_t)_mm_cvtsi128_si64(v);
}
#else
bool hw_hash_has_aes(void)
{
	return false;
}

uint64_t hw_hash_12_aes(const struct hw_hash_key *key, uint64_t first, uint32_t rest)
{
	return hw_hash_12(key, first, rest);
}
#endif
