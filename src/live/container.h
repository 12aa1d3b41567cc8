/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/container.h - which container a cgroup is, by its path
 *
 * The forms are those of Docker, containerd, CRI-O, Podman, LXC and systemd-nspawn, with
 * the cgroupfs and the systemd driver, below kubepods or not.
 */
#ifndef HW_LIVE_CONTAINER_H
#define HW_LIVE_CONTAINER_H

#include "base/slice.h"

enum { HW_CONTAINER_ID_LEN = 64 }; /* hex digits */

struct hw_container {
	struct hw_slice id;	 /* of the innermost container, as in the path; empty: none */
	struct hw_slice pod_uid; /* as in the path: the systemd driver writes _ for - */
};

/* Whether it is an id as most runtimes make them: all of its digits, in lower case. */
bool hw_container_is_id(struct hw_slice s);

/*
 * Write the id as its runtime has it to `ret`, which has room for `id`: systemd writes \x2d for "-".
 * Returns its length.
 */
size_t hw_container_unescape(struct hw_slice id, char *ret);

/* Look at `path` ("/system.slice/docker-….scope"). What it gives lies in `path`. */
struct hw_container hw_container_of(struct hw_slice path);

#endif
