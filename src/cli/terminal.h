/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/terminal.h - the terminal that standard input, output or error is
 *
 * Both may be called by signal handlers, and may change errno.
 */
#ifndef HW_CLI_TERMINAL_H
#define HW_CLI_TERMINAL_H

#include <stdbool.h>

/* How wide it is now; 0: `fd` is none, or does not say. */
unsigned int hw_terminal_columns(int fd);

/* One of the three is a terminal that has gone away. */
bool hw_terminal_is_gone(void);

#endif
