/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/buf.h - bytes that grow, up to a maximum set when the buffer is made
 *
 * A buf owns its bytes. With a budget, what it allocates is taken from there.
 */
#ifndef HW_BASE_BUF_H
#define HW_BASE_BUF_H

#include "base/budget.h"
#include "base/layout.h"
#include "base/slice.h"

/* Embed it by value; read `ptr` and `len`, leave the rest to buf.c. */
struct hw_buf {
	uint8_t *ptr;
	size_t len, cap, max;
	struct hw_budget *budget; /* NULL: not accounted */
};

/* Allocates nothing. `len` will never pass `max_bytes`. */
void hw_buf_init(struct hw_buf *b, size_t max_bytes, struct hw_budget *budget);

/* Free the bytes; the buffer is empty and may be used again. Takes a zeroed one. */
void hw_buf_clear(struct hw_buf *b);

/* Drop all bytes, and the memory for them where that is more than `kept_max`. */
static inline void hw_buf_empty(struct hw_buf *b, size_t kept_max)
{
	b->len = 0;
	if (b->cap > kept_max)
		hw_buf_clear(b);
}

/*
 * Make room for `len` more bytes behind `ptr + b->len`. Returns 0, -ENOBUFS if that
 * would pass the maximum or the budget, or -ENOMEM; the contents stay as they were.
 */
HW_APART int hw_buf_grow(struct hw_buf *b, size_t len);

static inline int hw_buf_reserve(struct hw_buf *b, size_t len)
{
	return HW_UNLIKELY(len > b->cap - b->len) ? hw_buf_grow(b, len) : 0;
}

/* Append; returns as hw_buf_reserve() does, all or nothing. */
static inline int hw_buf_append(struct hw_buf *b, struct hw_slice s)
{
	const int err = hw_buf_reserve(b, s.len);

	if (err)
		return err;
	if (s.len) /* and so `ptr` is there: NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	return 0;
}

/* Drop the first `len` bytes, at most b->len; the rest moves to the front. */
void hw_buf_consume(struct hw_buf *b, size_t len);

static inline struct hw_slice hw_buf_slice(const struct hw_buf *b)
{
	return (struct hw_slice){ b->ptr, b->len };
}

#endif
