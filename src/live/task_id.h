/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/task_id.h - threads as the kernel side names them (bpf/abi.h) */
#ifndef HW_LIVE_TASK_ID_H
#define HW_LIVE_TASK_ID_H

#include <stdbool.h>

#include <linux/types.h>

#include "bpf/abi.h"

static inline bool hw_task_id_eq(const struct hw_tap_task_id *a, const struct hw_tap_task_id *b)
{
	return a->start_ns == b->start_ns && a->tid == b->tid;
}

static inline bool hw_task_id_is_set(const struct hw_tap_task_id *id)
{
	return id->start_ns != 0;
}

#endif
