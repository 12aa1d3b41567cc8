/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/reference.h - one direction put back in order the slow way: a map of its bytes
 *
 * Each place keeps the first byte that arrived for it. What a real reassembler gives is held
 * against it: every byte at its place, no place twice.
 */
#ifndef HW_REFERENCE_H
#define HW_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

enum { REFERENCE_PLACES = 1 << 16 }; /* sequence numbers are taken modulo this */

struct reference {
	bool has[REFERENCE_PLACES];
	uint8_t first[REFERENCE_PLACES];
};

static inline void reference_arrive(struct reference *r, uint32_t seq, struct hw_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		const uint32_t at = (seq + (uint32_t)i) % REFERENCE_PLACES;

		if (!r->has[at])
			r->first[at] = bytes.ptr[i];
		r->has[at] = true;
	}
}

/* Each byte is the first that arrived for its place. */
static inline bool reference_is_first(const struct reference *r, uint32_t seq,
				      struct hw_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		const uint32_t at = (seq + (uint32_t)i) % REFERENCE_PLACES;

		if (!r->has[at] || r->first[at] != bytes.ptr[i])
			return false;
	}
	return true;
}

/* Nothing arrived for these places. */
static inline bool reference_is_missing(const struct reference *r, uint32_t seq, uint64_t len)
{
	for (uint64_t i = 0; i < len; i++) {
		if (r->has[(seq + i) % REFERENCE_PLACES])
			return false;
	}
	return true;
}

#endif
