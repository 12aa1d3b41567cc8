/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/addr.h - an IP address of either family
 *
 * IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that an IPv4 client of a
 * dual-stack socket is one address and not two, and comparing is one memcmp.
 */
#ifndef HW_BASE_ADDR_H
#define HW_BASE_ADDR_H

#include "base/slice.h"

struct hw_addr {
	uint8_t b[16]; /* network order */
};

enum { HW_ADDR_TEXT_MAX = 46 }; /* longest text, with its NUL */

static inline struct hw_addr hw_addr_v4(const uint8_t bytes[4])
{
	struct hw_addr a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };

	memcpy(a.b + 12, bytes, 4);
	return a;
}

static inline struct hw_addr hw_addr_v6(const uint8_t bytes[16])
{
	struct hw_addr a;

	memcpy(a.b, bytes, 16);
	return a;
}

static inline bool hw_addr_is_v4(const struct hw_addr *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

/*
 * Write `a` as text: dotted IPv4 (IPv4-mapped too), else RFC 5952, `::1.2.3.4` as
 * `::102:304`. Returns the length without the NUL that follows.
 */
size_t hw_addr_format(const struct hw_addr *a, char ret[HW_ADDR_TEXT_MAX]);

/* A prefix, as in 10.0.0.0/8; `bits` counts from the mapped form (96 + 8 here). */
struct hw_prefix {
	struct hw_addr addr;
	uint8_t bits;
};

/* Parse "10.0.0.0/8", "::1", ... Returns false, and changes nothing, if it is neither. */
bool hw_prefix_parse(const char *text, struct hw_prefix *ret);

bool hw_prefix_has(const struct hw_prefix *p, const struct hw_addr *a);

#endif
