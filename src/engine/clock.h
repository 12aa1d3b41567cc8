/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/clock.h - the time that timeouts run by, made from the frames' times
 *
 * Frames come a little out of order, and captures have times that jump by decades. The
 * engine's clock never goes back, and one frame moves it by HW_CLOCK_STEP_NS at most, so
 * that one wrong time does not end every connection; and by 1 ns at least, so that what was
 * used last by two frames has an order.
 */
#ifndef HW_ENGINE_CLOCK_H
#define HW_ENGINE_CLOCK_H

#include "base/duration.h"

#define HW_CLOCK_STEP_NS (60 * HW_NS_PER_S)

struct hw_clock {
	uint64_t now_ns;  /* the engine's time; starts at 0 */
	uint64_t last_ns; /* time of the latest frame; 0: none yet */
};

/*
 * A frame of time `time_ns` was seen. Returns the engine's time. Small steps back are the
 * disorder of captures and are ignored; after a large one time runs on from there.
 */
static inline uint64_t hw_clock_see(struct hw_clock *c, uint64_t time_ns)
{
	uint64_t step = 1;

	if (c->last_ns == 0 || c->last_ns > time_ns + HW_CLOCK_STEP_NS) {
		c->last_ns = time_ns;
	} else if (time_ns > c->last_ns) {
		step = time_ns - c->last_ns;
		c->last_ns = time_ns;
	}
	c->now_ns += step < HW_CLOCK_STEP_NS ? step : HW_CLOCK_STEP_NS;
	return c->now_ns;
}

#endif
