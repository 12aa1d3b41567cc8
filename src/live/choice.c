/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/choice.c */
#include "live/choice.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/duration.h"
#include "base/hex.h"
#include "live/cgroup.h"
#include "live/container.h"
#include "live/host.h"
#include "live/runtime.h"

enum { ID_LEN_MIN = 4 };

static void clear_cgroups(struct hw_choice_cgroups *c)
{
	for (size_t i = 0; i < c->nr; i++)
		free(c->paths[i]);
	*c = (struct hw_choice_cgroups){ 0 };
}

void hw_choice_clear(struct hw_choice *c)
{
	clear_cgroups(&c->cgroups);
	clear_cgroups(&c->containers);
}

bool hw_choice_is_any(const struct hw_choice *c)
{
	return !hw_choice_has_pids(c) && !c->has_uid && !c->comm && !c->cgroups.nr &&
	       !c->containers.nr;
}

bool hw_choice_has_pids(const struct hw_choice *c)
{
	return c->pids_nr || c->command;
}

int hw_choice_add_pid(struct hw_choice *c, uint32_t pid)
{
	if (c->pids_nr == HW_CHOICE_PIDS_MAX)
		return -ENOSPC;
	c->pids[c->pids_nr++] = pid;
	return 0;
}

/* Where the directory is in the tree; NULL: it is the root, or that is mounted elsewhere, too. */
static char *path_in_tree(const char *directory)
{
	char root[PATH_MAX], *full, *ret = NULL;
	size_t len;

	if (hw_cgroup_find(root, sizeof(root)) != 0)
		return NULL;
	full = realpath(directory, NULL);
	len = strlen(root);
	if (full && strncmp(full, root, len) == 0 && full[len] == '/')
		ret = strdup(full + len);
	free(full);
	return ret;
}

/* The id of a cgroup is the inode number of its directory, which may be NULL. */
static int add_cgroup(struct hw_choice_cgroups *to, const char *directory, uint64_t id)
{
	if (to->nr == HW_CHOICE_CGROUPS_MAX)
		return -ENOSPC;
	to->paths[to->nr] = directory ? path_in_tree(directory) : NULL;
	to->ids[to->nr++] = id;
	return 0;
}

static int add_directory(struct hw_choice *c, const char *path)
{
	struct stat s;

	if (stat(path, &s) != 0)
		return -errno;
	if (!S_ISDIR(s.st_mode) || !hw_cgroup_has(path))
		return -ENOTDIR;
	return add_cgroup(&c->cgroups, path, s.st_ino);
}

/* Only what begins at the root is looked for below it: "." and "" would be all of it. */
int hw_choice_add_cgroup(struct hw_choice *c, const char *path)
{
	char root[PATH_MAX], full[2 * PATH_MAX];
	int err = add_directory(c, path);

	if (!err || err == -ENOSPC || path[0] != '/')
		return err;
	err = hw_cgroup_find(root, sizeof(root));
	if (err)
		return err;
	snprintf(full, sizeof(full), "%s%s", root, path);
	return add_directory(c, full);
}

static bool is_id(const char *text)
{
	const struct hw_slice id = hw_slice_text(text);

	return id.len >= ID_LEN_MIN && id.len <= HW_CONTAINER_ID_LEN && hw_hex_is_lower(id);
}

/* Whether it is a container that is meant, by its id. */
typedef bool is_meant_fn(void *ctx, struct hw_slice id);

struct search {
	is_meant_fn *is_meant;
	void *ctx;
	bool several; /* may be meant */
};

/* Ids begin alike for the container and what is inside it: the outermost is meant. */
static bool is_container(const FTSENT *entry, const struct search *s)
{
	const struct hw_container c = hw_container_of(hw_slice_text(entry->fts_path));

	return c.id.len && s->is_meant(s->ctx, c.id) &&
	       (const char *)c.id.ptr >= entry->fts_path + entry->fts_pathlen - entry->fts_namelen;
}

/* Where all that are made later are meant it need not be known where this one is. */
static int add_container(struct hw_choice *c, const FTSENT *entry)
{
	return add_cgroup(&c->containers, c->newer_cgroups ? NULL : entry->fts_path,
			  entry->fts_statp->st_ino);
}

static int find_container(struct hw_choice *c, FTS *tree, const struct search *s)
{
	size_t found = 0;
	FTSENT *entry;
	int err = 0;

	while (!err && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D && entry->fts_statp->st_ino > c->newest_cgroup)
			c->newest_cgroup = entry->fts_statp->st_ino;
		if (entry->fts_info != FTS_D || !is_container(entry, s))
			continue;
		err = found++ && !s->several ? -ENOTUNIQ : add_container(c, entry);
		fts_set(tree, entry, FTS_SKIP);
	}
	return err || found ? err : -ENOENT;
}

static int search(struct hw_choice *c, const struct search *s)
{
	char root[PATH_MAX];
	char *const roots[] = { root, NULL };
	FTS *tree;
	int err = hw_cgroup_find(root, sizeof(root));

	if (err)
		return err;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return -errno;
	err = find_container(c, tree, s);
	fts_close(tree);
	return err;
}

/* An id that is the container's name, as LXC has it, is not shortened. */
static bool begins_so(void *ctx, struct hw_slice id)
{
	const char *text = ctx;

	return id.len == HW_CONTAINER_ID_LEN && hw_slice_starts(id, hw_slice_text(text));
}

int hw_choice_add_container(struct hw_choice *c, const char *id)
{
	char digits[HW_CONTAINER_ID_LEN + 1];
	const struct search by_id = { begins_so, digits, false };

	if (!is_id(id))
		return -EINVAL;
	snprintf(digits, sizeof(digits), "%s", id);
	return search(c, &by_id);
}

struct named {
	struct hw_slice name;
	struct hw_runtimes *runtimes;
	uint64_t now_ns;
};

/* A second for each: all of them may be looked for at once here. */
static bool is_called_so(void *ctx, struct hw_slice id)
{
	struct named *n = ctx;
	const struct hw_description *d;
	char own[NAME_MAX];

	if (id.len <= sizeof(own) &&
	    hw_slice_eq(hw_slice(own, hw_container_unescape(id, own)), n->name))
		return true;
	n->now_ns += HW_NS_PER_S;
	d = hw_runtimes_find(n->runtimes, id, n->now_ns);
	return d && !d->pod_sandbox && hw_slice_eq(d->name, n->name);
}

int hw_choice_add_container_named(struct hw_choice *c, const char *name)
{
	struct named named = { .name = hw_slice_text(name) };
	const struct search by_name = { is_called_so, &named, true };
	int err = hw_runtimes_new(&named.runtimes, "");

	if (!err)
		err = search(c, &by_name);
	hw_runtimes_free(named.runtimes);
	return err == -ENOENT && !hw_description_load() ? -ELIBACC : err;
}

/* children */

struct parent {
	uint32_t pid, ppid;
};

struct processes {
	struct parent *list;
	size_t nr, max;
};

/* "PID (NAME) STATE PPID ..."; the name may hold anything, parentheses too. */
static bool read_parent(const char *pid, struct parent *ret)
{
	char path[64], text[512];
	const char *name_end;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	name_end = hw_host_read(path, text, sizeof(text)) ? strrchr(text, ')') : NULL;
	if (!name_end || strlen(name_end) <= 4)
		return false;
	ret->pid = (uint32_t)strtoul(pid, NULL, 10);
	ret->ppid = (uint32_t)strtoul(name_end + 4, NULL, 10);
	return true;
}

static bool add_process(struct processes *p, const char *pid)
{
	if (p->nr == p->max) {
		const size_t max = p->max ? 2 * p->max : 256;
		struct parent *list = reallocarray(p->list, max, sizeof(*list));

		if (!list)
			return false;
		p->list = list;
		p->max = max;
	}
	p->nr += read_parent(pid, &p->list[p->nr]);
	return true;
}

static void list_processes(struct processes *p)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (hw_ascii_is_digit(entry->d_name[0]) && !add_process(p, entry->d_name))
			break;
	if (proc)
		closedir(proc);
}

/* The list is taken apart on the way, so that a loop of ids that were used again ends. */
static void each_child(struct processes *p, uint32_t root, void (*found)(void *ctx, uint32_t pid),
		       void *ctx)
{
	uint32_t *queue = calloc(p->nr + 1, sizeof(*queue));
	size_t done = 0, nr = 0;

	if (!queue)
		return;
	queue[nr++] = root;
	while (done < nr) {
		const uint32_t parent = queue[done++];

		for (size_t i = 0; i < p->nr; i++) {
			if (p->list[i].ppid != parent)
				continue;
			queue[nr++] = p->list[i].pid;
			found(ctx, p->list[i].pid);
			p->list[i--] = p->list[--p->nr];
		}
	}
	free(queue);
}

void hw_choice_each_child(uint32_t pid, void (*found)(void *ctx, uint32_t pid), void *ctx)
{
	struct processes p = { 0 };

	list_processes(&p);
	each_child(&p, pid, found, ctx);
	free(p.list);
}
