/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/unit.h - cmocka, and what it needs before it */
#ifndef HW_UNIT_H
#define HW_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

/* Two slices hold the same bytes. */
#define assert_slice_equal(got, want)                                        \
	do {                                                                 \
		const struct hw_slice got_ = (got), want_ = (want);          \
		assert_int_equal(got_.len, want_.len);                       \
		if (want_.len)                                               \
			assert_memory_equal(got_.ptr, want_.ptr, want_.len); \
	} while (0)

#endif
