/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/told.h - what most messages are: without secrets, but for fields whose names tell
 *
 * A glance at the head is enough to know that of a message; all others are searched, see
 * search.h.
 */
#ifndef HW_REDACT_TOLD_H
#define HW_REDACT_TOLD_H

#include "redact/search.h"

enum { HW_REDACT_TOLD_MAX = 8 };

/* The fields whose names tell that their values are secret. */
struct hw_redact_told {
	struct hw_slice rest; /* of the head, what was not looked at */
	size_t nr;
	bool has_plain_start; /* the start line, and what was taken from it, has no secrets */
	struct hw_redact_told_field {
		size_t index;
		enum hw_redact_how how;
		size_t from, to; /* their spans */
	} fields[HW_REDACT_TOLD_MAX];
};

enum { HW_REDACT_KNOWN_NR = 256 };

/* What a name that came before tells of its value. */
struct hw_redact_known {
	uint64_t number; /* the name's, see struct hw_http_field; 0: none */
	enum hw_redact_how told;
};

/* What a glance needs. Its members are private. */
struct hw_redact_glance {
	const struct hw_redact_names *names;
	const struct hw_redact_sieve *sieve;
	struct hw_redact_known known[HW_REDACT_KNOWN_NR]; /* by number */
};

/* `names` and `sieve` outlive it. */
void hw_redact_glance_init(struct hw_redact_glance *g, const struct hw_redact_names *names,
			   const struct hw_redact_sieve *sieve);

/* Whether a look at each field would find nothing, but in those that `ret` then has. */
bool hw_redact_is_plain_but(struct hw_redact_glance *g, const struct hw_http_message *m,
			    struct hw_redact_told *ret);

/* Find what is secret in these fields, and in the headers that have their values. */
HW_APART void hw_redact_find_told(struct hw_redact_finder *f, const struct hw_http_message *m,
				  struct hw_redact_told *told);

/* Whether a look at the start line, the host, and what was taken from them, would find nothing. */
bool hw_redact_has_plain_start(const struct hw_redact_glance *g, const struct hw_http_message *m);

#endif
