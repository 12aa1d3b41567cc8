/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/event_file.h - events become lines of the file that is written, and of those that follow it
 *
 * A printer and a place to write to, as the options say. Of a document (-o har) it knows what
 * stands between two events, and that a file's first one has nothing before it.
 */
#ifndef HW_CLI_EVENT_FILE_H
#define HW_CLI_EVENT_FILE_H

#include "base/slice.h"
#include "cli/options.h"
#include "cli/printer.h"

/* Embed it by value. Of its fields `error` and `unencoded` may be read, and `taken` counted on. */
struct hw_event_file {
	int error; /* of what was done last: negative errno; -EPIPE is a reader that has enough */
	uint64_t taken;	    /* events that it has, or would have if any were printed */
	uint64_t unencoded; /* for lack of memory */
	uint64_t files;	    /* begun by the sink, up to the last event's */
	struct hw_printer printer;
	struct hw_file_sink *sink;
	const struct hw_options *options;
};

enum hw_event_file_fate {
	HW_EVENT_FILE_TAKEN,
	HW_EVENT_FILE_LEFT_OUT, /* there is nothing to print of it, or no file for it any more */
	HW_EVENT_FILE_LOST,	/* memory was short; counted */
};

/* `o` outlives it. Returns 0, or negative errno after a message. Clear it in any case. */
int hw_event_file_open(struct hw_event_file *f, const struct hw_options *o);

/* Gives up what hw_event_file_close() did not write. */
void hw_event_file_clear(struct hw_event_file *f);

enum hw_event_file_fate hw_event_file_print(struct hw_event_file *f, const struct hw_event *event);

/* An event's line that another printer made, and that stays where it is until hw_event_file_flush(). */
enum hw_event_file_fate hw_event_file_lend(struct hw_event_file *f, struct hw_slice line);

/* What is no event. */
void hw_event_file_append(struct hw_event_file *f, struct hw_slice text);

/* What waits in memory is written. */
void hw_event_file_flush(struct hw_event_file *f);

/* Files whose time is over end; a reader that went away is seen. */
void hw_event_file_tick(struct hw_event_file *f);

/*
 * A file that was moved away is left, for SIGHUP. Returns 0, or -1 after a message: it could not be
 * opened again, and the old one is used on.
 */
int hw_event_file_reopen(struct hw_event_file *f);

/* Who reads it has seen enough, as head does: of the rest nothing is lost. */
bool hw_event_file_has_no_reader(const struct hw_event_file *f);

/* Events that were written, and that were not, as that failed or memory was short. */
uint64_t hw_event_file_written(const struct hw_event_file *f);
uint64_t hw_event_file_lost(const struct hw_event_file *f);

/* Write the rest, and the end of a document. Returns 0, or -1 after a message: writing failed. */
int hw_event_file_close(struct hw_event_file *f);

#endif
