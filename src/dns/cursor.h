/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/cursor.h - a place in a message, for rdata
 *
 * Unlike struct hw_cursor it knows the whole message, since names in rdata may point
 * back into it.
 */
#ifndef HW_DNS_CURSOR_H
#define HW_DNS_CURSOR_H

#include "base/bytes.h"
#include "dns/domain.h"

struct hw_dns_cursor {
	struct hw_dns_scratch *s;
	struct hw_slice msg; /* ends with the rdata */
	size_t at;	     /* offset in it, never past its end */
};

static inline size_t hw_dns_left(const struct hw_dns_cursor *c)
{
	return c->msg.len - c->at;
}

/* Each returns false, and changes nothing, if there are not that many bytes. */
static inline bool hw_dns_take(struct hw_dns_cursor *c, size_t len, struct hw_slice *ret)
{
	if (hw_dns_left(c) < len)
		return false;
	*ret = hw_slice(c->msg.ptr + c->at, len);
	c->at += len;
	return true;
}

static inline bool hw_dns_take_u8(struct hw_dns_cursor *c, uint8_t *ret)
{
	struct hw_slice b;

	if (!hw_dns_take(c, 1, &b))
		return false;
	*ret = b.ptr[0];
	return true;
}

static inline bool hw_dns_take_u16(struct hw_dns_cursor *c, uint16_t *ret)
{
	struct hw_slice b;

	if (!hw_dns_take(c, 2, &b))
		return false;
	*ret = hw_get_u16be(b.ptr);
	return true;
}

static inline bool hw_dns_take_u32(struct hw_dns_cursor *c, uint32_t *ret)
{
	struct hw_slice b;

	if (!hw_dns_take(c, 4, &b))
		return false;
	*ret = hw_get_u32be(b.ptr);
	return true;
}

/* All that is left. */
static inline struct hw_slice hw_dns_take_rest(struct hw_dns_cursor *c)
{
	const struct hw_slice rest = hw_slice(c->msg.ptr + c->at, hw_dns_left(c));

	c->at = c->msg.len;
	return rest;
}

/* Bytes with their length before them, in one octet. */
static inline bool hw_dns_take_counted(struct hw_dns_cursor *c, struct hw_slice *ret)
{
	struct hw_dns_cursor ahead = *c;
	uint8_t len;

	if (!hw_dns_take_u8(&ahead, &len) || !hw_dns_take(&ahead, len, ret))
		return false;
	*c = ahead;
	return true;
}

static inline bool hw_dns_take_name(struct hw_dns_cursor *c, struct hw_slice *ret)
{
	return hw_dns_domain_read(c->s, c->msg, &c->at, ret) == HW_DNS_OK;
}

#endif
