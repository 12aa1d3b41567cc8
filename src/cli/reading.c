/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/reading.c - see reading.h */
#include "cli/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/packet_filter.h"
#include "cli/pipeline.h"
#include "cli/privileges.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/workers.h"
#include "engine/engine.h"
#include "source/capture.h"
#include "source/filter.h"

enum {
	FRAMES = 256,  /* taken from a file at once */
	TICK_MS = 100, /* a wait for more is interrupted so often, for those who ask for metrics */
};

/* Of the file at hand: one of unknown links is not silently passed over. */
struct links {
	int last;	     /* LINKTYPE_* of the last packet; negative: none yet */
	bool has_known;	     /* some packet could be looked into */
	_Atomic int unknown; /* the type of the first that could not; negative: all could */
	bool is_told;	     /* that one could not */
};

struct reading {
	struct hw_pipeline pipeline;
	struct hw_workers *workers; /* NULL: this thread does it all */
	struct hw_progress progress;
	const char *path;	     /* of the file at hand */
	bool has_read;		     /* a file was opened, so there is something to report */
	_Atomic uint64_t done, size; /* of the file at hand, as hw_capture_progress() */
	/* Of the thread that reads: one of the workers, where there are some. */
	struct hw_capture *capture; /* the file at hand */
	struct hw_filter *filter;   /* NULL: none */
	struct links links;
	uint64_t packets;      /* read so far, of all files */
	struct hw_frame *room; /* for FRAMES; NULL: not needed yet. A stack may be small. */
};

/* The frames that the filter lets through move to the front. Returns how many. */
static size_t sift(struct reading *r, struct hw_frame *frames, size_t nr)
{
	struct hw_stats *stats = hw_pipeline_stats(&r->pipeline);
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

static void see_link(struct links *l, uint16_t linktype)
{
	l->last = linktype;
	if (hw_engine_reads_link(linktype))
		l->has_known = true;
	else if (l->unknown < 0)
		l->unknown = linktype;
}

static void see_links(struct links *l, const struct hw_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (frames[i].linktype != l->last)
			see_link(l, frames[i].linktype);
}

/* Read up to `max` frames. Returns 1, or 0 at the end of the file, or what it failed with. */
static int read_some(struct reading *r, struct hw_frame *frames, size_t max, size_t *ret_nr)
{
	uint64_t done, size;
	size_t nr;
	const int err = hw_capture_read(r->capture, frames, max, &nr);

	if (err || nr == 0)
		return err;
	r->packets += nr;
	see_links(&r->links, frames, nr);
	hw_capture_progress(r->capture, &done, &size);
	r->done = done;
	r->size = size;
	*ret_nr = nr;
	return 1;
}

/* For the workers. */
static int read_for_all(void *ctx, struct hw_frame *room, struct hw_input_buffer *bytes,
			size_t *ret_nr)
{
	struct reading *r = ctx;
	const int status = read_some(r, room, HW_WORKERS_FRAMES, ret_nr);
	int err;

	if (status <= 0)
		return status;
	if (r->filter)
		*ret_nr = sift(r, room, *ret_nr);
	err = hw_capture_keep(r->capture, bytes);
	return err ? err : 1;
}

/* What was made so far is shown before a wait for more: others may be writing the file. */
static bool may_wait(const struct reading *r)
{
	return r->size == 0;
}

static void tell_link(struct reading *r)
{
	const int linktype = r->links.unknown;

	if (linktype < 0 || r->links.is_told)
		return;
	r->links.is_told = true;
	hw_progress_erase(&r->progress);
	hw_message("%s: packets of link type %d are not looked into", r->path, linktype);
}

/* What else is said must not be behind the progress in its line. */
static void answer_signals(struct reading *r)
{
	const bool reopens = hw_signals_take_reopen(), reports = hw_signals_take_statistics();

	if (reopens || reports)
		hw_progress_erase(&r->progress);
	if (reopens)
		hw_pipeline_reopen(&r->pipeline);
	if (reports)
		hw_pipeline_report(&r->pipeline);
}

/* Between any two reads. */
static void look_around(struct reading *r)
{
	tell_link(r);
	hw_progress_show(&r->progress, r->done, r->size);
	answer_signals(r);
}

static bool is_over(const struct reading *r)
{
	return hw_pipeline_is_over(&r->pipeline);
}

/* Returns 0 at the end of the file or of all, or what hw_capture_read() does. */
static int read_alone(struct reading *r)
{
	if (!r->room)
		r->room = calloc(FRAMES, sizeof(*r->room));
	if (!r->room)
		return -ENOMEM;
	while (!is_over(r)) {
		size_t nr;
		const int status = read_some(r, r->room, FRAMES, &nr);

		if (status <= 0 && status != -EINTR)
			return is_over(r) ? 0 : status;
		if (status > 0 && r->filter)
			nr = sift(r, r->room, nr);
		if (status > 0)
			hw_engine_feed(r->pipeline.engine, r->room, nr);
		if (may_wait(r))
			hw_pipeline_flush(&r->pipeline);
		look_around(r);
		hw_pipeline_turn(&r->pipeline);
	}
	return 0;
}

/* The same by several threads, of which this is one. */
static int read_together(struct reading *r)
{
	int err;

	hw_workers_begin(r->workers, read_for_all, r);
	do {
		hw_pipeline_write(&r->pipeline);
		look_around(r);
	} while (!is_over(r) && hw_workers_turn(r->workers));
	err = hw_workers_end(r->workers);
	hw_pipeline_drain(&r->pipeline); /* the rest of frames that wait is in the capture */
	tell_link(r);
	return is_over(r) ? 0 : err;
}

static void say_failure(struct reading *r, int err)
{
	if (err == -ENOMEM)
		hw_message("%s: no memory to read on%s", r->path,
			   r->workers ? "; --workers 1 needs less" : "");
	else
		hw_message("%s", hw_capture_error(r->capture));
	r->pipeline.code = HW_EXIT_FAILED;
}

static void read_open_file(struct reading *r)
{
	int err;

	hw_progress_begin(&r->progress, r->path);
	hw_signals_tick(true);
	err = r->workers ? read_together(r) : read_alone(r);
	if (!err)
		err = hw_capture_check(r->capture);
	hw_signals_tick(false);
	hw_progress_erase(&r->progress);
	if (err)
		say_failure(r, err);
	else if (hw_capture_has_garbage(r->capture) && !r->pipeline.options->quiet)
		hw_message("%s: what follows the compressed data was ignored", r->path);
	if (r->links.unknown >= 0 && !r->links.has_known)
		r->pipeline.code = HW_EXIT_FAILED;
}

/* A pipe has no first bytes yet. Who waits for the first of them all is not at work. */
static bool turn_waiting(void *ctx)
{
	struct reading *r = ctx;

	answer_signals(r);
	if (r->has_read)
		hw_pipeline_turn(&r->pipeline);
	return !is_over(r);
}

/* What was made of the files before is shown: it may take long until there is more. */
static int open_file(struct reading *r, const char *path, char *ret_error, size_t error_max)
{
	const struct hw_input_wait wait = { turn_waiting, r };
	int err;

	if (!r->has_read)
		hw_pipeline_pause(&r->pipeline);
	else if (!r->workers)
		hw_pipeline_flush(&r->pipeline);
	hw_signals_tick(true);
	err = hw_capture_open_waiting(&r->capture, path, r->packets + 1, &wait, ret_error,
				      error_max);
	hw_signals_tick(false);
	return err;
}

static void read_file(struct reading *r, const char *path)
{
	char error[8192];
	const int err = open_file(r, path, error, sizeof(error));

	if (err == -EINTR)
		return;
	if (err) {
		hw_message("%s", error);
		r->pipeline.code = HW_EXIT_FAILED;
		return;
	}
	if (!r->filter) /* that looks anywhere */
		hw_capture_leave_rest(r->capture);
	r->has_read = true;
	r->path = path;
	r->links = (struct links){ .last = -1, .unknown = -1 };
	r->done = r->size = 0;
	read_open_file(r);
	hw_capture_close(r->capture);
}

static int start_workers(void *ctx)
{
	return hw_workers_start(ctx);
}

static void read_all(struct reading *r, const struct hw_options *o)
{
	if (o->has_metrics)
		hw_signals_init_tick(TICK_MS);
	r->pipeline.code =
		hw_privileges_drop_to_reading(o, r->workers ? start_workers : NULL, r->workers);
	if (r->pipeline.code != HW_EXIT_OK)
		return;
	hw_progress_init(&r->progress, o);
	for (size_t i = 0; i < o->files_nr && !hw_pipeline_is_over(&r->pipeline); i++)
		read_file(r, o->files[i]);
	hw_pipeline_finish(&r->pipeline);
	if (r->has_read || r->pipeline.code == HW_EXIT_OK) /* ended before the first file, too */
		hw_pipeline_report(&r->pipeline);
	hw_pipeline_end_output(&r->pipeline);
}

static int open_pipeline(struct reading *r, const struct hw_options *o)
{
	const unsigned int nr = hw_workers_choose(o);
	int err;

	if (nr == 1)
		return hw_pipeline_open(&r->pipeline, o, NULL, NULL);
	err = hw_pipeline_open_with_workers(&r->pipeline, o, nr);
	r->workers = r->pipeline.workers;
	return err;
}

/* A shell makes several words of a pattern of files, of which -r takes the first. */
static int make_filter(struct hw_filter **ret, const struct hw_options *o)
{
	const int code = hw_packet_filter_make(ret, o->filter);

	if (code == HW_EXIT_USAGE && o->words_nr > 0 && access(o->words[0], R_OK) == 0)
		hw_message("each file has a -r of its own: -r %s", o->words[0]);
	return code;
}

int hw_reading_run(const struct hw_options *o)
{
	struct reading r = { 0 };
	int code = make_filter(&r.filter, o);

	if (code == HW_EXIT_OK) {
		/*
		 * Not before: looking up a name in the filter may take long. Not after: who
		 * sees the output's file may send SIGHUP.
		 */
		hw_signals_init(o->output || o->write_packets);
		if (open_pipeline(&r, o) == 0)
			read_all(&r, o);
		hw_pipeline_close(&r.pipeline);
		code = r.pipeline.code;
	}
	hw_filter_free(r.filter);
	free(r.room);
	return code;
}
