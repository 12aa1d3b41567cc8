/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/call.h - one call into a parser, and what those that it calls need to know
 *
 * Private to this folder.
 */
#ifndef HW_ENGINE_CALL_H
#define HW_ENGINE_CALL_H

#include "engine/awake.h"

struct hw_call {
	struct hw_conversing *shared;
	struct hw_conversation *conversation;
	struct hw_message_place place;
	enum hw_http_incomplete why; /* a message that ends now is not whole */
	size_t len;		     /* of the piece at hand */
};

/* Without memory its `conversation` is NULL. */
static inline struct hw_call hw_call_for(struct hw_conversing *shared, struct hw_tcp_connection *c,
					 int dir, const struct hw_packet *at)
{
	return (struct hw_call){ .shared = shared,
				 .conversation = hw_conversation_awake(shared, c, dir),
				 .place = { c, dir, at } };
}

/* Whether the packet went in direction `dir` of the connection. */
static inline bool hw_call_goes(const struct hw_packet *at, const struct hw_tcp_connection *c,
				int dir)
{
	const struct hw_tcp_key *key = &c->key;

	if (key->is_socket)
		return at->frame->direction ==
		       (dir == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS);
	return at->src_port == key->port[dir] &&
	       memcmp(&at->src, &key->addr[dir], sizeof(at->src)) == 0;
}

#endif
