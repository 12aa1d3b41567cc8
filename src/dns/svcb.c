/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/svcb.c - see svcb.h */
#include "dns/svcb.h"

#include "dns/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* IANA's "Service Parameter Keys (SvcParamKeys)" */
static const char *const keys[] = {
	"mandatory", "alpn",  "no-default-alpn",      "port",	 "ipv4hint", "ech", "ipv6hint",
	"dohpath",   "ohttp", "tls-supported-groups", "docpath",
};

/* RFC 9460 2.1 */
static void put_key(struct hw_dns_scratch *s, uint16_t key)
{
	if (key < COUNT(keys)) {
		hw_dns_put(s, hw_slice_text(keys[key]));
	} else {
		hw_dns_put(s, HW_SLICE("key"));
		hw_dns_put_number(s, key);
	}
}

/* A list of items of `size` bytes each, with commas between them, not empty. */
static bool put_list(struct hw_dns_scratch *s, struct hw_slice value, size_t size,
		     void (*put)(struct hw_dns_scratch *s, struct hw_slice item))
{
	if (value.len == 0 || value.len % size)
		return false;
	for (size_t at = 0; at < value.len; at += size) {
		hw_dns_put(s, at ? HW_SLICE(",") : HW_SLICE("="));
		put(s, hw_slice(value.ptr + at, size));
	}
	return true;
}

static void put_key_item(struct hw_dns_scratch *s, struct hw_slice item)
{
	put_key(s, hw_get_u16be(item.ptr));
}

static void put_number_item(struct hw_dns_scratch *s, struct hw_slice item)
{
	hw_dns_put_number(s, hw_get_u16be(item.ptr));
}

/* Commas and backslashes are escaped for the list, and that for the string (A.1). */
static void put_alpn_id(struct hw_dns_scratch *s, struct hw_slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		if (id.ptr[i] == ',')
			hw_dns_put(s, HW_SLICE("\\\\,"));
		else if (id.ptr[i] == '\\')
			hw_dns_put(s, HW_SLICE("\\\\\\\\"));
		else
			hw_dns_put_escaped(s, hw_slice(id.ptr + i, 1));
	}
}

/* RFC 9460 7.1.1 */
static bool put_alpn(struct hw_dns_scratch *s, struct hw_slice value)
{
	struct hw_slice rest = value, id = { 0 };

	hw_dns_put(s, HW_SLICE("=\""));
	while (hw_dns_txt_next(&rest, &id) && id.len) {
		if (id.ptr > value.ptr + 1)
			hw_dns_put(s, HW_SLICE(","));
		put_alpn_id(s, id);
	}
	hw_dns_put(s, HW_SLICE("\""));
	return value.len && rest.len == 0 && id.len;
}

static bool put_base64(struct hw_dns_scratch *s, struct hw_slice value)
{
	hw_dns_put(s, HW_SLICE("="));
	hw_dns_put_base64(s, value);
	return value.len;
}

static bool put_quoted(struct hw_dns_scratch *s, struct hw_slice value)
{
	if (value.len) {
		hw_dns_put(s, HW_SLICE("="));
		hw_dns_put_quoted(s, value);
	}
	return true;
}

static bool put_value(struct hw_dns_scratch *s, uint16_t key, struct hw_slice value)
{
	switch (key) {
	case 0: /* mandatory, section 8 */
		return put_list(s, value, 2, put_key_item);
	case 1: /* alpn */
		return put_alpn(s, value);
	case 2: /* no-default-alpn */
	case 8: /* ohttp, RFC 9540 4 */
		return value.len == 0;
	case 3: /* port */
		return value.len == 2 && put_list(s, value, 2, put_number_item);
	case 4: /* ipv4hint */
		return put_list(s, value, 4, hw_dns_put_ip);
	case 5: /* ech */
		return put_base64(s, value);
	case 6: /* ipv6hint */
		return put_list(s, value, 16, hw_dns_put_ip);
	case 9: /* tls-supported-groups */
		return put_list(s, value, 2, put_number_item);
	default:
		return put_quoted(s, value);
	}
}

bool hw_dns_svcb_put(struct hw_dns_cursor *c)
{
	uint16_t key, len;
	struct hw_slice value;

	for (int last = -1; hw_dns_left(c); last = key) {
		if (!hw_dns_take_u16(c, &key) || !hw_dns_take_u16(c, &len) ||
		    !hw_dns_take(c, len, &value) || key <= last)
			return false;
		if (last >= 0)
			hw_dns_put(c->s, HW_SLICE(" "));
		put_key(c->s, key);
		if (!put_value(c->s, key, value))
			return false;
	}
	return true;
}
