/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/progress.h - how far the reading of files is: a line on a terminal that changes
 *
 *	web.pcap.gz  41%  1.1G of 2.7G  310M/s  0:05 left
 *
 * It is shown on standard error if that is a terminal, unless events go to the same one,
 * and not with -q; half a second after a file was opened first, and then five times a
 * second at most.
 */
#ifndef HW_CLI_PROGRESS_H
#define HW_CLI_PROGRESS_H

#include "base/buf.h"
#include "cli/options.h"

/* Embed it by value; the fields are private to progress.c. */
struct hw_progress {
	bool is_on, is_shown;
	const char *path;
	uint64_t begun_ns, next_ns;
};

void hw_progress_init(struct hw_progress *p, const struct hw_options *o);

/* A file is opened; `path` is borrowed until the next one is. */
void hw_progress_begin(struct hw_progress *p, const char *path);

/* `done` bytes of it were read, of `size`; 0: nobody knows of how many. */
void hw_progress_show(struct hw_progress *p, uint64_t done, uint64_t size);

/* Before anything else is written to the terminal, and at the end. */
void hw_progress_erase(struct hw_progress *p);

/*
 * The line, without an LF, of at most `columns`; `elapsed_ns` is the time since the
 * beginning. Appended to `out`; returns 0 or -ENOMEM.
 */
int hw_progress_line(const char *path, uint64_t done, uint64_t size, uint64_t elapsed_ns,
		     size_t columns, struct hw_buf *out);

#endif
