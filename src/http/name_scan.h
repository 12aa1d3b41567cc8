/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/name_scan.h - the names of fields as they usually are, 16 bytes at once
 *
 * Letters, digits and - up to the colon. What this does not know is read byte by byte
 * (field.c). Where there is no SSE2, or are no 16 bytes, it is done byte by byte.
 */
#ifndef HW_HTTP_NAME_SCAN_H
#define HW_HTTP_NAME_SCAN_H

#include "http/octet.h"

#ifdef __SSE2__
#include <emmintrin.h>

enum { HW_HTTP_NAME_PIECE = 16 }; /* bytes */

/* What 16 bytes are, a bit each. */
struct hw_http_name_bits {
	uint32_t upper, lower, dash, others; /* others: none of these, and no digit */
};

/* All bits: which bytes are from `first` to `first` + `nr`. */
static inline __m128i hw_http_name_range(__m128i v, uint8_t first, uint8_t nr)
{
	const __m128i from_first = _mm_sub_epi8(v, _mm_set1_epi8((char)first));

	return _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8((char)nr)), from_first);
}

static inline struct hw_http_name_bits hw_http_name_bits(const uint8_t *p)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i upper = hw_http_name_range(v, 'A', 25),
		      lower = hw_http_name_range(v, 'a', 25);
	const __m128i dash = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));
	const __m128i known = _mm_or_si128(_mm_or_si128(upper, lower),
					   _mm_or_si128(dash, hw_http_name_range(v, '0', 9)));

	return (struct hw_http_name_bits){ (uint32_t)_mm_movemask_epi8(upper),
					   (uint32_t)_mm_movemask_epi8(lower),
					   (uint32_t)_mm_movemask_epi8(dash),
					   ~(uint32_t)_mm_movemask_epi8(known) };
}

/* The bits of letters that are of the wrong case, where `begins` says which begin a word. */
static inline uint32_t hw_http_name_wrong(struct hw_http_name_bits b, uint32_t begins)
{
	return (b.lower & begins) | (b.upper & ~begins);
}

/* The same as hw_http_name_scan(), for a name of 16 bytes or more, of letters, digits and -. */
size_t hw_http_name_scan_long(struct hw_slice line, bool *ret_is_canonical);
#endif

/* The same as hw_http_name_scan(), byte by byte. */
size_t hw_http_name_scan_short(struct hw_slice line, bool *ret_is_canonical);

/*
 * How long the name is that ends at a colon, and whether it is in canonical form: the first
 * letter and each behind a - upper case, all others lower. Returns 0 if it has other bytes.
 */
static inline size_t hw_http_name_scan(struct hw_slice line, bool *ret_is_canonical)
{
#ifdef __SSE2__
	struct hw_http_name_bits b;
	unsigned int len;

	if (line.len < HW_HTTP_NAME_PIECE)
		return hw_http_name_scan_short(line, ret_is_canonical);
	b = hw_http_name_bits(line.ptr);
	len = (unsigned int)__builtin_ctz(b.others); /* bits above 16 are set */
	if (len == HW_HTTP_NAME_PIECE)
		return hw_http_name_scan_long(line, ret_is_canonical);
	*ret_is_canonical = !(hw_http_name_wrong(b, b.dash << 1 | 1) & ((1u << len) - 1));
	return line.ptr[len] == ':' ? len : 0;
#else
	return hw_http_name_scan_short(line, ret_is_canonical);
#endif
}

#endif
