/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/table.h - the connections: found by key, kept in the order of their use
 *
 * A connection lives in a slab of 64 and is named by a 32-bit id. The index has its id and
 * half of its hash in one word, so that a look-up reads the connections it is about and no
 * others; the order of use lies beside the connections, so that keeping it reads none. An
 * idle connection costs 160 bytes, 8 of the order, 10 to 20 of the index, and what its
 * reader asked for. The index doubles when it is full, by its own words alone (some
 * nanoseconds a connection), and does not shrink. The hash is keyed (base/hash.h).
 *
 * Slabs take at most three quarters of the budget, so that many idle connections leave
 * the others room, and go back to it when they are empty.
 */
#ifndef HW_TCP_TABLE_H
#define HW_TCP_TABLE_H

#include "base/hash.h"
#include "base/pieces.h"
#include "tcp/connection.h"
#include "tcp/slots.h"
#include "tcp/stream.h"

/* A connection is in one of these. */
enum hw_flow_list {
	HW_FLOW_EMBRYONIC, /* only SYNs were seen */
	HW_FLOW_IN_USE,
	HW_FLOW_SILENT, /* of sockets, that were used before all that are in use */
	HW_FLOW_CLOSED, /* both directions ended; late packets are still told apart */
	HW_FLOW_LISTS,
};

/* A connection with its private part; the reader's `user_bytes` follow. */
struct hw_flow {
	struct hw_tcp_connection connection;
	uint64_t used_ns; /* when it was made the newest of its list */
	struct hw_stream stream[HW_TCP_DIRS];
};

static inline struct hw_flow *hw_flow_of(const struct hw_tcp_connection *c)
{
	uint8_t *at = (uint8_t *)(uintptr_t)c - offsetof(struct hw_flow, connection);

	return (struct hw_flow *)(void *)at;
}

/* Its neighbours in its list; UINT32_MAX: none. */
struct hw_flow_links {
	uint32_t older_id, newer_id;
};

struct hw_slab {
	uint8_t *memory; /* the links of its connections, then these; NULL: not allocated */
	uint64_t free;	 /* a bit for each place */
	uint32_t next, prev;
};

struct hw_flow_queue {
	uint32_t oldest_id, newest_id;
	uint32_t nr;
};

struct hw_table {
	struct hw_budget *budget;
	struct hw_hash_key hash_key;
	bool has_aes;	   /* for keys of IPv4: hw_hash_12_aes() */
	size_t flow_bytes; /* struct hw_flow and what follows */
	uint32_t nr, max;  /* connections */
	uint64_t removed;  /* connections so far: until that changes all stay */
	struct hw_slot *slots;
	uint32_t slots_nr; /* a power of two */
	struct hw_slab *slabs;
	struct hw_pieces pieces; /* their memory */
	uint32_t slabs_nr, slabs_cap, slabs_live;
	uint32_t roomy;	 /* the first slab with free places */
	uint32_t vacant; /* the first slab without memory */
	struct hw_flow_queue queue[HW_FLOW_LISTS];
};

/* Returns 0 or -ENOMEM. */
int hw_table_init(struct hw_table *t, size_t user_bytes, uint32_t max, uint64_t seed,
		  struct hw_budget *budget);

/* Free all memory. What the streams hold is the caller's to free before. */
void hw_table_clear(struct hw_table *t);

uint64_t hw_table_hash(const struct hw_table *t, const struct hw_tcp_key *key);

/* The same of a connection of a file between two ends (hw_end_v4()), in either order. */
uint64_t hw_table_hash_v4(const struct hw_table *t, const uint64_t ends[2]);

static inline bool hw_table_is_key_equal(const struct hw_tcp_key *a, const struct hw_tcp_key *b)
{
	return memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 && a->scope == b->scope &&
	       a->port[0] == b->port[0] && a->port[1] == b->port[1] && a->is_socket == b->is_socket;
}

/* Returns NULL if there is none. */
struct hw_flow *hw_table_find(const struct hw_table *t, const struct hw_tcp_key *key,
			      uint64_t hash);

/* The connection of `id`, which is or was one or is UINT32_MAX; NULL: there is none now. */
struct hw_flow *hw_table_there(const struct hw_table *t, uint32_t id);

/* Make a connection, zeroed but for its key, the newest of `list`. NULL: no memory or `max`. */
struct hw_flow *hw_table_add(struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash,
			     enum hw_flow_list list, uint64_t now_ns);

/* `hash` is that of its key. */
void hw_table_remove(struct hw_table *t, struct hw_flow *f, uint64_t hash);

/* Make `f` the newest of `list`. */
void hw_table_move(struct hw_table *t, struct hw_flow *f, enum hw_flow_list list, uint64_t now_ns);

/* The first connection as they lie in memory, from `*id` on, which becomes its id. NULL: none. */
struct hw_flow *hw_table_from(const struct hw_table *t, uint32_t *id);

/* Remove all connections. */
void hw_table_empty(struct hw_table *t);

/* The one of `list` that was not used for longest, and the next such. NULL: none. */
struct hw_flow *hw_table_oldest(const struct hw_table *t, enum hw_flow_list list);
struct hw_flow *hw_table_newer(const struct hw_table *t, const struct hw_flow *f);

/*
 * Prefetch what tells where the connection of `hash` is; when that is there, itself (returns
 * its id, which is of another connection at times; UINT32_MAX: there is none); when that is
 * there, too, its neighbours in its list, if it has not ended since.
 */
void hw_table_prefetch_slot(const struct hw_table *t, uint64_t hash);
uint32_t hw_table_prefetch(const struct hw_table *t, uint64_t hash);
void hw_table_prefetch_neighbours(const struct hw_table *t, uint32_t id);

/* Prefetch hw_table_newer(t, f). */
void hw_table_prefetch_newer(const struct hw_table *t, const struct hw_flow *f);

#endif
