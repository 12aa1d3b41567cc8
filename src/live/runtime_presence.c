/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/runtime_presence.c - which runtimes are on this host; see runtime.h */
#include "live/runtime.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { PATHS_MAX = 3 };

static const struct {
	const char *name;
	const char *sockets[PATHS_MAX], *states[PATHS_MAX];
} runtimes[] = {
	{ "Docker",
	  { "/run/docker.sock", "/var/run/docker.sock", "/run/snap.docker/docker.sock" },
	  { "/var/lib/docker/containers", "/var/snap/docker/common/var-lib-docker/containers" } },
	{ "containerd",
	  { "/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock",
	    "/run/k0s/containerd.sock" },
	  { "/run/containerd/io.containerd.runtime.v2.task",
	    "/run/k3s/containerd/io.containerd.runtime.v2.task",
	    "/run/k0s/containerd/io.containerd.runtime.v2.task" } },
	{ "CRI-O", { "/run/crio/crio.sock" }, { "/var/lib/crio" } },
	{ "Podman", { "/run/podman/podman.sock" }, { "/var/lib/containers/storage/libpod" } },
};

/* The first of `paths` that `mode` of access(2) is granted for; NULL: none. */
static const char *first(const char *root, const char *const paths[PATHS_MAX], int mode)
{
	for (int i = 0; i < PATHS_MAX && paths[i]; i++) {
		char path[PATH_MAX];
		const int len = snprintf(path, sizeof(path), "%s%s", root, paths[i]);

		if (len > 0 && (size_t)len < sizeof(path) && access(path, mode) == 0)
			return paths[i];
	}
	return NULL;
}

bool hw_runtimes_list(const char *root, size_t i, struct hw_runtime_presence *ret)
{
	if (i >= sizeof(runtimes) / sizeof(runtimes[0]))
		return false;
	*ret = (struct hw_runtime_presence){
		.name = runtimes[i].name,
		.socket = first(root, runtimes[i].sockets, F_OK),
		.state = first(root, runtimes[i].states, F_OK),
		.state_readable = first(root, runtimes[i].states, R_OK | X_OK) != NULL,
	};
	return true;
}
