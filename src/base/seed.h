/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/seed.h - where hashes begin, so that nobody can make many collide
 *
 * For the program alone; whoever uses the engine gives it a seed.
 */
#ifndef HW_BASE_SEED_H
#define HW_BASE_SEED_H

#include <sys/random.h>

#include "base/clock.h"

/* Early at boot a signal may come before the kernel has any; then the time is one. */
static inline uint64_t hw_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = hw_clock_ns(CLOCK_REALTIME);
	return seed;
}

#endif
