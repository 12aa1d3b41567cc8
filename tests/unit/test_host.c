/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_host.c */
#include "unit/unit.h"

#include <pthread.h>
#include <unistd.h>

#include "live/host.h"

static void knows_the_mode_of_lockdown(void **state)
{
	static const struct {
		const char *text;
		enum hw_lockdown mode;
	} cases[] = {
		{ "[none] integrity confidentiality\n", HW_LOCKDOWN_NONE },
		{ "none [integrity] confidentiality\n", HW_LOCKDOWN_INTEGRITY },
		{ "none integrity [confidentiality]\n", HW_LOCKDOWN_CONFIDENTIALITY },
		{ "none integrity confidentiality\n", HW_LOCKDOWN_UNKNOWN },
		{ "", HW_LOCKDOWN_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(hw_host_parse_lockdown(cases[i].text), cases[i].mode);
}

static void names_as_many_capabilities_as_it_counts(void **state)
{
	char names[HW_HOST_CAPABILITIES_MAX];
	const size_t nr = hw_host_missing_capabilities(names, "+");
	size_t between = 0;

	(void)state;
	for (const char *c = names; *c; c++)
		between += *c == '+';
	assert_int_equal(nr, names[0] ? between + 1 : 0);
}

static void *find_own_process(void *ret)
{
	const uint32_t tid = (uint32_t)gettid();

	assert_int_not_equal(tid, getpid());
	*(uint32_t *)ret = hw_host_process_of(tid);
	return NULL;
}

static void knows_whose_a_thread_is(void **state)
{
	uint32_t process;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, find_own_process, &process), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(process, getpid());
	assert_int_equal(hw_host_process_of(process), process);
	assert_int_equal(hw_host_process_of(INT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_mode_of_lockdown),
		cmocka_unit_test(names_as_many_capabilities_as_it_counts),
		cmocka_unit_test(knows_whose_a_thread_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
