/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/asked.h - the requests of a connection that wait for their responses
 *
 * Only what the framing of a response needs to know of its request is kept, two bits
 * each, in order. The first 32 lie in the struct; more of them, which only deep
 * pipelining makes, on the heap.
 */
#ifndef HW_HTTP_ASKED_H
#define HW_HTTP_ASKED_H

#include "base/buf.h"
#include "http/parser.h"

enum { HW_ASKED_MAX = 65536 }; /* waiting at once; what comes above is not remembered */

/* Embed it by value, zeroed; the fields are private to asked.c. */
struct hw_asked {
	uint64_t front;	     /* the oldest in the lowest two bits */
	struct hw_buf *rest; /* the others, a byte each; NULL: none */
	uint32_t rest_off;   /* of the oldest in `rest` */
	uint32_t nr;	     /* waiting, in both */
	uint32_t ahead;	     /* responses that came before their requests */
};

/* Free what `a` holds and forget all that wait. */
void hw_asked_clear(struct hw_asked *a);

/* A request was seen. `budget` pays for deep pipelines; refused, the kind is forgotten. */
void hw_asked_push(struct hw_asked *a, enum hw_http_asked kind, struct hw_budget *budget);

/* What the next response answers: HW_HTTP_ASKED_ANY if nothing is known. */
enum hw_http_asked hw_asked_peek(const struct hw_asked *a);

/*
 * The response to the oldest was seen. If none waits and `expect` is true, its request is
 * still to come (the capture is in disorder), and will be passed over when it does.
 */
void hw_asked_pop(struct hw_asked *a, bool expect);

/*
 * What there is of one with one request that waits, or none, in 3 bits; 0 is a zeroed one.
 * HW_ASKED_MANY: there is more. The same number makes it anew of a zeroed one.
 */
unsigned int hw_asked_rest(const struct hw_asked *a);
void hw_asked_awake(struct hw_asked *a, unsigned int rest);
enum { HW_ASKED_REST_BITS = 3, HW_ASKED_MANY = 1 << HW_ASKED_REST_BITS };

#endif
