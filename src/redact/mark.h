/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/mark.h - what stands instead of a secret: REDACTED, or that and a keyed hash */
#ifndef HW_REDACT_MARK_H
#define HW_REDACT_MARK_H

#include "redact/find.h"
#include "redact/hmac.h"

enum {
	HW_REDACT_HASH_BYTES = 8, /* of the hash, that are shown */
	/* "REDACTED-0123456789abcdef" */
	HW_REDACT_MARK_MAX = 8 + 1 + 2 * HW_REDACT_HASH_BYTES,
};

struct hw_redact_marker {
	bool hashes;
	struct hw_hmac hmac;
};

/* With an empty key it does not hash. */
void hw_redact_marker_init(struct hw_redact_marker *k, struct hw_slice key);

/*
 * Write the text `s` with marks instead of its `nr` spans to `to`, which has room for it and a
 * mark for each of them. Returns what was written.
 */
struct hw_slice hw_redact_mark(const struct hw_redact_marker *k, struct hw_slice s,
			       const struct hw_redact_span *spans, size_t nr, struct hw_buf *to);

#endif
