/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/search.h - where in all texts of a message the secrets are
 *
 * What shows the same bytes has the same secrets: they are looked for once, and repeated.
 */
#ifndef HW_REDACT_SEARCH_H
#define HW_REDACT_SEARCH_H

#include "base/layout.h"
#include "redact/find.h"
#include "redact/texts.h"

/* In the start line, the host, and what was taken from them. */
HW_APART void hw_redact_search_start(struct hw_redact_finder *f, const struct hw_http_message *m);

/* In these and all fields. */
HW_APART void hw_redact_search_all(struct hw_redact_finder *f, const struct hw_http_message *m);

/* The spans `from`..`to` of another text, as far as they are of `part` that begins at `at` there. */
void hw_redact_repeat(struct hw_redact_finder *f, size_t from, size_t to, size_t at,
		      struct hw_slice part);

/* What is secret of the value of a field, by its name. */
HW_APART enum hw_redact_how hw_redact_how_of(const struct hw_redact_names *names,
					     const struct hw_http_field *f);

#endif
