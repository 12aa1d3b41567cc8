/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/hosts.h - which names addresses have, as DNS answers said
 *
 * A table of addresses, of which those that were not asked about for longest go first when
 * it is full. Names are in lower case, since answers may have them in any.
 *
 * A name counts for as long as its record may be kept, and for at least an hour: programs
 * go on with an address longer than that, and a connection is still the one that was opened
 * by that name.
 */
#ifndef HW_DNS_HOSTS_H
#define HW_DNS_HOSTS_H

#include "base/addr.h"
#include "base/budget.h"
#include "base/stats.h"
#include "dns/message.h"

enum {
	HW_DNS_HOSTS_MAX = 8192,   /* addresses */
	HW_DNS_HOST_NAMES_MAX = 8, /* of one */
};

struct hw_dns_hosts; /* opaque */

/*
 * What it keeps is taken from `budget`: about half a MiB from the first answer
 * on, and the names.
 * Returns 0 or -ENOMEM.
 */
int hw_dns_hosts_new(struct hw_dns_hosts **ret, struct hw_budget *budget, struct hw_stats *stats,
		     uint64_t seed);

/* Takes NULL. */
void hw_dns_hosts_free(struct hw_dns_hosts *h);

/*
 * Remember what `m` answers at `now_ns`: of a response without an error and with one
 * question, the addresses of the name that was asked for or of its canonical name; of one
 * of multicast DNS, which repeats no question, the addresses of each name.
 */
void hw_dns_hosts_learn(struct hw_dns_hosts *h, const struct hw_dns_message *m, uint64_t now_ns);

/*
 * The names of `addr`: of each question that it answered the name that was asked for and
 * then its canonical names; what was learned last comes first. Returns how many they are.
 * They are valid until the next call that is not this.
 */
size_t hw_dns_hosts_find(struct hw_dns_hosts *h, const struct hw_addr *addr, uint64_t now_ns,
			 struct hw_slice ret[HW_DNS_HOST_NAMES_MAX]);

#endif
