/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/name_scan.h - the names of fields as they usually are, 16 bytes at once
 *
 * Letters, digits and - up to the colon. What this does not know is read byte by byte
 * (field.c). Where there is no SSE2 it is done in the plain way; a test holds both together.
 */
#ifndef HW_HTTP_NAME_SCAN_H
#define HW_HTTP_NAME_SCAN_H

#include "http/octet.h"

#ifdef __SSE2__
#include <emmintrin.h>

enum { HW_HTTP_NAME_PIECE = 16 }; /* bytes */

/* A bit a byte: which are from `first` to `first` + `nr`. */
static inline uint32_t hw_http_name_range(__m128i v, uint8_t first, uint8_t nr)
{
	const __m128i from_first = _mm_sub_epi8(v, _mm_set1_epi8((char)first));
	const __m128i least = _mm_min_epu8(from_first, _mm_set1_epi8((char)nr));

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(least, from_first));
}

/*
 * How long the name is that ends at a colon, and whether it is in canonical form: the first
 * letter and each behind a - upper case, all others lower. Returns 0 if it has other bytes,
 * or if 16 bytes cannot be read from where it ends.
 */
static inline size_t hw_http_name_scan(struct hw_slice line, bool *ret_is_canonical)
{
	uint32_t begins = 1, wrong = 0;

	for (size_t at = 0; line.len - at >= HW_HTTP_NAME_PIECE; at += HW_HTTP_NAME_PIECE) {
		const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(line.ptr + at));
		const uint32_t upper = hw_http_name_range(v, 'A', 25);
		const uint32_t lower = hw_http_name_range(v, 'a', 25);
		const uint32_t dash = hw_http_name_range(v, '-', 0);
		const uint32_t others = ~(upper | lower | dash | hw_http_name_range(v, '0', 9));
		const unsigned len = (unsigned)__builtin_ctz(others); /* bits above 16 are set */

		begins |= dash << 1;
		wrong |= ((lower & begins) | (upper & ~begins)) & ((1u << len) - 1);
		if (len < HW_HTTP_NAME_PIECE) {
			*ret_is_canonical = !wrong;
			return line.ptr[at + len] == ':' ? at + len : 0;
		}
		begins = dash >> (HW_HTTP_NAME_PIECE - 1);
	}
	return 0;
}
#else
static inline size_t hw_http_name_scan(struct hw_slice line, bool *ret_is_canonical)
{
	bool begins = true, is_canonical = true;
	size_t i = 0;

	for (; i < line.len &&
	       (hw_octet_is(line.ptr[i], HW_OCTET_UPPER | HW_OCTET_LOWER | HW_OCTET_DIGIT) ||
		line.ptr[i] == '-');
	     i++) {
		is_canonical &= !hw_octet_is(line.ptr[i], begins ? HW_OCTET_LOWER : HW_OCTET_UPPER);
		begins = line.ptr[i] == '-';
	}
	*ret_is_canonical = is_canonical;
	return i < line.len && line.ptr[i] == ':' ? i : 0;
}
#endif

#endif
