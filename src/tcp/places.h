/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/places.h - where the connections of the packets at hand are
 *
 * Those of packets to come, so that they are fetched while others are served: hw_tcp_foresee() and
 * its like (connection.h) are here; and those of packets shortly before. Private to this folder.
 */
#ifndef HW_TCP_PLACES_H
#define HW_TCP_PLACES_H

#include "base/layout.h"
#include "tcp/table.h"

/* Where a packet's connection is, or will be. */
struct hw_place {
	uint64_t ends[2]; /* of the packet (hw_packet.ends), sorted */
	struct hw_tcp_key key;
	uint64_t hash;	      /* of the key, but not where `flow` was foreseen */
	struct hw_flow *flow; /* that was found; NULL: none */
	uint64_t removed;     /* `flow` holds as long as the table's number is this one */
};

/* What is known of a packet to come. */
struct hw_foreseen {
	uint64_t hash; /* of its key, if its ends were seen */
	uint32_t id;   /* of the connection that was fetched for it, at times another one */
};

#define HW_NOWHERE UINT32_MAX /* the id where none was fetched */

enum { HW_PLACES_RECENT = 256 }; /* a power of two */

struct hw_places {
	struct hw_foreseen foreseen[HW_TCP_PLACES];
	struct hw_place now;			  /* of a packet that was foreseen */
	struct hw_place recent[HW_PLACES_RECENT]; /* of others, by hw_places_alone() */
};

/* The place of a packet, and its direction there. */
struct hw_place_dir {
	struct hw_place *place;
	int dir;
};

/* All zero before. */
void hw_places_init(struct hw_places *places);

/*
 * Of a packet that was not foreseen: mostly that of one shortly before. What it has of a connection
 * stays until another one takes it, so it is believed only as long as `removed` says.
 */
struct hw_place_dir hw_places_alone(struct hw_places *places, const struct hw_table *t,
				    const struct hw_packet *p);

/* The direction of `p` in the connection of `key`; -1: it is of another one. */
static inline int hw_places_dir(const struct hw_packet *p, const struct hw_tcp_key *key)
{
	if (HW_UNLIKELY(p->frame->socket != NULL))
		return hw_tcp_key_dir_at_socket(p, key);
	return p->ends[1] ? hw_tcp_key_dir_v4(p, key) : hw_tcp_key_dir(p, key);
}

static inline struct hw_place_dir hw_places_of(struct hw_places *places, const struct hw_table *t,
					       const struct hw_packet *p)
{
	const struct hw_foreseen *at = &places->foreseen[(p->tcp_place - 1u) % HW_TCP_PLACES];
	struct hw_flow *f = p->tcp_place ? hw_table_there(t, at->id) : NULL;
	const int dir = f ? hw_places_dir(p, &f->connection.key) : -1;

	if (dir < 0)
		return hw_places_alone(places, t, p);
	places->now =
		(struct hw_place){ .key = f->connection.key, .flow = f, .removed = t->removed };
	return (struct hw_place_dir){ &places->now, dir };
}

#endif
