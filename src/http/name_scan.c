/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/name_scan.c - see name_scan.h */
#include "http/name_scan.h"

#include "base/layout.h"

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
	return hw_http_name_scan_short(line, ret_is_canonical);
}
#endif

HW_APART size_t hw_http_name_scan_short(struct hw_slice line, bool *ret_is_canonical)
{
	bool begins = true, is_canonical = true;
	size_t i = 0;

	for (; i < line.len &&
	       (hw_octet_is(line.ptr[i], HW_OCTET_UPPER | HW_OCTET_LOWER | HW_OCTET_DIGIT) ||
		line.ptr[i] == '-');
	     i++) {
		is_canonical &= !hw_octet_is(line.ptr[i], begins ? HW_OCTET_LOWER : HW_OCTET_UPPER);
		begins = line.ptr[i] == '-';
	}
	*ret_is_canonical = is_canonical;
	return i < line.len && line.ptr[i] == ':' ? i : 0;
}
