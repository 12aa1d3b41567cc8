/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_cgroup.c */
#include "unit/unit.h"

#include "live/cgroup.h"

static void knows_the_root_of_version_2(void **state)
{
	static const struct {
		const char *line, *path; /* NULL: it is none */
	} cases[] = {
		{ "34 24 0:29 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw", "/sys/fs/cgroup" },
		{ "40 30 0:37 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 none rw\n",
		  "/sys/fs/cgroup/unified" },
		{ "1 2 0:3 / /a\\040b\\134c rw - cgroup2 x rw", "/a b\\c" },
		{ "1 2 0:3 /system.slice /mnt rw - cgroup2 x rw", NULL },
		{ "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", NULL },
		{ "31 30 0:28 / /cgroup2 rw cgroup2 - tmpfs cgroup2 rw", NULL },
		{ "31 30 0:28 / /x rw", NULL },
		{ "1 2 0:3 / /0123456789012345678901234567890123456789 rw - cgroup2 x rw", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[32];

		assert_int_equal(hw_cgroup_is_root(cases[i].line, path, sizeof(path)),
				 cases[i].path != NULL);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_root_of_version_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
