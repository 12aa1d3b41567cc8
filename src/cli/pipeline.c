/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/pipeline.c - see pipeline.h */
#include "cli/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/layout.h"
#include "base/seed.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/packet_file.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "cli/workers.h"
#include "engine/engine.h"
#include "event/shift.h"
#include "event/table.h"

enum {
	COUNTERS_MAX = HW_STAT_NR + 64,
	KEY_BYTES = 32,	   /* of a random key for hashes */
	SUMMARY_ROWS = 10, /* of each list, in a summary that nobody asked for */
	LINES = 256,	   /* of workers, written at once */
};

static bool has_enough(const struct hw_pipeline *p)
{
	return p->options->events_max && p->events.taken >= p->options->events_max;
}

bool hw_pipeline_has_enough(const struct hw_pipeline *p)
{
	return has_enough(p) || p->events.error ||
	       (p->packet_file && hw_packet_file_is_over(p->packet_file));
}

bool hw_pipeline_is_over(const struct hw_pipeline *p)
{
	return hw_pipeline_has_enough(p) || hw_signals_end();
}

static void want_packets(struct hw_pipeline *p, const struct hw_event *event)
{
	hw_packet_file_want(p->packet_file, event->extra.connection_id, event->process);
}

struct hw_stats *hw_pipeline_stats(struct hw_pipeline *p)
{
	return p->workers ? &p->own : hw_engine_stats(p->engine);
}

static void leave_out(struct hw_pipeline *p)
{
	hw_stats_inc(hw_pipeline_stats(p), HW_STAT_EVENTS_FILTERED);
}

void hw_pipeline_write(struct hw_pipeline *p)
{
	struct hw_slice lines[LINES];
	size_t nr;

	while ((nr = hw_workers_take(p->workers, lines, LINES))) {
		for (size_t i = 0; i < nr; i++)
			if (hw_event_file_lend(&p->events, lines[i]) == HW_EVENT_FILE_LEFT_OUT)
				leave_out(p);
		hw_event_file_flush(&p->events);
	}
}

void hw_pipeline_drain(struct hw_pipeline *p)
{
	hw_pipeline_write(p);
	while (!hw_workers_are_idle(p->workers)) {
		hw_workers_await_all(p->workers);
		hw_pipeline_write(p);
	}
}

/* One that was made to be measured is not shown. */
static bool is_asked_for(const struct hw_pipeline *p, const struct hw_event *event)
{
	return p->options->shown >> event->type->index & 1;
}

/* -o none, --summary alone: all happens as if it were printed. */
static void take_unseen(struct hw_pipeline *p, const struct hw_event *event)
{
	leave_out(p);
	p->events.taken++;
	if (p->packet_file && event->extra.connection_id)
		want_packets(p, event);
}

static void print(struct hw_pipeline *p, const struct hw_event *event)
{
	const enum hw_event_file_fate fate = hw_event_file_print(&p->events, event);

	if (fate == HW_EVENT_FILE_LEFT_OUT)
		leave_out(p);
	else if (fate == HW_EVENT_FILE_TAKEN && p->packet_file && event->extra.connection_id)
		want_packets(p, event);
}

static void show(struct hw_pipeline *p, const struct hw_event *event)
{
	const bool is_chosen = !p->selection || hw_selection_has(p->selection, event);

	if (is_chosen && p->monitor)
		hw_monitor_take(p->monitor, event);
	if (is_chosen && !has_enough(p) && p->summary)
		hw_summary_take(p->summary, event);
	if (!is_chosen || has_enough(p) || !is_asked_for(p, event))
		leave_out(p);
	else if (p->options->prints_nothing)
		take_unseen(p, event);
	else
		print(p, event);
}

HW_APART static void show_shifted(struct hw_pipeline *p, const struct hw_event *event)
{
	struct hw_event_shifted room; /* large, and mostly filled: not zeroed before */

	show(p, hw_event_shift(event, p->clock_set_ns, &room));
}

void hw_pipeline_show(struct hw_pipeline *p, const struct hw_event *event)
{
	if (HW_UNLIKELY(p->clock_set_ns))
		show_shifted(p, event);
	else
		show(p, event);
}

void hw_pipeline_set_clock(struct hw_pipeline *p, int64_t by_ns)
{
	p->clock_set_ns = by_ns;
}

static void take_packet(struct hw_pipeline *p, const struct hw_frame *frame, uint64_t key)
{
	struct hw_frame now = *frame;
	struct hw_process owner; /* large, and mostly filled: not zeroed before */
	const bool is_known = p->owner && p->owner(p->owner_ctx, frame, &owner);

	now.time_ns += (uint64_t)p->clock_set_ns;
	hw_packet_file_take(p->packet_file, key, &now, is_known ? &owner : &hw_process_none);
}

static void see_frame(void *ctx, const struct hw_frame *frame, uint64_t id)
{
	struct hw_pipeline *p = ctx;

	if (p->packet_file)
		take_packet(p, frame, id);
	if (p->on_frame)
		p->on_frame(p->on_frame_ctx, frame, id);
}

static void keep_fragment(void *ctx, const struct hw_frame *frame, uint64_t packet)
{
	struct hw_pipeline *p = ctx;
	struct hw_frame now = *frame;

	now.time_ns += (uint64_t)p->clock_set_ns;
	hw_packet_file_keep(p->packet_file, packet, &now);
}

static void join_fragments(void *ctx, uint64_t packet, uint64_t id)
{
	struct hw_pipeline *p = ctx;

	hw_packet_file_join(p->packet_file, packet, id);
}

void hw_pipeline_on_frame(struct hw_pipeline *p,
			  void (*frame)(void *ctx, const struct hw_frame *f, uint64_t id),
			  void *ctx)
{
	p->on_frame = frame;
	p->on_frame_ctx = ctx;
	hw_engine_on_frame(p->engine, see_frame, p);
}

void hw_pipeline_set_owner(struct hw_pipeline *p,
			   bool (*owner)(void *ctx, const struct hw_frame *frame,
					 struct hw_process *ret),
			   void *ctx)
{
	p->owner = owner;
	p->owner_ctx = ctx;
}

static void show_at_once(void *ctx, const struct hw_event *event)
{
	hw_pipeline_show(ctx, event);
}

void hw_pipeline_flush(struct hw_pipeline *p)
{
	hw_event_file_flush(&p->events);
	if (p->packet_file)
		hw_packet_file_flush(p->packet_file);
}

void hw_pipeline_reopen(struct hw_pipeline *p)
{
	if (hw_event_file_reopen(&p->events) != 0)
		p->code = HW_EXIT_FAILED;
	if (p->packet_file && hw_packet_file_reopen(p->packet_file) != 0)
		p->code = HW_EXIT_FAILED;
}

/* What the engines know, and what the program around them knows of the events. */
static struct hw_stats count(struct hw_pipeline *p)
{
	struct hw_stats ret = *hw_pipeline_stats(p);

	if (p->workers)
		hw_workers_sum(p->workers, &ret);
	hw_pipeline_flush(p);
	ret.n[HW_STAT_EVENTS_WRITTEN] = hw_event_file_written(&p->events);
	if (p->selection)
		ret.n[HW_STAT_EVENTS_GIVEN_UP] += hw_selection_given_up(p->selection);
	ret.n[HW_STAT_EVENTS_LOST] += hw_event_file_lost(&p->events);
	assert(!hw_stats_check(&ret)); /* the accounts close, whatever the input */
	return ret;
}

void hw_pipeline_set_counters(struct hw_pipeline *p,
			      size_t (*counters)(void *ctx, struct hw_counter *ret, size_t max),
			      void *ctx)
{
	p->counters = counters;
	p->counters_ctx = ctx;
}

static size_t all_counters(struct hw_pipeline *p, struct hw_counter counters[COUNTERS_MAX])
{
	const struct hw_stats stats = count(p);
	size_t nr = 0;

	for (; nr < HW_STAT_NR; nr++) {
		const struct hw_stat_info *info = hw_stat_info((enum hw_stat)nr);

		counters[nr] =
			(struct hw_counter){ info->stage, info->name, info->meaning, stats.n[nr] };
	}
	if (p->counters)
		nr += p->counters(p->counters_ctx, counters + nr, COUNTERS_MAX - nr);
	for (size_t i = 0; p->packet_file && nr < COUNTERS_MAX &&
			   hw_packet_file_counter(p->packet_file, i, &counters[nr]);
	     i++)
		nr++;
	return nr;
}

void hw_pipeline_report(struct hw_pipeline *p)
{
	struct hw_counter counters[COUNTERS_MAX];
	size_t nr;

	if (p->workers)
		hw_pipeline_drain(p);
	nr = all_counters(p, counters);
	if (p->options->stats == HW_STATS_TEXT && !hw_event_file_has_no_reader(&p->events))
		hw_report_say_text(counters, nr, hw_terminal_columns(STDERR_FILENO));
	if (p->options->stats == HW_STATS_JSON)
		hw_report_say_json(counters, nr);
}

static void turn_files(struct hw_pipeline *p)
{
	hw_event_file_tick(&p->events);
	if (p->packet_file)
		hw_packet_file_tick(p->packet_file);
}

static void turn_monitor(struct hw_pipeline *p)
{
	struct hw_counter counters[COUNTERS_MAX];
	struct hw_metrics_own own = { .counters = counters };

	if (!hw_monitor_turn(p->monitor))
		return;
	own.counters_nr = all_counters(p, counters);
	own.server_requests = hw_engine_active_requests(p->engine, HW_ROLE_SERVER) +
			      hw_engine_active_requests(p->engine, HW_ROLE_UNKNOWN);
	own.client_requests = hw_engine_active_requests(p->engine, HW_ROLE_CLIENT);
	own.memory_bytes = hw_engine_memory(p->engine);
	own.memory_peak_bytes = hw_engine_memory_peak(p->engine);
	own.memory_limit_bytes = p->options->engine.max_memory;
	hw_monitor_answer(p->monitor, &own);
}

void hw_pipeline_turn(struct hw_pipeline *p)
{
	turn_files(p);
	if (p->monitor)
		turn_monitor(p);
}

void hw_pipeline_pause(struct hw_pipeline *p)
{
	if (p->monitor)
		hw_monitor_pause(p->monitor);
}

bool hw_pipeline_is_report_due(struct hw_pipeline *p, uint64_t now_ns)
{
	const uint64_t interval_ns = p->options->stats_interval_ns;

	if (!p->reported_ns)
		p->reported_ns = now_ns;
	if (!interval_ns || now_ns < p->reported_ns || now_ns - p->reported_ns < interval_ns)
		return false;
	p->reported_ns += (now_ns - p->reported_ns) / interval_ns * interval_ns;
	return true;
}

/* Without a key of the user's, one that nobody knows. */
static int make_key(struct hw_engine_options *options, uint8_t room[KEY_BYTES])
{
	if (options->secrets != HW_SECRETS_HASHED || options->redact_key)
		return 0;
	options->redact_key = room;
	options->redact_key_len = KEY_BYTES;
	return getrandom(room, KEY_BYTES, 0) == KEY_BYTES ? 0 : -EIO;
}

/* With what must be the same for all engines there may be. */
static int prepare_engine(struct hw_engine_options *options, uint8_t key[KEY_BYTES])
{
	options->seed = hw_seed();
	return make_key(options, key);
}

static int make_engine(struct hw_pipeline *p,
		       void (*on_event)(void *ctx, const struct hw_event *event), void *ctx)
{
	struct hw_engine_options options = p->options->engine;
	uint8_t key[KEY_BYTES];
	int err = prepare_engine(&options, key);

	options.on_event = on_event ? on_event : show_at_once;
	options.ctx = on_event ? ctx : p;
	if (!err)
		err = hw_selection_engine(&p->engine, p->selection, p->options, &options);
	explicit_bzero(key, sizeof(key));
	return err;
}

static void write_lines(void *ctx)
{
	hw_pipeline_write(ctx);
}

static int make_workers(struct hw_pipeline *p, unsigned int nr)
{
	struct hw_engine_options options = p->options->engine;
	uint8_t key[KEY_BYTES];
	int err = prepare_engine(&options, key);

	if (!err)
		err = hw_workers_new(&p->workers, p->options, &options, nr, write_lines, p);
	explicit_bzero(key, sizeof(key));
	return err;
}

static int make_summary(struct hw_pipeline *p)
{
	p->summary_form = hw_options_summary_form(p->options);
	if (p->summary_form == HW_SUMMARY_NONE)
		return 0;
	return hw_summary_new(&p->summary, hw_seed());
}

static int make_packet_file(struct hw_pipeline *p)
{
	const struct hw_engine_fragments fragments = { keep_fragment, join_fragments, p };
	const int err = hw_packet_file_open(&p->packet_file, p->options);

	if (err)
		return err;
	hw_engine_on_frame(p->engine, see_frame, p);
	hw_engine_on_fragments(p->engine, &fragments);
	if (!p->options->quiet)
		hw_message("%s: packets are written as they are, secrets too",
			   p->options->write_packets);
	return 0;
}

/* All but what makes events. Returns 0, or -1 after a message; `code` is then set. */
static int open_output(struct hw_pipeline *p, const struct hw_options *o)
{
	int err;

	*p = (struct hw_pipeline){ .options = o };
	p->code = hw_monitor_open(&p->monitor, o);
	if (p->code == HW_EXIT_OK)
		p->code = hw_selection_new(&p->selection, o);
	if (p->code != HW_EXIT_OK)
		return -1;
	p->code = HW_EXIT_FAILED;
	if (hw_event_file_open(&p->events, o) != 0)
		return -1;
	err = make_summary(p);
	if (!err)
		return 0;
	hw_message("%s", strerror(-err));
	return -1;
}

int hw_pipeline_open(struct hw_pipeline *p, const struct hw_options *o,
		     void (*on_event)(void *ctx, const struct hw_event *event), void *ctx)
{
	int err;

	if (open_output(p, o) != 0)
		return -1;
	err = make_engine(p, on_event, ctx);
	if (err) {
		hw_message("%s", strerror(-err));
		return -1;
	}
	if (o->write_packets && make_packet_file(p) != 0)
		return -1;
	p->code = HW_EXIT_OK;
	return 0;
}

int hw_pipeline_open_with_workers(struct hw_pipeline *p, const struct hw_options *o,
				  unsigned int nr)
{
	int err;

	if (open_output(p, o) != 0)
		return -1;
	err = make_workers(p, nr);
	if (err == -ENOMEM)
		hw_message("no memory for %u workers; --workers 1 needs less", nr);
	else if (err)
		hw_message("%s", strerror(-err));
	if (err)
		return -1;
	p->code = HW_EXIT_OK;
	return 0;
}

void hw_pipeline_finish(struct hw_pipeline *p)
{
	const bool is_wanted = !has_enough(p) && !p->events.error;

	if (p->workers) {
		if (is_wanted)
			hw_workers_finish(p->workers);
		hw_pipeline_drain(p);
	} else if (is_wanted) {
		hw_engine_finish(p->engine);
	}
}

static struct hw_summary_style summary_style(const struct hw_pipeline *p)
{
	FILE *const out = p->options->summary_only ? stdout : stderr;

	return (struct hw_summary_style){
		.columns = hw_terminal_columns(fileno(out)),
		.rows = p->options->summary == HW_SUMMARY_AUTO ? SUMMARY_ROWS : 0,
		.color = hw_options_use_color(p->options, out),
	};
}

/* Alone it is the output; else it is said beside that. */
static void show_summary(struct hw_pipeline *p)
{
	const struct hw_summary_style style = summary_style(p);
	struct hw_buf text;
	int err;

	hw_buf_init(&text, SIZE_MAX / 4, NULL);
	err = p->summary_form == HW_SUMMARY_JSON ? hw_summary_json(p->summary, &text)
						 : hw_summary_text(p->summary, &style, &text);
	if (err)
		hw_message("no summary: %s", strerror(-err));
	else if (p->options->summary_only)
		hw_event_file_append(&p->events, hw_slice(text.ptr, text.len));
	else
		fwrite(text.ptr, 1, text.len, stderr);
	hw_buf_clear(&text);
}

/* Those that found no memory to be written to. */
static uint64_t unencoded(const struct hw_pipeline *p)
{
	struct hw_stats stats = { 0 };

	if (p->workers)
		hw_workers_sum(p->workers, &stats);
	return p->events.unencoded + stats.n[HW_STAT_EVENTS_LOST];
}

static void say_unencoded(struct hw_pipeline *p)
{
	const uint64_t nr = unencoded(p);

	if (!nr)
		return;
	hw_message("no memory: %" PRIu64 " events were not written%s", nr,
		   p->workers ? "; --workers 1 needs less" : "");
	p->code = HW_EXIT_FAILED;
}

void hw_pipeline_end_output(struct hw_pipeline *p)
{
	say_unencoded(p);
	if (p->summary &&
	    !(p->options->summary == HW_SUMMARY_AUTO && hw_event_file_has_no_reader(&p->events)))
		show_summary(p);
	if (hw_event_file_close(&p->events) != 0)
		p->code = HW_EXIT_FAILED;
	if (p->packet_file && hw_packet_file_close(p->packet_file) != 0)
		p->code = HW_EXIT_FAILED;
	p->packet_file = NULL;
}

void hw_pipeline_close(struct hw_pipeline *p)
{
	hw_packet_file_close(p->packet_file);
	hw_engine_free(p->engine);
	hw_workers_free(p->workers);
	hw_event_file_clear(&p->events);
	hw_selection_free(p->selection);
	hw_monitor_close(p->monitor);
	hw_summary_free(p->summary);
}
