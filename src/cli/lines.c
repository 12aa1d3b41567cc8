/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/lines.c - see lines.h */
#include "cli/lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	BLOCK_BYTES = 64 * 1024, /* a block of so many is full, a line may go beyond */
	BLOCK_ROOM = 16 * 1024,	 /* which one of so many does without growing it */
	BLOCK_KEPT = 2 * BLOCK_BYTES,
	BLOCK_LINES = 64, /* and of lines */
	SPARE_MAX = 64,
};

/* Of a line. Who takes lines looks at these alone: their bytes stay where they were made. */
struct entry {
	struct hw_engine_place place;
	size_t len;
};

struct block {
	struct block *next;
	size_t used, taken;    /* bytes */
	size_t taken_nr;       /* lines */
	struct hw_buf bytes;   /* lines, and behind `used` what becomes one */
	struct hw_buf entries; /* one a line */
};

struct queue {
	struct block *first, *last;
};

struct maker {
	/* The maker's own. */
	struct block *filling; /* NULL: none */
	bool is_full;	       /* too much waited when the last block was handed over */
	/* Under the lock. */
	struct queue handed; /* to the taker */
	struct block *spare; /* empty ones */
	unsigned int spare_nr;
	size_t waiting; /* bytes handed over and not taken */
	uint64_t reached;
	/* The taker's own. */
	struct queue taking;
	struct block *at; /* the first of those that has lines left; NULL: none */
	uint64_t seen_reached;
};

struct hw_lines {
	pthread_mutex_t lock;
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
	*ret = l;
	return 0;
}

static void free_block(struct block *b)
{
	if (b) {
		hw_buf_clear(&b->bytes);
		hw_buf_clear(&b->entries);
	}
	free(b);
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free_block(b);
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
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Bytes of a block, with what is known of its lines, which may be short. */
static size_t size_of(const struct block *b)
{
	return b->used + b->entries.len;
}

static void append(struct queue *q, struct block *b)
{
	b->next = NULL;
	*(q->first ? &q->last->next : &q->first) = b;
	q->last = b;
}

/* ---- makers ---- */

static void hand_over(struct maker *m)
{
	append(&m->handed, m->filling);
	m->waiting += size_of(m->filling);
	m->filling = NULL;
}

static struct block *make_block(void)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	hw_buf_init(&b->bytes, SIZE_MAX / 4, NULL);
	hw_buf_init(&b->entries, SIZE_MAX / 4, NULL);
	if (hw_buf_reserve(&b->bytes, BLOCK_BYTES + BLOCK_ROOM) == 0 &&
	    hw_buf_reserve(&b->entries, BLOCK_LINES * sizeof(struct entry)) == 0)
		return b;
	free_block(b);
	return NULL;
}

/* Hand over what is full, and begin another block. */
static struct block *next_block(struct hw_lines *l, struct maker *m)
{
	struct block *b;

	pthread_mutex_lock(&l->lock);
	if (m->filling)
		hand_over(m);
	m->is_full = m->waiting >= l->bytes_max;
	b = m->spare;
	if (b) {
		m->spare = b->next;
		m->spare_nr--;
		b->next = NULL; /* the others are not its */
	}
	pthread_mutex_unlock(&l->lock);
	m->filling = b ? b : make_block();
	return m->filling;
}

struct hw_buf *hw_lines_room(struct hw_lines *l, unsigned int i)
{
	struct maker *m = &l->makers[i];
	struct block *b = m->filling;

	if (!b || size_of(b) >= BLOCK_BYTES)
		b = next_block(l, m);
	if (!b)
		return NULL;
	b->bytes.len = b->used;
	return hw_buf_reserve(&b->entries, sizeof(struct entry)) == 0 ? &b->bytes : NULL;
}

void hw_lines_put(struct hw_lines *l, unsigned int i, struct hw_engine_place place)
{
	struct block *b = l->makers[i].filling;
	const struct entry entry = { place, b->bytes.len - b->used };

	hw_buf_append(&b->entries, hw_slice(&entry, sizeof(entry))); /* there is room */
	b->used = b->bytes.len;
}

void hw_lines_drop(struct hw_lines *l, unsigned int i)
{
	struct block *b = l->makers[i].filling;

	if (b)
		b->bytes.len = b->used;
}

void hw_lines_reach(struct hw_lines *l, unsigned int i, uint64_t frame)
{
	struct maker *m = &l->makers[i];

	pthread_mutex_lock(&l->lock);
	if (m->filling && m->filling->used > 0) /* else what was begun in it was dropped */
		hand_over(m);
	m->reached = frame;
	pthread_mutex_unlock(&l->lock);
}

bool hw_lines_is_full(const struct hw_lines *l, unsigned int i)
{
	return l->makers[i].is_full;
}

/* Half of it at once, so that a maker is not woken for each block. */
bool hw_lines_has_room(struct hw_lines *l, unsigned int i)
{
	struct maker *m = &l->makers[i];

	pthread_mutex_lock(&l->lock);
	m->is_full = m->waiting > l->bytes_max / 2;
	pthread_mutex_unlock(&l->lock);
	return !m->is_full;
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
			if (!m->at)
				m->at = b;
		}
		m->seen_reached = m->reached;
	}
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
	m->waiting -= size_of(b);
	if (b->bytes.cap <= BLOCK_KEPT && m->spare_nr < SPARE_MAX) {
		b->used = b->taken = b->taken_nr = b->entries.len = 0;
		b->next = m->spare;
		m->spare = b;
		m->spare_nr++;
		b = NULL;
	}
	pthread_mutex_unlock(&l->lock);
	free_block(b);
}

/* The lines that were given out are not needed any more. */
static void drop_taken(struct hw_lines *l)
{
	for (unsigned int i = 0; i < l->makers_nr; i++) {
		struct maker *m = &l->makers[i];

		while (m->taking.first != m->at)
			return_block(l, m);
	}
}

static const struct entry *head(const struct maker *m)
{
	const struct block *b = m->at;

	return b ? (const struct entry *)(const void *)b->entries.ptr + b->taken_nr : NULL;
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

/* The next line of that maker, which has one. */
static struct hw_slice take_one(struct maker *m)
{
	struct block *b = m->at;
	const struct hw_slice line = { b->bytes.ptr + b->taken, head(m)->len };

	b->taken += line.len;
	b->taken_nr++;
	if (b->taken_nr * sizeof(struct entry) == b->entries.len)
		m->at = b->next;
	return line;
}

size_t hw_lines_take(struct hw_lines *l, struct hw_slice *ret, size_t max)
{
	struct maker *m;
	size_t nr = 0;

	drop_taken(l);
	look(l);
	while (nr < max && (m = choose(l)))
		ret[nr++] = take_one(m);
	return nr;
}

bool hw_lines_are_taken(const struct hw_lines *l)
{
	for (unsigned int i = 0; i < l->makers_nr; i++)
		if (l->makers[i].at)
			return false;
	return true;
}
