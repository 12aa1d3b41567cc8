/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/community_id.c - see community_id.h */
#include "exchange/community_id.h"

#include <netinet/in.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "exchange/sha1.h"

/* The addresses of both are of the same family if one is IPv4 and the other is, too. */
struct end {
	const uint8_t *addr;
	uint16_t port;
};

/* Which of the two is the lower one, and comes first. */
static bool is_ordered(const struct end *a, const struct end *b, size_t addr_len)
{
	const int order = memcmp(a->addr, b->addr, addr_len);

	return order < 0 || (order == 0 && a->port <= b->port);
}

/* seed, lower address, upper address, protocol, a zero, lower port, upper port */
static size_t write_tuple(uint8_t to[2 + 2 * 16 + 2 + 4], const struct end *low,
			  const struct end *high, size_t addr_len)
{
	uint8_t *at = hw_put_u16be(to, 0);

	at = mempcpy(at, low->addr, addr_len);
	at = mempcpy(at, high->addr, addr_len);
	*at++ = IPPROTO_TCP;
	*at++ = 0;
	at = hw_put_u16be(at, low->port);
	at = hw_put_u16be(at, high->port);
	return (size_t)(at - to);
}

_Static_assert(2 + HW_BASE64_LEN(HW_SHA1_BYTES) + 1 <= (int)HW_COMMUNITY_ID_MAX, "room");

void hw_community_id(const struct hw_addr *a, uint16_t a_port, const struct hw_addr *b,
		     uint16_t b_port, char ret[HW_COMMUNITY_ID_MAX])
{
	const bool is_v4 = hw_addr_is_v4(a) && hw_addr_is_v4(b);
	const size_t addr_len = is_v4 ? 4 : 16, from = 16 - addr_len;
	const struct end x = { a->b + from, a_port }, y = { b->b + from, b_port };
	uint8_t tuple[2 + 2 * 16 + 2 + 4], hash[HW_SHA1_BYTES];
	size_t len;

	if (is_ordered(&x, &y, addr_len))
		len = write_tuple(tuple, &x, &y, addr_len);
	else
		len = write_tuple(tuple, &y, &x, addr_len);
	hw_sha1(hw_slice(tuple, len), hash);
	ret[0] = '1';
	ret[1] = ':';
	*hw_write_base64((uint8_t *)ret + 2, hw_slice(hash, sizeof(hash))) = '\0';
}
