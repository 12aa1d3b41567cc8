/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/base64.c - see base64.h */
#include "base/base64.h"

uint8_t *hw_write_base64(uint8_t *ret, struct hw_slice s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; s.len; s = hw_slice_after(s, s.len < 3 ? s.len : 3)) {
		const uint32_t bits = (uint32_t)s.ptr[0] << 16 |
				      (s.len > 1 ? (uint32_t)s.ptr[1] << 8 : 0) |
				      (s.len > 2 ? s.ptr[2] : 0);

		*ret++ = (uint8_t)digits[bits >> 18];
		*ret++ = (uint8_t)digits[bits >> 12 & 63];
		*ret++ = s.len > 1 ? (uint8_t)digits[bits >> 6 & 63] : '=';
		*ret++ = s.len > 2 ? (uint8_t)digits[bits & 63] : '=';
	}
	return ret;
}
