/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/domain.h - a domain name in a message (RFC 1035 3.1, 4.1.4)
 *
 * A pointer must lead to before the place where the labels that end in it start, so
 * that no name goes round in circles; a name has at most 255 octets and 254 pointers;
 * all names of a message together share s->work.
 */
#ifndef HW_DNS_DOMAIN_H
#define HW_DNS_DOMAIN_H

#include "dns/message.h"

/*
 * Read the name at `*off` of `msg`, which ends where the name's own octets must end. On
 * HW_DNS_OK `*off` is behind it, and `ret` the labels joined by '.', as bytes in s->text.
 * Else HW_DNS_TRUNCATED, HW_DNS_BAD or HW_DNS_LIMIT (s->full is set as well).
 */
enum hw_dns_status hw_dns_domain_read(struct hw_dns_scratch *s, struct hw_slice msg, size_t *off,
				      struct hw_slice *ret);

/* The same, but append the name to s->text in presentation format, with its final dot. */
enum hw_dns_status hw_dns_domain_put(struct hw_dns_scratch *s, struct hw_slice msg, size_t *off);

#endif
