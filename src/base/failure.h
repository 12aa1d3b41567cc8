/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/failure.h - what went wrong, in a line for who asked */
#ifndef HW_BASE_FAILURE_H
#define HW_BASE_FAILURE_H

#include <stddef.h>

/* Room that belongs to who asked: `max` bytes with the NUL. */
struct hw_failure {
	char *text;
	size_t max;
};

/* Write the line, cut where it is too long. Returns `err`. */
__attribute__((format(printf, 3, 4))) int hw_fail(const struct hw_failure *to, int err,
						  const char *format, ...);

#endif
