/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/text.h - a message or a packet as a line for a person
 *
 *	10.0.0.1:40174 > 192.0.2.9:80  GET example.com/index.html?x=1
 *	192.0.2.9:80 > 10.0.0.1:40174  200 OK  text/html  1256  [bare_lf]
 *
 * Whatever the wire says, the line is printable text: control bytes, bytes that are not
 * UTF-8 and characters that change the direction or the look of what follows are shown
 * as \x1b or \u202e, and a backslash before such is doubled.
 */
#ifndef HW_EVENT_TEXT_H
#define HW_EVENT_TEXT_H

#include "base/buf.h"
#include "event/event.h"

/* Append `time`, if it is not empty, `event` and an LF to `out`. Returns 0 or -ENOMEM. */
int hw_text_write(const struct hw_event *event, struct hw_slice time, bool color,
		  struct hw_buf *out);

#endif
