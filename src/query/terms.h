/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/terms.h - what a filter says that can be told before there is an event
 *
 * A filter is a chain of terms with `and` between, perhaps of one. What a term asks of the
 * connection or of the process alone can be decided where the packets are, so that others
 * need not be looked at. Whoever does so still asks the filter: what is given here holds
 * for every event that the filter shows, and may for others.
 */
#ifndef HW_QUERY_TERMS_H
#define HW_QUERY_TERMS_H

#include "base/ends.h"
#include "query/query.h"

struct hw_query_term {
	struct hw_slice text; /* as it was written, without outer parentheses; the query's */

	/* private */
	uint32_t first, end;
};

/* The next term of `q`; `*at` starts with 0. Returns false after the last. */
bool hw_query_next_term(const struct hw_query *q, uint32_t *at, struct hw_query_term *ret);

/*
 * The term as a condition added to `ends`. Returns false, and changes nothing, if it is
 * none of addresses and ports alone, or there is no room.
 */
bool hw_query_term_ends(const struct hw_query *q, const struct hw_query_term *t,
			struct hw_ends *ends);

/*
 * If the term says that the field `name` is one of some values, these; texts are borrowed
 * from the query. Returns how many they are; 0: it says something else, or they are more
 * than `max`.
 */
size_t hw_query_term_values(const struct hw_query *q, const struct hw_query_term *t,
			    const char *name, struct hw_query_value *ret, size_t max);

/* The types of events, 1 << enum hw_event_type_index each, that may have a value of the field. */
uint32_t hw_query_field_events(const struct hw_query_field *f);

/* The first field that the filter asks about and that none of `events` has; NULL: there is none. */
const struct hw_query_field *hw_query_missing(const struct hw_query *q, uint32_t events);

/* The types of events, 1 << enum hw_event_type_index each, that the filter may hold for. */
uint32_t hw_query_events(struct hw_query *q);

#endif
