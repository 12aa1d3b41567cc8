/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/json_check.h - is this one JSON text (RFC 8259) in valid UTF-8, and nothing else?
 *
 * Written from the RFC alone, so that the writer is judged by another. Also refuses what
 * the writer promises not to write: raw control bytes, and a key twice in an object is
 * not looked for here.
 */
#ifndef HW_JSON_CHECK_H
#define HW_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_DEPTH_MAX = 32 };

struct json_text {
	const uint8_t *at, *end;
};

static inline bool json_byte(struct json_text *t, char c)
{
	if (t->at == t->end || *t->at != (uint8_t)c)
		return false;
	t->at++;
	return true;
}

static inline bool json_word(struct json_text *t, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0)
		return false;
	t->at += len;
	return true;
}

static inline bool json_digits(struct json_text *t)
{
	const uint8_t *from = t->at;

	while (t->at < t->end && *t->at >= '0' && *t->at <= '9')
		t->at++;
	return t->at > from;
}

static inline bool json_number(struct json_text *t)
{
	json_byte(t, '-');
	if (!json_byte(t, '0') && !json_digits(t))
		return false;
	if (json_byte(t, '.') && !json_digits(t))
		return false;
	if (!json_byte(t, 'e') && !json_byte(t, 'E'))
		return true;
	if (!json_byte(t, '+'))
		json_byte(t, '-');
	return json_digits(t);
}

/* RFC 3629 4: the well-formed sequences, byte by byte. */
static inline bool json_utf8(struct json_text *t)
{
	static const struct {
		uint8_t first, last, second, second_last, more;
	} rows[] = {
		{ 0x20, 0x7f, 0, 0, 0 },       { 0xc2, 0xdf, 0x80, 0xbf, 0 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 1 }, { 0xe1, 0xec, 0x80, 0xbf, 1 },
		{ 0xed, 0xed, 0x80, 0x9f, 1 }, { 0xee, 0xef, 0x80, 0xbf, 1 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 2 }, { 0xf1, 0xf3, 0x80, 0xbf, 2 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*t->at < rows[i].first || *t->at > rows[i].last)
			continue;
		t->at++;
		if (!rows[i].second)
			return true;
		if (t->at == t->end || *t->at < rows[i].second || *t->at > rows[i].second_last)
			return false;
		t->at++;
		for (int more = rows[i].more; more > 0; more--, t->at++)
			if (t->at == t->end || (*t->at & 0xc0) != 0x80)
				return false;
		return true;
	}
	return false;
}

static inline bool json_escape(struct json_text *t)
{
	if (t->at < t->end && strchr("\"\\/bfnrt", *t->at) && *t->at) {
		t->at++;
		return true;
	}
	if (!json_byte(t, 'u'))
		return false;
	for (int i = 0; i < 4; i++, t->at++)
		if (t->at == t->end || !strchr("0123456789abcdef", *t->at) || !*t->at)
			return false;
	return true;
}

static inline bool json_string(struct json_text *t)
{
	if (!json_byte(t, '"'))
		return false;
	while (t->at < t->end && *t->at != '"') {
		if (json_byte(t, '\\') ? !json_escape(t) : !json_utf8(t))
			return false;
	}
	return json_byte(t, '"');
}

static inline bool json_value(struct json_text *t, int depth);

static inline bool json_member(struct json_text *t, int depth)
{
	return json_string(t) && json_byte(t, ':') && json_value(t, depth);
}

static inline bool json_value(struct json_text *t, int depth)
{
	bool is_object;

	if (depth > JSON_DEPTH_MAX || t->at == t->end)
		return false;
	is_object = *t->at == '{';
	if (!is_object && *t->at != '[')
		return *t->at == '"' ? json_string(t)
				     : json_word(t, "true") || json_word(t, "false") ||
					       json_word(t, "null") || json_number(t);
	t->at++;
	if (json_byte(t, is_object ? '}' : ']'))
		return true;
	do {
		if (is_object ? !json_member(t, depth + 1) : !json_value(t, depth + 1))
			return false;
	} while (json_byte(t, ','));
	return json_byte(t, is_object ? '}' : ']');
}

/* `line` is one object and an LF. */
static inline bool json_is_line(const char *line, size_t len)
{
	struct json_text t = { (const uint8_t *)line, (const uint8_t *)line + len };

	return len > 0 && *line == '{' && json_value(&t, 0) && json_byte(&t, '\n') && t.at == t.end;
}

#endif
