/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/hex.h - hexadecimal digits */
#ifndef HW_BASE_HEX_H
#define HW_BASE_HEX_H

#include "base/slice.h"

/* What the digit `c`, in either case, stands for; 16: it is none. */
static inline uint8_t hw_hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Nothing but digits, those above 9 in lower case, as ids and hashes are written. */
static inline bool hw_hex_is_lower(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (hw_hex_value(s.ptr[i]) > 15 || (s.ptr[i] >= 'A' && s.ptr[i] <= 'F'))
			return false;
	return true;
}

/* The two digits of `byte`, in lower case. Returns where they end. */
static inline uint8_t *hw_hex_write(uint8_t *ret, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	*ret++ = (uint8_t)digits[byte >> 4];
	*ret++ = (uint8_t)digits[byte & 15];
	return ret;
}

#endif
