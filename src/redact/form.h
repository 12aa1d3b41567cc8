/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/form.h - fields of a form that say in two what a secret is: key=DB_PASSWORD&value=x
 *
 * As variables of a pipeline (GitLab) and parameters of a stack (AWS) are sent. What belongs together has
 * the same in front of it: variables[0][key], Parameters.member.1.ParameterKey.
 */
#ifndef HW_REDACT_FORM_H
#define HW_REDACT_FORM_H

#include "redact/object.h"

enum {
	HW_REDACT_FORM_TEXT_MAX = 128
}; /* bytes of a name, and of what one says, that are looked at */

/* A field of the form `o`, which is all zero at first. Returns as hw_redact_object_see(). */
size_t hw_redact_form_see(struct hw_redact_object *o, const struct hw_redact_finder *f,
			  struct hw_redact_member *field);

/* application/x-www-form-urlencoded, from..s.len: adds such values late, see hw_redact_add_late(). */
void hw_redact_find_form(struct hw_redact_finder *f, struct hw_slice s, size_t from);

#endif
