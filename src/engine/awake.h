/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/awake.h - conversations that are awake, and what there is of those that rest
 *
 * Something that comes awakes one; between messages it rests, where there are many. Private to
 * this folder.
 */
#ifndef HW_ENGINE_AWAKE_H
#define HW_ENGINE_AWAKE_H

#include "engine/conversation.h"

/* One that is awake. */
struct hw_conversation {
	struct hw_http_parser parser[HW_TCP_DIRS];
	struct hw_asked asked;
	struct hw_requests *requests; /* what those said, if that is kept */
	uint64_t id;		      /* hw_conversation_id(); 0: not asked for yet */
	struct hw_pairing *pairing;   /* of its exchanges; NULL: none yet, or not asked for */
	uint64_t early_len; /* of the body of the last response that came before its request */
	struct hw_dns_stream *dns; /* of both directions, where DNS is asked for; else NULL */
	struct hw_conversation *next_spare;
	uint32_t connect;	/* how long the handshake took; 0: not known */
	bool is_flow;		/* its begin was told, and its end is due */
	uint8_t flow_direction; /* that was told then, enum hw_direction */
	bool requests_lost;	/* bytes of the requests are missing: no order to rely on */
};

enum { HW_CONVERSATION_AWAKE_MAX = 1024 }; /* above that conversations go to rest when they can */

static inline uint64_t *hw_conversation_word_of(struct hw_tcp_connection *c)
{
	return &((struct hw_conversation_word *)hw_tcp_user(c))->bits;
}

/* What rests of its exchanges; 0: nothing does. Only if those are asked for. */
static inline uint64_t *hw_conversation_exchanges_of(struct hw_tcp_connection *c)
{
	return &((struct hw_conversation_word *)hw_tcp_user(c))->exchanges;
}

#define HW_CONVERSATION_RESTS UINT64_C(1) /* in a word: it is no pointer */

/* NULL: it rests. */
static inline struct hw_conversation *hw_conversation_peek(struct hw_tcp_connection *c)
{
	const uint64_t word = *hw_conversation_word_of(c);

	return word & HW_CONVERSATION_RESTS ? NULL : (struct hw_conversation *)(uintptr_t)word;
}

/* One that rests awakes: something comes in direction `dir`. NULL: no memory; it goes on resting. */
struct hw_conversation *hw_conversation_wake(struct hw_conversing *shared,
					     struct hw_tcp_connection *c, int dir);

static inline struct hw_conversation *hw_conversation_awake(struct hw_conversing *shared,
							    struct hw_tcp_connection *c, int dir)
{
	struct hw_conversation *v = hw_conversation_peek(c);

	return v ? v : hw_conversation_wake(shared, c, dir);
}

/* It goes to rest, if it may. */
void hw_conversation_lay_down(struct hw_conversing *shared, struct hw_tcp_connection *c);

/* Between messages, where there are many conversations. */
static inline void hw_conversation_rest(struct hw_conversing *shared, struct hw_tcp_connection *c)
{
	if (shared->awake_nr > HW_CONVERSATION_AWAKE_MAX)
		hw_conversation_lay_down(shared, c);
}

/* Bytes went by, or are missing, and there is no memory to do something about it. */
void hw_conversation_miss(struct hw_conversing *shared, struct hw_tcp_connection *c, uint64_t len);

/* Nobody has `v` any more; it may be used for another connection. */
void hw_conversation_spare(struct hw_conversing *shared, struct hw_conversation *v);

/* The parser of direction `dir` of one that rests. */
void hw_conversation_rested_parser(struct hw_tcp_connection *c, int dir,
				   struct hw_http_parser *ret);

/* A connection of which the beginning is not known: it rests. */
void hw_conversation_set_midstream(struct hw_tcp_connection *c);

/* How long the handshake took, as pack_duration() has it, whether it rests or not. */
void hw_conversation_set_connect(struct hw_tcp_connection *c, uint32_t connect);
bool hw_conversation_has_connect(struct hw_tcp_connection *c);

#endif
