/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/mapping.h - the bytes of a file where the kernel keeps them, without a copy
 *
 * What is not looked at costs nothing then, not even a copy: of a capture that is the inside of
 * most bodies, and of what is not HTTP. Pages come some at a time, ahead of who reads, and go
 * behind, so that few of them count as our memory.
 *
 * Others may write to the file, or cut it short, while it is read: what is to be looked at is copied
 * from here first. What is gone reads as zeros, instead of ending the program by SIGBUS, and
 * hw_mapping_is_cut() tells.
 */
#ifndef HW_SOURCE_MAPPING_H
#define HW_SOURCE_MAPPING_H

#include "base/slice.h"

struct hw_mapping; /* opaque */

/*
 * Map the bytes of `fd` from `from` up to `to`; `fd` stays the caller's, and has to be open as long
 * as the mapping is. One at a time: it takes SIGBUS. Returns 0, -EBUSY if there is another, -ENOMEM,
 * or what mmap(2) says of files that cannot be mapped.
 */
int hw_mapping_open(struct hw_mapping **ret, int fd, uint64_t from, uint64_t to);

/* Takes NULL. */
void hw_mapping_close(struct hw_mapping *m);

/*
 * All of them, whether there or not, until hw_mapping_close(). It costs least to call
 * hw_mapping_fetch() first.
 */
struct hw_slice hw_mapping_bytes(const struct hw_mapping *m);

/*
 * Fetch the bytes before `to`, as those before `done` are looked at no more. Returns how many are
 * there: fewer than `to` if the file has become shorter, or cannot be read there.
 */
size_t hw_mapping_fetch(struct hw_mapping *m, size_t done, size_t to);

/* Whether bytes were looked at that are gone. */
bool hw_mapping_is_cut(const struct hw_mapping *m);

#endif
