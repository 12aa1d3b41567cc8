/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/arrivals.h - when held bytes came, and in which packet
 *
 * Bytes that wait for a hole before them are given later than they came. Where a packet closes the
 * hole, that is when their receiver had them, too. Where none does, as the capture missed it, or as
 * they wait on a SYN until that is accepted, the receiver had them when they came: this knows when.
 * Private to this folder.
 */
#ifndef HW_TCP_ARRIVALS_H
#define HW_TCP_ARRIVALS_H

#include <stdint.h>

#include "base/budget.h"

/* What is told of a packet when its bytes are given later; as in hw_frame and hw_packet. */
struct hw_arrival {
	uint64_t time_ns, number;
	uint32_t ack, packet_len;
	uint16_t flags;
	uint8_t direction;
};

struct hw_arrival_mark {
	uint32_t seq, end;
	struct hw_arrival arrival;
};

/* All zero: nothing is noted. */
struct hw_arrivals {
	struct hw_arrival_mark *marks; /* [first, last), those before `sorted` by `seq` */
	uint32_t first, sorted, last, cap;
};

enum { HW_ARRIVALS_MAX = 256 }; /* after these many segments none is noted */

/* Forget all, but keep the memory for a few. */
void hw_arrivals_reset(struct hw_arrivals *a, struct hw_budget *budget);

/* The bytes [seq, end) came. Without memory for it nothing is noted. */
void hw_arrivals_note(struct hw_arrivals *a, struct hw_budget *budget, uint32_t seq, uint32_t end,
		      const struct hw_arrival *arrival);

/*
 * How the byte `seq` came, which is behind all that was asked for before. NULL: that is not known.
 * Of the `*len` bytes from there on as many are left as it is so of. Valid until the next note.
 */
const struct hw_arrival *hw_arrivals_find(struct hw_arrivals *a, uint32_t seq, size_t *len);

void hw_arrivals_clear(struct hw_arrivals *a, struct hw_budget *budget);

#endif
