/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/defrag.c - see defrag.h */
#include "wire/defrag.h"

#include <errno.h>
#include <assert.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/layout.h"
#include "wire/hash.h"

#define TIMEOUT_NS (30 * HW_NS_PER_S) /* as Linux has it */

enum {
	BYTES_MAX = 4 << 20,
	BUCKETS = 1024,	    /* a power of two */
	PACKET_MAX = 65535, /* bytes of a whole packet (IPv4) or of its payload (IPv6) */
	HEADER_ROOM = 64,   /* in front of the payload, for the header */
	UNIT = 8,	    /* bytes that offsets count in */
	UNITS = (PACKET_MAX + UNIT - 1) / UNIT,
	ROOM_MIN = 4096,
	ROOM_MAX = HEADER_ROOM + UNITS * UNIT,
};

/* A packet that is being put together. */
struct partial {
	struct partial *older, *newer; /* by their first fragment's arrival */
	struct partial *chain;	       /* of the bucket; of `given` when it is whole */
	struct hw_addr src, dst;
	uint64_t number;
	uint32_t id;
	uint8_t ip_version, protocol;
	bool dropped;	      /* contradicted itself: later fragments are bad as well */
	uint64_t first_ns;    /* when the first fragment came */
	uint32_t fragments;   /* kept so far */
	uint32_t header_len;  /* 0: the fragment of offset 0 is missing */
	uint32_t payload_len; /* 0: the last fragment is missing */
	uint32_t end;	      /* of the bytes there are */
	uint32_t units;	      /* that are there: bits in `have` */
	uint64_t have[(UNITS + 63) / 64];
	uint8_t *room; /* HEADER_ROOM, then the payload */
	size_t room_len;
};

struct hw_defrag {
	struct hw_budget *budget;
	struct hw_stats *stats;
	uint64_t seed;
	size_t used, max; /* bytes of partials and their rooms */
	uint64_t made_nr; /* partials */
	uint64_t number;  /* of the last fragment's */
	struct partial *oldest, *newest;
	struct partial *given; /* whole, lent out */
	struct partial *buckets[BUCKETS];
};

int hw_defrag_new(struct hw_defrag **ret, struct hw_budget *budget, struct hw_stats *stats,
		  uint64_t seed)
{
	struct hw_defrag *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->budget = budget;
	d->stats = stats;
	d->seed = seed;
	d->max = budget->max / 16 < BYTES_MAX ? budget->max / 16 : BYTES_MAX;
	*ret = d;
	return 0;
}

static void give_back(struct hw_defrag *d, size_t bytes)
{
	d->used -= bytes;
	hw_budget_give(d->budget, bytes);
}

static void free_room(struct hw_defrag *d, struct partial *p)
{
	give_back(d, p->room_len);
	free(p->room);
	p->room = NULL;
	p->room_len = 0;
}

static void free_partial(struct hw_defrag *d, struct partial *p)
{
	free_room(d, p);
	give_back(d, sizeof(*p));
	free(p);
}

static struct partial **bucket_of(struct hw_defrag *d, const struct hw_addr *src,
				  const struct hw_addr *dst, uint32_t id)
{
	const uint64_t hash = hw_hash_addr(src, d->seed) ^ id;

	return &d->buckets[hw_hash_addr(dst, hash) % BUCKETS];
}

static void unlink_partial(struct hw_defrag *d, struct partial *p)
{
	struct partial **at = bucket_of(d, &p->src, &p->dst, p->id);

	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;

	*(p->older ? &p->older->newer : &d->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &d->newest) = p->older;
}

static void give_up(struct hw_defrag *d, struct partial *p)
{
	hw_stats_add(d->stats, HW_STAT_NOTE_FRAGMENTS_EXPIRED, p->fragments);
	unlink_partial(d, p);
	free_partial(d, p);
}

void hw_defrag_free(struct hw_defrag *d)
{
	if (!d)
		return;
	while (d->oldest)
		give_up(d, d->oldest);
	hw_defrag_release(d);
	free(d);
}

HW_APART static void free_given(struct hw_defrag *d)
{
	while (d->given) {
		struct partial *p = d->given;

		d->given = p->chain;
		free_partial(d, p);
	}
}

uint64_t hw_defrag_number(const struct hw_defrag *d)
{
	return d->number;
}

bool hw_defrag_is_empty(const struct hw_defrag *d)
{
	return !d->given && !d->oldest;
}

void hw_defrag_release(struct hw_defrag *d)
{
	if (d->given)
		free_given(d);
}

void hw_defrag_expire(struct hw_defrag *d, uint64_t now_ns)
{
	while (d->oldest && now_ns > d->oldest->first_ns &&
	       now_ns - d->oldest->first_ns > TIMEOUT_NS)
		give_up(d, d->oldest);
}

/* Take `bytes`, if need be from the oldest packets, but never from `keep`. */
static bool take(struct hw_defrag *d, size_t bytes, const struct partial *keep)
{
	while (bytes > d->max - d->used || !hw_budget_take(d->budget, bytes)) {
		struct partial *victim = d->oldest;

		if (victim && victim == keep)
			victim = victim->newer;
		if (!victim)
			return false;
		give_up(d, victim);
		assert(d->oldest != victim); /* for the analyzer: it is not there any more */
	}
	d->used += bytes;
	return true;
}

static bool is_same(const struct partial *p, const struct hw_fragment *f)
{
	return p->id == f->id && p->ip_version == f->ip_version &&
	       (f->ip_version == 6 || p->protocol == f->protocol) &&
	       memcmp(&p->src, &f->src, sizeof(p->src)) == 0 &&
	       memcmp(&p->dst, &f->dst, sizeof(p->dst)) == 0;
}

/* The identification comes round again: what is too old belongs to another packet. */
static struct partial *find(struct hw_defrag *d, const struct hw_fragment *f)
{
	struct partial *p = *bucket_of(d, &f->src, &f->dst, f->id);

	while (p && !is_same(p, f))
		p = p->chain;
	if (p && f->time_ns > p->first_ns && f->time_ns - p->first_ns > TIMEOUT_NS) {
		give_up(d, p);
		return NULL;
	}
	return p;
}

static struct partial *make(struct hw_defrag *d, const struct hw_fragment *f)
{
	struct partial **bucket, *p;

	if (!take(d, sizeof(*p), NULL))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p) {
		give_back(d, sizeof(*p));
		return NULL;
	}
	p->number = ++d->made_nr;
	p->src = f->src;
	p->dst = f->dst;
	p->id = f->id;
	p->ip_version = f->ip_version;
	p->protocol = f->protocol;
	p->first_ns = f->time_ns;

	bucket = bucket_of(d, &f->src, &f->dst, f->id);
	p->chain = *bucket;
	*bucket = p;
	p->older = d->newest;
	*(d->newest ? &d->newest->newer : &d->oldest) = p;
	d->newest = p;
	return p;
}

static bool make_room(struct hw_defrag *d, struct partial *p, size_t need)
{
	size_t len = p->room_len ? p->room_len : ROOM_MIN;
	uint8_t *room;

	while (len < need)
		len = len > ROOM_MAX / 2 ? ROOM_MAX : len * 2;
	if (len == p->room_len)
		return true;
	if (!take(d, len - p->room_len, p))
		return false;
	room = realloc(p->room, len);
	if (!room) {
		give_back(d, len - p->room_len);
		return false;
	}
	p->room = room;
	p->room_len = len;
	return true;
}

/* Of a packet that contradicts itself only its name is kept, to know the rest of it. */
static enum hw_defrag_result drop(struct hw_defrag *d, struct partial *p)
{
	free_room(d, p);
	p->dropped = true;
	return HW_DEFRAG_BAD;
}

/*
 * Put the bytes of one unit in place, unless it is there already. Returns false if it is
 * and has other bytes.
 */
static bool put_unit(struct partial *p, uint32_t unit, const uint8_t *bytes, size_t len)
{
	uint8_t *to = p->room + HEADER_ROOM + (size_t)unit * UNIT;
	const uint64_t bit = UINT64_C(1) << unit % 64;

	if (p->have[unit / 64] & bit)
		return memcmp(to, bytes, len) == 0;
	memcpy(to, bytes, len);
	p->have[unit / 64] |= bit;
	p->units++;
	return true;
}

/* Returns false if some of it was there already with other bytes. */
static bool put_payload(struct partial *p, const struct hw_fragment *f)
{
	bool agrees = true;

	for (size_t at = 0; at < f->payload.len; at += UNIT) {
		const size_t left = f->payload.len - at;

		agrees &= put_unit(p, (uint32_t)(f->offset + at) / UNIT, f->payload.ptr + at,
				   left < UNIT ? left : UNIT);
	}
	return agrees;
}

/* All fragments must speak of the same end. */
static bool end_agrees(const struct partial *p, const struct hw_fragment *f)
{
	const uint32_t end = f->offset + (uint32_t)f->payload.len;

	if (p->payload_len)
		return f->more ? end <= p->payload_len : end == p->payload_len;
	return f->more || end >= p->end;
}

/* The first fragment's header is the packet's: RFC 791 3.2, RFC 8200 4.5. */
static void put_header(struct partial *p, const struct hw_fragment *f)
{
	uint8_t *to = p->room + HEADER_ROOM - f->header.len;

	memcpy(to, f->header.ptr, f->header.len);
	if (p->ip_version == 6)
		to[6] = f->protocol;
	else
		hw_put_u16be(to + 6, 0);
	p->header_len = (uint32_t)f->header.len;
}

static bool is_whole(const struct partial *p)
{
	return p->header_len && p->payload_len && p->units == (p->payload_len + UNIT - 1) / UNIT;
}

static struct hw_slice give_out(struct hw_defrag *d, struct partial *p)
{
	uint8_t *header = p->room + HEADER_ROOM - p->header_len;

	if (p->ip_version == 6)
		hw_put_u16be(header + 4, (uint16_t)p->payload_len);
	else
		hw_put_u16be(header + 2, (uint16_t)(p->header_len + p->payload_len));

	unlink_partial(d, p);
	p->chain = d->given;
	d->given = p;
	hw_stats_inc(d->stats, HW_STAT_NOTE_REASSEMBLED);
	return (struct hw_slice){ header, p->header_len + p->payload_len };
}

static bool is_too_long(const struct hw_fragment *f)
{
	const size_t header = f->ip_version == 6 ? 0 : f->header.len;

	return header + f->offset + f->payload.len > PACKET_MAX;
}

/* The first fragment's header may be longer than those of the others. */
static bool is_whole_too_long(const struct partial *p)
{
	return p->ip_version == 4 && p->header_len + p->payload_len > PACKET_MAX;
}

enum hw_defrag_result hw_defrag_push(struct hw_defrag *d, const struct hw_fragment *f,
				     struct hw_slice *ret)
{
	const uint32_t end = f->offset + (uint32_t)f->payload.len;
	struct partial *p = find(d, f);

	if (is_too_long(f) || (!p && !(p = make(d, f))) || p->dropped)
		return HW_DEFRAG_BAD;
	d->number = p->number;
	if (!end_agrees(p, f))
		return drop(d, p);
	if (!make_room(d, p, HEADER_ROOM + end))
		return HW_DEFRAG_BAD;

	if (!put_payload(p, f)) {
		hw_stats_inc(d->stats, HW_STAT_NOTE_FRAGMENT_CONFLICTS);
		if (p->ip_version == 6)
			return drop(d, p);
	}
	if (f->offset == 0 && !p->header_len)
		put_header(p, f);
	if (!f->more)
		p->payload_len = end;
	if (p->end < end)
		p->end = end;

	if (!is_whole(p)) {
		p->fragments++;
		return HW_DEFRAG_HELD;
	}
	if (is_whole_too_long(p))
		return drop(d, p);
	*ret = give_out(d, p);
	return HW_DEFRAG_WHOLE;
}
