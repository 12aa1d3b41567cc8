/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/literal.c - see literal.h */
#include "query/literal.h"

#include <stdio.h>

#include "base/duration.h"
#include "base/hex.h"

enum { NUMBER_TEXT_MAX = 24 };

static bool read_digits(struct hw_slice digits, int base, int64_t *ret)
{
	int64_t n = 0;

	for (size_t i = 0; i < digits.len; i++) {
		const int digit = hw_hex_value(digits.ptr[i]);

		if (digit >= base || n > (INT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	*ret = n;
	return digits.len > 0;
}

/* As in C: 80, 0x50, 0120. */
static bool read_number(struct hw_slice text, int64_t max, int64_t *ret)
{
	int64_t n;
	int base = 10;

	if (hw_slice_starts(text, HW_SLICE("0x")) || hw_slice_starts(text, HW_SLICE("0X"))) {
		base = 16;
		text = hw_slice_after(text, 2);
	} else if (text.len > 1 && text.ptr[0] == '0') {
		base = 8;
	}
	if (!read_digits(text, base, &n) || n > max)
		return false;
	*ret = n;
	return true;
}

static bool read_boolean(struct hw_slice text, int64_t *ret)
{
	static const char *const names[] = { "0",     "1",    "false", "true",
					     "False", "True", "FALSE", "TRUE" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!hw_slice_eq(text, hw_slice_text(names[i])))
			continue;
		*ret = i & 1;
		return true;
	}
	return false;
}

static bool read_time(struct hw_slice text, int64_t *ret)
{
	uint64_t ns;

	if (!hw_duration_read(text, &ns))
		return false;
	*ret = (int64_t)ns;
	return true;
}

static bool read_address(struct hw_slice text, uint8_t family, struct hw_literal *ret)
{
	char copy[HW_ADDR_TEXT_MAX + sizeof("/128")];
	struct hw_prefix prefix;

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (!hw_prefix_parse(copy, &prefix))
		return false;
	ret->value.addr = prefix.addr;
	ret->bits = prefix.bits;
	return hw_addr_is_v4(&prefix.addr) == (family == 4);
}

static bool read_as(const struct hw_operand *of, const struct hw_token *t, struct hw_literal *ret)
{
	if (of->type == HW_QUERY_TEXT) {
		ret->value.text = t->text;
		return true;
	}
	if (t->kind != HW_TOKEN_WORD)
		return false;
	switch ((enum hw_query_type)of->type) {
	case HW_QUERY_NUMBER:
		return read_number(t->text, of->max, &ret->value.number);
	case HW_QUERY_BOOLEAN:
		return read_boolean(t->text, &ret->value.number);
	case HW_QUERY_TIME:
		return read_time(t->text, &ret->value.number);
	case HW_QUERY_ADDRESS:
		return read_address(t->text, of->field->family, ret);
	case HW_QUERY_TEXT:
	case HW_QUERY_PRESENCE:
		break;
	}
	return false;
}

static void say_wanted(const struct hw_operand *of, char *wanted)
{
	const char *what = "";
	char number[NUMBER_TEXT_MAX + 32];

	switch ((enum hw_query_type)of->type) {
	case HW_QUERY_NUMBER:
		snprintf(number, sizeof(number), "a number from 0 to %lld", (long long)of->max);
		what = of->max == INT64_MAX ? "a number" : number;
		break;
	case HW_QUERY_BOOLEAN:
		what = "true or false";
		break;
	case HW_QUERY_TIME:
		what = "a time, such as 250ms or 1.5s";
		break;
	case HW_QUERY_ADDRESS:
		what = of->field->family == 4 ? "an IPv4 address or network, such as 10.0.0.0/8"
					      : "an IPv6 address or network, such as fd00::/8";
		break;
	case HW_QUERY_TEXT:
	case HW_QUERY_PRESENCE:
		break;
	}
	snprintf(wanted, HW_WANTED_MAX, "%s", what);
}

bool hw_literal_read(const struct hw_operand *of, const struct hw_token *t, struct hw_literal *ret,
		     char wanted[HW_WANTED_MAX])
{
	*ret = (struct hw_literal){ .bits = 128 };
	if (read_as(of, t, ret))
		return true;
	say_wanted(of, wanted);
	return false;
}
