/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/file.h - lines into a file, a pipe or a terminal
 *
 * Lines are gathered and written in large pieces. A reader that is slow is waited for. A
 * line that cannot be written whole is taken back where the file allows it (it is cut
 * off again), so that a full disk leaves whole lines behind.
 */
#ifndef HW_SINK_FILE_H
#define HW_SINK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hw_file_sink; /* opaque */

/*
 * Write to `path`, which is made or truncated; NULL or "-" is standard output. With
 * `each_line` every line is written at once. Returns 0 or a negative errno (-EACCES,
 * -ENOSPC, ...; -ENOMEM).
 */
int hw_file_sink_open(struct hw_file_sink **ret, const char *path, bool each_line);

/* Flushes; the result of that is lost, so flush before. Takes NULL. */
void hw_file_sink_close(struct hw_file_sink *s);

/*
 * Take one line with its LF. Returns 0 or the negative errno of the write that failed;
 * from then on every call returns that (-EPIPE: nobody reads any more).
 */
int hw_file_sink_write(struct hw_file_sink *s, const char *line, size_t len);

/* Write what was gathered. Returns as hw_file_sink_write() does. */
int hw_file_sink_flush(struct hw_file_sink *s);

/* Lines written whole, and lines given that could not be. Gathered ones are in neither. */
uint64_t hw_file_sink_written(const struct hw_file_sink *s);
uint64_t hw_file_sink_lost(const struct hw_file_sink *s);

#endif
