/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/outputs.h - files that are written, and must not be others
 */
#ifndef HW_CLI_OUTPUTS_H
#define HW_CLI_OUTPUTS_H

#include "cli/options.h"

/*
 * What is read is not to be destroyed, nor what is written to one file by the other one, whatever
 * they are called. Returns HW_EXIT_OK, or HW_EXIT_USAGE and says why.
 */
int hw_outputs_check(const struct hw_options *o);

#endif
