/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/fetch.h - memory asked for before it is used
 *
 * Pays where it was not used for long and there is something else to do meanwhile.
 */
#ifndef HW_BASE_FETCH_H
#define HW_BASE_FETCH_H

#include <stddef.h>
#include <stdint.h>

enum { HW_FETCH_LINE = 64 }; /* bytes of a cache's line, as most have it */

/* The lines of `bytes` (one at least) at `at`, which may lie anywhere in a line; to be written, too. */
static inline void hw_fetch(const void *at, size_t bytes)
{
	for (size_t off = 0; off < bytes; off += HW_FETCH_LINE)
		__builtin_prefetch((const uint8_t *)at + off, 1);
	__builtin_prefetch((const uint8_t *)at + bytes - 1, 1);
	__asm__ volatile(""); /* gcc takes who does nothing but this for one that does nothing */
}

#endif
