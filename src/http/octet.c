/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/octet.c - see octet.h */
#include "http/octet.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	T = HW_OCTET_TOKEN,
	H = HW_OCTET_HOST,
	U = HW_OCTET_USERINFO,
	X = HW_OCTET_HEX,
};

/* clang-format off */
const uint16_t hw_octet_table[256] = {
	[0x00 ... 0x1f] = HW_OCTET_CONTROL,
	[' '] = HW_OCTET_SPACE,
	['!'] = T | H | U,
	['"'] = H,
	['#'] = T | HW_OCTET_ODD,
	['$'] = T | H | U,
	['%'] = T | U | HW_OCTET_PERCENT,
	['&' ... '\''] = T | H | U,
	['(' ... ')'] = H | U,
	['*' ... '+'] = T | H | U,
	[','] = H | U,
	['-' ... '.'] = T | H | U,
	['0' ... '9'] = T | H | U | X | HW_OCTET_DIGIT,
	[':' ... ';'] = H | U,
	['<'] = H,
	['='] = H | U,
	['>'] = H,
	['@'] = U,
	['A' ... 'F'] = T | H | U | X | HW_OCTET_UPPER,
	['G' ... 'Z'] = T | H | U | HW_OCTET_UPPER,
	['['] = H,
	['\\'] = HW_OCTET_ODD,
	[']'] = H,
	['^'] = T,
	['_'] = T | H | U,
	['`'] = T,
	['a' ... 'f'] = T | H | U | X | HW_OCTET_LOWER,
	['g' ... 'z'] = T | H | U | HW_OCTET_LOWER,
	['|'] = T,
	['~'] = T | H | U,
	[0x7f] = HW_OCTET_CONTROL,
	[0x80 ... 0xff] = HW_OCTET_HIGH,
};
/* clang-format on */

#ifdef __SSE2__
enum { PIECE = 16 };

/* A bit a byte, below 0x20 or 0x7f. */
static unsigned controls_of(const uint8_t *p)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
	const __m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}
#else
enum { PIECE = 8 };

/* Not zero if one of eight bytes is below 0x20 or is 0x7f; which one is not told. */
static uint64_t controls_of(const uint8_t *p)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t x, del;

	memcpy(&x, p, sizeof(x));
	del = x ^ (ones * 0x7f);
	return (((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) & (ones * 0x80);
}
#endif

/* The last piece may overlap what was looked at: what is there is known to be none. */
static bool has_control(struct hw_slice s, size_t *ret_from)
{
	size_t i = 0;

	if (s.len < PIECE) {
		*ret_from = 0;
		return true;
	}
	for (; s.len - i >= PIECE; i += PIECE) {
		*ret_from = i;
		if (controls_of(s.ptr + i))
			return true;
	}
	*ret_from = s.len - PIECE;
	return controls_of(s.ptr + s.len - PIECE) != 0;
}

size_t hw_octet_find_control(struct hw_slice s)
{
	size_t i;

	if (!has_control(s, &i))
		return s.len;
	while (i < s.len && !hw_octet_is(s.ptr[i], HW_OCTET_CONTROL))
		i++;
	return i;
}
