/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/reading.c - see reading.h */
#include "cli/reading.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
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
	FRAMES = 64,   /* taken from a file at once */
	TICK_MS = 100, /* a wait for more is interrupted so often, for those who ask for metrics */
};

/* Of the file at hand: one of unknown links is not silently passed over. */
struct links {
	const char *path;
	int last;	 /* LINKTYPE_* of the last packet; negative: none yet */
	bool has_known;	 /* some packet could be looked into */
	bool is_unknown; /* some could not, which was said */
};

struct reading {
	struct hw_pipeline pipeline;
	struct hw_filter *filter;   /* NULL: none */
	struct hw_workers *workers; /* NULL: this thread does it all */
	struct hw_progress progress;
	struct links links;
	uint64_t packets; /* read so far, of all files */
	bool has_read;	  /* a file was opened, so there is something to report */
	struct hw_frame room[FRAMES];
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

static void see_link(struct reading *r, uint16_t linktype)
{
	struct links *l = &r->links;

	l->last = linktype;
	if (hw_engine_reads_link(linktype)) {
		l->has_known = true;
	} else if (!l->is_unknown) {
		l->is_unknown = true;
		hw_progress_erase(&r->progress);
		hw_message("%s: packets of link type %u are not looked into", l->path, linktype);
	}
}

static void see_links(struct reading *r, const struct hw_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (frames[i].linktype != r->links.last)
			see_link(r, frames[i].linktype);
}

/* Frames that were just read from `c`. Returns 0 or -ENOMEM. */
static int take(struct reading *r, struct hw_capture *c, struct hw_frame *frames, size_t nr)
{
	r->packets += nr;
	see_links(r, frames, nr);
	if (r->filter)
		nr = sift(r, frames, nr);
	if (r->workers)
		return hw_workers_feed(r->workers, c, nr);
	hw_engine_feed(r->pipeline.engine, frames, nr);
	return 0;
}

/* Where the next frames go. */
static struct hw_frame *find_room(struct reading *r)
{
	struct hw_frame *room;

	if (!r->workers)
		return r->room;
	hw_pipeline_write(&r->pipeline);
	while (!(room = hw_workers_room(r->workers))) {
		hw_workers_wait(r->workers);
		hw_pipeline_write(&r->pipeline);
	}
	return room;
}

/* What was made so far is shown before a wait for more: others may be writing the file. */
static bool may_wait(const struct hw_capture *c)
{
	uint64_t done, size;

	hw_capture_progress(c, &done, &size);
	return size == 0;
}

static void show_progress(struct reading *r, const struct hw_capture *c)
{
	uint64_t done, size;

	hw_capture_progress(c, &done, &size);
	hw_progress_show(&r->progress, done, size);
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

/* Returns 0 at the end of the file or of all, or what hw_capture_read() does. */
static int read_frames(struct reading *r, struct hw_capture *c)
{
	const size_t max = r->workers ? HW_WORKERS_FRAMES : FRAMES;
	size_t nr;
	int err;

	while (!hw_pipeline_is_over(&r->pipeline)) {
		struct hw_frame *frames = find_room(r);

		err = hw_capture_read(c, frames, max, &nr);
		if (err == 0 && nr == 0)
			return 0;
		if (err == 0)
			err = take(r, c, frames, nr);
		if (err && err != -EINTR)
			return hw_pipeline_is_over(&r->pipeline) ? 0 : err;
		if (may_wait(c))
			hw_pipeline_flush(&r->pipeline);
		show_progress(r, c);
		answer_signals(r);
		hw_pipeline_turn(&r->pipeline);
	}
	return 0;
}

static void say_failure(struct reading *r, const struct hw_capture *c, int err)
{
	if (err == -ENOMEM)
		hw_message("%s: no memory to read on%s", r->links.path,
			   r->workers ? "; --workers 1 needs less" : "");
	else
		hw_message("%s", hw_capture_error(c));
	r->pipeline.code = HW_EXIT_FAILED;
}

static void read_file(struct reading *r, const char *path)
{
	struct hw_capture *c;
	char error[8192];
	int err;

	hw_pipeline_pause(&r->pipeline);
	if (hw_capture_open(&c, path, r->packets + 1, error, sizeof(error)) != 0) {
		hw_message("%s", error);
		r->pipeline.code = HW_EXIT_FAILED;
		return;
	}
	r->has_read = true;
	r->links = (struct links){ .path = path, .last = -1 };
	hw_progress_begin(&r->progress, path);
	hw_signals_tick(true);
	err = read_frames(r, c);
	hw_signals_tick(false);
	hw_progress_erase(&r->progress);
	if (err)
		say_failure(r, c, err);
	if (r->links.is_unknown && !r->links.has_known)
		r->pipeline.code = HW_EXIT_FAILED;
	hw_capture_close(c);
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

static bool is_same_file(const char *output, const char *input)
{
	struct stat a, b;

	if (!output || stat(output, &a) != 0 || !S_ISREG(a.st_mode))
		return false;
	if ((strcmp(input, "-") == 0 ? fstat(STDIN_FILENO, &b) : stat(input, &b)) != 0)
		return false;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What is read is not to be destroyed, whatever it is called. */
static int check_outputs(const struct hw_options *o)
{
	const char *const outputs[] = { o->output, o->write_packets };

	for (size_t i = 0; i < o->files_nr; i++)
		for (size_t j = 0; j < sizeof(outputs) / sizeof(outputs[0]); j++)
			if (is_same_file(outputs[j], o->files[i])) {
				hw_message("%s: it is what is to be read", outputs[j]);
				return HW_EXIT_USAGE;
			}
	return HW_EXIT_OK;
}

int hw_reading_run(const struct hw_options *o)
{
	struct reading r = { 0 };
	int code = check_outputs(o);

	if (code == HW_EXIT_OK)
		code = hw_packet_filter_make(&r.filter, o->filter);
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
	return code;
}
