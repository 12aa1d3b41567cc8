/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/inflate.h - bytes that were compressed with deflate, a piece at a time
 *
 * gzip (RFC 1952), zlib (RFC 1950), and deflate alone (RFC 1951).
 */
#ifndef HW_BASE_INFLATE_H
#define HW_BASE_INFLATE_H

#include "base/budget.h"
#include "base/slice.h"

enum hw_inflate_form {
	HW_INFLATE_GZIP,
	HW_INFLATE_ZLIB,
	HW_INFLATE_RAW,
};

enum hw_inflate_status {
	HW_INFLATE_MORE, /* needs more bytes, or more room if it filled all */
	HW_INFLATE_END,	 /* of the data, or of a member of a gzip file */
	HW_INFLATE_BAD,
	HW_INFLATE_NO_MEMORY,
};

struct hw_inflate; /* opaque */

/* At most 48 KiB, taken from `budget`, which may be NULL. Returns 0 or -ENOMEM. */
int hw_inflate_new(struct hw_inflate **ret, enum hw_inflate_form form, struct hw_budget *budget);

/* Takes NULL. */
void hw_inflate_free(struct hw_inflate *z);

/*
 * Write at most `room` bytes, more than 0, to `to`. What was read is cut off from `in`;
 * `ret_len` gets how much was written, whatever is returned.
 */
enum hw_inflate_status hw_inflate_some(struct hw_inflate *z, struct hw_slice *in, uint8_t *to,
				       size_t room, size_t *ret_len);

/* Begin anew: what comes next is another member. */
void hw_inflate_restart(struct hw_inflate *z);

/* The library that does it, as it calls itself: "zlib 1.2.13". */
void hw_inflate_library(char *ret, size_t max);

#endif
