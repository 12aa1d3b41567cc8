/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/pieces.h - pieces of memory of one size, of which there may be many thousands
 *
 * They are cut from blocks of 2 MiB, which the kernel can back by one huge page each: then
 * to reach a piece misses the TLB less, and a new block is one page fault, not 512. The first is
 * smaller: a huge page is cleared whole, also for a few pieces. A block goes back when all its
 * pieces did. With a budget that is small for such blocks each piece is allocated by itself.
 */
#ifndef HW_BASE_PIECES_H
#define HW_BASE_PIECES_H

#include "base/budget.h"

enum { HW_PIECES_ALIGN = 64 }; /* a cache line */

struct hw_pieces {
	struct hw_budget *budget;
	size_t bytes;		       /* of a piece */
	struct hw_pieces_block *roomy; /* list of the blocks that are not full */
	size_t blocks;		       /* that there are */
	bool is_single;		       /* no blocks */
};

/* `bytes` is a multiple of HW_PIECES_ALIGN, and far below 256 KiB. `budget` outlives the pieces. */
void hw_pieces_init(struct hw_pieces *p, size_t bytes, struct hw_budget *budget);

/* Returns a piece, aligned, not zeroed; NULL if there is not so much memory. */
void *hw_pieces_take(struct hw_pieces *p);

/* All that were taken are given back before the end: nothing else needs to be freed. */
void hw_pieces_give(struct hw_pieces *p, void *piece);

#endif
