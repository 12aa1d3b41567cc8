/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/clients.c - see clients.h */
#include "serve/clients.h"

enum { ENOUGH = HW_CLIENTS_MAX * 3 / 4 }; /* the others are room for who comes next */

#define SECOND 1000000000ull

/* Prometheus asks each minute, on the same connection if it may. */
static uint64_t time_for(enum hw_client_state state)
{
	switch (state) {
	case HW_CLIENT_FREE:
		break;
	case HW_CLIENT_NEW:
		return 10 * SECOND;
	case HW_CLIENT_IDLE:
		return 150 * SECOND;
	case HW_CLIENT_BUSY:
		return 30 * SECOND;
	}
	return UINT64_MAX;
}

struct hw_client *hw_clients_add(struct hw_clients *c, int fd, uint64_t now_ns)
{
	for (size_t i = 0; i < HW_CLIENTS_MAX; i++) {
		struct hw_client *client = &c->list[i];

		if (client->state != HW_CLIENT_FREE)
			continue;
		*client =
			(struct hw_client){ .state = HW_CLIENT_NEW, .fd = fd, .since_ns = now_ns };
		return client;
	}
	return NULL;
}

void hw_client_remove(struct hw_client *client)
{
	client->state = HW_CLIENT_FREE;
}

void hw_client_set(struct hw_client *client, enum hw_client_state state, uint64_t now_ns)
{
	client->state = state;
	client->since_ns = now_ns;
}

/* Who waits for an answer is the last to go. */
static bool leaves_before(const struct hw_client *a, const struct hw_client *b)
{
	const bool a_busy = a->state == HW_CLIENT_BUSY, b_busy = b->state == HW_CLIENT_BUSY;

	return a_busy != b_busy ? b_busy : a->since_ns < b->since_ns;
}

struct hw_client *hw_clients_next_to_leave(struct hw_clients *c, uint64_t now_ns)
{
	struct hw_client *first = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < HW_CLIENTS_MAX; i++) {
		struct hw_client *client = &c->list[i];

		if (client->state == HW_CLIENT_FREE || client->is_leaving)
			continue;
		nr++;
		if (!first || leaves_before(client, first))
			first = client;
		if (now_ns - client->since_ns >= time_for(client->state)) {
			client->is_leaving = true;
			return client;
		}
	}
	if (nr <= ENOUGH)
		return NULL;
	first->is_leaving = true;
	return first;
}
