/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/reading.c - see reading.h */
#include "cli/reading.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/line_time.h"
#include "cli/message.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "engine/engine.h"
#include "sink/file.h"
#include "source/capture.h"
#include "source/filter.h"

enum { FRAMES = 64 }; /* taken from a file at once */

struct reading {
	const struct hw_options *options;
	struct hw_filter *filter; /* NULL: none */
	struct hw_engine *engine;
	struct hw_encoder *encoder;
	struct hw_line_time line_time;
	struct hw_buf line; /* of text: the time and the event */
	struct hw_file_sink *sink;
	uint64_t packets;   /* read so far, of all files */
	uint64_t taken;	    /* events given to the sink */
	uint64_t unencoded; /* events lost for lack of memory */
	int write_error;    /* negative errno */
	bool has_read;	    /* a file was opened, so there is something to report */
	int code;	    /* to exit with */
};

static bool has_enough(const struct reading *r)
{
	return r->options->events_max && r->taken >= r->options->events_max;
}

static bool is_over(const struct reading *r)
{
	return has_enough(r) || r->write_error || hw_signals_end();
}

/* Text has the time in front of it. */
static int prefix_time(struct reading *r, const struct hw_event *event, struct hw_slice *line)
{
	char time[HW_LINE_TIME_MAX];
	const size_t len = hw_line_time_next(&r->line_time, hw_event_time_ns(event), time);
	int err;

	r->line.len = 0;
	err = hw_buf_append(&r->line, hw_slice(time, len));
	if (!err)
		err = hw_buf_append(&r->line, *line);
	*line = hw_buf_slice(&r->line);
	return err;
}

static int encode(struct reading *r, const struct hw_event *event, struct hw_slice *ret)
{
	char *line;
	size_t len;
	int err = hw_encoder_encode(r->encoder, event, &line, &len);

	if (err)
		return err;
	*ret = hw_slice(line, len);
	return r->options->format == HW_FORMAT_TEXT ? prefix_time(r, event, ret) : 0;
}

static void on_event(void *ctx, const struct hw_event *event)
{
	struct reading *r = ctx;
	struct hw_slice line;

	if (has_enough(r)) {
		hw_stats_inc(hw_engine_stats(r->engine), HW_STAT_EVENTS_FILTERED);
	} else if (encode(r, event, &line) != 0) {
		r->unencoded++;
	} else {
		r->taken++;
		r->write_error = hw_file_sink_write(r->sink, (const char *)line.ptr, line.len);
	}
}

/* What the program around the engine knows of the events. */
static void count_events(struct reading *r)
{
	struct hw_stats *stats = hw_engine_stats(r->engine);

	r->write_error = hw_file_sink_flush(r->sink);
	stats->n[HW_STAT_EVENTS_WRITTEN] = hw_file_sink_written(r->sink);
	stats->n[HW_STAT_EVENTS_LOST] = hw_file_sink_lost(r->sink) + r->unencoded;
	assert(!hw_stats_check(stats));
}

static void report(struct reading *r)
{
	struct hw_counter counters[HW_STAT_NR];
	size_t nr = 0;

	count_events(r);
	while (nr < HW_STAT_NR && hw_engine_counter(r->engine, nr, &counters[nr]))
		nr++;
	if (r->options->stats == HW_STATS_TEXT)
		hw_report_text(stderr, counters, nr);
	if (r->options->stats == HW_STATS_JSON)
		hw_report_json(stderr, counters, nr);
}

/* The frames that the filter lets through move to the front. Returns how many. */
static size_t sift(struct reading *r, struct hw_frame *frames, size_t nr)
{
	struct hw_stats *stats = hw_engine_stats(r->engine);
	size_t left = 0;

	for (size_t i = 0; i < nr; i++) {
		if (hw_filter_match(r->filter, &frames[i])) {
			frames[left++] = frames[i];
			continue;
		}
		hw_stats_inc(stats, HW_STAT_PACKETS_READ);
		hw_stats_add(stats, HW_STAT_PACKETS_BYTES, frames[i].len);
		hw_stats_inc(stats, HW_STAT_PACKETS_FILTERED);
	}
	return left;
}

static void take(struct reading *r, struct hw_frame *frames, size_t nr)
{
	r->packets += nr;
	if (r->filter)
		nr = sift(r, frames, nr);
	hw_engine_feed(r->engine, frames, nr);
}

/* What was made so far is shown before a wait for more: others may be writing the file. */
static bool may_wait(const struct hw_capture *c)
{
	uint64_t done, size;

	hw_capture_progress(c, &done, &size);
	return size == 0;
}

static void read_frames(struct reading *r, struct hw_capture *c)
{
	struct hw_frame frames[FRAMES];
	size_t nr;
	int err;

	while (!is_over(r)) {
		err = hw_capture_read(c, frames, FRAMES, &nr);
		if (err == 0 && nr == 0)
			return;
		if (err == 0)
			take(r, frames, nr);
		else if (err != -EINTR)
			break;
		if (may_wait(c))
			r->write_error = hw_file_sink_flush(r->sink);
		if (hw_signals_take_statistics())
			report(r);
	}
	if (is_over(r))
		return;
	hw_message("%s", hw_capture_error(c));
	r->code = HW_EXIT_FAILED;
}

static void read_file(struct reading *r, const char *path)
{
	struct hw_capture *c;
	char error[8192];

	if (hw_capture_open(&c, path, r->packets + 1, error, sizeof(error)) != 0) {
		hw_message("%s", error);
		r->code = HW_EXIT_FAILED;
		return;
	}
	r->has_read = true;
	read_frames(r, c);
	hw_capture_close(c);
}

/* A filter that cannot be compiled is an error of the command line. */
static int make_filter(struct reading *r)
{
	const char *expression = r->options->filter;
	char error[512];
	size_t at;
	int err;

	if (!expression)
		return 0;
	err = hw_filter_new(&r->filter, expression, error, sizeof(error), &at);
	if (err != -EINVAL)
		return err;
	hw_message("filter: %s", error);
	hw_cli_show_caret(expression, at);
	r->code = HW_EXIT_USAGE;
	return err;
}

static int make_sink(struct reading *r)
{
	const char *path = r->options->output;
	const bool each_line = r->options->line_buffered || (!path && isatty(STDOUT_FILENO));
	const int err = hw_file_sink_open(&r->sink, path, each_line);

	if (!err)
		return 0;
	hw_message("%s: %s", path ? path : "standard output", strerror(-err));
	r->code = HW_EXIT_FAILED;
	return err;
}

static int make_encoder(struct reading *r)
{
	uint32_t flags = r->options->engine.strict ? HW_ENCODE_STRICT : 0;

	if (hw_options_use_color(r->options, stdout))
		flags |= HW_ENCODE_COLOR;
	return hw_encoder_new(&r->encoder, r->options->format, flags);
}

static int make_engine(struct reading *r)
{
	struct hw_engine_options options = r->options->engine;

	options.on_event = on_event;
	options.ctx = r;
	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		options.seed ^= (uint64_t)getpid();
	return hw_engine_new(&r->engine, &options);
}

static int make(struct reading *r)
{
	int err = make_filter(r);

	if (!err)
		err = make_sink(r);
	if (!err)
		err = make_encoder(r);
	if (!err)
		err = make_engine(r);
	if (err && r->code == HW_EXIT_OK) {
		hw_message("%s", strerror(-err));
		r->code = HW_EXIT_FAILED;
	}
	return err;
}

static void finish(struct reading *r)
{
	if (!has_enough(r) && !r->write_error)
		hw_engine_finish(r->engine);
	if (r->has_read)
		report(r);
	if (r->write_error && r->write_error != -EPIPE) {
		hw_message("%s: %s", r->options->output ? r->options->output : "standard output",
			   strerror(-r->write_error));
		r->code = HW_EXIT_FAILED;
	}
}

int hw_reading_run(const struct hw_options *o)
{
	struct reading r = { .options = o, .line_time.style = o->time, .code = HW_EXIT_OK };

	hw_buf_init(&r.line, SIZE_MAX / 4, NULL);
	if (make(&r) == 0) {
		hw_signals_init(); /* not before: looking up a name in the filter may take long */
		for (size_t i = 0; i < o->files_nr && !is_over(&r); i++)
			read_file(&r, o->files[i]);
		finish(&r);
	}
	hw_engine_free(r.engine);
	hw_encoder_free(r.encoder);
	hw_file_sink_close(r.sink);
	hw_buf_clear(&r.line);
	hw_filter_free(r.filter);
	return r.code;
}
