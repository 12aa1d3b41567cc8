/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/head_end.h - where a head ends: behind its first empty line */
#ifndef HW_HTTP_HEAD_END_H
#define HW_HTTP_HEAD_END_H

#include "base/slice.h"

/* What the bytes seen so far end with. */
enum hw_http_tail {
	HW_HTTP_TAIL_IN_LINE,
	HW_HTTP_TAIL_LF,    /* at the start of a line */
	HW_HTTP_TAIL_LF_CR, /* at the start of a line, and CR */
};

/*
 * Look for the end in the next bytes. Returns how many of them belong to the head, its
 * end included, or 0 if they all do and there is no end; then `tail` is for the next call.
 */
size_t hw_http_head_end(struct hw_slice in, enum hw_http_tail *tail);

#endif
