/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/checksum.c - see checksum.h */
#include "wire/checksum.h"

#include "base/cpu.h"
#include "base/layout.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The sum of the `len` bytes, fewer than 8, that are all there are. */
HW_APART static uint64_t add_few(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return hw_checksum_plus(sum, word);
}

/* The last `len` bytes before `end`, where 8 can be read: without a call for a few bytes. */
static uint64_t load_last(const uint8_t *end, size_t len)
{
	const unsigned others = (unsigned)(8 * (8 - len));
	const uint64_t word = hw_checksum_8(end - 8);

	return le64toh(1) == 1 ? word >> others : word << others;
}

/* Most packets are short, and make no other call. */
static inline uint64_t add_by_eight(uint64_t sum, struct hw_slice s)
{
	const uint8_t *p = s.ptr;
	size_t len = s.len;
	uint64_t other = 0; /* two sums, so that neither word waits for the carry before it */

	if (len < 8)
		return len ? add_few(sum, p, len) : sum;
	for (; len >= 32; len -= 32, p += 32) {
		sum = hw_checksum_plus(sum, hw_checksum_8(p));
		other = hw_checksum_plus(other, hw_checksum_8(p + 8));
		sum = hw_checksum_plus(sum, hw_checksum_8(p + 16));
		other = hw_checksum_plus(other, hw_checksum_8(p + 24));
	}
	for (; len >= 8; len -= 8, p += 8)
		sum = hw_checksum_plus(sum, hw_checksum_8(p));
	if (len)
		sum = hw_checksum_plus(sum, load_last(p + len, len));
	return hw_checksum_plus(sum, other);
}

uint64_t hw_checksum_add_portable(uint64_t sum, struct hw_slice s)
{
	return add_by_eight(sum, s);
}

#ifdef __x86_64__
enum {
	WIDE_STEP = 64,	    /* bytes */
	WIDE_MIN = 256,	    /* bytes; of fewer the sum is made as fast one by one */
	WIDE_MAX = 1 << 20, /* bytes whose sums fit the lanes, a multiple of WIDE_STEP */
};
#define AVX2 __attribute__((target("avx2")))

/* The sum of the eight lanes. */
AVX2 static inline int64_t sum_of_lanes(__m256i lanes)
{
	const __m256i wide =
		_mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(lanes)),
				 _mm256_cvtepi32_epi64(_mm256_extracti128_si256(lanes, 1)));
	const __m128i two =
		_mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));

	return _mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1);
}

/* The pairs of the sixteen words at `at` added up, each less 0x8000, as it is signed then. */
AVX2 static inline __m256i pairs_at(const uint8_t *at)
{
	const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)at);

	return _mm256_madd_epi16(_mm256_xor_si256(words, _mm256_set1_epi16(INT16_MIN)),
				 _mm256_set1_epi16(1));
}

/* The sum of the 16-bit words in `len` bytes, a multiple of WIDE_STEP and at most WIDE_MAX. */
AVX2 HW_APART static uint64_t sum_of_words(const uint8_t *p, size_t len)
{
	__m256i even = _mm256_setzero_si256(), odd = even;

	for (size_t at = 0; at < len; at += WIDE_STEP) {
		even = _mm256_add_epi32(even, pairs_at(p + at));
		odd = _mm256_add_epi32(odd, pairs_at(p + at + WIDE_STEP / 2));
	}
	return (uint64_t)(sum_of_lanes(even) + sum_of_lanes(odd)) + (uint64_t)(len / 2) * 0x8000;
}

HW_APART uint64_t hw_checksum_add_narrow(uint64_t sum, struct hw_slice s)
{
	while (s.len >= WIDE_MIN && hw_cpu_has(HW_CPU_AVX2)) {
		const size_t len = s.len < WIDE_MAX ? s.len / WIDE_STEP * WIDE_STEP : WIDE_MAX;

		sum = hw_checksum_plus(sum, sum_of_words(s.ptr, len));
		s = hw_slice_after(s, len);
	}
	return add_by_eight(sum, s);
}

#define AVX512 __attribute__((target("avx512bw")))

/* As pairs_at(), of 64 bytes. */
AVX512 static inline __m512i wide_pairs(__m512i words)
{
	return _mm512_madd_epi16(_mm512_xor_si512(words, _mm512_set1_epi16(INT16_MIN)),
				 _mm512_set1_epi16(1));
}

AVX512 static inline int64_t sum_of_wide_lanes(__m512i lanes)
{
	const __m512i wide =
		_mm512_add_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(lanes)),
				 _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(lanes, 1)));

	return _mm512_reduce_add_epi64(wide);
}

/*
 * Of fewer than WIDE_STEP bytes, loaded at once: both halves of each word of 64 bits are added up.
 * Nothing here depends on how many there are.
 */
AVX512 HW_APART static uint64_t add_short(uint64_t sum, const uint8_t *p, size_t len)
{
	const __m512i words = _mm512_maskz_loadu_epi8((UINT64_C(1) << len) - 1, p);
	const __m512i low = _mm512_and_si512(words, _mm512_set1_epi64(UINT32_MAX));
	const __m512i lanes = _mm512_add_epi64(low, _mm512_srli_epi64(words, 32));

	return hw_checksum_plus(sum, (uint64_t)_mm512_reduce_add_epi64(lanes));
}

/*
 * The sum of the 16-bit words in `len` bytes, at most WIDE_MAX. What is behind the last whole step is
 * loaded with zeros behind it, not by steps that become smaller: how many of each there are is
 * different for each packet, so a processor would foretell them wrongly.
 */
AVX512 HW_APART static uint64_t sum_of_all_words(const uint8_t *p, size_t len)
{
	const size_t whole = len / WIDE_STEP * WIDE_STEP;
	const __mmask64 rest = (UINT64_C(1) << (len - whole)) - 1;
	__m512i lanes = wide_pairs(_mm512_maskz_loadu_epi8(rest, p + whole));

	for (size_t at = 0; at < whole; at += WIDE_STEP)
		lanes = _mm512_add_epi32(lanes, wide_pairs(_mm512_loadu_si512(p + at)));
	return (uint64_t)sum_of_wide_lanes(lanes) + (uint64_t)(whole + WIDE_STEP) / 2 * 0x8000;
}

/* Apart, so that short packets need not save what this one keeps over its calls. */
HW_APART static uint64_t add_long(uint64_t sum, struct hw_slice s)
{
	while (s.len > 0) {
		const size_t len = s.len < WIDE_MAX ? s.len : WIDE_MAX;

		sum = hw_checksum_plus(sum, sum_of_all_words(s.ptr, len));
		s = hw_slice_after(s, len);
	}
	return sum;
}

uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s)
{
	if (!hw_cpu_has(HW_CPU_AVX512BW))
		return s.len < WIDE_MIN ? add_by_eight(sum, s) : hw_checksum_add_narrow(sum, s);
	return s.len < WIDE_STEP ? add_short(sum, s.ptr, s.len) : add_long(sum, s);
}
#else
uint64_t hw_checksum_add_narrow(uint64_t sum, struct hw_slice s)
{
	return hw_checksum_add_portable(sum, s);
}

uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s)
{
	return hw_checksum_add_portable(sum, s);
}
#endif

uint16_t hw_checksum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}
