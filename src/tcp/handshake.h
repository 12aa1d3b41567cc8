/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/handshake.h - SYNs: which connection they begin, and with which number
 *
 * RFC 9293 3.5, and what it takes to follow one by watching. Private to this folder.
 */
#ifndef HW_TCP_HANDSHAKE_H
#define HW_TCP_HANDSHAKE_H

#include "tcp/state.h"

/* The SYN that began a connection before the packet at hand. */
struct hw_tcp_syn {
	uint32_t isn;
	uint8_t dir;
	uint8_t passed; /* enum hw_direction */
	bool is_set;
};

static inline bool hw_tcp_is_syn(const struct hw_packet *p)
{
	return (p->flags & (HW_TCP_SYN | HW_TCP_ACK | HW_TCP_RST)) == HW_TCP_SYN;
}

/*
 * Does `p` begin another connection with the key of `f`? `ret_syn` is the SYN that began
 * it, if that came before `p`.
 */
bool hw_tcp_is_another(struct hw_flow *f, int dir, const struct hw_packet *p,
		       struct hw_tcp_syn *ret_syn);

/* The SYN of direction `dir` has number `isn`. */
void hw_tcp_set_isn(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t isn);

/* Returns false if the SYN, and all on it, is to be ignored. */
bool hw_tcp_take_syn(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p);

/*
 * The first segment that is not a SYN shows which of several SYNs, HW_STREAM_DISPUTED, its sender
 * meant.
 */
void hw_tcp_settle_dispute(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p);

#endif
