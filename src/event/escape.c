/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/escape.c - see escape.h */
#include "event/escape.h"

#include <endian.h>
#ifdef __x86_64__
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bits.h"
#include "base/cpu.h"
#include "base/hex.h"
#include "base/layout.h"

/*
 * A byte needs work if it is below 0x20, above 0x7e, or one of "\<>&; 0x7f is found by
 * neither test and needs none. Both forms of the search give the index of the first such
 * byte of 16, or 16. The first byte is the lowest of the words.
 */
#ifdef __SSE2__
static inline unsigned specials16(__m128i v)
{
	const __m128i plain = _mm_cmpgt_epi8(v, _mm_set1_epi8(0x1f)); /* signed */
	const __m128i angle =
		_mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8(~2)), _mm_set1_epi8('<'));
	const __m128i quote_or_amp =
		_mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8(~4)), _mm_set1_epi8('"'));
	const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	const __m128i mark = _mm_or_si128(_mm_or_si128(angle, quote_or_amp), backslash);

	return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(mark, plain)) ^ 0xffff;
}

static inline bool are_plain(uint64_t a, uint64_t b)
{
	return specials16(_mm_set_epi64x((long long)b, (long long)a)) == 0;
}

static inline unsigned copy16(uint8_t *ret, const uint8_t *from)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)from);

	_mm_storeu_si128((__m128i *)(void *)ret, v);
	return (unsigned)__builtin_ctz(specials16(v) | 0x10000);
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

	any = ((x - EACH(0x20u)) & ~x) | x | zero_bytes((x & ~EACH(2u)) ^ EACH((uint8_t)'<')) |
	      zero_bytes((x & ~EACH(4u)) ^ EACH((uint8_t)'"')) |
	      zero_bytes(x ^ EACH((uint8_t)'\\'));
	any &= EACH(0x80u);
	return any ? (unsigned)__builtin_ctzll(any) / 8 : 8;
}

static bool are_plain(uint64_t a, uint64_t b)
{
	return first_special8(a) == 8 && first_special8(b) == 8;
}

static unsigned copy16(uint8_t *ret, const uint8_t *from)
{
	uint64_t words[2];
	unsigned n;

	memcpy(words, from, 16);
	memcpy(ret, words, 16);
	n = first_special8(le64toh(words[0]));
	return n < 8 ? n : 8 + first_special8(le64toh(words[1]));
}
#endif

/* Up to three bytes. Returns a word of them, as often as there is room. */
static inline uint64_t copy_below_4(uint8_t *ret, struct hw_slice s)
{
	uint64_t word;

	if (s.len == 0)
		return 0x2020202020202020;
	ret[0] = s.ptr[0];
	ret[s.len / 2] = s.ptr[s.len / 2];
	ret[s.len - 1] = s.ptr[s.len - 1];
	word = s.ptr[0] | (uint64_t)s.ptr[s.len / 2] << 8 | (uint64_t)s.ptr[s.len - 1] << 16;
	word |= word << 24;
	return word | word << 16;
}

/* Four to seven bytes. Returns the first four and the last four. */
static inline uint64_t copy_below_8(uint8_t *ret, struct hw_slice s)
{
	uint32_t first, last;

	memcpy(&first, s.ptr, 4);
	memcpy(&last, s.ptr + s.len - 4, 4);
	memcpy(ret, &first, 4);
	memcpy(ret + s.len - 4, &last, 4);
	return first | (uint64_t)last << 32;
}

/* Copy less than 16 bytes. Returns whether none of them needs work. */
static inline bool copy_below_16(uint8_t *ret, struct hw_slice s)
{
	uint64_t first, last;

	if (s.len >= 8) {
		memcpy(&first, s.ptr, 8);
		memcpy(&last, s.ptr + s.len - 8, 8);
		memcpy(ret, &first, 8);
		memcpy(ret + s.len - 8, &last, 8);
	} else {
		first = last = s.len < 4 ? copy_below_4(ret, s) : copy_below_8(ret, s);
	}
	return are_plain(first, last);
}

/*
 * Copy 16 bytes or more, up to the first that needs work. Returns how many bytes that are. The
 * last piece overlaps with those before, which need no work.
 */
static size_t copy_by_16(uint8_t *ret, struct hw_slice s)
{
	const size_t last = s.len - 16;
	unsigned n;

	for (size_t at = 0; at < last; at += 16) {
		n = copy16(ret + at, s.ptr + at);
		if (n < 16)
			return at + n;
	}
	return last + copy16(ret + last, s.ptr + last);
}

static const bool needs_work[256] = {
	[0 ... 0x1f] = true, ['"'] = true,  ['&'] = true,	    ['<'] = true,
	['>'] = true,	     ['\\'] = true, [0x80 ... 0xff] = true,
};

/* The same of as many as there are, between bytes that do. */
static size_t copy_plain(uint8_t *ret, struct hw_slice s)
{
	size_t n = 0;

	if (s.len >= 16)
		return copy_by_16(ret, s);
	for (; n < s.len && !needs_work[s.ptr[n]]; n++)
		ret[n] = s.ptr[n];
	return n;
}

/* Write what is behind the `plain` bytes that are copied, if that is not all. */
static uint8_t *escape_special(uint8_t *ret, struct hw_slice s, unsigned how);

static inline uint8_t *escape_rest(uint8_t *ret, struct hw_slice s, size_t plain, unsigned how)
{
	if (plain == s.len)
		return ret + plain;
	return escape_special(ret + plain, hw_slice_after(s, plain), how);
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))

/* Returns a bit for each that needs work. */
AVX2 static inline uint32_t copy32(uint8_t *ret, const uint8_t *from)
{
	const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)from);
	const __m256i plain = _mm256_cmpgt_epi8(v, _mm256_set1_epi8(0x1f)); /* signed */
	const __m256i angle =
		_mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8(~2)), _mm256_set1_epi8('<'));
	const __m256i quote_or_amp =
		_mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8(~4)), _mm256_set1_epi8('"'));
	const __m256i backslash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
	const __m256i mark = _mm256_or_si256(_mm256_or_si256(angle, quote_or_amp), backslash);

	_mm256_storeu_si256((__m256i *)(void *)ret, v);
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_andnot_si256(mark, plain));
}

AVX2 static inline size_t copy_by_32(uint8_t *ret, struct hw_slice s)
{
	const size_t last = s.len - 32;
	uint32_t special;

	if (s.len < 32)
		return copy_by_16(ret, s);
	for (size_t at = 0; at < last; at += 32) {
		special = copy32(ret + at, s.ptr + at);
		if (special)
			return at + (unsigned)__builtin_ctz(special);
	}
	special = copy32(ret + last, s.ptr + last);
	return special ? last + (unsigned)__builtin_ctz(special) : s.len;
}

AVX2 HW_APART static uint8_t *escape_by_32(uint8_t *ret, struct hw_slice s, unsigned how)
{
	return escape_rest(ret, s, copy_by_32(ret, s), how);
}

#define AVX512 __attribute__((target("avx512bw,avx512vbmi")))

/* The same as needs_work, in the high bit; bytes that have it themselves need some, too. */
static const uint8_t high_if_work[128] __attribute__((aligned(64))) = {
	[0 ... 0x1f] = 0x80, ['"'] = 0x80, ['&'] = 0x80, ['<'] = 0x80, ['>'] = 0x80, ['\\'] = 0x80,
};

/* A bit for each that needs work. */
AVX512 static inline uint64_t specials64(__m512i v)
{
	const __m512i high = _mm512_permutex2var_epi8(_mm512_load_si512(high_if_work), v,
						      _mm512_load_si512(high_if_work + 64));

	return _mm512_movepi8_mask(_mm512_or_si512(high, v));
}

/* 64 at once, and the rest, which most are, without reading behind it. */
AVX512 static inline size_t copy_by_64(uint8_t *ret, struct hw_slice s)
{
	uint64_t special, all;
	size_t at = 0;
	__m512i v;

	for (; s.len - at > 64; at += 64) {
		v = _mm512_loadu_si512(s.ptr + at);
		_mm512_storeu_si512(ret + at, v);
		special = specials64(v);
		if (special)
			return at + (unsigned)__builtin_ctzll(special);
	}
	if (s.len == 0)
		return 0;
	all = hw_bits_low(s.len - at);
	v = _mm512_maskz_loadu_epi8(all, s.ptr + at);
	_mm512_storeu_si512(ret + at, v);
	special = specials64(v) & all;
	return special ? at + (unsigned)__builtin_ctzll(special) : s.len;
}

AVX512 HW_APART static uint8_t *escape_by_64(uint8_t *ret, struct hw_slice s, unsigned how)
{
	return escape_rest(ret, s, copy_by_64(ret, s), how);
}
#endif

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
		const size_t len = s.ptr[0] < 0x80 ? 1 : hw_utf8_sequence(s);

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

/* From DEL on: controls, separators, what annotates, and all of Default_Ignorable_Code_Point. */
static const struct {
	uint32_t from, to;
} unseen[] = {
	{ 0x7f, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

bool hw_utf8_is_seen(uint32_t c)
{
	size_t i = 0;

	while (i < sizeof(unseen) / sizeof(unseen[0]) && c > unseen[i].to)
		i++;
	return c >= 0x20 && (i == sizeof(unseen) / sizeof(unseen[0]) || c < unseen[i].from);
}

static uint8_t *write_text(uint8_t *ret, const char *text, size_t len)
{
	memcpy(ret, text, len);
	return ret + len;
}

/* What is written for a byte of ASCII that needs work. */
struct escaped {
	uint8_t text[7], len;
};

/* clang-format off */
#define U00(hex) { "\\u00" hex, 6 }
#define AFTER_BACKSLASH(letter) { "\\" letter, 2 }
#define ESCAPED \
	[0x00] = U00("00"), U00("01"), U00("02"), U00("03"), U00("04"), U00("05"), U00("06"), \
	U00("07"), AFTER_BACKSLASH("b"), AFTER_BACKSLASH("t"), AFTER_BACKSLASH("n"), U00("0b"), \
	AFTER_BACKSLASH("f"), AFTER_BACKSLASH("r"), U00("0e"), U00("0f"), \
	[0x10] = U00("10"), U00("11"), U00("12"), U00("13"), U00("14"), U00("15"), U00("16"), \
	U00("17"), U00("18"), U00("19"), U00("1a"), U00("1b"), U00("1c"), U00("1d"), U00("1e"), \
	U00("1f"), ['"'] = AFTER_BACKSLASH("\""), ['\\'] = AFTER_BACKSLASH("\\")

static const struct escaped escaped[2][0x80] = { /* by whether it is for HTML */
	{ ESCAPED, ['&'] = { "&", 1 }, ['<'] = { "<", 1 }, ['>'] = { ">", 1 } },
	{ ESCAPED, ['&'] = U00("26"), ['<'] = U00("3c"), ['>'] = U00("3e") },
};
/* clang-format on */
_Static_assert(HW_ESCAPE_HTML == 1, "an index");

static inline uint8_t *write_ascii(uint8_t *ret, uint8_t b, unsigned how)
{
	const struct escaped *e = &escaped[how & HW_ESCAPE_HTML][b];

	memcpy(ret, e, sizeof(*e)); /* a word: what is behind the text goes again */
	return ret + e->len;
}

static uint8_t *write_u(uint8_t *ret, uint32_t unit)
{
	ret = hw_hex_write(write_text(ret, "\\u", 2), (uint8_t)(unit >> 8));
	return hw_hex_write(ret, (uint8_t)unit);
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
			ret = hw_hex_write(ret, bytes.ptr[i]);
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

/* What is not ASCII. Returns how many bytes of `s` that are. */
static size_t write_long(uint8_t **ret, struct hw_slice s, unsigned how)
{
	const size_t len = hw_utf8_sequence(s);

	*ret = len ? write_sequence(*ret, hw_slice(s.ptr, len), how)
		   : write_bad(*ret, hw_slice(s.ptr, 1), how);
	return len ? len : 1;
}

/* Write what stands at the front of `s`, which needs work. Returns how many bytes that are. */
static inline size_t write_special(uint8_t **ret, struct hw_slice s, unsigned how)
{
	if (s.ptr[0] >= 0x80)
		return write_long(ret, s, how);
	*ret = write_ascii(*ret, s.ptr[0], how);
	return 1;
}

#ifdef __SSE2__
/*
 * Texts that have one such byte have more, and often near. Of 16 bytes all of them are found at
 * once, so that none waits for the one before. Leaves less than 32 bytes of `s`.
 */
HW_APART static uint8_t *escape_pieces(uint8_t *ret, struct hw_slice *s, unsigned how)
{
	while (s->len >= 32) {
		unsigned mask = specials16(_mm_loadu_si128((const __m128i *)(const void *)s->ptr));
		size_t at = 0;

		for (; mask && at < 16; mask &= mask - 1) {
			const size_t next = (size_t)__builtin_ctz(mask);

			memcpy(ret, s->ptr + at, 16);
			ret += next - at;
			at = next + write_special(&ret, hw_slice_after(*s, next), how);
			mask &= ~0u << (at - 1);
		}
		if (at < 16) {
			memcpy(ret, s->ptr + at, 16);
			ret += 16 - at;
			at = 16;
		}
		*s = hw_slice_after(*s, at);
	}
	return ret;
}
#else
static uint8_t *escape_pieces(uint8_t *ret, struct hw_slice *s, unsigned how)
{
	(void)s;
	(void)how;
	return ret;
}
#endif

/* What begins with a byte that needs work. Apart, as most texts have none. */
HW_APART static uint8_t *escape_special(uint8_t *ret, struct hw_slice s, unsigned how)
{
	/* U+FFFD is dropped from strings only that have bad bytes as well. */
	if (how & HW_ESCAPE_DROP && hw_utf8_is_valid(s))
		how &= ~(unsigned)HW_ESCAPE_DROP;
	if (s.len >= 32)
		ret = escape_pieces(ret, &s, how);
	while (s.len) {
		size_t plain;

		if (needs_work[s.ptr[0]]) {
			s = hw_slice_after(s, write_special(&ret, s, how));
			continue;
		}
		plain = copy_plain(ret, s);
		ret += plain;
		s = hw_slice_after(s, plain);
	}
	return ret;
}

HW_APART static uint8_t *escape_long(uint8_t *ret, struct hw_slice s, unsigned how)
{
#ifdef __x86_64__
	if (hw_cpu_has(HW_CPU_AVX2) && !(how & HW_ESCAPE_PORTABLE))
		return escape_by_32(ret, s, how);
#endif
	return escape_rest(ret, s, copy_by_16(ret, s), how);
}

HW_APART static uint8_t *escape_short(uint8_t *ret, struct hw_slice s, unsigned how)
{
	return escape_rest(ret, s, copy_plain(ret, s), how);
}

/* Each way ends with a jump to the next, so that none of them saves registers. */
HW_APART static uint8_t *escape_narrow(uint8_t *ret, struct hw_slice s, unsigned how)
{
	if (s.len >= 16)
		return escape_long(ret, s, how);
	return copy_below_16(ret, s) ? ret + s.len : escape_short(ret, s, how);
}

/*
 * Whether a text is short is foretold wrongly as often as not, so it is asked only where that makes a
 * difference.
 */
hw_escaper hw_escaper_choose(void)
{
#ifdef __x86_64__
	if (hw_cpu_has(HW_CPU_AVX512BW | HW_CPU_AVX512VBMI))
		return escape_by_64;
#endif
	return escape_narrow;
}

uint8_t *hw_escape(uint8_t *ret, struct hw_slice s, unsigned how)
{
	const bool is_narrow = how & (HW_ESCAPE_PORTABLE | HW_ESCAPE_BY_32);

	return (is_narrow ? escape_narrow : hw_escaper_choose())(ret, s, how);
}
