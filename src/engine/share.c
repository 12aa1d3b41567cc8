/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/share.c - see share.h */
#include "engine/share.h"

#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"
#include "engine/engine.h"
#include "wire/decode.h"
#include "wire/hash.h"

_Static_assert((int)HW_SHARE_ENGINES_MAX <= (int)HW_MARK_OWNER, "an engine has a mark");

struct hw_share {
	struct hw_wire *wire;
	struct hw_budget budget;
	struct hw_stats stats; /* counts nothing that is told */
	uint64_t seed;
	unsigned int engines;
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

static uint8_t mark(struct hw_share *s, const struct hw_frame *frame)
{
	struct hw_packet p;
	uint8_t owner;

	hw_wire_expire(s->wire, frame->time_ns);
	if (hw_wire_glance(s->wire, frame, &p))
		return owner_of(s, HW_WIRE_TCP, &p);
	owner = owner_of(s, hw_wire_decode(s->wire, frame, &p), &p);
	return hw_wire_has_learned(s->wire) ? owner | HW_MARK_TEACHES : owner;
}

void hw_share_mark(struct hw_share *s, const struct hw_frame *frames, uint8_t *ret_marks, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		ret_marks[i] = mark(s, &frames[i]);
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
