/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/capabilities.h - who this process is, and what the kernel grants it
 *
 * capabilities(7). Sets are masks: bit n is capability n. None of this can be undone.
 */
#ifndef HW_SANDBOX_CAPABILITIES_H
#define HW_SANDBOX_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Has it all of `wanted` among those permitted? */
bool hw_capabilities_has(uint64_t wanted);

/* Empty the bounding set, where that is permitted (CAP_SETPCAP). Returns 0 or negative errno. */
int hw_capabilities_unbind(void);

/* Be in no group but the first one, where that is permitted (CAP_SETGID). */
int hw_capabilities_leave_groups(void);

/*
 * Become this user and group; capabilities stay permitted, but none is
 * effective. Returns 0 or negative errno.
 */
int hw_capabilities_become(uid_t uid, gid_t gid);

/*
 * Of the permitted ones keep those in `keep`, effective; inheritable and ambient: none.
 * Returns 0 or negative errno.
 */
int hw_capabilities_keep(uint64_t keep);

#endif
