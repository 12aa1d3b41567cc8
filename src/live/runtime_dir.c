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

/* The paths they come with; seen with Docker 20.10 and Podman 4.3 of Debian 12. */
static const struct {
	enum hw_runtime_dir_kind kind;
	const char *path;
} system_dirs[] = {
	{ HW_DIR_DOCKER, "/var/lib/docker" },
	{ HW_DIR_DOCKER, "/var/snap/docker/common/var-lib-docker" },
	{ HW_DIR_STORAGE, "/var/lib/containers/storage" },
	{ HW_DIR_STORAGE, "/run/containers/storage" }, /* Podman's transient store */
};

/* In containerd's state directory; seen with containerd 1.6. */
static const char *const task_dirs[] = {
	"/run/containerd/io.containerd.runtime.v2.task",
	"/run/k3s/containerd/io.containerd.runtime.v2.task",
	"/run/k0s/containerd/io.containerd.runtime.v2.task",
	"/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
};

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
	for (size_t i = 0; i < sizeof(system_dirs) / sizeof(system_dirs[0]); i++) {
		struct hw_runtime_dir *dir = next(d, "%s%s", root, system_dirs[i].path);

		if (!dir)
			continue;
		dir->kind = system_dirs[i].kind;
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
	for (size_t i = 0; i < sizeof(task_dirs) / sizeof(task_dirs[0]); i++)
		add_namespaces(d, root, task_dirs[i]);
	add_homes(d, root);
}

bool hw_runtime_dirs_list(size_t i, struct hw_runtime_list *ret)
{
	const size_t tasks = sizeof(task_dirs) / sizeof(task_dirs[0]);

	if (i > tasks)
		return false;
	*ret = (struct hw_runtime_list){ .path = i < tasks ? task_dirs[i] : "/home",
					 .foreign = i == tasks };
	return true;
}
