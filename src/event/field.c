/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/field.c - see field.h */
#include "event/field.h"

#include "event/number.h"

/* ---- by path ---- */

static const struct hw_field *find_name(const struct hw_field *fields, struct hw_slice name)
{
	for (; fields && fields->name; fields++)
		if (hw_slice_eq(hw_slice_text(fields->name), name))
			return fields;
	return NULL;
}

static bool is_writable(const struct hw_field *f)
{
	switch ((enum hw_field_type)f->type) {
	case HW_FIELD_TEXT:
	case HW_FIELD_SHORT_TEXT:
	case HW_FIELD_U8:
	case HW_FIELD_U16:
	case HW_FIELD_U32:
	case HW_FIELD_U64:
	case HW_FIELD_I32:
	case HW_FIELD_I64:
	case HW_FIELD_BOOL:
	case HW_FIELD_DURATION:
	case HW_FIELD_TIME:
	case HW_FIELD_HEX64:
	case HW_FIELD_DIRECTION:
	case HW_FIELD_MADE_TEXT:
	case HW_FIELD_ANOMALIES:
	case HW_FIELD_HEADERS:
	case HW_FIELD_TEXTS:
	case HW_FIELD_CONSTANT:
	case HW_FIELD_EVENT_ID:
	case HW_FIELD_EVENT_NAME:
		return true;
	case HW_FIELD_LIST:
		return hw_field_is_pairs(f);
	case HW_FIELD_DNS_TXTS:
	case HW_FIELD_DNS_OPTIONS:
	case HW_FIELD_BASE64:
	case HW_FIELD_OBJECT:
	case HW_FIELD_RAW:
	case HW_FIELD_ARGS_NR:
	case HW_FIELD_ARGS:
	case HW_FIELD_EXTRA:
		break;
	}
	return false;
}

static bool find_in(const struct hw_field *fields, struct hw_slice path, struct hw_field_at *ret)
{
	struct hw_slice rest = path, name;

	while (hw_slice_cut(&rest, '.', &name)) {
		ret->field = find_name(fields, name);
		if (!ret->field)
			return false;
		if (hw_field_is_pairs(ret->field) || ret->field->type == HW_FIELD_HEADERS) {
			ret->item = rest;
			return rest.len > 0;
		}
		if (ret->field->type != HW_FIELD_OBJECT)
			return false;
		fields = ret->field->fields;
	}
	ret->field = find_name(fields, rest);
	return ret->field && is_writable(ret->field);
}

bool hw_field_find(const struct hw_event_type *type, struct hw_slice path, struct hw_field_at *ret)
{
	*ret = (struct hw_field_at){ .type = type };
	if (hw_slice_starts(path, HW_SLICE("httpwire.")))
		return find_in(type->extra, hw_slice_after(path, sizeof("httpwire.") - 1), ret);
	return find_in(type->args, path, ret) || find_in(hw_envelope_a, path, ret);
}

const void *hw_field_place(const struct hw_field *field, const struct hw_event *event)
{
	const void *bases[HW_BASE_NR];
	const uint8_t *base;

	hw_event_bases(event, bases);
	base = bases[field->base];
	return base ? base + field->offset : NULL;
}

bool hw_field_number(const struct hw_field *field, const void *place, int64_t *ret)
{
	struct hw_duration duration;

	switch (field->type) {
	case HW_FIELD_U8:
	case HW_FIELD_DIRECTION:
		*ret = *(const uint8_t *)place;
		return true;
	case HW_FIELD_U16:
		*ret = *(const uint16_t *)place;
		return true;
	case HW_FIELD_U32:
		*ret = *(const uint32_t *)place;
		return true;
	case HW_FIELD_I32:
		*ret = *(const int32_t *)place;
		return true;
	case HW_FIELD_DURATION:
		duration = *(const struct hw_duration *)place;
		*ret = (int64_t)hw_duration_ns(duration);
		return hw_duration_is_known(duration);
	case HW_FIELD_U64:
	case HW_FIELD_HEX64:
	case HW_FIELD_I64:
	case HW_FIELD_TIME:
		*ret = *(const int64_t *)place;
		return true;
	case HW_FIELD_BOOL:
		*ret = *(const bool *)place;
		return true;
	default:
		return false;
	}
}

/* ---- as text ---- */

static void add_signed(struct hw_line *l, int64_t n)
{
	uint8_t room[HW_U64_TEXT_MAX + 1];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_i64(room, n) - room)));
}

static void add_time(struct hw_line *l, uint64_t time_ns)
{
	uint8_t room[HW_TIME_TEXT_MAX];

	if (time_ns)
		hw_line_add(l, hw_slice(room, (size_t)(hw_write_rfc3339(room, time_ns) - room)));
}

static void add_hex64(struct hw_line *l, uint64_t n)
{
	uint8_t room[16];

	if (n)
		hw_line_add(l, hw_slice(room, (size_t)(hw_write_hex64(room, n) - room)));
}

static void add_anomalies(struct hw_line *l, hw_anomalies anomalies)
{
	const char *between = "";

	while (anomalies) {
		hw_line_text(l, between);
		hw_line_text(l, hw_anomaly_info(hw_anomaly_take(&anomalies))->name);
		between = ",";
	}
}

static void add_texts(struct hw_line *l, const struct hw_slice *texts, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		hw_line_text(l, i ? "," : "");
		hw_line_foreign(l, texts[i]);
	}
}

/* All, or the values of the one that is asked for. */
static void add_pairs(struct hw_line *l, const struct hw_field_at *at,
		      const struct hw_http_field *pairs, size_t nr)
{
	const char *between = "";

	for (size_t i = 0; i < nr; i++) {
		if (at->item.len && !hw_slice_eq_nocase(pairs[i].name, at->item))
			continue;
		hw_line_text(l, between);
		if (!at->item.len) {
			hw_line_foreign(l, pairs[i].name);
			hw_line_text(l, "=");
		}
		hw_line_foreign(l, pairs[i].value);
		between = at->item.len ? ", " : "; ";
	}
}

static void add_list(struct hw_line *l, const struct hw_field_at *at, const void *place)
{
	const struct hw_field *f = at->field;
	const uint8_t *base = (const uint8_t *)place - f->offset;
	const size_t nr = *(const size_t *)(const void *)(base + f->nr_offset);
	const void *list = *(const void *const *)place;

	if (f->type == HW_FIELD_TEXTS)
		add_texts(l, list, nr);
	else
		add_pairs(l, at, list, nr);
}

static void add_own(struct hw_line *l, const struct hw_field_at *at)
{
	if (at->field->type == HW_FIELD_CONSTANT)
		hw_line_text(l, at->field->constant);
	else if (at->field->type == HW_FIELD_EVENT_ID)
		hw_line_number(l, at->type->id);
	else
		hw_line_text(l, at->type->name);
}

/* Whether it is not known; if it is a number, it is in `ret_n`. */
static bool is_left_out(const struct hw_field *f, const void *place, int64_t *ret_n)
{
	const bool is_number = hw_field_number(f, place, ret_n);

	if (f->type == HW_FIELD_DURATION)
		return !is_number;
	return is_number && *ret_n == 0 && f->flags & HW_FIELD_OPTIONAL;
}

void hw_field_write(struct hw_line *l, const struct hw_field_at *at, const struct hw_event *event)
{
	const struct hw_field *f = at->field;
	const void *place = hw_field_place(f, event);
	const struct hw_short_text *own = place;
	char room[HW_MADE_TEXT_MAX];
	int64_t n = 1;

	if (!place)
		return;
	if (is_left_out(f, place, &n))
		return;
	switch ((enum hw_field_type)f->type) {
	case HW_FIELD_TEXT:
		hw_line_foreign(l, *(const struct hw_slice *)place);
		break;
	case HW_FIELD_SHORT_TEXT:
		hw_line_foreign(l, hw_slice(own->text, own->len));
		break;
	case HW_FIELD_MADE_TEXT:
		hw_line_foreign(l, f->make(place, room));
		break;
	case HW_FIELD_BOOL:
		hw_line_text(l, *(const bool *)place ? "true" : "false");
		break;
	case HW_FIELD_TIME:
		add_time(l, *(const uint64_t *)place);
		break;
	case HW_FIELD_HEX64:
		add_hex64(l, *(const uint64_t *)place);
		break;
	case HW_FIELD_DIRECTION:
		hw_line_add(l, hw_direction_name(*(const uint8_t *)place));
		break;
	case HW_FIELD_ANOMALIES:
		add_anomalies(l, *(const hw_anomalies *)place);
		break;
	case HW_FIELD_DURATION:
		hw_line_number(l, (uint64_t)n);
		break;
	case HW_FIELD_U64:
		hw_line_number(l, *(const uint64_t *)place);
		break;
	case HW_FIELD_U8:
	case HW_FIELD_U16:
	case HW_FIELD_U32:
	case HW_FIELD_I32:
	case HW_FIELD_I64:
		add_signed(l, n);
		break;
	case HW_FIELD_HEADERS:
	case HW_FIELD_TEXTS:
	case HW_FIELD_LIST:
		add_list(l, at, place);
		break;
	case HW_FIELD_CONSTANT:
	case HW_FIELD_EVENT_ID:
	case HW_FIELD_EVENT_NAME:
		add_own(l, at);
		break;
	case HW_FIELD_DNS_TXTS:
	case HW_FIELD_DNS_OPTIONS:
	case HW_FIELD_BASE64:
	case HW_FIELD_OBJECT:
	case HW_FIELD_RAW:
	case HW_FIELD_ARGS_NR:
	case HW_FIELD_ARGS:
	case HW_FIELD_EXTRA:
		break;
	}
}

bool hw_field_is_text(const struct hw_field *field)
{
	return field->type == HW_FIELD_TEXT || field->type == HW_FIELD_SHORT_TEXT ||
	       field->type == HW_FIELD_MADE_TEXT || field->type == HW_FIELD_HEADERS ||
	       field->type == HW_FIELD_TEXTS || field->type == HW_FIELD_LIST;
}
