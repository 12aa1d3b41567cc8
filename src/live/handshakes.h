/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/handshakes.h - which SYN a listener answers
 *
 * What passes a listener is named by its packets' addresses. Behind NAT in the listener's own
 * namespace (REDIRECT, DNAT) the SYN has been translated when it passes, and the SYN-ACK has been
 * translated back: it seems to come from where nobody listens. So it gets the addresses of the SYN
 * that it acknowledges. Does no I/O.
 */
#ifndef HW_LIVE_HANDSHAKES_H
#define HW_LIVE_HANDSHAKES_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include "bpf/abi.h"

enum { HW_HANDSHAKES_MAX = 1024 }; /* a power of two; a later SYN takes the place of another */

struct hw_handshake {
	struct hw_tap_socket socket; /* cookie: of the listener; 0: free */
	uint32_t seq;
};

/* All zero: none is known. */
struct hw_handshakes {
	struct hw_handshake at[HW_HANDSHAKES_MAX];
};

/*
 * A frame of a listener (HW_TAP_LISTENER) passed, of which all is there that `data_len` says.
 * Returns whether it is a SYN-ACK whose own addresses are not those of its SYN: they are in `ret`.
 */
bool hw_handshakes_see(struct hw_handshakes *h, const struct hw_tap_frame *frame,
		       struct hw_tap_socket *ret);

#endif
