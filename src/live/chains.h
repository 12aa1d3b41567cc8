/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/chains.h - entries of a table in chains, by the low bits of a key
 *
 * A table has a fixed number of entries, and an entry the number of the next one in its chain.
 */
#ifndef HW_LIVE_CHAINS_H
#define HW_LIVE_CHAINS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HW_CHAINS_END UINT32_MAX /* no entry */

/* The heads are a power of two. */
struct hw_chains {
	uint32_t *heads;
	uint32_t mask;
};

/* False: no memory. */
static inline bool hw_chains_init(struct hw_chains *c, uint32_t entries_max)
{
	uint32_t nr = 1;

	while (nr < entries_max)
		nr *= 2;
	c->heads = malloc(nr * sizeof(*c->heads));
	if (!c->heads)
		return false;
	memset(c->heads, 0xff, nr * sizeof(*c->heads)); /* HW_CHAINS_END */
	c->mask = nr - 1;
	return true;
}

static inline void hw_chains_clear(struct hw_chains *c)
{
	free(c->heads);
}

static inline uint32_t *hw_chains_head(const struct hw_chains *c, uint64_t key)
{
	return &c->heads[key & c->mask];
}

/* For keys whose low bits tell little: the finisher of splitmix64. */
static inline uint64_t hw_chains_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

#endif
