/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/overlap.c - see overlap.h */
#include "tcp/overlap.h"

#include <string.h>

#include "base/cpu.h"
#include "base/layout.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

size_t hw_overlap_put_portable(uint8_t *to, const uint8_t *from, size_t len, uint64_t there,
			       bool *is_conflict)
{
	size_t again = 0;

	if (!there) {
		memcpy(to, from, len);
		return 0;
	}
	if (there == hw_overlap_bits(len)) {
		*is_conflict |= memcmp(to, from, len) != 0;
		return len;
	}
	for (size_t i = 0; i < len; i++) {
		const bool is_there = there >> i & 1;

		*is_conflict |= is_there && to[i] != from[i];
		to[i] = is_there ? to[i] : from[i];
		again += is_there;
	}
	return again;
}

#ifdef __x86_64__
/* How many came, and which are there, is different for each: nothing here depends on it. */
__attribute__((target("avx512bw,popcnt"))) HW_APART static size_t
put_at_once(uint8_t *to, const uint8_t *from, size_t len, uint64_t there, bool *is_conflict)
{
	const __mmask64 all = hw_overlap_bits(len);
	const __m512i came = _mm512_maskz_loadu_epi8(all, from);
	const __m512i held = _mm512_maskz_loadu_epi8(there, to);

	*is_conflict |= _mm512_mask_cmpneq_epu8_mask(there, came, held) != 0;
	_mm512_mask_storeu_epi8(to, all & ~there, came);
	return (size_t)__builtin_popcountll(there);
}

size_t hw_overlap_put(uint8_t *to, const uint8_t *from, size_t len, uint64_t there,
		      bool *is_conflict)
{
	return hw_cpu_has(HW_CPU_AVX512BW | HW_CPU_POPCNT)
		       ? put_at_once(to, from, len, there, is_conflict)
		       : hw_overlap_put_portable(to, from, len, there, is_conflict);
}
#else
size_t hw_overlap_put(uint8_t *to, const uint8_t *from, size_t len, uint64_t there,
		      bool *is_conflict)
{
	return hw_overlap_put_portable(to, from, len, there, is_conflict);
}
#endif
