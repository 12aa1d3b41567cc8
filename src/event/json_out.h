/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/json_out.h - JSON written member by member, for what no table describes
 *
 * Commas come by themselves. `name` is NULL for an element of a list and for the whole;
 * else it is ASCII that needs no escape. After a failure nothing more is written.
 */
#ifndef HW_EVENT_JSON_OUT_H
#define HW_EVENT_JSON_OUT_H

#include "base/buf.h"

/*
 * Start with `out` set, `err` 0 and `from` the length of `out`; what is written is behind what
 * `out` has.
 */
struct hw_json_out {
	struct hw_buf *out;
	size_t from;
	int err; /* 0, or -ENOMEM or -ENOBUFS of the first failure */
};

/* `bracket` is { or [, and at the end } or ]. */
void hw_json_out_begin(struct hw_json_out *j, const char *name, char bracket);
void hw_json_out_end(struct hw_json_out *j, char bracket);

/* Any bytes; those that are not UTF-8 become U+FFFD. */
void hw_json_out_text(struct hw_json_out *j, const char *name, struct hw_slice value);

void hw_json_out_base64(struct hw_json_out *j, const char *name, struct hw_slice value);
void hw_json_out_number(struct hw_json_out *j, const char *name, int64_t value);
void hw_json_out_u64(struct hw_json_out *j, const char *name, uint64_t value);
void hw_json_out_bool(struct hw_json_out *j, const char *name, bool value);

/* Nanoseconds as milliseconds with as many decimals as there are: 1.5, 0.000001. */
void hw_json_out_ms(struct hw_json_out *j, const char *name, uint64_t ns);

/* RFC 3339 in UTC, with as many digits of a second as there are. */
void hw_json_out_time(struct hw_json_out *j, const char *name, uint64_t time_ns);

#endif
