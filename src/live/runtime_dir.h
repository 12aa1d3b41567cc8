/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/runtime_dir.h - where on this host container runtimes keep their state */
#ifndef HW_LIVE_RUNTIME_DIR_H
#define HW_LIVE_RUNTIME_DIR_H

#include "live/state_file.h"

enum hw_runtime_dir_kind {
	HW_DIR_DOCKER,	/* Docker's data root: containers, image */
	HW_DIR_BUNDLES, /* a namespace of containerd's tasks: an OCI bundle a container */
	HW_DIR_STORAGE, /* of containers/storage: Podman, CRI-O */
};

/* Where a runtime is usually; all paths are without the root, and NULL where there is none. */
struct hw_runtime_place {
	const char *name;   /* "Docker"; the same for places that follow each other */
	const char *socket; /* it, or `state`, shows that the runtime is there */
	const char *state;
	enum hw_runtime_dir_kind kind;
	const char *dir; /* what its containers are called; HW_DIR_BUNDLES: the namespaces */
};

extern const struct hw_runtime_place hw_runtime_places[]; /* ends with a name of NULL */

enum {
	HW_RUNTIME_PATH_MAX = 512,
	HW_RUNTIME_DIRS_MAX = 128,
};

/* The directory is `below` (empty, or with a "/" at its end) in `path`. */
struct hw_runtime_dir {
	enum hw_runtime_dir_kind kind;
	bool foreign; /* an ordinary user's */
	char path[HW_RUNTIME_PATH_MAX];
	const char *below;
};

/* Those that are there; the system's before those of users. */
struct hw_runtime_dirs {
	size_t nr;
	struct hw_runtime_dir dirs[HW_RUNTIME_DIRS_MAX];
};

/*
 * Look for them below `root` (no "/" at its end; "": the host's root): in the usual places
 * of Docker, containerd (also k3s's, k0s's and MicroK8s's), CRI-O and Podman, and of
 * Podman and Docker in the directories in /home.
 */
void hw_runtime_dirs_find(struct hw_runtime_dirs *d, const char *root);

/* A directory, without the root, whose entries are looked through. */
struct hw_runtime_list {
	const char *path;
	bool foreign; /* of ordinary users: only those entries that were found are looked into */
};

enum { HW_RUNTIME_LISTS_MAX = 8 };

/* The `i`-th, whether it is there or not; false: there are no more. */
bool hw_runtime_dirs_list(size_t i, struct hw_runtime_list *ret);

static inline struct hw_state_dir hw_runtime_dir_state(const struct hw_runtime_dir *dir)
{
	return (struct hw_state_dir){ .path = dir->path, .foreign = dir->foreign };
}

#endif
