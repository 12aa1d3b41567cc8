/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/child.h - a process that was forked to do one thing for its parent */
#ifndef HW_SANDBOX_CHILD_H
#define HW_SANDBOX_CHILD_H

#include <stddef.h>

enum { HW_CHILD_FD = 3, HW_CHILD_FDS_MAX = 4 };

/*
 * Forget the parent's affairs: the process gets the name `name`, signals of the terminal
 * do not concern it (its parent's end is its own, see hw_sandbox.parent), and nothing of
 * the parent's stays open, such as output that others wait for the end of. Of the
 * descriptors fds[i] becomes HW_CHILD_FD + i; at most HW_CHILD_FDS_MAX; 0, 1 and 2 are
 * /dev/null. Returns 0 or negative errno.
 */
int hw_child_begin(const char *name, const int *fds, size_t nr);

#endif
