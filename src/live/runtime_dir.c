/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/runtime_dir.c */
#include "live/runtime_dir.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>

enum {
	NAMESPACES_MAX = 32, /* of one containerd */
	HOMES_MAX = 1024,    /* that are looked into */
};

#define TASKS "/io.containerd.runtime.v2.task"
#define SNAP_DOCKER "/var/snap/docker/common/var-lib-docker"
#define SNAP_MICROK8S "/var/snap/microk8s/common/run/containerd"
#define STORAGE "/var/lib/containers/storage"

/*
 * The paths they come with; seen with Docker 20.10, containerd 1.6 and Podman 4.3 of Debian 12.
 * CRI-O's storage is Podman's; the last is Podman's transient store.
 */
/* clang-format off */
const struct hw_runtime_place hw_runtime_places[] = {
	{ "Docker", "/run/docker.sock",
	  "/var/lib/docker/containers", HW_DIR_DOCKER, "/var/lib/docker" },
	{ "Docker", "/run/snap.docker/docker.sock",
	  SNAP_DOCKER "/containers", HW_DIR_DOCKER, SNAP_DOCKER },
	{ "Docker", "/var/run/docker.sock", NULL, HW_DIR_DOCKER, NULL },
	{ "containerd", "/run/containerd/containerd.sock",
	  "/run/containerd" TASKS, HW_DIR_BUNDLES, "/run/containerd" TASKS },
	{ "containerd", "/run/k3s/containerd/containerd.sock",
	  "/run/k3s/containerd" TASKS, HW_DIR_BUNDLES, "/run/k3s/containerd" TASKS },
	{ "containerd", "/run/k0s/containerd.sock",
	  "/run/k0s/containerd" TASKS, HW_DIR_BUNDLES, "/run/k0s/containerd" TASKS },
	{ "containerd", SNAP_MICROK8S ".sock",
	  SNAP_MICROK8S TASKS, HW_DIR_BUNDLES, SNAP_MICROK8S TASKS },
	{ "CRI-O", "/run/crio/crio.sock", "/var/lib/crio", HW_DIR_STORAGE, NULL },
	{ "Podman", "/run/podman/podman.sock", STORAGE "/libpod", HW_DIR_STORAGE, STORAGE },
	{ "Podman", NULL, NULL, HW_DIR_STORAGE, "/run/containers/storage" },
	{ NULL },
};
/* clang-format on */

static const struct {
	enum hw_runtime_dir_kind kind;
	const char *below;
} home_dirs[] = {
	{ HW_DIR_DOCKER, ".local/share/docker/" },
	{ HW_DIR_STORAGE, ".local/share/containers/storage/" },
};

/* The next free entry, its path as the format says; NULL: no room for it. */
__attribute__((format(printf, 2, 3))) static struct hw_runtime_dir *next(struct hw_runtime_dirs *d,
									 const char *format, ...)
{
	struct hw_runtime_dir *dir = &d->dirs[d->nr];
	va_list args;
	int len;

	if (d->nr == HW_RUNTIME_DIRS_MAX)
		return NULL;
	va_start(args, format);
	len = vsnprintf(dir->path, sizeof(dir->path), format, args);
	va_end(args);
	dir->foreign = false;
	dir->below = "";
	return len > 0 && (size_t)len < sizeof(dir->path) ? dir : NULL;
}

static void keep_if_there(struct hw_runtime_dirs *d, const struct hw_runtime_dir *dir)
{
	const struct hw_state_dir state = hw_runtime_dir_state(dir);

	if (hw_state_file_exists(&state, *dir->below ? dir->below : "."))
		d->nr++;
}

static void add_system(struct hw_runtime_dirs *d, const char *root)
{
	for (const struct hw_runtime_place *p = hw_runtime_places; p->name; p++) {
		struct hw_runtime_dir *dir;

		if (!p->dir || p->kind == HW_DIR_BUNDLES)
			continue;
		dir = next(d, "%s%s", root, p->dir);
		if (!dir)
			continue;
		dir->kind = p->kind;
		keep_if_there(d, dir);
	}
}

static DIR *open_list(struct hw_runtime_dirs *d, const char *root, const char *path)
{
	const struct hw_runtime_dir *dir = next(d, "%s%s", root, path);

	return dir ? opendir(dir->path) : NULL;
}

static void add_namespaces(struct hw_runtime_dirs *d, const char *root, const char *path)
{
	DIR *list = open_list(d, root, path);
	const struct dirent *entry;

	if (!list)
		return;
	for (int nr = 0; nr < NAMESPACES_MAX && (entry = readdir(list)) != NULL; nr++) {
		struct hw_runtime_dir *dir;

		if (entry->d_name[0] == '.')
			continue;
		dir = next(d, "%s%s/%s", root, path, entry->d_name);
		if (!dir)
			continue;
		dir->kind = HW_DIR_BUNDLES;
		keep_if_there(d, dir);
	}
	closedir(list);
}

static void add_home(struct hw_runtime_dirs *d, const char *root, const char *user)
{
	for (size_t i = 0; i < sizeof(home_dirs) / sizeof(home_dirs[0]); i++) {
		struct hw_runtime_dir *dir = next(d, "%s/home/%s", root, user);

		if (!dir)
			return;
		dir->kind = home_dirs[i].kind;
		dir->foreign = true;
		dir->below = home_dirs[i].below;
		keep_if_there(d, dir);
	}
}

/* The names of the directories, and not the user database: that may ask the network. */
static void add_homes(struct hw_runtime_dirs *d, const char *root)
{
	DIR *list = open_list(d, root, "/home");
	const struct dirent *entry;

	if (!list)
		return;
	for (int nr = 0; nr < HOMES_MAX && (entry = readdir(list)) != NULL; nr++)
		if (entry->d_name[0] != '.')
			add_home(d, root, entry->d_name);
	closedir(list);
}

void hw_runtime_dirs_find(struct hw_runtime_dirs *d, const char *root)
{
	d->nr = 0;
	add_system(d, root);
	for (const struct hw_runtime_place *p = hw_runtime_places; p->name; p++)
		if (p->kind == HW_DIR_BUNDLES)
			add_namespaces(d, root, p->dir);
	add_homes(d, root);
}

bool hw_runtime_dirs_list(size_t i, struct hw_runtime_list *ret)
{
	*ret = (struct hw_runtime_list){ .path = "/home", .foreign = true };
	for (const struct hw_runtime_place *p = hw_runtime_places; p->name; p++) {
		if (p->kind != HW_DIR_BUNDLES || i-- > 0)
			continue;
		*ret = (struct hw_runtime_list){ .path = p->dir };
		return true;
	}
	return i == 0;
}
