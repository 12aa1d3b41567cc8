/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/time_zone.c - the time zone, while it can be read; see sandbox.h */
#include "sandbox/sandbox.h"

#include <stdlib.h>
#include <time.h>

/* Without TZ glibc looks at each use whether the file is another: not found, it takes UTC. */
void hw_sandbox_prepare(void)
{
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
}
