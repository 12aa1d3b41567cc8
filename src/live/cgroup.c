/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/cgroup.c */
#include "live/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "base/slice.h"

/* "\040" is a space: the kernel writes space, tab, newline and backslash so. */
static bool unescape(struct hw_slice from, char *ret, size_t max)
{
	size_t len = 0;

	for (size_t i = 0; i < from.len; i++) {
		const uint8_t *p = from.ptr + i;

		if (len + 1 >= max)
			return false;
		if (*p == '\\' && from.len - i > 3) {
			ret[len++] = (char)((p[1] & 3) << 6 | (p[2] & 7) << 3 | (p[3] & 7));
			i += 3;
		} else {
			ret[len++] = (char)*p;
		}
	}
	ret[len] = '\0';
	return len > 0;
}

/* id parent device ROOT PLACE options... - TYPE source options */
bool hw_cgroup_is_root(const char *line, char *ret, size_t max)
{
	struct hw_slice rest = hw_slice_text(line), field[5], word;

	for (int i = 0; i < 5; i++)
		if (!hw_slice_cut(&rest, ' ', &field[i]))
			return false;
	do {
		if (!hw_slice_cut(&rest, ' ', &word))
			return false;
	} while (!hw_slice_eq(word, HW_SLICE("-")));

	return hw_slice_cut(&rest, ' ', &word) && hw_slice_eq(word, HW_SLICE("cgroup2")) &&
	       hw_slice_eq(field[3], HW_SLICE("/")) && unescape(field[4], ret, max);
}

bool hw_cgroup_has(const char *path)
{
	struct statfs s;

	return statfs(path, &s) == 0 && s.f_type == CGROUP2_SUPER_MAGIC;
}

int hw_cgroup_find(char *ret, size_t max)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int err = -ENOENT;

	if (!file)
		return -errno;
	/* What is mounted over it later hides it, and the list has it all the same. */
	while (err && getline(&line, &size, file) > 0)
		if (hw_cgroup_is_root(line, ret, max) && hw_cgroup_has(ret))
			err = 0;
	free(line);
	fclose(file);
	return err;
}

bool hw_cgroup_has_version_1(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (file && !found && getline(&line, &size, file) > 0)
		found = strstr(line, " - cgroup ") != NULL;
	free(line);
	if (file)
		fclose(file);
	return found;
}
