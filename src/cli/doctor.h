/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/doctor.h - httpwire doctor: what this host offers for watching
 */
#ifndef HW_CLI_DOCTOR_H
#define HW_CLI_DOCTOR_H

#include <stdio.h>

#include "cli/options.h"

/*
 * Look at everything that watching needs and print a line or more for each: what is there,
 * what it means if it is not, and a command that helps; as text or as an object of JSON a
 * line. Programs are loaded into the kernel and taken back, where that is permitted.
 * Returns HW_EXIT_OK if watching works, be it with limits, else HW_EXIT_REFUSED.
 */
int hw_doctor_run(const struct hw_options *o, FILE *out);

#endif
