/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/histogram.h - how large values were, in a fixed amount of memory
 *
 * Log-linear, as HdrHistogram has it: each power of two is divided into 32 buckets of one
 * width, and the middle of a bucket stands for all in it. A quantile is off by at most
 * 1/64 of its value (1.6 %); below 1024, by at most 16. The least and the largest value are
 * kept as they are, so that a quantile is never outside of them.
 */
#ifndef HW_BASE_HISTOGRAM_H
#define HW_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
	HW_HISTOGRAM_STEPS = 32,      /* buckets of a power of two */
	HW_HISTOGRAM_LEAST_BITS = 10, /* below 2^10 all have the width of those above */
	HW_HISTOGRAM_MOST_BITS = 47,  /* 39 hours of nanoseconds; more counts as that */
	HW_HISTOGRAM_BUCKETS =
		(HW_HISTOGRAM_MOST_BITS - HW_HISTOGRAM_LEAST_BITS + 1) * HW_HISTOGRAM_STEPS,
};

/* Embed it by value, zeroed. Read `nr`, `sum`, `min` and `max`. */
struct hw_histogram {
	uint64_t nr, sum, min, max;
	uint32_t buckets[HW_HISTOGRAM_BUCKETS]; /* private; full ones stay so */
};

void hw_histogram_add(struct hw_histogram *h, uint64_t value);

/*
 * The smallest value that at least `permille` thousandths of all are not above: 500 is
 * the median, 990 what is above all but one in a hundred. 0 if there are none.
 */
uint64_t hw_histogram_quantile(const struct hw_histogram *h, unsigned int permille);

#endif
