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

/* In each all bits, or the high one, of the bytes that are so. */
struct looked {
	__m128i odd, space, percent;
};

static inline void look(struct looked *l, const uint8_t *p)
{
	const __m128i v = load(p);
	const __m128i odd = _mm_or_si128(equals(v, '\\'), equals(v, '#'));

	l->odd = _mm_or_si128(l->odd, _mm_or_si128(_mm_or_si128(odd, controls(v)), v));
	l->space = _mm_or_si128(l->space, equals(v, ' '));
	l->percent = _mm_or_si128(l->percent, equals(v, '%'));
}

static inline bool is_any(__m128i found)
{
	return _mm_movemask_epi8(found) != 0;
}

/* All bits of each byte that is one of the `nr` from `first` on. */
static inline __m128i is_from(__m128i v, uint8_t first, uint8_t nr)
{
	const __m128i from = _mm_sub_epi8(v, _mm_set1_epi8((char)first));

	return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(nr - 1))), from);
}

static inline bool is_host(__m128i v)
{
	const __m128i other = _mm_andnot_si128(equals(v, '/'), is_from(v, '-', ':' - '-' + 1));

	return _mm_movemask_epi8(_mm_or_si128(other, is_from(v, 'a', 26))) == 0xffff;
}

/* The first and the last eight bytes of 8 to 16. */
static inline __m128i ends_of(struct hw_slice s)
{
	return _mm_unpacklo_epi64(
		_mm_loadl_epi64((const __m128i *)(const void *)s.ptr),
		_mm_loadl_epi64((const __m128i *)(const void *)(s.ptr + s.len - 8)));
}

bool hw_octet_is_usual_host(struct hw_slice s)
{
	if (s.len < PIECE)
		return s.len >= 8 && is_host(ends_of(s));
	for (size_t i = 0; s.len - i >= PIECE; i += PIECE)
		if (!is_host(load(s.ptr + i)))
			return false;
	return is_host(load(s.ptr + s.len - PIECE));
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

struct looked {
	uint64_t odd, space, percent;
};

static inline void look(struct looked *l, const uint8_t *p)
{
	const uint64_t ones = UINT64_MAX / 255, x = load(p);

	l->odd |= controls(x) | zeros(x ^ (ones * '\\')) | zeros(x ^ (ones * '#')) |
		  (x & (ones * 0x80));
	l->space |= zeros(x ^ (ones * ' '));
	l->percent |= zeros(x ^ (ones * '%'));
}

static inline bool is_any(uint64_t found)
{
	return found != 0;
}

bool hw_octet_is_usual_host(struct hw_slice s)
{
	(void)s;
	return false;
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

/* The same of a few bytes. */
static unsigned int look_at_few(struct hw_slice s)
{
	const unsigned int any = hw_octet_any(s);
	const bool is_odd = any & (HW_OCTET_HIGH | HW_OCTET_ODD | HW_OCTET_CONTROL);

	return (any & (HW_OCTET_SPACE | HW_OCTET_PERCENT)) | (is_odd ? HW_OCTET_ODD : 0);
}

/*
 * Four pieces at least, which overlap in a short one: how many it has would be foretold wrongly as
 * often as not.
 */
static inline void look_at_pieces(struct looked *l, struct hw_slice s)
{
	const size_t last = s.len - PIECE;

	look(l, s.ptr);
	look(l, s.ptr + hw_least(PIECE, last));
	look(l, s.ptr + hw_least(2 * PIECE, last));
	for (size_t i = 3 * PIECE; i < last; i += PIECE)
		look(l, s.ptr + i);
	look(l, s.ptr + last);
}

unsigned int hw_octet_look(struct hw_slice target)
{
	struct looked l = { 0 };

	if (target.len < PIECE)
		return look_at_few(target);
	look_at_pieces(&l, target);
	return (is_any(l.odd) ? HW_OCTET_ODD : 0) | (is_any(l.space) ? HW_OCTET_SPACE : 0) |
	       (is_any(l.percent) ? HW_OCTET_PERCENT : 0);
}
