/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/pack.h - structs and all that they borrow, copied into one block of memory
 *
 * Packing is done twice: first with `base` NULL, which only counts the bytes, then with
 * room for `len` of them:
 *
 *	struct hw_packer p = { 0 };
 *
 *	pack_it(&p, from);
 *	p = (struct hw_packer){ .base = malloc(p.len) };
 *	copy = pack_it(&p, from);
 *
 * The second begins with a packer of its own: what the first one knew is where nothing was.
 */
#ifndef HW_BASE_PACK_H
#define HW_BASE_PACK_H

#include "base/slice.h"

struct hw_packer {
	uint8_t *base; /* aligned for all types */
	size_t len;
	struct hw_slice block; /* what was packed as one, */
	uint8_t *block_to;     /* and where */
};

/* What a struct borrows: the offsets of its slices. */
struct hw_shape {
	size_t size, texts_nr;
	const uint16_t *texts;
};

/* clang-format off */
#define HW_SHAPE(type, offsets) \
	{ sizeof(struct type), sizeof(offsets) / sizeof((offsets)[0]), offsets }
/* clang-format on */

/* `nr` structs, with the texts that they borrow. Returns the copy; NULL if `base` is. */
void *hw_pack_list(struct hw_packer *p, const struct hw_shape *shape, const void *from, size_t nr);

/*
 * Pack one struct, and `block` as it is: texts that lie in it, of this struct and of all that is
 * packed until the next block, are not packed once more. An empty block is none.
 */
void *hw_pack_with_block(struct hw_packer *p, const struct hw_shape *shape, const void *from,
			 struct hw_slice block);

#endif
