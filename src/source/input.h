/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/input.h - the bytes of a file, in order, decompressed if they are gzip's
 *
 * Regular files, pipes and terminals are read alike, 256 KiB at a time into one buffer: a file that
 * grows is just read on. The rest of a large one may be mapped instead, hw_input_map().
 */
#ifndef HW_SOURCE_INPUT_H
#define HW_SOURCE_INPUT_H

#include "base/slice.h"

struct hw_input; /* opaque */

/*
 * Who is asked when a signal interrupts the wait for the first bytes: whether it goes on. NULL as
 * a pointer to it: it does not.
 */
struct hw_input_wait {
	bool (*goes_on)(void *ctx);
	void *ctx;
};

static inline bool hw_input_waits_on(const struct hw_input_wait *wait)
{
	return wait && wait->goes_on(wait->ctx);
}

/*
 * Read from `fd`, which it owns from now on (and closes, unless it is standard input).
 * Waits for the first bytes. Returns 0 (an empty file too), -ENOMEM, or what read(2)
 * says, -EINTR and -EISDIR among it; then `fd` is still the caller's.
 */
int hw_input_open(struct hw_input **ret, int fd, const struct hw_input_wait *wait);

/* Takes NULL. */
void hw_input_close(struct hw_input *in);

/* What is there: borrowed until the next fill, never with a NULL pointer. */
struct hw_slice hw_input_bytes(const struct hw_input *in);

/* Drop the first `len` of them; what was borrowed stays valid. */
void hw_input_consume(struct hw_input *in, size_t len);

/*
 * Wait until `want` bytes are there. Returns 0, also where the file ends before that;
 * -EINTR (call again), -ENOMEM, what read(2) says, or -EBADMSG if the compressed data is
 * damaged or ends early. Reads in large pieces but never waits for more than `want`;
 * the buffer grows only as bytes come in.
 */
int hw_input_fill(struct hw_input *in, size_t want);

/*
 * Map the rest of the file, as far as it goes at the first call (mapping.h). What is mapped may change at
 * any time, so nobody is to look at it there. From then on the bytes of hw_input_bytes() have a place,
 * but nothing is in it: who needs some copies them from hw_input_source(), and only looks at the copy.
 * The others cost nothing. Returns whether it is so: not if the file cannot be mapped, is compressed or
 * has less than 2 MiB.
 */
bool hw_input_map(struct hw_input *in);

/* Read from now on; what was mapped stays there until hw_input_close(). */
void hw_input_unmap(struct hw_input *in);

/* Where all bytes of hw_input_bytes() are copied from; NULL: they are there. */
const uint8_t *hw_input_source(const struct hw_input *in);

/* A buffer: `cap` bytes of malloc(3). NULL and 0: none yet. */
struct hw_input_buffer {
	uint8_t *ptr;
	size_t cap;
};

/*
 * Take the buffer out, and put `b` in its place: what was borrowed stays valid as long as the
 * caller keeps `b`. What was not consumed is moved. Returns 0 or -ENOMEM; then nothing changed.
 */
int hw_input_exchange(struct hw_input *in, struct hw_input_buffer *b);

/* Somebody cut the file while it was read: some of the bytes that were there may have been zeros. */
bool hw_input_is_cut(const struct hw_input *in);

/* After -EBADMSG: what is wrong, in static storage. */
const char *hw_input_fault(const struct hw_input *in);

bool hw_input_is_compressed(const struct hw_input *in);

/* At the end: compressed data was followed by something else than zeros, which was ignored. */
bool hw_input_has_garbage(const struct hw_input *in);

/* Bytes read from the file, compressed as they may be, and its size (0: not known). */
void hw_input_progress(const struct hw_input *in, uint64_t *ret_done, uint64_t *ret_size);

#endif
