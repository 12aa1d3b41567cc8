/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/caller.h - who called sudo */
#ifndef HW_CLI_CALLER_H
#define HW_CLI_CALLER_H

#include <pwd.h>

/*
 * Returns 0; -ESRCH: nobody did, we are who we are; -ENOENT: there is no such user (any
 * more). The entry is valid until the next call of getpwuid() and the like.
 */
int hw_caller_find(const struct passwd **ret_user, gid_t *ret_group);

#endif
