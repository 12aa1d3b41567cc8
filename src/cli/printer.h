/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/printer.h - an event becomes what is printed of it, as the options say
 *
 * Each thread that prints has its own.
 */
#ifndef HW_CLI_PRINTER_H
#define HW_CLI_PRINTER_H

#include "base/buf.h"
#include "cli/line_time.h"
#include "cli/options.h"

/* Embed it by value; the fields are private but for `encoder`. */
struct hw_printer {
	struct hw_encoder *encoder; /* what stands around the lines, it knows */
	const struct hw_options *options;
	bool is_terminal; /* what is printed to */
	struct hw_line_time line_time;
	char time[HW_LINE_TIME_MAX]; /* of the event at hand */
};

/* `o` outlives it. Returns 0, -EINVAL or -ENOMEM; clear it in any case. */
int hw_printer_init(struct hw_printer *p, const struct hw_options *o);

void hw_printer_clear(struct hw_printer *p);

/* One that was made to be measured is not printed, and with -o none no event is. */
bool hw_printer_wants(const struct hw_printer *p, const struct hw_event *event);

/* Append to `out`: nothing, if the format has nothing for it. Returns 0 or -ENOMEM. */
int hw_printer_print(struct hw_printer *p, const struct hw_event *event, struct hw_buf *out);

#endif
