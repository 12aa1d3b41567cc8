/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/har.h - exchanges as an HTTP Archive, HAR 1.2
 *
 * The file that the developer tools of browsers export and open: one JSON document, here
 * with a line for its head, one for each exchange and one for its tail, so that it can be
 * written while exchanges come and is whole but for the tail whenever it is cut off. What
 * HAR has no member for is in a member `_httpwire` of each entry.
 * http://www.softwareishard.com/blog/har-12-spec/
 */
#ifndef HW_EVENT_HAR_H
#define HW_EVENT_HAR_H

#include "base/buf.h"
#include "event/event.h"

/* Lines, static; `between` stands before each entry but the first. */
extern const char hw_har_head[], hw_har_between[], hw_har_tail[];

/*
 * Append the entry of `event` and an LF to `out`: nothing if it is not of an exchange, or
 * of one that goes on. `is_strict`: without `_httpwire`. Returns 0 or -ENOMEM.
 */
int hw_har_write(const struct hw_event *event, bool is_strict, struct hw_buf *out);

#endif
