/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/object.h - members that say in two what a secret is: {"name": "token", "value": "x"}
 *
 * As in the environment of a container (Kubernetes, ECS), variables of a pipeline, headers in a HAR. One
 * pass: of the objects that are open only the last one with such a member is known. So it is with lines of
 * YAML, whose column is their depth, and with fields of forms, see form.h.
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
	size_t depth;	/* of the objects that are open */
	size_t secret;	/* that of the one whose name is a secret's, from 1 on; 0: none */
	size_t valued;	/* the same of the one whose value came before its name */
	size_t value;	/* where that is */
	size_t named;	/* and of the one that has a name, of whatever */
	uint8_t by;	/* the member that it had first for that */
	bool is_first;	/* before its value */
	bool has_value; /* and its value, since then */
};

/* The bytes from..to are passed, in which there are no strings. */
void hw_redact_object_pass(struct hw_redact_object *o, struct hw_slice s, size_t from, size_t to);

/* What follows is of the object at this depth, and of a new one there if it begins one. */
void hw_redact_object_enter(struct hw_redact_object *o, size_t depth, bool begins);

struct hw_redact_member {
	struct hw_slice name;
	struct hw_slice said; /* its value, if that is a text */
	bool is_cut;	      /* which goes on behind the end */
	size_t at;	      /* where its value is: only handed back */
};

/* Nowhere. */
#define HW_REDACT_NONE SIZE_MAX

/*
 * A member of the object that is open. Returns where the value of a secret is: its own place, or that of
 * one before, where this is its name; HW_REDACT_NONE: it says of none.
 */
size_t hw_redact_object_see(struct hw_redact_object *o, const struct hw_redact_finder *f,
			    const struct hw_redact_member *m);

/*
 * The text ends before all is said. Returns where the value is whose name may be behind that, and may be
 * a secret's; or HW_REDACT_NONE.
 */
size_t hw_redact_object_cut(const struct hw_redact_object *o);

#endif
