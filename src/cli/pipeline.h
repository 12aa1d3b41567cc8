/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/pipeline.h - frames in, written events out: what every source of frames shares
 *
 * An engine, an encoder and a place to write to, as the options say; and the statistics.
 *
 *	if (hw_pipeline_open(&p, &options, NULL, NULL) == 0) {
 *		while (!hw_pipeline_is_over(&p) && read_frames(...))
 *			hw_engine_feed(p.engine, frames, nr);
 *		hw_pipeline_finish(&p);
 *	}
 *	hw_pipeline_close(&p);
 *	return p.code;
 */
#ifndef HW_CLI_PIPELINE_H
#define HW_CLI_PIPELINE_H

#include "base/stats.h"
#include "cli/event_file.h"
#include "cli/options.h"

struct hw_pipeline {
	struct hw_engine *engine;   /* NULL: there are several, and `workers` has them */
	struct hw_workers *workers; /* NULL: there is one */
	int code;		    /* to exit with */

	/* private */
	const struct hw_options *options;
	struct hw_event_file events;
	struct hw_packet_file *packet_file; /* NULL: no -w */
	struct hw_monitor *monitor;	    /* NULL: no --metrics */
	struct hw_selection *selection;	    /* NULL: of all events */
	struct hw_summary *summary;	    /* NULL: none */
	enum hw_summary_form summary_form;
	struct hw_stats own; /* counted by who reads, where there are workers */
	uint64_t reported_ns;
	bool (*owner)(void *ctx, const struct hw_frame *frame, struct hw_process *ret);
	void *owner_ctx;
	int64_t clock_set_ns;
	void (*on_frame)(void *ctx, const struct hw_frame *f, uint64_t id); /* may be NULL */
	void *on_frame_ctx;
	size_t (*counters)(void *ctx, struct hw_counter *ret, size_t max);
	void *counters_ctx;
};

/*
 * Make it. Events go to `on_event`, which hands them to hw_pipeline_show() when it will;
 * NULL: they are shown at once. `o` and `ctx` outlive the pipeline. Returns 0, or -1
 * after a message; `code` is then set. Close it in both cases.
 */
int hw_pipeline_open(struct hw_pipeline *p, const struct hw_options *o,
		     void (*on_event)(void *ctx, const struct hw_event *event), void *ctx);

/*
 * The same with `nr` workers, which make events of frames and print them. The caller gives
 * them frames, and calls hw_pipeline_write() when it has.
 */
int hw_pipeline_open_with_workers(struct hw_pipeline *p, const struct hw_options *o,
				  unsigned int nr);

/* Write the lines that the workers have made so far. */
void hw_pipeline_write(struct hw_pipeline *p);

/* Wait until all that the workers were given is done, and write it. */
void hw_pipeline_drain(struct hw_pipeline *p);

/* The counters to add to for who reads: see engine/engine.h. */
struct hw_stats *hw_pipeline_stats(struct hw_pipeline *p);

/*
 * Measure the event if it is one of those chosen; encode it and write it, if it is one of
 * those printed. From -c N events on it is only counted.
 */
void hw_pipeline_show(struct hw_pipeline *p, const struct hw_event *event);

/* Events that wait in memory are written. */
void hw_pipeline_flush(struct hw_pipeline *p);

/* Files that were moved away are left, for SIGHUP. Where that fails `code` is set, after a message. */
void hw_pipeline_reopen(struct hw_pipeline *p);

/* Nothing more is wanted: enough events, or nobody who reads them; or a signal to end. */
bool hw_pipeline_has_enough(const struct hw_pipeline *p);
bool hw_pipeline_is_over(const struct hw_pipeline *p);

/*
 * With -w: `owner` says whose a packet is, or returns false: nobody knows. NULL, as at first:
 * nobody ever does.
 */
void hw_pipeline_set_owner(struct hw_pipeline *p,
			   bool (*owner)(void *ctx, const struct hw_frame *frame,
					 struct hw_process *ret),
			   void *ctx);

/* From now on what is shown and written has times that are `by_ns` later than those of its frames. */
void hw_pipeline_set_clock(struct hw_pipeline *p, int64_t by_ns);

/* Call `frame` for each frame of a TCP connection, as hw_engine_on_frame() does. */
void hw_pipeline_on_frame(struct hw_pipeline *p,
			  void (*frame)(void *ctx, const struct hw_frame *f, uint64_t id),
			  void *ctx);

/*
 * The source has counters, too: `counters` writes at most `max` of them and returns how
 * many. It is asked when they are wanted, and up to the last report. NULL, as at first: none.
 */
void hw_pipeline_set_counters(struct hw_pipeline *p,
			      size_t (*counters)(void *ctx, struct hw_counter *ret, size_t max),
			      void *ctx);

/* The statistics as they are, on standard error. */
void hw_pipeline_report(struct hw_pipeline *p);

/*
 * The loop turns: so do files whose time is over. Nothing more is wanted when nobody reads what
 * is printed. Metrics are made if they are asked for.
 */
void hw_pipeline_turn(struct hw_pipeline *p);

/* The loop is going to wait, perhaps for ever, and has nothing to do meanwhile. */
void hw_pipeline_pause(struct hw_pipeline *p);

/* Whether, at `now_ns` of any clock, the next statistics of --stats-interval are due. */
bool hw_pipeline_is_report_due(struct hw_pipeline *p, uint64_t now_ns);

/* The capture is over: what is not complete is reported as such, unless -c was reached. */
void hw_pipeline_finish(struct hw_pipeline *p);

/* End the output, and show the summary. Say why writing failed, if it did, and set `code`. */
void hw_pipeline_end_output(struct hw_pipeline *p);

void hw_pipeline_close(struct hw_pipeline *p);

#endif
