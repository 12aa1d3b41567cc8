/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/object.c - see object.h */
#include "redact/object.h"

static void leave(struct hw_redact_object *o)
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
			leave(o);
	}
}

static bool is_any(struct hw_slice name, const struct hw_slice all[], size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (hw_slice_eq_nocase(name, all[i]))
			return true;
	return false;
}

/* "path": of JSON Patch and SCIM. RFC 6902 4, RFC 7644 3.5.2 */
static bool is_name(struct hw_slice member)
{
	static const struct hw_slice all[] = { HW_SLICE("name"),  HW_SLICE("key"),
					       HW_SLICE("path"),  HW_SLICE("parameterKey"),
					       HW_SLICE("label"), HW_SLICE("optionName") };

	return is_any(member, all, sizeof(all) / sizeof(all[0]));
}

bool hw_redact_is_value_member(struct hw_slice member)
{
	static const struct hw_slice all[] = { HW_SLICE("value"), HW_SLICE("values"),
					       HW_SLICE("secureValue"),
					       HW_SLICE("parameterValue") };

	return is_any(member, all, sizeof(all) / sizeof(all[0]));
}

/* Of a parameter, or of a header field. */
static bool is_of_secret(const struct hw_redact_finder *f, struct hw_slice name)
{
	const enum hw_redact_how how = hw_redact_names_find(f->names, name, HW_REDACT_IN_BOTH);

	return how != HW_REDACT_NOTHING && how != HW_REDACT_AUTHORITY &&
	       !hw_slice_eq_nocase(name, HW_SLICE("code"));
}

/* Of other types, as "token", there are more things than secrets. */
bool hw_redact_names_secret(const struct hw_redact_finder *f, struct hw_slice member,
			    struct hw_slice said)
{
	return (is_name(member) || (hw_slice_eq_nocase(member, HW_SLICE("type")) &&
				    hw_slice_eq_nocase(said, HW_SLICE("password")))) &&
	       is_of_secret(f, said);
}

/* The string whose quote is at `at`; empty where there is none. */
static struct hw_slice string_at(struct hw_slice s, size_t at)
{
	if (at >= s.len || s.ptr[at] != '"')
		return HW_SLICE("");
	return hw_slice(s.ptr + at + 1, hw_redact_end_of_string(s, at + 1) - at - 1);
}

/* Another member that names no secret, as "name" beside "key", takes nothing back. */
static size_t see_name(struct hw_redact_object *o, struct hw_slice s)
{
	const size_t here = o->depth + 1;

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
	if (hw_redact_is_value_member(name))
		return see_value(o, s, at);
	return hw_redact_names_secret(f, name, string_at(s, at)) ? see_name(o, s) : s.len;
}
