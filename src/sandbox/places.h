/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/places.h - which files may still be opened by name: Landlock
 *
 * landlock(7), Linux 5.13. What the running kernel does not know yet (network since 6.7,
 * signals since 6.12) is not asked of it. Descriptors that are open stay as they are.
 */
#ifndef HW_SANDBOX_PLACES_H
#define HW_SANDBOX_PLACES_H

#include <stdbool.h>
#include <stddef.h>

enum hw_place_access {
	HW_PLACE_LIST,	/* the names in a directory and below */
	HW_PLACE_READ,	/* a file, or a directory with all below */
	HW_PLACE_WRITE, /* files in a directory and below: make, truncate, write */
};

struct hw_place {
	const char *path;
	enum hw_place_access access;
};

/* The version of Landlock that the kernel has; 0: none. */
int hw_places_version(void);

/*
 * Describe what is allowed. What is not there allows nothing and is no error. With
 * `no_signals` processes outside may not be signalled. Gives a descriptor for
 * hw_places_restrict(), or -EOPNOTSUPP without Landlock, or another negative errno.
 */
int hw_places_make(const struct hw_place *places, size_t nr, bool no_signals);

/* From now on only that; closes the descriptor. Needs no_new_privs. Returns 0 or negative errno. */
int hw_places_restrict(int places);

#endif
