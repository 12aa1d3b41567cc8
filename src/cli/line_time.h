/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/line_time.h - the time at the start of a line of text, as tcpdump writes it
 */
#ifndef HW_CLI_LINE_TIME_H
#define HW_CLI_LINE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

enum { HW_LINE_TIME_MAX = 48 }; /* longest time, with its NUL */

/* Start with `style` set and everything else zero. */
struct hw_line_time {
	enum hw_time_style style;
	/* private */
	bool begun;
	uint64_t first_ns, last_ns;
	uint64_t second;	       /* since the epoch, of `prefix` */
	char prefix[HW_LINE_TIME_MAX]; /* the time up to its seconds */
	size_t prefix_len;
};

/*
 * Write the time of the next line, `at_ns` since the Unix epoch, and a blank; nothing if
 * the style is none. Returns the length without the NUL.
 */
size_t hw_line_time_next(struct hw_line_time *t, uint64_t at_ns, char ret[HW_LINE_TIME_MAX]);

#endif
