/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/direction.h - which way a frame passed the interface it was captured on
 *
 * The kernel says so only where it makes up a link header ("any", and links without
 * one of their own). Elsewhere addresses tell: a frame from ours went out, one to ours
 * came in. No I/O.
 */
#ifndef HW_SOURCE_DIRECTION_H
#define HW_SOURCE_DIRECTION_H

#include "base/addr.h"
#include "httpwire.h"

/* What is ours, as seen by one interface. */
struct hw_own {
	const struct hw_addr *ips; /* of all interfaces, sorted by memcmp; borrowed */
	size_t ips_nr;
	uint8_t mac[6];
	bool has_mac;
	bool is_loopback;
};

/*
 * Set `direction`, and `checksums_unset` on what this host has just sent: it may well have
 * left them to the hardware. On the loopback interface everything comes in, as libpcap
 * leaves out the sending of it. What is between others (a bridge, a mirror port) stays
 * unknown.
 */
void hw_direction_set(struct hw_frame *frame, const struct hw_own *own);

/*
 * Set `direction` of frames of a file that have none, where their link header tells it. On the
 * loopback interface it tells nothing: what comes in there went out, too.
 */
void hw_direction_read(struct hw_frame *frames, size_t nr);

#endif
