/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/lines.c - see lines.h */
#include "cli/lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, SPARE_MAX = 64 };

/* Before each line; lines are aligned to it. */
struct entry {
	struct hw_engine_place place;
	size_t len;
};

struct block {
	struct block *next;
	size_t cap, used, taken; /* bytes */
	_Alignas(struct entry) uint8_t bytes[];
};

struct queue {
	struct block *first, *last;
};

struct maker {
	/* The maker's own. */
	struct block *filling; /* NULL: none */
	/* Under the lock. */
	struct queue handed; /* to the taker */
	struct block *spare; /* empty ones */
	unsigned int spare_nr;
	size_t waiting; /* bytes handed over and not taken */
	uint64_t reached;
	pthread_cond_t has_room;
	/* The taker's own. */
	struct queue taking;
	uint64_t seen_reached;
};

struct hw_lines {
	pthread_mutex_t lock;
	pthread_cond_t is_due;
	uint64_t version;	 /* under the lock: of what makers have handed over and reached */
	uint64_t seen;		 /* under the lock: of it, by the taker */
	uint64_t awaited;	 /* under the lock: by the taker, which waits if it is not 0 */
	unsigned int waiting_nr; /* under the lock: makers that wait */
	size_t bytes_max;
	unsigned int makers_nr;
	struct maker makers[];
};

int hw_lines_new(struct hw_lines **ret, unsigned int makers, size_t bytes_max)
{
	struct hw_lines *l = calloc(1, sizeof(*l) + makers * sizeof(l->makers[0]));

	if (!l)
		return -ENOMEM;
	l->bytes_max = bytes_max;
	l->makers_nr = makers;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->is_due, NULL);
	for (unsigned int i = 0; i < makers; i++)
		pthread_cond_init(&l->makers[i].has_room, NULL);
	*ret = l;
	return 0;
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void hw_lines_free(struct hw_lines *l)
{
	if (!l)
		return;
	for (unsigned int i = 0; i < l->makers_nr; i++) {
		struct maker *m = &l->makers[i];

		free_blocks(m->filling);
		free_blocks(m->handed.first);
		free_blocks(m->spare);
		free_blocks(m->taking.first);
		pthread_cond_destroy(&m->has_room);
	}
	pthread_cond_destroy(&l->is_due);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void append(struct queue *q, struct block *b)
{
	b->next = NULL;
	*(q->first ? &q->last->next : &q->first) = b;
	q->last = b;
}

static size_t aligned(size_t len)
{
	const size_t unit = _Alignof(struct entry);

	return (len + unit - 1) / unit * unit;
}

/* ---- makers ---- */

static void hand_over(struct hw_lines *l, struct maker *m)
{
	append(&m->handed, m->filling);
	m->waiting += m->filling->used;
	m->filling = NULL;
	l->version++;
}

static uint64_t all_reached(const struct hw_lines *l)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < l->makers_nr; i++)
		if (l->makers[i].reached < least)
			least = l->makers[i].reached;
	return least;
}

/*
 * Whether the taker has something to do that it waits for. What a maker that waits has made
 * may have to stay until others, who are behind, have gone on.
 */
static bool is_due(const struct hw_lines *l)
{
	return all_reached(l) >= l->awaited || (l->waiting_nr && l->version != l->seen);
}

static void wake_taker(struct hw_lines *l)
{
	if (l->awaited && is_due(l))
		pthread_cond_signal(&l->is_due);
}

static void await_room(struct hw_lines *l, struct maker *m)
{
	l->waiting_nr++;
	wake_taker(l);
	while (m->waiting >= l->bytes_max)
		pthread_cond_wait(&m->has_room, &l->lock);
	l->waiting_nr--;
}

static struct block *make_block(size_t cap)
{
	struct block *b = malloc(sizeof(*b) + cap);

	if (b)
		b->cap = cap;
	return b;
}

/* Hand over what is full, and begin a block that has room for `need`. */
static int next_block(struct hw_lines *l, struct maker *m, size_t need)
{
	struct block *b;

	pthread_mutex_lock(&l->lock);
	if (m->filling)
		hand_over(l, m);
	if (m->waiting >= l->bytes_max)
		await_room(l, m);
	b = need <= BLOCK_BYTES ? m->spare : NULL;
	if (b) {
		m->spare = b->next;
		m->spare_nr--;
	}
	pthread_mutex_unlock(&l->lock);
	if (!b)
		b = make_block(need < BLOCK_BYTES ? BLOCK_BYTES : need);
	if (!b)
		return -ENOMEM;
	b->next = NULL;
	b->used = b->taken = 0;
	m->filling = b;
	return 0;
}

int hw_lines_put(struct hw_lines *l, unsigned int i, struct hw_engine_place place,
		 struct hw_slice line)
{
	struct maker *m = &l->makers[i];
	const size_t need = sizeof(struct entry) + aligned(line.len);
	struct entry *to;

	if (!m->filling || m->filling->cap - m->filling->used < need) {
		const int err = next_block(l, m, need);

		if (err)
			return err;
	}
	to = (struct entry *)(void *)(m->filling->bytes + m->filling->used);
	*to = (struct entry){ place, line.len };
	memcpy(to + 1, line.ptr, line.len);
	m->filling->used += need;
	return 0;
}

void hw_lines_reach(struct hw_lines *l, unsigned int i, uint64_t frame)
{
	struct maker *m = &l->makers[i];

	pthread_mutex_lock(&l->lock);
	if (m->filling)
		hand_over(l, m);
	m->reached = frame;
	l->version++;
	wake_taker(l);
	pthread_mutex_unlock(&l->lock);
}

/* ---- the taker ---- */

static void see(struct hw_lines *l)
{
	for (unsigned int i = 0; i < l->makers_nr; i++) {
		struct maker *m = &l->makers[i];
		struct block *b;

		while ((b = m->handed.first)) {
			m->handed.first = b->next;
			append(&m->taking, b);
		}
		m->seen_reached = m->reached;
	}
	l->seen = l->version;
}

static void look(struct hw_lines *l)
{
	pthread_mutex_lock(&l->lock);
	see(l);
	pthread_mutex_unlock(&l->lock);
}

/* Give an emptied block back to its maker. */
static void return_block(struct hw_lines *l, struct maker *m)
{
	struct block *b = m->taking.first;

	m->taking.first = b->next;
	pthread_mutex_lock(&l->lock);
	m->waiting -= b->used;
	if (b->cap == BLOCK_BYTES && m->spare_nr < SPARE_MAX) {
		b->next = m->spare;
		m->spare = b;
		m->spare_nr++;
		b = NULL;
	}
	pthread_cond_signal(&m->has_room);
	pthread_mutex_unlock(&l->lock);
	free(b);
}

/* The line that was given out is not needed any more. */
static void drop_taken(struct hw_lines *l)
{
	for (unsigned int i = 0; i < l->makers_nr; i++) {
		struct maker *m = &l->makers[i];

		if (m->taking.first && m->taking.first->taken == m->taking.first->used)
			return_block(l, m);
	}
}

static bool is_all_taken(const struct maker *m)
{
	const struct block *b = m->taking.first;

	return !b || (!b->next && b->taken == b->used);
}

static const struct entry *head(const struct maker *m)
{
	const struct block *b = m->taking.first;

	return b ? (const struct entry *)(const void *)(b->bytes + b->taken) : NULL;
}

static bool is_before(const struct hw_engine_place *a, const struct hw_engine_place *b)
{
	return a->frame < b->frame || (a->frame == b->frame && a->turn < b->turn);
}

/* The maker of the next line; NULL: there is none, or one that comes later may be before it. */
static struct maker *choose(struct hw_lines *l)
{
	struct maker *ret = NULL;

	for (unsigned int i = 0; i < l->makers_nr; i++) {
		struct maker *m = &l->makers[i];

		if (head(m) && (!ret || is_before(&head(m)->place, &head(ret)->place)))
			ret = m;
	}
	for (unsigned int i = 0; ret && i < l->makers_nr; i++) {
		const struct maker *m = &l->makers[i];

		if (!head(m) && m->seen_reached < head(ret)->place.frame)
			return NULL;
	}
	return ret;
}

bool hw_lines_take(struct hw_lines *l, struct hw_slice *ret)
{
	struct maker *m;
	const struct entry *e;

	drop_taken(l);
	m = choose(l);
	if (!m) {
		look(l);
		m = choose(l);
	}
	if (!m)
		return false;
	e = head(m);
	*ret = hw_slice(e + 1, e->len);
	m->taking.first->taken += sizeof(*e) + aligned(e->len);
	return true;
}

uint64_t hw_lines_reached(const struct hw_lines *l)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < l->makers_nr; i++)
		if (l->makers[i].seen_reached < least)
			least = l->makers[i].seen_reached;
	return least;
}

bool hw_lines_are_taken(const struct hw_lines *l)
{
	for (unsigned int i = 0; i < l->makers_nr; i++)
		if (!is_all_taken(&l->makers[i]))
			return false;
	return true;
}

void hw_lines_wait(struct hw_lines *l, uint64_t frame)
{
	pthread_mutex_lock(&l->lock);
	l->awaited = frame;
	while (!is_due(l))
		pthread_cond_wait(&l->is_due, &l->lock);
	l->awaited = 0;
	see(l);
	pthread_mutex_unlock(&l->lock);
}
