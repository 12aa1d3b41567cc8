/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/handshakes.c - see handshakes.h */
#include "live/handshakes.h"

#include <string.h>

#include "base/bytes.h"
#include "base/slice.h"

enum { SYN = 2, ACK = 16, EGRESS = 2 };

/* The TCP header of an IP packet without extension headers, which no handshake has; else empty. */
static struct hw_slice tcp_of(const struct hw_tap_frame *frame)
{
	const struct hw_slice ip = { (const uint8_t *)(frame + 1), frame->data_len };
	const unsigned version = ip.len >= 40 ? ip.ptr[0] >> 4 : 0;
	const size_t header = version == 4 ? (size_t)(ip.ptr[0] & 15) * 4 : 40;

	if ((version != 4 && version != 6) || ip.len < header + 20)
		return (struct hw_slice){ NULL, 0 };
	return hw_slice_after(ip, header);
}

static struct hw_handshake *place_of(struct hw_handshakes *h, uint16_t port, uint32_t seq)
{
	return &h->at[(seq ^ seq >> 16 ^ port) & (HW_HANDSHAKES_MAX - 1)];
}

static bool is_answer(const struct hw_handshake *to, const struct hw_tap_socket *s, uint32_t seq)
{
	return to->socket.cookie == s->cookie && to->seq == seq &&
	       to->socket.remote_port == s->remote_port &&
	       memcmp(to->socket.remote, s->remote, sizeof(s->remote)) == 0;
}

static bool is_same_place(const struct hw_tap_socket *a, const struct hw_tap_socket *b)
{
	return a->local_port == b->local_port && memcmp(a->local, b->local, sizeof(a->local)) == 0;
}

bool hw_handshakes_see(struct hw_handshakes *h, const struct hw_tap_frame *frame,
		       struct hw_tap_socket *ret)
{
	const bool leaves = frame->direction == EGRESS;
	const struct hw_tap_socket *s = &frame->socket;
	const struct hw_slice tcp = tcp_of(frame);
	struct hw_handshake *at;
	uint32_t seq; /* of the SYN */

	if (!tcp.len || (tcp.ptr[13] & (SYN | ACK)) != (leaves ? SYN | ACK : SYN))
		return false;
	seq = leaves ? hw_get_u32be(tcp.ptr + 8) - 1 : hw_get_u32be(tcp.ptr + 4);
	at = place_of(h, s->remote_port, seq);
	if (!leaves)
		*at = (struct hw_handshake){ *s, seq };
	else if (is_answer(at, s, seq))
		*ret = at->socket;
	return leaves && is_answer(at, s, seq) && !is_same_place(&at->socket, s);
}
