/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/long.h - an exchange in full, for a person
 *
 *	14:03:01.123456 curl[4821] 127.0.0.1:40174 > 127.0.0.1:80 nginx[99]
 *	> GET /x HTTP/1.1
 *	> Host: a.example
 *	>
 *	< HTTP/1.1 200 OK
 *	< Content-Type: text/plain
 *	<
 *	< hello
 *	* complete: 12.3ms, first byte after 11.0ms, response of 5 bytes
 *
 * As curl -v: what the client said is behind >, what the server said behind <, and what is
 * ours behind *. No line of a message is without its mark, and an empty line ends it.
 */
#ifndef HW_EVENT_LONG_H
#define HW_EVENT_LONG_H

#include "base/buf.h"
#include "event/event.h"

/* Append `time`, if it is not empty, and `event`, which has an exchange. Returns 0 or -ENOMEM. */
int hw_long_write(const struct hw_event *event, struct hw_slice time, bool color,
		  struct hw_buf *out);

/*
 * How many of `len` bytes are whole exchanges, up to the last empty line; `ret_records`:
 * and how many these are.
 */
size_t hw_long_whole(const char *bytes, size_t len, uint64_t *ret_records);

#endif
