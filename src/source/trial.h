/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/trial.h - which of two ways to read a file takes less time on this machine
 *
 * A copy of bytes by the kernel, or its pages mapped: either may take a quarter more than the other,
 * as processors and what hosts virtual machines differ. So both are used in turn for a while, and then
 * the one whose best turn took less: others on the machine can only make a turn longer.
 */
#ifndef HW_SOURCE_TRIAL_H
#define HW_SOURCE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HW_TRIAL_TURNS = 8,	       /* even ones go the first way, odd ones the second */
	HW_TRIAL_TURN_BYTES = 1 << 20, /* and what is over of who reads in pieces */
};

/* All zero: the first turn begins at byte 0. */
struct hw_trial {
	unsigned turn;	   /* HW_TRIAL_TURNS: it is over */
	uint64_t from;	   /* offset where the turn began */
	uint64_t spent_ns; /* in the turn so far; the caller adds to it */
	uint64_t least[2]; /* of each way's turns, picoseconds a byte; 0: none yet */
};

static inline bool hw_trial_goes_on(const struct hw_trial *t)
{
	return t->turn < HW_TRIAL_TURNS;
}

/*
 * The bytes up to offset `at`, not less than at the last call, have been read. Returns whether those
 * behind are to be read the second way.
 */
bool hw_trial_takes_second(struct hw_trial *t, uint64_t at);

#endif
