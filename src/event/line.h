/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/line.h - text for a person, being written
 *
 * What comes from the wire is written so that it does nothing: control bytes, bytes that
 * are not UTF-8 and characters that change the direction or the look of what follows are
 * shown as \x1b or \u202e, and a backslash is doubled. After a failure nothing more is
 * written.
 */
#ifndef HW_EVENT_LINE_H
#define HW_EVENT_LINE_H

#include "base/buf.h"
#include "event/event.h"

struct hw_line {
	struct hw_buf *out;
	bool color;   /* hw_line_paint() writes something */
	bool is_wide; /* not all that was written has as many columns as bytes */
	int err;      /* the first failure, or 0 */
};

/* Bytes that are ours, and ASCII, as they are. */
void hw_line_add(struct hw_line *l, struct hw_slice s);
void hw_line_text(struct hw_line *l, const char *text);
void hw_line_number(struct hw_line *l, uint64_t n);

/* An address and a port, IPv6 in brackets; a port of 0 is left out. */
void hw_line_endpoint(struct hw_line *l, const struct hw_short_text *addr, uint16_t port);

/* Bytes from the wire. */
void hw_line_foreign(struct hw_line *l, struct hw_slice s);

/* A control sequence, if there are colours: "\x1b[1;36m", "\x1b[0m". */
void hw_line_paint(struct hw_line *l, const char *sgr);

/* Whether hw_line_foreign() leaves `s` as it is. */
bool hw_line_is_plain(struct hw_slice s);

/*
 * Columns of a terminal that `s` takes, which hw_line_foreign() wrote: a character of East
 * Asia takes two. And the longest beginning of `s` that takes at most `columns`.
 */
size_t hw_line_width(struct hw_slice s);
struct hw_slice hw_line_cut(struct hw_slice s, size_t columns);

/* Stands where a text was cut: one column, on any terminal. */
#define HW_LINE_CUT "~"

#endif
