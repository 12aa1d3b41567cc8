/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/multipart.h - the parts of a body that has several: RFC 2046 5.1, 7578
 *
 * Nobody says what stands between the parts, so they are known by their form: a line that
 * begins with --, fields, of which one is of a part, an empty line. The text may end anywhere.
 */
#ifndef HW_REDACT_MULTIPART_H
#define HW_REDACT_MULTIPART_H

#include "redact/find.h"

/* Where it lies in the text. */
struct hw_redact_part {
	size_t from;		   /* the line before it */
	struct hw_slice delimiter; /* that line, without blanks behind it */
	size_t fields, content;	   /* the lines behind it, and those behind the empty one */
};

/* The first part whose line is at `at`, where a line begins, or behind it. Returns false at the end. */
bool hw_redact_part_next(struct hw_slice s, size_t at, struct hw_redact_part *ret);

/* Where the line that ends the content begins: that of the next part, or the last one; or s.len. */
size_t hw_redact_part_end(struct hw_slice s, const struct hw_redact_part *part);

enum { HW_REDACT_PART_NAME_MAX = 256 }; /* of longer names the end is looked at */

/* The name of a part. */
struct hw_redact_part_name {
	uint8_t text[HW_REDACT_PART_NAME_MAX + 2];
	size_t len;
};

/* Whether it is the value of a parameter, by its name, that is secret. `ret` is its name; empty: none. */
bool hw_redact_part_is_secret(struct hw_redact_finder *f, struct hw_slice s,
			      const struct hw_redact_part *part, struct hw_redact_part_name *ret);

#endif
