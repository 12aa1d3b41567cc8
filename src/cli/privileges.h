/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/privileges.h - what httpwire keeps of its rights once it has set up
 *
 * Nothing where that is possible: see docs/adr/0005-privileges.md.
 */
#ifndef HW_CLI_PRIVILEGES_H
#define HW_CLI_PRIVILEGES_H

#include "cli/options.h"

/*
 * For watching, when all is loaded and attached: become who --user says; else who runs the
 * command `command` (0: there is none), which must be signalled; else who it is, if files
 * of --output and -w are opened by name later; else nobody. Without capabilities, but for what it
 * takes to open these in the folder of somebody else. Returns 0, or the code to exit with after a message.
 */
int hw_privileges_drop(const struct hw_options *o, pid_t command);

/* The same for what is captured from interfaces, when these are open. */
int hw_privileges_drop_to_listening(const struct hw_options *o);

/*
 * For reading files, before the first is opened: stay who it is, or become who --user says, and keep the
 * capability to read them. Nothing else can be read. `start_threads`, if not NULL, starts threads that
 * have as little: see sandbox/sandbox.h. Returns as above.
 */
int hw_privileges_drop_to_reading(const struct hw_options *o, int (*start_threads)(void *ctx),
				  void *ctx);

#endif
