/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/version.c - the library's version */
#include "httpwire.h"

const char *hw_version(void)
{
	return HW_VERSION;
}
