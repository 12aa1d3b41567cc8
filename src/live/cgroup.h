/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/cgroup.h - where the tree of cgroup version 2 is mounted */
#ifndef HW_LIVE_CGROUP_H
#define HW_LIVE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#define HW_CGROUP_PLACE "/mnt/cgroup2" /* where to mount it, if it is nowhere */

/*
 * Look at a line of /proc/self/mountinfo (proc_pid_mountinfo(5)). Returns true if it is a
 * mount of the root of cgroup v2 and `ret`, of `max` bytes, holds its path.
 */
bool hw_cgroup_is_root(const char *line, char *ret, size_t max);

/* Find it for this process. Returns 0, -ENOENT (none), or what opening the list gave. */
int hw_cgroup_find(char *ret, size_t max);

/* Whether there is something at `path`, and in the tree. */
bool hw_cgroup_has(const char *path);

/* Whether version 1 is mounted, too. */
bool hw_cgroup_has_version_1(void);

#endif
