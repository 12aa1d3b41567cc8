/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/json.h - an event's table, compiled to a program that writes it as JSON
 *
 * A program is a list of steps: bytes to copy, then a value to write. All that does not
 * change from event to event - keys, punctuation, constants - is in those bytes, so that
 * writing an event walks no table and formats nothing twice.
 */
#ifndef HW_EVENT_JSON_H
#define HW_EVENT_JSON_H

#include "base/buf.h"
#include "event/table.h"

enum hw_json_form {
	HW_JSON_A, /* Tracee's trace.Event */
	HW_JSON_B, /* Tracee's v1beta1.Event */
};

struct hw_json; /* opaque: the program of one type in one form */

/* `type` is one that is printed. Returns 0 or -ENOMEM. */
int hw_json_new(struct hw_json **ret, const struct hw_event_type *type, enum hw_json_form form,
		bool is_strict);

/* Takes NULL. */
void hw_json_free(struct hw_json *j);

/*
 * Append `event`, which is of the program's type, to `out` as a line with its LF. Returns 0 or
 * -ENOMEM.
 */
int hw_json_write(struct hw_json *j, const struct hw_event *event, struct hw_buf *out);

#endif
