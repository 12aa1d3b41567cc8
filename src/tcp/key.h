/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/key.h - which connection a packet is of, and in which direction
 */
#ifndef HW_TCP_KEY_H
#define HW_TCP_KEY_H

#include "base/addr.h"
#include "base/bytes.h"
#include "wire/decode.h"

/*
 * What tells a connection from others. From a file or an interface: scope 0, the two
 * endpoints sorted. From a socket: the network namespace, the socket's own local address
 * as endpoint 0, and `is_socket` true, so that the two sockets of a local connection are
 * two connections and every namespace has its own 127.0.0.1.
 */
struct hw_tcp_key {
	struct hw_addr addr[2];
	uint32_t scope;
	uint16_t port[2];
	bool is_socket;
};

/* Returns the direction: from endpoint 0 or from endpoint 1. */
int hw_tcp_key_of(const struct hw_packet *p, struct hw_tcp_key *ret);

/* Where two addresses differ. */
static inline uint64_t hw_tcp_key_differ(const struct hw_addr *a, const struct hw_addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return (x[0] ^ y[0]) | (x[1] ^ y[1]);
}

/* As hw_end_v4(); of IPv6 what no end is. */
static inline uint64_t hw_tcp_key_end_v4(const struct hw_tcp_key *key, int i)
{
	const uint8_t *a = key->addr[i].b;
	const uint64_t high = hw_get_u64be(a), low = hw_get_u64be(a + 8);
	const uint64_t others = high | (low >> 32 ^ 0xffff);

	return others ? UINT64_MAX : hw_end_v4((uint32_t)low, key->port[i]);
}

/* One question: whether it is has an answer that is hard to foretell. */
static inline bool hw_tcp_key_is_between(const struct hw_packet *p, const struct hw_tcp_key *key,
					 int dir)
{
	const unsigned ports =
		(unsigned)(p->src_port ^ key->port[dir]) | (p->dst_port ^ key->port[!dir]);

	return (hw_tcp_key_differ(&p->src, &key->addr[dir]) |
		hw_tcp_key_differ(&p->dst, &key->addr[!dir]) | ports) == 0;
}

/* The direction of a packet from a file that is of the connection of `key`; -1: it is not. */
static inline int hw_tcp_key_dir(const struct hw_packet *p, const struct hw_tcp_key *key)
{
	const int dir = p->src_port != key->port[0];

	if (p->frame->socket || key->is_socket)
		return -1;
	if (hw_tcp_key_is_between(p, key, dir))
		return dir;
	return key->port[0] == key->port[1] && hw_tcp_key_is_between(p, key, !dir) ? !dir : -1;
}

/* The same of a packet with `ends`. */
static inline int hw_tcp_key_dir_v4(const struct hw_packet *p, const struct hw_tcp_key *key)
{
	const int dir = p->ends[0] > p->ends[1];
	const uint64_t differ = (hw_tcp_key_end_v4(key, 0) ^ p->ends[dir]) |
				(hw_tcp_key_end_v4(key, 1) ^ p->ends[!dir]);

	return (differ | key->scope | key->is_socket) ? -1 : dir;
}

/* The same of a packet of a socket; -1 also of one that has no peer. */
int hw_tcp_key_dir_at_socket(const struct hw_packet *p, const struct hw_tcp_key *key);

/* The cookie of its own socket; 0: it has none, or not yet. */
static inline uint64_t hw_tcp_cookie_of(const struct hw_packet *p)
{
	const struct hw_socket *s = p->frame->socket;

	return s && s->remote_port != 0 ? s->cookie : 0;
}

#endif
