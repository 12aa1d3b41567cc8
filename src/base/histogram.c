/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/histogram.c - see histogram.h */
#include "base/histogram.h"

enum {
	STEP_BITS = 5,
	LEAST_WIDTH_BITS = HW_HISTOGRAM_LEAST_BITS - STEP_BITS,
};
_Static_assert(1 << STEP_BITS == HW_HISTOGRAM_STEPS, "the steps of a power of two");

static unsigned int bucket_of(uint64_t value)
{
	unsigned int top;

	if (value >> HW_HISTOGRAM_MOST_BITS)
		return HW_HISTOGRAM_BUCKETS - 1;
	if (value >> HW_HISTOGRAM_LEAST_BITS == 0)
		return (unsigned int)(value >> LEAST_WIDTH_BITS);
	top = 63 - (unsigned int)__builtin_clzll(value);
	return (top - HW_HISTOGRAM_LEAST_BITS + 1) * HW_HISTOGRAM_STEPS +
	       (unsigned int)(value >> (top - STEP_BITS)) % HW_HISTOGRAM_STEPS;
}

static uint64_t middle_of(unsigned int bucket)
{
	const unsigned int octave = bucket / HW_HISTOGRAM_STEPS;
	const unsigned int step = bucket % HW_HISTOGRAM_STEPS;
	const unsigned int width_bits = octave ? octave - 1 + LEAST_WIDTH_BITS : LEAST_WIDTH_BITS;
	const uint64_t low = (uint64_t)(octave ? HW_HISTOGRAM_STEPS + step : step) << width_bits;

	return low + ((uint64_t)1 << width_bits) / 2;
}

void hw_histogram_add(struct hw_histogram *h, uint64_t value)
{
	uint32_t *count = &h->buckets[bucket_of(value)];

	if (h->nr == 0 || value < h->min)
		h->min = value;
	h->nr++;
	h->sum = value > UINT64_MAX - h->sum ? UINT64_MAX : h->sum + value;
	if (value > h->max)
		h->max = value;
	if (*count < UINT32_MAX)
		(*count)++;
}

/* The rank, from 1, of the value that is looked for. */
static uint64_t rank_of(uint64_t nr, unsigned int permille)
{
	const uint64_t rank = nr / 1000 * permille + (nr % 1000 * permille + 999) / 1000;

	return rank ? rank : 1;
}

uint64_t hw_histogram_quantile(const struct hw_histogram *h, unsigned int permille)
{
	const uint64_t rank = rank_of(h->nr, permille);
	uint64_t below = 0, middle;

	if (rank >= h->nr)
		return h->max;
	for (unsigned int i = 0; i < HW_HISTOGRAM_BUCKETS; i++) {
		below += h->buckets[i];
		if (below < rank)
			continue;
		middle = middle_of(i);
		return middle < h->min ? h->min : middle > h->max ? h->max : middle;
	}
	return h->max;
}
