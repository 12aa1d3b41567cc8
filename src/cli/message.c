/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/message.c - see message.h */
#include "cli/message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "event/escape.h"

/* Bytes of the UTF-8 character at `p` if a terminal shows it as it is, else 0. */
static size_t printable(const char *p, size_t len)
{
	const size_t need = hw_utf8_sequence(hw_slice(p, len));

	return need && hw_utf8_is_seen(hw_utf8_character(hw_slice(p, need))) ? need : 0;
}

/* One character, escaped if need be, into `ret`; returns how many bytes of text it was. */
static size_t escape_one(char ret[8], const char *p, size_t len)
{
	const size_t plain = printable(p, len);

	if (plain) {
		memcpy(ret, p, plain);
		ret[plain] = '\0';
		return plain;
	}
	if (*p == '\n' || *p == '\t' || *p == '\r')
		snprintf(ret, 8, "\\%c", *p == '\n' ? 'n' : *p == '\t' ? 't' : 'r');
	else
		snprintf(ret, 8, "\\x%02x", (unsigned char)*p);
	return 1;
}

size_t hw_message_escape(char *ret, size_t max, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		char one[8];
		size_t one_len;

		i += escape_one(one, text + i, len - i);
		one_len = strlen(one);
		if (one_len >= max - used)
			break;
		memcpy(ret + used, one, one_len);
		used += one_len;
	}
	ret[used] = '\0';
	return used;
}

void hw_message(const char *format, ...)
{
	char text[8192], line[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	hw_message_escape(line, sizeof(line), text, strlen(text));
	fprintf(stderr, "httpwire: %s\n", line);
}

/* Columns that UTF-8 text takes, if every character takes one. */
static int columns(const char *text, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void hw_cli_show_caret(const char *expression, size_t at)
{
	enum { BEFORE = 40, AFTER = 30 }; /* bytes shown on each side */
	const size_t len = strlen(expression);
	const size_t caret = at < len ? at : len;
	const size_t from = caret > BEFORE ? caret - BEFORE : 0;
	const size_t to = len - caret > AFTER ? caret + AFTER : len;
	char before[4 * BEFORE + 1], after[4 * AFTER + 1];
	const size_t before_len =
		hw_message_escape(before, sizeof(before), expression + from, caret - from);

	hw_message_escape(after, sizeof(after), expression + caret, to - caret);
	fprintf(stderr, "  %s%s%s%s\n", from > 0 ? "..." : "", before, after,
		to < len ? "..." : "");
	fprintf(stderr, "  %*s^\n", columns(before, before_len) + (from > 0 ? 3 : 0), "");
}
