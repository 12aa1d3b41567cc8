/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/watching.c - see watching.h */
#include "cli/watching.h"

#include <errno.h>
#include <string.h>

#include "cli/message.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "engine/engine.h"
#include "live/held.h"
#include "live/live.h"

enum {
	TICK_MS = 100,	   /* timeouts are looked at so often when nothing comes */
	HELD_TICK_MS = 5,  /* and events that wait for their process */
	DRAIN_READS = 512, /* at the end, of what is still in the ring */
	COUNTERS_MAX = 32,
};

struct watching {
	struct hw_pipeline pipeline;
	struct hw_live *live;
	struct hw_held *held;
	uint64_t now_ns;
};

static void on_event(void *ctx, const struct hw_event *event)
{
	struct watching *w = ctx;

	hw_held_take(w->held, event, w->now_ns);
}

static void show(void *ctx, const struct hw_event *event)
{
	struct watching *w = ctx;

	hw_pipeline_show(&w->pipeline, event);
}

static void on_ahead(void *ctx, const struct hw_ahead *a)
{
	struct watching *w = ctx;
	const enum hw_direction direction = (enum hw_direction)a->direction;

	if (a->is_all)
		hw_live_ignore(w->live, a->cookie, direction);
	else
		hw_live_skip(w->live, a->cookie, direction, a->from, a->until);
}

static void report(struct watching *w)
{
	struct hw_counter counters[COUNTERS_MAX];
	size_t nr = 0;

	hw_engine_stats(w->pipeline.engine)->n[HW_STAT_EVENTS_WAITING] = hw_held_nr(w->held);
	while (nr < COUNTERS_MAX && hw_live_counter(w->live, nr, &counters[nr]))
		nr++;
	hw_pipeline_report(&w->pipeline, counters, nr);
}

/* Take what is there, and wait for it at most `timeout_ms`. Returns the number of frames. */
static size_t take(struct watching *w, int timeout_ms)
{
	struct hw_frame frames[HW_LIVE_BATCH_MAX];
	size_t nr;
	const int err = hw_live_read(w->live, frames, HW_LIVE_BATCH_MAX, timeout_ms, &nr);

	w->now_ns = hw_live_now(w->live);
	hw_held_release(w->held, w->now_ns);
	if (err)
		return 0;
	hw_engine_feed(w->pipeline.engine, frames, nr);
	hw_engine_advance(w->pipeline.engine, w->now_ns);
	hw_pipeline_flush(&w->pipeline);
	return nr;
}

/* What is in the ring when the end is asked for is shown; who goes on sending is not waited for. */
static void drain(struct watching *w)
{
	for (int i = 0; i < DRAIN_READS && !w->pipeline.write_error; i++)
		if (take(w, hw_held_nr(w->held) ? HELD_TICK_MS : 0) == 0 && !hw_held_nr(w->held))
			break;
	hw_pipeline_finish(&w->pipeline);
	hw_held_release(w->held, UINT64_MAX);
}

static void watch(struct watching *w)
{
	while (!hw_pipeline_is_over(&w->pipeline)) {
		take(w, hw_held_nr(w->held) ? HELD_TICK_MS : TICK_MS);
		if (hw_signals_take_statistics())
			report(w);
	}
	drain(w);
	report(w);
	hw_pipeline_say_errors(&w->pipeline);
}

static int open_live(struct watching *w, const struct hw_options *o)
{
	char error[512];

	if (hw_live_open(&w->live, &o->live, error, sizeof(error)) != 0) {
		hw_message("%s", error);
		return HW_EXIT_REFUSED;
	}
	for (size_t i = 0; o->verbose && hw_live_note(w->live, i); i++)
		hw_message("%s", hw_live_note(w->live, i));
	if (!o->quiet)
		hw_message("watching all sockets of this host; Ctrl-C ends");
	return HW_EXIT_OK;
}

static int make(struct watching *w, const struct hw_options *o)
{
	int code;

	if (hw_pipeline_open(&w->pipeline, o, on_event, w) != 0)
		return w->pipeline.code;
	hw_signals_init();
	code = open_live(w, o);
	if (code != HW_EXIT_OK)
		return code;
	if (hw_held_new(&w->held, w->live, show, w) != 0) {
		hw_message("%s", strerror(ENOMEM));
		return HW_EXIT_FAILED;
	}
	return HW_EXIT_OK;
}

int hw_watching_run(const struct hw_options *o)
{
	struct hw_options options = *o;
	struct watching w = { 0 };
	int code;

	if (o->live.gate)
		options.engine.on_ahead = on_ahead;
	code = make(&w, &options);
	if (code == HW_EXIT_OK) {
		watch(&w);
		code = w.pipeline.code;
	}
	hw_held_free(w.held);
	hw_live_close(w.live);
	hw_pipeline_close(&w.pipeline);
	return code;
}
