/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/workers.h - several threads read one capture, and tell what one would tell
 *
 * Each has an engine and a printer of its own, and takes the connections that are its own.
 * Frames go to all of them; lines come back in the order that one engine would have made
 * them in. The thread that makes all this is one of them, and alone writes the lines; who
 * has nothing else to do reads the next frames. See docs/adr/0009-workers.md.
 *
 *	hw_workers_begin(all, read, ctx);
 *	do
 *		write what hw_workers_take() gives;
 *	while (hw_workers_turn(all));
 *	err = hw_workers_end(all);
 */
#ifndef HW_CLI_WORKERS_H
#define HW_CLI_WORKERS_H

#include "base/slice.h"
#include "base/stats.h"
#include "cli/options.h"
#include "engine/share.h"
#include "source/capture.h"

struct hw_workers; /* opaque */

enum { HW_WORKERS_FRAMES = HW_SHARE_FRAMES_MAX }; /* that are read at once, at most */

/*
 * How many workers `o` is best served by, from 1 on: as many as it says, where all that it
 * asks for can be done by several.
 */
unsigned int hw_workers_choose(const struct hw_options *o);

/*
 * `nr` workers whose engines have the options `engine`, with a part of its memory each; on_event
 * and ctx are set here. `o` outlives them. write(ctx) is to write all that hw_workers_take()
 * gives; it is called where this thread itself has made as much as may wait. Returns 0,
 * -ENOMEM, or what hw_engine_new() does.
 */
int hw_workers_new(struct hw_workers **ret, const struct hw_options *o,
		   const struct hw_engine_options *engine, unsigned int nr,
		   void (*write)(void *ctx), void *ctx);

/* Start the others' threads, and wait until they run. Signals are for this one. Returns 0 or -EAGAIN. */
int hw_workers_start(struct hw_workers *all);

/* Ends the threads. Takes NULL. */
void hw_workers_free(struct hw_workers *all);

/*
 * From now on the next frames are those that `read` puts into `room`, at most
 * HW_WORKERS_FRAMES; `bytes` keeps what they point into. It is called by any of the threads,
 * by one at a time. It returns 1 with *ret_nr set, which may be 0; 0 at the end; -EINTR if it is
 * to be called again; or what else it failed with.
 */
void hw_workers_begin(struct hw_workers *all,
		      int (*read)(void *ctx, struct hw_frame *room, struct hw_input_buffer *bytes,
				  size_t *ret_nr),
		      void *ctx);

/*
 * This thread's turn: it reads, works on what was read, or waits, until there may be lines to
 * take. Returns false when `read` has returned 0 or failed.
 */
bool hw_workers_turn(struct hw_workers *all);

/* Nobody calls `read` any more. Returns what it failed with, or 0. */
int hw_workers_end(struct hw_workers *all);

/* There are no more frames: hw_engine_finish() is called. */
void hw_workers_finish(struct hw_workers *all);

/* The next lines, at most `max`, valid until the next call. Returns how many are there. */
size_t hw_workers_take(struct hw_workers *all, struct hw_slice *ret, size_t max);

/*
 * Work on what was read or wait for others who do, until all of that is done or there may be
 * lines to take. Nothing is read meanwhile, nor until the next hw_workers_turn().
 */
void hw_workers_await_all(struct hw_workers *all);

/* All that was read is done, and no line is left. */
bool hw_workers_are_idle(struct hw_workers *all);

/* Add their counters to `sum`, which has none of theirs. They are idle. */
void hw_workers_sum(struct hw_workers *all, struct hw_stats *sum);

#endif
