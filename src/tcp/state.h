/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/state.h - the connections at work
 *
 * connection.c takes packets; handshake.c reads what begins connections, ending.c what ends
 * them, expiry.c ends them for want of time or memory. Private to this folder.
 */
#ifndef HW_TCP_STATE_H
#define HW_TCP_STATE_H

#include "tcp/places.h"
#include "tcp/table.h"

/* A SYN can carry no more; what a SYN-ACK acknowledges cannot be further away. */
#define HW_TCP_SYN_DATA_MAX 65535u /* bytes */

struct hw_tcp {
	struct hw_tcp_reader reader;
	struct hw_stats *stats;
	bool has_all_ends; /* see options */
	struct hw_table table;
	struct hw_stream_env env;
	struct hw_hold holes; /* list of the holds, in the order they were made */
	uint64_t now_ns;
	uint64_t turn; /* hw_tcp_turn() */
	bool is_evicting;
	struct hw_places places;

	/* What is being served: the arguments of the reader's calls. */
	struct hw_flow *flow;
	int dir;
	const struct hw_packet *packet;
};

/* Choose what the streams' calls are about. */
static inline struct hw_stream *hw_tcp_select(struct hw_tcp *t, struct hw_flow *f, int dir)
{
	t->flow = f;
	t->dir = dir;
	t->env.is_ordered = f->connection.key.is_socket;
	return &f->stream[dir];
}

/* A new hold joins the list that expire goes through; the next segment may have a conflict. */
static inline void hw_tcp_after_stream(struct hw_tcp *t, struct hw_flow *f, int dir)
{
	struct hw_hold *h = f->stream[dir].hold;

	t->env.is_conflict = false;
	if (h && !h->owner) {
		h->owner = f;
		h->dir = dir;
		h->made_ns = h->checked_ns = t->now_ns;
		hw_hold_list_renew(&t->holes, h);
	}
}

/* The engine's clock does not go back; if it did, ages would be huge. */
static inline void hw_tcp_set_clock(struct hw_tcp *t, uint64_t now_ns)
{
	if (now_ns > t->now_ns)
		t->now_ns = now_ns;
	t->env.now_ns = t->now_ns;
}

#endif
