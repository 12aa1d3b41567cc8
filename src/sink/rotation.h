/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/rotation.h - the names of output files that follow each other
 *
 * When one ends and what the next is called, as tcpdump's -C, -G and -W have it, to the
 * letter. No I/O and no clock: how large the file is and what time it is are given (the
 * time zone is the system's).
 *
 *	-C	a number behind the name from the second file on: out, out1, out2
 *	-C -W	from the first on, with zeros in front, and from the start again after the
 *		last: out0, out1, out2, out0
 *	-G	the name is one for strftime(3), with the time its file begins
 *	-G -W	ends after as many files
 *	-C -G	both: the numbers begin again when the time turns; -W then is for them alone
 */
#ifndef HW_SINK_ROTATION_H
#define HW_SINK_ROTATION_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* All 0: one file, whose name is taken as it is. */
struct hw_rotation_options {
	uint64_t bytes_max; /* -C: a file that is larger ends before the next record */
	uint32_t seconds;   /* -G: so does one that is as old */
	uint32_t files_max; /* -W */
};

/* Embed it by value; the fields are private to rotation.c. */
struct hw_rotation {
	const char *name;
	struct hw_rotation_options options;
	time_t begun; /* when the time turned last */
	uint32_t number, turns;
};

enum hw_rotation_step {
	HW_ROTATION_STAY, /* in the file */
	HW_ROTATION_NEXT, /* a new file begins, with the name that is now told */
	HW_ROTATION_END,  /* there were as many files as may be */
};

enum { HW_ROTATION_PATH_MAX = PATH_MAX }; /* bytes of a path, its NUL included */

/* `name` is borrowed for as long as the rotation is used. */
void hw_rotation_init(struct hw_rotation *r, const char *name,
		      const struct hw_rotation_options *options, time_t now);

/* Before a record goes into a file that has `bytes` so far. */
enum hw_rotation_step hw_rotation_turn(struct hw_rotation *r, uint64_t bytes, time_t now);

/* The path of the file that is due. Returns 0, or -ENAMETOOLONG (-G: if it is empty, too). */
int hw_rotation_path(const struct hw_rotation *r, char ret[HW_ROTATION_PATH_MAX]);

/*
 * The size that is given to -C: a whole number above 0 of millions of bytes. Returns
 * false if that is not one. (Suffixes came after the tcpdump of Debian 12, 4.99.3.)
 */
bool hw_rotation_parse_size(const char *text, uint64_t *ret_bytes);

#endif
