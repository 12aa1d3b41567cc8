/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_buf.c */
#include "unit/unit.h"

#include <errno.h>

#include "base/buf.h"

static void appends_and_consumes(void **state)
{
	struct hw_buf b;

	(void)state;
	hw_buf_init(&b, 1000, NULL);
	for (int i = 0; i < 100; i++)
		assert_int_equal(hw_buf_append(&b, HW_SLICE("0123456789")), 0);
	assert_int_equal(b.len, 1000);
	hw_buf_consume(&b, 995);
	assert_slice_equal(hw_buf_slice(&b), HW_SLICE("56789"));
	hw_buf_clear(&b);
	assert_int_equal(b.len, 0);
}

static void keeps_to_its_maximum(void **state)
{
	struct hw_buf b;

	(void)state;
	hw_buf_init(&b, 10, NULL);
	assert_int_equal(hw_buf_append(&b, HW_SLICE("0123456789")), 0);
	assert_int_equal(hw_buf_append(&b, HW_SLICE("x")), -ENOBUFS);
	assert_slice_equal(hw_buf_slice(&b), HW_SLICE("0123456789"));
	hw_buf_clear(&b);
}

static void takes_from_its_budget_and_gives_back(void **state)
{
	struct hw_budget budget = { .max = 300 };
	struct hw_buf a, b;

	(void)state;
	hw_buf_init(&a, 4096, &budget);
	hw_buf_init(&b, 4096, &budget);
	assert_int_equal(hw_buf_append(&a, HW_SLICE("a")), 0);
	assert_int_equal(hw_buf_append(&b, HW_SLICE("b")), -ENOBUFS);
	assert_true(budget.used > 0 && budget.used <= budget.max);
	hw_buf_clear(&a);
	assert_int_equal(budget.used, 0);
	assert_int_equal(hw_buf_append(&b, HW_SLICE("b")), 0);
	hw_buf_clear(&b);
	assert_int_equal(budget.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_consumes),
		cmocka_unit_test(keeps_to_its_maximum),
		cmocka_unit_test(takes_from_its_budget_and_gives_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
