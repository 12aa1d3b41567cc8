/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/schema.h - what an event looks like, as JSON Schema 2020-12
 *
 * Made from the same tables as the events themselves. It is strict: a key that it does
 * not name is a fault.
 */
#ifndef HW_CLI_SCHEMA_H
#define HW_CLI_SCHEMA_H

#include <stdio.h>

#include "event/table.h"
#include "httpwire.h"

struct hw_schema_options {
	enum hw_format format; /* HW_FORMAT_JSON or _V1BETA1 */
	bool strict;	       /* as with --strict */
};

/* The members of the schema's object, without its braces. */
void hw_schema_print(FILE *out, const struct hw_event_type *type,
		     const struct hw_schema_options *options);

/* `text` as a JSON string; of ASCII, with quotes, backslashes and line ends. */
void hw_schema_print_text(FILE *out, const char *text);

#endif
