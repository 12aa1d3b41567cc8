/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/tasks.h - what the kernel side has told of threads
 *
 * Of a fixed size: whom nobody asked for longest makes room. Does no I/O.
 */
#ifndef HW_LIVE_TASKS_H
#define HW_LIVE_TASKS_H

#include "event/event.h"
#include "live/chains.h"

struct hw_tap_task;
struct hw_tap_task_id;

struct hw_tasks_entry; /* opaque */

/* Zeroed it may be cleared. */
struct hw_tasks {
	struct hw_tasks_entry *entries;
	uint32_t max, hand;
	struct hw_chains by_id;
	uint32_t versions; /* given so far; the asker has the other half of a version */
	uint64_t lost;	   /* dropped while they might have been of use, or no memory for them */
};

/* Room for `max` of them, at least 1. False: no memory. */
bool hw_tasks_init(struct hw_tasks *t, uint32_t max);

void hw_tasks_clear(struct hw_tasks *t);

/*
 * A thread is this. `boot_ns` is what to add to a time since boot for one since the epoch.
 * Without memory it stays unknown, and is counted.
 */
void hw_tasks_tell(struct hw_tasks *t, const struct hw_tap_task *task, int64_t boot_ns);

/*
 * Fills in all but `owner`: what was told, or of a thread that is not known (the ring was full) no
 * more than its ids. Texts are valid until the next hw_tasks_tell().
 */
void hw_tasks_fill(struct hw_tasks *t, const struct hw_tap_task_id *id, struct hw_process *ret);

#endif
