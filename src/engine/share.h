/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/share.h - which of several engines a frame belongs to
 *
 * For hw_engine_feed_share(). Both directions of a connection go to the same engine, whatever
 * they are wrapped in. Frames that say something about later ones are marked as such: they
 * are for all engines. This costs a part of decoding them, for which nothing is looked at but
 * headers.
 */
#ifndef HW_ENGINE_SHARE_H
#define HW_ENGINE_SHARE_H

#include "base/stats.h"
#include "httpwire.h"

struct hw_share; /* opaque */

enum { HW_SHARE_ENGINES_MAX = 64 };

/*
 * Among `engines` of them, made with these options. Returns 0, -ENOMEM, or -EINVAL: more than
 * HW_SHARE_ENGINES_MAX, or none.
 */
int hw_share_new(struct hw_share **ret, const struct hw_engine_options *options,
		 unsigned int engines);

/* Takes NULL. */
void hw_share_free(struct hw_share *s);

/* Mark the next `nr` frames of the capture: HW_MARK_*. */
void hw_share_mark(struct hw_share *s, const struct hw_frame *frames, uint8_t *ret_marks,
		   size_t nr);

/* Whether each engine counts what all frames bring about, not its own only. */
bool hw_share_has_all(enum hw_stat stat);

/* Add the counters of engine `number`; of those that have all, one engine's are taken. */
void hw_share_sum(struct hw_stats *sum, const struct hw_stats *engine, unsigned int number);

#endif
