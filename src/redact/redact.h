/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/redact.h - messages without their secrets
 *
 * The values of fields and parameters that are known to be secret, users in URLs and text
 * that looks like a key become REDACTED, or a keyed hash. All members of a message that
 * show the same bytes agree. A message without secrets is not copied.
 */
#ifndef HW_REDACT_REDACT_H
#define HW_REDACT_REDACT_H

#include "base/buf.h"
#include "http/message.h"
#include "redact/names.h"

struct hw_redactor; /* opaque */

struct hw_redact_options {
	struct hw_redact_choice choice;
	struct hw_slice key; /* of the hashes; empty: none, REDACTED alone */
};

/*
 * `budget` outlives the redactor; what messages need is taken from it. Nothing of the
 * options is kept. Returns 0, -EINVAL (as hw_redact_names_new() does), or -ENOMEM.
 */
int hw_redactor_new(struct hw_redactor **ret, const struct hw_redact_options *options,
		    struct hw_budget *budget);

/* Takes NULL. */
void hw_redactor_free(struct hw_redactor *r);

/*
 * `m`, which hw_http_message_read() has filled, without its secrets: `m` itself if it has
 * none, else one that is valid until the next call and borrows from `m`. Where memory is
 * short nothing is left of fields and target, which anomaly `fields_dropped` says.
 */
const struct hw_http_message *hw_redact_message(struct hw_redactor *r,
						const struct hw_http_message *m);

/*
 * The same for its start line and host, and what is made of these, where nobody is going to
 * see its fields: they stay as they are.
 */
const struct hw_http_message *hw_redact_start(struct hw_redactor *r,
					      const struct hw_http_message *m);

/*
 * `text` of a body, or its bytes, without secrets: parameters of forms, parts of
 * multipart/form-data, members of JSON, elements of XML and what stands behind a colon by their names,
 * and what looks like a key. Of what `is_form`, as its type says, a parameter ends only at &. Of what
 * `is_cut`, so that a secret may go on behind its end, the beginning of one is enough. `text` itself
 * if it has none, else what `to` then holds instead of what it held; empty where memory is short. Does
 * not touch what hw_redact_message() gave.
 */
struct hw_slice hw_redact_text(struct hw_redactor *r, struct hw_slice text, bool is_form,
			       bool is_cut, struct hw_buf *to);

#endif
