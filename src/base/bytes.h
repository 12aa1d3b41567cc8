/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/bytes.h - integers out of bytes and into them, at any alignment, never past the end
 *
 * The hw_get_* and hw_put_* functions trust the caller's length check; a cursor makes the
 * check itself. Foreign bytes are read by these, never by casting a pointer.
 */
#ifndef HW_BASE_BYTES_H
#define HW_BASE_BYTES_H

#include "base/slice.h"

static inline uint16_t hw_get_u16be(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t hw_get_u32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t hw_get_u16le(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t hw_get_u32le(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t hw_get_u64be(const uint8_t *p)
{
	return (uint64_t)hw_get_u32be(p) << 32 | hw_get_u32be(p + 4);
}

/* Each returns what is behind. */
static inline uint8_t *hw_put_u16be(uint8_t *to, uint16_t n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	return to + 2;
}

static inline uint8_t *hw_put_u32be(uint8_t *to, uint32_t n)
{
	return hw_put_u16be(hw_put_u16be(to, (uint16_t)(n >> 16)), (uint16_t)n);
}

/* A place in bytes that someone else owns; `at` never passes `end`. */
struct hw_cursor {
	const uint8_t *at, *end;
};

static inline struct hw_cursor hw_cursor(struct hw_slice s)
{
	return (struct hw_cursor){ s.ptr, s.len ? s.ptr + s.len : s.ptr };
}

static inline size_t hw_cursor_left(const struct hw_cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Each returns false, and changes nothing, if there are not that many bytes. */
static inline bool hw_cursor_take(struct hw_cursor *c, size_t len, struct hw_slice *ret)
{
	if (hw_cursor_left(c) < len)
		return false;
	*ret = (struct hw_slice){ c->at, len };
	c->at += len;
	return true;
}

static inline bool hw_cursor_u8(struct hw_cursor *c, uint8_t *ret)
{
	struct hw_slice s;

	if (!hw_cursor_take(c, 1, &s))
		return false;
	*ret = s.ptr[0];
	return true;
}

static inline bool hw_cursor_u16be(struct hw_cursor *c, uint16_t *ret)
{
	struct hw_slice s;

	if (!hw_cursor_take(c, 2, &s))
		return false;
	*ret = hw_get_u16be(s.ptr);
	return true;
}

#endif
