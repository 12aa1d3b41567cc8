/* SPDX-License-Identifier: BSD-2-Clause */
#include "redact/object.h"

static void close(struct hw_redact_object *o)
{
	if (o->secret > o->depth)
		o->secret = 0;
	if (o->valued > o->depth)
		o->valued = 0;
	o->depth -= o->depth > 0;
}

void hw_redact_object_pass(struct hw_redact_object *o, struct hw_slice s, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++) {
		if (s.ptr[at] == '{')
			o->depth++;
		else if (s.ptr[at] == '}')
			close(o);
	}
}

static bool is_any(struct hw_slice name, const struct hw_slice all[], size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (hw_slice_eq_nocase(name, all[i]))
			return true;
	return false;
}

static bool is_name(struct hw_slice name)
{
	static const struct hw_slice all[] = { HW_SLICE("name"), HW_SLICE("key"),
					       HW_SLICE("parameterKey") };

	return is_any(name, all, sizeof(all) / sizeof(all[0]));
}

static bool is_value(struct hw_slice name)
{
	static const struct hw_slice all[] = { HW_SLICE("value"), HW_SLICE("parameterValue") };

	return is_any(name, all, sizeof(all) / sizeof(all[0]));
}

/* Of a parameter, or of a header field. */
static bool is_of_secret(const struct hw_redact_finder *f, struct hw_slice name)
{
	const enum hw_redact_how how = hw_redact_names_find(f->names, name, HW_REDACT_IN_BOTH);

	return how != HW_REDACT_NOTHING && how != HW_REDACT_AUTHORITY &&
	       !hw_slice_eq_nocase(name, HW_SLICE("code"));
}

/* The string whose quote is at `at`; empty where there is none. */
static struct hw_slice string_at(struct hw_slice s, size_t at)
{
	if (at >= s.len || s.ptr[at] != '"')
		return HW_SLICE("");
	return hw_slice(s.ptr + at + 1, hw_redact_end_of_string(s, at + 1) - at - 1);
}

/* Of an object that another is in, whose name is known already, nothing is forgotten. */
static size_t see_name(struct hw_redact_object *o, const struct hw_redact_finder *f,
		       struct hw_slice s, size_t at)
{
	const size_t here = o->depth + 1;

	if (!is_of_secret(f, string_at(s, at))) {
		o->secret = o->secret == here ? 0 : o->secret;
		return s.len;
	}
	o->secret = here;
	if (o->valued != here)
		return s.len;
	o->valued = 0;
	return o->value;
}

static size_t see_value(struct hw_redact_object *o, struct hw_slice s, size_t at)
{
	const size_t here = o->depth + 1;

	if (o->secret == here)
		return at;
	o->valued = here;
	o->value = at;
	return s.len;
}

size_t hw_redact_object_member(struct hw_redact_object *o, const struct hw_redact_finder *f,
			       struct hw_slice s, struct hw_slice name, size_t at)
{
	if (is_name(name))
		return see_name(o, f, s, at);
	return is_value(name) ? see_value(o, s, at) : s.len;
}
