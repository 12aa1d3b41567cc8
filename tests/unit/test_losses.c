/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_losses.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/duration.h"
#include "cli/losses.h"

#define NOW (100 * HW_NS_PER_S)

/* What is said of so many. */
static void assert_says(struct hw_losses *l, uint64_t lost, uint64_t cut, uint64_t gaps,
			uint64_t now_ns, const char *want)
{
	const struct hw_losses_nr now = { lost, cut, gaps };
	FILE *const real = stderr;
	char *said;
	size_t len;

	stderr = open_memstream(&said, &len);
	assert_non_null(stderr);
	hw_losses_tell(l, &now, now_ns);
	fclose(stderr);
	stderr = real;
	assert_string_equal(said, want);
	free(said);
}

#define LOST(n)                                                                      \
	"httpwire: " n " packets lost because the ring was full; a larger --buffer " \
	"holds out longer\n"
#define CUT(n)                                                                             \
	"httpwire: " n " packets cut because the ring was nearly full; a larger --buffer " \
	"holds out longer\n"

static void says_how_many_more(void **state)
{
	struct hw_losses l = { 0 };

	(void)state;
	assert_says(&l, 0, 0, 0, NOW, "");
	assert_says(&l, 7, 0, 1, NOW, LOST("7"));
	assert_says(&l, 7, 0, 9, NOW, ""); /* gaps have other causes, too */
	assert_says(&l, 10, 0, 9, NOW, LOST("3"));
	assert_says(&l, 11, 5, 10, NOW, LOST("1")); /* one of them is enough */
}

/* Where nobody needed the bytes there is no gap. */
static void what_is_cut_is_told_of_where_it_is_missed(void **state)
{
	struct hw_losses l = { 0 };

	(void)state;
	assert_says(&l, 0, 5, 0, NOW, "");
	assert_says(&l, 0, 8, 1, NOW, CUT("3"));
	assert_says(&l, 0, 8, 2, NOW, "");
	assert_says(&l, 0, 9, 2, NOW, "");
}

static void looks_each_second_and_then_not_for_ten(void **state)
{
	struct hw_losses l = { 0 };

	(void)state;
	assert_true(hw_losses_are_due(&l, NOW));
	assert_false(hw_losses_are_due(&l, NOW + HW_NS_PER_S - 1));
	assert_true(hw_losses_are_due(&l, NOW + HW_NS_PER_S));
	assert_says(&l, 0, 0, 5, NOW + HW_NS_PER_S, "");
	assert_true(hw_losses_are_due(&l, NOW + 2 * HW_NS_PER_S));
	assert_says(&l, 1, 0, 5, NOW + 2 * HW_NS_PER_S, LOST("1"));
	assert_false(hw_losses_are_due(&l, NOW + 3 * HW_NS_PER_S));
	assert_false(hw_losses_are_due(&l, NOW + 11 * HW_NS_PER_S));
	assert_true(hw_losses_are_due(&l, NOW + 12 * HW_NS_PER_S));
}

static void quiet_says_nothing(void **state)
{
	struct hw_losses l = { .quiet = true };

	(void)state;
	assert_says(&l, 7, 0, 0, NOW, "");
	assert_says(&l, 7, 3, 1, NOW, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_many_more),
		cmocka_unit_test(what_is_cut_is_told_of_where_it_is_missed),
		cmocka_unit_test(looks_each_second_and_then_not_for_ten),
		cmocka_unit_test(quiet_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
