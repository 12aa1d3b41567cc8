/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/peers.h - the two sockets of a connection between processes of this host
 *
 * A connection has the same id on both sides; who is at the other end is found by the
 * cookie of the other socket. Bounded: a newer connection takes the place of an older one.
 */
#ifndef HW_LIVE_PEERS_H
#define HW_LIVE_PEERS_H

#include <stdint.h>

struct hw_peers; /* opaque */

/* Returns 0 or -ENOMEM. */
int hw_peers_new(struct hw_peers **ret);

/* Takes NULL. */
void hw_peers_free(struct hw_peers *p);

/* The connection `id` has the socket `cookie`. Cheap: for each frame. 0 is none. */
void hw_peers_note(struct hw_peers *p, uint64_t id, uint64_t cookie);

/* The other socket of the connection `id`; 0: not known. */
uint64_t hw_peers_find(const struct hw_peers *p, uint64_t id, uint64_t cookie);

#endif
