/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/held_packets.h - the last packets of connections that may yet be wanted
 *
 * Whether a connection's packets go into a file is known when it carries a message, and
 * its first packets come before that. So packets are held here, copied one behind the
 * other into a ring: nothing is allocated for a packet, and where there is no room the
 * oldest of all goes. A connection is a number, which the caller chooses. Once it is
 * released its later packets are not held any more.
 *
 * All memory is taken when the store is made: `bytes_max`, `connection_bytes_max` once,
 * and some 64 bytes a connection. One thread at a time; no I/O.
 */
#ifndef HW_SINK_HELD_PACKETS_H
#define HW_SINK_HELD_PACKETS_H

#include "sink/packets.h"

struct hw_held_packets; /* opaque */

enum { HW_HELD_PACKETS_OVERHEAD = 48 }; /* bytes a packet takes beside its own and its note's */

struct hw_held_packets_options {
	size_t bytes_max; /* of all packets; one keeps its place until the older ones go */
	size_t connection_bytes_max; /* of those of one connection; then its oldest goes */
	uint32_t connections_max;    /* above 0; then the one that was idle longest goes */
	uint64_t seed;		     /* random, so that nobody can choose keys that collide */
};

#define HW_HELD_PACKETS_OPTIONS_INIT                                                               \
	{                                                                                          \
		.bytes_max = 16 << 20, .connection_bytes_max = 256 << 10, .connections_max = 65536 \
	}

enum hw_held_packet {
	HW_HELD_PACKET_KEPT,	 /* it waits */
	HW_HELD_PACKET_RELEASED, /* its connection was released: it is the caller's to write */
	HW_HELD_PACKET_DROPPED,	 /* it alone is more than a connection may hold */
};

/* added = passed + given + dropped + held */
struct hw_held_packets_counts {
	uint64_t added;
	uint64_t passed;  /* of connections that were released */
	uint64_t given;	  /* by hw_held_packets_release() */
	uint64_t dropped; /* for lack of room */
	uint64_t held;
};

/* Takes one packet; what it points to is valid during the call, which may not use the store. */
typedef void hw_held_packets_fn(void *ctx, const struct hw_frame *frame,
				const struct hw_packet_note *note);

/* Returns 0 or -ENOMEM. */
int hw_held_packets_new(struct hw_held_packets **ret,
			const struct hw_held_packets_options *options);

/* Takes NULL. */
void hw_held_packets_free(struct hw_held_packets *h);

/*
 * Copy a packet of the connection `key`, with its note (cut as hw_packets_write() would)
 * and without `frame->socket`.
 */
enum hw_held_packet hw_held_packets_add(struct hw_held_packets *h, uint64_t key,
					const struct hw_frame *frame,
					const struct hw_packet_note *note);

/*
 * Give the packets of a connection that are held, in the order they came, and mark it as
 * released. Does nothing if it is. The mark is lost when the connection makes
 * room for another: then packets are held again until the next release.
 */
void hw_held_packets_release(struct hw_held_packets *h, uint64_t key, hw_held_packets_fn *fn,
			     void *ctx);

struct hw_held_packets_counts hw_held_packets_counts(const struct hw_held_packets *h);

#endif
