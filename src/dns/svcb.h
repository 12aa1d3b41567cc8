/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/svcb.h - the service parameters of SVCB and HTTPS records (RFC 9460) */
#ifndef HW_DNS_SVCB_H
#define HW_DNS_SVCB_H

#include "dns/cursor.h"

/*
 * Append the parameters to the text, from `c` to its end, with blanks between them.
 * Returns false if one is not as the RFC has it (section 2.2), or out of order.
 */
bool hw_dns_svcb_put(struct hw_dns_cursor *c);

#endif
