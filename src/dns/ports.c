/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/ports.c */
#include "dns/ports.h"

#include <errno.h>

enum { DNS_PORT = 53 }; /* RFC 1035 4.2 */

int hw_dns_ports_init(struct hw_dns_ports *p, const uint16_t *ports, size_t nr)
{
	*p = (struct hw_dns_ports){ .port = { DNS_PORT }, .nr = nr ? nr : 1 };
	if (nr > HW_DNS_PORTS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < nr; i++) {
		if (!ports[i])
			return -EINVAL;
		p->port[i] = ports[i];
	}
	return 0;
}
