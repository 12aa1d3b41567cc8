/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/usage.h - what `httpwire` answers about itself
 */
#ifndef HW_CLI_USAGE_H
#define HW_CLI_USAGE_H

#include <stdio.h>

#include "cli/options.h"

/*
 * Do what `o->action` asks for, HW_ACTION_RUN aside, on `out`. Returns the code to exit
 * with.
 */
int hw_usage_answer(const struct hw_options *o, FILE *out);

/* Flush it. Returns HW_EXIT_OK, or HW_EXIT_FAILED when not all could be written, and says so. */
int hw_usage_end(FILE *out);

#endif
