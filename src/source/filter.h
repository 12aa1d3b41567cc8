/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/filter.h - pcap-filter(7) expressions, compiled by libpcap
 *
 * Compiled once per link type, when the first frame of that type comes.
 */
#ifndef HW_SOURCE_FILTER_H
#define HW_SOURCE_FILTER_H

#include <stdbool.h>

#include "httpwire.h"

struct hw_filter; /* opaque */

/*
 * Compile `expression`. Returns 0, -ENOMEM, or -EINVAL: then `ret_error` has what is
 * wrong in a few words and `ret_at` is the offset of the wrong word in `expression`, for
 * a caret.
 */
int hw_filter_new(struct hw_filter **ret, const char *expression, char *ret_error, size_t error_max,
		  size_t *ret_at);

/* Takes NULL. */
void hw_filter_free(struct hw_filter *f);

/* A link type that the expression cannot be compiled for matches nothing. */
bool hw_filter_match(struct hw_filter *f, const struct hw_frame *frame);

#endif
