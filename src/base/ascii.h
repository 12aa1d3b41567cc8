/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/ascii.h - letters, digits and numbers in ASCII, whatever the locale */
#ifndef HW_BASE_ASCII_H
#define HW_BASE_ASCII_H

#include "base/slice.h"

static inline bool hw_ascii_is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10;
}

static inline bool hw_ascii_is_upper(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26;
}

static inline bool hw_ascii_is_letter(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26;
}

static inline bool hw_ascii_is_alnum(uint8_t c)
{
	return hw_ascii_is_letter(c) || hw_ascii_is_digit(c);
}

/* What is no letter stays. */
static inline uint8_t hw_ascii_lower(uint8_t c)
{
	return hw_ascii_is_upper(c) ? c | 0x20 : c;
}

static inline uint8_t hw_ascii_upper(uint8_t c)
{
	return (uint8_t)(c - 'a') < 26 ? c ^ 0x20 : c;
}

/* How many digits `s` begins with. */
static inline size_t hw_ascii_digits(struct hw_slice s)
{
	size_t nr = 0;

	while (nr < s.len && hw_ascii_is_digit(s.ptr[nr]))
		nr++;
	return nr;
}

/* `s` is digits, at least one and nothing else, of a number up to `max`. False: *ret is unchanged. */
static inline bool hw_ascii_number(struct hw_slice s, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		const uint8_t digit = (uint8_t)(s.ptr[i] - '0');

		if (digit > 9 || digit > max || n > (max - digit) / 10)
			return false;
		n = 10 * n + digit;
	}
	if (!s.len)
		return false;
	*ret = n;
	return true;
}

#endif
