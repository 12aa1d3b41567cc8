/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/pattern.h - regular expressions, with an end to their work
 *
 * Perl's syntax (PCRE2), over bytes, letters alike in either case. What one text may cost
 * is limited in all, whatever the pattern: the engine that runs behind can never be held
 * up by a text that someone made for it.
 */
#ifndef HW_QUERY_PATTERN_H
#define HW_QUERY_PATTERN_H

#include "base/slice.h"

struct hw_pattern; /* opaque */

enum hw_pattern_result {
	HW_PATTERN_DIFFERS,
	HW_PATTERN_MATCHES,
	HW_PATTERN_GIVEN_UP, /* at a limit */
};

/*
 * Returns 0; -ENOMEM; or -EINVAL, with what is wrong in `error` and the offset of that in
 * the pattern in `ret_at`.
 */
int hw_pattern_new(struct hw_pattern **ret, struct hw_slice pattern, char *error, size_t error_max,
		   size_t *ret_at);

/* Takes NULL. */
void hw_pattern_free(struct hw_pattern *p);

/* Whether some part of `text` is as the pattern says. */
enum hw_pattern_result hw_pattern_match(struct hw_pattern *p, struct hw_slice text);

/* The library that does it, as it calls itself: "pcre2 10.42 2022-12-11". */
void hw_pattern_library(char *ret, size_t max);

#endif
