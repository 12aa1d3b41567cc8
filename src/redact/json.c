/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/json.c - secrets in JSON, which may end anywhere: see find.h */
#include "base/hex.h"
#include "redact/object.h"

enum {
	PREFIX_MAX = 256,     /* bytes in front of JSON */
	NAME_MAX_BYTES = 128, /* bytes of a name that is written with escapes */
	SECRET_MIN = 3,	      /* bytes: a=b */
	CODE_LEN = 6,	      /* bytes of \u0000 */
	NO_ASCII = 0x80,
};

static size_t end_of_word(struct hw_slice s, size_t at)
{
	while (at < s.len && !hw_redact_is_blank(s.ptr[at]) && s.ptr[at] != ',' &&
	       s.ptr[at] != '}' && s.ptr[at] != ']')
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
			at = hw_redact_end_of_string(s, at + 1);
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return at;
	}
	return s.len;
}

/* Where the value at `at` ends, and begins: what is between its quotes or brackets, or all of it. */
static size_t end_of_value(struct hw_slice s, size_t at, size_t *ret_from)
{
	const uint8_t c = at < s.len ? s.ptr[at] : 0;

	*ret_from = at;
	if (c == '"')
		return hw_redact_end_of_string(s, ++*ret_from);
	if (c == '[' || c == '{')
		return end_of_brackets(s, ++*ret_from);
	return end_of_word(s, at);
}

/* It is a secret. Returns where it is over. */
static size_t take_value(struct hw_redact_finder *f, struct hw_slice s, size_t at)
{
	size_t from;
	const size_t to = end_of_value(s, at, &from);

	hw_redact_add(f, from, to);
	return to < s.len && from > at ? to + 1 : to;
}

/* It turns out to have been one, by what is behind it, from `end` on. */
static void take_value_late(struct hw_redact_finder *f, struct hw_slice s, size_t at, size_t end)
{
	size_t from;
	const size_t to = end_of_value(hw_slice(s.ptr, end), at, &from);

	hw_redact_add_late(f, from, to, 0);
}

/* The escape \u at `at`, which is there with its digits. Returns how many bytes it has. */
static size_t unescape_code(struct hw_slice s, size_t at, uint8_t *ret)
{
	int code = 0;

	*ret = NO_ASCII;
	for (size_t i = at + 2; i < at + CODE_LEN; i++) {
		const uint8_t digit = hw_hex_value(s.ptr[i]);

		if (digit > 15)
			return 2;
		code = code * 16 + digit;
	}
	if (code < NO_ASCII)
		*ret = (uint8_t)code;
	return CODE_LEN;
}

static uint8_t unescape_letter(uint8_t letter)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? (uint8_t)bytes[at - letters] : letter;
}

size_t hw_redact_unescape(struct hw_slice s, size_t at, uint8_t *ret)
{
	const size_t left = s.len - at;

	*ret = s.ptr[at];
	if (*ret != '\\')
		return 1;
	if (left >= CODE_LEN && s.ptr[at + 1] == 'u')
		return unescape_code(s, at, ret);
	*ret = '%';
	if (left < 2 || s.ptr[at + 1] == 'u')
		return left;
	*ret = unescape_letter(s.ptr[at + 1]);
	return 2;
}

/* RFC 8259 7: a name may be written with escapes. In `room`, unless there are none. */
static struct hw_slice without_escapes(struct hw_slice name, uint8_t room[NAME_MAX_BYTES])
{
	size_t to = 0;

	if (name.len == 0 || name.len > NAME_MAX_BYTES || !memchr(name.ptr, '\\', name.len))
		return name;
	for (size_t at = 0; at < name.len; to++)
		at += hw_redact_unescape(name, at, &room[to]);
	return hw_slice(room, to);
}

/* The string from..to is not secret as such. */
static void find_in_string(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to)
{
	if (f->level < HW_REDACT_NESTED_MAX && memchr(s.ptr + from, '\\', to - from))
		hw_redact_find_escaped(f, s, from, to);
	else if (hw_redact_is_xml(hw_slice(s.ptr, to), from))
		hw_redact_find_xml(f, s, from, to, f->inner);
	else
		hw_redact_find_text(f, s, from, to, f->inner);
}

/* In a form the quote in "b&token="c is of the next parameter, where JSON was cut before it. */
static size_t end_of_string(const struct hw_redact_finder *f, struct hw_slice s, size_t from)
{
	size_t to = hw_redact_end_of_string(s, from);

	while (hw_redact_has_plus(f->inner) && to > from && s.len - to >= 2 &&
	       s.ptr[to - 1] == '=' && !hw_redact_is_blank(s.ptr[to + 1]) &&
	       !memchr(",:]}", s.ptr[to + 1], 4))
		to = hw_redact_end_of_string(s, to + 1);
	return to;
}

/* {token: "x"}: the quote is at `at`, behind a name that is in no quotes. JavaScript has such. */
static bool has_bare_name(const struct hw_redact_finder *f, struct hw_slice s, size_t at)
{
	while (at > 0 && hw_redact_is_blank(s.ptr[at - 1]))
		at--;
	return at > 1 && s.ptr[at - 1] == ':' && s.ptr[at - 2] != '"' &&
	       hw_redact_is_secret_label(f, hw_redact_name_before(s, 0, at - 1));
}

/* Where the : is behind a name that ends at `end`, or the > of Ruby's =>; s.len: there is none. */
static size_t find_colon(struct hw_slice s, size_t end)
{
	const size_t at = hw_redact_skip_blanks(s, end < s.len ? end + 1 : end);

	if (hw_slice_starts(hw_slice_after(s, at), HW_SLICE("=>")))
		return at + 1;
	return at < s.len && s.ptr[at] == ':' ? at : s.len;
}

/*
 * Fields of a head are named in what echoes it: { "Cookie": "a=b" }. Another thing of that name may have
 * members: "cookie": {"path": "/"}.
 */
static bool is_secret_member(const struct hw_redact_finder *f, struct hw_slice s,
			     struct hw_slice name, size_t at)
{
	const enum hw_redact_how how = hw_redact_names_find(f->names, name, HW_REDACT_IN_BOTH);

	if (hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER))
		return true;
	return f->is_body && how != HW_REDACT_NOTHING && how != HW_REDACT_AUTHORITY && at < s.len &&
	       (s.ptr[at] == '"' || s.ptr[at] == '[');
}

/* What a member says whose value is at `at`; empty where that is no string. */
static struct hw_slice said_at(struct hw_slice s, size_t at, bool *ret_is_cut)
{
	size_t end;

	*ret_is_cut = at >= s.len;
	if (at >= s.len || s.ptr[at] != '"')
		return HW_SLICE("");
	end = hw_redact_end_of_string(s, at + 1);
	*ret_is_cut = end >= s.len;
	return hw_slice(s.ptr + at + 1, end - at - 1);
}

/* A member of this name has its value at `at`. Returns whether that is a secret. */
static bool see_member(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s,
		       struct hw_slice name, size_t at)
{
	struct hw_redact_member m = { .name = name, .at = at };
	uint8_t room[NAME_MAX_BYTES];
	size_t secret;

	m.said = without_escapes(said_at(s, at, &m.is_cut), room);
	secret = hw_redact_object_see(o, f, &m);
	if (secret < at)
		take_value_late(f, s, secret, at);
	return secret == at || is_secret_member(f, s, name, at);
}

/* Whether the quote at `at` begins an array that is in an array. In an object a colon is before it. */
static bool begins_inner_array(struct hw_slice s, size_t at)
{
	while (at > 0 && hw_redact_is_blank(s.ptr[at - 1]))
		at--;
	if (at == 0 || s.ptr[at - 1] != '[')
		return false;
	at--;
	while (at > 0 && hw_redact_is_blank(s.ptr[at - 1]))
		at--;
	return at > 0 && (s.ptr[at - 1] == '[' || s.ptr[at - 1] == ',');
}

/*
 * [["token", "x"], ["a", "b"]]: where the value is of what a string says that ends at `end`; s.len: it is
 * none of two. Only where there may be several such pairs: ["password", "email"] is a list of names.
 */
static size_t find_second(struct hw_slice s, size_t end)
{
	const size_t comma = hw_redact_skip_blanks(s, hw_least(end + 1, s.len));
	const size_t at = hw_redact_skip_blanks(s, hw_least(comma + 1, s.len));
	size_t from, to;

	if (at == s.len || s.ptr[comma] != ',' || s.ptr[at] == '[' || s.ptr[at] == '{')
		return s.len;
	to = end_of_value(s, at, &from);
	to = hw_redact_skip_blanks(s, hw_least(to + (from > at), s.len));
	return to == s.len || s.ptr[to] == ']' ? at : s.len;
}

/* Where the value of a pair in an array is, if that of `name`, from..to, is a secret; or s.len. */
static size_t find_pair(const struct hw_redact_finder *f, struct hw_slice s, struct hw_slice name,
			size_t from, size_t to)
{
	if (!hw_redact_names_secret(f, HW_SLICE("name"), name) || !begins_inner_array(s, from - 1))
		return s.len;
	return find_second(s, to);
}

/* A string that a colon follows is a name; others may have one in them, or look like a key. */
static size_t see_string(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s,
			 size_t from)
{
	const size_t to = end_of_string(f, s, from);
	const size_t colon = find_colon(s, to), value = hw_redact_skip_blanks(s, colon + 1);
	uint8_t room[NAME_MAX_BYTES];
	const struct hw_slice name = without_escapes(hw_slice(s.ptr + from, to - from), room);
	size_t second;

	if (has_bare_name(f, s, from - 1))
		return take_value(f, s, from - 1);
	if (colon < s.len && name.len > 0 && see_member(o, f, s, name, value))
		return take_value(f, s, value);
	if (colon == s.len && (second = find_pair(f, s, name, from, to)) < s.len)
		return take_value(f, s, second);
	find_in_string(f, s, from, to);
	return to < s.len ? to + 1 : to;
}

/* What a bracket at `at` is followed by where it is one of JSON, or may be: the text ends. */
static bool begins_json(struct hw_slice s, size_t at)
{
	const size_t next = hw_redact_skip_blanks(s, at + 1);

	return next >= s.len || s.ptr[next] == '"' || s.ptr[next] == '{' || s.ptr[next] == '[';
}

bool hw_redact_begins_with_bracket(struct hw_slice s)
{
	const size_t first = hw_redact_skip_blanks(s, 0);

	return first < s.len && (s.ptr[first] == '{' || s.ptr[first] == '[');
}

/* "[db]" and the end of the line, as INI and TOML begin: as JSON it would be one word in brackets. */
static bool is_section(struct hw_slice s, size_t at)
{
	const size_t name = at + 1 + (s.len - at >= 2 && s.ptr[at + 1] == '[');
	size_t end = name;

	while (end < s.len && (hw_redact_is_of_name(s.ptr[end]) || s.ptr[end] == ' '))
		end++;
	if (s.ptr[at] != '[' || end == name || end == s.len || s.ptr[end] != ']')
		return false;
	while (end < s.len && (s.ptr[end] == ']' || s.ptr[end] == ' ' || s.ptr[end] == '\r'))
		end++;
	return end < s.len && s.ptr[end] == '\n';
}

/*
 * Behind a byte order mark, what keeps scripts from reading it, the name of a function, or a field
 * of a stream of events. What has a = before it is a form.
 */
bool hw_redact_is_json(struct hw_slice s, size_t from)
{
	const size_t first = hw_redact_skip_blanks(s, from);

	for (size_t at = first; at < s.len && at - from < PREFIX_MAX; at++) {
		if (s.ptr[at] == '{' || s.ptr[at] == '[')
			return (at == first && !is_section(s, at)) || begins_json(s, at);
		if (s.ptr[at] == '=' || s.ptr[at] == '&')
			return false;
	}
	return false;
}

/* What is no string; in JSON that is little. */
static void see_rest(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s,
		     size_t from, size_t to)
{
	hw_redact_object_pass(o, s, from, to);
	if (to - from >= SECRET_MIN)
		hw_redact_find_text(f, s, from, to, f->inner);
}

/*
 * Where the next string begins; s.len: nowhere. One behind a =, unless it is a name, is the value of
 * what is no JSON, and seen with that.
 */
static size_t next_string(struct hw_slice s, size_t at)
{
	while (at < s.len) {
		const uint8_t *quote = memchr(s.ptr + at, '"', s.len - at);
		size_t end;

		if (!quote)
			break;
		at = (size_t)(quote - s.ptr);
		end = hw_redact_end_of_string(s, at + 1);
		if (at == 0 || s.ptr[at - 1] != '=' || find_colon(s, end) < s.len)
			return at;
		at = end < s.len ? end + 1 : end;
	}
	return s.len;
}

/*
 * {"value":"x" and the end, where the text goes on: what its name would have said is not known, so it is
 * hidden. Lists and objects are not: they may be all that there is.
 */
static void see_cut(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s)
{
	size_t at;

	while (f->is_cut && (at = hw_redact_object_cut(o)) != HW_REDACT_NONE)
		if (at < s.len && s.ptr[at] != '[' && s.ptr[at] != '{')
			take_value_late(f, s, at, s.len);
}

void hw_redact_find_json(struct hw_redact_finder *f, struct hw_slice s, size_t from)
{
	const size_t first = f->spans->len / sizeof(struct hw_redact_span);
	struct hw_redact_object o = { 0 };

	for (size_t at = from; at < s.len;) {
		const size_t string = next_string(s, at);

		see_rest(&o, f, s, at, string);
		at = string < s.len ? see_string(&o, f, s, string + 1) : string;
	}
	see_cut(&o, f, s);
	hw_redact_settle(f, first);
}
