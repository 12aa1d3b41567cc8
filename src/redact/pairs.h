/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/pairs.h - where the value ends that stands behind a name and a colon; see find.h
 *
 * What begins its line has the rest of it for its value, or the lines behind that are indented more;
 * what stands within a line, a word or a text in quotes or brackets.
 */
#ifndef HW_REDACT_PAIRS_H
#define HW_REDACT_PAIRS_H

#include "redact/find.h"

struct hw_redact_pair {
	size_t text; /* where it begins that the pair is in */
	size_t name, colon;
	enum hw_redact_how how; /* of its name */
	bool begins_line;
	bool is_in_xml; /* where a tag ends it */
};

/* The bytes from..to; none where they are the same. */
struct hw_redact_extent {
	size_t from, to;
	size_t next; /* where the next pair may begin: a quote that nobody closed ends with its line */
};

struct hw_redact_extent hw_redact_pair_value(struct hw_slice s, const struct hw_redact_pair *p);

/* Where the line of its name begins; and how many bytes are between the two, but for a quote. */
size_t hw_redact_line_of(struct hw_slice s, const struct hw_redact_pair *p);
size_t hw_redact_indent_of(struct hw_slice s, const struct hw_redact_pair *p);

static inline bool hw_redact_is_quote(uint8_t c)
{
	return c == '"' || c == '\'' || c == '`';
}

static inline bool hw_redact_is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

#endif
