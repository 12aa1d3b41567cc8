/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/coding.h - content codings, undone a piece at a time. RFC 9110 8.4.1
 *
 * Each is a table of functions around a library's decoder, whose memory is the budget's.
 */
#ifndef HW_EXCHANGE_CODING_H
#define HW_EXCHANGE_CODING_H

#include "base/budget.h"
#include "base/slice.h"

enum hw_coding_status {
	HW_CODING_MORE, /* needs more bytes, or more room if it filled all */
	HW_CODING_END,	/* this may have been all */
	HW_CODING_BAD,
	HW_CODING_NO_MEMORY,
};

struct hw_coding {
	const char *name;
	const char *bad, *early, *behind; /* problems: damaged, ends early, goes on */

	/* Returns the decoder, or NULL without memory. */
	void *(*new)(struct hw_budget *budget);
	void (*free)(void *decoder);

	/* As hw_inflate_some(). */
	enum hw_coding_status (*decode)(void *decoder, struct hw_slice *in, uint8_t *to,
					size_t room, size_t *ret_len);

	/* After the end there are more bytes: another one of the same. NULL: there is no such. */
	void (*restart)(void *decoder);

	bool is_padded; /* zeros behind the end are nothing */
};

extern const struct hw_coding hw_coding_gzip, hw_coding_deflate, hw_coding_br, hw_coding_zstd;

/* By its name in Content-Encoding, in any case; NULL: not known. */
const struct hw_coding *hw_coding_find(struct hw_slice name);

/* The libraries that do it, as they call themselves: "zstd 1.5.4". */
void hw_coding_br_library(char *ret, size_t max);
void hw_coding_zstd_library(char *ret, size_t max);

#endif
