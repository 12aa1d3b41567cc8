/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/pieces.c - see pieces.h */
#include "base/pieces.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	BLOCK = 2 << 20,
	FIRST_BLOCK = 256 << 10,   /* most captures need no more */
	BUDGET_LEAST = 32 * BLOCK, /* else a block is too large a part of it */
};

/* At the beginning of its block, which is aligned, so that a piece finds it. */
struct hw_pieces_block {
	struct hw_pieces_block *prev, *next; /* of those that are not full */
	void *free;			     /* list of pieces that were given back */
	uint32_t used, fresh;		     /* pieces that are in use; that were ever */
	uint32_t bytes;			     /* with this */
};

_Static_assert(sizeof(struct hw_pieces_block) <= HW_PIECES_ALIGN, "pieces are aligned");

static uint32_t pieces_in(const struct hw_pieces *p, const struct hw_pieces_block *b)
{
	return (uint32_t)((b->bytes - HW_PIECES_ALIGN) / p->bytes);
}

static struct hw_pieces_block *block_of(const void *piece)
{
	return (struct hw_pieces_block *)((uintptr_t)piece & ~(uintptr_t)(BLOCK - 1));
}

static void link_block(struct hw_pieces *p, struct hw_pieces_block *b)
{
	b->prev = NULL;
	b->next = p->roomy;
	if (b->next)
		b->next->prev = b;
	p->roomy = b;
}

static void unlink_block(struct hw_pieces *p, struct hw_pieces_block *b)
{
	if (b->next)
		b->next->prev = b->prev;
	if (b->prev)
		b->prev->next = b->next;
	else
		p->roomy = b->next;
}

/* Out of the budget. */
static void *allocate(struct hw_pieces *p, size_t align, size_t bytes)
{
	void *memory;

	if (!hw_budget_take(p->budget, bytes + HW_BUDGET_ALLOC))
		return NULL;
	if (posix_memalign(&memory, align, bytes) == 0)
		return memory;
	hw_budget_give(p->budget, bytes + HW_BUDGET_ALLOC);
	return NULL;
}

static void release(struct hw_pieces *p, void *memory, size_t bytes)
{
	free(memory);
	hw_budget_give(p->budget, bytes + HW_BUDGET_ALLOC);
}

static bool add_block(struct hw_pieces *p)
{
	const uint32_t bytes = p->blocks == 0 ? FIRST_BLOCK : BLOCK;
	struct hw_pieces_block *b = allocate(p, BLOCK, bytes);

	if (!b)
		return false;
	if (bytes == BLOCK)
		madvise(b, BLOCK, MADV_HUGEPAGE); /* a hint: without it all is as before */
	*b = (struct hw_pieces_block){ .bytes = bytes };
	p->blocks++;
	link_block(p, b);
	return true;
}

void hw_pieces_init(struct hw_pieces *p, size_t bytes, struct hw_budget *budget)
{
	*p = (struct hw_pieces){
		.budget = budget,
		.bytes = bytes,
		.is_single = budget->max < BUDGET_LEAST,
	};
}

void *hw_pieces_take(struct hw_pieces *p)
{
	struct hw_pieces_block *b;
	void *piece;

	if (p->is_single)
		return allocate(p, HW_PIECES_ALIGN, p->bytes);
	if (!p->roomy && !add_block(p))
		return NULL;
	b = p->roomy;
	piece = b->free;
	if (piece)
		b->free = *(void **)piece;
	else
		piece = (uint8_t *)b + HW_PIECES_ALIGN + b->fresh++ * p->bytes;
	if (++b->used == pieces_in(p, b))
		unlink_block(p, b);
	return piece;
}

void hw_pieces_give(struct hw_pieces *p, void *piece)
{
	struct hw_pieces_block *b;

	if (p->is_single) {
		release(p, piece, p->bytes);
		return;
	}
	b = block_of(piece);
	*(void **)piece = b->free;
	b->free = piece;
	if (b->used-- == pieces_in(p, b))
		link_block(p, b);
	if (b->used > 0)
		return;
	unlink_block(p, b);
	p->blocks--;
	release(p, b, b->bytes);
}
