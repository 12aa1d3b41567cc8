/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/attached.c - see attached.h */
#include "live/attached.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void hw_attached_add(struct hw_attached *a, int fd, const char *gives)
{
	char path[64];

	if (a->nr == HW_ATTACHED_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	a->files[a->nr] = open(path, O_RDONLY | O_CLOEXEC);
	if (a->files[a->nr] < 0)
		return;
	a->gives[a->nr++] = gives;
}

/* A link without a cgroup has this one's id, which is none's. */
static bool is_lost(int file)
{
	char text[512];
	const ssize_t len = pread(file, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return strstr(text, "\ncgroup_id:\t0\n");
}

const char *hw_attached_lost(const struct hw_attached *a)
{
	for (size_t i = 0; i < a->nr; i++)
		if (is_lost(a->files[i]))
			return a->gives[i];
	return NULL;
}

void hw_attached_close(struct hw_attached *a)
{
	while (a->nr)
		close(a->files[--a->nr]);
}
