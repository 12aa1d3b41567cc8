/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/table.c - see table.h */
#include "tcp/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/fetch.h"
#include "base/layout.h"

enum {
	SLAB_PLACES = 64, /* as many as hw_slab.free has bits */
	SLABS_MIN = 16,
	SLOTS_MIN = 256,
	SLOTS_FULL = 13, /* sixteenths of the index that are in use when it doubles */
	SLOTS_MOST = 15, /* and that can be, where it cannot: above that searches get long */
};

static const uint32_t NONE = UINT32_MAX;

_Static_assert(sizeof(struct hw_flow) == 160, "an idle connection has grown");

/* The links fill whole cache lines, so that the connections begin with one. */
enum { LINKS_BYTES = SLAB_PLACES * sizeof(struct hw_flow_links) };

static size_t slab_bytes(const struct hw_table *t)
{
	return LINKS_BYTES + t->flow_bytes * SLAB_PLACES;
}

static struct hw_flow *flow_at(const struct hw_table *t, uint32_t id)
{
	uint8_t *memory = t->slabs[id / SLAB_PLACES].memory;

	return (struct hw_flow *)(void *)(memory + LINKS_BYTES + id % SLAB_PLACES * t->flow_bytes);
}

static struct hw_flow_links *links_of(const struct hw_table *t, uint32_t id)
{
	return (struct hw_flow_links *)(void *)t->slabs[id / SLAB_PLACES].memory + id % SLAB_PLACES;
}

/* Nothing is at `id`, which has been a connection's. */
static bool is_free(const struct hw_table *t, uint32_t id)
{
	return t->slabs[id / SLAB_PLACES].free >> id % SLAB_PLACES & 1;
}

/* Double the array at `ptr`, which has `cap` elements of `size`; NULL if not possible. */
static void *grow(struct hw_table *t, void *ptr, uint32_t cap, uint32_t new_cap, size_t size)
{
	const size_t more = (new_cap - cap) * size + (cap ? 0 : HW_BUDGET_ALLOC);
	void *ret;

	if (!hw_budget_take(t->budget, more))
		return NULL;
	ret = realloc(ptr, new_cap * size);
	if (!ret)
		hw_budget_give(t->budget, more);
	return ret;
}

static bool grow_slabs(struct hw_table *t)
{
	const uint32_t cap = t->slabs_cap ? t->slabs_cap * 2 : SLABS_MIN;
	struct hw_slab *slabs = grow(t, t->slabs, t->slabs_cap, cap, sizeof(*slabs));

	if (!slabs)
		return false;
	t->slabs = slabs;
	t->slabs_cap = cap;
	return true;
}

static void link_slab(struct hw_table *t, uint32_t i, uint32_t *first)
{
	t->slabs[i].prev = NONE;
	t->slabs[i].next = *first;
	if (*first != NONE)
		t->slabs[*first].prev = i;
	*first = i;
}

static void unlink_slab(struct hw_table *t, uint32_t i, uint32_t *first)
{
	const struct hw_slab s = t->slabs[i];

	if (s.prev != NONE)
		t->slabs[s.prev].next = s.next;
	else
		*first = s.next;
	if (s.next != NONE)
		t->slabs[s.next].prev = s.prev;
}

static bool is_within_share(const struct hw_table *t)
{
	return (t->slabs_live + (size_t)1) * slab_bytes(t) <= t->budget->max / 4 * 3;
}

static bool name_slab(struct hw_table *t)
{
	if (t->slabs_nr == t->slabs_cap && !grow_slabs(t))
		return false;
	t->slabs[t->slabs_nr] = (struct hw_slab){ .free = ~UINT64_C(0) };
	link_slab(t, t->slabs_nr++, &t->vacant);
	return true;
}

/* Give the first vacant slab its memory. */
static bool add_slab(struct hw_table *t)
{
	uint32_t i;

	if (!is_within_share(t) || (t->vacant == NONE && !name_slab(t)))
		return false;
	i = t->vacant;
	t->slabs[i].memory = hw_pieces_take(&t->pieces);
	if (!t->slabs[i].memory)
		return false;
	t->slabs[i].free = ~UINT64_C(0);
	t->slabs_live++;
	unlink_slab(t, i, &t->vacant);
	link_slab(t, i, &t->roomy);
	return true;
}

static void drop_slab(struct hw_table *t, uint32_t i)
{
	hw_pieces_give(&t->pieces, t->slabs[i].memory);
	t->slabs[i].memory = NULL;
	t->slabs_live--;
	unlink_slab(t, i, &t->roomy);
	link_slab(t, i, &t->vacant);
}

static uint32_t take_place(struct hw_table *t)
{
	uint32_t i, place;

	if (t->roomy == NONE && !add_slab(t))
		return NONE;
	i = t->roomy;
	place = (uint32_t)__builtin_ctzll(t->slabs[i].free);
	t->slabs[i].free &= t->slabs[i].free - 1;
	if (!t->slabs[i].free)
		unlink_slab(t, i, &t->roomy);
	return i * SLAB_PLACES + place;
}

static void give_place(struct hw_table *t, uint32_t id)
{
	const uint32_t i = id / SLAB_PLACES;

	if (!t->slabs[i].free)
		link_slab(t, i, &t->roomy);
	t->slabs[i].free |= UINT64_C(1) << id % SLAB_PLACES;
	if (t->slabs[i].free == ~UINT64_C(0))
		drop_slab(t, i);
}

/*
 * What most keys are has its addresses in a word; the hash depends on the length of what is
 * hashed, too, so that the three kinds stay apart.
 */
static bool has_v4(const struct hw_tcp_key *key)
{
	return hw_addr_is_v4(&key->addr[0]) && hw_addr_is_v4(&key->addr[1]);
}

static uint64_t v4_of(const struct hw_tcp_key *key)
{
	return (uint64_t)hw_get_u32be(key->addr[1].b + 12) << 32 |
	       hw_get_u32be(key->addr[0].b + 12);
}

static uint32_t ports_of(const struct hw_tcp_key *key)
{
	return (uint32_t)key->port[0] << 16 | key->port[1];
}

/* Of a packet in a file. */
static bool is_short(const struct hw_tcp_key *key)
{
	return key->scope == 0 && !key->is_socket && has_v4(key);
}

static inline uint64_t hash_12(const struct hw_table *t, uint64_t addresses, uint32_t ports)
{
	return t->has_aes ? hw_hash_12_aes(&t->hash_key, addresses, ports)
			  : hw_hash_12(&t->hash_key, addresses, ports);
}

static uint64_t short_hash(const struct hw_table *t, const struct hw_tcp_key *key)
{
	return hash_12(t, v4_of(key), ports_of(key));
}

HW_APART static uint64_t long_hash(const struct hw_table *t, const struct hw_tcp_key *key)
{
	const uint64_t scope = (uint64_t)key->scope << 1 | key->is_socket;
	uint64_t words[6] = { v4_of(key), ports_of(key), scope };

	if (has_v4(key)) /* as on a host's own sockets */
		return hw_hash_words(&t->hash_key, words, 3);
	memcpy(words, key->addr, sizeof(key->addr));
	words[4] = ports_of(key);
	words[5] = scope;
	return hw_hash_words(&t->hash_key, words, 6);
}

uint64_t hw_table_hash(const struct hw_table *t, const struct hw_tcp_key *key)
{
	return is_short(key) ? short_hash(t, key) : long_hash(t, key);
}

/* As the key has them: sorted. */
uint64_t hw_table_hash_v4(const struct hw_table *t, const uint64_t ends[2])
{
	const uint64_t least = ends[0] < ends[1] ? ends[0] : ends[1];
	const uint64_t most = ends[0] < ends[1] ? ends[1] : ends[0];
	const uint64_t addresses = (most >> 16) << 32 | least >> 16;
	const uint32_t ports = (uint32_t)(least << 16) | (uint16_t)most;

	return hash_12(t, addresses, ports);
}

/*
 * ---- the index: open addressing, step by step (Knuth, volume 3, 6.4, algorithm R) ----
 *
 * A search begins at the first slot of a group of eight; the hash says which group.
 */

static uint32_t mask_of(const struct hw_table *t)
{
	return t->slots_nr - 1;
}

static uint32_t group_of(const struct hw_table *t, uint32_t hash)
{
	return hash & mask_of(t) & ~(HW_SLOTS_GROUP - 1u);
}

static uint32_t next_group(const struct hw_table *t, uint32_t group)
{
	return (group + HW_SLOTS_GROUP) & mask_of(t);
}

static uint32_t first_of(uint32_t group, unsigned bits)
{
	return group + (uint32_t)__builtin_ctz(bits);
}

static void put_slot(struct hw_table *t, struct hw_slot slot)
{
	uint32_t group = group_of(t, slot.hash);
	struct hw_slots_seen seen;

	while (!(seen = hw_slots_look(&t->slots[group], slot.hash)).free)
		group = next_group(t, group);
	t->slots[first_of(group, seen.free)] = slot;
}

/* A later one moves up if its search passes the free slot. */
static void free_slot(struct hw_table *t, uint32_t i)
{
	const uint32_t mask = mask_of(t);

	for (uint32_t j = (i + 1) & mask; t->slots[j].id != NONE; j = (j + 1) & mask) {
		if (((j - group_of(t, t->slots[j].hash)) & mask) < ((j - i) & mask))
			continue;
		t->slots[i] = t->slots[j];
		i = j;
	}
	t->slots[i].id = NONE;
}

static bool make_slots(struct hw_table *t, uint32_t nr)
{
	const size_t bytes = nr * sizeof(*t->slots);

	if (!hw_budget_take(t->budget, bytes + HW_BUDGET_ALLOC))
		return false;
	t->slots = aligned_alloc(HW_SLOTS_GROUP * sizeof(*t->slots), bytes);
	if (!t->slots) {
		hw_budget_give(t->budget, bytes + HW_BUDGET_ALLOC);
		return false;
	}
	t->slots_nr = nr;
	memset(t->slots, 0xff, bytes);
	return true;
}

static void drop_slots(struct hw_table *t, struct hw_slot *slots, uint32_t nr)
{
	if (slots)
		hw_budget_give(t->budget, nr * sizeof(*slots) + HW_BUDGET_ALLOC);
	free(slots);
}

static void double_slots(struct hw_table *t)
{
	struct hw_slot *const old = t->slots;
	const uint32_t nr = t->slots_nr;

	if (!make_slots(t, nr * 2)) {
		t->slots = old;
		return;
	}
	for (uint32_t i = 0; i < nr; i++)
		if (old[i].id != NONE)
			put_slot(t, old[i]);
	drop_slots(t, old, nr);
}

/* Some slots stay free, or searches would not end: without memory for more there is no room. */
static bool has_slot(struct hw_table *t)
{
	if (t->nr + 1 > t->slots_nr / 16 * SLOTS_FULL && t->slots_nr <= UINT32_MAX / 2)
		double_slots(t);
	return t->nr + 1 <= t->slots_nr / 16 * SLOTS_MOST;
}

struct hw_flow *hw_table_find(const struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash)
{
	uint32_t group = group_of(t, (uint32_t)hash);

	for (struct hw_slots_seen seen = { 0, 0 }; !seen.free; group = next_group(t, group)) {
		seen = hw_slots_look(&t->slots[group], (uint32_t)hash);
		for (unsigned bits = seen.equal; bits; bits &= bits - 1) {
			struct hw_flow *f = flow_at(t, t->slots[first_of(group, bits)].id);

			if (hw_table_is_key_equal(&f->connection.key, key))
				return f;
		}
	}
	return NULL;
}

struct hw_flow *hw_table_there(const struct hw_table *t, uint32_t id)
{
	return id == NONE || is_free(t, id) ? NULL : flow_at(t, id);
}

/* ---- the order of use ---- */

static void enqueue(struct hw_table *t, struct hw_flow *f, enum hw_flow_list list, uint64_t now_ns)
{
	struct hw_flow_queue *q = &t->queue[list];
	const uint32_t id = f->connection.id;

	f->used_ns = now_ns;
	f->connection.list = list & 3u;
	*links_of(t, id) = (struct hw_flow_links){ .older_id = q->newest_id, .newer_id = NONE };
	if (q->newest_id != NONE)
		links_of(t, q->newest_id)->newer_id = id;
	else
		q->oldest_id = id;
	q->newest_id = id;
	q->nr++;
}

static void dequeue(struct hw_table *t, const struct hw_flow *f)
{
	struct hw_flow_queue *q = &t->queue[f->connection.list];
	const struct hw_flow_links links = *links_of(t, f->connection.id);

	if (links.older_id != NONE)
		links_of(t, links.older_id)->newer_id = links.newer_id;
	else
		q->oldest_id = links.newer_id;
	if (links.newer_id != NONE)
		links_of(t, links.newer_id)->older_id = links.older_id;
	else
		q->newest_id = links.older_id;
	q->nr--;
}

struct hw_flow *hw_table_add(struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash,
			     enum hw_flow_list list, uint64_t now_ns)
{
	const uint32_t id = t->nr < t->max && has_slot(t) ? take_place(t) : NONE;
	struct hw_flow *f;

	if (id == NONE)
		return NULL;
	f = flow_at(t, id);
	memset(f, 0, t->flow_bytes);
	f->connection.key = *key;
	f->connection.id = id;
	enqueue(t, f, list, now_ns);
	put_slot(t, (struct hw_slot){ .hash = (uint32_t)hash, .id = id });
	t->nr++;
	return f;
}

void hw_table_remove(struct hw_table *t, struct hw_flow *f, uint64_t hash)
{
	uint32_t i = group_of(t, (uint32_t)hash);

	dequeue(t, f);
	while (t->slots[i].id != f->connection.id)
		i = (i + 1) & mask_of(t);
	free_slot(t, i);
	t->nr--;
	t->removed++;
	give_place(t, f->connection.id);
}

static uint64_t used_of(const struct hw_slab *s)
{
	return s->memory ? ~s->free : 0;
}

struct hw_flow *hw_table_from(const struct hw_table *t, uint32_t *id)
{
	for (uint32_t i = *id / SLAB_PLACES, at = *id % SLAB_PLACES; i < t->slabs_nr; i++, at = 0) {
		const uint64_t used = used_of(&t->slabs[i]) >> at;

		if (!used)
			continue;
		*id = i * SLAB_PLACES + at + (uint32_t)__builtin_ctzll(used);
		return flow_at(t, *id);
	}
	return NULL;
}

static void empty_queues(struct hw_table *t)
{
	for (int i = 0; i < HW_FLOW_LISTS; i++)
		t->queue[i] = (struct hw_flow_queue){ NONE, NONE, 0 };
}

void hw_table_empty(struct hw_table *t)
{
	t->roomy = t->vacant = NONE;
	for (uint32_t i = 0; i < t->slabs_nr; i++) {
		if (t->slabs[i].memory)
			hw_pieces_give(&t->pieces, t->slabs[i].memory);
		t->slabs[i] = (struct hw_slab){ .free = ~UINT64_C(0) };
		link_slab(t, i, &t->vacant);
	}
	t->slabs_live = 0;
	memset(t->slots, 0xff, t->slots_nr * sizeof(*t->slots));
	empty_queues(t);
	t->removed += t->nr;
	t->nr = 0;
}

void hw_table_move(struct hw_table *t, struct hw_flow *f, enum hw_flow_list list, uint64_t now_ns)
{
	dequeue(t, f);
	enqueue(t, f, list, now_ns);
}

struct hw_flow *hw_table_oldest(const struct hw_table *t, enum hw_flow_list list)
{
	const uint32_t id = t->queue[list].oldest_id;

	return id == NONE ? NULL : flow_at(t, id);
}

struct hw_flow *hw_table_newer(const struct hw_table *t, const struct hw_flow *f)
{
	const uint32_t id = links_of(t, f->connection.id)->newer_id;

	return id == NONE ? NULL : flow_at(t, id);
}

void hw_table_prefetch_slot(const struct hw_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[group_of(t, (uint32_t)hash)]);
}

static void prefetch_flow(const struct hw_table *t, uint32_t id)
{
	hw_fetch(flow_at(t, id), t->flow_bytes);
	hw_fetch(links_of(t, id), sizeof(struct hw_flow_links));
}

uint32_t hw_table_prefetch(const struct hw_table *t, uint64_t hash)
{
	uint32_t group = group_of(t, (uint32_t)hash);

	for (struct hw_slots_seen seen = { 0, 0 }; !seen.free; group = next_group(t, group)) {
		seen = hw_slots_look(&t->slots[group], (uint32_t)hash);
		if (seen.equal) {
			const uint32_t id = t->slots[first_of(group, seen.equal)].id;

			prefetch_flow(t, id);
			return id;
		}
	}
	return NONE;
}

void hw_table_prefetch_newer(const struct hw_table *t, const struct hw_flow *f)
{
	const uint32_t id = links_of(t, f->connection.id)->newer_id;

	if (id != NONE)
		prefetch_flow(t, id);
}

void hw_table_prefetch_neighbours(const struct hw_table *t, uint32_t id)
{
	struct hw_flow_links links;

	if (id == NONE || is_free(t, id))
		return;
	links = *links_of(t, id);
	if (links.older_id != NONE)
		hw_fetch(links_of(t, links.older_id), sizeof(links));
	if (links.newer_id != NONE)
		hw_fetch(links_of(t, links.newer_id), sizeof(links));
}

int hw_table_init(struct hw_table *t, size_t user_bytes, uint32_t max, uint64_t seed,
		  struct hw_budget *budget)
{
	*t = (struct hw_table){
		.budget = budget,
		.hash_key = hw_hash_key(seed, 0),
		.has_aes = hw_hash_has_aes(),
		.flow_bytes = sizeof(struct hw_flow) + (user_bytes + 7) / 8 * 8,
		.max = max,
		.roomy = NONE,
		.vacant = NONE,
	};
	hw_pieces_init(&t->pieces, slab_bytes(t), budget); /* 64 places: a multiple of its lines */
	empty_queues(t);
	return make_slots(t, SLOTS_MIN) ? 0 : -ENOMEM;
}

static void give_array(struct hw_table *t, void *ptr, size_t bytes)
{
	if (ptr)
		hw_budget_give(t->budget, bytes + HW_BUDGET_ALLOC);
	free(ptr);
}

void hw_table_clear(struct hw_table *t)
{
	for (uint32_t i = 0; i < t->slabs_nr; i++) {
		if (t->slabs[i].memory)
			drop_slab(t, i);
	}
	give_array(t, t->slabs, t->slabs_cap * sizeof(*t->slabs));
	drop_slots(t, t->slots, t->slots_nr);
}
