/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/exchanges.h - hands what passes on a connection to its pairing
 *
 * Nothing is done here, and nothing kept, where no exchanges are asked for. Private to this
 * folder.
 */
#ifndef HW_ENGINE_EXCHANGES_H
#define HW_ENGINE_EXCHANGES_H

#include "engine/call.h"

/* Set the calls of the reader and of the pairings. */
void hw_exchanges_init(struct hw_conversing *shared);

/*
 * A new pairing, or the one that rested, which does no more. NULL: no memory for it. Only if
 * exchanges are asked for.
 */
struct hw_pairing *hw_exchanges_make(struct hw_conversing *shared, struct hw_tcp_connection *c,
				     int dir, bool is_whole);

/* What these three do if there is a pairing, or may be one. */
void hw_exchanges_note_piece(struct hw_call *call, uint64_t len);
void hw_exchanges_keep(struct hw_call *call);
void hw_exchanges_give(struct hw_call *call, const struct hw_http_message *m);

/* Around each piece of `len` bytes that the parser is given. */
static inline void hw_exchanges_begin_piece(struct hw_call *call, uint64_t len)
{
	if (call->conversation->pairing)
		hw_exchanges_note_piece(call, len);
}

static inline void hw_exchanges_end_piece(struct hw_call *call)
{
	if (call->shared->pairs)
		hw_exchanges_keep(call);
}

/* A message, as it may be told. */
static inline void hw_exchanges_pair(struct hw_call *call, const struct hw_http_message *m)
{
	if (call->conversation->pairing)
		hw_exchanges_give(call, m);
}

/* `len` bytes are missing; `is_inside`: of a body. */
void hw_exchanges_gap(struct hw_call *call, uint64_t len, bool is_inside);

/* The direction has ended; what there was of exchanges is dropped once both have. */
void hw_exchanges_end(struct hw_call *call, enum hw_tcp_end how);
void hw_exchanges_drop(struct hw_conversation *v, struct hw_conversing *shared);

#endif
