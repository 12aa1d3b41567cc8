/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/dns_wire.h - DNS messages put together for tests */
#ifndef HW_UNIT_DNS_WIRE_H
#define HW_UNIT_DNS_WIRE_H

#include <stdlib.h>

#include "dns/message.h"

struct dns_wire {
	uint8_t bytes[65535];
	size_t len;
};

static inline void wire_put(struct dns_wire *w, struct hw_slice s)
{
	assert_true(s.len <= sizeof(w->bytes) - w->len);
	if (s.len)
		memcpy(w->bytes + w->len, s.ptr, s.len);
	w->len += s.len;
}

static inline void wire_u16(struct dns_wire *w, unsigned int n)
{
	const uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	wire_put(w, hw_slice(b, sizeof(b)));
}

static inline void wire_u32(struct dns_wire *w, uint32_t n)
{
	wire_u16(w, n >> 16);
	wire_u16(w, n & 0xffff);
}

/* Flags as in the header: 0x8180 is an answer; then the four counts. */
static inline void wire_header(struct dns_wire *w, unsigned int flags, unsigned int qd,
			       unsigned int an, unsigned int ns, unsigned int ar)
{
	w->len = 0;
	wire_u16(w, 0x1234);
	wire_u16(w, flags);
	wire_u16(w, qd);
	wire_u16(w, an);
	wire_u16(w, ns);
	wire_u16(w, ar);
}

/* `name` in wire format, with its final zero or a pointer. */
static inline void wire_question(struct dns_wire *w, struct hw_slice name, unsigned int type,
				 unsigned int class)
{
	wire_put(w, name);
	wire_u16(w, type);
	wire_u16(w, class);
}

static inline void wire_rr(struct dns_wire *w, struct hw_slice name, unsigned int type,
			   struct hw_slice rdata)
{
	wire_question(w, name, type, 1);
	wire_u32(w, 60);
	wire_u16(w, (unsigned int)rdata.len);
	wire_put(w, rdata);
}

static inline struct hw_slice wire_slice(const struct dns_wire *w)
{
	return hw_slice(w->bytes, w->len);
}

#endif
