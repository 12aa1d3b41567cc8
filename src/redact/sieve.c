/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/sieve.c - see sieve.h */
#include "redact/sieve.h"

#include "base/bits.h"
#include "base/cpu.h"
#include "base/layout.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum {
	MARKS = 3, /* % @ =, a group each; { and [ are in that of = */
	TEXT_GROUPS = HW_REDACT_TEXT_GROUPS,
};

/* In classes[0], beside the groups of texts. */
enum { IS_MARK = 1 << TEXT_GROUPS, IS_ALNUM = 0x80 };

/* ---- byte by byte ---- */

static bool is_start(const struct hw_redact_sieve *v, const uint8_t *at)
{
	return v->low[0][at[0] & 15] & v->high[0][at[0] >> 4] & v->low[1][at[1] & 15] &
	       v->high[1][at[1] >> 4];
}

/* `s` has two bytes or more, as has every prefix. */
HW_APART static bool begins_key(const struct hw_redact_sieve *v, struct hw_slice s)
{
	for (uint8_t i = v->first[s.ptr[0]]; i; i = v->next[i]) {
		const char *prefix = v->texts[i - 1]->prefix;

		if ((uint8_t)prefix[1] == s.ptr[1] && hw_slice_starts(s, hw_slice_text(prefix)))
			return true;
	}
	return false;
}

HW_APART static bool has_bracket(struct hw_slice s, size_t at)
{
	while (at < s.len && (s.ptr[at] <= ' ' || s.ptr[at] == '+'))
		at++;
	return at < s.len && hw_redact_is_bracket(s.ptr[at]);
}

/*
 * JSON as the value of a parameter, behind blanks or not. What is encoded has a %. Few values
 * begin with one of the bytes up to +, or that are a bracket but for one bit.
 */
static bool begins_json(struct hw_slice s, size_t at)
{
	return at < s.len && (s.ptr[at] <= '+' || (s.ptr[at] & 0xdf) == '[') && has_bracket(s, at);
}

/* A field may be JSON: behind the bracket at `at` comes what hw_redact_find_json_value() wants there. */
HW_APART static bool begins_field(struct hw_slice s, size_t at)
{
	for (at++; at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == '+');)
		at++;
	return at < s.len && (s.ptr[at] == '"' || hw_redact_is_bracket(s.ptr[at]));
}

/* The = is at `at`. Only the end of a long name is known. */
HW_APART static bool is_secret_parameter(const struct hw_redact_sieve *v, struct hw_slice s,
					 size_t at)
{
	size_t from = at;

	if (begins_json(s, at + 1))
		return true;
	while (from > 0 && hw_redact_is_of_name(s.ptr[from - 1]))
		from--;
	return at - from > HW_REDACT_NAME_MAX / 2 ||
	       (from == at && at > 0 && s.ptr[at - 1] == ']') ||
	       hw_redact_names_find(v->names, hw_slice(s.ptr + from, at - from),
				    HW_REDACT_IN_PARAMETER);
}

static bool is_within_word(struct hw_slice s, size_t at)
{
	return at > 0 && hw_ascii_is_alnum(s.ptr[at - 1]);
}

/* Apart, so that all that look at blocks share it. */
HW_APART static bool may_hold_at(const struct hw_redact_sieve *v, struct hw_slice s, size_t at)
{
	const uint8_t c = s.ptr[at];

	if (hw_ascii_is_alnum(c))
		return s.len - at >= 2 && !is_within_word(s, at) && is_start(v, s.ptr + at) &&
		       begins_key(v, hw_slice_after(s, at));
	return c == '%' || c == '@' || (c == '=' && is_secret_parameter(v, s, at)) ||
	       (hw_redact_is_bracket(c) && begins_field(s, at));
}

static bool look_from(const struct hw_redact_sieve *v, struct hw_slice s, size_t at)
{
	for (; at < s.len; at++)
		if (may_hold_at(v, s, at))
			return true;
	return false;
}

static bool look(const struct hw_redact_sieve *v, struct hw_slice s)
{
	return look_from(v, s, 0);
}

/* ---- 32 bytes at once ---- */

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2")))

enum { BLOCK = 32, READ = BLOCK + 1 /* a key is known by two bytes */ };

AVX2 static inline __m256i table_of(const uint8_t entries[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)entries));
}

AVX2 static inline __m256i high_halves(__m256i bytes)
{
	return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

/*
 * The groups of which each byte from `at` on may be the first, and the one behind it the
 * second. What no letter, digit or mark begins with, 0x80 and above, is in none of the table.
 */
AVX2 static inline __m256i groups_at(const struct hw_redact_sieve *v, const uint8_t *at)
{
	const __m256i first = _mm256_loadu_si256((const __m256i *)(const void *)at);
	const __m256i second = _mm256_loadu_si256((const __m256i *)(const void *)(at + 1));
	const __m256i second_low = _mm256_and_si256(second, _mm256_set1_epi8(15));
	const __m256i of_first =
		_mm256_and_si256(_mm256_shuffle_epi8(table_of(v->low[0]), first),
				 _mm256_shuffle_epi8(table_of(v->high[0]), high_halves(first)));
	const __m256i of_second =
		_mm256_and_si256(_mm256_shuffle_epi8(table_of(v->low[1]), second_low),
				 _mm256_shuffle_epi8(table_of(v->high[1]), high_halves(second)));

	return _mm256_and_si256(of_first, of_second);
}

/* A bit for each byte that is in a group. */
AVX2 static inline uint32_t marks_in(__m256i groups)
{
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(groups, _mm256_setzero_si256()));
}

/* One of the marked bytes, behind `at`. */
static bool any_may_hold(const struct hw_redact_sieve *v, struct hw_slice s, size_t at,
			 uint64_t marked)
{
	for (; marked; marked &= marked - 1)
		if (may_hold_at(v, s, at + (size_t)__builtin_ctzll(marked)))
			return true;
	return false;
}

/* Less than a block, and zeros behind it. */
AVX2 HW_APART static bool look_short(const struct hw_redact_sieve *v, struct hw_slice s)
{
	uint8_t block[READ] = { 0 };

	if (s.len)
		memcpy(block, s.ptr, s.len);
	return any_may_hold(v, s, 0, marks_in(groups_at(v, block)));
}

/* A block that has marks, or none behind the last one. */
struct marked {
	size_t at;
	uint64_t marks;
};

/*
 * The next one from `at` on. The last block overlaps with the one before it. Without a call,
 * so that all tables are in registers.
 */
AVX2 HW_APART static struct marked next_marked(const struct hw_redact_sieve *v, struct hw_slice s,
					       size_t at)
{
	const size_t last = s.len - READ;

	for (; at < s.len - 1; at += BLOCK) {
		__m256i groups;

		at = at < last ? at : last;
		groups = groups_at(v, s.ptr + at);
		if (!_mm256_testz_si256(groups, groups))
			return (struct marked){ at, marks_in(groups) };
	}
	return (struct marked){ 0 };
}

/* The last byte of all is the first one of no block. */
static bool look_avx2(const struct hw_redact_sieve *v, struct hw_slice s)
{
	struct marked m = { 0 };

	if (s.len < READ)
		return look_short(v, s);
	for (size_t at = 0; (m = next_marked(v, s, at)).marks; at = m.at + BLOCK)
		if (any_may_hold(v, s, m.at, m.marks))
			return true;
	return may_hold_at(v, s, s.len - 1);
}

static bool has_avx2(void)
{
	return hw_cpu_has(HW_CPU_AVX2);
}

/* ---- 64 bytes at once ---- */

#define AVX512 __attribute__((target("avx512bw,avx512vbmi")))

/* What each byte is in `classes`; what is not ASCII is nothing. */
AVX512 static inline __m512i classes_of(const uint8_t classes[128], __m512i bytes)
{
	const __mmask64 is_ascii = ~_mm512_movepi8_mask(bytes);

	return _mm512_maskz_permutex2var_epi8(is_ascii, _mm512_loadu_si512(classes), bytes,
					      _mm512_loadu_si512(classes + 64));
}

/*
 * Where to look in a block. `carried` says whether the one before ended with a letter or a digit (1 or
 * 0), and then the same of this one.
 */
AVX512 static inline uint64_t wide_marks(const struct hw_redact_sieve *v, __m512i bytes,
					 __m512i behind, uint64_t *carried)
{
	const __m512i first = classes_of(v->classes[0], bytes);
	const __m512i second = classes_of(v->classes[1], behind);
	const uint64_t alnum = _mm512_movepi8_mask(first), in_word = alnum << 1 | *carried;

	*carried = alnum >> 63;
	return _mm512_mask_test_epi8_mask(~in_word, first, second) |
	       _mm512_test_epi8_mask(first, _mm512_set1_epi8(IS_MARK));
}

/*
 * Bytes that are not there are zeros, and never read. Texts that begin within a word are no keys; they
 * are most of what looks like some, and left out here without a branch, which would often be foretold
 * wrongly.
 */
AVX512 static bool look_avx512(const struct hw_redact_sieve *v, struct hw_slice s)
{
	uint64_t marks, all, carried = 0;
	size_t at = 0;

	for (; s.len - at > 64; at += 64) {
		marks = wide_marks(v, _mm512_loadu_si512(s.ptr + at),
				   _mm512_loadu_si512(s.ptr + at + 1), &carried);
		if (marks && any_may_hold(v, s, at, marks))
			return true;
	}
	if (s.len == 0)
		return false;
	all = hw_bits_low(s.len - at);
	marks = wide_marks(v, _mm512_maskz_loadu_epi8(all, s.ptr + at),
			   _mm512_maskz_loadu_epi8(all >> 1, s.ptr + at + 1), &carried);
	return marks && any_may_hold(v, s, at, marks);
}

static bool has_avx512(void)
{
	return hw_cpu_has(HW_CPU_AVX512BW | HW_CPU_AVX512VBMI);
}
#endif

static bool is_always(void)
{
	return true;
}

const struct hw_redact_looking hw_redact_lookings[] = {
#ifdef __x86_64__
	{ "avx512", look_avx512, has_avx512 },
	{ "avx2", look_avx2, has_avx2 },
#endif
	{ "portable", look, is_always },
};
const size_t hw_redact_lookings_nr = sizeof(hw_redact_lookings) / sizeof(hw_redact_lookings[0]);

hw_redact_looker hw_redact_looker_choose(void)
{
	size_t i = 0;

	while (!hw_redact_lookings[i].is_possible())
		i++;
	return hw_redact_lookings[i].look;
}

/*
 * The texts in a group, by their first byte: those that together look like the fewest others.
 * It matters also within words, of which only the widest look knows that no key begins there.
 */
static uint8_t group_of(uint8_t first)
{
	static const char *const firsts[TEXT_GROUPS] = { "AS", "bd", "ep", "nrs", "ghwx" };

	for (size_t i = 0; i < TEXT_GROUPS; i++)
		if (strchr(firsts[i], first))
			return (uint8_t)i;
	return first % TEXT_GROUPS;
}

/* `second` is NULL: any byte. */
static void add_start(struct hw_redact_sieve *v, uint8_t group, uint8_t first, const char *second)
{
	const uint8_t bit = (uint8_t)(1u << group);

	v->low[0][first & 15] |= bit;
	v->high[0][first >> 4] |= bit;
	for (int i = 0; !second && i < 16; i++) {
		v->low[1][i] |= bit;
		v->high[1][i] |= bit;
	}
	if (second) {
		v->low[1][(uint8_t)*second & 15] |= bit;
		v->high[1][(uint8_t)*second >> 4] |= bit;
	}
}

static void add_mark(struct hw_redact_sieve *v, int group, char mark)
{
	add_start(v, (uint8_t)(TEXT_GROUPS + group), (uint8_t)mark, NULL);
	v->classes[0][(uint8_t)mark] |= IS_MARK;
}

void hw_redact_sieve_init(struct hw_redact_sieve *v, const struct hw_redact_names *names,
			  hw_redact_looker looker)
{
	static const char marks[MARKS] = { '%', '@', '=' };

	*v = (struct hw_redact_sieve){ .names = names, .look = looker };
	for (int i = 0; i < MARKS; i++)
		add_mark(v, i, marks[i]);
	add_mark(v, MARKS - 1, '{');
	add_mark(v, MARKS - 1, '[');
	for (uint8_t c = 0; c < sizeof(v->classes[0]); c++)
		if (hw_ascii_is_alnum(c))
			v->classes[0][c] |= IS_ALNUM;
}

/* `text` begins with two letters or digits. */
static void add_text(struct hw_redact_sieve *v, const char *text)
{
	const uint8_t first = (uint8_t)text[0], second = (uint8_t)text[1];
	const uint8_t group = group_of(first);

	add_start(v, group, first, text + 1);
	v->classes[0][first] |= (uint8_t)(1u << group);
	v->classes[1][second & 127] |= (uint8_t)(1u << group);
}

void hw_redact_sieve_add(struct hw_redact_sieve *v, const struct hw_redact_rule *rule)
{
	const uint8_t first = (uint8_t)rule->prefix[0];
	uint8_t *at;

	if (v->texts_nr == HW_REDACT_TEXTS_MAX)
		return;
	v->texts[v->texts_nr++] = rule;
	for (at = &v->first[first]; *at; at = &v->next[*at])
		;
	*at = (uint8_t)v->texts_nr;
	if (hw_ascii_is_alnum(first))
		add_text(v, rule->prefix);
}
