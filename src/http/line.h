/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/line.h - the lines of a head, one after the other
 *
 * A line ends with LF, and one CR before it belongs to the end; a bare CR is data (RFC
 * 9112 2.2). This is the one place that looks for line ends in a head: an index made
 * ahead can take the place of its memchr().
 */
#ifndef HW_HTTP_LINE_H
#define HW_HTTP_LINE_H

#include "base/slice.h"

struct hw_http_lines {
	const uint8_t *at, *end;
	bool cut;     /* the last line that was read has no end */
	bool bare_lf; /* a line so far ended without CR */
};

static inline struct hw_http_lines hw_http_lines(struct hw_slice head)
{
	/* NULL + 0 is not defined in C. */
	return (struct hw_http_lines){ .at = head.ptr,
				       .end = head.len ? head.ptr + head.len : head.ptr };
}

/*
 * The next line without its end in `ret`. Returns false, and sets `cut`, if there is
 * none. A last line without LF is given without the CR that it may end with.
 */
static inline bool hw_http_lines_next(struct hw_http_lines *l, struct hw_slice *ret)
{
	const size_t left = (size_t)(l->end - l->at);
	const uint8_t *lf = left ? (const uint8_t *)memchr(l->at, '\n', left) : NULL;
	size_t len = lf ? (size_t)(lf - l->at) : left;

	l->cut = !lf;
	if (left == 0)
		return false;

	*ret = hw_slice(l->at, len);
	if (len > 0 && l->at[len - 1] == '\r')
		ret->len--;
	else
		l->bare_lf |= lf != NULL;
	l->at += len + (lf != NULL);
	return true;
}

/* The next line goes on with the field before it: RFC 9112 5.2, obs-fold. */
static inline bool hw_http_lines_folds(const struct hw_http_lines *l)
{
	return l->at < l->end && (*l->at == ' ' || *l->at == '\t');
}

#endif
