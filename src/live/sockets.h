/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/sockets.h - the sockets that are in use, by cookie and by what they connect
 *
 * Of a fixed size: whom nobody asked for longest makes room; before that, sockets that ended
 * HW_SOCKETS_KEPT_NS ago. Does no I/O.
 */
#ifndef HW_LIVE_SOCKETS_H
#define HW_LIVE_SOCKETS_H

#include "base/duration.h"
#include "live/chains.h"
#include "live/uses.h"

/* A socket that has ended is known for so long, and while it may be asked for. */
#define HW_SOCKETS_KEPT_NS (100 * HW_NS_PER_MS)

/* What most frames need comes first. */
struct hw_sockets_entry {
	uint64_t cookie;	      /* 0: free; above 2^63: the connection has no socket yet */
	uint32_t by_cookie, by_tuple; /* next in the chain */
	bool touched, has_ended, is_used_again;
	uint32_t next_ended;
	struct hw_tap_socket socket; /* what `tuple` was made of last */
	struct hw_uses uses;
	uint64_t tuple; /* hash of namespace, addresses and ports */
	uint64_t ended_ns;
	uint64_t waiting; /* its peer, which has ended and is known until this has, too; 0: none */
};

/* Those whose connections have ended, in that order. */
struct hw_sockets_ended {
	uint32_t nr, first, last; /* the latter two if there are some */
};

/* Zeroed it may be cleared. */
struct hw_sockets {
	struct hw_sockets_entry *entries;
	uint32_t max, hand;
	struct hw_chains cookies, tuples;
	struct hw_sockets_ended ended;
	uint64_t now_ns, asked_ns; /* see hw_owners_begin() */
	uint64_t lost;		   /* dropped while they might have been of use */
};

/* Room for `max` of them, at least 1. False: no memory. */
bool hw_sockets_init(struct hw_sockets *s, uint32_t max);

void hw_sockets_clear(struct hw_sockets *s);

/* The socket's entry, which is made if there is none. A client's may be there before it connects. */
struct hw_sockets_entry *hw_sockets_get(struct hw_sockets *s, const struct hw_tap_socket *socket);

/*
 * That of a connection that has no socket yet: of what came to a listener, between the addresses of
 * `socket`. `opens`: it was a SYN. Gives in `ret_key` what hw_sockets_find() knows it by.
 */
struct hw_sockets_entry *hw_sockets_get_unnamed(struct hw_sockets *s,
						const struct hw_tap_socket *socket, bool opens,
						uint64_t *ret_key);

/* By a socket's cookie or such a key, also when its socket is known; NULL: there is none. */
struct hw_sockets_entry *hw_sockets_find(const struct hw_sockets *s, uint64_t key);

/* The kernel's cookie; 0: it is not known. */
uint64_t hw_sockets_cookie(const struct hw_sockets_entry *e);

/* As hw_owners_end(). */
void hw_sockets_end(struct hw_sockets *s, uint64_t cookie, uint64_t peer, uint64_t now_ns);

#endif
