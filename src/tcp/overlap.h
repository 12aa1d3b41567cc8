/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/overlap.h - bytes put where some are there already
 *
 * Segments that come early may overlap others that did. What came first stays; what comes again
 * is compared with it. Private to this folder.
 */
#ifndef HW_TCP_OVERLAP_H
#define HW_TCP_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HW_OVERLAP_MAX = 64 }; /* bytes */

/* The lowest `len` bits; `len` is 1 to HW_OVERLAP_MAX. */
static inline uint64_t hw_overlap_bits(size_t len)
{
	return UINT64_MAX >> (HW_OVERLAP_MAX - len);
}

/*
 * Copy to `to` those of the `len` bytes at `from`, 1 to HW_OVERLAP_MAX, whose bit in `there` is not
 * set: the lowest bit is of the first byte, and those behind the last one are not set. Returns how many
 * of the others there are, and sets `*is_conflict` if one of them is not what is there.
 */
size_t hw_overlap_put(uint8_t *to, const uint8_t *from, size_t len, uint64_t there,
		      bool *is_conflict);

/* The same by what every processor has. */
size_t hw_overlap_put_portable(uint8_t *to, const uint8_t *from, size_t len, uint64_t there,
			       bool *is_conflict);

#endif
