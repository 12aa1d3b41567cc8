/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/line_index.c - see line_index.h */
#include "http/line_index.h"

#include <endian.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/cpu.h"
#include "base/layout.h"
#include "http/octet.h"

enum { BLOCK = 64 };

_Static_assert(HW_HTTP_LINES_ROOM >= HW_HTTP_LINES_MAX + BLOCK - 1, "a block may be all lines");

/* A bit for each of 64 bytes, the first in the lowest. */
struct marks {
	uint64_t lf;	   /* is LF */
	uint64_t controls; /* is below 0x20, or is 0x7f */
};

/* The high bit of each byte of `x` that is not zero, looking at no more than seven bits. */
HW_ALWAYS_INLINE uint64_t nonzero(uint64_t x)
{
	const uint64_t low = UINT64_MAX / 255 * 0x7f;

	return (x & low) + low;
}

/* The high bits of eight bytes, the first in the lowest bit of all. */
HW_ALWAYS_INLINE uint64_t high_bits(uint64_t x)
{
	/* Nothing is carried: each bit of the product comes from one of the bits. */
	return ((x >> 7) & (UINT64_MAX / 255)) * 0x0102040810204080 >> 56;
}

/* Eight bytes at once, in any byte order. */
HW_ALWAYS_INLINE struct marks portable_marks(const uint8_t *p)
{
	const uint64_t ones = UINT64_MAX / 255, low = ones * 0x7f;
	struct marks m = { 0, 0 };

	for (unsigned int i = 0; i < BLOCK / 8; i++) {
		uint64_t x, is_text, is_other;

		memcpy(&x, p + 8 * i, sizeof(x));
		x = le64toh(x);
		is_text = (((x & low) + ones * 0x60) & nonzero(x ^ low)) | x;
		is_other = nonzero(x ^ (ones * '\n')) | x;
		m.controls |= high_bits(~is_text) << (8 * i);
		m.lf |= high_bits(~is_other) << (8 * i);
	}
	return m;
}

typedef struct marks (*marks_of)(const uint8_t *p);

/* The marks of the 64 bytes from `from` on; the last block is one that ends where `in` does. */
HW_ALWAYS_INLINE struct marks marks_at(struct hw_slice in, size_t from, marks_of marks)
{
	const size_t left = in.len - from;
	struct marks m;

	if (left >= BLOCK)
		return marks(in.ptr + from);
	m = marks(in.ptr + in.len - BLOCK);
	return (struct marks){ m.lf >> (BLOCK - left), m.controls >> (BLOCK - left) };
}

/* What was found on the way. */
struct found {
	size_t lines, bare; /* of those, lines without CR */
	size_t controls;    /* with those of line ends */
	bool is_empty;	    /* the last line is */
};

/*
 * There are other control bytes than those of line ends if they are not two for each line, or one
 * if it has no CR.
 */
HW_ALWAYS_INLINE void fill(struct hw_slice in, struct hw_http_line_index *x, const struct found *f)
{
	x->nr = f->lines;
	x->len = f->lines ? (size_t)(x->ends[f->lines - 1] - in.ptr) + 1 : 0;
	x->is_head = f->is_empty && f->lines > 1;
	x->is_odd = f->controls + f->bare != 2 * f->lines;
	x->has_bare_lf = f->bare > 0;
}

/* Byte by byte: what is short, begins with LF, or has too many lines. */
HW_APART static void make_plainly(struct hw_slice in, struct hw_http_line_index *x)
{
	struct found f = { 0 };
	size_t line = 0;

	for (size_t i = 0; i < in.len && !f.is_empty && f.lines < HW_HTTP_LINES_MAX; i++) {
		const uint8_t c = in.ptr[i];
		const bool has_cr = i > line && in.ptr[i - 1] == '\r';

		f.controls += hw_octet_is(c, HW_OCTET_CONTROL);
		if (c != '\n')
			continue;
		x->ends[f.lines++] = in.ptr + i;
		f.bare += !has_cr;
		f.is_empty = i - line == has_cr;
		line = i + 1;
	}
	fill(in, x, &f);
}

/* By their LF: where these stand is known of 64 bytes at once. */
HW_ALWAYS_INLINE void make(struct hw_slice in, struct hw_http_line_index *x, marks_of marks)
{
	const uint8_t *soon; /* a LF up to here may end an empty line */
	struct found f = { 0 };

	if (in.len < BLOCK || in.ptr[0] == '\n') { /* there is no byte before it */
		make_plainly(in, x);
		return;
	}
	soon = in.ptr + 1;
	for (size_t from = 0; from < in.len && !f.is_empty && f.lines < HW_HTTP_LINES_MAX;
	     from += BLOCK) {
		const struct marks m = marks_at(in, from, marks);
		const uint8_t *const block = in.ptr + from;

		f.controls += (size_t)__builtin_popcountll(m.controls);
		for (uint64_t lf = m.lf; lf; lf &= lf - 1) {
			const uint8_t *const at = block + __builtin_ctzll(lf);

			x->ends[f.lines++] = at;
			if (HW_UNLIKELY(at[-1] != '\r'))
				f.bare++;
			if (HW_UNLIKELY(at <= soon && (at < soon || at[-1] == '\r'))) {
				/* nothing behind this one counts */
				f.controls -=
					(size_t)__builtin_popcountll(m.controls & ~(lf ^ (lf - 1)));
				f.is_empty = true;
				break;
			}
			soon = at + 2;
		}
	}
	if (HW_UNLIKELY(f.lines + !f.is_empty > HW_HTTP_LINES_MAX))
		make_plainly(in, x);
	else
		fill(in, x, &f);
}

static void make_portable(struct hw_slice in, struct hw_http_line_index *ret)
{
	make(in, ret, portable_marks);
}

static bool is_always_possible(void)
{
	return true;
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define AVX512 __attribute__((target("avx512bw,bmi,popcnt")))

HW_ALWAYS_INLINE struct marks sse2_marks(const uint8_t *p)
{
	struct marks m = { 0, 0 };

	for (unsigned int i = 0; i < BLOCK / 16; i++) {
		const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
		const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
		const __m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
		const __m128i lf = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));

		m.controls |= (uint64_t)_mm_movemask_epi8(_mm_or_si128(low, del)) << (16 * i);
		m.lf |= (uint64_t)_mm_movemask_epi8(lf) << (16 * i);
	}
	return m;
}

AVX2 HW_ALWAYS_INLINE struct marks avx2_marks(const uint8_t *p)
{
	struct marks m = { 0, 0 };

	for (unsigned int i = 0; i < BLOCK / 32; i++) {
		const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32 * i));
		const __m256i low =
			_mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
		const __m256i del = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));
		const __m256i lf = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'));

		m.controls |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(low, del))
			      << (32 * i);
		m.lf |= (uint64_t)(uint32_t)_mm256_movemask_epi8(lf) << (32 * i);
	}
	return m;
}

AVX512 HW_ALWAYS_INLINE struct marks avx512_marks(const uint8_t *p)
{
	const __m512i v = _mm512_loadu_si512(p);

	return (struct marks){ _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
			       _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)) |
				       _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(0x7f)) };
}

static void make_sse2(struct hw_slice in, struct hw_http_line_index *ret)
{
	make(in, ret, sse2_marks);
}

AVX2 static void make_avx2(struct hw_slice in, struct hw_http_line_index *ret)
{
	make(in, ret, avx2_marks);
}

AVX512 static void make_avx512(struct hw_slice in, struct hw_http_line_index *ret)
{
	make(in, ret, avx512_marks);
}

static bool has_avx2(void)
{
	return hw_cpu_has(HW_CPU_AVX2 | HW_CPU_BMI | HW_CPU_POPCNT);
}

static bool has_avx512(void)
{
	return hw_cpu_has(HW_CPU_AVX512BW) && has_avx2();
}
#endif

const struct hw_http_indexing hw_http_indexings[] = {
#ifdef __x86_64__
	{ "avx512", make_avx512, has_avx512 },
	{ "avx2", make_avx2, has_avx2 },
	{ "sse2", make_sse2, is_always_possible },
#endif
	{ "portable", make_portable, is_always_possible },
};
const size_t hw_http_indexings_nr = sizeof(hw_http_indexings) / sizeof(hw_http_indexings[0]);

hw_http_indexer hw_http_indexer_choose(void)
{
	size_t i = 0;

	while (!hw_http_indexings[i].is_possible())
		i++;
	return hw_http_indexings[i].make;
}
