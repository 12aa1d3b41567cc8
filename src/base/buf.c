/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/buf.c - see buf.h */
#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

enum { CAP_MIN = 256 };

void hw_buf_init(struct hw_buf *b, size_t max_bytes, struct hw_budget *budget)
{
	*b = (struct hw_buf){ .max = max_bytes, .budget = budget };
}

void hw_buf_clear(struct hw_buf *b)
{
	if (b->budget)
		hw_budget_give(b->budget, b->cap);
	free(b->ptr);
	b->ptr = NULL;
	b->len = b->cap = 0;
}

/* Twice as much each time, so that appending byte by byte stays linear. */
static size_t next_cap(const struct hw_buf *b, size_t need)
{
	size_t cap = b->cap > CAP_MIN ? b->cap : CAP_MIN;

	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	return cap < b->max ? cap : b->max;
}

static int grow_to(struct hw_buf *b, size_t need)
{
	const size_t cap = next_cap(b, need);
	uint8_t *ptr;

	if (b->budget && !hw_budget_take(b->budget, cap - b->cap))
		return -ENOBUFS;
	ptr = realloc(b->ptr, cap);
	if (!ptr) {
		if (b->budget)
			hw_budget_give(b->budget, cap - b->cap);
		return -ENOMEM;
	}

	b->ptr = ptr;
	b->cap = cap;
	return 0;
}

int hw_buf_grow(struct hw_buf *b, size_t len)
{
	return len > b->max - b->len ? -ENOBUFS : grow_to(b, b->len + len);
}

void hw_buf_consume(struct hw_buf *b, size_t len)
{
	if (len == 0)
		return;
	b->len -= len;
	if (b->len)
		memmove(b->ptr, b->ptr + len, b->len);
}
