/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/budget.h - how much memory may still be taken
 *
 * One budget belongs to one engine (--max-memory). Whoever keeps bytes because of
 * what came from the wire takes them from the budget first and gives them back
 * when it frees them; whoever is refused does without, and counts that.
 */
#ifndef HW_BASE_BUDGET_H
#define HW_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

enum { HW_BUDGET_ALLOC = 16 }; /* bytes that malloc() adds to a block, to be taken with it */

struct hw_budget {
	size_t used, max; /* bytes; used <= max */
	size_t peak;	  /* the largest `used` so far */
};

/* Returns false, and changes nothing, if `bytes` more would pass the maximum. */
static inline bool hw_budget_take(struct hw_budget *b, size_t bytes)
{
	if (bytes > b->max - b->used)
		return false;
	b->used += bytes;
	if (b->used > b->peak)
		b->peak = b->used;
	return true;
}

static inline void hw_budget_give(struct hw_budget *b, size_t bytes)
{
	b->used -= bytes;
}

#endif
