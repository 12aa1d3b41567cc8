/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/object.c - see object.h */
#include "redact/object.h"

/* Objects deeper than that are over. */
static void close_above(struct hw_redact_object *o, size_t depth)
{
	while (o->nr > 0 && o->open[o->nr - 1].place > depth)
		o->nr--;
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

/* The one that is at hand. Where there is no room for it the first one is forgotten. */
static struct hw_redact_open *open_here(struct hw_redact_object *o)
{
	const size_t here = o->depth + 1;

	for (size_t i = o->nr; i > 0; i--)
		if (o->open[i - 1].place == here)
			return &o->open[i - 1];
	if (o->nr == HW_REDACT_OPEN_MAX)
		memmove(o->open, o->open + 1, --o->nr * sizeof(o->open[0]));
	o->open[o->nr] = (struct hw_redact_open){ .place = here };
	return &o->open[o->nr++];
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
static void see_which(struct hw_redact_open *open, uint8_t which)
{
	const bool is_again = open->is_named && open->by == which && open->has_value;

	if (open->is_named && !is_again)
		return;
	if (is_again)
		open->is_secret = false;
	else
		open->is_first = !open->is_valued;
	if (is_again && open->is_first)
		open->is_valued = false;
	open->is_named = true;
	open->by = which;
	open->has_value = false;
}

static size_t take_value(struct hw_redact_object *o, struct hw_redact_open *open)
{
	open->is_valued = false;
	o->end = open->end;
	return open->value;
}

/* Another member that names no secret, as "name" beside "key", takes nothing back. */
static size_t see_name(struct hw_redact_object *o, const struct hw_redact_finder *f,
		       const struct hw_redact_member *m, uint8_t which)
{
	const bool is_secret = hw_redact_names_secret(f, m->name, m->said);
	const bool is_name = which && !m->is_cut;
	struct hw_redact_open *open;

	if (!is_secret && !is_name)
		return HW_REDACT_NONE;
	open = open_here(o);
	if (is_name)
		see_which(open, which);
	open->is_secret |= is_secret;
	return is_secret && open->is_valued ? take_value(o, open) : HW_REDACT_NONE;
}

static size_t see_value(struct hw_redact_object *o, size_t at)
{
	struct hw_redact_open *const open = open_here(o);

	open->has_value |= open->is_named;
	if (open->is_secret)
		return at;
	open->is_valued = true;
	open->value = at;
	return HW_REDACT_NONE;
}

size_t hw_redact_object_see(struct hw_redact_object *o, const struct hw_redact_finder *f,
			    const struct hw_redact_member *m)
{
	return hw_redact_is_value_member(m->name) ? see_value(o, m->at)
						  : see_name(o, f, m, which_name(m->name));
}

void hw_redact_object_end(struct hw_redact_object *o, size_t value, size_t end)
{
	for (size_t i = 0; i < o->nr; i++)
		if (o->open[i].is_valued && o->open[i].value == value)
			o->open[i].end = end;
}

size_t hw_redact_object_cut(struct hw_redact_object *o)
{
	for (; o->nr > 0; o->nr--) {
		struct hw_redact_open *const open = &o->open[o->nr - 1];

		if (open->is_valued && !open->is_named)
			return take_value(o, open);
	}
	return HW_REDACT_NONE;
}
