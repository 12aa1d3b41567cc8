/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/random.h - numbers as if by chance, which are the same in each run
 *
 * Knuth's generator for MMIX: the upper bits are the better ones.
 */
#ifndef HW_RANDOM_H
#define HW_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state;
}

static inline uint8_t random_byte(uint64_t *state)
{
	return (uint8_t)(random_next(state) >> 56);
}

#endif
