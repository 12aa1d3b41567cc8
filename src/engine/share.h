/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/share.h - several engines that share the frames of one capture
 *
 * Both directions of a connection go to the same engine, whatever they are wrapped in. Who
 * shares them out looks at nothing but headers, which costs a part of decoding them, and says
 * of each frame whose it is, and what the time is for all. Frames that say something about
 * later ones, fragments and hosts' first right checksums, are for all engines.
 */
#ifndef HW_ENGINE_SHARE_H
#define HW_ENGINE_SHARE_H

#include "base/stats.h"
#include "httpwire.h"

struct hw_share; /* opaque */

enum { HW_SHARE_ENGINES_MAX = 64, HW_SHARE_FRAMES_MAX = 4096 };

/* Frames of a capture that follow each other, shared out. */
struct hw_shared {
	const struct hw_frame *frames; /* the caller's */
	size_t nr;
	uint64_t first;			      /* how many there were before */
	uint64_t now_ns[HW_SHARE_FRAMES_MAX]; /* the engines' time at each */
	/* Numbers of frames: those of engine `i` from begins[i] to begins[i + 1], in order. */
	uint16_t by_owner[HW_SHARE_FRAMES_MAX];
	uint16_t begins[HW_SHARE_ENGINES_MAX + 1];
	uint16_t teaching[HW_SHARE_FRAMES_MAX]; /* those that are for all */
	size_t teaching_nr;
};

/*
 * Among `engines` of them, made with these options. Returns 0, -ENOMEM, or -EINVAL: more than
 * HW_SHARE_ENGINES_MAX, or none.
 */
int hw_share_new(struct hw_share **ret, const struct hw_engine_options *options,
		 unsigned int engines);

/* Takes NULL. */
void hw_share_free(struct hw_share *s);

/*
 * Share out the next `nr` frames of the capture, at most HW_SHARE_FRAMES_MAX. Those that several will
 * look at are made whole (hw_frame.rest).
 */
void hw_share_out(struct hw_share *s, struct hw_frame *frames, size_t nr, struct hw_shared *ret);

/*
 * Engine number `me`, made with the same options and seed as the others, takes its part. All
 * are given all that is shared out, in order. It does something about its own frames only; of
 * others it takes the time, so that timeouts run out behind the same frame as with one engine,
 * and what they teach.
 */
void hw_engine_feed_share(struct hw_engine *engine, const struct hw_shared *shared,
			  unsigned int me);

/* Whether each engine counts what all frames bring about, not its own only. */
bool hw_share_has_all(enum hw_stat stat);

/* Add the counters of engine `number`; of those that have all, one engine's are taken. */
void hw_share_sum(struct hw_stats *sum, const struct hw_stats *engine, unsigned int number);

#endif
