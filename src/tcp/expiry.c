/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/expiry.c - which connections end for want of time or memory: see connection.h */
#include "tcp/ending.h"

/* Turns of an expire call: each list by its last use, one after the other; holes as made. */
static const uint64_t CLOSED_TURN = 0, EMBRYONIC_TURN = UINT64_C(1) << 61,
		      SILENT_TURN = UINT64_C(2) << 61, IN_USE_TURN = UINT64_C(3) << 61,
		      HOLES_TURN = UINT64_C(4) << 61, LAST_TURN = HW_TCP_TURN_PACKET - 1;

/* The order in which connections go: what is over, what never began, what idles. */
static const enum hw_flow_list eviction_order[] = { HW_FLOW_CLOSED, HW_FLOW_EMBRYONIC,
						    HW_FLOW_SILENT, HW_FLOW_IN_USE };

static struct hw_flow *choose_victim(const struct hw_tcp *t, const struct hw_flow *spare)
{
	for (size_t i = 0; i < sizeof(eviction_order) / sizeof(*eviction_order); i++) {
		struct hw_flow *f = hw_table_oldest(&t->table, eviction_order[i]);

		while (f && (f == spare || f == t->flow))
			f = hw_table_newer(&t->table, f);
		if (f)
			return f;
	}
	return NULL;
}

/* The reader may ask for memory while it is told of an eviction; it gets none then. */
bool hw_tcp_evict(struct hw_tcp *t, const struct hw_tcp_connection *spare)
{
	struct hw_flow *const kept = spare ? hw_flow_of(spare) : NULL;
	struct hw_flow *const victim = t->is_evicting ? NULL : choose_victim(t, kept);
	struct hw_flow *const flow = t->flow;
	const struct hw_packet *const packet = t->packet;
	const bool is_ordered = t->env.is_ordered;
	const int dir = t->dir;

	if (!victim)
		return false;
	t->is_evicting = true;
	t->packet = NULL;
	hw_tcp_release(t, victim, HW_TCP_END_EVICTED);
	hw_stream_env_clear(&t->env); /* or what it held would be kept for the next hole */
	t->is_evicting = false;
	t->flow = flow;
	t->env.is_ordered = is_ordered;
	t->dir = dir;
	t->packet = packet;
	return true;
}

/* One that is due in `list`; NULL: none is. */
static struct hw_flow *due(const struct hw_tcp *t, enum hw_flow_list list, uint64_t idle_ns)
{
	struct hw_flow *f = hw_table_oldest(&t->table, list);

	return f && t->now_ns - f->used_ns >= idle_ns ? f : NULL;
}

static void time_out(struct hw_tcp *t, struct hw_flow *f, uint64_t turn)
{
	t->turn = turn + f->used_ns;
	hw_tcp_release(t, f, HW_TCP_END_TIMEOUT);
}

static void expire_list(struct hw_tcp *t, enum hw_flow_list list, uint64_t idle_ns, uint64_t turn)
{
	struct hw_flow *f;

	while ((f = due(t, list, idle_ns)))
		time_out(t, f, turn);
}

static bool has_data(const struct hw_flow *f, int dir)
{
	const struct hw_tcp_connection *c = &f->connection;
	const struct hw_stream *s = &f->stream[dir];

	return s->flags & HW_STREAM_STARTED && !(c->has_isn[dir] && s->next == c->isn[dir] + 1);
}

/*
 * Whether the source says when it ends: one that has no socket yet has no name for that, and of one
 * whose data nobody wants only the beginning may have been given.
 */
static bool is_end_told(const struct hw_tcp *t, const struct hw_flow *f)
{
	return f->connection.key.is_socket && f->connection.cookie &&
	       (t->has_all_ends || has_data(f, 0) || has_data(f, 1));
}

/* What is silent keeps its place in the order of use: where its end was lost, it is evicted first. */
static void expire_in_use(struct hw_tcp *t)
{
	struct hw_flow *f;

	while ((f = due(t, HW_FLOW_IN_USE, HW_TCP_IDLE_NS + HW_TCP_USE_GRAIN_NS))) {
		if (is_end_told(t, f))
			hw_table_move(&t->table, f, HW_FLOW_SILENT, f->used_ns);
		else
			time_out(t, f, IN_USE_TURN);
	}
}

/*
 * Each hole is looked at, in the order they were made: going once round the list leaves it as
 * it was. What a hole waits for takes 10 s at most, so that it is looked at a limited number
 * of times, however many there are.
 */
static void expire_holes(struct hw_tcp *t)
{
	struct hw_hold *h;

	while ((h = t->holes.newer) != &t->holes && h->checked_ns != t->now_ns) {
		struct hw_flow *f = h->owner;

		h->checked_ns = t->now_ns;
		hw_hold_list_renew(&t->holes, h);
		t->turn = HOLES_TURN + h->made_ns;
		hw_stream_check(hw_tcp_select(t, f, h->dir), &t->env);
		hw_tcp_settle(t, f);
	}
}

void hw_tcp_expire(struct hw_tcp *t, uint64_t now_ns)
{
	hw_tcp_set_clock(t, now_ns);
	expire_list(t, HW_FLOW_CLOSED, HW_TCP_IDLE_CLOSED_NS, CLOSED_TURN);
	expire_list(t, HW_FLOW_EMBRYONIC, HW_TCP_IDLE_EMBRYONIC_NS, EMBRYONIC_TURN);
	expire_list(t, HW_FLOW_SILENT, HW_TCP_IDLE_SOCKET_NS, SILENT_TURN);
	expire_in_use(t);
	expire_holes(t);
	t->flow = NULL;
	t->turn = HW_TCP_TURN_PACKET;
}

static struct hw_flow *oldest_that_is_open(const struct hw_tcp *t)
{
	struct hw_flow *ret = NULL;

	for (int i = 0; i < HW_FLOW_CLOSED; i++) {
		struct hw_flow *f = hw_table_oldest(&t->table, (enum hw_flow_list)i);

		if (f && (!ret || f->used_ns < ret->used_ns))
			ret = f;
	}
	return ret;
}

/*
 * Of what is over there is nothing to tell, so it goes as it lies in memory. Those that have gone stay
 * in the table until all have: none may be evicted.
 */
static void forget_closed(struct hw_tcp *t, enum hw_tcp_end how)
{
	struct hw_flow *f;

	t->is_evicting = true;
	for (uint32_t id = 0; (f = hw_table_from(&t->table, &id)); id++)
		hw_tcp_end(t, f, how);
	t->is_evicting = false;
	hw_table_empty(&t->table);
}

void hw_tcp_finish(struct hw_tcp *t, enum hw_tcp_end how)
{
	struct hw_flow *f;

	while ((f = oldest_that_is_open(t))) {
		t->turn = f->used_ns;
		hw_tcp_release(t, f, how);
	}
	t->turn = LAST_TURN;
	forget_closed(t, how);
	t->turn = HW_TCP_TURN_PACKET;
}

uint64_t hw_tcp_turn(const struct hw_tcp *t)
{
	return t->turn;
}
