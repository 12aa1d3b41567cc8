/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_entity.c */
#include "unit/unit.h"

#include "live/entity.h"

static void hashes_thread_and_rounded_start(void **state)
{
	(void)state;
	assert_int_equal(hw_entity_id(1, 1700000000123456789), 0xf4447726);
	assert_int_equal(hw_entity_id(1, 1700000000100000000), 0xf4447726);
	assert_int_equal(hw_entity_id(4242, 1795638755156871186), 0xd2b7d89f);
}

static void is_zero_without_a_start(void **state)
{
	(void)state;
	assert_int_equal(hw_entity_id(1, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_thread_and_rounded_start),
		cmocka_unit_test(is_zero_without_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
