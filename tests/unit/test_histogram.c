/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_histogram.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/histogram.h"

enum { VALUES = 5000 };

static struct hw_histogram histogram;

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The definition: the smallest value that at least so many thousandths are not above. */
static uint64_t exact(const uint64_t *sorted, size_t nr, unsigned int permille)
{
	size_t i = 0;

	while ((i + 1) * 1000 < nr * permille)
		i++;
	return sorted[i];
}

static void assert_near(uint64_t got, uint64_t want)
{
	const uint64_t off = got > want ? got - want : want - got;

	if (off > 16 && off > want / 64)
		fail_msg("%llu is too far from %llu", (unsigned long long)got,
			 (unsigned long long)want);
}

static void assert_quantiles(uint64_t *values, size_t nr)
{
	static const unsigned int permilles[] = { 0, 1, 250, 500, 900, 990, 999, 1000 };

	histogram = (struct hw_histogram){ 0 };
	for (size_t i = 0; i < nr; i++)
		hw_histogram_add(&histogram, values[i]);
	qsort(values, nr, sizeof(*values), compare);
	assert_int_equal(histogram.nr, nr);
	assert_int_equal(histogram.min, values[0]);
	assert_int_equal(histogram.max, values[nr - 1]);
	for (size_t i = 0; i < sizeof(permilles) / sizeof(permilles[0]); i++)
		assert_near(hw_histogram_quantile(&histogram, permilles[i]),
			    exact(values, nr, permilles[i]));
}

/* Every size from ones of nanoseconds to hours, evenly in their logarithm. */
static void quantiles_are_near_the_exact_ones(void **state)
{
	static uint64_t values[VALUES];
	uint64_t random = 7;

	(void)state;
	for (int bits = 1; bits <= HW_HISTOGRAM_MOST_BITS; bits++) {
		for (size_t i = 0; i < VALUES; i++) {
			const uint64_t x = hw_hash_spread(&random);

			values[i] = x >> (64 - 1 - x % (uint64_t)bits);
		}
		assert_quantiles(values, VALUES);
	}
	for (size_t nr = 1; nr < 120; nr++) {
		for (size_t i = 0; i < nr; i++)
			values[i] = hw_hash_spread(&random) % 100000000;
		assert_quantiles(values, nr);
	}
}

static void the_edges_of_buckets_are_in_them(void **state)
{
	(void)state;
	for (int bits = 0; bits < HW_HISTOGRAM_MOST_BITS; bits++)
		for (int off = -1; off <= 1; off++) {
			const uint64_t value = ((uint64_t)1 << bits) + (uint64_t)off;

			histogram = (struct hw_histogram){ 0 };
			hw_histogram_add(&histogram, value);
			hw_histogram_add(&histogram, value);
			assert_int_equal(hw_histogram_quantile(&histogram, 500), value);
			hw_histogram_add(&histogram, 0);
			hw_histogram_add(&histogram, UINT64_MAX);
			assert_near(hw_histogram_quantile(&histogram, 750), value);
		}
}

static void nothing_and_too_much_have_quantiles_too(void **state)
{
	(void)state;
	histogram = (struct hw_histogram){ 0 };
	assert_int_equal(hw_histogram_quantile(&histogram, 500), 0);
	for (int i = 0; i < 3; i++)
		hw_histogram_add(&histogram, UINT64_MAX);
	assert_int_equal(histogram.max, UINT64_MAX);
	assert_int_equal(histogram.sum, UINT64_MAX);
	assert_true(hw_histogram_quantile(&histogram, 990) >
		    (uint64_t)1 << (HW_HISTOGRAM_MOST_BITS - 1));
	histogram.buckets[0] = UINT32_MAX;
	hw_histogram_add(&histogram, 0);
	assert_int_equal(histogram.buckets[0], UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_near_the_exact_ones),
		cmocka_unit_test(the_edges_of_buckets_are_in_them),
		cmocka_unit_test(nothing_and_too_much_have_quantiles_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
