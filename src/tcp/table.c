/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/table.c - see table.h */
#include "tcp/table.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SLAB_PLACES = 64, /* as many as hw_slab.free has bits */
	SLAB_ALIGN = 64,  /* a cache line */
	SLABS_MIN = 16,
	BUCKETS_MIN = 256,
	ALLOC_OVERHEAD = 16, /* what malloc adds */
};

static const uint32_t NONE = UINT32_MAX;

/* The struct is made to fill three cache lines; what a look-up reads is in the first. */
_Static_assert(sizeof(struct hw_flow) == 192, "an idle connection has grown");
_Static_assert(offsetof(struct hw_flow, connection.first_ns) <= 64, "a look-up reads one line");

static size_t slab_bytes(const struct hw_table *t)
{
	return t->flow_bytes * SLAB_PLACES;
}

static struct hw_flow *flow_at(const struct hw_table *t, uint32_t id)
{
	uint8_t *memory = t->slabs[id / SLAB_PLACES].memory;

	return (struct hw_flow *)(void *)(memory + id % SLAB_PLACES * t->flow_bytes);
}

/* Double the array at `ptr`, which has `cap` elements of `size`; NULL if not possible. */
static void *grow(struct hw_table *t, void *ptr, uint32_t cap, uint32_t new_cap, size_t size)
{
	const size_t more = (new_cap - cap) * size + (cap ? 0 : ALLOC_OVERHEAD);
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
	t->slabs[t->slabs_nr] = (struct hw_slab){ 0 };
	link_slab(t, t->slabs_nr++, &t->vacant);
	return true;
}

/* Give the first vacant slab its memory. */
static bool add_slab(struct hw_table *t)
{
	const size_t bytes = slab_bytes(t);
	uint32_t i;

	if (!is_within_share(t) || (t->vacant == NONE && !name_slab(t)) ||
	    !hw_budget_take(t->budget, bytes + ALLOC_OVERHEAD))
		return false;
	i = t->vacant;
	t->slabs[i].memory = aligned_alloc(SLAB_ALIGN, bytes); /* 64 places: a multiple of it */
	if (!t->slabs[i].memory) {
		hw_budget_give(t->budget, bytes + ALLOC_OVERHEAD);
		return false;
	}
	t->slabs[i].free = ~UINT64_C(0);
	t->slabs_live++;
	unlink_slab(t, i, &t->vacant);
	link_slab(t, i, &t->roomy);
	return true;
}

static void drop_slab(struct hw_table *t, uint32_t i)
{
	free(t->slabs[i].memory);
	t->slabs[i].memory = NULL;
	t->slabs_live--;
	hw_budget_give(t->budget, slab_bytes(t) + ALLOC_OVERHEAD);
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
 * What most keys are, in two words; the hash depends on their number, too, so that these
 * and the others stay apart.
 */
static bool is_short(const struct hw_tcp_key *key)
{
	return key->scope == 0 && hw_addr_is_v4(&key->addr[0]) && hw_addr_is_v4(&key->addr[1]);
}

static uint64_t short_hash(const struct hw_table *t, const struct hw_tcp_key *key, uint64_t ports)
{
	uint64_t words[2] = { 0, ports };

	memcpy(words, key->addr[0].b + 12, 4);
	memcpy((uint8_t *)words + 4, key->addr[1].b + 12, 4);
	return hw_hash_words(&t->hash_key, words, 2);
}

uint64_t hw_table_hash(const struct hw_table *t, const struct hw_tcp_key *key)
{
	const uint64_t ports =
		(uint64_t)key->port[0] << 32 | (uint64_t)key->port[1] << 16 | key->is_socket;
	uint64_t words[6];

	if (is_short(key))
		return short_hash(t, key, ports);
	memcpy(words, key->addr, sizeof(key->addr));
	words[4] = key->scope;
	words[5] = ports;
	return hw_hash_words(&t->hash_key, words, sizeof(words) / sizeof(*words));
}

static bool is_key_equal(const struct hw_tcp_key *a, const struct hw_tcp_key *b)
{
	return memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 && a->scope == b->scope &&
	       a->port[0] == b->port[0] && a->port[1] == b->port[1] && a->is_socket == b->is_socket;
}

/* Linear hashing: buckets from buckets_nr on are not yet split off from their half. */
static uint32_t *bucket_of(const struct hw_table *t, uint64_t hash)
{
	const uint32_t mask = UINT32_MAX >> __builtin_clz(t->buckets_nr - 1);
	const uint32_t i = (uint32_t)hash & mask;

	return &t->buckets[i < t->buckets_nr ? i : i & mask >> 1];
}

static void link_bucket(struct hw_table *t, uint32_t id, uint64_t hash)
{
	uint32_t *bucket = bucket_of(t, hash);

	flow_at(t, id)->next_id = *bucket;
	*bucket = id;
}

/* Without memory for more buckets the chains grow longer; nothing else changes. */
static void split_bucket(struct hw_table *t)
{
	uint32_t id, from;

	if (t->buckets_nr == t->buckets_cap) {
		uint32_t *buckets =
			grow(t, t->buckets, t->buckets_cap, t->buckets_cap * 2, sizeof(*buckets));

		if (!buckets)
			return;
		t->buckets = buckets;
		t->buckets_cap *= 2;
	}
	from = t->buckets_nr & UINT32_MAX >> 1 >> __builtin_clz(t->buckets_nr);
	t->buckets[t->buckets_nr++] = NONE;
	id = t->buckets[from];
	t->buckets[from] = NONE;
	while (id != NONE) {
		const struct hw_flow *f = flow_at(t, id);
		const uint32_t next_id = f->next_id;

		link_bucket(t, id, hw_table_hash(t, &f->connection.key));
		id = next_id;
	}
}

struct hw_flow *hw_table_find(const struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash)
{
	uint32_t id = *bucket_of(t, hash);

	while (id != NONE) {
		struct hw_flow *f = flow_at(t, id);

		if (is_key_equal(&f->connection.key, key))
			return f;
		id = f->next_id;
	}
	return NULL;
}

static void enqueue(struct hw_table *t, struct hw_flow *f, uint32_t id, enum hw_flow_list list)
{
	struct hw_flow_queue *q = &t->queue[list];

	f->list = (uint8_t)list;
	f->newer_id = NONE;
	f->older_id = q->newest_id;
	if (q->newest_id != NONE)
		flow_at(t, q->newest_id)->newer_id = id;
	else
		q->oldest_id = id;
	q->newest_id = id;
}

/* Returns its id, which its neighbours know. */
static uint32_t dequeue(struct hw_table *t, const struct hw_flow *f)
{
	struct hw_flow_queue *q = &t->queue[f->list];
	uint32_t id;

	if (f->older_id != NONE) {
		id = flow_at(t, f->older_id)->newer_id;
		flow_at(t, f->older_id)->newer_id = f->newer_id;
	} else {
		id = q->oldest_id;
		q->oldest_id = f->newer_id;
	}
	if (f->newer_id != NONE)
		flow_at(t, f->newer_id)->older_id = f->older_id;
	else
		q->newest_id = f->older_id;
	return id;
}

struct hw_flow *hw_table_add(struct hw_table *t, const struct hw_tcp_key *key, uint64_t hash,
			     enum hw_flow_list list, uint64_t now_ns)
{
	const uint32_t id = t->nr < t->max ? take_place(t) : NONE;
	struct hw_flow *f;

	if (id == NONE)
		return NULL;
	f = flow_at(t, id);
	memset(f, 0, t->flow_bytes);
	f->connection.key = *key;
	f->used_ns = now_ns;
	enqueue(t, f, id, list);
	link_bucket(t, id, hash);
	if (++t->nr > t->buckets_nr)
		split_bucket(t);
	return f;
}

void hw_table_remove(struct hw_table *t, struct hw_flow *f)
{
	const uint32_t id = dequeue(t, f);
	uint32_t *link = bucket_of(t, hw_table_hash(t, &f->connection.key));

	while (*link != id)
		link = &flow_at(t, *link)->next_id;
	*link = f->next_id;
	t->nr--;
	give_place(t, id);
}

void hw_table_move(struct hw_table *t, struct hw_flow *f, enum hw_flow_list list, uint64_t now_ns)
{
	const uint32_t id = dequeue(t, f);

	f->used_ns = now_ns;
	enqueue(t, f, id, list);
}

struct hw_flow *hw_table_oldest(const struct hw_table *t, enum hw_flow_list list)
{
	const uint32_t id = t->queue[list].oldest_id;

	return id == NONE ? NULL : flow_at(t, id);
}

struct hw_flow *hw_table_newer(const struct hw_table *t, const struct hw_flow *f)
{
	return f->newer_id == NONE ? NULL : flow_at(t, f->newer_id);
}

void hw_table_prefetch_bucket(const struct hw_table *t, uint64_t hash)
{
	__builtin_prefetch(bucket_of(t, hash));
}

void hw_table_prefetch(const struct hw_table *t, uint64_t hash)
{
	const uint32_t id = *bucket_of(t, hash);
	const uint8_t *line;

	if (id == NONE)
		return;
	line = (const uint8_t *)flow_at(t, id);
	for (size_t off = 0; off < t->flow_bytes; off += SLAB_ALIGN)
		__builtin_prefetch(line + off, 1);
}

int hw_table_init(struct hw_table *t, size_t user_bytes, uint32_t max, uint64_t seed,
		  struct hw_budget *budget)
{
	*t = (struct hw_table){
		.budget = budget,
		.hash_key = hw_hash_key(seed, 0),
		.flow_bytes = sizeof(struct hw_flow) + (user_bytes + 7) / 8 * 8,
		.max = max,
		.roomy = NONE,
		.vacant = NONE,
	};
	for (int i = 0; i < HW_FLOW_LISTS; i++)
		t->queue[i] = (struct hw_flow_queue){ NONE, NONE };
	t->buckets = grow(t, NULL, 0, BUCKETS_MIN, sizeof(*t->buckets));
	if (!t->buckets)
		return -ENOMEM;
	t->buckets_nr = t->buckets_cap = BUCKETS_MIN;
	memset(t->buckets, 0xff, BUCKETS_MIN * sizeof(*t->buckets));
	return 0;
}

static void give_array(struct hw_table *t, void *ptr, size_t bytes)
{
	if (ptr)
		hw_budget_give(t->budget, bytes + ALLOC_OVERHEAD);
	free(ptr);
}

void hw_table_clear(struct hw_table *t)
{
	for (uint32_t i = 0; i < t->slabs_nr; i++) {
		if (t->slabs[i].memory)
			drop_slab(t, i);
	}
	give_array(t, t->slabs, t->slabs_cap * sizeof(*t->slabs));
	give_array(t, t->buckets, t->buckets_cap * sizeof(*t->buckets));
}
