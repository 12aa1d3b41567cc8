/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/scratch.h - the memory in which DNS messages are read, one after the other
 *
 * It grows to what messages need and is then used again for each. The bytes are taken
 * from the budget, and no message gets more than the maximum.
 */
#ifndef HW_DNS_SCRATCH_H
#define HW_DNS_SCRATCH_H

#include "base/buf.h"
#include "base/stats.h"

/* Enough for any zone transfer's message of 64 KiB that is not made to be large. */
enum { HW_DNS_SCRATCH_MAX = 4 << 20 };

/* Embed it by value; the fields are private to src/dns. */
struct hw_dns_scratch {
	struct hw_buf questions; /* struct hw_dns_question */
	struct hw_buf records;	 /* struct hw_dns_rr */
	struct hw_buf text;	 /* names and presentation text */
	struct hw_stats *stats;
	size_t work; /* steps that the message in hand may still take */
	bool full;   /* something was refused, and is missing in the message */
};

/*
 * Allocates nothing. A message takes at most `max_bytes` of memory (HW_DNS_SCRATCH_MAX
 * will do), from `budget` unless that is NULL. Messages are counted in `stats`.
 */
void hw_dns_scratch_init(struct hw_dns_scratch *s, size_t max_bytes, struct hw_budget *budget,
			 struct hw_stats *stats);

/* Free the memory; the scratch may be used again. Takes a zeroed one. */
void hw_dns_scratch_clear(struct hw_dns_scratch *s);

#endif
