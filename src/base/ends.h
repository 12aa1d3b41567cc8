/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/ends.h - which connections are meant, by their addresses and ports
 *
 * Several conditions must all hold. Each is a list of alternatives: one of the two ends of
 * the connection, whichever, has an address and a port in the given ranges.
 */
#ifndef HW_BASE_ENDS_H
#define HW_BASE_ENDS_H

#include "base/addr.h"

enum { HW_ENDS_MAX = 64 }; /* alternatives of all conditions */

/* Both bounds belong to the range. */
struct hw_end_range {
	struct hw_addr low, high;
	uint16_t port_low, port_high;
	uint8_t protocol; /* 6 TCP, 17 UDP; 0: any */
	bool is_last;	  /* of its condition */
};

/* Embed it by value; all zero: every connection is meant. */
struct hw_ends {
	struct hw_end_range ranges[HW_ENDS_MAX];
	size_t nr;
};

#endif
