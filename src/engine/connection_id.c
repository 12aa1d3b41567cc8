/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/connection_id.c - see connection_id.h */
#include "engine/connection_id.h"

#include "base/layout.h"

static const uint64_t PRIME = 0x100000001b3;

static inline uint64_t add(uint64_t hash, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * PRIME;
	return hash;
}

HW_APART static uint64_t add_v6(uint64_t hash, const struct hw_addr *a)
{
	return add(hash, a->b, sizeof(a->b));
}

/* A zero is a multiplication alone: the ten in front of a mapped address are one. */
static uint64_t add_addr(uint64_t hash, const struct hw_addr *a)
{
	const uint64_t ten_times = 0x18a5210383502249; /* PRIME to the 10th */

	return hw_addr_is_v4(a) ? add(hash * ten_times, a->b + 10, 6) : add_v6(hash, a);
}

static uint64_t add_be(uint64_t hash, uint32_t value, int bytes)
{
	while (bytes-- > 0) {
		const uint8_t byte = (uint8_t)(value >> 8 * bytes);

		hash = add(hash, &byte, 1);
	}
	return hash;
}

/* The index of the endpoint that comes first. */
static int smaller(const struct hw_tcp_key *k)
{
	const int order = memcmp(k->addr[0].b, k->addr[1].b, sizeof(k->addr[0].b));

	return order > 0 || (order == 0 && k->port[0] > k->port[1]);
}

/* The client's initial sequence number in the low half, and a bit above that it is known. */
static uint64_t isn_of(const struct hw_tcp_connection *c)
{
	const bool is_known = !c->midstream && c->client >= 0 && c->has_isn[c->client];

	return is_known ? UINT64_C(1) << 32 | c->isn[c->client] : 0;
}

uint64_t hw_connection_id(const struct hw_tcp_connection *c)
{
	const uint64_t isn = isn_of(c);
	const int first = smaller(&c->key);
	uint64_t hash = 0xcbf29ce484222325;

	for (int i = 0; i < 2; i++) {
		const int end = i ? !first : first;

		hash = add_addr(hash, &c->key.addr[end]);
		hash = add_be(hash, c->key.port[end], 2);
	}
	if (isn)
		hash = add_be(hash, (uint32_t)isn, 4);
	return hash ? hash : 1;
}

static inline bool is_between(const struct hw_tcp_key *a, const struct hw_tcp_key *b)
{
	return (hw_tcp_key_differ(&a->addr[0], &b->addr[0]) |
		hw_tcp_key_differ(&a->addr[1], &b->addr[1])) == 0 &&
	       a->port[0] == b->port[0] && a->port[1] == b->port[1];
}

uint64_t hw_connection_ids_find(struct hw_connection_ids *ids, const struct hw_tcp_connection *c)
{
	const size_t i = c->id % HW_CONNECTION_IDS;
	const uint64_t isn = isn_of(c);

	if (!ids->recent[i].id || ids->recent[i].isn != isn ||
	    !is_between(&ids->recent[i].key, &c->key)) {
		ids->recent[i].key = c->key;
		ids->recent[i].isn = isn;
		ids->recent[i].id = hw_connection_id(c);
	}
	return ids->recent[i].id;
}
