/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/sandbox_none.c - for builds that cannot live in one
 *
 * Sanitizers start a process that looks for leaks and read /proc/self, coverage writes
 * files at the end. Such builds are for tests and say so: httpwire --version.
 */
#include "sandbox/sandbox.h"

int hw_sandbox_enter(const struct hw_sandbox *s, char *ret_error, size_t error_max)
{
	(void)ret_error;
	(void)error_max;
	return s->start_threads ? s->start_threads(s->threads_ctx) : 0;
}

const char *hw_sandbox_describe(void)
{
	return "none: this is a build for tests";
}
