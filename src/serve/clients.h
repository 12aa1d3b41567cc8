/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/serve/clients.h - who is connected, and whose turn it is to leave
 *
 * A client that is connected says something, gets its answer, and may then wait for a while
 * before it asks again. Each of these has its time. When there is no room, who has said
 * nothing for longest goes first, so that a thousand connections that are silent, or say a
 * byte now and then, do not keep out one that asks. Pure: descriptors are only remembered.
 */
#ifndef HW_SERVE_CLIENTS_H
#define HW_SERVE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HW_CLIENTS_MAX = 64 };

enum hw_client_state {
	HW_CLIENT_FREE, /* a place without a client */
	HW_CLIENT_NEW,	/* has not asked yet */
	HW_CLIENT_IDLE, /* was answered */
	HW_CLIENT_BUSY, /* has asked and waits for its answer, or reads it */
};

struct hw_client {
	enum hw_client_state state;
	bool is_leaving; /* it was said goodbye */
	int fd;
	uint64_t since_ns; /* it is in that state */
	void *waiting;	   /* the caller's: NULL at first */
};

struct hw_clients {
	struct hw_client list[HW_CLIENTS_MAX];
};

/* A client came. NULL: there is no place. */
struct hw_client *hw_clients_add(struct hw_clients *c, int fd, uint64_t now_ns);

/* It is gone. */
void hw_client_remove(struct hw_client *client);

void hw_client_set(struct hw_client *client, enum hw_client_state state, uint64_t now_ns);

/*
 * One whose time is over, or, if there are too many, who leaves first; it is marked. NULL:
 * all may stay.
 */
struct hw_client *hw_clients_next_to_leave(struct hw_clients *c, uint64_t now_ns);

#endif
