/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_syscall.c */
#include "unit/unit.h"

#include <sys/syscall.h>

#include "live/syscall.h"

static void knows_the_names(void **state)
{
	(void)state;
	assert_slice_equal(hw_syscall_name(SYS_sendto, false), HW_SLICE("sendto"));
	assert_slice_equal(hw_syscall_name(SYS_read, false), HW_SLICE("read"));
	assert_slice_equal(hw_syscall_name(100000, false), HW_SLICE(""));
	assert_slice_equal(hw_syscall_name(100000, true), HW_SLICE(""));
#ifdef __x86_64__
	assert_slice_equal(hw_syscall_name(4, true), HW_SLICE("write"));
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
