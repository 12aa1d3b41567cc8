/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/failure.c - see failure.h */
#include "base/failure.h"

#include <stdarg.h>
#include <stdio.h>

int hw_fail(const struct hw_failure *to, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(to->text, to->max, format, args);
	va_end(args);
	return err;
}
