/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/hold.h - bytes of one direction that came before their turn
 *
 * Kept in blocks of 2 KiB of sequence space with one bit a byte that says whether it is
 * there. So there is nothing to merge and nothing to split: a million one-byte segments
 * with holes between them cost what the range costs, and finding a block is a binary
 * search. Where bytes come again, the first stay.
 *
 * Sequence numbers wrap: all that is held lies within 2^30 of each other.
 */
#ifndef HW_TCP_HOLD_H
#define HW_TCP_HOLD_H

#include "base/budget.h"
#include "base/slice.h"
#include "tcp/arrivals.h"

enum { HW_HOLD_BLOCK_BYTES = 2048 };

struct hw_hold_block;

struct hw_hold {
	struct hw_hold *older, *newer; /* the list of hw_hold_list_init() */
	void *owner;		       /* whoever made it */
	int dir;
	bool is_acking;	      /* the receiver sent acknowledgements since it was made */
	uint32_t segments;    /* with payload, that came since it was made, each by its weight */
	uint32_t fin_segment; /* `segments` when a FIN came too early */
	uint64_t fin_ns;
	uint32_t turn_ack, turn_end; /* what acknowledges more, when that is, begins a new turn */
	uint64_t made_ns;
	uint64_t checked_ns; /* when its owner last looked whether to give up */
	size_t bytes;	     /* held */
	struct hw_arrivals arrivals;
	uint64_t given_ns, given_number; /* of what was given last; 0: nothing from here yet */
	bool is_untimed;		 /* something was whose time is not known */
	/* private to hold.c: blocks[first..last), ordered */
	struct hw_hold_block **blocks;
	uint32_t first, last, cap;
	struct hw_hold_block *spare; /* where none holds bytes, for those to come; or NULL */
};

/* The first byte held: where the hole before it ends, and since when that is known. */
struct hw_hold_edge {
	uint32_t seq;
	uint32_t segment; /* hw_hold.segments when it came, within its block */
	uint64_t since_ns;
};

/* What became of the bytes of a put. */
struct hw_hold_put {
	size_t kept, duplicate; /* taken, already there */
	bool is_conflict;	/* some were there with another value */
};

/* Returns NULL if there is no memory. */
struct hw_hold *hw_hold_new(struct hw_budget *budget);

/*
 * Drop all that is held, and leave the list it is in: what remains is as a new one, with memory that
 * the next bytes need. Holes are often short, and each needs a hold.
 */
void hw_hold_reset(struct hw_hold *h, struct hw_budget *budget);

/* Takes NULL. Leaves the list it is in. */
void hw_hold_free(struct hw_hold *h, struct hw_budget *budget);

/*
 * Keep `bytes` at `seq`, in at most `blocks_max` blocks. Returns how many of them were
 * looked after (`ret` says how): fewer than bytes.len if memory or blocks ran out.
 */
size_t hw_hold_put(struct hw_hold *h, struct hw_budget *budget, uint32_t blocks_max, uint32_t seq,
		   struct hw_slice bytes, uint64_t now_ns, struct hw_hold_put *ret);

static inline bool hw_hold_is_full(const struct hw_hold *h, uint32_t blocks_max)
{
	return h->last - h->first >= blocks_max;
}

/* Whether it has more memory than most need. */
bool hw_hold_has_grown(const struct hw_hold *h);

/* Returns false if nothing is held. */
bool hw_hold_edge(const struct hw_hold *h, struct hw_hold_edge *ret);

/*
 * The held bytes from `seq` on, as far as they lie together in a block: empty if `seq` is not
 * the first byte held. Valid until the next put or pop.
 */
struct hw_slice hw_hold_peek(const struct hw_hold *h, uint32_t seq);

/* Drop the first `len` bytes held; they were peeked. */
void hw_hold_pop(struct hw_hold *h, struct hw_budget *budget, size_t len);

/* A list is a hold that is its own neighbour. */
void hw_hold_list_init(struct hw_hold *list);

/* Make `h`, of this list or of none, the newest. */
void hw_hold_list_renew(struct hw_hold *list, struct hw_hold *h);

#endif
