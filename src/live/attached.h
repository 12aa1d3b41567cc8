/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/attached.h - whether the kernel still calls our programs
 *
 * Root may detach a link of ours from its cgroup (bpftool-link(8)), and the kernel tells
 * nobody: but /proc has of each open link where it is attached. It is opened while that is
 * permitted, and read then.
 *
 *	struct hw_attached attached = { .nr = 0 };
 *
 *	hw_attached_add(&attached, bpf_link__fd(link), "packets received");
 *	...
 *	if (hw_attached_lost(&attached))
 *		...					(that one is not called any more)
 *	hw_attached_close(&attached);
 */
#ifndef HW_LIVE_ATTACHED_H
#define HW_LIVE_ATTACHED_H

#include <stddef.h>

enum { HW_ATTACHED_MAX = 8 };

/* Embed it by value, zeroed; private to attached.c. */
struct hw_attached {
	int files[HW_ATTACHED_MAX];
	const char *gives[HW_ATTACHED_MAX];
	size_t nr;
};

/*
 * Look after the link to a cgroup that `fd` is, and that gives what `gives` says, which is
 * kept. Where /proc does not tell of it, or there are too many, it is taken to be attached.
 */
void hw_attached_add(struct hw_attached *a, int fd, const char *gives);

/* What the first one gives that is not attached any more; NULL: all are. Calls pread(2) alone. */
const char *hw_attached_lost(const struct hw_attached *a);

/* Takes one that is closed. */
void hw_attached_close(struct hw_attached *a);

#endif
