/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/places.c - see places.h */
#include "sandbox/places.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h as it is today; Debian 12 has that of Linux 6.1 */
#define FS_REFER (1ull << 13)
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
#define FS_OLDEST (LANDLOCK_ACCESS_FS_MAKE_SYM * 2ull - 1)
#define NET_TCP 3ull /* bind, connect */
#define SCOPE_ABSTRACT_SOCKETS 1ull
#define SCOPE_SIGNALS 2ull

struct ruleset {
	uint64_t fs, net, scoped;
};

enum { TRUNCATE_SINCE = 3 };

/* Asked once: in the sandbox nobody may. */
int hw_places_version(void)
{
	static long version = -1;

	if (version < 0)
		version = syscall(SYS_landlock_create_ruleset, NULL, 0,
				  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 0)
		version = 0;
	return (int)version;
}

/* All that this kernel can refuse. */
static struct ruleset everything(int version, bool no_signals)
{
	struct ruleset r = { .fs = FS_OLDEST };

	if (version >= 2)
		r.fs |= FS_REFER;
	if (version >= TRUNCATE_SINCE)
		r.fs |= FS_TRUNCATE;
	if (version >= 4)
		r.net = NET_TCP;
	if (version >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (version >= 6)
		r.scoped = SCOPE_ABSTRACT_SOCKETS | (no_signals ? SCOPE_SIGNALS : 0);
	return r;
}

static uint64_t rights(enum hw_place_access access, int version)
{
	switch (access) {
	case HW_PLACE_LIST:
		return LANDLOCK_ACCESS_FS_READ_DIR;
	case HW_PLACE_READ:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	case HW_PLACE_WRITE:
		return LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
		       (version >= TRUNCATE_SINCE ? FS_TRUNCATE : 0);
	}
	return 0;
}

/* A pipe, named by /dev/fd, is in no file system and not restricted anyway: EBADFD. */
static int allow(int ruleset, const struct hw_place *place, int version)
{
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = rights(place->access, version),
		.parent_fd = open(place->path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int err = 0;

	if (beneath.parent_fd < 0)
		return 0;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &=
			~(uint64_t)(LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG);
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) &&
	    errno != EBADFD)
		err = -errno;
	close(beneath.parent_fd);
	return err;
}

int hw_places_make(const struct hw_place *places, size_t nr, bool no_signals)
{
	const int version = hw_places_version();
	const struct ruleset all = everything(version, no_signals);
	int ruleset, err = 0;

	if (!version)
		return -EOPNOTSUPP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; !err && i < nr; i++)
		err = allow(ruleset, &places[i], version);
	if (!err)
		return ruleset;
	close(ruleset);
	return err;
}

int hw_places_restrict(int places)
{
	const int err = syscall(SYS_landlock_restrict_self, places, 0) ? -errno : 0;

	close(places);
	return err;
}
