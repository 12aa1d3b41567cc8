/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/json.c - secrets in JSON, which may end anywhere: see find.h */
#include "redact/find.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct hw_slice s, size_t at)
{
	while (at < s.len && is_blank(s.ptr[at]))
		at++;
	return at;
}

/* Where the string ends whose first byte behind the quote is at `at`: at its quote. */
static size_t end_of_string(struct hw_slice s, size_t at)
{
	while (at < s.len && s.ptr[at] != '"')
		at += s.ptr[at] == '\\' && s.len - at > 1 ? 2 : 1;
	return at;
}

static size_t end_of_word(struct hw_slice s, size_t at)
{
	while (at < s.len && !is_blank(s.ptr[at]) && s.ptr[at] != ',' && s.ptr[at] != '}' &&
	       s.ptr[at] != ']')
		at++;
	return at;
}

/* `at` is behind the bracket. Which kind closes it does not matter here. */
static size_t end_of_brackets(struct hw_slice s, size_t at)
{
	size_t depth = 1;

	for (; at < s.len; at++) {
		const uint8_t c = s.ptr[at];

		if (c == '"')
			at = end_of_string(s, at + 1);
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return at;
	}
	return s.len;
}

/* The value at `at` is a secret: what is between its quotes or brackets, or all of it. */
static size_t take_value(struct hw_redact_finder *f, struct hw_slice s, size_t at)
{
	const uint8_t c = at < s.len ? s.ptr[at] : 0;
	size_t from = at, to;

	if (c == '"')
		to = end_of_string(s, ++from);
	else if (c == '[' || c == '{')
		to = end_of_brackets(s, ++from);
	else
		to = end_of_word(s, at);
	hw_redact_add(f, from, to);
	return to < s.len && from > at ? to + 1 : to;
}

/* A string that a colon follows is a name; others may look like a key. */
static size_t see_string(struct hw_redact_finder *f, struct hw_slice s, size_t from)
{
	const size_t to = end_of_string(s, from);
	const size_t colon = skip_blanks(s, to < s.len ? to + 1 : to);
	const struct hw_slice name = hw_slice(s.ptr + from, to - from);

	if (colon == s.len || s.ptr[colon] != ':' || name.len == 0 ||
	    !hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER)) {
		hw_redact_find(f, s, from, to, HW_REDACT_VALUE);
		return to < s.len ? to + 1 : to;
	}
	return take_value(f, s, skip_blanks(s, colon + 1));
}

bool hw_redact_is_json(struct hw_slice s)
{
	const size_t at = skip_blanks(s, 0);

	return at < s.len && (s.ptr[at] == '{' || s.ptr[at] == '[');
}

void hw_redact_find_json(struct hw_redact_finder *f, struct hw_slice s)
{
	for (size_t at = 0; at < s.len;) {
		const uint8_t *quote = memchr(s.ptr + at, '"', s.len - at);

		if (!quote)
			return;
		at = see_string(f, s, (size_t)(quote - s.ptr) + 1);
	}
}
