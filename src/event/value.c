/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/value.c - one field of an event, by its path: hw_event_* of httpwire.h */
#include "event/table.h"

static const struct hw_field *find(const struct hw_field *fields, struct hw_slice name)
{
	for (; fields && fields->name; fields++)
		if (hw_slice_eq(hw_slice_text(fields->name), name))
			return fields;
	return NULL;
}

/* The field that `path` leads to, through objects; NULL if there is none. */
static const struct hw_field *follow(const struct hw_event_type *type, const char *path)
{
	const struct hw_field *fields = type->args, *field;
	struct hw_slice rest = hw_slice_text(path), name;

	if (hw_slice_starts(rest, HW_SLICE("httpwire."))) {
		rest = hw_slice_after(rest, sizeof("httpwire.") - 1);
		fields = type->extra;
	}
	while (hw_slice_cut(&rest, '.', &name)) {
		field = find(fields, name);
		if (!field || field->type != HW_FIELD_OBJECT)
			return NULL;
		fields = field->fields;
	}
	return find(fields, rest);
}

/* Where the value of `field` lies; NULL: the event has no such part, or it is in a list. */
static const void *place(const struct hw_event *event, const struct hw_field *field)
{
	const void *bases[HW_BASE_NR];
	const uint8_t *base;

	hw_event_bases(event, bases);
	base = bases[field->base];
	return base ? base + field->offset : NULL;
}

bool hw_event_text(const struct hw_event *event, const char *path, const char **ret,
		   size_t *ret_len)
{
	const struct hw_field *field = follow(event->type, path);
	const void *at = field ? place(event, field) : NULL;
	char room[HW_MADE_TEXT_MAX];
	const struct hw_short_text *own;
	struct hw_slice text;

	if (!at)
		return false;
	if (field->type == HW_FIELD_TEXT) {
		text = *(const struct hw_slice *)at;
	} else if (field->type == HW_FIELD_MADE_TEXT) {
		text = field->make(at, room);
		if (text.ptr == (const uint8_t *)room)
			return false; /* a number: it has no name that could be lent */
	} else if (field->type == HW_FIELD_SHORT_TEXT) {
		own = at;
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
	const struct hw_field *field = follow(event->type, path);
	const void *at = field ? place(event, field) : NULL;

	if (!at)
		return false;
	switch (field->type) {
	case HW_FIELD_U8:
	case HW_FIELD_DIRECTION:
		*ret = *(const uint8_t *)at;
		return true;
	case HW_FIELD_U16:
		*ret = *(const uint16_t *)at;
		return true;
	case HW_FIELD_U32:
		*ret = *(const uint32_t *)at;
		return true;
	case HW_FIELD_I32:
		*ret = *(const int32_t *)at;
		return true;
	case HW_FIELD_U64:
	case HW_FIELD_HEX64:
	case HW_FIELD_I64:
	case HW_FIELD_TIME:
		*ret = *(const int64_t *)at;
		return true;
	case HW_FIELD_BOOL:
		*ret = *(const bool *)at;
		return true;
	default:
		return false;
	}
}
