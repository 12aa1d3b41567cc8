/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/block.c - see block.h */
#include "base/block.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

struct header {
	alignas(max_align_t) size_t bytes; /* with the header */
};

void *hw_block_new(struct hw_budget *budget, size_t bytes)
{
	struct header *h;

	if (bytes > SIZE_MAX - sizeof(*h))
		return NULL;
	bytes += sizeof(*h);
	if (budget && !hw_budget_take(budget, bytes))
		return NULL;
	h = malloc(bytes);
	if (!h) {
		if (budget)
			hw_budget_give(budget, bytes);
		return NULL;
	}
	h->bytes = bytes;
	return h + 1;
}

void hw_block_free(struct hw_budget *budget, void *block)
{
	struct header *h = block;

	if (!h)
		return;
	h--;
	if (budget)
		hw_budget_give(budget, h->bytes);
	free(h);
}
