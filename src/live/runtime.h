/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/runtime.h - names, images and pods of containers, from the runtimes of the host
 *
 * A container is looked up in the state files of Docker, containerd (nerdctl, k3s),
 * CRI-O and Podman, and remembered; nobody is asked over a socket. What those files do not
 * say stays empty. One who may not read them (most are root's) finds nothing.
 *
 * What an ordinary user's files say is believed only of a container that the system's
 * runtimes do not know. Looking reads at most 8 MiB a second; beyond that a container is
 * not known for the moment.
 *
 *	hw_runtimes_new(&r, "");
 *	d = hw_runtimes_find(r, process.container_id, hw_live_now(live));
 *	if (d)
 *		hw_description_fill(d, &process);
 */
#ifndef HW_LIVE_RUNTIME_H
#define HW_LIVE_RUNTIME_H

#include "live/description.h"

struct hw_runtimes; /* opaque; of one thread */

enum { HW_RUNTIMES_CONTAINERS_MAX = 1024 }; /* that are remembered */

/*
 * `root`: what stands before all paths, without a "/" at its end; "" for this host.
 * Returns 0 or -ENOMEM. Opens nothing.
 */
int hw_runtimes_new(struct hw_runtimes **ret, const char *root);

/* Takes NULL. */
void hw_runtimes_free(struct hw_runtimes *r);

/*
 * What is known of the container `id`; NULL: nothing (now), or `id` is not 64 hex digits.
 * It is looked for again after a second, as a container's first packet can come before its
 * file, and one that is known may be renamed; who is gone stays known. Valid until the next
 * call. `now_ns` may be of any clock that goes on; if it is set back, that costs no more than
 * a look.
 */
const struct hw_description *hw_runtimes_find(struct hw_runtimes *r, struct hw_slice id,
					      uint64_t now_ns);

/* A runtime as it is found on this host, for those who ask why there are no names. */
struct hw_runtime_presence {
	const char *name;   /* "Docker" */
	const char *socket; /* its path without the root; NULL: none */
	const char *state;  /* the directory of its state; NULL: none */
	bool state_readable;
};

/*
 * The `i`-th runtime we know; false: there are no more. One that has neither a socket nor
 * state is not here. `root` as above.
 */
bool hw_runtimes_list(const char *root, size_t i, struct hw_runtime_presence *ret);

#endif
