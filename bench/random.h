/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/random.h - numbers that are the same for the same seed, everywhere: xorshift128+ */
#ifndef HW_BENCH_RANDOM_H
#define HW_BENCH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t a, b;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t a = r->a;
	const uint64_t b = r->b;

	r->a = b;
	a ^= a << 23;
	r->b = a ^ b ^ a >> 17 ^ b >> 26;
	return r->b + b;
}

static inline struct random random_of(uint64_t seed)
{
	struct random r = { seed * 0x9e3779b97f4a7c15 + 1, seed ^ 0x5851f42d4c957f2d };

	for (int i = 0; i < 20; i++)
		random_next(&r);
	return r;
}

/* Both ends included. */
static inline uint32_t random_from_to(struct random *r, uint32_t lo, uint32_t hi)
{
	return lo + (uint32_t)(random_next(r) % (hi - lo + 1));
}

static inline bool random_percent(struct random *r, unsigned percent)
{
	return random_next(r) % 100 < percent;
}

#endif
