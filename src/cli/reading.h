/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/reading.h - capture files in, events out: the main job without a network */
#ifndef HW_CLI_READING_H
#define HW_CLI_READING_H

#include "cli/options.h"

/*
 * Read the files of `o` in order as if they were one capture, and write the events.
 * Damage in a file is said on standard error and ends that file only. Returns the code
 * to exit with.
 */
int hw_reading_run(const struct hw_options *o);

#endif
