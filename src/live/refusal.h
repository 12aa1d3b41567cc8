/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/refusal.h - why the kernel does not take our programs, in a line that says what helps */
#ifndef HW_LIVE_REFUSAL_H
#define HW_LIVE_REFUSAL_H

#include "base/failure.h"

/*
 * `err`, a negative errno, came from loading them, or from attaching one to the root of the
 * cgroups. What else the host lacks is looked at, and said if it is the reason. Returns what
 * hw_fail() does: -EPERM, -EOPNOTSUPP or `err`.
 */
int hw_refusal_of_load(const struct hw_failure *to, int err);
int hw_refusal_of_attach(const struct hw_failure *to, int err);

#endif
