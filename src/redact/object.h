/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/object.h - members that say in two what a secret is: {"name": "token", "value": "x"}
 *
 * As in the environment of a container (Kubernetes, ECS), variables of a pipeline, headers in a HAR. One
 * pass: of the objects that are open only the last few with such a member are known. So it is with lines of
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

/* An object that is open and has such a member. */
struct hw_redact_open {
	size_t place; /* its depth, from 1 on */
	size_t value; /* where that is, and where it ends, see hw_redact_object_end() */
	size_t end;
	bool is_secret; /* its name is a secret's */
	bool is_valued; /* its value came before its name */
	bool is_named;	/* it has a name, of whatever */
	bool is_first;	/* before its value */
	bool has_value; /* and its value, since then */
	uint8_t by;	/* the member that it had first for that */
};

enum { HW_REDACT_OPEN_MAX = 8 };

/* All zero: no object is open. */
struct hw_redact_object {
	size_t depth; /* of the objects that are open */
	size_t end;   /* of the value that was handed back last, see hw_redact_object_end() */
	size_t nr;
	struct hw_redact_open open[HW_REDACT_OPEN_MAX]; /* which came first is first */
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

/* The value at `value` ends at `end`, for who does not see that by itself: handed back with it. */
void hw_redact_object_end(struct hw_redact_object *o, size_t value, size_t end);

/*
 * The text ends before all is said. Returns where a value is whose name may be behind that, and may be a
 * secret's, another one each time; then HW_REDACT_NONE.
 */
size_t hw_redact_object_cut(struct hw_redact_object *o);

#endif
