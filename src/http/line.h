/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/line.h - the lines of a head, one after the other
 *
 * Where they end is looked up in an index, which is made anew when all of it was read.
 */
#ifndef HW_HTTP_LINE_H
#define HW_HTTP_LINE_H

#include "http/line_index.h"
#include "http/octet.h"

struct hw_http_lines {
	const uint8_t *at, *end;
	struct hw_http_line_index *index;
	hw_http_indexer indexer;
	size_t next;  /* line in the index */
	bool cut;     /* the last line that was read has no end */
	bool bare_lf; /* a line so far ended without CR */
	bool odd;     /* control bytes that are of no line end may be in a line so far */
};

/* The lines of `head`. `index` is room for them, and used until the last was read. */
void hw_http_lines_begin(struct hw_http_lines *l, struct hw_slice head,
			 struct hw_http_line_index *index, hw_http_indexer indexer);

/* The same, with what `index` has of the beginning of `head`. */
void hw_http_lines_begin_indexed(struct hw_http_lines *l, struct hw_slice head,
				 struct hw_http_line_index *index, hw_http_indexer indexer);

/* hw_http_lines_next() where the index has no more. */
bool hw_http_lines_more(struct hw_http_lines *l, struct hw_slice *ret);

/*
 * The next line without its end in `ret`. Returns false, and sets `cut`, if there is
 * none. A last line without LF is given without the CR that it may end with.
 */
static inline bool hw_http_lines_next(struct hw_http_lines *l, struct hw_slice *ret)
{
	const uint8_t *lf;
	bool has_cr;

	if (l->next == l->index->nr)
		return hw_http_lines_more(l, ret);
	lf = l->index->ends[l->next++];
	has_cr = lf > l->at && lf[-1] == '\r';
	*ret = hw_slice(l->at, (size_t)(lf - l->at) - has_cr);
	l->bare_lf |= !has_cr;
	l->at = lf + 1;
	return true;
}

/* The next line goes on with the field before it: RFC 9112 5.2, obs-fold. */
static inline bool hw_http_lines_folds(const struct hw_http_lines *l)
{
	return l->at < l->end && hw_octet_is_blank(*l->at);
}

#endif
