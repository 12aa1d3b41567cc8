/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_command.c */
#include "unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "cli/command.h"
#include "unit/files.h"

/* Instead of that of the C library: there are as many processes as there may be. */
pid_t fork(void)
{
	errno = EAGAIN;
	return -1;
}

static void what_cannot_be_started_leaves_nothing_open(void **state)
{
	char word[] = "true", *words[] = { word, NULL };
	const int before = next_descriptor();
	struct hw_command c;

	(void)state;
	assert_int_equal(hw_command_start(&c, words), -EAGAIN);
	assert_int_equal(next_descriptor(), before);
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.gate, -1);
	hw_command_close(&c);
	assert_int_equal(next_descriptor(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_started_leaves_nothing_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
