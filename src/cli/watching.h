/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/watching.h - the host's sockets in, events out: the main job */
#ifndef HW_CLI_WATCHING_H
#define HW_CLI_WATCHING_H

#include "cli/options.h"

/*
 * Watch until a signal, -c, or a reader that has enough ends it. Returns the code to exit
 * with: HW_EXIT_REFUSED after a message if permission or the kernel's support is missing.
 */
int hw_watching_run(const struct hw_options *o);

#endif
