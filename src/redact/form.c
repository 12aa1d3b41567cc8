/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/form.c - see form.h */
#include "redact/form.h"

/* Where the last word of a name begins: "key" of variables[0][key]. `ret_to`: and ends. */
static size_t last_word(struct hw_slice name, size_t *ret_to)
{
	size_t at;

	*ret_to = name.len - (name.len > 0 && name.ptr[name.len - 1] == ']');
	for (at = *ret_to; at > 0; at--)
		if (name.ptr[at - 1] == '.' || name.ptr[at - 1] == '[')
			break;
	return at;
}

/* That two of these are the same is no harm: more is hidden. */
static size_t number_of(struct hw_slice prefix)
{
	size_t sum = 0;

	for (size_t i = 0; i < prefix.len; i++)
		sum = sum * 31 + prefix.ptr[i];
	return sum >> 1;
}

size_t hw_redact_form_see(struct hw_redact_object *o, const struct hw_redact_finder *f,
			  struct hw_redact_member *field)
{
	size_t to;
	const size_t at = last_word(field->name, &to);

	o->depth = number_of(hw_slice(field->name.ptr, at));
	field->name = hw_slice(field->name.ptr + at, to - at);
	return hw_redact_object_see(o, f, field);
}

/* The bytes from..to without their percent-encoding; nothing where they are too many. */
static struct hw_slice decode(struct hw_slice s, size_t from, size_t to,
			      uint8_t room[HW_REDACT_FORM_TEXT_MAX])
{
	const struct hw_slice all = hw_slice(s.ptr, to);
	size_t len = 0;
	uint8_t depth;

	while (from < to && len < HW_REDACT_FORM_TEXT_MAX)
		from += hw_redact_unit(all, from, &room[len++], &depth);
	return hw_slice(room, from < to ? 0 : len);
}

static size_t find_byte(struct hw_slice s, size_t from, size_t to, uint8_t byte)
{
	const uint8_t *found = from < to ? memchr(s.ptr + from, byte, to - from) : NULL;

	return found ? (size_t)(found - s.ptr) : to;
}

/* Without what ends the line: whoever wrote a form by hand has it at the end. */
static size_t without_line_end(struct hw_slice s, size_t from, size_t end)
{
	while (end > from && (s.ptr[end - 1] == '\r' || s.ptr[end - 1] == '\n'))
		end--;
	return end;
}

/* The value at `at`, up to its &. */
static void take_value(struct hw_redact_finder *f, struct hw_slice s, size_t at)
{
	const size_t to = find_byte(s, at, s.len, '&');

	hw_redact_add_late(f, at, to < s.len ? to : without_line_end(s, at, to), 1);
}

/* The parameter from..to. */
static void see_parameter(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s,
			  size_t from, size_t to)
{
	const size_t equals = find_byte(s, from, to, '=');
	uint8_t name[HW_REDACT_FORM_TEXT_MAX], said[HW_REDACT_FORM_TEXT_MAX];
	struct hw_redact_member field = { .is_cut = f->is_cut && to == s.len, .at = equals + 1 };
	size_t secret;

	if (equals == to)
		return;
	field.name = decode(s, from, equals, name);
	field.said = decode(s, equals + 1, without_line_end(s, equals + 1, to), said);
	secret = hw_redact_form_see(o, f, &field);
	if (secret <= s.len)
		take_value(f, s, secret);
}

void hw_redact_find_form(struct hw_redact_finder *f, struct hw_slice s, size_t from)
{
	struct hw_redact_object o = { 0 };
	size_t cut;

	for (size_t to; from < s.len; from = to + 1) {
		to = find_byte(s, from, s.len, '&');
		see_parameter(&o, f, s, from, to);
	}
	while (f->is_cut && (cut = hw_redact_object_cut(&o)) != HW_REDACT_NONE)
		take_value(f, s, cut);
}
