/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/file.h - records into a file, a pipe or a terminal, or files that follow each other
 *
 * Records, which are lines unless said otherwise, are gathered and written in large
 * pieces. A reader that is slow is waited for. A record that cannot be written whole is
 * taken back where the file allows it (it is cut off again), so that a full disk leaves
 * whole records behind. None is ever in two files. Files are written at their end,
 * wherever that is: others may cut them (logrotate's copytruncate).
 *
 * A file may have a head before its records and a tail behind them, so that it is a
 * document. Each file that rotation or SIGHUP begins is one by itself; where writing fails
 * the tail is tried nevertheless, behind the records that are whole.
 */
#ifndef HW_SINK_FILE_H
#define HW_SINK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sink/rotation.h"

struct hw_file_sink; /* opaque */

enum { HW_FILE_SINK_ENDED = 1 }; /* there were as many files as -W allows */

/*
 * How many of `len` bytes, which begin with a record, are whole ones; `ret_records`: and
 * how many these are.
 */
typedef size_t hw_file_sink_whole(const char *bytes, size_t len, uint64_t *ret_records);

/* All 0: lines, gathered, into one file. */
struct hw_file_sink_options {
	struct hw_rotation_options rotation;
	bool each_record; /* is written at once */
	bool append;	  /* write behind what the file has already, from a new line on */
	bool is_private;  /* nobody but the owner may read the file, also if it is an old one */
	hw_file_sink_whole *whole; /* NULL: records are lines */
	const char *head, *tail;   /* of each file; NULL: none. Borrowed */
	time_t (*now)(time_t *);   /* the clock of -G; NULL: time(2) */
};

/*
 * Write to `path`, which is made or truncated, and is the name that rotation starts from;
 * borrowed until the sink is closed. NULL, "-" and "/dev/stdout" are standard output. Returns 0
 * or a negative errno, also -EINVAL: standard output cannot be rotated; -EPERM: the file is
 * another's who lets others read it, so it cannot be made private; -ENAMETOOLONG.
 */
int hw_file_sink_open(struct hw_file_sink **ret, const char *path,
		      const struct hw_file_sink_options *options);

/*
 * Flushes, and writes the tail. Returns 0 or the negative errno of the first failure,
 * close(2) included. Takes NULL.
 */
int hw_file_sink_close(struct hw_file_sink *s);

/*
 * Before each record: begin the next file if that is due. Returns 0; HW_FILE_SINK_ENDED; or the
 * negative errno of what failed, here or when an earlier record was written (-EPIPE: nobody
 * reads any more). Either is then returned by every call. hw_file_sink_path() has the file's
 * name.
 */
int hw_file_sink_turn(struct hw_file_sink *s);

/* Also where no record comes: the same, if the time of -G is over; or nobody reads any more. */
int hw_file_sink_tick(struct hw_file_sink *s);

/*
 * Add bytes, with `records` records in them (0 for what is not counted), to the file there is.
 * Returns as hw_file_sink_turn() does, and so do all below that return an int.
 */
int hw_file_sink_append(struct hw_file_sink *s, const char *bytes, size_t len, uint64_t records);

/*
 * The same for bytes that stay as they are until the next hw_file_sink_flush(): they are
 * written from where they are, then or before.
 */
int hw_file_sink_lend(struct hw_file_sink *s, const char *bytes, size_t len, uint64_t records);

/*
 * The same without a copy: append a record to hw_file_sink_room(), begin the next file if that
 * is due, and take what was appended, or drop it. The room is valid until the next call.
 */
struct hw_buf *hw_file_sink_room(struct hw_file_sink *s);
int hw_file_sink_take(struct hw_file_sink *s, uint64_t records);
void hw_file_sink_drop(struct hw_file_sink *s);

/* Write what was gathered. */
int hw_file_sink_flush(struct hw_file_sink *s);

/*
 * For SIGHUP: write what was gathered and open the path again, without truncating it, so
 * that a file that was moved away is left alone from then on. Returns 0 (also where there
 * is nothing to open again: standard output, pipes), or as hw_file_sink_turn() does. If
 * only opening failed the error is returned once, and the old file is used on.
 */
int hw_file_sink_reopen(struct hw_file_sink *s);

/* Of the file that is written to or could not be opened. Valid until the next call. */
const char *hw_file_sink_path(const struct hw_file_sink *s);

/*
 * Files begun so far: more than at the last look, and what is written next is the first
 * record of one. A path that is opened again and leads to the same file is none.
 */
uint64_t hw_file_sink_files(const struct hw_file_sink *s);

/* Records written whole, and those given that could not be. Gathered ones are in neither. */
uint64_t hw_file_sink_written(const struct hw_file_sink *s);
uint64_t hw_file_sink_lost(const struct hw_file_sink *s);

#endif
