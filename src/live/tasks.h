/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/tasks.h - what the kernel side has told of threads
 *
 * A thread that is told of again has changed: its name, its user, the program it runs. What it was
 * before is kept, for what it did then. Of a fixed size: whom nobody asked for longest makes room.
 * Does no I/O.
 */
#ifndef HW_LIVE_TASKS_H
#define HW_LIVE_TASKS_H

#include "event/event.h"
#include "live/chains.h"
#include "live/task_id.h"

struct hw_tasks_entry; /* opaque */

/* Zeroed it may be cleared. */
struct hw_tasks {
	struct hw_tasks_entry *entries;
	uint32_t max, hand;
	struct hw_chains by_id;
	uint32_t versions; /* given so far; the asker has the other half of a version */
	uint32_t epoch;	   /* how often one was told of again */
	uint64_t untold;   /* no memory for them */
};

/* Room for `max` of them, at least 1. False: no memory. */
bool hw_tasks_init(struct hw_tasks *t, uint32_t max);

void hw_tasks_clear(struct hw_tasks *t);

/*
 * A thread is this. `boot_ns` is what to add to a time since boot for one since the epoch.
 * Without memory it stays unknown, and is counted.
 */
void hw_tasks_tell(struct hw_tasks *t, const struct hw_tap_task *task, int64_t boot_ns);

/* What threads are now is what hw_tasks_fill() tells of them as they were at this time. */
static inline uint32_t hw_tasks_epoch(const struct hw_tasks *t)
{
	return t->epoch;
}

/* Whether it was told of again since. */
bool hw_tasks_has_changed(const struct hw_tasks *t, const struct hw_task_then *task);

/*
 * Fills in all but `owner`: what was told of it by then. Texts are valid until the next
 * hw_tasks_tell(). Returns false and fills in no more than its ids if it is not known, as it has made
 * room for others, or the ring was full.
 */
bool hw_tasks_fill(struct hw_tasks *t, const struct hw_task_then *task, struct hw_process *ret);

#endif
