/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/object.h - members of JSON that say in two what a secret is: {"name": "token", "value": "x"}
 *
 * As in the environment of a container (Kubernetes, ECS), variables of a pipeline, headers in a HAR. One
 * pass: of the objects that are open only the last one with such a member is known.
 */
#ifndef HW_REDACT_OBJECT_H
#define HW_REDACT_OBJECT_H

#include "redact/find.h"

/* Whether a member of this name has the value of what another one names. */
bool hw_redact_is_value_member(struct hw_slice member);

/* Whether that is a secret: a member of this name, as "name", says `said`. */
bool hw_redact_names_secret(const struct hw_redact_finder *f, struct hw_slice member,
			    struct hw_slice said);

/* All zero: no object is open. */
struct hw_redact_object {
	size_t depth;  /* of the objects that are open */
	size_t secret; /* that of the one whose name is a secret's, from 1 on; 0: none */
	size_t valued; /* the same of the one whose value came before its name */
	size_t value;  /* where that is */
};

/* The bytes from..to are passed, in which there are no strings. */
void hw_redact_object_pass(struct hw_redact_object *o, struct hw_slice s, size_t from, size_t to);

/*
 * A member `name` has its value at `at`. Returns where the value of a secret is: at `at`, or before it
 * where this is its name; s.len: it says of none.
 */
size_t hw_redact_object_member(struct hw_redact_object *o, const struct hw_redact_finder *f,
			       struct hw_slice s, struct hw_slice name, size_t at);

#endif
