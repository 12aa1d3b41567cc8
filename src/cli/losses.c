/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/losses.c - see losses.h */
#include "cli/losses.h"

#include <inttypes.h>

#include "base/duration.h"
#include "cli/message.h"

#define CHECK_NS HW_NS_PER_S
#define WARN_NS (10 * CHECK_NS)

bool hw_losses_are_due(struct hw_losses *l, uint64_t now_ns)
{
	if (now_ns - l->checked_ns < CHECK_NS)
		return false;
	l->checked_ns = now_ns;
	return now_ns - l->warned_ns >= WARN_NS;
}

/* What was cut is missed only where bytes were needed: where they make a gap. */
void hw_losses_tell(struct hw_losses *l, const struct hw_losses_nr *now, uint64_t now_ns)
{
	const struct hw_losses_nr told = l->told;
	const bool has_lost = now->lost != told.lost;
	const bool has_gaps = now->cut != told.cut && now->gaps != told.gaps;

	if (has_lost && !l->quiet)
		hw_message("%" PRIu64 " packets lost because the ring was full; a larger --buffer "
			   "holds out longer",
			   now->lost - told.lost);
	else if (has_gaps && !l->quiet)
		hw_message("%" PRIu64 " packets cut because the ring was nearly full; a larger "
			   "--buffer holds out longer",
			   now->cut - told.cut);
	if (has_lost || has_gaps)
		l->warned_ns = now_ns;
	l->told = *now;
}
