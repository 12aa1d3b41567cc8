/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/body.h - the beginning of a body, decoded
 *
 * Takes the bytes of a body as they come, chunked taken off, undoes its other transfer
 * codings and its Content-Encoding (gzip, x-gzip, deflate with and without zlib's header, br,
 * zstd, and several of these behind one another, RFC 9112 7, RFC 9110 8.4), and keeps the
 * first `max` bytes. Where none of it can be decoded, text is kept as it came.
 * Decoding stops at an error, where enough is kept, and where more comes out than `ratio`
 * times what went in (a bomb), which is judged at the end for bodies of less than 64 KiB.
 * What comes out does not depend on how the bytes are cut. All memory is the budget's, the
 * decoders' too (zstd has windows of at most 8 MiB), and given back once decoding stops.
 */
#ifndef HW_EXCHANGE_BODY_H
#define HW_EXCHANGE_BODY_H

#include "exchange/exchange.h"

struct hw_body_options {
	size_t max;		  /* bytes kept of each body; 0: none */
	unsigned int ratio;	  /* decoded bytes for one on the wire, at most */
	const char *const *types; /* globs of media types that are kept; NULL: all. Borrowed */
	size_t types_nr;
};

struct hw_body; /* opaque */

/*
 * For the body of `m`, of which nothing is kept. `ret` is NULL if it is not to be kept (max is 0, or
 * its type is none of those). Returns 0; or -ENOMEM, and `ret` is NULL.
 */
int hw_body_new(struct hw_body **ret, const struct hw_body_options *options,
		const struct hw_http_message *m, struct hw_budget *budget);

/* The next bytes. Any cut of them gives the same. */
void hw_body_feed(struct hw_body *b, struct hw_slice bytes);

/* Whether it makes no difference any more what the next bytes are; how many there are does. */
bool hw_body_has_enough(const struct hw_body *b);

/* The next `len` bytes, of a body that has enough, are left out on purpose. */
void hw_body_pass(struct hw_body *b, uint64_t len);

/* Bytes are missing here: what follows can't be decoded, and is not kept. */
void hw_body_gap(struct hw_body *b);

/*
 * Fill decoded_size, kept, text, binary, is_cut and problem; borrowed until hw_body_free().
 * It is text if its type says so or says nothing, and it is UTF-8 without control bytes
 * other than blanks; a character that the cut divides is left out. `is_whole`: the body
 * ended, so that a coding that did not is a problem.
 */
void hw_body_tell(struct hw_body *b, bool is_whole, struct hw_exchange_body *ret);

/* Takes NULL. */
void hw_body_free(struct hw_body *b);

#endif
