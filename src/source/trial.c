/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/trial.h"

static void end_turn(struct hw_trial *t, uint64_t bytes)
{
	uint64_t *least = &t->least[t->turn & 1];
	const uint64_t cost = t->spent_ns * 1000 / bytes;

	if (*least == 0 || cost < *least)
		*least = cost;
	t->turn++;
	t->spent_ns = 0;
}

bool hw_trial_takes_second(struct hw_trial *t, uint64_t at)
{
	if (hw_trial_goes_on(t) && at - t->from >= HW_TRIAL_TURN_BYTES) {
		end_turn(t, at - t->from);
		t->from = at;
	}
	return hw_trial_goes_on(t) ? t->turn & 1 : t->least[1] < t->least[0];
}
