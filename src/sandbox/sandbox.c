/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/sandbox.c - see sandbox.h */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/calls.h"
#include "sandbox/capabilities.h"

/* The user first: what follows would not allow it. */
static int give_up_rights(const struct hw_sandbox *s, const char **what)
{
	int err;

	*what = "the bounding set of capabilities";
	err = hw_capabilities_unbind();
	if (!err) {
		*what = "groups";
		err = hw_capabilities_leave_groups();
	}
	if (!err && s->become) {
		*what = "the user";
		err = hw_capabilities_become(s->uid, s->gid);
	}
	if (!err) {
		*what = "capabilities";
		err = hw_capabilities_keep(s->capabilities);
	}
	if (!err) {
		*what = "no_new_privs";
		err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
	}
	return err;
}

/* Not before: the kernel forgets it when the user or the capabilities change. */
static int end_with(pid_t parent)
{
	if (parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return -errno;
	return !parent || getppid() == parent ? 0 : -ESRCH;
}

static int give_up_calls(const struct hw_sandbox *s, const char **what)
{
	const struct hw_calls calls = { .open = s->places_nr > 0,
					.sockets = s->sockets,
					.serves = s->serves,
					.child = s->child,
					.threads = s->start_threads };
	int err = 0;

	*what = "being looked into";
	if (!s->readable)
		err = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
	if (!err) {
		*what = "a life of its own";
		err = end_with(s->parent);
	}
	if (err)
		return err;
	*what = "system calls";
	err = hw_calls_restrict(&calls);
	return err == -EOPNOTSUPP ? 0 : err;
}

static const char threads[] = "threads";

/* Places are looked up while that is permitted. */
static int enter(const struct hw_sandbox *s, const char **what)
{
	const int places = hw_places_make(s->places, s->places_nr, !s->child);
	int err;

	*what = "files";
	if (places < 0 && places != -EOPNOTSUPP)
		return places;
	err = give_up_rights(s, what);
	if (!err && places >= 0) {
		*what = "files";
		err = hw_places_restrict(places);
	}
	if (!err && s->start_threads) {
		*what = threads;
		err = s->start_threads(s->threads_ctx);
	}
	return err ? err : give_up_calls(s, what);
}

int hw_sandbox_enter(const struct hw_sandbox *s, char *ret_error, size_t error_max)
{
	const char *what;
	const int err = enter(s, &what);

	if (err)
		snprintf(ret_error, error_max, "cannot %s %s: %s",
			 what == threads ? "start" : "give up", what, strerror(-err));
	return err;
}

const char *hw_sandbox_describe(void)
{
	static char text[64];
	const int version = hw_places_version();

	if (version)
		snprintf(text, sizeof(text), "seccomp, Landlock %d", version);
	return version ? text : "seccomp, no Landlock";
}
