/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/table.h - the connections: found by key, kept in the order of their use
 *
 * A connection lives in a slab of 64 and is named by 32-bit ids, so that an idle one
 * costs 192 bytes, its share of the buckets, and what its reader asked for. The buckets
 * grow by linear hashing: each new connection splits one bucket, so that there is no
 * pause for rehashing; what doubles at once is only the array, 4 bytes a connection,
 * which is copied. It does not shrink. The hash is keyed (base/hash.h).
 *
 * Slabs take at most three quarters of the budget, so that many idle connections leave
 * the others room, and go back to it when they are empty.
 */
#ifndef HW_TCP_TABLE_H
#define HW_TCP_TABLE_H

#include "base/hash.h"
#include "tcp/connection.h"
#include "tcp/stream.h"

/* A connection is in one of these. */
enum hw_flow_list {
	HW_FLOW_EMBRYONIC, /* only SYNs were seen */
	HW_FLOW_IN_USE,
	HW_FLOW_CLOSED, /* both directions ended; late packets are still told apart */
	HW_FLOW_LISTS,
};

/* A SYN that may begin another connection with the same key. */
struct hw_flow_syn {
	uint32_t isn;
	int8_t dir;
	bool is_set;
};

/* A connection with its private part; the reader's `user_bytes` follow. */
struct hw_flow {
	uint32_t next_id;  /* in its bucket */
	uint32_t older_id; /* in its list */
	uint32_t newer_id;
	uint8_t list;	    /* enum hw_flow_list */
	bool has_signature; /* its SYN was signed: RFC 2385, RFC 5925 */
	bool is_accepted;   /* its SYN-ACK was told */
	uint8_t reset_by;   /* the direction of the RST that ended it, and 1; 0: none did */
	struct hw_tcp_connection connection;
	uint64_t used_ns; /* when it was made the newest of its list */
	struct hw_flow_syn other_syn;
	struct hw_stream stream[HW_TCP_DIRS];
};

struct hw_slab {
	uint8_t *memory; /* NULL: not allocated */
	uint64_t free;	 /* a bit for each place */
	uint32_t next, prev;
};

struct hw_flow_queue {
	uint32_t oldest_id, newest_id;
};

struct hw_table {
	struct hw_budget *budget;
	struct hw_hash_key hash_key;
	size_t flow_bytes; /* struct hw_flow and what follows */
	uint32_t nr, max;  /* connections */
	uint32_t *buckets; /* the id of the first; `buckets_nr` of `buckets_cap` in use */
	uint32_t buckets_nr, buckets_cap;
	struct hw_slab *slabs;
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

/* Returns NULL if there is none. */
struct hw_flow *hw_table_find(const struct hw_table *t, const struct hw_tcp_key *key,
			      uint64_t hash);

/* Make a connection, zeroed but for its key, the newest of `list`. NULL: no memory or `max`. */
struct hw_flow *hw_table_add(struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash,
			     enum hw_flow_list list, uint64_t now_ns);

void hw_table_remove(struct hw_table *t, struct hw_flow *f);

/* Make `f` the newest of `list`. */
void hw_table_move(struct hw_table *t, struct hw_flow *f, enum hw_flow_list list, uint64_t now_ns);

/* The one of `list` that was not used for longest, and the next such. NULL: none. */
struct hw_flow *hw_table_oldest(const struct hw_table *t, enum hw_flow_list list);
struct hw_flow *hw_table_newer(const struct hw_table *t, const struct hw_flow *f);

/* Prefetch what tells where the connection of `hash` is; then, when that is there, itself. */
void hw_table_prefetch_bucket(const struct hw_table *t, uint64_t hash);
void hw_table_prefetch(const struct hw_table *t, uint64_t hash);

#endif
