/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/block.h - memory that other libraries ask for, out of a budget
 *
 * A block knows its size, so that it can be given back without saying it.
 */
#ifndef HW_BASE_BLOCK_H
#define HW_BASE_BLOCK_H

#include "base/budget.h"

/* Aligned as malloc(3) does. `budget` may be NULL. Returns NULL if there is not so much. */
void *hw_block_new(struct hw_budget *budget, size_t bytes);

/* Takes NULL. `budget` is the one it was taken from. */
void hw_block_free(struct hw_budget *budget, void *block);

#endif
