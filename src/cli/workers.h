/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/workers.h - several threads read one capture, and tell what one would tell
 *
 * Each has an engine and a printer of its own, and takes the connections that are its own.
 * Frames go to all of them; lines come back in the order that one engine would have made
 * them in. The thread that reads the files and writes the lines is none of them. See
 * docs/adr/0009-workers.md.
 */
#ifndef HW_CLI_WORKERS_H
#define HW_CLI_WORKERS_H

#include "base/slice.h"
#include "base/stats.h"
#include "cli/options.h"
#include "source/capture.h"

struct hw_workers; /* opaque */

enum { HW_WORKERS_FRAMES = 1024 }; /* that are read at once, at most */

/*
 * How many workers `o` is best served by, from 1 on: as many as it says, where all that it
 * asks for can be done by several.
 */
unsigned int hw_workers_choose(const struct hw_options *o);

/*
 * `nr` workers whose engines have the options `engine`, with a part of its memory each; on_event
 * and ctx are set here. `o` outlives them. Returns 0, -ENOMEM, or what hw_engine_new() does.
 */
int hw_workers_new(struct hw_workers **ret, const struct hw_options *o,
		   const struct hw_engine_options *engine, unsigned int nr);

/* Start the threads, and wait until they run. Signals are for others. Returns 0 or -EAGAIN. */
int hw_workers_start(struct hw_workers *all);

/* Ends the threads. Takes NULL. */
void hw_workers_free(struct hw_workers *all);

/*
 * Room for the next HW_WORKERS_FRAMES frames. NULL: there is none yet; take lines, and wait.
 */
struct hw_frame *hw_workers_room(struct hw_workers *all);

/*
 * The first `nr` frames in that room are there; they were just read from `c`. Returns 0 or
 * -ENOMEM; then they are lost.
 */
int hw_workers_feed(struct hw_workers *all, struct hw_capture *c, size_t nr);

/* There are no more frames: hw_engine_finish() is called. */
void hw_workers_finish(struct hw_workers *all);

/* The next lines, at most `max`, valid until the next call. Returns how many are there. */
size_t hw_workers_take(struct hw_workers *all, struct hw_slice *ret, size_t max);

/* Wait until there is room, or until lines must be taken before there is. */
void hw_workers_wait(struct hw_workers *all);

/* Wait until all that was fed is done, or until lines must be taken before it is. */
void hw_workers_await_all(struct hw_workers *all);

/* All that was fed is done, and no line is left. */
bool hw_workers_are_idle(const struct hw_workers *all);

/* Add their counters to `sum`, which has none of theirs. They are idle. */
void hw_workers_sum(struct hw_workers *all, struct hw_stats *sum);

#endif
