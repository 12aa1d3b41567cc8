/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/files.h - files and descriptors of a test */
#ifndef HW_FILES_H
#define HW_FILES_H

#include <stdio.h>
#include <unistd.h>

/* The number that the next descriptor has: the same again if all were closed. */
static inline int next_descriptor(void)
{
	const int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* Those whose names are `path` and one of the suffixes, which end with NULL. */
static inline void remove_files(const char *path, const char *const *suffixes)
{
	char name[100];

	for (; *suffixes; suffixes++) {
		snprintf(name, sizeof(name), "%s%s", path, *suffixes);
		unlink(name);
	}
}

#endif
