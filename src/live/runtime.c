/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/runtime.c */
#include "live/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/duration.h"
#include "base/hash.h"
#include "base/seed.h"
#include "live/container.h"
#include "live/runtime_dir.h"

enum {
	WAYS = 4, /* entries that a container may be in */
	SETS = HW_RUNTIMES_CONTAINERS_MAX / WAYS,
	ID_WORDS = HW_CONTAINER_ID_LEN / 8,
	CREDIT_MAX = 8192, /* a second; a look costs 1, and 1 for each KiB read */
};

struct entry {
	uint8_t id[HW_CONTAINER_ID_LEN]; /* the first byte is 0: free */
	uint64_t used;			 /* when, in calls */
	uint64_t tried_ns;
	struct hw_description description; /* empty: not found when it was tried */
};

struct hw_runtimes {
	char *root;
	struct hw_hash_key key;
	struct hw_buf file;
	uint64_t calls;
	uint64_t credit_ns; /* when `credit` was right */
	uint32_t credit;
	uint64_t dirs_ns;
	bool dirs_found;
	struct hw_runtime_dirs dirs;
	struct entry entries[SETS][WAYS];
};

/*
 * The files that tell of a container, "%" is its id, in the order that they are read in.
 * What a file does not say the next may; see hw_description_wants(). Of the storage
 * drivers those are named that have been a distribution's choice.
 */
static const struct {
	enum hw_runtime_dir_kind dir;
	enum hw_description_form form;
	const char *path;
} files[] = {
	{ HW_DIR_DOCKER, HW_FORM_DOCKER, "containers/%/config.v2.json" },
	{ HW_DIR_DOCKER, HW_FORM_DOCKER_IMAGES, "image/overlay2/repositories.json" },
	{ HW_DIR_DOCKER, HW_FORM_DOCKER_IMAGES, "image/fuse-overlayfs/repositories.json" },
	{ HW_DIR_DOCKER, HW_FORM_DOCKER_IMAGES, "image/btrfs/repositories.json" },
	{ HW_DIR_DOCKER, HW_FORM_DOCKER_IMAGES, "image/zfs/repositories.json" },
	{ HW_DIR_DOCKER, HW_FORM_DOCKER_IMAGES, "image/vfs/repositories.json" },
	{ HW_DIR_BUNDLES, HW_FORM_BUNDLE, "%/config.json" },
	{ HW_DIR_STORAGE, HW_FORM_BUNDLE, "overlay-containers/%/userdata/config.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE, "overlay-containers/containers.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE, "overlay-containers/volatile-containers.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE_IMAGES, "overlay-images/images.json" },
	{ HW_DIR_STORAGE, HW_FORM_BUNDLE, "vfs-containers/%/userdata/config.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE, "vfs-containers/containers.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE, "vfs-containers/volatile-containers.json" },
	{ HW_DIR_STORAGE, HW_FORM_STORAGE_IMAGES, "vfs-images/images.json" },
};

int hw_runtimes_new(struct hw_runtimes **ret, const char *root)
{
	struct hw_runtimes *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->root = strdup(root);
	if (!r->root) {
		free(r);
		return -ENOMEM;
	}
	r->key = hw_hash_key(hw_seed(), 0);
	r->credit = CREDIT_MAX;
	hw_buf_init(&r->file, HW_DESCRIPTION_JSON_MAX + 1, NULL);
	*ret = r;
	return 0;
}

void hw_runtimes_free(struct hw_runtimes *r)
{
	if (!r)
		return;
	hw_buf_clear(&r->file);
	free(r->root);
	free(r);
}

static void pay(struct hw_runtimes *r, size_t bytes)
{
	const uint32_t price = (uint32_t)(1 + bytes / 1024);

	r->credit -= price < r->credit ? price : r->credit;
}

/* A clock that was set back looks as if much time had passed. */
static void refill(struct hw_runtimes *r, uint64_t now_ns)
{
	const uint64_t passed = now_ns - r->credit_ns;
	const uint64_t more = passed < HW_NS_PER_S ? passed * CREDIT_MAX / HW_NS_PER_S : CREDIT_MAX;

	if (more == 0)
		return;
	r->credit = more < CREDIT_MAX - r->credit ? r->credit + (uint32_t)more : CREDIT_MAX;
	r->credit_ns = now_ns;
}

static bool read_file(struct hw_runtimes *r, const struct hw_runtime_dir *dir, const char *path,
		      const struct entry *e)
{
	const struct hw_state_dir state = hw_runtime_dir_state(dir);
	const char *at = strchr(path, '%');
	char whole[HW_RUNTIME_PATH_MAX];
	bool done;

	if (at)
		snprintf(whole, sizeof(whole), "%s%.*s%.*s%s", dir->below, (int)(at - path), path,
			 HW_CONTAINER_ID_LEN, (const char *)e->id, at + 1);
	else
		snprintf(whole, sizeof(whole), "%s%s", dir->below, path);
	r->file.len = 0;
	done = hw_state_file_read(&state, whole, &r->file) == 0;
	pay(r, r->file.len);
	return done;
}

static void look_into(struct hw_runtimes *r, const struct hw_runtime_dir *dir, struct entry *e)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && r->credit > 0; i++)
		if (files[i].dir == dir->kind &&
		    hw_description_wants(&e->description, files[i].form) &&
		    read_file(r, dir, files[i].path, e))
			hw_description_add(&e->description, files[i].form,
					   hw_slice(e->id, HW_CONTAINER_ID_LEN),
					   hw_buf_slice(&r->file));
}

static void look(struct hw_runtimes *r, struct entry *e, uint64_t now_ns)
{
	e->tried_ns = now_ns;
	refill(r, now_ns);
	if (!r->dirs_found || now_ns - r->dirs_ns >= HW_NS_PER_S) {
		hw_runtime_dirs_find(&r->dirs, r->root);
		r->dirs_found = true;
		r->dirs_ns = now_ns;
	}
	for (size_t i = 0; i < r->dirs.nr && hw_description_is_empty(&e->description); i++)
		look_into(r, &r->dirs.dirs[i], e);
	hw_buf_clear(&r->file);
}

/*
 * It may be called otherwise by now. If nothing is found, or not all that there is may be read, it
 * stays what it was; its texts lie in it and are right again in the same place.
 */
static void look_again(struct hw_runtimes *r, struct entry *e, uint64_t now_ns)
{
	const struct hw_description before = e->description;

	memset(&e->description, 0, sizeof(e->description));
	look(r, e, now_ns);
	if (hw_description_is_empty(&e->description) || r->credit == 0)
		e->description = before;
}

static struct entry *set_of(struct hw_runtimes *r, struct hw_slice id)
{
	uint64_t words[ID_WORDS];

	memcpy(words, id.ptr, sizeof(words));
	return r->entries[hw_hash_words(&r->key, words, ID_WORDS) % SETS];
}

/* Whom to forget for a new one: who was not found before who was, then by last use. */
static bool is_worse(const struct entry *a, const struct entry *b)
{
	const bool a_known = !hw_description_is_empty(&a->description);
	const bool b_known = !hw_description_is_empty(&b->description);

	return a_known != b_known ? b_known : a->used < b->used;
}

static struct entry *find_or_take(struct hw_runtimes *r, struct hw_slice id, uint64_t now_ns)
{
	struct entry *set = set_of(r, id), *worst = set;

	for (int i = 0; i < WAYS; i++) {
		if (memcmp(set[i].id, id.ptr, HW_CONTAINER_ID_LEN) == 0)
			return &set[i];
		if (is_worse(&set[i], worst))
			worst = &set[i];
	}
	memcpy(worst->id, id.ptr, HW_CONTAINER_ID_LEN);
	memset(&worst->description, 0, sizeof(worst->description));
	worst->tried_ns = now_ns - HW_NS_PER_S;
	return worst;
}

const struct hw_description *hw_runtimes_find(struct hw_runtimes *r, struct hw_slice id,
					      uint64_t now_ns)
{
	struct entry *e;

	if (!hw_container_is_id(id))
		return NULL;
	e = find_or_take(r, id, now_ns);
	e->used = ++r->calls;
	if (now_ns - e->tried_ns >= HW_NS_PER_S)
		look_again(r, e, now_ns);
	return hw_description_is_empty(&e->description) ? NULL : &e->description;
}
