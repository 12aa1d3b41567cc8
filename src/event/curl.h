/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/curl.h - a request as the command line of curl that sends it again
 *
 *	curl 'http://a.example/x' -H 'User-Agent: Mozilla/5.0' --data-binary '{"a":1}'
 *
 * The line is for sh(1) and does what it says whatever the request has in it: values are
 * in single quotes, and those with bytes that a terminal would act on are written by
 * printf(1) in octal. What cannot be said to curl, or is not known, is said in a comment
 * on a line before.
 */
#ifndef HW_EVENT_CURL_H
#define HW_EVENT_CURL_H

#include "base/buf.h"
#include "event/event.h"

/*
 * Append the line with its LF to `out`; nothing if `event` has no request. Returns 0 or
 * -ENOMEM.
 */
int hw_curl_write(const struct hw_event *event, struct hw_buf *out);

/*
 * How many of `len` bytes are whole commands with the comments before them; `ret_records`: and
 * how many commands.
 */
size_t hw_curl_whole(const char *bytes, size_t len, uint64_t *ret_records);

#endif
