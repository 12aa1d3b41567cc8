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
	N = HW_OCTET_NAME_HOST,
};

/* clang-format off */
const uint16_t hw_octet_table[256] = {
	[0x00 ... 0x1f] = HW_OCTET_CONTROL,
	[' '] = HW_OCTET_SPACE,
	['!'] = T | H | N | U,
	['"'] = H,
	['#'] = T | HW_OCTET_ODD,
	['$'] = T | H | N | U,
	['%'] = T | N | U | HW_OCTET_PERCENT,
	['&' ... '\''] = T | H | N | U,
	['(' ... ')'] = H | N | U,
	['*' ... '+'] = T | H | N | U,
	[','] = H | N | U,
	['-' ... '.'] = T | H | N | U,
	['0' ... '9'] = T | H | N | U | X | HW_OCTET_DIGIT,
	[':' ... ';'] = H | N | U,
	['<'] = H,
	['='] = H | N | U,
	['>'] = H,
	['@'] = U,
	['A' ... 'F'] = T | H | N | U | X | HW_OCTET_UPPER,
	['G' ... 'Z'] = T | H | N | U | HW_OCTET_UPPER,
	['['] = H | N,
	['\\'] = HW_OCTET_ODD,
	[']'] = H | N,
	['^'] = T,
	['_'] = T | H | N | U,
	['`'] = T,
	['a' ... 'f'] = T | H | N | U | X | HW_OCTET_LOWER,
	['g' ... 'z'] = T | H | N | U | HW_OCTET_LOWER,
	['|'] = T,
	['~'] = T | H | N | U,
	[0x7f] = HW_OCTET_CONTROL,
	[0x80 ... 0xff] = HW_OCTET_HIGH,
};
/* clang-format on */

#ifdef __SSE2__
enum { PIECE = 16 };

static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i equals(__m128i v, uint8_t c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c));
}

/* All bits of each byte that is below 0x20, or is 0x7f. */
static inline __m128i controls(__m128i v)
{
	const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);

	return _mm_or_si128(low, equals(v, 0x7f));
}

static inline bool has_control(const uint8_t *p)
{
	return _mm_movemask_epi8(controls(load(p))) != 0;
}

static inline bool has_odd(const uint8_t *p)
{
	const __m128i v = load(p);
	const __m128i odd = _mm_or_si128(equals(v, '\\'), equals(v, '#'));

	/* The high bit of each is set where the byte's own is. */
	return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(odd, controls(v)), v)) != 0;
}
#else
enum { PIECE = 8 };

/* Not zero if one of eight bytes is zero. */
static inline uint64_t zeros(uint64_t x)
{
	return (x - UINT64_MAX / 255) & ~x & (UINT64_MAX / 255 * 0x80);
}

static inline uint64_t load(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static inline uint64_t controls(uint64_t x)
{
	const uint64_t ones = UINT64_MAX / 255;

	return zeros(x ^ (ones * 0x7f)) | ((x - ones * 0x20) & ~x & (ones * 0x80));
}

static inline bool has_control(const uint8_t *p)
{
	return controls(load(p)) != 0;
}

static inline bool has_odd(const uint8_t *p)
{
	const uint64_t ones = UINT64_MAX / 255, x = load(p);

	return (controls(x) | zeros(x ^ (ones * '\\')) | zeros(x ^ (ones * '#')) |
		(x & (ones * 0x80))) != 0;
}
#endif

/*
 * Where the first piece with a control byte stands; `s` has one at least. Returns false if
 * none has. The last piece may overlap what was looked at: what is there is known to be none.
 */
static bool find_piece(struct hw_slice s, size_t *ret_from)
{
	size_t i = 0;

	for (; s.len - i >= PIECE; i += PIECE) {
		*ret_from = i;
		if (has_control(s.ptr + i))
			return true;
	}
	*ret_from = s.len - PIECE;
	return has_control(s.ptr + s.len - PIECE);
}

size_t hw_octet_find_control(struct hw_slice s)
{
	size_t i = 0;

	if (s.len >= PIECE && !find_piece(s, &i))
		return s.len;
	while (i < s.len && !hw_octet_is(s.ptr[i], HW_OCTET_CONTROL))
		i++;
	return i;
}

bool hw_octet_has_odd(struct hw_slice s)
{
	if (s.len < PIECE)
		return (hw_octet_any(s) & (HW_OCTET_HIGH | HW_OCTET_ODD | HW_OCTET_CONTROL)) != 0;
	for (size_t i = 0; s.len - i >= PIECE; i += PIECE)
		if (has_odd(s.ptr + i))
			return true;
	return has_odd(s.ptr + s.len - PIECE);
}
