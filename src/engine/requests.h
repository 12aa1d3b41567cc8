/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/requests.h - what the requests said that wait for their responses
 *
 * A response is filtered by its request, too; so what filters ask about is kept of each
 * request of a connection, cut to the limits below, until it is answered. It goes along
 * with http/asked.h, which says what is answered: for each hw_asked_push() that kept
 * something a push here, for each hw_asked_pop() that took something a pop. A request
 * that finds no room is not known when its turn comes; those after it are.
 */
#ifndef HW_ENGINE_REQUESTS_H
#define HW_ENGINE_REQUESTS_H

#include "base/budget.h"
#include "event/event.h"

enum {
	HW_REQUEST_TEXT_MAX = 4096,    /* bytes kept of the target, and of the path */
	HW_REQUEST_NAME_MAX = 256,     /* of the method, and of the host */
	HW_REQUESTS_BYTES_MAX = 65536, /* of all that wait on a connection */
};

struct hw_requests; /* opaque; NULL is an empty one */

/* Copy `request`. `requests` may be made here; without memory this one is not known. */
void hw_requests_push(struct hw_requests **requests, const struct hw_event_request *request,
		      struct hw_budget *budget);

/* The oldest, all empty if it is not known. Borrowed until the next call. */
struct hw_event_request hw_requests_peek(const struct hw_requests *r);

/* The oldest was answered. */
void hw_requests_pop(struct hw_requests *r);

/* Forget all, and free what they take. */
void hw_requests_clear(struct hw_requests **requests);

#endif
