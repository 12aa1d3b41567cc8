/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/value.c - one field of an event, by its path: hw_event_* of httpwire.h */
#include "event/field.h"

bool hw_event_text(const struct hw_event *event, const char *path, const char **ret,
		   size_t *ret_len)
{
	struct hw_field_at at;
	const void *place;
	char room[HW_MADE_TEXT_MAX];
	const struct hw_short_text *own;
	struct hw_slice text;

	if (!hw_field_find(event->type, hw_slice_text(path), &at))
		return false;
	place = hw_field_place(at.field, event);
	if (!place)
		return false;
	if (at.field->type == HW_FIELD_TEXT) {
		text = *(const struct hw_slice *)place;
	} else if (at.field->type == HW_FIELD_MADE_TEXT) {
		text = at.field->make(place, room);
		if (text.ptr == (const uint8_t *)room)
			return false; /* a number: it has no name that could be lent */
	} else if (at.field->type == HW_FIELD_SHORT_TEXT) {
		own = place;
		text = hw_slice(own->text, own->len);
	} else {
		return false;
	}
	*ret = (const char *)text.ptr;
	*ret_len = text.len;
	return true;
}

bool hw_event_number(const struct hw_event *event, const char *path, int64_t *ret)
{
	struct hw_field_at at;
	const void *place;

	if (!hw_field_find(event->type, hw_slice_text(path), &at))
		return false;
	place = hw_field_place(at.field, event);
	return place && hw_field_number(at.field, place, ret);
}
