/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/filter.h - what filters of system calls differ in: between make_filters.c and calls.c
 */
#ifndef HW_SANDBOX_FILTER_H
#define HW_SANDBOX_FILTER_H

/* There is a filter for each set of these, with that number; see struct hw_calls. */
enum hw_filter_part {
	HW_FILTER_OPEN = 1 << 0,
	HW_FILTER_SOCKETS = 1 << 1,
	HW_FILTER_SERVES = 1 << 2,
	HW_FILTER_CHILD = 1 << 3,
	HW_FILTERS_NR = 1 << 4,
};

/* Stand for the process itself and for its child until it loads one. No process has them (4194304). */
#define HW_FILTER_SELF 0x7fff0001u
#define HW_FILTER_CHILD_PID 0x7fff0002u

#endif
