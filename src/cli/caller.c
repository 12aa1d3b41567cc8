/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/caller.c - see caller.h */
#include "cli/caller.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"

/* Ids that sudo wrote; -1: it did not. */
static long id_of(const char *variable)
{
	const char *text = getenv(variable);
	uint64_t id;

	return text && hw_ascii_number(hw_slice_text(text), UINT32_MAX, &id) ? (long)id : -1;
}

int hw_caller_find(const struct passwd **ret_user, gid_t *ret_group)
{
	const long uid = id_of("SUDO_UID"), gid = id_of("SUDO_GID");

	if (geteuid() != 0 || uid <= 0)
		return -ESRCH;
	*ret_user = getpwuid((uid_t)uid);
	if (!*ret_user)
		return -ENOENT;
	*ret_group = gid >= 0 ? (gid_t)gid : (*ret_user)->pw_gid;
	return 0;
}
