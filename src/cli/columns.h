/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/columns.h - listing what --columns can name */
#ifndef HW_CLI_COLUMNS_H
#define HW_CLI_COLUMNS_H

#include <stdio.h>

#include "httpwire.h"

/* A short name a line, with its meaning; as text or as JSON. */
void hw_columns_print(FILE *out, enum hw_format format);

#endif
