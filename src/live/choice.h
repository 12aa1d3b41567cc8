/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/choice.h - the processes that were asked for
 *
 * A process must meet all kinds of conditions that were given, and one of each kind. What
 * is named here is looked up once, at start: the kernel side then chooses by numbers,
 * before anything is copied.
 */
#ifndef HW_LIVE_CHOICE_H
#define HW_LIVE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HW_CHOICE_PIDS_MAX = 256,
	HW_CHOICE_CGROUPS_MAX = 256,
	HW_COMM_MAX = 16, /* bytes of a thread's name, with its NUL */
};

/* Ids; those below are meant, too, and those that are made later where these are now. */
struct hw_choice_cgroups {
	uint64_t ids[HW_CHOICE_CGROUPS_MAX];
	char *paths[HW_CHOICE_CGROUPS_MAX]; /* in the tree; NULL: it need not be known */
	size_t nr;
};

/* All zero: everybody. */
struct hw_choice {
	uint32_t pids[HW_CHOICE_PIDS_MAX];
	size_t pids_nr;
	bool children;	  /* of the pids, those that are there and those to come */
	bool pids_stay;	  /* whoever has one of them later is meant, too */
	uint32_t command; /* another pid, whose children are meant in any case; 0: none */
	bool has_uid;
	uint32_t uid;
	const char *comm;     /* borrowed; NULL: any */
	bool comm_may_differ; /* of several threads another one may have it */
	struct hw_choice_cgroups cgroups, containers;
	bool newer_cgroups;	/* as containers: those that were made later are meant, too */
	uint64_t newest_cgroup; /* private: of those that were looked through */
};

void hw_choice_clear(struct hw_choice *c);

bool hw_choice_is_any(const struct hw_choice *c);

/* Whether processes are chosen by their ids. */
bool hw_choice_has_pids(const struct hw_choice *c);

/* Returns 0, or -ENOSPC if there are too many. */
int hw_choice_add_pid(struct hw_choice *c, uint32_t pid);

/*
 * A cgroup of version 2, as its directory or as /proc/PID/cgroup has it. Returns 0, -ENOSPC, or
 * what looking for it gave (-ENOENT: there is none).
 */
int hw_choice_add_cgroup(struct hw_choice *c, const char *path);

/*
 * The container whose id begins with `id` (at least four hex digits, lower case). Returns
 * 0, -EINVAL (no such digits), -ENOENT (none is running), -ENOTUNIQ (several are),
 * -ENOSPC, or what looking through the cgroups gave.
 */
int hw_choice_add_container(struct hw_choice *c, const char *id);

/*
 * The containers that are running and called `name`, as their runtime, their pod or, of LXC,
 * their cgroup has it. Returns 0, -ENOENT (there is none, or its state files may not be read),
 * -ELIBACC (nor could they be: json-c is not installed), -ENOSPC, -ENOMEM, or what looking through
 * the cgroups gave.
 */
int hw_choice_add_container_named(struct hw_choice *c, const char *name);

/* Call `found` for every descendant of `pid` that there is now. */
void hw_choice_each_child(uint32_t pid, void (*found)(void *ctx, uint32_t pid), void *ctx);

#endif
