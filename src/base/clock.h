/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/clock.h - the clocks of the system
 *
 * For the program alone: what the engine gives depends on the times of frames and on nothing else.
 */
#ifndef HW_BASE_CLOCK_H
#define HW_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/duration.h"

/* Nanoseconds; may be called in a signal's handler. */
static inline uint64_t hw_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * HW_NS_PER_S + (uint64_t)t.tv_nsec;
}

#endif
