/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/rdata.h - what a resource record says, for the types that Tracee reads */
#ifndef HW_DNS_RDATA_H
#define HW_DNS_RDATA_H

#include "dns/message.h"

/*
 * Fill the members of `rr` that belong to its type, from the rdata at `off` of `msg`,
 * which ends with it. Returns false, and fills nothing, where Tracee's decoder fails.
 */
bool hw_dns_rdata_read(struct hw_dns_scratch *s, struct hw_slice msg, size_t off,
		       struct hw_dns_rr *rr);

#endif
