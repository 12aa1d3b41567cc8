/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/outputs.c - see outputs.h */
#include "cli/outputs.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* "-" is the descriptor `standard`. */
static bool look(const char *name, int standard, struct stat *ret)
{
	return (strcmp(name, "-") == 0 ? fstat(standard, ret) : stat(name, ret)) == 0;
}

static bool is_same_file(const char *output, const char *other, int standard)
{
	struct stat a, b;

	return look(output, STDOUT_FILENO, &a) && S_ISREG(a.st_mode) && look(other, standard, &b) &&
	       is_same(&a, &b);
}

/* Of a file that is not there yet. */
static bool look_at_folder(const char *name, struct stat *ret)
{
	char *copy = strdup(name);
	const bool is_there = copy && stat(dirname(copy), ret) == 0;

	free(copy);
	return is_there;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool will_be_same_file(const char *a, const char *b)
{
	struct stat folder_a, folder_b;

	return strcmp(last_name(a), last_name(b)) == 0 && look_at_folder(a, &folder_a) &&
	       look_at_folder(b, &folder_b) && is_same(&folder_a, &folder_b) &&
	       access(a, F_OK) != 0;
}

static int check_input(const struct hw_options *o, const char *output)
{
	for (size_t i = 0; output && i < o->files_nr; i++)
		if (is_same_file(output, o->files[i], STDIN_FILENO)) {
			hw_message("%s: it is what is to be read", output);
			return HW_EXIT_USAGE;
		}
	return 0;
}

static int check_both(const struct hw_options *o)
{
	const char *const events = o->output ? o->output : "-";

	if (!o->write_packets || (!o->output && o->prints_nothing))
		return 0;
	if (!is_same_file(o->write_packets, events, STDOUT_FILENO) &&
	    !(o->output && will_be_same_file(o->write_packets, o->output)))
		return 0;
	hw_message("-w %s: the events are to be written to that file", o->write_packets);
	return HW_EXIT_USAGE;
}

int hw_outputs_check(const struct hw_options *o)
{
	int err = check_input(o, o->output);

	if (!err)
		err = check_input(o, o->write_packets);
	return err ? err : check_both(o);
}
