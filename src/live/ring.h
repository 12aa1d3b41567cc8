/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/ring.h - the reading side of a BPF ring buffer, without copies
 *
 * libbpf's own reader hands a record to a callback and takes it back; this one lets many
 * records lie where they are until they are done with, and needs no system call but to
 * wait. One thread reads a ring.
 */
#ifndef HW_LIVE_RING_H
#define HW_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hw_ring {
	uint64_t *consumer; /* private, all of them */
	const uint64_t *producer;
	const uint8_t *data; /* mapped twice in a row: a record never wraps */
	size_t bytes, page_bytes;
	uint64_t at, fetched;
	int epoll;
};

/*
 * Map the ring of the map descriptor `map`, of `bytes` (a power of two). The descriptor
 * stays the caller's and may be closed afterwards. Returns 0 or negative errno.
 */
int hw_ring_open(struct hw_ring *r, int map, size_t bytes);

/* Takes a zeroed one too. */
void hw_ring_close(struct hw_ring *r);

/*
 * The next record, which stays valid until hw_ring_release(). Returns false if there is
 * none that is complete.
 */
bool hw_ring_next(struct hw_ring *r, const void **ret, size_t *ret_len);

/* `record` is the last one that hw_ring_next() gave; it comes again. */
void hw_ring_unread(struct hw_ring *r, const void *record);

/* Give all records that hw_ring_next() gave back to the kernel. */
void hw_ring_release(struct hw_ring *r);

/*
 * Sleep until the kernel side wakes us, at most `timeout_ms` (-1: for ever). There may be
 * records without a wake-up. Returns 0, or -EINTR after a signal.
 */
int hw_ring_wait(struct hw_ring *r, int timeout_ms);

/* Bytes that wait in the ring. */
size_t hw_ring_waiting(const struct hw_ring *r);

#endif
