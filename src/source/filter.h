/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/filter.h - pcap-filter(7) expressions, compiled by libpcap
 *
 * Compiled once per link type, when the first frame of that type comes. A filter belongs to
 * one thread at a time. As in tcpdump, names of hosts in an expression are looked up when
 * it is compiled, which takes as long as the system's resolver lets it; a name that is not
 * found is looked up once.
 */
#ifndef HW_SOURCE_FILTER_H
#define HW_SOURCE_FILTER_H

#include <stdbool.h>

#include "httpwire.h"

enum {
	HW_FILTER_LINKTYPES_MAX = 512,	  /* libpcap knows none from here on */
	HW_FILTER_EXPRESSION_MAX = 16384, /* bytes */
	HW_FILTER_ERROR_MAX = 256,	  /* bytes of an error, its NUL included */
};

struct hw_filter; /* opaque */

/*
 * Compile `expression`. Returns 0 if it can be compiled for Ethernet or, as some can, for
 * another link type alone; -ENOMEM; -ELIBACC: `ret_error` says which library is missing;
 * or -EINVAL: then `ret_error` has what is wrong in a few words and `ret_at` is the offset of the
 * wrong word in `expression`, for a caret; its length where the expression should have gone on; 0
 * if no single word is wrong, or if it would take too long to search for it (more than 2 KiB, or
 * more than a second).
 */
int hw_filter_new(struct hw_filter **ret, const char *expression, char *ret_error, size_t error_max,
		  size_t *ret_at);

/* Takes NULL. */
void hw_filter_free(struct hw_filter *f);

/* The text it was made of; borrowed. */
const char *hw_filter_expression(const struct hw_filter *f);

/* A link type that the expression cannot be compiled for matches nothing. */
bool hw_filter_match(struct hw_filter *f, const struct hw_frame *frame);

#endif
