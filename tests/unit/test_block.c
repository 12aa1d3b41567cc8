/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_block.c - memory for others, and copies of lists */
#include "unit/unit.h"

#include "base/block.h"
#include "base/texts.h"

static void blocks_are_taken_from_the_budget(void **state)
{
	struct hw_budget budget = { .max = 1000 };
	void *one = hw_block_new(&budget, 100), *two;

	(void)state;
	assert_non_null(one);
	assert_int_equal((uintptr_t)one % _Alignof(max_align_t), 0);
	assert_in_range(budget.used, 100, 200);
	assert_null(hw_block_new(&budget, 1000));
	assert_null(hw_block_new(&budget, SIZE_MAX));
	two = hw_block_new(&budget, 0);
	assert_non_null(two);
	hw_block_free(&budget, one);
	hw_block_free(&budget, two);
	hw_block_free(&budget, NULL);
	assert_int_equal(budget.used, 0);
}

static void blocks_need_no_budget(void **state)
{
	void *block = hw_block_new(NULL, 100);

	(void)state;
	assert_non_null(block);
	memset(block, 0, 100);
	hw_block_free(NULL, block);
}

static void texts_outlive_what_they_were_copied_from(void **state)
{
	char first[] = "one";
	const char *list[] = { first, "" };
	struct hw_texts copy = { 0 };

	(void)state;
	assert_int_equal(hw_texts_copy(&copy, list, 2), 0);
	first[0] = 'x';
	list[1] = NULL;
	assert_int_equal(copy.nr, 2);
	assert_string_equal(copy.ptr[0], "one");
	assert_string_equal(copy.ptr[1], "");
	hw_texts_clear(&copy);
	assert_int_equal(copy.nr, 0);
	assert_int_equal(hw_texts_copy(&copy, NULL, 0), 0);
	hw_texts_clear(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_taken_from_the_budget),
		cmocka_unit_test(blocks_need_no_budget),
		cmocka_unit_test(texts_outlive_what_they_were_copied_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
