/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/describing.h - one exchange being described: what the files behind
 * hw_exchange_describe() share
 *
 * describe.c looks at each field once and keeps the values of those that are known; the
 * others make members of the exchange out of them.
 */
#ifndef HW_EXCHANGE_DESCRIBING_H
#define HW_EXCHANGE_DESCRIBING_H

#include "base/buf.h"
#include "base/texts.h"
#include "exchange/exchange.h"
#include "exchange/known.h"
#include "exchange/route.h"

enum { HW_TRACE_ROOM = 32 + 16, HW_NUMBERED_NR = 256 };

/* Which known field a name is that came before. */
struct hw_numbered {
	uint64_t number; /* the name's, see struct hw_http_field; 0: none */
	enum hw_known known;
};

struct hw_exchange_scratch {
	struct hw_buf text;  /* decoded; reserved once for each exchange, so that it stays */
	struct hw_buf pairs; /* struct hw_http_field */
	struct hw_texts routes;
	bool no_routes;
	struct hw_numbered numbered[HW_NUMBERED_NR]; /* by number */
	char route[HW_ROUTE_MAX];
	uint8_t ids[HW_TRACE_ROOM]; /* of the trace and the span, in lower case */
};

/* The first value of each known field of a message; `ptr` is NULL: there is none. */
struct hw_known_values {
	struct hw_slice of[HW_KNOWN_NR];
};

/* Pairs of the scratch that belong together, while their place is not settled. */
struct hw_pair_range {
	size_t from, nr;
	bool failed; /* no memory for one of them */
};

/* Put a pair behind the others of `range`, which was begun last. */
void hw_pairs_add(struct hw_exchange_scratch *s, struct hw_pair_range *range, struct hw_slice name,
		  struct hw_slice value);

/* cookies.c: the pairs of one Cookie or Set-Cookie field. RFC 6265 4.1, 4.2 */
void hw_cookies_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		    struct hw_slice cookie);
void hw_set_cookie_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		       struct hw_slice set_cookie);

/* parameters.c: of a raw query; takes query.len bytes of the scratch's text at most. */
void hw_parameters_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		       struct hw_slice query);

/* url.c: scheme, host, port and url; takes hw_url_room() bytes of text at most. */
size_t hw_url_room(const struct hw_http_message *request);
void hw_url_describe(struct hw_exchange_scratch *s, struct hw_exchange *x, uint16_t server_port);

/* forwarded.c: the client that a proxy says it had. */
struct hw_slice hw_forwarded_client(const struct hw_known_values *request);

/* trace.c: fills trace_id and span_id. */
void hw_trace_describe(struct hw_exchange_scratch *s, struct hw_exchange *x,
		       const struct hw_known_values *request);

#endif
