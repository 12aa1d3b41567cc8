/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/places.h - where the connections of the packets at hand are
 *
 * Packets come in batches, so that what they need is fetched while those before them are
 * served: hw_tcp_prefetch() and its like (connection.h) are here. Private to this folder.
 */
#ifndef HW_TCP_PLACES_H
#define HW_TCP_PLACES_H

#include "tcp/table.h"

/* Where a packet's connection is, or will be. */
struct hw_place {
	struct hw_tcp_key key;
	uint32_t id;	      /* of the connection when its batch began; HW_NOWHERE */
	uint64_t hash;	      /* of the key */
	struct hw_flow *flow; /* that was found; NULL: none */
	uint64_t removed;     /* `flow` holds as long as the table's number is this one */
};

#define HW_NOWHERE UINT32_MAX

enum {
	HW_PLACES_NR = 2 * HW_TCP_BATCH, /* of two batches */
	HW_PLACES_RECENT = 256,		 /* of packets of none: a power of two */
};

/* hw_packet.tcp_place: the number of the place, from 1, and the direction in it. */
enum { HW_PLACE_DIR = 0x80 };
_Static_assert((int)HW_PLACES_NR < (int)HW_PLACE_DIR, "a place has its number in seven bits");

struct hw_places {
	struct hw_place at[HW_PLACES_NR];
	unsigned batch_at, batch_nr;		  /* those of the batch that is begun */
	unsigned fetched_nr;			  /* of them whose connections were fetched */
	struct hw_place recent[HW_PLACES_RECENT]; /* by hw_places_alone() */
};

/* The place of a packet, and its direction there. */
struct hw_place_dir {
	struct hw_place *place;
	int dir;
};

/* All zero before. */
void hw_places_init(struct hw_places *places);

/*
 * Of a packet of no batch: mostly that of one shortly before. What it has of a connection stays until
 * another one takes it, so it is believed only as long as `removed` says.
 */
struct hw_place_dir hw_places_alone(struct hw_places *places, const struct hw_table *t,
				    const struct hw_packet *p);

static inline struct hw_place_dir hw_places_of(struct hw_places *places, const struct hw_table *t,
					       const struct hw_packet *p)
{
	const unsigned nr = p->tcp_place & ~(unsigned)HW_PLACE_DIR;

	if (!nr)
		return hw_places_alone(places, t, p);
	return (struct hw_place_dir){ &places->at[nr - 1], p->tcp_place >> 7 };
}

/* The connection there. NULL: there is none. */
static inline struct hw_flow *hw_place_find(const struct hw_place *at, const struct hw_table *t)
{
	struct hw_flow *f = at->id != HW_NOWHERE ? hw_table_at(t, at->id, &at->key) : NULL;

	return f ? f : hw_table_find(t, &at->key, at->hash);
}

#endif
