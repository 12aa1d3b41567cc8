/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/ports.h - the ports that DNS is looked for on
 */
#ifndef HW_DNS_PORTS_H
#define HW_DNS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "httpwire.h"

/* Embed it by value. */
struct hw_dns_ports {
	uint16_t port[HW_DNS_PORTS_MAX];
	size_t nr;
};

/* `nr` ports in host order; of none: 53. Returns 0, or -EINVAL (too many, or a port of 0). */
int hw_dns_ports_init(struct hw_dns_ports *p, const uint16_t *ports, size_t nr);

/* Whether one of the two ends is on one of them. */
static inline bool hw_dns_ports_have(const struct hw_dns_ports *p, uint16_t one, uint16_t other)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->port[i] == one || p->port[i] == other)
			return true;
	return false;
}

#endif
