/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/route.h - the path of a request without what differs from one to the next
 *
 * "/users/4711/orders/9f3a...": each segment that looks like an id (a number, a UUID, hex
 * digits or letters and digits that no word has) is folded to {id}. Patterns of the user's
 * come first: "/api/{name}/**", where {name} stands for one segment and ** for the rest.
 */
#ifndef HW_EXCHANGE_ROUTE_H
#define HW_EXCHANGE_ROUTE_H

#include "base/slice.h"

enum { HW_ROUTE_MAX = 256 }; /* bytes; what is longer is cut */

/* What a user said of routes; the texts are borrowed and outlive it. */
struct hw_routes {
	const char *const *patterns;
	size_t nr;
};

/* Whether `pattern` is one: it starts with a slash, and its braces close. */
bool hw_route_is_pattern(const char *pattern);

/* Write the route of `path` (percent-decoded) into `ret`. Returns its length. */
size_t hw_route_of(const struct hw_routes *routes, struct hw_slice path, char ret[HW_ROUTE_MAX]);

#endif
