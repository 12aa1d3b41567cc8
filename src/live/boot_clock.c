/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/boot_clock.c - see boot_clock.h */
#include "live/boot_clock.h"

#include <stdlib.h>

#include "base/clock.h"
#include "live/host.h"

enum {
	PRECISE_NS = 10 * 1000, /* of the clocks, read one after another */
	TRIES = 8,
};

/* Time since the epoch less time since boot, and how long it took to read both. */
static int64_t read_clocks(const struct hw_boot_clock *c, int64_t *ret_took)
{
	const uint64_t before = hw_clock_ns(CLOCK_BOOTTIME);
	const uint64_t epoch = hw_clock_ns(CLOCK_REALTIME);

	*ret_took = (int64_t)(hw_clock_ns(CLOCK_BOOTTIME) - before);
	return (int64_t)(epoch - before) - *ret_took / 2 + c->offset_ns;
}

/* Where reading takes long we were interrupted, or the clock is a slow one. */
void hw_boot_clock_start(struct hw_boot_clock *c)
{
	int64_t took, best = INT64_MAX;

	*c = (struct hw_boot_clock){ .offset_ns = hw_host_boottime_offset_ns() };
	for (int i = 0; i < TRIES && best > PRECISE_NS; i++) {
		const int64_t boot_ns = read_clocks(c, &took);

		if (took < best) {
			c->boot_ns = boot_ns;
			best = took;
		}
	}
}

/* It was set where it differs by more than reading may be wrong. */
void hw_boot_clock_check(struct hw_boot_clock *c)
{
	int64_t took;
	const int64_t set_ns = read_clocks(c, &took) - c->boot_ns;

	if (llabs(set_ns - c->set_ns) > took + PRECISE_NS)
		c->set_ns = set_ns;
}

uint64_t hw_boot_clock_epoch(const struct hw_boot_clock *c, uint64_t boot_time_ns)
{
	return boot_time_ns + (uint64_t)c->boot_ns;
}

uint64_t hw_boot_clock_now(const struct hw_boot_clock *c)
{
	return hw_boot_clock_epoch(c, hw_clock_ns(CLOCK_BOOTTIME) - (uint64_t)c->offset_ns);
}
