/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/libraries.h - the libraries that the program uses */
#ifndef HW_CLI_LIBRARIES_H
#define HW_CLI_LIBRARIES_H

#include <stdio.h>

/*
 * A line for each, with its version as the library itself says it: what runs, not what it was
 * built with. Those that are loaded when they are asked for are loaded.
 */
void hw_libraries_print(FILE *out);

#endif
