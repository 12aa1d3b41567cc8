/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/query.h - a filter of events: Wireshark's display filter language
 *
 * An expression is compiled once, with all its types checked, and then asked of each
 * event. It is a function of the event: no I/O, no clock. Asking takes no memory but
 * what regular expressions need, within limits; its work is linear in the event.
 *
 *	if (hw_query_new(&q, "http.host == \"a.example\" and tcp.port in {80, 8080}", &e) == 0)
 *		if (hw_query_match(q, event))
 *			...
 *
 * Fields may have several values in an event (tcp.port has two) or none. A comparison
 * holds if it does for one of the values; `!=` and `===` must hold for all. If there is
 * no value, no comparison holds.
 *
 * One thread at a time may use a query.
 */
#ifndef HW_QUERY_QUERY_H
#define HW_QUERY_QUERY_H

#include "event/event.h"
#include "query/field.h"

enum {
	HW_QUERY_MAX = 4 << 20,	    /* bytes of an expression */
	HW_QUERY_NESTING_MAX = 100, /* parentheses within each other */
};

struct hw_query; /* opaque */

/* Why an expression could not be compiled. */
struct hw_query_error {
	size_t at, len; /* the part of the expression that is wrong; at its end `len` is 0 */
	char text[256]; /* "tcp.port is a number, and \"abc\" is none"; any bytes */
	/*
	 * A name that is not known stands there, where one was due: of a field if `field` is
	 * NULL, else of one of the values that `field` may have. The nearest may be suggested.
	 */
	bool is_unknown_name;
	const struct hw_query_field *field;
};

/* Returns 0, -EINVAL with `error` filled, or -ENOMEM. */
int hw_query_new(struct hw_query **ret, const char *expression, struct hw_query_error *error);

/* Takes NULL. */
void hw_query_free(struct hw_query *q);

/* Whether `event`, which hw_event_prepare() has seen, is one of those asked for. */
bool hw_query_match(struct hw_query *q, const struct hw_event *event);

/* Whether it asks of responses what their requests said: hw_engine_keep_requests(). */
bool hw_query_reads_requests(const struct hw_query *q);

/* Whether it asks for what fields of heads say: hw_engine_options.no_fields. */
bool hw_query_reads_fields(const struct hw_query *q);

/* Whether it asks for routes: hw_engine_options.no_routes. */
bool hw_query_reads_routes(const struct hw_query *q);

/*
 * How many times a regular expression was given up at its limit of work or memory. That
 * counts as no match.
 */
uint64_t hw_query_given_up(const struct hw_query *q);

#endif
