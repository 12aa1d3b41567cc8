/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/losses.h - telling of packets that were lost, while it goes on
 *
 *	if (hw_losses_are_due(&losses, now_ns))
 *		hw_losses_tell(&losses, &(struct hw_losses_nr){ ... }, now_ns);
 */
#ifndef HW_CLI_LOSSES_H
#define HW_CLI_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

struct hw_losses_nr {
	uint64_t lost, cut; /* packets */
	uint64_t gaps;
};

/* Embed it by value, zeroed but for `quiet`; the other fields are private to losses.c. */
struct hw_losses {
	bool quiet; /* nothing is said */
	struct hw_losses_nr told;
	uint64_t checked_ns, warned_ns;
};

/* Whether it is time to look: every second, but for ten behind one that told of some. */
bool hw_losses_are_due(struct hw_losses *l, uint64_t now_ns);

/* Say how many there are more than at the last time, if there are. */
void hw_losses_tell(struct hw_losses *l, const struct hw_losses_nr *now, uint64_t now_ns);

#endif
