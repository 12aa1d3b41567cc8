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

	at->ends[0] = at->ends[1] = 0;
	at->flow = NULL;
	at->hash = hw_table_hash(t, &at->key);
	return dir;
}

void hw_places_init(struct hw_places *places)
{
	for (size_t i = 0; i < HW_TCP_PLACES; i++)
		places->foreseen[i].id = HW_NOWHERE;
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

/* Of IPv6 and of sockets. */
HW_APART static struct hw_place_dir alone(struct hw_places *places, const struct hw_table *t,
					  const struct hw_packet *p)
{
	const struct hw_socket *s = p->frame->socket;
	const uint8_t i = s ? hw_hash_ends((uint32_t)s->cookie, 0) : recent_on_wire(p);
	struct hw_place *at = &places->recent[i % HW_PLACES_RECENT];
	const int dir = s ? hw_tcp_key_dir_at_socket(p, &at->key) : hw_tcp_key_dir(p, &at->key);

	return (struct hw_place_dir){ at, dir < 0 ? begin(at, t, p) : dir };
}

HW_APART static void begin_v4(struct hw_place *at, const struct hw_table *t,
			      const struct hw_packet *p, int dir)
{
	begin(at, t, p);
	at->ends[0] = p->ends[dir];
	at->ends[1] = p->ends[!dir];
}

/* What most are: two words say which connection it is. */
struct hw_place_dir hw_places_alone(struct hw_places *places, const struct hw_table *t,
				    const struct hw_packet *p)
{
	const int dir = p->ends[0] > p->ends[1];
	const uint64_t least = p->ends[dir], most = p->ends[!dir];
	struct hw_place *at = &places->recent[hw_hash_sorted(least, most) % HW_PLACES_RECENT];

	if (HW_UNLIKELY(p->frame->socket || !most))
		return alone(places, t, p);
	if ((at->ends[0] ^ least) | (at->ends[1] ^ most))
		begin_v4(at, t, p, dir);
	return (struct hw_place_dir){ at, dir };
}

bool hw_tcp_prefetches(const struct hw_tcp *t)
{
	return t->table.nr - t->table.queue[HW_FLOW_CLOSED].nr >= FEW;
}

/* A slot names the connection, so it has to be there before the connection can be fetched. */
static inline void foresee(struct hw_tcp *t, unsigned place, uint64_t hash)
{
	t->places.foreseen[place % HW_TCP_PLACES] = (struct hw_foreseen){ hash, HW_NOWHERE };
	hw_table_prefetch_slot(&t->table, hash);
}

void hw_tcp_foresee_v4(struct hw_tcp *t, unsigned place, const uint64_t ends[2])
{
	foresee(t, place, hw_table_hash_v4(&t->table, ends));
}

void hw_tcp_foresee(struct hw_tcp *t, unsigned place, const struct hw_packet *ends)
{
	struct hw_tcp_key key;

	hw_tcp_key_of(ends, &key);
	foresee(t, place, hw_table_hash(&t->table, &key));
}

void hw_tcp_foresee_nothing(struct hw_tcp *t, unsigned place)
{
	t->places.foreseen[place % HW_TCP_PLACES] = (struct hw_foreseen){ .id = HW_NOWHERE };
}

/* What the reader needs of those before. */
static void fetch_for_reader(struct hw_tcp *t, unsigned place)
{
	for (unsigned step = 0; step < HW_TCP_FETCH_STEPS; step++) {
		const struct hw_foreseen *at =
			&t->places.foreseen[(place - 1 - step) % HW_TCP_PLACES];
		struct hw_flow *f = hw_table_there(&t->table, at->id);

		if (f)
			t->reader.fetch(t->reader.ctx, &f->connection, step);
	}
}

/* What the one before needs next may be there now. */
void hw_tcp_fetch(struct hw_tcp *t, unsigned place)
{
	struct hw_foreseen *at = &t->places.foreseen[place % HW_TCP_PLACES];

	at->id = hw_table_prefetch(&t->table, at->hash);
	hw_table_prefetch_neighbours(&t->table, t->places.foreseen[(place - 1) % HW_TCP_PLACES].id);
	if (t->reader.fetch)
		fetch_for_reader(t, place);
}
