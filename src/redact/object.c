/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/object.c - see object.h */
#include "redact/object.h"

/* Objects deeper than that are over. */
static void close_above(struct hw_redact_object *o, size_t depth)
{
	if (o->secret > depth)
		o->secret = 0;
	if (o->valued > depth)
		o->valued = 0;
	if (o->named > depth)
		o->named = 0;
}

void hw_redact_object_pass(struct hw_redact_object *o, struct hw_slice s, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++) {
		if (s.ptr[at] == '{')
			o->depth++;
		else if (s.ptr[at] == '}') {
			close_above(o, o->depth);
			o->depth -= o->depth > 0;
		}
	}
}

void hw_redact_object_enter(struct hw_redact_object *o, size_t depth, bool begins)
{
	close_above(o, depth + !begins);
	o->depth = depth;
}

/* Which of them it is, from 1 on; 0: none. */
static uint8_t find_name(struct hw_slice name, const struct hw_slice all[], size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (hw_slice_eq_nocase(name, all[i]))
			return (uint8_t)(i + 1);
	return 0;
}

/* "path": of JSON Patch and SCIM. RFC 6902 4, RFC 7644 3.5.2 */
static uint8_t which_name(struct hw_slice member)
{
	static const struct hw_slice all[] = { HW_SLICE("name"),  HW_SLICE("key"),
					       HW_SLICE("path"),  HW_SLICE("parameterKey"),
					       HW_SLICE("label"), HW_SLICE("optionName") };

	return find_name(member, all, sizeof(all) / sizeof(all[0]));
}

bool hw_redact_is_value_member(struct hw_slice member)
{
	static const struct hw_slice all[] = { HW_SLICE("value"), HW_SLICE("values"),
					       HW_SLICE("secureValue"),
					       HW_SLICE("parameterValue") };

	return find_name(member, all, sizeof(all) / sizeof(all[0]));
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
	return (which_name(member) || (hw_slice_eq_nocase(member, HW_SLICE("type")) &&
				       hw_slice_eq_nocase(said, HW_SLICE("password")))) &&
	       is_of_secret(f, said);
}

/* Where nothing closes an object, as in a form, the name that it begins with begins the next one. */
static void see_which(struct hw_redact_object *o, size_t here, uint8_t which)
{
	const bool is_again = o->named == here && o->by == which && o->has_value;

	if (o->named == here && !is_again)
		return;
	if (!is_again)
		o->is_first = o->valued != here;
	else if (o->secret == here)
		o->secret = 0;
	if (is_again && o->is_first)
		o->valued = 0;
	o->by = which;
	o->has_value = false;
}

/* Another member that names no secret, as "name" beside "key", takes nothing back. */
static size_t see_name(struct hw_redact_object *o, const struct hw_redact_finder *f,
		       const struct hw_redact_member *m, uint8_t which)
{
	const size_t here = o->depth + 1;

	if (which && !m->is_cut) {
		see_which(o, here, which);
		o->named = here;
	}
	if (!hw_redact_names_secret(f, m->name, m->said))
		return HW_REDACT_NONE;
	o->secret = here;
	if (o->valued != here)
		return HW_REDACT_NONE;
	o->valued = 0;
	return o->value;
}

static size_t see_value(struct hw_redact_object *o, size_t at)
{
	const size_t here = o->depth + 1;

	o->has_value |= o->named == here;
	if (o->secret == here)
		return at;
	o->valued = here;
	o->value = at;
	return HW_REDACT_NONE;
}

size_t hw_redact_object_see(struct hw_redact_object *o, const struct hw_redact_finder *f,
			    const struct hw_redact_member *m)
{
	return hw_redact_is_value_member(m->name) ? see_value(o, m->at)
						  : see_name(o, f, m, which_name(m->name));
}

size_t hw_redact_object_cut(const struct hw_redact_object *o)
{
	return o->valued && o->named != o->valued ? o->value : HW_REDACT_NONE;
}
