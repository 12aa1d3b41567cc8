/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/row.h - an event as a line in columns, for a person
 *
 *	14:03:01.123456 curl[4821]       > GET  a.example/x  [bare_lf]   200  1.2k  12.3ms
 *
 * Columns have a width that most values fit, so that lines look alike. On a terminal the
 * one that grows takes what is left, so that what is behind it is at the right edge, and
 * is cut with a mark if it is longer. On one that is too narrow for that, padding, the
 * time (unless it is kept), notes and the ends of other texts go first, and numbers last;
 * of who aborted an exchange "[~client]" is left as long as there is room for a note.
 */
#ifndef HW_EVENT_ROW_H
#define HW_EVENT_ROW_H

#include "event/column.h"

/* What is shown without --columns. */
#define HW_ROW_STANDARD "time,who,role,method,uri,notes,status,size,duration"

struct hw_row_options {
	const struct hw_columns *columns;
	size_t width; /* of the terminal; 0: nothing is cut */
	bool color;
	bool keeps_time;      /* where the terminal is narrow, too */
	struct hw_slice time; /* what the column of that name shows; empty: it is left out */
};

/* Append the line with its LF to `out`; `room` is for its cells. Returns 0 or -ENOMEM. */
int hw_row_write(const struct hw_row_options *options, const struct hw_event *event,
		 struct hw_buf *room, struct hw_buf *out);

#endif
