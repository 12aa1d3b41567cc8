/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/lexer.c - see lexer.h */
#include "query/lexer.h"

#include "base/ascii.h"
#include "base/hex.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return hw_ascii_is_alnum(c) || c == '_' || c == '.' || c == ':' || c == '/' || c == '-';
}

static void skip_blanks(struct hw_lexer *l)
{
	while (is_blank(l->text[l->at]) || l->text[l->at] == '#') {
		if (l->text[l->at] == '#')
			l->at += strcspn(l->text + l->at, "\n");
		else
			l->at++;
	}
}

static struct hw_token bad(struct hw_lexer *l, size_t at, size_t len, const char *wrong)
{
	l->at = at + len;
	return (struct hw_token){ .kind = HW_TOKEN_BAD, .at = at, .len = len, .wrong = wrong };
}

/* ---- operators and words ---- */

static const struct {
	const char *text;
	enum hw_token_kind kind;
} operators[] = {
	/* Those that begin with others come first. */
	{ "===", HW_TOKEN_ALL_EQ },
	{ "!==", HW_TOKEN_ANY_NE },
	{ "==", HW_TOKEN_EQ },
	{ "!=", HW_TOKEN_NE },
	{ "<=", HW_TOKEN_LE },
	{ ">=", HW_TOKEN_GE },
	{ "&&", HW_TOKEN_AND },
	{ "||", HW_TOKEN_OR },
	{ "..", HW_TOKEN_RANGE },
	{ "<", HW_TOKEN_LT },
	{ ">", HW_TOKEN_GT },
	{ "!", HW_TOKEN_NOT },
	{ "~", HW_TOKEN_MATCHES },
	{ "(", HW_TOKEN_OPEN },
	{ ")", HW_TOKEN_CLOSE },
	{ "{", HW_TOKEN_SET_OPEN },
	{ "}", HW_TOKEN_SET_CLOSE },
	{ "[", HW_TOKEN_NAME_OPEN },
	{ "]", HW_TOKEN_NAME_CLOSE },
	{ ",", HW_TOKEN_COMMA },
}, words[] = {
	{ "and", HW_TOKEN_AND },
	{ "or", HW_TOKEN_OR },
	{ "not", HW_TOKEN_NOT },
	{ "in", HW_TOKEN_IN },
	{ "eq", HW_TOKEN_EQ },
	{ "any_eq", HW_TOKEN_EQ },
	{ "all_eq", HW_TOKEN_ALL_EQ },
	{ "ne", HW_TOKEN_NE },
	{ "all_ne", HW_TOKEN_NE },
	{ "any_ne", HW_TOKEN_ANY_NE },
	{ "lt", HW_TOKEN_LT },
	{ "le", HW_TOKEN_LE },
	{ "gt", HW_TOKEN_GT },
	{ "ge", HW_TOKEN_GE },
	{ "contains", HW_TOKEN_CONTAINS },
	{ "matches", HW_TOKEN_MATCHES },
};

static struct hw_token read_operator(struct hw_lexer *l)
{
	const size_t at = l->at;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		const size_t len = strlen(operators[i].text);

		if (strncmp(l->text + at, operators[i].text, len) != 0)
			continue;
		l->at += len;
		return (struct hw_token){ .kind = operators[i].kind, .at = at, .len = len };
	}
	switch (l->text[at]) {
	case '=':
		return bad(l, at, 1, "'=' is no comparison: write ==");
	case '&':
		return bad(l, at, 1, "'&' is no operator: write && or and");
	case '|':
		return bad(l, at, 1, "'|' is no operator: write || or or");
	default:
		return bad(l, at, 1, "this character can stand only between quotes");
	}
}

/* A word ends before "..", which makes ranges: 8000..8999, 10.0.0.1..10.0.0.9 */
static struct hw_token read_word(struct hw_lexer *l)
{
	struct hw_token t = { .kind = HW_TOKEN_WORD, .at = l->at };

	while (is_word(l->text[l->at]) && strncmp(l->text + l->at, "..", 2) != 0)
		l->at++;
	t.len = l->at - t.at;
	t.text = hw_slice(l->text + t.at, t.len);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hw_slice_eq(t.text, hw_slice_text(words[i].text)))
			t.kind = words[i].kind;
	return t;
}

/* ---- strings ---- */

/* At most `max` digits at `*at`. Returns how many there were. */
static unsigned read_digits(const char **at, unsigned base, unsigned max, uint32_t *ret)
{
	unsigned nr = 0;

	for (*ret = 0; nr < max && hw_hex_value((uint8_t)(*at)[0]) < base; nr++, (*at)++)
		*ret = *ret * base + hw_hex_value((uint8_t)(*at)[0]);
	return nr;
}

static uint8_t *put_utf8(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (uint8_t)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (uint8_t)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (uint8_t)(0xe0 | c >> 12);
		} else {
			*to++ = (uint8_t)(0xf0 | c >> 18);
			*to++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (c & 0x3f));
	return to;
}

/* \u20ac and \U0001f600, of which UTF-8 never takes more bytes than they have. */
static uint8_t *put_character(uint8_t *to, const char **at, unsigned digits)
{
	uint32_t c;

	(*at)++;
	if (read_digits(at, 16, digits, &c) != digits || c > 0x10ffff ||
	    (c >= 0xd800 && c < 0xe000))
		return NULL;
	return put_utf8(to, c);
}

/* The escape whose backslash was before `*at`. Returns the new end, NULL: it is none. */
static uint8_t *put_escape(uint8_t *to, const char **at)
{
	static const char names[] = "abfnrtv\\\"'", bytes[] = "\a\b\f\n\r\t\v\\\"'";
	const char *name = **at ? strchr(names, **at) : NULL;
	uint32_t byte;

	if (name) {
		(*at)++;
		*to++ = (uint8_t)bytes[name - names];
		return to;
	}
	if (**at == 'u' || **at == 'U')
		return put_character(to, at, **at == 'u' ? 4 : 8);
	if (**at == 'x') {
		(*at)++;
		if (!read_digits(at, 16, 2, &byte))
			return NULL;
	} else if (!read_digits(at, 8, 3, &byte) || byte > 0xff) {
		return NULL;
	}
	*to++ = (uint8_t)byte;
	return to;
}

/*
 * From the quote on to the next one. If `is_raw` backslashes stay, and one keeps a quote
 * from ending it.
 */
static struct hw_token read_string(struct hw_lexer *l, bool is_raw)
{
	const size_t start = l->at;
	const char *at = l->text + start + is_raw;
	const char quote = *at++;
	uint8_t *const text = l->strings;

	while (*at != quote) {
		if (*at == '\0')
			return bad(l, start, strlen(l->text + start), "this quote is not closed");
		if (is_raw && *at == '\\' && at[1] != '\0')
			*l->strings++ = (uint8_t)*at++;
		if (is_raw || *at != '\\') {
			*l->strings++ = (uint8_t)*at++;
			continue;
		}
		const size_t escape = (size_t)(at++ - l->text);
		uint8_t *end = put_escape(l->strings, &at);

		if (!end)
			return bad(l, escape, l->text[escape + 1] ? 2 : 1,
				   "not an escape; for regular expressions write r\"...\"");
		l->strings = end;
	}
	l->at = (size_t)(at + 1 - l->text);
	return (struct hw_token){ .kind = HW_TOKEN_STRING,
				  .at = start,
				  .len = l->at - start,
				  .text = hw_slice(text, (size_t)(l->strings - text)) };
}

struct hw_token hw_lexer_next(struct hw_lexer *l)
{
	char c;

	skip_blanks(l);
	c = l->text[l->at];
	if (c == '\0')
		return (struct hw_token){ .kind = HW_TOKEN_END, .at = l->at };
	if (c == '"' || c == '\'')
		return read_string(l, false);
	if ((c == 'r' || c == 'R') && (l->text[l->at + 1] == '"' || l->text[l->at + 1] == '\''))
		return read_string(l, true);
	if (is_word(c) && strncmp(l->text + l->at, "..", 2) != 0)
		return read_word(l);
	return read_operator(l);
}
