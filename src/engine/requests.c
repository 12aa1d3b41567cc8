/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/requests.c - see requests.h */
#include "engine/requests.h"

#include <stdlib.h>

#include "base/buf.h"

enum {
	TEXTS = 4,
	IDLE_MAX = 1024, /* bytes of room that an idle connection keeps for the next one */
};

/* A request in the buffer; its texts follow. */
struct record {
	uint64_t number; /* of the push that made it */
	uint16_t len[TEXTS];
};

struct hw_requests {
	struct hw_buf records;
	size_t off; /* of the oldest in `records` */
	uint64_t pushed, popped;
};

static struct hw_requests *make(struct hw_budget *budget)
{
	struct hw_requests *r;

	if (!hw_budget_take(budget, sizeof(*r)))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r)
		hw_buf_init(&r->records, HW_REQUESTS_BYTES_MAX, budget);
	else
		hw_budget_give(budget, sizeof(*r));
	return r;
}

/* Room of what was popped is used again before the buffer grows. */
static void compact(struct hw_requests *r)
{
	if (r->off < r->records.len / 2 || r->off == 0)
		return;
	hw_buf_consume(&r->records, r->off);
	r->off = 0;
}

static struct hw_slice cut(struct hw_slice text, size_t max)
{
	return hw_slice(text.ptr, text.len < max ? text.len : max);
}

static void put(struct hw_requests *r, const struct hw_slice texts[TEXTS])
{
	struct record record = { .number = r->pushed };
	size_t len = sizeof(record);

	for (int i = 0; i < TEXTS; i++) {
		record.len[i] = (uint16_t)texts[i].len;
		len += texts[i].len;
	}
	compact(r);
	if (hw_buf_reserve(&r->records, len) != 0)
		return;
	hw_buf_append(&r->records, hw_slice(&record, sizeof(record)));
	for (int i = 0; i < TEXTS; i++)
		hw_buf_append(&r->records, texts[i]);
}

void hw_requests_push(struct hw_requests **requests, const struct hw_event_request *request,
		      struct hw_budget *budget)
{
	const struct hw_slice texts[TEXTS] = {
		cut(request->method, HW_REQUEST_NAME_MAX),
		cut(request->host, HW_REQUEST_NAME_MAX),
		cut(request->target, HW_REQUEST_TEXT_MAX),
		cut(request->uri_path, HW_REQUEST_TEXT_MAX),
	};

	if (!*requests)
		*requests = make(budget);
	if (!*requests)
		return;
	put(*requests, texts);
	(*requests)->pushed++;
}

/* The oldest record, if it is of the request whose turn it is. */
static bool oldest(const struct hw_requests *r, struct record *ret)
{
	if (!r || r->records.len == r->off)
		return false;
	memcpy(ret, r->records.ptr + r->off, sizeof(*ret));
	return ret->number == r->popped;
}

struct hw_event_request hw_requests_peek(const struct hw_requests *r)
{
	struct hw_slice texts[TEXTS];
	struct record record;
	const uint8_t *at;

	if (!oldest(r, &record))
		return (struct hw_event_request){ 0 };
	at = r->records.ptr + r->off + sizeof(record);
	for (int i = 0; i < TEXTS; at += record.len[i++])
		texts[i] = hw_slice(at, record.len[i]);
	return (struct hw_event_request){ texts[0], texts[1], texts[2], texts[3] };
}

void hw_requests_pop(struct hw_requests *r)
{
	struct record record;

	if (!r)
		return;
	if (oldest(r, &record)) {
		r->off += sizeof(record);
		for (int i = 0; i < TEXTS; i++)
			r->off += record.len[i];
	}
	r->popped++;
	if (r->off < r->records.len)
		return;
	r->off = r->records.len = 0;
	if (r->records.cap > IDLE_MAX)
		hw_buf_clear(&r->records);
}

void hw_requests_clear(struct hw_requests **requests)
{
	struct hw_requests *r = *requests;
	struct hw_budget *budget;

	if (!r)
		return;
	budget = r->records.budget;
	hw_buf_clear(&r->records);
	free(r);
	hw_budget_give(budget, sizeof(*r));
	*requests = NULL;
}
