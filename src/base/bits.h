/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/bits.h - masks of bits, a bit for each byte of a block
 */
#ifndef HW_BASE_BITS_H
#define HW_BASE_BITS_H

#include <stddef.h>
#include <stdint.h>

/* The lowest `nr` bits, 1 to 64 of them. */
static inline uint64_t hw_bits_low(size_t nr)
{
	return UINT64_MAX >> (64 - nr);
}

#endif
