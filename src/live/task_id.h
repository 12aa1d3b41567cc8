/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/task_id.h - threads as the kernel side names them (bpf/abi.h) */
#ifndef HW_LIVE_TASK_ID_H
#define HW_LIVE_TASK_ID_H

#include <stdbool.h>

#include <linux/types.h>

#include "bpf/abi.h"

/*
 * A thread as it was when it did something: it may become another user, or run another program.
 * `epoch` is hw_tasks_epoch() of that time.
 */
struct hw_task_then {
	struct hw_tap_task_id id;
	uint32_t epoch;
};

static inline bool hw_task_id_eq(const struct hw_tap_task_id *a, const struct hw_tap_task_id *b)
{
	return a->start_ns == b->start_ns && a->tid == b->tid;
}

static inline bool hw_task_then_eq(const struct hw_task_then *a, const struct hw_task_then *b)
{
	return hw_task_id_eq(&a->id, &b->id) && a->epoch == b->epoch;
}

static inline bool hw_task_id_is_set(const struct hw_tap_task_id *id)
{
	return id->start_ns != 0;
}

#endif
