/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/octet.h - what a byte may be in an HTTP/1 head
 *
 * One table answers for all grammars, so that a run of bytes is looked at once: or the
 * classes of its bytes together and ask what was among them.
 */
#ifndef HW_HTTP_OCTET_H
#define HW_HTTP_OCTET_H

#include "base/slice.h"

enum hw_octet {
	HW_OCTET_TOKEN = 1 << 0,      /* RFC 9110 5.6.2 */
	HW_OCTET_UPPER = 1 << 1,      /* A-Z */
	HW_OCTET_LOWER = 1 << 2,      /* a-z */
	HW_OCTET_DIGIT = 1 << 3,      /* 0-9 */
	HW_OCTET_HEX = 1 << 4,	      /* 0-9 a-f A-F */
	HW_OCTET_CONTROL = 1 << 5,    /* below 0x20, and 0x7f */
	HW_OCTET_HIGH = 1 << 6,	      /* 0x80 and above */
	HW_OCTET_SPACE = 1 << 7,      /* SP alone; TAB is a control byte */
	HW_OCTET_HOST = 1 << 8,	      /* stands for itself in a URL's host, says Go */
	HW_OCTET_USERINFO = 1 << 9,   /* may stand in a URL's userinfo, says Go */
	HW_OCTET_PERCENT = 1 << 10,   /* % */
	HW_OCTET_ODD = 1 << 11,	      /* \ and #: servers differ on what they mean in a target */
	HW_OCTET_NAME_HOST = 1 << 12, /* may stand in a Host field: HOST and % without "<> */
};

extern const uint16_t hw_octet_table[256];

static inline bool hw_octet_is(uint8_t c, unsigned int classes)
{
	return (hw_octet_table[c] & classes) != 0;
}

/* The classes of all bytes of `s`, together. */
static inline unsigned int hw_octet_any(struct hw_slice s)
{
	unsigned int any = 0;

	for (size_t i = 0; i < s.len; i++)
		any |= hw_octet_table[s.ptr[i]];
	return any;
}

/* Each byte of `s` is of one of `classes`; true if `s` is empty. */
static inline bool hw_octet_all(struct hw_slice s, unsigned int classes)
{
	for (size_t i = 0; i < s.len; i++)
		if (!hw_octet_is(s.ptr[i], classes))
			return false;
	return true;
}

/* How many of the first bytes are of a token. */
static inline size_t hw_octet_token_len(struct hw_slice s)
{
	size_t i = 0;

	while (i < s.len && hw_octet_is(s.ptr[i], HW_OCTET_TOKEN))
		i++;
	return i;
}

/* Whitespace inside a line: SP and TAB. */
static inline bool hw_octet_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* What lenient readers take for a blank between the words of a start line: RFC 9112 3, 4. */
static inline bool hw_octet_parts_words(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/* Without what parts words before them. */
static inline struct hw_slice hw_octet_to_word(struct hw_slice s)
{
	while (s.len > 0 && hw_octet_parts_words(s.ptr[0]))
		s = hw_slice_after(s, 1);
	return s;
}

static inline struct hw_slice hw_octet_trim_left(struct hw_slice s)
{
	while (s.len > 0 && hw_octet_is_blank(s.ptr[0]))
		s = hw_slice_after(s, 1);
	return s;
}

static inline struct hw_slice hw_octet_trim_right(struct hw_slice s)
{
	while (s.len > 0 && hw_octet_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* Without the blanks at both ends. */
static inline struct hw_slice hw_octet_trim(struct hw_slice s)
{
	return hw_octet_trim_left(hw_octet_trim_right(s));
}

/* The value of a digit of class HW_OCTET_HEX. */
static inline uint8_t hw_octet_hex(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/*
 * Of a target: HW_OCTET_SPACE, HW_OCTET_PERCENT if one of the bytes is of that, and HW_OCTET_ODD if
 * one is of HW_OCTET_HIGH, HW_OCTET_ODD or HW_OCTET_CONTROL.
 */
unsigned int hw_octet_look(struct hw_slice target);

/* All are small letters, digits and `-.:`, as in nearly all hosts. If not they may be all the same. */
bool hw_octet_is_usual_host(struct hw_slice s);

/* Where the first control byte stands, or `s.len`: there is none. */
size_t hw_octet_find_control(struct hw_slice s);

#endif
