/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/pipeline.c - see pipeline.h */
#include "cli/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/packet_file.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "engine/engine.h"
#include "event/long.h"
#include "event/table.h"
#include "sink/file.h"

enum {
	COUNTERS_MAX = HW_STAT_NR + 64,
	COMMENT_MAX = 1024, /* bytes, of a packet */
	KEY_BYTES = 32,	    /* of a random key for hashes */
	SUMMARY_ROWS = 10,  /* of each list, in a summary that nobody asked for */
};

static bool has_enough(const struct hw_pipeline *p)
{
	return p->options->events_max && p->taken >= p->options->events_max;
}

bool hw_pipeline_is_over(const struct hw_pipeline *p)
{
	return has_enough(p) || p->write_error || hw_signals_end() ||
	       (p->packet_file && hw_packet_file_is_over(p->packet_file));
}

static void set_time(struct hw_pipeline *p, const struct hw_event *event)
{
	const size_t len = hw_line_time_next(&p->line_time, hw_event_time_ns(event), p->time);

	hw_encoder_set_time(p->encoder, p->time, len ? len - 1 : 0); /* without its blank */
}

/* It may be another with each line. */
static void set_width(struct hw_pipeline *p)
{
	struct winsize size;

	if (p->is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		hw_encoder_set_width(p->encoder, size.ws_col);
}

static bool is_for_people(const struct hw_pipeline *p)
{
	return p->options->format == HW_FORMAT_TEXT || p->options->format == HW_FORMAT_TEXT_LONG;
}

static int put_before(struct hw_pipeline *p, struct hw_slice text, struct hw_slice *line)
{
	int err;

	p->line.len = 0;
	err = hw_buf_append(&p->line, text);
	if (!err)
		err = hw_buf_append(&p->line, *line);
	*line = hw_buf_slice(&p->line);
	return err;
}

/* Documents have something between any two events, but not before a file's first one. */
static int prefix_between(struct hw_pipeline *p, struct hw_slice *line)
{
	const struct hw_slice between = hw_slice_text(hw_encoder_between(p->encoder));
	const bool is_first = p->files != hw_file_sink_files(p->sink);

	p->files = hw_file_sink_files(p->sink);
	return is_first || between.len == 0 ? 0 : put_before(p, between, line);
}

static int encode(struct hw_pipeline *p, const struct hw_event *event, struct hw_slice *ret)
{
	char *line;
	size_t len;
	int err;

	if (is_for_people(p)) {
		set_time(p, event);
		set_width(p);
	}
	err = hw_encoder_encode(p->encoder, event, &line, &len);
	if (!err)
		*ret = hw_slice(line, len);
	return err;
}

static void want_packets(struct hw_pipeline *p, const struct hw_event *event)
{
	char text[COMMENT_MAX];
	const size_t len = hw_packet_file_describe(event->process, text, sizeof(text));

	hw_packet_file_want(p->packet_file, event->extra.connection_id, hw_slice(text, len));
}

static void write_line(struct hw_pipeline *p, const struct hw_event *event, struct hw_slice line)
{
	p->write_error = hw_file_sink_turn(p->sink);
	if (p->write_error == HW_FILE_SINK_ENDED) {
		hw_stats_inc(hw_engine_stats(p->engine), HW_STAT_EVENTS_FILTERED);
		return;
	}
	if (prefix_between(p, &line) != 0) {
		p->unencoded++;
		return;
	}
	p->write_error = hw_file_sink_append(p->sink, (const char *)line.ptr, line.len, 1);
	p->taken++;
	if (p->packet_file && event->extra.connection_id)
		want_packets(p, event);
}

/* One that was made to be measured is not shown. */
static bool is_asked_for(const struct hw_pipeline *p, const struct hw_event *event)
{
	return p->options->shown >> event->type->index & 1;
}

static void leave_out(struct hw_pipeline *p)
{
	hw_stats_inc(hw_engine_stats(p->engine), HW_STAT_EVENTS_FILTERED);
}

/* -o none, --summary alone: all happens as if it were printed. */
static void take_unseen(struct hw_pipeline *p, const struct hw_event *event)
{
	leave_out(p);
	p->taken++;
	if (p->packet_file && event->extra.connection_id)
		want_packets(p, event);
}

static void print(struct hw_pipeline *p, const struct hw_event *event)
{
	struct hw_slice line;

	if (p->options->prints_nothing)
		take_unseen(p, event);
	else if (encode(p, event, &line) != 0)
		p->unencoded++;
	else if (line.len == 0)
		leave_out(p);
	else
		write_line(p, event, line);
}

void hw_pipeline_show(struct hw_pipeline *p, const struct hw_event *event)
{
	const bool is_chosen = !p->selection || hw_selection_has(p->selection, event);

	if (is_chosen && p->monitor)
		hw_monitor_take(p->monitor, event);
	if (is_chosen && !has_enough(p) && p->summary)
		hw_summary_take(p->summary, event);
	if (is_chosen && !has_enough(p) && is_asked_for(p, event))
		print(p, event);
	else
		leave_out(p);
}

static void take_packet(struct hw_pipeline *p, const struct hw_frame *frame, uint64_t key)
{
	char text[COMMENT_MAX];
	const size_t len = p->comment ? p->comment(p->comment_ctx, frame, text, sizeof(text)) : 0;

	hw_packet_file_take(p->packet_file, key, frame, hw_slice(text, len));
}

static void see_frame(void *ctx, const struct hw_frame *frame, uint64_t id)
{
	struct hw_pipeline *p = ctx;

	if (p->packet_file)
		take_packet(p, frame, id);
	if (p->on_frame)
		p->on_frame(p->on_frame_ctx, frame, id);
}

void hw_pipeline_on_frame(struct hw_pipeline *p,
			  void (*frame)(void *ctx, const struct hw_frame *f, uint64_t id),
			  void *ctx)
{
	p->on_frame = frame;
	p->on_frame_ctx = ctx;
	hw_engine_on_frame(p->engine, see_frame, p);
}

void hw_pipeline_set_comment(struct hw_pipeline *p,
			     size_t (*comment)(void *ctx, const struct hw_frame *frame, char *ret,
					       size_t max),
			     void *ctx)
{
	p->comment = comment;
	p->comment_ctx = ctx;
}

static void show_at_once(void *ctx, const struct hw_event *event)
{
	hw_pipeline_show(ctx, event);
}

void hw_pipeline_flush(struct hw_pipeline *p)
{
	p->write_error = hw_file_sink_flush(p->sink);
	if (p->packet_file)
		hw_packet_file_flush(p->packet_file);
}

void hw_pipeline_reopen(struct hw_pipeline *p)
{
	const int err = hw_file_sink_reopen(p->sink);

	if (err < 0)
		hw_message("%s: %s", hw_file_sink_path(p->sink), strerror(-err));
	if (p->packet_file)
		hw_packet_file_reopen(p->packet_file);
}

/* What the program around the engine knows of the events. */
static void count_events(struct hw_pipeline *p)
{
	struct hw_stats *stats = hw_engine_stats(p->engine);

	hw_pipeline_flush(p);
	stats->n[HW_STAT_EVENTS_WRITTEN] = hw_file_sink_written(p->sink);
	if (p->selection)
		stats->n[HW_STAT_EVENTS_GIVEN_UP] = hw_selection_given_up(p->selection);
	stats->n[HW_STAT_EVENTS_LOST] = hw_file_sink_lost(p->sink) + p->unencoded;
	assert(!hw_stats_check(stats)); /* the accounts close, whatever the input */
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
	size_t nr = 0;

	count_events(p);
	while (nr < HW_STAT_NR && hw_engine_counter(p->engine, nr, &counters[nr]))
		nr++;
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
	const size_t nr = all_counters(p, counters);

	if (p->options->stats == HW_STATS_TEXT)
		hw_report_text(stderr, counters, nr);
	if (p->options->stats == HW_STATS_JSON)
		hw_report_json(stderr, counters, nr);
}

void hw_pipeline_turn(struct hw_pipeline *p)
{
	struct hw_counter counters[COUNTERS_MAX];
	struct hw_metrics_own own = { .counters = counters };

	if (!p->monitor || !hw_monitor_turn(p->monitor))
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

static int make_sink(struct hw_pipeline *p)
{
	const char *path = p->options->output;
	const struct hw_file_sink_options options = {
		.head = hw_encoder_head(p->encoder),
		.tail = hw_encoder_tail(p->encoder),
		.rotation = path ? p->options->rotation : (struct hw_rotation_options){ 0 },
		.each_record = p->options->line_buffered || p->is_terminal,
		.whole = p->options->format == HW_FORMAT_TEXT_LONG ? hw_long_whole : NULL,
	};
	const int err = hw_file_sink_open_with(&p->sink, path, &options);

	if (err)
		hw_message("%s: %s", path ? path : "standard output", strerror(-err));
	return err;
}

static int make_encoder(struct hw_pipeline *p)
{
	uint32_t flags = p->options->engine.strict ? HW_ENCODE_STRICT : 0;
	int err;

	if (hw_options_use_color(p->options, stdout))
		flags |= HW_ENCODE_COLOR;
	err = hw_encoder_new(&p->encoder, p->options->format, flags);
	if (!err && p->options->columns)
		err = hw_encoder_set_columns(p->encoder, p->options->columns);
	return err;
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

static int make_engine(struct hw_pipeline *p,
		       void (*on_event)(void *ctx, const struct hw_event *event), void *ctx)
{
	struct hw_engine_options options = p->options->engine;
	uint8_t key[KEY_BYTES];
	int err = make_key(&options, key);

	options.on_event = on_event ? on_event : show_at_once;
	options.ctx = on_event ? ctx : p;
	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		options.seed ^= (uint64_t)getpid();
	if (!err)
		err = hw_engine_new(&p->engine, &options);
	explicit_bzero(key, sizeof(key));
	if (!err && p->selection && hw_selection_reads_requests(p->selection))
		hw_engine_keep_requests(p->engine);
	return err;
}

/* One that was not asked for is for people, who see the beginning of it. */
static int make_summary(struct hw_pipeline *p)
{
	const struct hw_options *o = p->options;
	uint64_t seed = 0;

	p->summary_form = o->summary;
	if (o->summary == HW_SUMMARY_AUTO)
		p->summary_form = o->shown & HW_EVENT_NET_HTTP_EXCHANGE && isatty(STDERR_FILENO)
					  ? HW_SUMMARY_TEXT
					  : HW_SUMMARY_NONE;
	if (p->summary_form == HW_SUMMARY_NONE)
		return 0;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t)getpid();
	return hw_summary_new(&p->summary, seed);
}

static int make_packet_file(struct hw_pipeline *p)
{
	const int err = hw_packet_file_open(&p->packet_file, p->options);

	if (err)
		return err;
	hw_engine_on_frame(p->engine, see_frame, p);
	if (!p->options->quiet)
		hw_message("%s: packets are written as they are, secrets too",
			   p->options->write_packets);
	return 0;
}

int hw_pipeline_open(struct hw_pipeline *p, const struct hw_options *o,
		     void (*on_event)(void *ctx, const struct hw_event *event), void *ctx)
{
	int err;

	*p = (struct hw_pipeline){ .options = o, .line_time.style = o->time };
	p->is_terminal = !o->output && isatty(STDOUT_FILENO);
	hw_buf_init(&p->line, SIZE_MAX / 4, NULL);
	p->code = hw_monitor_open(&p->monitor, o);
	if (p->code == HW_EXIT_OK)
		p->code = hw_selection_new(&p->selection, o);
	if (p->code != HW_EXIT_OK)
		return -1;
	p->code = HW_EXIT_FAILED;
	err = make_encoder(p);
	if (!err && make_sink(p) != 0)
		return -1;
	if (!err)
		err = make_engine(p, on_event, ctx);
	if (!err)
		err = make_summary(p);
	if (err) {
		hw_message("%s", strerror(-err));
		return -1;
	}
	if (o->write_packets && make_packet_file(p) != 0)
		return -1;
	p->code = HW_EXIT_OK;
	return 0;
}

void hw_pipeline_finish(struct hw_pipeline *p)
{
	if (!has_enough(p) && !p->write_error)
		hw_engine_finish(p->engine);
}

static struct hw_summary_style summary_style(const struct hw_pipeline *p)
{
	FILE *const out = p->options->summary_only ? stdout : stderr;
	struct winsize size;

	return (struct hw_summary_style){
		.columns = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0,
		.rows = p->options->summary == HW_SUMMARY_AUTO ? SUMMARY_ROWS : 0,
		.color = hw_options_use_color(p->options, out),
	};
}

/* Alone it is the output; else it is said beside that. */
static void show_summary(struct hw_pipeline *p)
{
	const struct hw_summary_style style = summary_style(p);
	int err;

	p->line.len = 0;
	err = p->summary_form == HW_SUMMARY_JSON ? hw_summary_json(p->summary, &p->line)
						 : hw_summary_text(p->summary, &style, &p->line);
	if (err)
		hw_message("no summary: %s", strerror(-err));
	else if (p->options->summary_only)
		hw_file_sink_append(p->sink, (const char *)p->line.ptr, p->line.len, 0);
	else
		fwrite(p->line.ptr, 1, p->line.len, stderr);
}

/* The first failure counts, and that there were enough files is none. */
static void close_sink(struct hw_pipeline *p)
{
	const int err = hw_file_sink_close(p->sink);

	p->sink = NULL;
	if (p->write_error >= 0)
		p->write_error = err;
}

void hw_pipeline_end_output(struct hw_pipeline *p)
{
	if (p->summary)
		show_summary(p);
	close_sink(p);
	if (p->packet_file && hw_packet_file_close(p->packet_file) != 0)
		p->code = HW_EXIT_FAILED;
	p->packet_file = NULL;
	if (p->write_error >= 0 || p->write_error == -EPIPE)
		return;
	hw_message("%s: %s", p->options->output ? p->options->output : "standard output",
		   strerror(-p->write_error));
	p->code = HW_EXIT_FAILED;
}

void hw_pipeline_close(struct hw_pipeline *p)
{
	hw_packet_file_close(p->packet_file);
	hw_engine_free(p->engine);
	hw_file_sink_close(p->sink);
	hw_encoder_free(p->encoder); /* the sink borrows from it */
	hw_selection_free(p->selection);
	hw_monitor_close(p->monitor);
	hw_summary_free(p->summary);
	hw_buf_clear(&p->line);
}
