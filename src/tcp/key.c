/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/key.c - see key.h */
#include "tcp/key.h"

#include "base/bytes.h"
#include "base/layout.h"

static uint64_t half_of(const struct hw_addr *a, int i)
{
	return hw_get_u64be(a->b + 8 * i);
}

/* Whether `p` comes from the greater of its two endpoints. */
static bool is_from_greater(const struct hw_packet *p)
{
	for (int i = 0; i < 2; i++)
		if (half_of(&p->src, i) != half_of(&p->dst, i))
			return half_of(&p->src, i) > half_of(&p->dst, i);
	return p->src_port > p->dst_port;
}

/* Sorted. Where a sender writes to itself (LAND) there is one direction only. */
static int key_on_wire(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	const int dir = is_from_greater(p);

	ret->addr[dir] = p->src;
	ret->addr[!dir] = p->dst;
	ret->port[dir] = p->src_port;
	ret->port[!dir] = p->dst_port;
	ret->scope = 0;
	ret->is_socket = false;
	return dir;
}

static uint32_t scope_of(const struct hw_socket *s)
{
	return (uint32_t)(s->netns ^ s->netns >> 32); /* inode numbers have 32 bits */
}

/*
 * As the socket knows it: behind address translation the packets of the two directions
 * differ. A listener has no peer; there (data on the third ACK of a handshake arrives at
 * the listener) the packet says it.
 */
HW_APART static int key_at_socket(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	const struct hw_socket *s = p->frame->socket;
	const struct hw_addr local = hw_addr_v6(s->local), remote = hw_addr_v6(s->remote);
	bool is_ingress = p->frame->direction == HW_DIRECTION_INGRESS;

	if (p->frame->direction == HW_DIRECTION_UNKNOWN)
		is_ingress =
			p->dst_port == s->local_port && memcmp(&p->dst, &local, sizeof(local)) == 0;
	*ret = (struct hw_tcp_key){
		.addr = { is_ingress ? p->dst : p->src, is_ingress ? p->src : p->dst },
		.scope = scope_of(s),
		.port = { is_ingress ? p->dst_port : p->src_port,
			  is_ingress ? p->src_port : p->dst_port },
		.is_socket = true,
	};
	if (s->remote_port != 0) {
		ret->addr[0] = local;
		ret->addr[1] = remote;
		ret->port[0] = s->local_port;
		ret->port[1] = s->remote_port;
	}
	return is_ingress;
}

int hw_tcp_key_dir_at_socket(const struct hw_packet *p, const struct hw_tcp_key *key)
{
	const struct hw_socket *s = p->frame->socket;
	const struct hw_addr local = hw_addr_v6(s->local), remote = hw_addr_v6(s->remote);
	const uint64_t differ = hw_tcp_key_differ(&local, &key->addr[0]) |
				hw_tcp_key_differ(&remote, &key->addr[1]) |
				(s->local_port ^ key->port[0]) | (s->remote_port ^ key->port[1]) |
				(scope_of(s) ^ key->scope);

	if (differ || !key->is_socket || s->remote_port == 0 ||
	    p->frame->direction == HW_DIRECTION_UNKNOWN)
		return -1;
	return p->frame->direction == HW_DIRECTION_INGRESS;
}

int hw_tcp_key_of(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	return p->frame->socket ? key_at_socket(p, ret) : key_on_wire(p, ret);
}
