/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/names.h - which names of fields and parameters have secret values
 *
 * Made once from the rules and the user's changes to them; asked for every header field,
 * so that finding out that a name is none of these costs a few instructions.
 */
#ifndef HW_REDACT_NAMES_H
#define HW_REDACT_NAMES_H

#include "httpwire.h"
#include "redact/rule.h"

struct hw_redact_names; /* opaque */

struct hw_redact_choice {
	const char *const *more; /* names of fields and parameters whose values are secret, too */
	size_t more_nr;
	const char *const *less; /* names of rules that do not hold */
	size_t less_nr;
};

/* Whether the rule holds, by `choice`. */
bool hw_redact_is_chosen(const struct hw_redact_rule *rule, const struct hw_redact_choice *choice);

/*
 * Nothing of `choice` is kept. Returns 0, -EINVAL (more than HW_REDACT_MAX names, one that
 * is empty, too long or has a * that is not its first byte, or one to be left out that is no
 * rule's), or -ENOMEM.
 */
int hw_redact_names_new(struct hw_redact_names **ret, const struct hw_redact_choice *choice);

/* Takes NULL. */
void hw_redact_names_free(struct hw_redact_names *names);

/* What is secret of the value that `name` has there. */
enum hw_redact_how hw_redact_names_find(const struct hw_redact_names *names, struct hw_slice name,
					enum hw_redact_where where);

#endif
