/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/head_end.c - see head_end.h */
#include "http/head_end.h"

/*
 * `in` begins a line. Returns the length of the empty line, or 0 if it is not empty or not
 * all there, which `tail` tells.
 */
static size_t empty_line(struct hw_slice in, enum hw_http_tail *tail)
{
	*tail = HW_HTTP_TAIL_LF;
	if (in.len == 0)
		return 0;
	if (in.ptr[0] == '\n')
		return 1;

	*tail = HW_HTTP_TAIL_LF_CR;
	if (in.ptr[0] == '\r' && in.len == 1)
		return 0;
	*tail = HW_HTTP_TAIL_IN_LINE;
	return in.ptr[0] == '\r' && in.ptr[1] == '\n' ? 2 : 0;
}

size_t hw_http_head_end(struct hw_slice in, enum hw_http_tail *tail)
{
	size_t at = 0, len;

	if (in.len == 0)
		return 0;
	if (*tail == HW_HTTP_TAIL_LF_CR && in.ptr[0] == '\n')
		return 1;
	if (*tail == HW_HTTP_TAIL_LF) {
		len = empty_line(in, tail);
		if (len > 0 || *tail != HW_HTTP_TAIL_IN_LINE)
			return len;
	}

	*tail = HW_HTTP_TAIL_IN_LINE;
	while (*tail == HW_HTTP_TAIL_IN_LINE) {
		const uint8_t *lf =
			at < in.len ? (const uint8_t *)memchr(in.ptr + at, '\n', in.len - at)
				    : NULL;

		if (!lf)
			return 0;
		at = (size_t)(lf - in.ptr) + 1;
		len = empty_line(hw_slice_after(in, at), tail);
		if (len > 0)
			return at + len;
	}
	return 0;
}
