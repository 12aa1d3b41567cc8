/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/field.c - see field.h */
#include "event/field.h"

#include "event/number.h"

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

struct value {
	const struct hw_field_at *at;
	const void *place;
	int64_t n; /* if it is a number */
};

static void add_slice(struct hw_line *l, const struct value *v)
{
	hw_line_foreign(l, *(const struct hw_slice *)v->place);
}

static void add_short_text(struct hw_line *l, const struct value *v)
{
	const struct hw_short_text *own = v->place;

	hw_line_foreign(l, hw_slice(own->text, own->len));
}

static void add_made_text(struct hw_line *l, const struct value *v)
{
	char room[HW_MADE_TEXT_MAX];

	hw_line_foreign(l, v->at->field->make(v->place, room));
}

static void add_signed(struct hw_line *l, const struct value *v)
{
	uint8_t room[HW_U64_TEXT_MAX + 1];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_i64(room, v->n) - room)));
}

static void add_unsigned(struct hw_line *l, const struct value *v)
{
	hw_line_number(l, (uint64_t)v->n);
}

static void add_bool(struct hw_line *l, const struct value *v)
{
	hw_line_text(l, v->n ? "true" : "false");
}

static void add_time(struct hw_line *l, const struct value *v)
{
	uint8_t room[HW_TIME_TEXT_MAX];

	if (v->n)
		hw_line_add(
			l, hw_slice(room, (size_t)(hw_write_rfc3339(room, (uint64_t)v->n) - room)));
}

static void add_hex64(struct hw_line *l, const struct value *v)
{
	uint8_t room[16];

	if (v->n)
		hw_line_add(l,
			    hw_slice(room, (size_t)(hw_write_hex64(room, (uint64_t)v->n) - room)));
}

static void add_direction(struct hw_line *l, const struct value *v)
{
	hw_line_add(l, hw_direction_name((uint8_t)v->n));
}

static void add_anomalies(struct hw_line *l, const struct value *v)
{
	hw_anomalies anomalies = *(const hw_anomalies *)v->place;
	const char *between = "";

	while (anomalies) {
		hw_line_text(l, between);
		hw_line_text(l, hw_anomaly_info(hw_anomaly_take(&anomalies))->name);
		between = ",";
	}
}

static size_t nr_of(const struct value *v)
{
	const uint8_t *base = (const uint8_t *)v->place - v->at->field->offset;

	return *(const size_t *)(const void *)(base + v->at->field->nr_offset);
}

static void add_texts(struct hw_line *l, const struct value *v)
{
	const struct hw_slice *texts = *(const struct hw_slice *const *)v->place;

	for (size_t i = 0; i < nr_of(v); i++) {
		hw_line_text(l, i ? "," : "");
		hw_line_foreign(l, texts[i]);
	}
}

/* All, or the values of the one that is asked for. */
static void add_pairs(struct hw_line *l, const struct value *v)
{
	const struct hw_http_field *pairs = *(const struct hw_http_field *const *)v->place;
	const struct hw_slice item = v->at->item;
	const char *between = "";

	for (size_t i = 0; i < nr_of(v); i++) {
		if (item.len && !hw_slice_eq_nocase(pairs[i].name, item))
			continue;
		hw_line_text(l, between);
		if (!item.len) {
			hw_line_foreign(l, pairs[i].name);
			hw_line_text(l, "=");
		}
		hw_line_foreign(l, pairs[i].value);
		between = item.len ? ", " : "; ";
	}
}

static void add_constant(struct hw_line *l, const struct value *v)
{
	hw_line_text(l, v->at->field->constant);
}

static void add_event_id(struct hw_line *l, const struct value *v)
{
	hw_line_number(l, v->at->type->id);
}

static void add_event_name(struct hw_line *l, const struct value *v)
{
	hw_line_text(l, v->at->type->name);
}

/* By type. What is not here cannot be one text. */
static void (*const adders[])(struct hw_line *l, const struct value *v) = {
	[HW_FIELD_TEXT] = add_slice,
	[HW_FIELD_SHORT_TEXT] = add_short_text,
	[HW_FIELD_U8] = add_signed,
	[HW_FIELD_U16] = add_signed,
	[HW_FIELD_U32] = add_signed,
	[HW_FIELD_U64] = add_unsigned,
	[HW_FIELD_I32] = add_signed,
	[HW_FIELD_I64] = add_signed,
	[HW_FIELD_BOOL] = add_bool,
	[HW_FIELD_DURATION] = add_unsigned,
	[HW_FIELD_TIME] = add_time,
	[HW_FIELD_HEX64] = add_hex64,
	[HW_FIELD_DIRECTION] = add_direction,
	[HW_FIELD_MADE_TEXT] = add_made_text,
	[HW_FIELD_ANOMALIES] = add_anomalies,
	[HW_FIELD_HEADERS] = add_pairs,
	[HW_FIELD_TEXTS] = add_texts,
	[HW_FIELD_LIST] = add_pairs,
	[HW_FIELD_CONSTANT] = add_constant,
	[HW_FIELD_EVENT_ID] = add_event_id,
	[HW_FIELD_EVENT_NAME] = add_event_name,
	[HW_FIELD_EXTRA] = NULL, /* the last type */
};

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
	struct value v = { .at = at, .place = hw_field_place(at->field, event) };

	if (v.place && !is_left_out(at->field, v.place, &v.n))
		adders[at->field->type](l, &v);
}

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
	return adders[f->type] && (f->type != HW_FIELD_LIST || hw_field_is_pairs(f));
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

bool hw_field_is_text(const struct hw_field *field)
{
	return field->type == HW_FIELD_TEXT || field->type == HW_FIELD_SHORT_TEXT ||
	       field->type == HW_FIELD_MADE_TEXT || field->type == HW_FIELD_HEADERS ||
	       field->type == HW_FIELD_TEXTS || field->type == HW_FIELD_LIST;
}
