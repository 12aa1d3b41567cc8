/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/pair_value.c - see pairs.h */
#include "redact/pairs.h"

static size_t skip_spaces(struct hw_slice s, size_t at)
{
	while (at < s.len && hw_redact_is_space(s.ptr[at]))
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

static struct hw_redact_extent extent(size_t from, size_t to)
{
	return (struct hw_redact_extent){ from, to, to };
}

/* In quotes. */
static struct hw_redact_extent text(struct hw_slice s, size_t from, size_t to)
{
	return (struct hw_redact_extent){ from, to, end_of_line(hw_slice(s.ptr, to), from) };
}

/* The quote is at `at`; three of them go up to three. */
static struct hw_redact_extent quoted(struct hw_slice s, size_t at)
{
	const struct hw_slice rest = hw_slice_after(s, at);
	const uint8_t three[] = { s.ptr[at], s.ptr[at], s.ptr[at] }, *end;

	if (!hw_slice_starts(rest, hw_slice(three, sizeof(three))))
		return text(s, at + 1, end_of_quoted(s, at + 1, s.ptr[at]));
	at += sizeof(three);
	end = memmem(s.ptr + at, s.len - at, three, sizeof(three));
	return text(s, at, end ? (size_t)(end - s.ptr) : s.len);
}

/* Lists may stand below a name as far left as it. */
static bool is_item(struct hw_slice s, size_t at)
{
	return s.ptr[at] == '-' && at + 1 < s.len && s.ptr[at + 1] == ' ';
}

/* The lines from `at` on that are empty, or indented by more than `indent`. */
static struct hw_redact_extent block(struct hw_slice s, size_t at, size_t indent)
{
	struct hw_redact_extent v = extent(s.len, s.len);

	for (size_t end; at < s.len; at = end < s.len ? end + 1 : end) {
		const size_t first = skip_spaces(s, at);

		end = end_of_line(s, first);
		if (without_return(s, first, end) == first)
			continue;
		if (first - at < indent + !is_item(s, first) || s.ptr[first] == '<')
			break;
		v.from = hw_least(v.from, first);
		v.to = v.next = without_return(s, first, end);
	}
	return v.from == s.len ? extent(at, at) : v;
}

size_t hw_redact_line_of(struct hw_slice s, const struct hw_redact_pair *p)
{
	const uint8_t *end = memrchr(s.ptr + p->text, '\n', p->name - p->text);

	return end ? (size_t)(end - s.ptr) + 1 : p->text;
}

size_t hw_redact_indent_of(struct hw_slice s, const struct hw_redact_pair *p)
{
	const size_t line = hw_redact_line_of(s, p);

	return p->name - line - (p->name > line && hw_redact_is_quote(s.ptr[p->name - 1]));
}

/* Tags and anchors: "!!str", "&a". */
static size_t skip_properties(struct hw_slice s, size_t at, size_t end)
{
	while (at < end && (s.ptr[at] == '!' || s.ptr[at] == '&')) {
		while (at < end && !hw_redact_is_space(s.ptr[at]))
			at++;
		at = hw_least(skip_spaces(s, at), end);
	}
	return at;
}

/* Nothing, or how a text of several lines begins in YAML: "|", ">-", with a comment. */
static bool is_block(struct hw_slice s, size_t at, size_t end)
{
	static const char indicators[] = "+-0123456789";

	if (at == end)
		return true;
	at = skip_properties(s, at, end);
	if (at == end || (s.ptr[at] != '|' && s.ptr[at] != '>'))
		return false;
	do
		at++;
	while (at < end && memchr(indicators, s.ptr[at], sizeof(indicators) - 1));
	at = skip_spaces(s, at);
	return at >= end || s.ptr[at] == '#';
}

/* In a page a tag ends it. */
static size_t end_of_said(struct hw_slice s, const struct hw_redact_pair *p, size_t at)
{
	const size_t end = end_of_line(s, at);
	const uint8_t *tag = p->is_in_xml && at < end ? memchr(s.ptr + at, '<', end - at) : NULL;

	return tag ? (size_t)(tag - s.ptr) : end;
}

static struct hw_redact_extent line(struct hw_slice s, const struct hw_redact_pair *p, size_t at)
{
	const size_t end = end_of_said(s, p, at);
	size_t to = without_return(s, at, end);

	if (end < s.len && s.ptr[end] == '\n' && is_block(s, at, to))
		return block(s, end + 1, hw_redact_indent_of(s, p));
	while (to > at && hw_redact_is_space(s.ptr[to - 1]))
		to--;
	return extent(at, to);
}

/* u'x', rb"x", @"x": what stands before the quote at `to` is of it. */
static bool begins_literal(struct hw_slice s, size_t at, size_t to)
{
	static const char prefixes[] = "bBfFrRuU@$";

	return to > at && to - at <= 2 && to < s.len && hw_redact_is_quote(s.ptr[to]) &&
	       memchr(prefixes, s.ptr[at], sizeof(prefixes) - 1);
}

/* Behind a name that does not begin its line. */
static struct hw_redact_extent word(struct hw_slice s, const struct hw_redact_pair *p, size_t at)
{
	static const char ends[] = "\r\n<", ends_words[] = " \t,;)]}&";
	size_t to = at;

	if (at == p->colon + 1 && !hw_redact_is_quote(s.ptr[p->colon - 1]))
		return extent(at, at);
	for (; to < s.len && !hw_redact_is_quote(s.ptr[to]); to++)
		if (memchr(ends, s.ptr[to], sizeof(ends) - 1) ||
		    (p->how == HW_REDACT_WHOLE &&
		     memchr(ends_words, s.ptr[to], sizeof(ends_words) - 1)))
			break;
	return begins_literal(s, at, to) ? quoted(s, to) : extent(at, to);
}

/* "Your token: ": from the quote that opens to the name there are only words. */
static bool is_in_quotes(struct hw_slice s, const struct hw_redact_pair *p, uint8_t quote)
{
	enum { PROMPT_MAX = 256 };
	size_t at = p->name;

	while (at > p->text && p->name - at < PROMPT_MAX &&
	       (hw_redact_is_of_name(s.ptr[at - 1]) || hw_redact_is_space(s.ptr[at - 1])))
		at--;
	return at > p->text && s.ptr[at - 1] == quote && !hw_redact_is_space(s.ptr[at]) &&
	       (at - 1 == p->text || !hw_redact_is_of_name(s.ptr[at - 2]));
}

/* "Password:", "Your token: ", where the quote at `at` closes. */
static bool closes(struct hw_slice s, const struct hw_redact_pair *p, size_t at)
{
	static const char behind[] = " \t\r\n>),;]}+", before[] = "{,(";

	if (at + 1 >= s.len || !memchr(behind, s.ptr[at + 1], sizeof(behind) - 1) ||
	    hw_redact_is_quote(s.ptr[p->colon - 1]))
		return false;
	if (at > p->colon + 1)
		return is_in_quotes(s, p, s.ptr[at]);
	return p->name == p->text || !memchr(before, s.ptr[p->name - 1], sizeof(before) - 1);
}

/* Where the bracket that closes the one before `at` is. An apostrophe within a word opens nothing. */
static size_t end_of_brackets(struct hw_slice s, size_t at)
{
	for (size_t depth = 1; at < s.len; at++) {
		const uint8_t c = s.ptr[at];

		if (hw_redact_is_quote(c) && (c == '"' || !hw_redact_is_of_name(s.ptr[at - 1])))
			at = end_of_quoted(s, at + 1, c);
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return at;
	}
	return s.len;
}

/* \"x\": in what is a string itself, where a quote in it is \\\" */
static struct hw_redact_extent escaped(struct hw_slice s, size_t from, uint8_t quote)
{
	size_t to = from;

	for (; to + 1 < s.len && s.ptr[to] != '\n'; to++) {
		if (s.ptr[to] == '\\' && s.ptr[to + 1] == quote)
			return extent(from, to);
		if (s.ptr[to] == '\\' && s.ptr[to + 1] == '\\')
			to += to + 2 < s.len && s.ptr[to + 2] == '\\' ? 3 : 2;
	}
	return extent(from, to + 1 < s.len ? without_return(s, from, to) : s.len);
}

/* Behind a = that is not of a line's first name, only what is in quotes is a value. */
static struct hw_redact_extent literal(struct hw_slice s, size_t at)
{
	size_t to = at;

	while (to < s.len && to - at < 2 && !hw_redact_is_quote(s.ptr[to]))
		to++;
	return begins_literal(s, at, to) ? quoted(s, to) : extent(at, at);
}

/* Behind blanks, and the scheme of credentials. */
static size_t begin_of_value(struct hw_slice s, const struct hw_redact_pair *p)
{
	const size_t at = skip_spaces(s, p->colon + 1);

	return p->how != HW_REDACT_CREDENTIALS ? at
					       : at + hw_redact_skip_scheme(hw_slice_after(s, at));
}

struct hw_redact_extent hw_redact_pair_value(struct hw_slice s, const struct hw_redact_pair *p)
{
	const size_t at = begin_of_value(s, p);

	if (at == s.len)
		return extent(at, at);
	if (s.ptr[at] == '\\' && at + 1 < s.len && hw_redact_is_quote(s.ptr[at + 1]))
		return escaped(s, at + 2, s.ptr[at + 1]);
	if (hw_redact_is_quote(s.ptr[at]))
		return closes(s, p, at) ? extent(at, at) : quoted(s, at);
	if (s.ptr[p->colon] != ':' && !p->begins_line)
		return literal(s, at);
	if (s.ptr[at] == '{' || s.ptr[at] == '[')
		return extent(at + 1, end_of_brackets(s, at + 1));
	return p->begins_line ? line(s, p, at) : word(s, p, at);
}
