/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/listening.h - network interfaces in, events out: -i and -D */
#ifndef HW_CLI_LISTENING_H
#define HW_CLI_LISTENING_H

#include "cli/options.h"

/*
 * Capture from the interfaces of `o` until a signal, -c, or a reader that has enough ends
 * it, or all interfaces are gone. Returns the code to exit with.
 */
int hw_listening_run(const struct hw_options *o);

/* List the interfaces on standard output. Returns the code to exit with. */
int hw_listening_list(void);

#endif
