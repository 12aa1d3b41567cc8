/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/held.h - events whose process or container is not known yet
 *
 * Who received a message is known a moment after its packets, when the process reads
 * them; what its container is called, when another process has answered. Until then the
 * event waits here, at most HW_HELD_NS, and those of the same side of its connection behind
 * it; others pass it by. What waits is bounded in number and in bytes: when there is no room
 * the oldest goes with what is known. Times are those of the frames' clock.
 */
#ifndef HW_LIVE_HELD_H
#define HW_LIVE_HELD_H

#include "base/duration.h"
#include "live/live.h"

#define HW_HELD_NS (20 * HW_NS_PER_MS)

struct hw_asker;
struct hw_peers;
struct hw_held; /* opaque */

/*
 * `show` gets each event with its process; it is valid during the call. What owners are
 * is asked of `live`, what their containers are of `asker`, and who is at the other end of
 * an exchange of `peers` (NULL: of nobody); all outlive this. Returns 0 or -ENOMEM.
 */
int hw_held_new(struct hw_held **ret, struct hw_live *live, struct hw_asker *asker,
		const struct hw_peers *peers, void (*show)(void *ctx, const struct hw_event *event),
		void *ctx);

/* Takes NULL. What waits is dropped: release it first. */
void hw_held_free(struct hw_held *h);

/* Show the event now if its process is known beyond doubt, else keep a copy until it is. */
void hw_held_take(struct hw_held *h, const struct hw_event *event, uint64_t now_ns);

/* Show those that need not wait any longer. UINT64_MAX: all. */
void hw_held_release(struct hw_held *h, uint64_t now_ns);

/* When the first of those that wait was taken; UINT64_MAX: none waits. */
uint64_t hw_held_since(const struct hw_held *h);

/* How many wait. */
size_t hw_held_nr(const struct hw_held *h);

#endif
