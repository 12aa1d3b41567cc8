/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/capabilities.c - see capabilities.h */
#include "sandbox/capabilities.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORDS = _LINUX_CAPABILITY_U32S_3 };

/* The C library has no wrappers, and a library for two system calls is not worth it. */
static int get(struct __user_cap_data_struct sets[WORDS])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, sets) ? -errno : 0;
}

static int set(const struct __user_cap_data_struct sets[WORDS])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &head, sets) ? -errno : 0;
}

bool hw_capabilities_has(uint64_t wanted)
{
	struct __user_cap_data_struct sets[WORDS];

	if (get(sets) != 0)
		return false;
	return !(wanted & ~(sets[0].permitted | (uint64_t)sets[1].permitted << 32));
}

/* The kernel says where its capabilities end. */
int hw_capabilities_unbind(void)
{
	if (!hw_capabilities_has(1ull << CAP_SETPCAP))
		return 0;
	for (unsigned long i = 0; i < 64; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) < 0)
			break;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			return -errno;
	}
	return 0;
}

/* In the user namespace of somebody who is not root groups can only be kept: user_namespaces(7). */
static bool are_groups_kept(void)
{
	char answer[8] = "";
	FILE *f = fopen("/proc/self/setgroups", "re");

	if (f) {
		if (!fgets(answer, sizeof(answer), f))
			answer[0] = '\0';
		fclose(f);
	}
	return strncmp(answer, "deny", 4) == 0;
}

int hw_capabilities_leave_groups(void)
{
	if (!hw_capabilities_has(1ull << CAP_SETGID) || setgroups(0, NULL) == 0)
		return 0;
	return errno == EPERM && are_groups_kept() ? 0 : -EPERM;
}

int hw_capabilities_become(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return -errno;
	if (setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) ? -errno : 0;
}

int hw_capabilities_keep(uint64_t keep)
{
	struct __user_cap_data_struct sets[WORDS];
	int err = get(sets);

	if (err)
		return err;
	for (int i = 0; i < WORDS; i++) {
		sets[i].permitted &= (uint32_t)(keep >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return set(sets);
}
