/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/marked.h - a message that has marks instead of its secrets */
#ifndef HW_REDACT_MARKED_H
#define HW_REDACT_MARKED_H

#include "redact/mark.h"
#include "redact/texts.h"

/* Its members are private. */
struct hw_redact_marked {
	struct hw_http_message message;
	struct hw_buf text;   /* what is written instead */
	struct hw_buf fields; /* struct hw_http_field: fields, then headers */
};

void hw_redact_marked_init(struct hw_redact_marked *d, struct hw_budget *budget);
void hw_redact_marked_clear(struct hw_redact_marked *d);

/*
 * `m` with marks instead of what `f` found in it: `m` itself if that is nothing, else one
 * that is valid until the next call and borrows from `m`; without texts where memory is short.
 */
HW_APART const struct hw_http_message *hw_redact_marked_make(struct hw_redact_marked *d,
							     const struct hw_redact_marker *k,
							     const struct hw_http_message *m,
							     const struct hw_redact_finder *f);

#endif
