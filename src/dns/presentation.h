/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/presentation.h - rdata as text, as zone files and dig have it */
#ifndef HW_DNS_PRESENTATION_H
#define HW_DNS_PRESENTATION_H

#include "dns/message.h"

/*
 * Fill `rr->text` from the rdata at `off` of `msg`, which ends with it. If that is not
 * what the type says, `rr->malformed` is set and the text as of an unknown type (RFC
 * 3597 5). An OPT record, which no zone file has, is a list of NAME=HEX.
 */
void hw_dns_presentation(struct hw_dns_scratch *s, struct hw_slice msg, size_t off,
			 struct hw_dns_rr *rr);

#endif
