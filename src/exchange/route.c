/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/route.c - see route.h */
#include "exchange/route.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "http/octet.h"

enum {
	HEX_LEAST = 8,	  /* hex digits, a decimal one among them: 9f3a01bc */
	HEX_SURE = 16,	  /* so many hex digits are no word, whatever they are */
	NUMBER_LEAST = 5, /* digits beside words: order-48211, but not blog-2026 */
	PATTERN_REST = 2, /* the length of ** */
};

/* ---- what looks like an id ---- */

/* Letters and digits in a row, and what is among them. */
struct word {
	size_t len, digits, turns; /* turns: from a letter to a digit or back */
	bool is_hex;
};

/* Bytes of UTF-8 count as letters. */
static bool is_of_word(uint8_t c)
{
	return hw_ascii_is_alnum(c) || c >= 0x80;
}

static struct word read_word(struct hw_slice s)
{
	struct word w = { .is_hex = true };

	for (; w.len < s.len && is_of_word(s.ptr[w.len]); w.len++) {
		const uint8_t c = s.ptr[w.len];

		w.digits += hw_ascii_is_digit(c);
		w.is_hex = w.is_hex && hw_hex_value(c) < 16;
		w.turns += w.len > 0 && hw_ascii_is_digit(c) != hw_ascii_is_digit(s.ptr[w.len - 1]);
	}
	return w;
}

static bool is_number(const struct word *w)
{
	return w->digits == w->len;
}

/* How often letters and digits take turns in no word so long: v1alpha2, but 4QFJOjw2pOmAGJ. */
static size_t turns_of_ids(size_t len)
{
	if (len >= 20)
		return 2;
	return len >= 12 ? 3 : 4;
}

static bool is_random(const struct word *w)
{
	if (is_number(w))
		return w->len >= NUMBER_LEAST;
	if (w->is_hex && (w->len >= HEX_SURE || (w->len >= HEX_LEAST && w->digits)))
		return true;
	return w->turns >= turns_of_ids(w->len);
}

/* A segment of nothing but numbers (4711, 2026-11-26), or with a word that none is. */
static bool is_id(struct hw_slice segment)
{
	bool has_word = false, all_numbers = true;

	if (segment.len < HEX_SURE && !(hw_octet_any(segment) & HW_OCTET_DIGIT))
		return false; /* most are a word or two */
	while (segment.len) {
		const struct word w = read_word(segment);

		if (w.len == 0) {
			segment = hw_slice_after(segment, 1);
			continue;
		}
		if (is_random(&w))
			return true;
		has_word = true;
		all_numbers = all_numbers && is_number(&w);
		segment = hw_slice_after(segment, w.len);
	}
	return has_word && all_numbers;
}

/* ---- patterns ---- */

/* Cut the first segment off; `rest` begins with the next one's slash, or is empty. */
static struct hw_slice cut_segment(struct hw_slice *rest)
{
	const struct hw_slice all = hw_slice_after(*rest, 1);
	const uint8_t *slash = all.len ? memchr(all.ptr, '/', all.len) : NULL;
	const struct hw_slice segment = { all.ptr, slash ? (size_t)(slash - all.ptr) : all.len };

	*rest = hw_slice_after(all, segment.len);
	return segment;
}

static bool is_rest(struct hw_slice segment)
{
	return segment.len == PATTERN_REST && memcmp(segment.ptr, "**", PATTERN_REST) == 0;
}

/* "{name}" */
static bool is_any(struct hw_slice segment)
{
	return segment.len >= 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static bool has_brace(struct hw_slice s)
{
	return s.len && (memchr(s.ptr, '{', s.len) || memchr(s.ptr, '}', s.len));
}

bool hw_route_is_pattern(const char *pattern)
{
	struct hw_slice rest = hw_slice_text(pattern);

	if (rest.len == 0 || rest.len >= HW_ROUTE_MAX || pattern[0] != '/')
		return false;
	while (rest.len) {
		const struct hw_slice segment = cut_segment(&rest);

		if (is_any(segment)) {
			if (has_brace(hw_slice(segment.ptr + 1, segment.len - 2)))
				return false;
		} else if (has_brace(segment) || (is_rest(segment) && rest.len)) {
			return false;
		}
	}
	return true;
}

/* The two asterisks stand for nothing, too: what has /api before them matches /api. */
static bool matches(struct hw_slice pattern, struct hw_slice path)
{
	while (pattern.len) {
		const struct hw_slice want = cut_segment(&pattern);
		struct hw_slice segment;

		if (is_rest(want))
			return true;
		if (path.len == 0)
			return false;
		segment = cut_segment(&path);
		if (is_any(want) ? segment.len == 0 : !hw_slice_eq(want, segment))
			return false;
	}
	return path.len == 0;
}

/* ---- the route ---- */

struct route {
	char *text;
	size_t len;
};

static void put(struct route *r, struct hw_slice s)
{
	const size_t room = HW_ROUTE_MAX - r->len;
	const size_t len = s.len < room ? s.len : room;

	if (len)
		memcpy(r->text + r->len, s.ptr, len);
	r->len += len;
}

/* Without its parameters, such as ;jsessionid=... RFC 3986 3.3 */
static struct hw_slice without_parameters(struct hw_slice segment)
{
	struct hw_slice rest = segment, before;

	return hw_slice_cut(&rest, ';', &before) ? before : segment;
}

static void fold(struct route *r, struct hw_slice path)
{
	while (path.len && r->len < HW_ROUTE_MAX) {
		const struct hw_slice segment = without_parameters(cut_segment(&path));

		put(r, HW_SLICE("/"));
		put(r, is_id(segment) ? HW_SLICE("{id}") : segment);
	}
}

size_t hw_route_of(const struct hw_routes *routes, struct hw_slice path, char ret[HW_ROUTE_MAX])
{
	struct route r = { ret, 0 };

	if (path.len == 0 || path.ptr[0] != '/') { /* "*" and the like */
		put(&r, path);
		return r.len;
	}
	for (size_t i = 0; i < routes->nr; i++) {
		const struct hw_slice pattern = hw_slice_text(routes->patterns[i]);

		if (matches(pattern, path)) {
			put(&r, pattern);
			return r.len;
		}
	}
	fold(&r, path);
	return r.len;
}
