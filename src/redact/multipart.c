/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/multipart.c - see multipart.h */
#include "redact/multipart.h"

#include "http/octet.h"

/* Where the line behind that at `at` begins. */
static size_t next_line(struct hw_slice s, size_t at)
{
	const uint8_t *end = at < s.len ? memchr(s.ptr + at, '\n', s.len - at) : NULL;

	return end ? (size_t)(end - s.ptr) + 1 : s.len;
}

/* The bytes from..to, without blanks, and ends of lines, at their end. */
static struct hw_slice trimmed(struct hw_slice s, size_t from, size_t to)
{
	while (to > from && hw_redact_is_blank(s.ptr[to - 1]))
		to--;
	return hw_slice(s.ptr + from, to - from);
}

static struct hw_slice line_at(struct hw_slice s, size_t at)
{
	return trimmed(s, at, next_line(s, at));
}

static bool is_delimiter(struct hw_slice s, size_t at)
{
	return hw_slice_starts(hw_slice_after(s, at), HW_SLICE("--"));
}

/* ---- fields ---- */

static bool begins_field(struct hw_slice s, size_t at, struct hw_slice name)
{
	return s.len - at >= name.len && hw_slice_eq_nocase(hw_slice(s.ptr + at, name.len), name);
}

/* Behind the field at `at`, and the lines that go on with it, which begin with a blank. */
static size_t next_field(struct hw_slice s, size_t at)
{
	do
		at = next_line(s, at);
	while (at < s.len && hw_octet_is_blank(s.ptr[at]) && line_at(s, at).len > 0);
	return at;
}

/*
 * Whether fields stand at `at`, and where the content behind them begins. Only those that begin
 * with Content- say something of a part, others are taken along. A line with -- ends them, too, so
 * that none is looked at for several parts.
 */
static bool read_fields(struct hw_slice s, size_t at, size_t *ret_content)
{
	bool is_part = false;

	while (at < s.len && !is_delimiter(s, at)) {
		if (line_at(s, at).len == 0) {
			at = next_line(s, at);
			break;
		}
		is_part |= begins_field(s, at, HW_SLICE("Content-"));
		at = next_field(s, at);
	}
	*ret_content = at;
	return is_part;
}

bool hw_redact_part_next(struct hw_slice s, size_t at, struct hw_redact_part *ret)
{
	for (; at < s.len; at = next_line(s, at)) {
		const size_t fields = is_delimiter(s, at) ? next_line(s, at) : s.len;
		size_t content;

		if (!read_fields(s, fields, &content))
			continue;
		*ret = (struct hw_redact_part){ at, line_at(s, at), fields, content };
		return true;
	}
	return false;
}

/* RFC 2046 5.1.1: blanks may stand behind it, and -- behind the last part. */
static bool is_line_of(struct hw_slice line, struct hw_slice delimiter)
{
	if (!hw_slice_starts(line, delimiter))
		return false;
	line = hw_slice_after(line, delimiter.len);
	return line.len == 0 || hw_slice_eq(line, HW_SLICE("--"));
}

size_t hw_redact_part_end(struct hw_slice s, const struct hw_redact_part *part)
{
	size_t at = part->content;

	while (at < s.len && !is_line_of(line_at(s, at), part->delimiter))
		at = next_line(s, at);
	return at;
}

/* ---- names ---- */

static void add_byte(struct hw_redact_part_name *n, uint8_t byte)
{
	if (n->len == HW_REDACT_PART_NAME_MAX) {
		n->len /= 2;
		memmove(n->text, n->text + n->len, n->len);
	}
	n->text[n->len++] = byte;
}

/* Without the \ before a quote. What is percent-encoded is so in parameters, too. */
static void add_value(struct hw_redact_part_name *n, struct hw_slice value)
{
	for (size_t at = 0; at < value.len; at++) {
		if (value.ptr[at] == '\\' && at + 1 < value.len)
			at++;
		add_byte(n, value.ptr[at]);
	}
}

/* Asks those who know parameters, of name=x: whether the x is found. */
static bool is_secret_name(struct hw_redact_finder *f, struct hw_redact_part_name *n)
{
	const size_t spans_len = f->spans->len, first = f->first;
	const struct hw_redact_span *spans;
	bool is_secret;
	size_t nr;

	n->text[n->len] = '=';
	n->text[n->len + 1] = 'x';
	hw_redact_begin(f, f->text);
	hw_redact_find(f, hw_slice(n->text, n->len + 2), 0, n->len + 2, HW_REDACT_QUERY);
	spans = hw_redact_spans(f, &nr);
	is_secret = hw_redact_found(f) > 0 && spans[nr - 1].to == n->len + 2;
	f->spans->len = spans_len;
	f->first = first;
	return is_secret;
}

struct parameter {
	struct hw_slice name, value;
};

static bool ends_token(uint8_t c)
{
	return hw_redact_is_blank(c) || c == '=' || c == ';' || c == ',' || c == '"';
}

static size_t end_of_token(struct hw_slice s, size_t at)
{
	while (at < s.len && !ends_token(s.ptr[at]))
		at++;
	return at;
}

/* The value at `at`, quoted or not. Returns where it ends. */
static size_t read_value(struct hw_slice s, size_t at, struct hw_slice *ret)
{
	const bool is_quoted = at < s.len && s.ptr[at] == '"';
	const size_t from = at + is_quoted;
	const size_t to = is_quoted ? hw_redact_end_of_string(s, from) : end_of_token(s, from);

	*ret = hw_slice(s.ptr + from, to - from);
	return to;
}

/*
 * disposition = type *( ";" parameter )      RFC 2183 2
 * Takes one word, with its value if it has one. Returns where it ends, or the byte that is none.
 */
static size_t next_parameter(struct hw_slice s, size_t at, struct parameter *ret)
{
	const size_t to = end_of_token(s, at), equals = hw_redact_skip_blanks(s, to);

	*ret = (struct parameter){ .name = hw_slice(s.ptr + at, to - at) };
	if (to == at || equals == s.len || s.ptr[equals] != '=')
		return to == at ? at + 1 : to;
	return read_value(s, hw_redact_skip_blanks(s, equals + 1), &ret->value);
}

/* name, name*, or a piece of it: name*0, name*1*. RFC 2231 3, 4; RFC 8187 */
static bool is_of_name(struct hw_slice name)
{
	return begins_field(name, 0, HW_SLICE("name")) && (name.len == 4 || name.ptr[4] == '*');
}

static bool is_further_piece(struct hw_slice name)
{
	return name.len > 5 && name.ptr[5] >= '1' && name.ptr[5] <= '9';
}

static bool has_secret_name(struct hw_redact_finder *f, struct hw_slice disposition,
			    struct hw_redact_part_name *ret)
{
	struct parameter p;
	bool is_secret = false;

	for (size_t at = 0; at < disposition.len && !is_secret;) {
		at = next_parameter(disposition, at, &p);
		if (!is_of_name(p.name))
			continue;
		if (!is_further_piece(p.name))
			ret->len = 0;
		add_value(ret, p.value);
		is_secret = is_secret_name(f, ret);
	}
	return is_secret;
}

bool hw_redact_part_is_secret(struct hw_redact_finder *f, struct hw_slice s,
			      const struct hw_redact_part *part, struct hw_redact_part_name *ret)
{
	const struct hw_slice field = HW_SLICE("Content-Disposition");

	ret->len = 0;
	for (size_t at = part->fields, next; at < part->content; at = next) {
		next = next_field(s, at);
		if (begins_field(s, at, field) && has_secret_name(f, trimmed(s, at, next), ret))
			return true;
	}
	return false;
}
