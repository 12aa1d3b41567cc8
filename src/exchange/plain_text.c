/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/plain_text.c - whether bytes are text: see media_type.h */
#include "exchange/media_type.h"

/* Characters of one byte: no control bytes but TAB, LF, VT, FF and CR. */
static const bool is_single[256] = {
	['\t' ... '\r'] = true,
	[' ' ... '~'] = true,
};

/* Bytes that follow a lead byte; 4: it is none. The Unicode Standard, table 3-7 */
static size_t following(uint8_t lead)
{
	if (lead < 0xc2 || lead > 0xf4)
		return 4;
	return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

/* No overlong forms, no surrogates, nothing beyond U+10FFFF. */
static bool is_second(uint8_t lead, uint8_t c)
{
	const uint8_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	const uint8_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

	return c >= least && c <= most;
}

/*
 * Bytes of the character of several that `s` begins with; 0: it is none. May be more than
 * there are.
 */
static size_t character(struct hw_slice s)
{
	const size_t more = following(s.ptr[0]);

	if (more == 4)
		return 0;
	for (size_t i = 1; i <= more && i < s.len; i++)
		if (i == 1 ? !is_second(s.ptr[0], s.ptr[1]) : (s.ptr[i] & 0xc0) != 0x80)
			return 0;
	return more + 1;
}

enum { PIECE = 32 };

/* Whether so many are characters of one byte: without branches, so all are looked at at once. */
static bool are_single(const uint8_t at[PIECE])
{
	uint8_t bad = 0;

	for (size_t i = 0; i < PIECE; i++)
		bad |= ((uint8_t)(at[i] - ' ') > '~' - ' ') &
		       ((uint8_t)(at[i] - '\t') > '\r' - '\t');
	return !bad;
}

bool hw_text_is_plain(struct hw_slice s, bool is_cut, size_t *ret_len)
{
	size_t at = 0, apart = 0; /* what lies before that is looked at one by one */

	while (at < s.len) {
		size_t len;

		if (at >= apart && s.len - at >= PIECE) {
			if (are_single(s.ptr + at)) { /* nearly always */
				at += PIECE;
				continue;
			}
			apart = at + PIECE;
		}
		if (is_single[s.ptr[at]]) {
			at++;
			continue;
		}
		len = character(hw_slice_after(s, at));
		if (len == 0)
			return false;
		if (len > s.len - at) {
			if (!is_cut)
				return false;
			break;
		}
		at += len;
	}
	*ret_len = at;
	return true;
}
