/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/recent.c - see recent.h */
#include "http/recent.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORTH_OF_HIT = 8, /* misses that one is worth */
	WORTH_MAX = 64,
	KEPT_OF = 32, /* one of so many is kept all the same, so that a change is noticed */
};

static void init(struct hw_http_recent_head *h, struct hw_budget *budget)
{
	hw_buf_init(&h->head, HW_HTTP_RECENT_MAX, budget);
	hw_buf_init(&h->text, SIZE_MAX / 2, budget);
	hw_buf_init(&h->fields, SIZE_MAX / 2, budget);
	hw_buf_init(&h->headers, SIZE_MAX / 2, budget);
}

static void clear(struct hw_http_recent_head *h)
{
	hw_buf_clear(&h->head);
	hw_buf_clear(&h->text);
	hw_buf_clear(&h->fields);
	hw_buf_clear(&h->headers);
}

struct hw_http_recent *hw_http_recent_new(struct hw_budget *budget)
{
	struct hw_http_recent *r;

	if (!hw_budget_take(budget, sizeof(*r)))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r) {
		hw_budget_give(budget, sizeof(*r));
		return NULL;
	}
	r->budget = budget;
	r->worth = WORTH_OF_HIT;
	for (size_t i = 0; i < HW_HTTP_RECENT_NR; i++)
		init(&r->heads[i], budget);
	return r;
}

void hw_http_recent_free(struct hw_http_recent *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < HW_HTTP_RECENT_NR; i++)
		clear(&r->heads[i]);
	hw_budget_give(r->budget, sizeof(*r));
	free(r);
}

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * By the first HW_HTTP_RECENT_MIN bytes, and how many there are: the answers of one server begin
 * alike. Who makes heads meet gains that they are read, as ever.
 */
static size_t place_of(struct hw_slice in)
{
	const uint64_t a = word_at(in.ptr) ^ in.len, b = word_at(in.ptr + 8);
	const uint64_t c = word_at(in.ptr + 16), d = word_at(in.ptr + 24);
	const uint64_t h = (a ^ c << 7) * 0x9e3779b97f4a7c15 + (b ^ d << 9) * 0xc2b2ae3d27d4eb4f;

	return (h >> 40) % HW_HTTP_RECENT_NR;
}

/*
 * Two words of it tell most of those that differ, which begin alike. Whether there is one, and whether
 * that is longer, is hard to foretell, so that none of this is asked alone.
 */
static bool is_there(const struct hw_http_recent_head *place, struct hw_slice in)
{
	const struct hw_slice head = hw_buf_slice(&place->head);
	const bool fits = head.len - 1 < in.len; /* not if it is empty */
	const size_t len = in.len - ((in.len - head.len) & -(size_t)fits);
	const uint64_t differ = (place->middle ^ word_at(in.ptr + len / 2)) |
				(place->last ^ word_at(in.ptr + len - 8));

	return (fits & (differ == 0)) && memcmp(head.ptr, in.ptr, head.len) == 0;
}

static bool is_worth_it(struct hw_http_recent *r)
{
	r->misses++;
	if (r->worth > 0)
		r->worth--;
	return r->worth > 0 || r->misses % KEPT_OF == 0;
}

bool hw_http_recent_find(struct hw_http_recent *r, struct hw_slice in,
			 struct hw_http_recent_head **ret_place)
{
	struct hw_http_recent_head *place;

	*ret_place = NULL;
	if (in.len < HW_HTTP_RECENT_MIN)
		return false;
	place = &r->heads[place_of(in)];
	if (is_there(place, in)) {
		*ret_place = place;
		r->worth += r->worth < WORTH_MAX ? WORTH_OF_HIT : 0;
		return true;
	}
	if (is_worth_it(r)) {
		place->head.len = 0;
		*ret_place = place;
	}
	return false;
}

/* Of all heads of all engines: who is told of a message may remember what it made of it. */
static uint64_t next_number(void)
{
	static atomic_uint_least64_t last;

	return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

bool hw_http_recent_copy(struct hw_http_recent_head *place, struct hw_slice head)
{
	if (head.len < HW_HTTP_RECENT_MIN || head.len > HW_HTTP_RECENT_MAX ||
	    hw_buf_append(&place->head, head) != 0)
		return false;
	place->middle = word_at(head.ptr + head.len / 2);
	place->last = word_at(head.ptr + head.len - 8);
	return true;
}

void hw_http_recent_keep(struct hw_http_recent_head *place)
{
	place->message.repeat = next_number();
}

void hw_http_recent_drop(struct hw_http_recent_head *place)
{
	place->head.len = 0;
}
