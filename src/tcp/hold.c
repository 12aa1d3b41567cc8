/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/hold.c - see hold.h */
#include "tcp/hold.h"

#include <stdlib.h>

#include "tcp/overlap.h"

enum {
	WORD_BITS = 64,
	CAP_MIN = 8,
};

struct hw_hold_block {
	uint32_t seq; /* of bytes[0], a multiple of HW_HOLD_BLOCK_BYTES */
	uint32_t nr;  /* bytes that are there; not 0 between calls */
	uint32_t segment;
	uint32_t from; /* place of the first byte that is there */
	uint64_t since_ns;
	uint64_t present[HW_HOLD_BLOCK_BYTES / WORD_BITS + 1]; /* of the last word no bit is set */
	uint8_t bytes[HW_HOLD_BLOCK_BYTES];
};

static void *take_memory(struct hw_budget *budget, size_t bytes)
{
	void *ptr;

	if (!hw_budget_take(budget, bytes + HW_BUDGET_ALLOC))
		return NULL;
	ptr = malloc(bytes);
	if (!ptr)
		hw_budget_give(budget, bytes + HW_BUDGET_ALLOC);
	return ptr;
}

static void give_memory(struct hw_budget *budget, void *ptr, size_t bytes)
{
	if (ptr)
		hw_budget_give(budget, bytes + HW_BUDGET_ALLOC);
	free(ptr);
}

/* The first place in [from, to) whose bit is not `value`; `to` if all are. */
static size_t run_end(const uint64_t *present, size_t from, size_t to, bool value)
{
	const uint64_t same = value ? ~UINT64_C(0) : 0;
	size_t i = from / WORD_BITS;
	uint64_t differ = (present[i] ^ same) & ~UINT64_C(0) << from % WORD_BITS;
	size_t end;

	while (!differ && (i + 1) * WORD_BITS < to)
		differ = present[++i] ^ same;
	end = differ ? i * WORD_BITS + (size_t)__builtin_ctzll(differ) : to;
	return end < to ? end : to;
}

/* Clear the bits [from, to). */
static void clear(uint64_t *present, size_t from, size_t to)
{
	while (from < to) {
		const size_t bit = from % WORD_BITS;
		const size_t nr = to - from < WORD_BITS - bit ? to - from : WORD_BITS - bit;

		present[from / WORD_BITS] &= ~(~UINT64_C(0) >> (WORD_BITS - nr) << bit);
		from += nr;
	}
}

/* Set those of the bits [from, from + WORD_BITS) that `all` has. Returns which of them were set. */
static uint64_t set(uint64_t *present, size_t from, uint64_t all)
{
	uint64_t *at = present + from / WORD_BITS;
	const unsigned bit = from % WORD_BITS;
	const uint64_t low = all << bit, high = all >> 1 >> (WORD_BITS - 1 - bit);
	const uint64_t was = (at[0] & low) >> bit | (at[1] & high) << 1 << (WORD_BITS - 1 - bit);

	at[0] |= low;
	at[1] |= high;
	return was;
}

/* What is there stays; the holes between are filled. */
static void fill(struct hw_hold_block *b, size_t off, struct hw_slice part, struct hw_hold_put *ret)
{
	size_t again = 0;

	b->from = (uint32_t)hw_least(b->from, off);
	for (size_t at = 0, len; at < part.len; at += len) {
		uint64_t there;

		len = hw_least(part.len - at, HW_OVERLAP_MAX);
		there = set(b->present, off + at, hw_overlap_bits(len));
		again += hw_overlap_put(b->bytes + off + at, part.ptr + at, len, there,
					&ret->is_conflict);
	}
	b->nr += (uint32_t)(part.len - again);
	ret->kept += part.len - again;
	ret->duplicate += again;
}

/* The index of the first block that is not before `seq`. */
static uint32_t lower_bound(const struct hw_hold *h, uint32_t seq)
{
	uint32_t low = h->first, high = h->last;

	if (low < high && (int32_t)(h->blocks[high - 1]->seq - seq) < 0)
		return high; /* the usual case: behind all others */
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if ((int32_t)(h->blocks[middle]->seq - seq) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct hw_hold *h, struct hw_budget *budget)
{
	const uint32_t cap = h->cap ? h->cap * 2 : CAP_MIN, nr = h->last - h->first;
	struct hw_hold_block **blocks = take_memory(budget, cap * sizeof(struct hw_hold_block *));

	if (!blocks)
		return false;
	if (nr)
		memcpy(blocks, h->blocks + h->first, nr * sizeof(struct hw_hold_block *));
	give_memory(budget, h->blocks, h->cap * sizeof(struct hw_hold_block *));
	h->blocks = blocks;
	h->cap = cap;
	h->first = 0;
	h->last = nr;
	return true;
}

/* Put `b` at index `i`; there is room on a side, and the shorter way is taken if on both. */
static void insert(struct hw_hold *h, uint32_t i, struct hw_hold_block *b)
{
	struct hw_hold_block **at = h->blocks;
	const uint32_t before = i - h->first, after = h->last - i;

	if (h->first == 0 || (h->last < h->cap && after < before)) {
		memmove(at + i + 1, at + i, after * sizeof(struct hw_hold_block *));
		h->last++;
		at[i] = b;
	} else {
		memmove(at + h->first - 1, at + h->first, before * sizeof(struct hw_hold_block *));
		h->first--;
		at[i - 1] = b;
	}
}

static struct hw_hold_block *take_block(struct hw_hold *h, struct hw_budget *budget)
{
	struct hw_hold_block *b = h->spare;

	h->spare = NULL;
	return b ? b : take_memory(budget, sizeof(*b));
}

/* Where others are held it goes: a hole that stays open is not to cost more than what it holds. */
static void give_first(struct hw_hold *h, struct hw_budget *budget)
{
	struct hw_hold_block *b = h->blocks[h->first++];

	if (h->first == h->last)
		h->spare = b;
	else
		give_memory(budget, b, sizeof(*b));
}

static struct hw_hold_block *add_block(struct hw_hold *h, struct hw_budget *budget, uint32_t seq,
				       uint64_t now_ns)
{
	struct hw_hold_block *b;

	if (h->first == 0 && h->last == h->cap && !grow(h, budget))
		return NULL;
	b = take_block(h, budget);
	if (!b)
		return NULL;
	b->seq = seq;
	b->nr = 0;
	b->segment = h->segments;
	b->from = HW_HOLD_BLOCK_BYTES;
	b->since_ns = now_ns;
	memset(b->present, 0, sizeof(b->present));
	insert(h, lower_bound(h, seq), b);
	return b;
}

static struct hw_hold_block *find_block(const struct hw_hold *h, uint32_t seq)
{
	const uint32_t i = lower_bound(h, seq);

	return i < h->last && h->blocks[i]->seq == seq ? h->blocks[i] : NULL;
}

size_t hw_hold_put(struct hw_hold *h, struct hw_budget *budget, uint32_t blocks_max, uint32_t seq,
		   struct hw_slice bytes, uint64_t now_ns, struct hw_hold_put *ret)
{
	size_t done = 0;

	*ret = (struct hw_hold_put){ 0 };
	while (done < bytes.len) {
		const uint32_t at = seq + (uint32_t)done, off = at % HW_HOLD_BLOCK_BYTES;
		const size_t room = HW_HOLD_BLOCK_BYTES - off;
		const size_t len = bytes.len - done < room ? bytes.len - done : room;
		struct hw_hold_block *b = find_block(h, at - off);

		if (!b && h->last - h->first < blocks_max)
			b = add_block(h, budget, at - off, now_ns);
		if (!b)
			break;
		fill(b, off, hw_slice(bytes.ptr + done, len), ret);
		done += len;
	}
	h->bytes += ret->kept;
	return done;
}

bool hw_hold_has_grown(const struct hw_hold *h)
{
	return h->cap > CAP_MIN;
}

bool hw_hold_edge(const struct hw_hold *h, struct hw_hold_edge *ret)
{
	const struct hw_hold_block *b;

	if (h->first == h->last)
		return false;
	b = h->blocks[h->first];
	*ret = (struct hw_hold_edge){ b->seq + b->from, b->segment, b->since_ns };
	return true;
}

struct hw_slice hw_hold_peek(const struct hw_hold *h, uint32_t seq)
{
	const struct hw_hold_block *b;

	if (h->first == h->last)
		return hw_slice(NULL, 0);
	b = h->blocks[h->first];
	if (b->seq + b->from != seq)
		return hw_slice(NULL, 0);
	return hw_slice(b->bytes + b->from,
			run_end(b->present, b->from, HW_HOLD_BLOCK_BYTES, true) - b->from);
}

void hw_hold_pop(struct hw_hold *h, struct hw_budget *budget, size_t len)
{
	struct hw_hold_block *b = h->blocks[h->first];
	const size_t end = b->from + len;

	clear(b->present, b->from, end);
	b->nr -= (uint32_t)len;
	h->bytes -= len;
	if (b->nr == 0)
		give_first(h, budget);
	else
		b->from = (uint32_t)run_end(b->present, end, HW_HOLD_BLOCK_BYTES, false);
}

struct hw_hold *hw_hold_new(struct hw_budget *budget)
{
	struct hw_hold *h = take_memory(budget, sizeof(*h));

	if (h)
		*h = (struct hw_hold){ .older = h, .newer = h };
	return h;
}

static void unlink_hold(struct hw_hold *h)
{
	h->older->newer = h->newer;
	h->newer->older = h->older;
}

static void drop_blocks(struct hw_hold *h, struct hw_budget *budget)
{
	while (h->first < h->last)
		give_first(h, budget);
}

void hw_hold_reset(struct hw_hold *h, struct hw_budget *budget)
{
	unlink_hold(h);
	drop_blocks(h, budget);
	hw_arrivals_reset(&h->arrivals, budget);
	h->older = h->newer = h;
	h->owner = NULL;
	h->dir = 0;
	h->is_acking = h->is_untimed = false;
	h->segments = h->fin_segment = h->turn_ack = h->turn_end = 0;
	h->fin_ns = h->made_ns = h->checked_ns = h->given_ns = h->given_number = 0;
	h->bytes = 0;
	h->first = h->last = 0;
}

void hw_hold_free(struct hw_hold *h, struct hw_budget *budget)
{
	if (!h)
		return;
	unlink_hold(h);
	drop_blocks(h, budget);
	give_memory(budget, h->spare, sizeof(*h->spare));
	give_memory(budget, h->blocks, h->cap * sizeof(struct hw_hold_block *));
	hw_arrivals_clear(&h->arrivals, budget);
	give_memory(budget, h, sizeof(*h));
}

void hw_hold_list_init(struct hw_hold *list)
{
	*list = (struct hw_hold){ .older = list, .newer = list };
}

void hw_hold_list_renew(struct hw_hold *list, struct hw_hold *h)
{
	unlink_hold(h);
	h->older = list->older;
	h->newer = list;
	h->older->newer = h;
	list->older = h;
}
