/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/defrag.h - IP packets put together from their fragments
 *
 * Fragments are told apart by addresses, protocol (IPv4) and identification. Where they
 * overlap and differ, the bytes that came first win in IPv4; in IPv6 the whole packet is
 * dropped, as RFC 5722 wants it. What is kept is bounded in bytes, in packets and in time,
 * and the oldest is given up first.
 */
#ifndef HW_WIRE_DEFRAG_H
#define HW_WIRE_DEFRAG_H

#include "base/addr.h"
#include "base/budget.h"
#include "base/slice.h"
#include "base/stats.h"

struct hw_defrag; /* opaque */

struct hw_fragment {
	struct hw_addr src, dst;
	uint32_t id;
	uint8_t ip_version;	 /* 4 or 6 */
	uint8_t protocol;	 /* IPv4: the packet's; IPv6: of this fragment's header */
	bool more;		 /* it is not the last */
	uint32_t offset;	 /* bytes, a multiple of 8 */
	struct hw_slice header;	 /* the IP header: at most 60 bytes, 40 for IPv6 */
	struct hw_slice payload; /* behind the header; whole, and not empty */
	uint64_t time_ns;
};

enum hw_defrag_result {
	HW_DEFRAG_HELD,
	HW_DEFRAG_WHOLE,
	HW_DEFRAG_BAD, /* contradicts others, or is over a limit */
};

/*
 * `budget` and `stats` stay the caller's. At most a sixteenth of the budget, and 4 MiB, is
 * used. Returns 0 or -ENOMEM.
 */
int hw_defrag_new(struct hw_defrag **ret, struct hw_budget *budget, struct hw_stats *stats,
		  uint64_t seed);

/* Takes NULL. */
void hw_defrag_free(struct hw_defrag *d);

/*
 * Add a fragment. On HW_DEFRAG_WHOLE, and only then, `ret` is the packet: the header of
 * its first fragment, made to say length and protocol of the whole, and the payload. It is
 * valid until the next hw_defrag_release().
 */
enum hw_defrag_result hw_defrag_push(struct hw_defrag *d, const struct hw_fragment *f,
				     struct hw_slice *ret);

/* The number of the packet that the last fragment is of, unless that was bad: no other has it. */
uint64_t hw_defrag_number(const struct hw_defrag *d);

/* There is nothing to free or to give up. */
bool hw_defrag_is_empty(const struct hw_defrag *d);

/* Free the packets that were given out. */
void hw_defrag_release(struct hw_defrag *d);

/* Give up packets whose first fragment came more than 30 s before `now_ns`. */
void hw_defrag_expire(struct hw_defrag *d, uint64_t now_ns);

#endif
