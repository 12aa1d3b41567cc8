/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/main.c - the httpwire command */
#include "httpwire.h"

#include <stdio.h>

int main(void)
{
	printf("httpwire %s\n", hw_version());
	return 0;
}
