/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/boot_clock.h - the time since the epoch of what the kernel side has a time since boot of
 *
 * Frames do not follow a clock that is set while we run, or what lasts would seem to take as much
 * longer: the time goes on as it was at the start, and by how much the host's differs is known.
 */
#ifndef HW_LIVE_BOOT_CLOCK_H
#define HW_LIVE_BOOT_CLOCK_H

#include <stdint.h>

struct hw_boot_clock {
	int64_t boot_ns;   /* time since the epoch less time since boot, as it was at the start */
	int64_t set_ns;	   /* by which that has changed */
	int64_t offset_ns; /* of our time namespace; the kernel side has the host's time */
};

void hw_boot_clock_start(struct hw_boot_clock *c);

/* Look whether the host's clock was set. */
void hw_boot_clock_check(struct hw_boot_clock *c);

/* Nanoseconds since the epoch, of a time of the kernel side, and now. */
uint64_t hw_boot_clock_epoch(const struct hw_boot_clock *c, uint64_t boot_time_ns);
uint64_t hw_boot_clock_now(const struct hw_boot_clock *c);

#endif
