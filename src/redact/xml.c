/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/xml.c - secrets in XML, which may end anywhere: see find.h */
#include "redact/find.h"

/* The content of an element, from..to. */
struct content {
	size_t from, to;
};

/* The next `byte` from `at` on; s.len: there is none. */
static size_t find_byte(struct hw_slice s, size_t at, uint8_t byte)
{
	const uint8_t *found = at < s.len ? memchr(s.ptr + at, byte, s.len - at) : NULL;

	return found ? (size_t)(found - s.ptr) : s.len;
}

static size_t end_of_name(struct hw_slice s, size_t at)
{
	while (at < s.len && !hw_redact_is_blank(s.ptr[at]) && !memchr("/><", s.ptr[at], 3))
		at++;
	return at;
}

/* Behind the > of a tag, in whose quotes others may stand. */
static size_t end_of_tag(struct hw_slice s, size_t at)
{
	uint8_t quote = 0;

	for (; at < s.len && (quote || s.ptr[at] != '>'); at++) {
		const uint8_t c = s.ptr[at];

		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
	}
	return at < s.len ? at + 1 : at;
}

/* Where the tag is that ends the element; s.len: the text is cut before it. */
static size_t find_end(struct hw_slice s, size_t at, struct hw_slice name)
{
	while ((at = find_byte(s, at, '<')) < s.len) {
		const struct hw_slice rest = hw_slice_after(s, at + 1);

		if (hw_slice_starts(rest, HW_SLICE("/")) &&
		    hw_slice_starts(hw_slice_after(rest, 1), name) &&
		    end_of_name(s, at + 2) == at + 2 + name.len)
			return at;
		at++;
	}
	return s.len;
}

/* Without its prefix. A code is an error's in XML, as of SOAP and S3. */
static bool is_secret(const struct hw_redact_finder *f, struct hw_slice name)
{
	const uint8_t *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
	const struct hw_slice local =
		colon ? hw_slice_after(name, (size_t)(colon - name.ptr) + 1) : name;

	return hw_redact_names_find(f->names, local, HW_REDACT_IN_PARAMETER) &&
	       !hw_slice_eq_nocase(local, HW_SLICE("code"));
}

static size_t end_of_comment(struct hw_slice s, size_t at)
{
	const uint8_t *end = memmem(s.ptr + at, s.len - at, "-->", 3);

	return end ? (size_t)(end - s.ptr) : s.len;
}

/* The next element from `at` on that is a secret by its name. False: there is none. */
static bool next_secret(const struct hw_redact_finder *f, struct hw_slice s, size_t at,
			struct content *ret)
{
	while ((at = find_byte(s, at, '<')) < s.len) {
		const size_t from = at + 1, to = end_of_name(s, from);
		const struct hw_slice name = hw_slice(s.ptr + from, to - from);

		at = hw_slice_starts(name, HW_SLICE("!--")) ? end_of_comment(s, from) : to;
		if (!is_secret(f, name))
			continue;
		at = end_of_tag(s, to);
		if (s.ptr[at - 1] != '>' || s.ptr[at - 2] == '/')
			continue;
		*ret = (struct content){ at, find_end(s, at, name) };
		return true;
	}
	return false;
}

bool hw_redact_is_xml(struct hw_slice s, size_t from)
{
	const size_t mark =
		hw_slice_starts(hw_slice_after(s, from), HW_SLICE("\xef\xbb\xbf")) ? 3 : 0;
	const size_t first = hw_redact_skip_blanks(s, from + mark);

	return first < s.len && s.ptr[first] == '<';
}

/*
 * What is no secret element: JSON may stand there, as in a page. Not within JSON that stands there,
 * which would go as deep as the text is long.
 */
static void find_between(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			 enum hw_redact_text kind, bool is_inner)
{
	const struct hw_slice cut = hw_slice(s.ptr, to);

	if (!is_inner && hw_redact_is_json(cut, from))
		hw_redact_find_json(f, cut, from);
	else
		hw_redact_find(f, s, from, to, kind);
}

void hw_redact_find_xml(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			enum hw_redact_text kind)
{
	const bool is_inner = f->is_in_xml;
	struct content secret;

	f->is_in_xml = true;
	while (next_secret(f, hw_slice(s.ptr, to), from, &secret)) {
		find_between(f, s, from, secret.from, kind, is_inner);
		hw_redact_add(f, secret.from, secret.to);
		from = secret.to;
	}
	find_between(f, s, from, to, kind, is_inner);
	f->is_in_xml = is_inner;
}
