/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/pairs.c - secrets behind a colon, in text whose form nobody says: see find.h
 *
 * YAML and other lines of configuration have them, headers that were written down, objects of
 * JavaScript and Python, arguments of GraphQL. What begins its line has the rest of it for its value,
 * or the lines behind that are indented more; what stands within a line, a word or a text in quotes.
 */
#include "redact/find.h"

struct pair {
	size_t text; /* where it begins that the pair is in */
	size_t name, colon;
	enum hw_redact_how how;
	bool begins_line;
};

/* The bytes from..to. */
struct value {
	size_t from, to;
};

static bool is_quote(uint8_t c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static size_t skip_spaces(struct hw_slice s, size_t at)
{
	while (at < s.len && is_space(s.ptr[at]))
		at++;
	return at;
}

/* Where the line feed is, or the end. */
static size_t end_of_line(struct hw_slice s, size_t at)
{
	const uint8_t *end = at < s.len ? memchr(s.ptr + at, '\n', s.len - at) : NULL;

	return end ? (size_t)(end - s.ptr) : s.len;
}

static size_t without_return(struct hw_slice s, size_t from, size_t to)
{
	return to - (to > from && s.ptr[to - 1] == '\r');
}

/* ---- names ---- */

struct hw_slice hw_redact_name_before(struct hw_slice s, size_t from, size_t colon)
{
	size_t to = colon, at;

	while (to > from && s.ptr[to - 1] == ' ')
		to--;
	to -= to > from && is_quote(s.ptr[to - 1]);
	for (at = to; at > from && to - at < HW_REDACT_NAME_MAX; at--)
		if (!hw_redact_is_of_name(s.ptr[at - 1]))
			break;
	return hw_slice(s.ptr + at, to - at);
}

bool hw_redact_is_secret_label(const struct hw_redact_finder *f, struct hw_slice name)
{
	return hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER) &&
	       !hw_slice_eq_nocase(name, HW_SLICE("code"));
}

/* #token:hover, .token:focus { }: of a style sheet. */
static bool is_selector(struct hw_slice s, size_t from, struct hw_slice name)
{
	const size_t at = (size_t)(name.ptr - s.ptr);

	return name.len > 0 && (name.ptr[0] == '.' || (at > from && s.ptr[at - 1] == '#'));
}

/* Before it are only the marks of a list, a comment, a patch, or a quote. */
static bool begins_line(struct hw_slice s, size_t text, size_t at)
{
	static const char marks[] = " \t-+#/*>\"'`";

	while (at > text && memchr(marks, s.ptr[at - 1], sizeof(marks) - 1))
		at--;
	return at == text || s.ptr[at - 1] == '\n';
}

/* A header field at the beginning of a line is one that was written down: of what TRACE answers, say. */
static bool is_secret(const struct hw_redact_finder *f, struct hw_slice s, size_t from,
		      struct pair *p)
{
	const struct hw_slice name = hw_redact_name_before(s, from, p->colon);

	p->how = hw_redact_names_find(f->names, name, HW_REDACT_IN_BOTH);
	if (p->how == HW_REDACT_NOTHING || p->how == HW_REDACT_AUTHORITY ||
	    is_selector(s, from, name))
		return false;
	p->name = (size_t)(name.ptr - s.ptr);
	p->begins_line = begins_line(s, p->text, p->name);
	if (!p->begins_line || hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER))
		return hw_redact_is_secret_label(f, name);
	return true;
}

/* ---- values ---- */

/* Two quotes are one, as YAML has it, but for those that are all of an empty text. */
static size_t end_of_quoted(struct hw_slice s, size_t from, uint8_t quote)
{
	size_t at = from;

	for (; at < s.len; at++) {
		if (s.ptr[at] == '\\')
			at++;
		else if (s.ptr[at] == quote && at > from && at + 1 < s.len &&
			 s.ptr[at + 1] == quote)
			at++;
		else if (s.ptr[at] == quote)
			break;
	}
	return hw_least(at, s.len);
}

/* The quote is at `at`; three of them go up to three. */
static struct value quoted(struct hw_slice s, size_t at)
{
	const struct hw_slice rest = hw_slice_after(s, at);
	const uint8_t three[] = { s.ptr[at], s.ptr[at], s.ptr[at] }, *end;

	if (!hw_slice_starts(rest, hw_slice(three, sizeof(three))))
		return (struct value){ at + 1, end_of_quoted(s, at + 1, s.ptr[at]) };
	at += sizeof(three);
	end = memmem(s.ptr + at, s.len - at, three, sizeof(three));
	return (struct value){ at, end ? (size_t)(end - s.ptr) : s.len };
}

/* The lines from `at` on that are empty, or indented by more than `indent`. */
static struct value block(struct hw_slice s, size_t at, size_t indent)
{
	struct value v = { s.len, s.len };

	for (size_t end; at < s.len; at = end < s.len ? end + 1 : end) {
		const size_t first = skip_spaces(s, at);

		end = end_of_line(s, first);
		if (without_return(s, first, end) == first)
			continue;
		if (first - at <= indent || s.ptr[first] == '<')
			break;
		v.from = hw_least(v.from, first);
		v.to = without_return(s, first, end);
	}
	return v.from == s.len ? (struct value){ at, at } : v;
}

static size_t indent_of(struct hw_slice s, const struct pair *p)
{
	const uint8_t *end = memrchr(s.ptr + p->text, '\n', p->name - p->text);
	const size_t line = end ? (size_t)(end - s.ptr) + 1 : p->text;

	return skip_spaces(s, line) - line;
}

/* Nothing, or how a text of several lines begins in YAML: "|", ">-". */
static bool is_block(struct hw_slice s, size_t at, size_t end)
{
	static const char indicators[] = "+-0123456789";

	if (at == end)
		return true;
	if (s.ptr[at] != '|' && s.ptr[at] != '>')
		return false;
	do
		at++;
	while (at < end && memchr(indicators, s.ptr[at], sizeof(indicators) - 1));
	return at == end;
}

static struct value line(struct hw_slice s, const struct pair *p, size_t at)
{
	const size_t end = end_of_line(s, at), to = without_return(s, at, end);

	if (end < s.len && is_block(s, at, to))
		return block(s, end + 1, indent_of(s, p));
	return (struct value){ at, to };
}

/* Behind a name that does not begin its line. */
static struct value word(struct hw_slice s, const struct pair *p, size_t at)
{
	static const char ends[] = "\r\n<", ends_words[] = " \t,;)]}&";
	size_t to = at;

	if (at == p->colon + 1)
		return (struct value){ at, at };
	for (; to < s.len && !is_quote(s.ptr[to]); to++)
		if (memchr(ends, s.ptr[to], sizeof(ends) - 1) ||
		    (p->how == HW_REDACT_WHOLE &&
		     memchr(ends_words, s.ptr[to], sizeof(ends_words) - 1)))
			break;
	return (struct value){ at, to };
}

static struct value value_of(struct hw_slice s, const struct pair *p)
{
	const size_t at = skip_spaces(s, p->colon + 1);

	if (at == s.len)
		return (struct value){ at, at };
	if (is_quote(s.ptr[at]))
		return quoted(s, at);
	if (s.ptr[at] == '{' || s.ptr[at] == '[')
		return (struct value){ at + 1, hw_redact_end_of_brackets(s, at + 1) };
	return p->begins_line ? line(s, p, at) : word(s, p, at);
}

/* The value of the first secret from `from` on, of text that begins at `text`. False: there is none. */
static bool next_secret(const struct hw_redact_finder *f, struct hw_slice s, size_t text,
			size_t from, struct value *ret)
{
	const uint8_t *colon = s.ptr + from;

	while ((colon = memchr(colon, ':', s.len - (size_t)(colon - s.ptr)))) {
		struct pair p = { .text = text, .colon = (size_t)(colon - s.ptr) };

		if (is_secret(f, s, from, &p)) {
			*ret = value_of(s, &p);
			if (ret->from < ret->to)
				return true;
		}
		colon++;
	}
	return false;
}

void hw_redact_find_text(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			 enum hw_redact_text kind)
{
	const bool may_have_pairs = f->is_body && !hw_redact_has_plus(kind);
	const size_t text = from;
	struct value secret;

	while (may_have_pairs && from < to &&
	       next_secret(f, hw_slice(s.ptr, to), text, from, &secret)) {
		hw_redact_find(f, s, from, secret.from, kind);
		hw_redact_add(f, secret.from, secret.to);
		from = secret.to;
	}
	hw_redact_find(f, s, from, to, kind);
}
