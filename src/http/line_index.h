/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/line_index.h - where the lines of a head end, found in one pass
 *
 * A line ends with LF, and one CR before it belongs to the end; a bare CR is data (RFC 9112
 * 2.2). The same pass tells whether a head has any other control byte, so that hardly
 * anything is looked at again. 64 bytes are looked at at once, by what the processor has:
 * all ways give the same index.
 */
#ifndef HW_HTTP_LINE_INDEX_H
#define HW_HTTP_LINE_INDEX_H

#include "base/slice.h"

enum {
	HW_HTTP_LINES_MAX = 64,	  /* of one index; more of them are found by another */
	HW_HTTP_LINES_ROOM = 128, /* so that it is asked rarely whether there are more */
};

struct hw_http_line_index {
	size_t nr;	  /* lines */
	size_t len;	  /* bytes up to behind the last of them */
	bool is_head;	  /* the last is empty, and there are lines before it */
	bool is_odd;	  /* there are control bytes that are of no line end */
	bool has_bare_lf; /* one of the lines ends without CR */
	const uint8_t *ends[HW_HTTP_LINES_ROOM]; /* the LF of each */
};

/*
 * Fills `ret` with the lines that `in` begins with, up to the first empty one, the first
 * HW_HTTP_LINES_MAX, or the last that has an end. In the latter case `is_odd` speaks of the
 * bytes behind it, too.
 */
typedef void (*hw_http_indexer)(struct hw_slice in, struct hw_http_line_index *ret);

/* One way to make an index. */
struct hw_http_indexing {
	const char *name;
	hw_http_indexer make;
	bool (*is_possible)(void); /* on this processor */
};

/* All ways that were built, the best first. The last is always possible. */
extern const struct hw_http_indexing hw_http_indexings[];
extern const size_t hw_http_indexings_nr;

/* The best that is possible here. */
hw_http_indexer hw_http_indexer_choose(void);

#endif
