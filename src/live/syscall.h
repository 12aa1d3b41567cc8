/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/syscall.h - names of system calls */
#ifndef HW_LIVE_SYSCALL_H
#define HW_LIVE_SYSCALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * "sendto", in static storage; empty if `number` is none that was known when this was
 * built. `is_compat`: of a 32-bit program on a 64-bit kernel.
 */
struct hw_slice hw_syscall_name(uint32_t number, bool is_compat);

#endif
