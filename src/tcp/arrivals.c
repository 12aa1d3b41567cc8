/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/arrivals.c - see arrivals.h */
#include "tcp/arrivals.h"

#include <stdlib.h>
#include <string.h>

enum { CAP_MIN = 8 };

static size_t bytes_of(uint32_t cap)
{
	return cap * sizeof(struct hw_arrival_mark);
}

static bool grow(struct hw_arrivals *a, struct hw_budget *budget)
{
	const uint32_t cap = a->cap ? a->cap * 2 : CAP_MIN;
	struct hw_arrival_mark *marks;

	if (cap > HW_ARRIVALS_MAX || !hw_budget_take(budget, bytes_of(cap) - bytes_of(a->cap)))
		return false;
	marks = realloc(a->marks, bytes_of(cap));
	if (!marks) {
		hw_budget_give(budget, bytes_of(cap) - bytes_of(a->cap));
		return false;
	}
	a->marks = marks;
	a->cap = cap;
	return true;
}

/* What was asked for makes room. */
static bool make_room(struct hw_arrivals *a, struct hw_budget *budget)
{
	if (a->last < a->cap)
		return true;
	if (a->first == 0)
		return grow(a, budget);
	memmove(a->marks, a->marks + a->first, (a->last - a->first) * sizeof(a->marks[0]));
	a->last -= a->first;
	a->sorted -= a->first;
	a->first = 0;
	return true;
}

/* Move the mark at `i` to where it belongs among those before it. Nearly all come in order. */
static void insert(struct hw_arrivals *a, uint32_t i)
{
	const struct hw_arrival_mark mark = a->marks[i];

	for (; i > a->first && (int32_t)(a->marks[i - 1].seq - mark.seq) > 0; i--)
		a->marks[i] = a->marks[i - 1];
	a->marks[i] = mark;
}

/* Only who asks needs them sorted: most holes are closed by a packet. */
static void sort(struct hw_arrivals *a)
{
	for (; a->sorted < a->last; a->sorted++)
		insert(a, a->sorted);
}

void hw_arrivals_note(struct hw_arrivals *a, struct hw_budget *budget, uint32_t seq, uint32_t end,
		      const struct hw_arrival *arrival)
{
	if (make_room(a, budget))
		a->marks[a->last++] = (struct hw_arrival_mark){ seq, end, *arrival };
}

static size_t least(size_t a, uint32_t b)
{
	return a < b ? a : b;
}

const struct hw_arrival *hw_arrivals_find(struct hw_arrivals *a, uint32_t seq, size_t *len)
{
	const struct hw_arrival_mark *m;

	sort(a);
	while (a->first < a->last && (int32_t)(a->marks[a->first].end - seq) <= 0)
		a->first++;
	if (a->first == a->last)
		return NULL;
	m = &a->marks[a->first];
	if ((int32_t)(m->seq - seq) > 0) {
		*len = least(*len, m->seq - seq);
		return NULL;
	}
	*len = least(*len, m->end - seq);
	return &m->arrival;
}

void hw_arrivals_reset(struct hw_arrivals *a, struct hw_budget *budget)
{
	if (a->cap > CAP_MIN)
		hw_arrivals_clear(a, budget);
	a->first = a->sorted = a->last = 0;
}

void hw_arrivals_clear(struct hw_arrivals *a, struct hw_budget *budget)
{
	hw_budget_give(budget, bytes_of(a->cap));
	free(a->marks);
	*a = (struct hw_arrivals){ 0 };
}
