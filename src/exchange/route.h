/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/route.h - the path of a request without what differs from one to the next
 *
 * "/users/4711/orders/9f3a01bc": each segment that looks like an id (a number, a UUID, hex
 * digits or letters and digits that no word has) is folded to {id}, and the parameters of
 * a segment (;jsessionid=...) are left out. Patterns of the user's come first: in
 * "/api/{name}" a segment in braces stands for any one segment that is not empty, and one
 * of two asterisks at the end for all the rest.
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

/*
 * Whether `pattern` is one: it starts with a slash, is shorter than HW_ROUTE_MAX, and has
 * braces only around whole segments and two asterisks only as the last one.
 */
bool hw_route_is_pattern(const char *pattern);

/*
 * Write the route of `path` (percent-decoded) into `ret`: the first pattern that matches,
 * else the path folded. Returns its length.
 */
size_t hw_route_of(const struct hw_routes *routes, struct hw_slice path, char ret[HW_ROUTE_MAX]);

#endif
