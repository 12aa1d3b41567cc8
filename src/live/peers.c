/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/peers.c - see peers.h */
#include "live/peers.h"

#include <errno.h>
#include <stdlib.h>

enum { PLACES = 1 << 15 };

struct pair {
	uint64_t id, cookies[2];
};

struct hw_peers {
	struct pair pairs[PLACES]; /* by id, which is a hash */
};

int hw_peers_new(struct hw_peers **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void hw_peers_free(struct hw_peers *p)
{
	free(p);
}

void hw_peers_note(struct hw_peers *p, uint64_t id, uint64_t cookie)
{
	struct pair *pair = &p->pairs[id % PLACES];

	if (!id || !cookie)
		return;
	if (pair->id != id)
		*pair = (struct pair){ .id = id };
	if (pair->cookies[0] == cookie || pair->cookies[1] == cookie)
		return;
	pair->cookies[pair->cookies[0] != 0] = cookie;
}

uint64_t hw_peers_find(const struct hw_peers *p, uint64_t id, uint64_t cookie)
{
	const struct pair *pair = &p->pairs[id % PLACES];

	if (!id || pair->id != id)
		return 0;
	return pair->cookies[0] == cookie ? pair->cookies[1] : pair->cookies[0];
}
