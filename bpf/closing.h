/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/closing.h - connections that end, and whether a frame has said so
 *
 * Most end with a FIN in each direction or a RST, which are copied. But a kernel gives up a peer
 * that does not answer, and then sends nothing; and what comes to a socket that was closed it
 * refuses in a RST that is of no socket.
 */
#ifndef HW_BPF_CLOSING_H
#define HW_BPF_CLOSING_H

#include "gate.h"

enum { RCV_SHUTDOWN = 1 }; /* of the kernel */

static __always_inline bool is_deaf(const struct sock *sk)
{
	return sk->sk_shutdown & RCV_SHUTDOWN;
}

/* A RST of which its receiver believes nothing else: RFC 5961 3.2. */
static __always_inline bool is_rst_believed(const struct packet *p, const struct hw_tap_frame *f)
{
	return f->direction == EGRESS || p->seq == f->received;
}

/* A frame was copied that says how the connection goes on. */
static __always_inline void note_end(struct gate *g, const struct packet *p,
				     const struct hw_tap_frame *f)
{
	const int way = f->direction == EGRESS;

	if (!p->ends || f->flags & HW_TAP_LISTENER ||
	    (p->ends & ENDS_OTHER && !is_rst_believed(p, f)))
		return;
	g->bits[way] |= HAS_ENDED;
	if (p->ends & ENDS_OTHER || (way && f->flags & HW_TAP_DEAF))
		g->bits[!way] |= HAS_ENDED;
}

/* Whether somebody waits for the end of the connection, and no frame has told it. */
static __always_inline bool is_end_untold(const struct owner *o)
{
	const struct gate *g = &o->gate;

	if (cfg_gate && !cfg_flows && !has_spoken_http(g))
		return false;
	return !(g->bits[0] & g->bits[1] & HAS_ENDED) && (!cfg_choose || o->chosen);
}

static __always_inline void tell_closed(struct sock *sk, __u32 state)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct hw_tap_closed *r = tcp ? bpf_ringbuf_reserve(&ring, sizeof(*r), 0) : NULL;

	if (!r) {
		count(HW_TAP_LOST_CLOSE);
		return;
	}
	set_head(&r->head, HW_TAP_CLOSED);
	read_tcp_socket(tcp, &r->socket);
	r->received = tcp->rcv_nxt;
	r->sent = tcp->snd_nxt;
	r->socket.cookie = bpf_get_socket_cookie(sk);
	r->error = sk->sk_err;
	r->state = state;
	r->flags = is_deaf(sk) ? HW_TAP_DEAF : 0;
	bpf_ringbuf_submit(r, wake_flags(r->head.time_ns, false));
}

static __always_inline void take_closed(struct sock *sk, __u32 state)
{
	struct owner *o = bpf_sk_storage_get(&owners, sk, NULL, 0);

	if (!o)
		return;
	if (is_end_untold(o) && !is_unmeant(bpf_skc_to_tcp_sock(sk)))
		tell_closed(sk, state);
	o->gate.bits[0] &= ~HAS_ENDED; /* it may be connected again */
	o->gate.bits[1] &= ~HAS_ENDED;
}

#endif
