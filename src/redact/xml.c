/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/xml.c - secrets in XML, which may end anywhere: see find.h */
#include "redact/find.h"

/* The content of an element, or the value of an attribute, from..to. */
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

/* What is read of a tag that may be none, whose name ends at `at`. */
static struct hw_slice near(struct hw_slice s, size_t at)
{
	enum { TAG_MAX = 1024 };

	return hw_slice(s.ptr, hw_least(s.len, at + TAG_MAX));
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

static struct hw_slice without_prefix(struct hw_slice name)
{
	const uint8_t *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;

	return colon ? hw_slice_after(name, (size_t)(colon - name.ptr) + 1) : name;
}

static bool is_secret(const struct hw_redact_finder *f, struct hw_slice name)
{
	return hw_redact_is_secret_label(f, without_prefix(name));
}

/* The content of the element whose name ends at `at`; false, and where its tag ends: it has none. */
static bool has_content(struct hw_slice s, struct hw_slice name, size_t at, struct content *ret)
{
	const size_t from = end_of_tag(s, at);

	*ret = (struct content){ from, from };
	if (s.ptr[from - 1] != '>' || s.ptr[from - 2] == '/')
		return false;
	ret->to = find_end(s, from, name);
	return true;
}

/* The element that begins behind `at`; its content is from behind its tag to its end. False: none. */
static bool next_element(struct hw_slice s, size_t at, struct content *ret)
{
	const size_t name = find_byte(s, at, '<') + 1, end = end_of_name(s, name);

	return end > name && end_of_tag(near(s, end), end) < near(s, end).len &&
	       has_content(s, hw_slice(s.ptr + name, end - name), end, ret) && ret->to > ret->from;
}

/* ---- <input name="token" value="x">, <meta name="token" content="x">, <add key="token" value="x"> ---- */

struct attribute {
	struct hw_slice name;
	struct content value;
};

/* Of what is behind a =, in quotes or not. */
static struct content attribute_value(struct hw_slice s, size_t at)
{
	const uint8_t quote = s.ptr[at];
	size_t to = at;

	if (quote == '"' || quote == '\'')
		return (struct content){ at + 1, find_byte(s, at + 1, quote) };
	while (to < s.len && !hw_redact_is_blank(s.ptr[to]) && s.ptr[to] != '>' && s.ptr[to] != '<')
		to++;
	return (struct content){ at, to };
}

/* The next one whose = is before `end`, from `at` on. Returns where its value ends; 0: there is none. */
static size_t next_attribute(struct hw_slice s, size_t at, size_t end, struct attribute *ret)
{
	const size_t equals = find_byte(hw_slice(s.ptr, end), at, '=');
	size_t name = equals;

	if (equals + 1 >= end)
		return 0;
	while (name > at && hw_redact_is_of_name(s.ptr[name - 1]))
		name--;
	ret->name = hw_slice(s.ptr + name, equals - name);
	ret->value = attribute_value(s, equals + 1);
	return ret->value.to;
}

static bool is_any(struct hw_slice name, struct hw_slice a, struct hw_slice b)
{
	return hw_slice_eq_nocase(name, a) || hw_slice_eq_nocase(name, b);
}

static struct hw_slice bytes_of(struct hw_slice s, struct content c)
{
	return hw_slice(s.ptr + c.from, c.to - c.from);
}

/* `value`, or as SAML has it `AttributeValue`. */
static bool is_of_value(struct hw_slice name)
{
	const struct hw_slice value = HW_SLICE("value"), local = without_prefix(name);

	return local.len >= value.len &&
	       hw_slice_eq_nocase(hw_slice_after(local, local.len - value.len), value);
}

/* <property name="token"><value>x</value></property>: the content of the element that begins at `at`. */
static struct content content_of_value(struct hw_slice s, size_t at)
{
	const size_t name = at + 1, end = at < s.len ? end_of_name(s, name) : name;
	struct content ret = { at, at };

	if (at < s.len && is_of_value(hw_slice(s.ptr + name, end - name)))
		next_element(s, at, &ret);
	return ret;
}

/* <property name="token">x</property>: the text behind the tag that ends at `at`, up to an end tag. */
static struct content content_of_leaf(const struct hw_redact_finder *f, struct hw_slice s,
				      size_t at)
{
	const struct content none = { at, at }, c = { at, find_byte(s, at, '<') };

	if (s.ptr[at - 1] != '>' || s.ptr[at - 2] == '/')
		return none;
	if (hw_redact_skip_blanks(s, at) >= c.to)
		return content_of_value(s, c.to);
	if (c.to == s.len ? !f->is_cut : !hw_slice_starts(hw_slice_after(s, c.to), HW_SLICE("</")))
		return none;
	return c;
}

/* Whether the tag whose name ends at `at` names a secret, and has its value. */
static bool has_secret_value(const struct hw_redact_finder *f, struct hw_slice s, size_t at,
			     struct content *ret)
{
	enum { ATTRIBUTES_MAX = 16 };
	const size_t end = end_of_tag(near(s, at), at);
	bool is_named = false;
	struct attribute a;

	*ret = (struct content){ 0 };
	for (int i = 0; i < ATTRIBUTES_MAX && (at = next_attribute(s, at, end, &a)); i++) {
		if (is_any(a.name, HW_SLICE("name"), HW_SLICE("key")))
			is_named |= is_secret(f, bytes_of(s, a.value));
		else if (is_any(a.name, HW_SLICE("value"), HW_SLICE("content")))
			*ret = a.value;
	}
	if (is_named && ret->to == ret->from)
		*ret = content_of_leaf(f, s, end);
	is_named |= f->is_cut && end == s.len && s.ptr[end - 1] != '>'; /* as it may be */
	return is_named && ret->to > ret->from;
}

/* ---- <name>token</name><value>x</value>, <key>token</key><string>x</string> ---- */

/* Whether the element `name`, whose tag ends before `at`, names a secret, which the next one has. */
static bool names_secret(const struct hw_redact_finder *f, struct hw_slice s, struct hw_slice name,
			 size_t at, struct content *ret)
{
	const struct content c = { at, find_byte(s, at, '<') };

	return is_any(name, HW_SLICE("name"), HW_SLICE("key")) && c.from < c.to &&
	       is_secret(f, bytes_of(s, c)) && next_element(s, c.to + 1, ret);
}

static size_t end_of_comment(struct hw_slice s, size_t at)
{
	const uint8_t *end = memmem(s.ptr + at, s.len - at, "-->", 3);

	return end ? (size_t)(end - s.ptr) : s.len;
}

/* The next secret from `at` on. False: there is none. */
static bool next_secret(const struct hw_redact_finder *f, struct hw_slice s, size_t at,
			struct content *ret)
{
	while ((at = find_byte(s, at, '<')) < s.len) {
		const size_t from = at + 1, to = end_of_name(s, from);
		const struct hw_slice name = hw_slice(s.ptr + from, to - from);

		if (is_secret(f, name)) {
			if (has_content(s, name, to, ret))
				return true;
			at = ret->from;
			continue;
		}
		if (name.len > 0 &&
		    (has_secret_value(f, s, to, ret) || names_secret(f, s, name, to + 1, ret)))
			return true;
		at = hw_slice_starts(name, HW_SLICE("!--")) ? end_of_comment(s, from) : to;
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
 * which would go as deep as the text is long. A form was looked at as a whole.
 */
static void find_between(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			 enum hw_redact_text kind, bool is_inner)
{
	const struct hw_slice cut = hw_slice(s.ptr, to);

	if (!is_inner && hw_redact_is_json(cut, from))
		hw_redact_find_json(f, cut, from);
	else if (!hw_redact_has_plus(kind))
		hw_redact_find_text(f, s, from, to, kind);
}

static void find_elements(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
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

/* A parameter of a form goes on behind the elements that are in it: up to its &. */
void hw_redact_find_xml(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			enum hw_redact_text kind)
{
	const size_t first = f->first, nr = f->spans->len / sizeof(struct hw_redact_span);

	if (!hw_redact_has_plus(kind)) {
		find_elements(f, s, from, to, kind);
		return;
	}
	hw_redact_find(f, s, from, to, kind);
	hw_redact_begin(f, f->text);
	find_elements(f, s, from, to, kind);
	f->first = first;
	hw_redact_settle(f, nr);
}
