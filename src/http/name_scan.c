/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/name_scan.c - see name_scan.h */
#include "http/name_scan.h"

#ifdef __SSE2__
size_t hw_http_name_scan_long(struct hw_slice line, bool *ret_is_canonical)
{
	uint32_t begins = 1, wrong = 0;

	for (size_t at = 0; line.len - at >= HW_HTTP_NAME_PIECE; at += HW_HTTP_NAME_PIECE) {
		const struct hw_http_name_bits b = hw_http_name_bits(line.ptr + at);
		const unsigned int len = (unsigned int)__builtin_ctz(b.others);

		begins |= b.dash << 1;
		wrong |= hw_http_name_wrong(b, begins) & ((1u << len) - 1);
		if (len < HW_HTTP_NAME_PIECE) {
			*ret_is_canonical = !wrong;
			return line.ptr[at + len] == ':' ? at + len : 0;
		}
		begins = b.dash >> (HW_HTTP_NAME_PIECE - 1);
	}
	return 0;
}
#endif
