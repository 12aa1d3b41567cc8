/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/share.c - see share.h */
#include "engine/share.h"

#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"
#include "engine/clock.h"
#include "wire/decode.h"
#include "wire/hash.h"

struct hw_share {
	struct hw_wire *wire;
	struct hw_budget budget;
	struct hw_stats stats; /* counts nothing that is told */
	struct hw_clock clock;
	uint64_t seed;
	uint64_t frames; /* so far */
	unsigned int engines;
	uint8_t owners[HW_GLANCES + 1]; /* by the place of a glance */
};

int hw_share_new(struct hw_share **ret, const struct hw_engine_options *o, unsigned int engines)
{
	const struct hw_wire_options options = { o->no_tunnels, o->checksums, .is_glance = true };
	struct hw_share *s;

	if (engines == 0 || engines > HW_SHARE_ENGINES_MAX)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->budget.max = o->max_memory;
	s->seed = o->seed;
	s->engines = engines;
	if (hw_wire_new(&s->wire, &options, &s->budget, &s->stats, o->seed) != 0) {
		hw_share_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void hw_share_free(struct hw_share *s)
{
	if (!s)
		return;
	hw_wire_free(s->wire);
	free(s);
}

/* The same for both directions. */
static uint64_t hash_of(const struct hw_share *s, const struct hw_packet *p)
{
	const uint64_t src = hw_hash_addr(&p->src, s->seed + p->src_port);
	const uint64_t dst = hw_hash_addr(&p->dst, s->seed + p->dst_port);

	return hw_hash_mix(src + dst, 0xa0761d6478bd642fu);
}

/* What has no connection is shared as evenly, but for what is no packet at all. */
static uint8_t owner_of(const struct hw_share *s, enum hw_wire_kind kind, const struct hw_packet *p)
{
	if (kind == HW_WIRE_NONE)
		return 0;
	return (uint8_t)((hash_of(s, p) >> 32) * s->engines >> 32);
}

static uint8_t owner_of_frame(struct hw_share *s, struct hw_frame *frame, bool *ret_teaches)
{
	struct hw_packet p;
	enum hw_wire_kind kind;
	unsigned int place;

	*ret_teaches = false;
	hw_wire_expire(s->wire, frame->time_ns);
	switch (hw_wire_glance(s->wire, frame, &p, &place)) {
	case HW_GLANCED_OTHER:
		s->owners[place] = owner_of(s, HW_WIRE_TCP, &p);
		return s->owners[place];
	case HW_GLANCED_SAME:
		return s->owners[place];
	case HW_GLANCED_NOTHING:
		break;
	}
	kind = hw_wire_decode(s->wire, frame, &p);
	frame->rest = NULL; /* all is there by now, also for others that learn from it */
	*ret_teaches = hw_wire_has_learned(s->wire);
	return owner_of(s, kind, &p);
}

/* Fills all but the order by owner. */
static void look(struct hw_share *s, struct hw_frame *frames, struct hw_shared *ret,
		 uint8_t *ret_owners)
{
	ret->teaching_nr = 0;
	for (size_t i = 0; i < ret->nr; i++) {
		bool teaches;

		ret_owners[i] = owner_of_frame(s, &frames[i], &teaches);
		ret->now_ns[i] = hw_clock_see(&s->clock, ret->frames[i].time_ns);
		if (teaches)
			ret->teaching[ret->teaching_nr++] = (uint16_t)i;
	}
}

static void sort(const struct hw_share *s, struct hw_shared *ret, const uint8_t *owners)
{
	uint16_t at[HW_SHARE_ENGINES_MAX + 1] = { 0 };

	for (size_t i = 0; i < ret->nr; i++)
		at[owners[i] + 1]++;
	for (unsigned int i = 0; i < s->engines; i++)
		at[i + 1] += at[i];
	memcpy(ret->begins, at, sizeof(at));
	for (size_t i = 0; i < ret->nr; i++)
		ret->by_owner[at[owners[i]]++] = (uint16_t)i;
}

void hw_share_out(struct hw_share *s, struct hw_frame *frames, size_t nr, struct hw_shared *ret)
{
	uint8_t owners[HW_SHARE_FRAMES_MAX];

	ret->frames = frames;
	ret->nr = nr;
	ret->first = s->frames;
	s->frames += nr;
	look(s, frames, ret, owners);
	sort(s, ret, owners);
}

/* All engines keep all fragments. */
bool hw_share_has_all(enum hw_stat stat)
{
	return stat == HW_STAT_NOTE_FRAGMENTS_EXPIRED || stat == HW_STAT_NOTE_FRAGMENT_CONFLICTS ||
	       stat == HW_STAT_NOTE_REASSEMBLED;
}

void hw_share_sum(struct hw_stats *sum, const struct hw_stats *engine, unsigned int number)
{
	for (int i = 0; i < HW_STAT_NR; i++)
		if (number == 0 || !hw_share_has_all((enum hw_stat)i))
			sum->n[i] += engine->n[i];
}
