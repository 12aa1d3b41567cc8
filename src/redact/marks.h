/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/marks.h - which of 16 bytes may be the beginning of something secret
 *
 * A bit a byte, the lowest is the first. Both forms give the same; a test holds them
 * together.
 */
#ifndef HW_REDACT_MARKS_H
#define HW_REDACT_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { HW_REDACT_MARKED = 16 }; /* bytes */

struct hw_redact_marks {
	uint32_t words;	 /* letters and digits */
	uint32_t urls;	 /* % and @ */
	uint32_t equals; /* = */
};

/* Of the `len` bytes at `at`, at most 16. */
static inline struct hw_redact_marks hw_redact_marks_portable(const uint8_t *at, size_t len)
{
	struct hw_redact_marks m = { 0 };

	for (size_t i = 0; i < len; i++) {
		const uint8_t c = at[i], lower = c | 0x20;

		m.words |= (uint32_t)((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9'))
			   << i;
		m.urls |= (uint32_t)(c == '%' || c == '@') << i;
		m.equals |= (uint32_t)(c == '=') << i;
	}
	return m;
}

#ifdef __SSE2__
/* Bytes from `first` to `first` + `nr`, as unsigned. */
static inline __m128i hw_redact_range16(__m128i v, uint8_t first, uint8_t nr)
{
	const __m128i from_first = _mm_sub_epi8(v, _mm_set1_epi8((char)first));

	return _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8((char)nr)), from_first);
}

static inline uint32_t hw_redact_mask16(__m128i v)
{
	return (uint32_t)_mm_movemask_epi8(v);
}

/*
 * Less than 16 bytes, and zeros behind them. They are put together in registers: a load of
 * what was just stored byte by byte would wait for it.
 */
static inline __m128i hw_redact_load(const uint8_t *at, size_t len)
{
	uint64_t low = 0, high = 0;
	uint32_t half[2];

	if (len >= 8) {
		memcpy(&low, at, 8);
		memcpy(&high, at + len - 8, 8);
		high = len > 8 ? high >> (128 - 8 * len) : 0;
	} else if (len >= 4) {
		memcpy(&half[0], at, 4);
		memcpy(&half[1], at + len - 4, 4);
		low = half[0] | (uint64_t)half[1] << (8 * len - 32);
	} else {
		for (size_t i = 0; i < len; i++)
			low |= (uint64_t)at[i] << 8 * i;
	}
	return _mm_set_epi64x((long long)high, (long long)low);
}

static inline struct hw_redact_marks hw_redact_marks(const uint8_t *at, size_t len)
{
	const __m128i v = len < HW_REDACT_MARKED
				  ? hw_redact_load(at, len)
				  : _mm_loadu_si128((const __m128i *)(const void *)at);
	const __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
	const __m128i percent = _mm_cmpeq_epi8(v, _mm_set1_epi8('%'));
	const __m128i at_sign = _mm_cmpeq_epi8(v, _mm_set1_epi8('@'));

	return (struct hw_redact_marks){
		.words = hw_redact_mask16(_mm_or_si128(hw_redact_range16(lower, 'a', 25),
						       hw_redact_range16(v, '0', 9))),
		.urls = hw_redact_mask16(_mm_or_si128(percent, at_sign)),
		.equals = hw_redact_mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('='))),
	};
}
#else
static inline struct hw_redact_marks hw_redact_marks(const uint8_t *at, size_t len)
{
	return hw_redact_marks_portable(at, len);
}
#endif

#endif
