/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/redactions.h - listing what is taken for a secret
 */
#ifndef HW_CLI_REDACTIONS_H
#define HW_CLI_REDACTIONS_H

#include <stdio.h>

#include "httpwire.h"

/* A rule a line: its name, where it looks, what it hides; as text or as JSON. */
void hw_redactions_print(FILE *out, enum hw_format format);

#endif
