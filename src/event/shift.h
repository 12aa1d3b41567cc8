/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/shift.h - an event by another clock
 *
 * How long things take must not depend on whether the host's clock is set meanwhile, so frames have
 * times of a clock that nobody sets. When it was set they are wrong by that as times of the day.
 */
#ifndef HW_EVENT_SHIFT_H
#define HW_EVENT_SHIFT_H

#include "event/event.h"

/* The event, and what of it has times. */
struct hw_event_shifted {
	struct hw_event event;
	struct hw_process process;
	struct hw_exchange exchange;
	struct hw_exchange_interim interims[HW_EXCHANGE_INTERIMS_MAX];
	struct hw_tunnel tunnel;
};

/*
 * `event` with all the times that it tells `by_ns` later; those that are not known stay so. Valid as
 * long as `event` and `room`, which need not be set before.
 */
const struct hw_event *hw_event_shift(const struct hw_event *event, int64_t by_ns,
				      struct hw_event_shifted *room);

#endif
