/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/slice.h - a view of bytes that someone else owns */
#ifndef HW_BASE_SLICE_H
#define HW_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed, of known length, never NUL-terminated. `ptr` may be NULL if empty. */
struct hw_slice {
	const uint8_t *ptr;
	size_t len;
};

/* clang-format off */
#define HW_SLICE(literal) ((struct hw_slice){ (const uint8_t *)(literal), sizeof(literal) - 1 })
/* clang-format on */

/* The smaller of two sizes. */
static inline size_t hw_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline struct hw_slice hw_slice(const void *ptr, size_t len)
{
	return (struct hw_slice){ (const uint8_t *)ptr, len };
}

static inline struct hw_slice hw_slice_text(const char *text)
{
	return hw_slice(text, strlen(text));
}

static inline bool hw_slice_eq(struct hw_slice a, struct hw_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool hw_slice_starts(struct hw_slice s, struct hw_slice with)
{
	return s.len >= with.len && (with.len == 0 || memcmp(s.ptr, with.ptr, with.len) == 0);
}

/* What is left of `s` without its first `len` bytes; `len` is at most s.len. */
static inline struct hw_slice hw_slice_after(struct hw_slice s, size_t len)
{
	/* NULL + 0 is not defined in C. */
	return (struct hw_slice){ len ? s.ptr + len : s.ptr, s.len - len };
}

/* ASCII letters compare equal in either case (RFC 9110 5.1: field names). */
static inline bool hw_slice_eq_nocase(struct hw_slice a, struct hw_slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		const uint8_t x = a.ptr[i], y = b.ptr[i];

		if (x == y)
			continue;
		if ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z')
			return false;
	}
	return true;
}

/*
 * Cut `rest` at the first `sep`: `head` gets what is before it, `rest` what is
 * after it. Returns false, and changes nothing, if there is no `sep`.
 */
static inline bool hw_slice_cut(struct hw_slice *rest, char sep, struct hw_slice *head)
{
	const uint8_t *at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;

	if (!at)
		return false;

	*head = (struct hw_slice){ rest->ptr, (size_t)(at - rest->ptr) };
	*rest = (struct hw_slice){ at + 1, rest->len - head->len - 1 };
	return true;
}

#endif
