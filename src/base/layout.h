/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/layout.h - where code lies
 *
 * What runs for each message is more than the first cache of instructions has room for
 * (32 KiB), so what hardly ever runs must not lie between: waiting for code costs more than
 * running it. Results never depend on this.
 */
#ifndef HW_BASE_LAYOUT_H
#define HW_BASE_LAYOUT_H

/* A function that ordinary traffic does not reach: it lies elsewhere, and so does what calls it. */
#define HW_COLD __attribute__((cold, noinline))

/* A function that only some messages reach: it does not lie between what all of them run. */
#define HW_APART __attribute__((noinline))

/* A part of its caller, also where gcc would rather call it: as it may come again, or is large. */
#define HW_ALWAYS_INLINE static inline __attribute__((always_inline))

/* A condition that ordinary traffic does not meet: what follows lies behind the rest. */
#define HW_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#endif
