/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/places.c - see places.h */
#include "tcp/places.h"

#include "base/layout.h"
#include "tcp/state.h"
#include "wire/hash.h"

/* So many connections that are open stay in the cache by themselves. */
enum { FEW = 512 };

/* Returns the direction. */
static int begin(struct hw_place *at, const struct hw_table *t, const struct hw_packet *p)
{
	const int dir = hw_tcp_key_of(p, &at->key);

	at->id = HW_NOWHERE;
	at->flow = NULL;
	at->hash = hw_table_hash(t, &at->key);
	return dir;
}

void hw_places_init(struct hw_places *places)
{
	for (size_t i = 0; i < HW_PLACES_RECENT; i++)
		places->recent[i].key.is_socket = true; /* as long as no packet was there */
}

static inline uint8_t recent_on_wire(const struct hw_packet *p)
{
	uint32_t src, dst;

	memcpy(&src, p->src.b + 12, sizeof(src));
	memcpy(&dst, p->dst.b + 12, sizeof(dst));
	return hw_hash_ends(src ^ dst, (uint32_t)p->src_port ^ p->dst_port);
}

struct hw_place_dir hw_places_alone(struct hw_places *places, const struct hw_table *t,
				    const struct hw_packet *p)
{
	const struct hw_socket *s = p->frame->socket;
	const uint8_t i = s ? hw_hash_ends((uint32_t)s->cookie, 0) : recent_on_wire(p);
	struct hw_place *at = &places->recent[i % HW_PLACES_RECENT];
	const int dir = s ? hw_tcp_key_dir_at_socket(p, &at->key) : hw_tcp_key_dir(p, &at->key);

	return (struct hw_place_dir){ at, dir < 0 ? begin(at, t, p) : dir };
}

/* Returns the direction. */
static int add(struct hw_places *places, const struct hw_table *t, const struct hw_packet *p)
{
	struct hw_place *at = &places->at[places->batch_at + places->batch_nr++];
	const int dir = begin(at, t, p);

	hw_table_prefetch_slot(t, at->hash);
	return dir;
}

/* A slot names the connection, so it has to be there before the connection can be fetched. */
void hw_tcp_prefetch(struct hw_tcp *t, struct hw_packet *p)
{
	const unsigned end = t->places.batch_at + t->places.batch_nr;
	int dir = t->places.batch_nr ? hw_tcp_key_dir(p, &t->places.at[end - 1].key) : -1;

	if (dir < 0 && t->places.batch_nr == HW_TCP_BATCH)
		return;
	if (dir < 0)
		dir = add(&t->places, &t->table, p);
	p->tcp_place =
		(uint8_t)((t->places.batch_at + t->places.batch_nr) | (dir ? HW_PLACE_DIR : 0));
}

bool hw_tcp_prefetches(const struct hw_tcp *t)
{
	return t->table.nr - t->table.queue[HW_FLOW_CLOSED].nr >= FEW;
}

/* What the reader needs of the places before. */
static void fetch_for_reader(struct hw_tcp *t)
{
	for (unsigned step = 0; step < HW_TCP_FETCH_STEPS && step < t->places.fetched_nr; step++) {
		const struct hw_place *at =
			&t->places.at[t->places.batch_at + t->places.fetched_nr - 1 - step];
		struct hw_flow *f =
			at->id == HW_NOWHERE ? NULL : hw_table_at(&t->table, at->id, &at->key);

		if (f)
			t->reader.fetch(t->reader.ctx, &f->connection, step);
	}
}

/* What the place before needs next may be there now. */
void hw_tcp_prefetch_connection(struct hw_tcp *t)
{
	struct hw_place *at = &t->places.at[t->places.batch_at + t->places.fetched_nr];

	if (t->places.fetched_nr == t->places.batch_nr || !hw_tcp_prefetches(t))
		return;
	at->id = hw_table_prefetch(&t->table, at->hash);
	if (t->places.fetched_nr > 0) {
		hw_table_prefetch_neighbours(&t->table, at[-1].id);
		if (t->reader.fetch)
			fetch_for_reader(t);
	}
	t->places.fetched_nr++;
}

void hw_tcp_prefetch_end(struct hw_tcp *t)
{
	while (t->places.fetched_nr < t->places.batch_nr && hw_tcp_prefetches(t))
		hw_tcp_prefetch_connection(t);
	if (t->places.fetched_nr > 0)
		hw_table_prefetch_neighbours(
			&t->table, t->places.at[t->places.batch_at + t->places.fetched_nr - 1].id);
	t->places.batch_at = t->places.batch_at ? 0 : HW_TCP_BATCH;
	t->places.batch_nr = t->places.fetched_nr = 0;
}
