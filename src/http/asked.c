/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/asked.c - see asked.h */
#include "http/asked.h"

#include <stdlib.h>

enum { FRONT_MAX = 32 };

void hw_asked_clear(struct hw_asked *a)
{
	if (a->rest) {
		struct hw_budget *budget = a->rest->budget;

		hw_buf_clear(a->rest);
		free(a->rest);
		if (budget)
			hw_budget_give(budget, sizeof(*a->rest));
	}
	*a = (struct hw_asked){ 0 };
}

static bool make_rest(struct hw_asked *a, struct hw_budget *budget)
{
	if (a->rest)
		return true;
	if (!hw_budget_take(budget, sizeof(*a->rest)))
		return false;

	a->rest = malloc(sizeof(*a->rest));
	if (!a->rest) {
		hw_budget_give(budget, sizeof(*a->rest));
		return false;
	}
	hw_buf_init(a->rest, HW_ASKED_MAX, budget);
	return true;
}

/* Bytes already taken from the front make room before the buffer grows. */
static void compact(struct hw_asked *a)
{
	if (a->rest_off < a->rest->len / 2)
		return;
	hw_buf_consume(a->rest, a->rest_off);
	a->rest_off = 0;
}

void hw_asked_push(struct hw_asked *a, enum hw_http_asked kind, struct hw_budget *budget)
{
	const uint8_t byte = (uint8_t)kind;

	if (a->ahead) {
		a->ahead--;
		return;
	}
	if (a->nr < FRONT_MAX) {
		a->front |= (uint64_t)kind << (2 * a->nr++);
		return;
	}
	if (!make_rest(a, budget))
		return;
	compact(a);
	if (hw_buf_append(a->rest, hw_slice(&byte, 1)) == 0)
		a->nr++;
}

enum hw_http_asked hw_asked_peek(const struct hw_asked *a)
{
	return a->nr ? (enum hw_http_asked)(a->front & 3) : HW_HTTP_ASKED_ANY;
}

void hw_asked_pop(struct hw_asked *a, bool expect)
{
	if (a->nr == 0) {
		a->ahead += expect;
		return;
	}
	a->front >>= 2;
	if (a->nr-- > FRONT_MAX)
		a->front |= (uint64_t)a->rest->ptr[a->rest_off++] << (2 * (FRONT_MAX - 1));
}

enum { WAITS = 1 << 2 }; /* the kind is below */

unsigned int hw_asked_rest(const struct hw_asked *a)
{
	if (a->ahead || a->nr > 1)
		return HW_ASKED_MANY;
	return a->nr ? WAITS | (unsigned int)(a->front & 3) : 0;
}

void hw_asked_awake(struct hw_asked *a, unsigned int rest)
{
	a->nr = rest & WAITS ? 1 : 0;
	a->front = rest & 3;
}
