/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/csv.h - an event as a record of CSV (RFC 4180)
 *
 * A record is one line, with CRLF behind it: control bytes and line ends in a value are
 * shown as \x0a, and a backslash is doubled. A text from the wire that a spreadsheet
 * would take for a formula has an apostrophe in front.
 */
#ifndef HW_EVENT_CSV_H
#define HW_EVENT_CSV_H

#include "event/column.h"

/* What is written without --columns. */
#define HW_CSV_STANDARD                                                               \
	"time,process,pid,container,client,server,role,method,url,route,status,type," \
	"request_size,size,connect,ttfb,duration,end,notes,user_agent,trace_id,connection"

/* The line of the columns' names. Appends to `out`. Returns 0 or -ENOMEM. */
int hw_csv_head(const struct hw_columns *columns, struct hw_buf *out);

/* The same of an event; `cell` is room. */
int hw_csv_write(const struct hw_columns *columns, const struct hw_event *event,
		 struct hw_buf *cell, struct hw_buf *out);

#endif
