/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/stats.h - every counter of an engine, in one table
 *
 * Whatever is lost, skipped or refused is counted here under its stage and reason.
 * The same table prints the statistics, makes the JSON and fills the manual. The
 * equations that must hold at any time are in hw_stats_check() (stats.c).
 */
#ifndef HW_BASE_STATS_H
#define HW_BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

enum hw_stat {
#define HW_STAT(id, stage, name, meaning) HW_STAT_##id,
#include "base/stats.def"
#undef HW_STAT
	HW_STAT_NR,
};

struct hw_stats {
	uint64_t n[HW_STAT_NR];
};

struct hw_stat_info {
	const char *stage; /* "wire" */
	const char *name;  /* "bad_ip_header"; with the stage it is unique */
	const char *meaning;
};

/* Describe counter `stat`, which is below HW_STAT_NR. Static storage. */
const struct hw_stat_info *hw_stat_info(enum hw_stat stat);

/*
 * Check that the accounts close (packets, TCP bytes, messages, events). Returns NULL
 * if they do, else the equation that does not hold, as text in static storage.
 */
const char *hw_stats_check(const struct hw_stats *s);

static inline void hw_stats_add(struct hw_stats *s, enum hw_stat stat, uint64_t by)
{
	s->n[stat] += by;
}

static inline void hw_stats_inc(struct hw_stats *s, enum hw_stat stat)
{
	s->n[stat]++;
}

#endif
