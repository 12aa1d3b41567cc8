/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/runtime_presence.c - which runtimes are on this host; see runtime.h */
#include "live/runtime.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/runtime_dir.h"

/* Whether there is such a path, and `mode` of access(2) is granted for it. */
static bool is_granted(const char *root, const char *below, int mode)
{
	char path[PATH_MAX];
	const int len = below ? snprintf(path, sizeof(path), "%s%s", root, below) : 0;

	return len > 0 && (size_t)len < sizeof(path) && access(path, mode) == 0;
}

/* Of several places the first that is there is told. */
static void look_at(struct hw_runtime_presence *ret, const char *root,
		    const struct hw_runtime_place *place)
{
	if (!ret->socket && is_granted(root, place->socket, F_OK))
		ret->socket = place->socket;
	if (!ret->state && is_granted(root, place->state, F_OK))
		ret->state = place->state;
	if (is_granted(root, place->state, R_OK | X_OK))
		ret->state_readable = true;
}

static bool is_another(const struct hw_runtime_place *place)
{
	return place == hw_runtime_places || strcmp(place->name, place[-1].name) != 0;
}

bool hw_runtimes_list(const char *root, size_t i, struct hw_runtime_presence *ret)
{
	const struct hw_runtime_place *place = hw_runtime_places;

	for (; place->name && !(is_another(place) && i-- == 0); place++)
		;
	if (!place->name)
		return false;
	*ret = (struct hw_runtime_presence){ .name = place->name };
	do
		look_at(ret, root, place++);
	while (place->name && !is_another(place));
	return true;
}
