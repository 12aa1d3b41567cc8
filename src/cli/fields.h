/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/fields.h - `httpwire fields`: what a filter can ask about */
#ifndef HW_CLI_FIELDS_H
#define HW_CLI_FIELDS_H

#include <stdio.h>

#include "httpwire.h"

/*
 * Print the fields that one of the `nr` patterns names, with type and meaning; all if
 * there are none. A pattern is a glob, or if it has no * or ? a part of the name. Returns
 * the code to exit with.
 */
int hw_fields_print(FILE *out, enum hw_format format, const char *const *patterns, size_t nr);

#endif
