/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/announced.h - what the kernel side says of a frame before that comes
 *
 * That bytes before it were left out, or that it would know where a message ends. Does no I/O.
 */
#ifndef HW_LIVE_ANNOUNCED_H
#define HW_LIVE_ANNOUNCED_H

#include <linux/types.h>

#include "bpf/abi.h"
#include "live/live.h"

enum { HW_ANNOUNCED_MAX = 256 }; /* far more than what waits for a frame at any time */

struct hw_announcement {
	uint64_t cookie;
	uint32_t direction;
	struct hw_left_out left_out;
	uint32_t ends_at;
	bool asks, asks_chunks; /* about `ends_at`, which is all there is then */
};

/* All zero: there is nothing. */
struct hw_announced {
	struct hw_announcement list[HW_ANNOUNCED_MAX]; /* the oldest first */
	size_t nr;
	/* What frames of the last batch were given. */
	struct hw_left_out left_out[HW_LIVE_BATCH_MAX], left_out_back[HW_LIVE_BATCH_MAX];
	uint32_t ends_at[HW_LIVE_BATCH_MAX];
};

/* Keep it for its frame. If that does not come, as the ring is full, the oldest makes room. */
void hw_announced_left(struct hw_announced *a, const struct hw_tap_left *record);
void hw_announced_question(struct hw_announced *a, const struct hw_tap_ends_at *record);

/*
 * Give the frame, the i-th of its batch (below HW_LIVE_BATCH_MAX), what was said of it. It borrows
 * that until another frame is the i-th.
 */
void hw_announced_give(struct hw_announced *a, struct hw_frame *frame, size_t i);

#endif
