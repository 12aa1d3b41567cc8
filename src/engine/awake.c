/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/awake.c - see awake.h */
#include "engine/awake.h"

#include <stdlib.h>

#include "engine/exchanges.h"

enum {
	SPARE_MAX = 64,
	EVICTIONS_MAX = 8, /* of connections, so that one may awake: some rest, and free little */
};

/*
 * The word of one that rests, but for zero, has its lowest bit set: that bit, what there is
 * of the two parsers and of the request that waits, whether something was missed for want of
 * memory, and in its upper half how long the handshake took.
 */
static const uint64_t RESTS = HW_CONVERSATION_RESTS, MISSED = UINT64_C(1) << 31;
enum {
	PARSER_SHIFT = 1,
	PARSER_MASK = (1 << HW_HTTP_PARSER_REST_BITS) - 1,
	ASKED_SHIFT = PARSER_SHIFT + HW_TCP_DIRS * HW_HTTP_PARSER_REST_BITS,
	ASKED_MASK = (1 << HW_ASKED_REST_BITS) - 1,
	CONNECT_SHIFT = 32,
};
_Static_assert(ASKED_SHIFT + HW_ASKED_REST_BITS < CONNECT_SHIFT, "no room");

size_t hw_conversation_bytes(const struct hw_conversing *shared)
{
	return shared->pairs ? sizeof(struct hw_conversation_word)
			     : offsetof(struct hw_conversation_word, exchanges);
}

static void awake_parser(struct hw_http_parser *p, uint64_t word, int dir)
{
	const uint64_t rest = word >> (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);

	*p = (struct hw_http_parser){ 0 };
	hw_http_parser_awake(p, rest & PARSER_MASK);
}

void hw_conversation_rested_parser(struct hw_tcp_connection *c, int dir, struct hw_http_parser *ret)
{
	awake_parser(ret, *hw_conversation_word_of(c), dir);
}

static struct hw_conversation *new_conversation(struct hw_conversing *shared)
{
	const size_t bytes = sizeof(struct hw_conversation) + HW_BUDGET_ALLOC;
	struct hw_conversation *v = shared->spare;

	if (v) {
		shared->spare = v->next_spare;
		shared->spare_nr--;
		return v;
	}
	if (!hw_budget_take(shared->parsing.budget, bytes))
		return NULL;
	v = malloc(sizeof(*v));
	if (!v)
		hw_budget_give(shared->parsing.budget, bytes);
	return v;
}

static void free_conversation(struct hw_conversing *shared, struct hw_conversation *v)
{
	free(v);
	hw_budget_give(shared->parsing.budget, sizeof(*v) + HW_BUDGET_ALLOC);
}

void hw_conversation_spare(struct hw_conversing *shared, struct hw_conversation *v)
{
	shared->awake_nr--;
	if (shared->spare_nr == SPARE_MAX) {
		free_conversation(shared, v);
		return;
	}
	v->next_spare = shared->spare;
	shared->spare = v;
	shared->spare_nr++;
}

void hw_conversing_clear(struct hw_conversing *shared)
{
	while (shared->spare) {
		struct hw_conversation *v = shared->spare;

		shared->spare = v->next_spare;
		free_conversation(shared, v);
	}
	shared->spare_nr = 0;
}

/* One for `c`, if need be at the cost of connections that were idle for longest. */
static struct hw_conversation *get_conversation(struct hw_conversing *shared,
						const struct hw_tcp_connection *c)
{
	struct hw_conversation *v = new_conversation(shared);

	for (int i = 0; !v && i < EVICTIONS_MAX && shared->evict(shared->ctx, c); i++)
		v = new_conversation(shared);
	return v;
}

/* Without memory for it the order of what was asked is not known. */
static void awake_pairing(struct hw_conversing *shared, struct hw_tcp_connection *c, int dir,
			  struct hw_conversation *v)
{
	if (!shared->pairs || !*hw_conversation_exchanges_of(c))
		return;
	v->pairing = hw_exchanges_make(shared, c, dir, !v->requests_lost);
	v->requests_lost |= !v->pairing;
}

struct hw_conversation *hw_conversation_wake(struct hw_conversing *shared,
					     struct hw_tcp_connection *c, int dir)
{
	struct hw_conversation *v = get_conversation(shared, c);
	const uint64_t word = *hw_conversation_word_of(c);

	if (!v)
		return NULL;
	*v = (struct hw_conversation){ .connect = (uint32_t)(word >> CONNECT_SHIFT) };
	for (int i = 0; i < HW_TCP_DIRS; i++)
		awake_parser(&v->parser[i], word, i);
	hw_asked_awake(&v->asked, word >> ASKED_SHIFT & ASKED_MASK);
	for (int i = 0; word & MISSED && i < HW_TCP_DIRS; i++)
		hw_http_parser_midstream(&v->parser[i]);
	v->requests_lost = word & MISSED;
	awake_pairing(shared, c, dir, v);
	shared->awake_nr++;
	*hw_conversation_word_of(c) = (uintptr_t)v;
	return v;
}

void hw_conversation_miss(struct hw_conversing *shared, struct hw_tcp_connection *c, uint64_t len)
{
	*hw_conversation_word_of(c) |= RESTS | MISSED;
	hw_stats_add(shared->parsing.stats, HW_STAT_HTTP_SKIPPED_BYTES, len);
}

/*
 * What rests has one request that waits at most, nothing to tell of at its end, and an id that is the
 * same when it is made again.
 */
static bool may_rest(const struct hw_tcp_connection *c, const struct hw_conversation *v)
{
	if (v->dns || v->is_flow || v->requests_lost || c->was_disputed)
		return false;
	if (v->pairing && hw_pairing_rest(v->pairing) == HW_PAIRING_BUSY)
		return false;
	return hw_asked_rest(&v->asked) != HW_ASKED_MANY && (!v->requests || v->asked.nr == 0);
}

static void rest_pairing(struct hw_conversing *shared, struct hw_tcp_connection *c,
			 struct hw_conversation *v)
{
	if (!v->pairing)
		return;
	*hw_conversation_exchanges_of(c) = hw_pairing_rest(v->pairing);
	hw_pairing_free(v->pairing, &shared->pairing);
}

void hw_conversation_lay_down(struct hw_conversing *shared, struct hw_tcp_connection *c)
{
	struct hw_conversation *v = hw_conversation_peek(c);
	uint64_t word;

	if (!v || !may_rest(c, v))
		return;
	word = RESTS | (uint64_t)hw_asked_rest(&v->asked) << ASKED_SHIFT;
	for (int dir = 0; dir < HW_TCP_DIRS; dir++) {
		const uint64_t parser = hw_http_parser_rest(&v->parser[dir]);

		if (parser == HW_HTTP_PARSER_BUSY)
			return;
		word |= parser << (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);
	}
	*hw_conversation_word_of(c) = word | (uint64_t)v->connect << CONNECT_SHIFT;
	rest_pairing(shared, c, v);
	hw_requests_clear(&v->requests);
	hw_asked_clear(&v->asked);
	hw_conversation_spare(shared, v);
}

void hw_conversation_set_connect(struct hw_tcp_connection *c, uint32_t connect)
{
	struct hw_conversation *v = hw_conversation_peek(c);

	if (v)
		v->connect = connect;
	else
		*hw_conversation_word_of(c) |= RESTS | (uint64_t)connect << CONNECT_SHIFT;
}

bool hw_conversation_has_connect(struct hw_tcp_connection *c)
{
	const struct hw_conversation *v = hw_conversation_peek(c);

	return v ? v->connect : *hw_conversation_word_of(c) >> CONNECT_SHIFT;
}

void hw_conversation_set_midstream(struct hw_tcp_connection *c)
{
	struct hw_http_parser p = { 0 };
	uint64_t word = RESTS;

	hw_http_parser_midstream(&p);
	for (int dir = 0; dir < HW_TCP_DIRS; dir++)
		word |= (uint64_t)hw_http_parser_rest(&p)
			<< (PARSER_SHIFT + dir * HW_HTTP_PARSER_REST_BITS);
	*hw_conversation_word_of(c) = word;
}
