/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/escape.c - see escape.h */
#include "event/escape.h"

#include <endian.h>
#ifdef __x86_64__
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/*
 * A byte needs work if it is below 0x20, above 0x7e, or one of "\<>&; 0x7f is found by
 * neither test and needs none. Both forms of the search give the index of the first such
 * byte of 16 (8), or 16 (8).
 */
#ifdef __SSE2__
static unsigned first_special16(__m128i v)
{
	const __m128i control_or_high = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)); /* signed */
	const __m128i angle =
		_mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8(~2)), _mm_set1_epi8('<'));
	const __m128i quote_or_amp =
		_mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8(~4)), _mm_set1_epi8('"'));
	const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	const __m128i any = _mm_or_si128(_mm_or_si128(control_or_high, angle),
					 _mm_or_si128(quote_or_amp, backslash));

	return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(any) | 0x10000);
}

static unsigned first_special(uint64_t lo, uint64_t hi)
{
	return first_special16(_mm_set_epi64x((long long)hi, (long long)lo));
}

static unsigned copy16(uint8_t *ret, const uint8_t *from)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)from);

	_mm_storeu_si128((__m128i *)(void *)ret, v);
	return first_special16(v);
}
#else
#define EACH(byte) (0x0101010101010101u * (byte))

/* The top bit of each byte that is zero. Only the lowest is sure, and only it is used. */
static uint64_t zero_bytes(uint64_t x)
{
	return (x - EACH(1u)) & ~x;
}

static unsigned first_special8(uint64_t x)
{
	uint64_t any;

	x = le64toh(x);
	any = ((x - EACH(0x20u)) & ~x) | x | zero_bytes((x & ~EACH(2u)) ^ EACH((uint8_t)'<')) |
	      zero_bytes((x & ~EACH(4u)) ^ EACH((uint8_t)'"')) |
	      zero_bytes(x ^ EACH((uint8_t)'\\'));
	any &= EACH(0x80u);
	return any ? (unsigned)__builtin_ctzll(any) / 8 : 8;
}

static unsigned first_special(uint64_t lo, uint64_t hi)
{
	const unsigned n = first_special8(lo);

	return n < 8 ? n : 8 + first_special8(hi);
}

static unsigned copy16(uint8_t *ret, const uint8_t *from)
{
	uint64_t x[2];

	memcpy(x, from, 16);
	memcpy(ret, x, 16);
	return first_special(x[0], x[1]);
}
#endif

/* 8 to 15 bytes, as two words that overlap. */
static unsigned copy8(uint8_t *ret, const uint8_t *from, unsigned len)
{
	uint64_t lo, hi;
	unsigned n;

	memcpy(&lo, from, 8);
	memcpy(&hi, from + len - 8, 8);
	memcpy(ret, &lo, 8);
	memcpy(ret + len - 8, &hi, 8);
	n = first_special(lo, hi);
	return n < 8 ? n : n + len - 16;
}

/* Up to 7 bytes: padded with what needs no work. */
static unsigned copy1(uint8_t *ret, const uint8_t *from, unsigned len)
{
	uint8_t word[8] = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' };
	uint64_t x;
	unsigned n;

	if (len >= 4) {
		memcpy(word, from, 4);
		memcpy(word + len - 4, from + len - 4, 4);
	} else if (len) {
		word[len / 2] = from[len / 2];
		word[len - 1] = from[len - 1];
		word[0] = from[0];
	}
	memcpy(&x, word, 8);
	memcpy(ret, &x, 8);
	n = first_special(x, x);
	return n < len ? n : len;
}

/* Copy up to the first byte that needs work. Returns how many bytes that are. */
static size_t copy_plain_by_16(uint8_t *ret, struct hw_slice s)
{
	size_t at = 0;
	unsigned n;

	for (; s.len - at >= 16; at += 16) {
		n = copy16(ret + at, s.ptr + at);
		if (n < 16)
			return at + n;
	}
	n = (unsigned)(s.len - at);
	if (at > 0) /* the last 16 bytes, the first of which need no work */
		return n > 0 ? s.len - 16 + copy16(ret + s.len - 16, s.ptr + s.len - 16) : at;
	if (n >= 8)
		return copy8(ret, s.ptr, n);
	return copy1(ret, s.ptr, n);
}

#ifdef __x86_64__
#define AVX512 __attribute__((target("avx512bw")))

/* Of the bytes that `of` has a bit for. */
AVX512 static inline uint64_t specials(__m512i v, uint64_t of)
{
	const __m512i angle = _mm512_and_si512(v, _mm512_set1_epi8(~2));
	const __m512i quote_or_amp = _mm512_and_si512(v, _mm512_set1_epi8(~4));

	return _mm512_mask_cmplt_epi8_mask(of, v, _mm512_set1_epi8(0x20)) | /* signed */
	       _mm512_mask_cmpeq_epi8_mask(of, angle, _mm512_set1_epi8('<')) |
	       _mm512_mask_cmpeq_epi8_mask(of, quote_or_amp, _mm512_set1_epi8('"')) |
	       _mm512_mask_cmpeq_epi8_mask(of, v, _mm512_set1_epi8('\\'));
}

/* 64 at once, and the rest without reading behind it. */
AVX512 static size_t copy_plain_by_64(uint8_t *ret, struct hw_slice s)
{
	for (size_t at = 0; at < s.len; at += 64) {
		const size_t left = s.len - at;
		const uint64_t all = left < 64 ? (1ull << left) - 1 : ~0ull;
		const __m512i v = _mm512_maskz_loadu_epi8(all, s.ptr + at);
		const uint64_t special = specials(v, all);

		_mm512_storeu_si512(ret + at, v);
		if (special)
			return at + (unsigned)__builtin_ctzll(special);
	}
	return s.len;
}
#endif

static inline size_t copy_plain(uint8_t *ret, struct hw_slice s, unsigned how)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512bw") && !(how & HW_ESCAPE_PORTABLE))
		return copy_plain_by_64(ret, s);
#endif
	return copy_plain_by_16(ret, s);
}

static bool is_continuation(uint8_t b)
{
	return (b & 0xc0) == 0x80;
}

/* RFC 3629 4: what the second byte may be depends on the first. */
static bool is_second(uint8_t lead, uint8_t b)
{
	switch (lead) {
	case 0xe0:
		return b >= 0xa0 && b <= 0xbf;
	case 0xed: /* no surrogates */
		return b >= 0x80 && b <= 0x9f;
	case 0xf0:
		return b >= 0x90 && b <= 0xbf;
	case 0xf4: /* up to U+10FFFF */
		return b >= 0x80 && b <= 0x8f;
	default:
		return is_continuation(b);
	}
}

static size_t sequence_len(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t hw_utf8_sequence(struct hw_slice s)
{
	const size_t len = s.len ? sequence_len(s.ptr[0]) : 0;

	if (len > s.len || (len > 1 && !is_second(s.ptr[0], s.ptr[1])))
		return 0;
	for (size_t i = 2; i < len; i++) {
		if (!is_continuation(s.ptr[i]))
			return 0;
	}
	return len;
}

bool hw_utf8_is_valid(struct hw_slice s)
{
	while (s.len) {
		const size_t len = hw_utf8_sequence(s);

		if (len == 0)
			return false;
		s = hw_slice_after(s, len);
	}
	return true;
}

uint32_t hw_utf8_character(struct hw_slice sequence)
{
	uint32_t c = sequence.ptr[0] & (0xffu >> (sequence.len + 1));

	for (size_t i = 1; i < sequence.len; i++)
		c = c << 6 | (sequence.ptr[i] & 0x3f);
	return sequence.len == 1 ? sequence.ptr[0] : c;
}

bool hw_utf8_is_seen(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0xad && c != 0x61c && c != 0x180e &&
	       !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && !(c >= 0xfff9 && c <= 0xfffb) &&
	       !(c >= 0xe0000 && c <= 0xe0fff);
}

static uint8_t *write_text(uint8_t *ret, const char *text, size_t len)
{
	memcpy(ret, text, len);
	return ret + len;
}

static uint8_t *write_hex(uint8_t *ret, uint8_t b)
{
	*ret++ = (uint8_t) "0123456789abcdef"[b >> 4];
	*ret++ = (uint8_t) "0123456789abcdef"[b & 15];
	return ret;
}

static uint8_t *write_u00(uint8_t *ret, uint8_t b)
{
	return write_hex(write_text(ret, "\\u00", 4), b);
}

static uint8_t *write_ascii(uint8_t *ret, uint8_t b, unsigned how)
{
	static const char short_form[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};

	if (b < 0x20 && !short_form[b])
		return write_u00(ret, b);
	if (b < 0x20 || b == '"' || b == '\\') {
		*ret++ = '\\';
		*ret++ = b < 0x20 ? (uint8_t)short_form[b] : b;
		return ret;
	}
	if (how & HW_ESCAPE_HTML)
		return write_u00(ret, b);
	*ret = b;
	return ret + 1;
}

static uint8_t *write_u(uint8_t *ret, uint32_t unit)
{
	ret = write_hex(write_text(ret, "\\u", 2), (uint8_t)(unit >> 8));
	return write_hex(ret, (uint8_t)unit);
}

/* RFC 8259 7: one above U+FFFF is a pair of surrogates. */
static uint8_t *write_unseen(uint8_t *ret, uint32_t c)
{
	if (c <= 0xffff)
		return write_u(ret, c);
	ret = write_u(ret, 0xd800 + ((c - 0x10000) >> 10));
	return write_u(ret, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

static uint8_t *write_bad(uint8_t *ret, struct hw_slice bytes, unsigned how)
{
	if (how & HW_ESCAPE_DROP)
		return ret;
	for (size_t i = 0; i < bytes.len; i++) {
		ret = write_text(ret, "\\ufffd", 6);
		if (how & HW_ESCAPE_KEY)
			ret = write_hex(ret, bytes.ptr[i]);
	}
	return ret;
}

static uint8_t *write_sequence(uint8_t *ret, struct hw_slice seq, unsigned how)
{
	if (hw_slice_eq(seq, HW_SLICE("\xef\xbf\xbd")) && how & (HW_ESCAPE_DROP | HW_ESCAPE_KEY))
		return write_bad(ret, seq, how);
	if (how & HW_ESCAPE_HTML && hw_slice_eq(seq, HW_SLICE("\xe2\x80\xa8")))
		return write_text(ret, "\\u2028", 6);
	if (how & HW_ESCAPE_HTML && hw_slice_eq(seq, HW_SLICE("\xe2\x80\xa9")))
		return write_text(ret, "\\u2029", 6);
	if (how & HW_ESCAPE_UNSEEN && !hw_utf8_is_seen(hw_utf8_character(seq)))
		return write_unseen(ret, hw_utf8_character(seq));
	memcpy(ret, seq.ptr, seq.len);
	return ret + seq.len;
}

/* Write what stands at the front of `s`, which needs work, and take it off. */
static uint8_t *write_special(uint8_t *ret, struct hw_slice *s, unsigned how)
{
	const uint8_t b = s->ptr[0];
	size_t len = 1;

	if (b < 0x80) {
		ret = write_ascii(ret, b, how);
	} else if ((len = hw_utf8_sequence(*s))) {
		ret = write_sequence(ret, hw_slice(s->ptr, len), how);
	} else {
		len = 1;
		ret = write_bad(ret, hw_slice(s->ptr, len), how);
	}
	*s = hw_slice_after(*s, len);
	return ret;
}

uint8_t *hw_escape(uint8_t *ret, struct hw_slice s, unsigned how)
{
	bool is_first = true;

	while (s.len) {
		const size_t plain = copy_plain(ret, s, how);

		ret += plain;
		if (plain == s.len)
			break;
		s = hw_slice_after(s, plain);
		/* U+FFFD is dropped from strings only that have bad bytes as well. */
		if (is_first && how & HW_ESCAPE_DROP && s.ptr[0] >= 0x80) {
			is_first = false;
			if (hw_utf8_is_valid(s))
				how &= ~(unsigned)HW_ESCAPE_DROP;
		}
		ret = write_special(ret, &s, how);
	}
	return ret;
}
