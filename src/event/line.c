/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/line.c - see line.h */
#include "event/line.h"

#include "base/hex.h"
#include "event/escape.h"
#include "event/number.h"

void hw_line_add(struct hw_line *l, struct hw_slice s)
{
	if (!l->err)
		l->err = hw_buf_append(l->out, s);
}

void hw_line_text(struct hw_line *l, const char *text)
{
	hw_line_add(l, hw_slice_text(text));
}

void hw_line_number(struct hw_line *l, uint64_t n)
{
	uint8_t room[HW_U64_TEXT_MAX];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_u64(room, n) - room)));
}

void hw_line_endpoint(struct hw_line *l, const struct hw_short_text *addr, uint16_t port)
{
	const bool is_v6 = memchr(addr->text, ':', addr->len) != NULL;

	hw_line_text(l, is_v6 && port ? "[" : "");
	hw_line_add(l, hw_slice(addr->text, addr->len));
	hw_line_text(l, is_v6 && port ? "]" : "");
	if (!port)
		return;
	hw_line_text(l, ":");
	hw_line_number(l, port);
}

void hw_line_paint(struct hw_line *l, const char *sgr)
{
	if (l->color)
		hw_line_text(l, sgr);
}

/* ---- bytes from the wire ---- */

static void add_hex(struct hw_line *l, const char *prefix, uint32_t value, int digits)
{
	uint8_t text[8], *end = text;

	for (int shift = 4 * digits - 8; shift >= 0; shift -= 8)
		end = hw_hex_write(end, (uint8_t)(value >> shift));
	hw_line_text(l, prefix);
	hw_line_add(l, hw_slice(text, (size_t)digits));
}

/* One that is not plain: a sequence of UTF-8, or a byte. */
static void add_char(struct hw_line *l, struct hw_slice s)
{
	const uint32_t c = hw_utf8_character(s);

	l->is_wide |= s.len > 1;
	if (s.len > 1 && hw_utf8_is_seen(c))
		hw_line_add(l, s);
	else if (c == '\\')
		hw_line_text(l, "\\\\");
	else if (s.len == 1)
		add_hex(l, "\\x", c, 2);
	else
		add_hex(l, c > 0xffff ? "\\U" : "\\u", c, c > 0xffff ? 8 : 4);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t eight_at(struct hw_slice s, size_t at)
{
	uint64_t ret;

	memcpy(&ret, s.ptr + at, sizeof(ret));
	return ret;
}

static bool are_ascii(uint64_t eight)
{
	return !(eight & EACH(0x80));
}

static bool are_plain(uint64_t eight)
{
	const uint64_t control = (eight - EACH(0x20)) & ~eight, del = eight + EACH(1);
	const uint64_t mark = eight ^ EACH('\\'), backslash = (mark - EACH(1)) & ~mark;

	return are_ascii(eight | control | del | backslash);
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/* How many bytes of `s` are plain before the first that is not. */
static size_t count_plain(struct hw_slice s)
{
	size_t nr = 0;

	while (s.len - nr >= sizeof(uint64_t) && are_plain(eight_at(s, nr)))
		nr += sizeof(uint64_t);
	if (nr > 0 && s.len - nr < sizeof(uint64_t) &&
	    are_plain(eight_at(s, s.len - sizeof(uint64_t))))
		return s.len;
	while (nr < s.len && is_plain(s.ptr[nr]))
		nr++;
	return nr;
}

void hw_line_foreign(struct hw_line *l, struct hw_slice s)
{
	while (s.len > 0) {
		size_t len = count_plain(s);

		hw_line_add(l, hw_slice(s.ptr, len));
		s = hw_slice_after(s, len);
		if (s.len == 0)
			return;
		len = hw_utf8_sequence(s);
		add_char(l, hw_slice(s.ptr, len ? len : 1));
		s = hw_slice_after(s, len ? len : 1);
	}
}

bool hw_line_is_plain(struct hw_slice s)
{
	while (s.len > 0) {
		size_t len;

		s = hw_slice_after(s, count_plain(s));
		len = hw_utf8_sequence(s);
		if (s.len > 0 &&
		    (len < 2 || !hw_utf8_is_seen(hw_utf8_character(hw_slice(s.ptr, len)))))
			return false;
		s = hw_slice_after(s, len);
	}
	return true;
}

/* ---- width ---- */

/* Unicode's East_Asian_Width W and F, without its gaps; and what joins the one before. */
static size_t char_width(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f))
		return 0;
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
			       (c >= 0xa960 && c <= 0xa97c) || (c >= 0xac00 && c <= 0xd7a3) ||
			       (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
			       (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
			       (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x1f680 && c <= 0x1f6ff) ||
			       (c >= 0x1f900 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd)
		       ? 2
		       : 1;
}

/* How many of the first bytes of `s` take a column each, and are characters. */
static size_t count_ascii(struct hw_slice s)
{
	size_t nr = 0;

	while (s.len - nr >= sizeof(uint64_t) && are_ascii(eight_at(s, nr)))
		nr += sizeof(uint64_t);
	while (nr < s.len && s.ptr[nr] < 0x80)
		nr++;
	return nr;
}

/* How far `columns` reach; `ret_width`: and how many of them are taken. */
static size_t reach(struct hw_slice s, size_t columns, size_t *ret_width)
{
	const size_t ascii = count_ascii(s);
	size_t at = ascii < columns ? ascii : columns, width = at;

	while (at < s.len) {
		const struct hw_slice rest = hw_slice_after(s, at);
		const size_t len = s.ptr[at] < 0x80 ? 1 : hw_utf8_sequence(rest);
		const size_t wide =
			len > 1 ? char_width(hw_utf8_character(hw_slice(rest.ptr, len))) : 1;

		if (width + wide > columns)
			break;
		width += wide;
		at += len ? len : 1;
	}
	*ret_width = width;
	return at;
}

size_t hw_line_width(struct hw_slice s)
{
	size_t width;

	reach(s, SIZE_MAX - 2, &width);
	return width;
}

struct hw_slice hw_line_cut(struct hw_slice s, size_t columns)
{
	size_t width;

	return hw_slice(s.ptr, reach(s, columns, &width));
}
