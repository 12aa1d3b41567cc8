/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/field.h - one field of an event, found by its path
 *
 * A path is that of form A: an argument and what is in it ("src", "request.method"), what
 * is ours ("httpwire.frame"), or what the envelope has ("processName"). Behind a list of
 * names and values one name may follow, in either case: "request.headers.user-agent".
 */
#ifndef HW_EVENT_FIELD_H
#define HW_EVENT_FIELD_H

#include "event/line.h"
#include "event/table.h"

struct hw_field_at {
	const struct hw_field *field;
	const struct hw_event_type *type;
	struct hw_slice item; /* of names and values the one of that name; empty: all */
};

/*
 * Find the field of `path` in events of that type. Only what can be written as one text is
 * found: no objects, no lists of objects. `ret->item` points into `path`. Returns false if
 * there is none.
 */
bool hw_field_find(const struct hw_event_type *type, struct hw_slice path, struct hw_field_at *ret);

/* Where the value lies; NULL: the event has no such part. `event` is of the type. */
const void *hw_field_place(const struct hw_field *field, const struct hw_event *event);

/* The number at `place`. Returns false if the field's type is none. */
bool hw_field_number(const struct hw_field *field, const void *place, int64_t *ret);

/*
 * Write the value of what was found: numbers in decimal, times as RFC 3339, yes and no as true
 * and false, several texts with commas between, names and values as "name=value; name=value".
 * Nothing if it is not there, or optional and 0.
 */
void hw_field_write(struct hw_line *l, const struct hw_field_at *at, const struct hw_event *event);

/* Whether the field is a text from the wire, which may begin with anything. */
bool hw_field_is_text(const struct hw_field *field);

#endif
