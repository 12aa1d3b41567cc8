/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/privileges.c - see privileges.h */
#include "cli/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/caller.h"
#include "cli/message.h"
#include "sandbox/sandbox.h"

enum { OUTPUTS_MAX = 2 };

#define CAPABILITY(n) (1ull << (n))

/* The folders of files that are opened by name later, as SIGHUP, -C and -G have it. */
struct folders {
	size_t nr;
	struct hw_place places[OUTPUTS_MAX];
	char *paths[OUTPUTS_MAX];
};

/* With -G the name is a format: only what stands before its first % is the same for all. */
static char *folder_of(const char *path, bool is_format)
{
	const size_t fixed = is_format ? strcspn(path, "%") : strlen(path);
	const char *slash = memrchr(path, '/', fixed);

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static bool is_file(const char *path)
{
	struct stat st;

	return path && strcmp(path, "-") != 0 && (stat(path, &st) != 0 || S_ISREG(st.st_mode));
}

static int add_folder(struct folders *f, const char *path, bool is_format)
{
	if (!is_file(path))
		return 0;
	f->paths[f->nr] = folder_of(path, is_format);
	if (!f->paths[f->nr])
		return -ENOMEM;
	f->places[f->nr] = (struct hw_place){ f->paths[f->nr], HW_PLACE_WRITE };
	f->nr++;
	return 0;
}

/* Can files be made in all of them without a capability? */
static bool are_writable(const struct folders *f, uid_t uid)
{
	struct stat st;

	for (size_t i = 0; i < f->nr; i++)
		if (stat(f->paths[i], &st) == 0 && st.st_uid != uid && !(st.st_mode & S_IWOTH))
			return false;
	return true;
}

/*
 * Root may open files again in the folder of somebody else. Without Landlock that would be the
 * right to write everywhere.
 */
static uint64_t to_open_again(const struct folders *f, const struct hw_options *o,
			      const struct hw_sandbox *s)
{
	return !o->has_user && hw_places_version() &&
			       !are_writable(f, s->become ? s->uid : geteuid())
		       ? CAPABILITY(CAP_DAC_OVERRIDE)
		       : 0;
}

static int find_folders(struct folders *f, const struct hw_options *o)
{
	const bool is_format = o->rotation.seconds > 0;
	const int err = add_folder(f, o->output, is_format);

	return err ? err : add_folder(f, o->write_packets, is_format);
}

static void free_folders(struct folders *f)
{
	for (size_t i = 0; i < f->nr; i++)
		free(f->paths[i]);
}

static void become(struct hw_sandbox *s, uid_t uid, gid_t gid)
{
	s->become = uid != geteuid() || uid != getuid();
	s->uid = uid;
	s->gid = gid;
}

/* Who is allowed to signal it: who it runs as. */
static void become_caller(struct hw_sandbox *s)
{
	const struct passwd *user;
	gid_t group;

	if (hw_caller_find(&user, &group) == 0)
		become(s, user->pw_uid, group);
}

static void choose_user(struct hw_sandbox *s, const struct hw_options *o)
{
	if (o->has_user)
		become(s, o->user_uid, o->user_gid);
	else if (s->child)
		become_caller(s);
	else if (s->places_nr == 0)
		hw_sandbox_be_nobody(s);
}

/* Where there is no room that is all: nothing was refused. */
static int fail(const struct hw_sandbox *s, int err, const char *error)
{
	const bool lacks_threads = err == -EAGAIN && s->start_threads;

	hw_message("%s%s", error, lacks_threads ? "; --workers 1 needs none" : "");
	return lacks_threads || err == -ENOMEM ? HW_EXIT_FAILED : HW_EXIT_REFUSED;
}

static int enter(const struct hw_sandbox *s, const struct hw_options *o)
{
	const uid_t user = s->become ? s->uid : geteuid(); /* inside nobody may ask */
	char error[128];
	int err;

	hw_sandbox_prepare();
	err = hw_sandbox_enter(s, error, sizeof(error));
	if (err)
		return fail(s, err, error);
	if (o->verbose)
		hw_message("runs as user %u; sandbox: %s", user, hw_sandbox_describe());
	return HW_EXIT_OK;
}

static int no_memory(void)
{
	hw_message("%s", strerror(ENOMEM));
	return HW_EXIT_FAILED;
}

static int drop(struct hw_sandbox s, const struct hw_options *o)
{
	struct folders folders = { 0 };
	int code;

	if (find_folders(&folders, o) != 0) {
		code = no_memory();
	} else {
		s.places = folders.places;
		s.places_nr = folders.nr;
		choose_user(&s, o);
		s.capabilities = to_open_again(&folders, o, &s);
		code = enter(&s, o);
	}
	free_folders(&folders);
	return code;
}

int hw_privileges_drop(const struct hw_options *o, pid_t command)
{
	return drop((struct hw_sandbox){ .child = command }, o);
}

int hw_privileges_drop_to_listening(const struct hw_options *o)
{
	return drop((struct hw_sandbox){ .sockets = true }, o);
}

/* What is written, and the captures that are read. */
static void add_places(struct hw_sandbox *s, struct hw_place *places, const struct folders *folders,
		       const struct hw_options *o)
{
	for (size_t i = 0; i < folders->nr; i++)
		places[s->places_nr++] = folders->places[i];
	for (size_t i = 0; i < o->files_nr; i++)
		if (strcmp(o->files[i], "-") != 0)
			places[s->places_nr++] = (struct hw_place){ o->files[i], HW_PLACE_READ };
}

int hw_privileges_drop_to_reading(const struct hw_options *o, int (*start_threads)(void *ctx),
				  void *ctx)
{
	struct folders folders = { 0 };
	struct hw_place *places = calloc(o->files_nr + OUTPUTS_MAX, sizeof(*places));
	struct hw_sandbox s = { .places = places,
				.readable = true,
				.start_threads = start_threads,
				.threads_ctx = ctx };
	int code;

	if (!places || find_folders(&folders, o) != 0) {
		code = no_memory();
	} else {
		add_places(&s, places, &folders, o);
		if (o->has_user)
			become(&s, o->user_uid, o->user_gid);
		s.capabilities = CAPABILITY(CAP_DAC_READ_SEARCH) | to_open_again(&folders, o, &s);
		code = enter(&s, o);
	}
	free_folders(&folders);
	free(places);
	return code;
}
