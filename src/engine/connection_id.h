/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/connection_id.h - a name for a connection that both its sides give it
 *
 * FNV-1a (64 bits) over the two endpoints, the smaller first (16 bytes of address, IPv4
 * as ::ffff:a.b.c.d, then two of port), and the client's initial sequence number (four
 * bytes), all in network order. Where the beginning was not captured the number is left
 * out, also if a SYN comes later: the connection is then marked as midstream, and the id
 * names its endpoints only. Never 0.
 */
#ifndef HW_ENGINE_CONNECTION_ID_H
#define HW_ENGINE_CONNECTION_ID_H

#include "tcp/connection.h"

uint64_t hw_connection_id(const struct hw_tcp_connection *c);

/*
 * The ids of the last connections that were asked for, by hw_tcp_connection.id. It keeps copies, none of
 * a connection itself, so that these may end at any time. All zero: none.
 */
enum { HW_CONNECTION_IDS = 256 };
struct hw_connection_ids {
	struct {
		struct hw_tcp_key key;
		uint64_t isn; /* and whether there is one */
		uint64_t id;  /* 0: none is here */
	} recent[HW_CONNECTION_IDS];
};

/* hw_connection_id() of `c`, which is made once for many messages. */
uint64_t hw_connection_ids_find(struct hw_connection_ids *ids, const struct hw_tcp_connection *c);

#endif
