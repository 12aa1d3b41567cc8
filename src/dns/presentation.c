/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/presentation.c - see presentation.h */
#include "dns/presentation.h"

#include <stdio.h>

#include "dns/cursor.h"
#include "dns/names.h"
#include "dns/svcb.h"
#include "dns/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void put_text(struct hw_dns_scratch *s, const char *text)
{
	hw_dns_put(s, hw_slice_text(text));
}

/* Each put_* function takes one field off the rdata; false: it is not there, or wrong. */

static bool put_number(struct hw_dns_cursor *c, size_t octets)
{
	struct hw_slice b;
	uint64_t n = 0;

	if (!hw_dns_take(c, octets, &b))
		return false;
	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | b.ptr[i];
	hw_dns_put_number(c->s, n);
	return true;
}

static bool put_u8(struct hw_dns_cursor *c)
{
	return put_number(c, 1);
}

static bool put_u16(struct hw_dns_cursor *c)
{
	return put_number(c, 2);
}

static bool put_u32(struct hw_dns_cursor *c)
{
	return put_number(c, 4);
}

static bool put_u48(struct hw_dns_cursor *c)
{
	return put_number(c, 6);
}

static bool put_u64(struct hw_dns_cursor *c)
{
	return put_number(c, 8);
}

static bool put_name(struct hw_dns_cursor *c)
{
	return hw_dns_domain_put(c->s, c->msg, &c->at) == HW_DNS_OK;
}

static bool put_ip(struct hw_dns_cursor *c, size_t octets)
{
	struct hw_slice b;

	if (!hw_dns_take(c, octets, &b))
		return false;
	hw_dns_put_ip(c->s, b);
	return true;
}

static bool put_ipv4(struct hw_dns_cursor *c)
{
	return put_ip(c, 4);
}

static bool put_ipv6(struct hw_dns_cursor *c)
{
	return put_ip(c, 16);
}

/* RFC 6742 2.1 */
static bool put_locator(struct hw_dns_cursor *c)
{
	struct hw_slice b;

	if (!hw_dns_take(c, 8, &b))
		return false;
	for (size_t i = 0; i < 8; i += 2) {
		if (i)
			put_text(c->s, ":");
		hw_dns_put_hex(c->s, hw_slice(b.ptr + i, 2));
	}
	return true;
}

static void put_type_name(struct hw_dns_scratch *s, uint16_t type)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	hw_dns_put(s, hw_dns_type_text(type, room));
}

static bool put_type(struct hw_dns_cursor *c)
{
	uint16_t type;

	if (!hw_dns_take_u16(c, &type))
		return false;
	put_type_name(c->s, type);
	return true;
}

static bool put_time(struct hw_dns_cursor *c)
{
	uint32_t seconds;

	if (!hw_dns_take_u32(c, &seconds))
		return false;
	hw_dns_put_time(c->s, seconds);
	return true;
}

static bool put_string(struct hw_dns_cursor *c)
{
	struct hw_slice b;

	if (!hw_dns_take_counted(c, &b))
		return false;
	hw_dns_put_quoted(c->s, b);
	return true;
}

static bool put_strings(struct hw_dns_cursor *c)
{
	if (!put_string(c))
		return false;
	while (hw_dns_left(c)) {
		put_text(c->s, " ");
		if (!put_string(c))
			return false;
	}
	return true;
}

/* RFC 8659 4.1.1: letters and digits, so never in need of quotes. */
static bool put_tag(struct hw_dns_cursor *c)
{
	struct hw_slice b;

	if (!hw_dns_take_counted(c, &b) || b.len == 0)
		return false;
	hw_dns_put_label(c->s, b);
	return true;
}

static bool put_quoted_rest(struct hw_dns_cursor *c)
{
	hw_dns_put_quoted(c->s, hw_dns_take_rest(c));
	return true;
}

/* RFC 5155 3.3: "-" is no salt. */
static bool put_counted_hex(struct hw_dns_cursor *c)
{
	struct hw_slice b;

	if (!hw_dns_take_counted(c, &b))
		return false;
	if (b.len)
		hw_dns_put_hex(c->s, b);
	else
		put_text(c->s, "-");
	return true;
}

static bool put_counted_base32(struct hw_dns_cursor *c)
{
	struct hw_slice b;

	if (!hw_dns_take_counted(c, &b) || b.len == 0)
		return false;
	hw_dns_put_base32hex(c->s, b);
	return true;
}

/* As dig shows what TSIG and TKEY carry: the length, then the bytes, if any. */
static bool put_counted_base64(struct hw_dns_cursor *c)
{
	struct hw_slice b;
	uint16_t len;

	if (!hw_dns_take_u16(c, &len) || !hw_dns_take(c, len, &b))
		return false;
	hw_dns_put_number(c->s, len);
	if (len) {
		put_text(c->s, " ");
		hw_dns_put_base64(c->s, b);
	}
	return true;
}

static bool put_hex_rest(struct hw_dns_cursor *c)
{
	hw_dns_put_hex(c->s, hw_dns_take_rest(c));
	return true;
}

/* RFC 1706 7 */
static bool put_0x_rest(struct hw_dns_cursor *c)
{
	put_text(c->s, "0x");
	return put_hex_rest(c);
}

static bool put_base64_rest(struct hw_dns_cursor *c)
{
	hw_dns_put_base64(c->s, hw_dns_take_rest(c));
	return true;
}

/* RFC 7043 3.2, 4.2 */
static bool put_eui(struct hw_dns_cursor *c)
{
	const struct hw_slice b = hw_dns_take_rest(c);

	for (size_t i = 0; i < b.len; i++) {
		if (i)
			put_text(c->s, "-");
		hw_dns_put_hex(c->s, hw_slice(b.ptr + i, 1));
	}
	return b.len == 6 || b.len == 8;
}

static void put_window(struct hw_dns_scratch *s, unsigned int window, struct hw_slice bits,
		       size_t start)
{
	for (size_t i = 0; i < bits.len * 8; i++) {
		if (!(bits.ptr[i / 8] & 0x80 >> i % 8))
			continue;
		if (s->text.len > start)
			put_text(s, " ");
		put_type_name(s, (uint16_t)(window << 8 | i));
	}
}

/* RFC 4034 4.1.2: windows in order, each of 1 to 32 octets. */
static bool put_type_bitmap(struct hw_dns_cursor *c)
{
	const size_t start = c->s->text.len;
	struct hw_slice bits;
	uint8_t window;

	for (int last = -1; hw_dns_left(c); last = window) {
		if (!hw_dns_take_u8(c, &window) || !hw_dns_take_counted(c, &bits) ||
		    window <= last || bits.len < 1 || bits.len > 32)
			return false;
		put_window(c->s, window, bits, start);
	}
	return true;
}

/* RFC 1035 3.4.2 */
static bool put_port_bitmap(struct hw_dns_cursor *c)
{
	const struct hw_slice bits = hw_dns_take_rest(c);
	bool any = false;

	for (size_t i = 0; i < bits.len * 8; i++) {
		if (!(bits.ptr[i / 8] & 0x80 >> i % 8))
			continue;
		if (any)
			put_text(c->s, " ");
		hw_dns_put_number(c->s, i);
		any = true;
	}
	return bits.len <= 65536 / 8;
}

/* RFC 3123 4: zeros at the end of the address are left out on the wire. */
static bool put_address_prefix(struct hw_dns_cursor *c)
{
	uint8_t address[16] = { 0 }, bits, len;
	uint16_t family;
	struct hw_slice part;

	if (!hw_dns_take_u16(c, &family) || !hw_dns_take_u8(c, &bits) || !hw_dns_take_u8(c, &len) ||
	    !hw_dns_take(c, len & 0x7f, &part) || family < 1 || family > 2)
		return false;
	if (part.len > (family == 1 ? 4 : 16) || bits > (family == 1 ? 32 : 128))
		return false;

	if (part.len)
		memcpy(address, part.ptr, part.len);
	put_text(c->s, len & 0x80 ? "!" : "");
	hw_dns_put_number(c->s, family);
	put_text(c->s, ":");
	hw_dns_put_ip(c->s, hw_slice(address, family == 1 ? 4 : 16));
	put_text(c->s, "/");
	hw_dns_put_number(c->s, bits);
	return true;
}

static bool put_address_prefixes(struct hw_dns_cursor *c)
{
	const size_t start = c->s->text.len;

	while (hw_dns_left(c)) {
		if (c->s->text.len > start)
			put_text(c->s, " ");
		if (!put_address_prefix(c))
			return false;
	}
	return true;
}

/* RFC 4025 2.5, RFC 8777 4.2.4: where to go, in one of four ways. */
static bool put_gateway(struct hw_dns_cursor *c, unsigned int type)
{
	switch (type) {
	case 0:
		put_text(c->s, ".");
		return true;
	case 1:
		return put_ipv4(c);
	case 2:
		return put_ipv6(c);
	case 3:
		return put_name(c);
	default:
		return false;
	}
}

/* RFC 4025 3.1: precedence, gateway type, algorithm, gateway, key */
static bool put_ipseckey(struct hw_dns_cursor *c)
{
	const uint8_t *at = c->msg.ptr + c->at;

	if (!put_u8(c))
		return false;
	put_text(c->s, " ");
	if (!put_u8(c))
		return false;
	put_text(c->s, " ");
	if (!put_u8(c))
		return false;
	put_text(c->s, " ");
	if (!put_gateway(c, at[1]))
		return false;
	if (hw_dns_left(c))
		put_text(c->s, " ");
	return put_base64_rest(c);
}

/* RFC 8777 4.3.1: discovery bit, relay type, relay */
static bool put_relay(struct hw_dns_cursor *c)
{
	uint8_t type;

	if (!hw_dns_take_u8(c, &type))
		return false;
	hw_dns_put_number(c->s, type >> 7);
	put_text(c->s, " ");
	hw_dns_put_number(c->s, type & 0x7f);
	put_text(c->s, " ");
	return put_gateway(c, type & 0x7f);
}

/* RFC 8005 5, 6: algorithm, host identity tag, public key, rendezvous servers */
static bool put_host_identity(struct hw_dns_cursor *c)
{
	uint8_t tag_len, algorithm;
	uint16_t key_len;
	struct hw_slice tag, key;

	if (!hw_dns_take_u8(c, &tag_len) || !hw_dns_take_u8(c, &algorithm) ||
	    !hw_dns_take_u16(c, &key_len) || !hw_dns_take(c, tag_len, &tag) ||
	    !hw_dns_take(c, key_len, &key))
		return false;
	hw_dns_put_number(c->s, algorithm);
	put_text(c->s, " ");
	hw_dns_put_hex(c->s, tag);
	put_text(c->s, " ");
	hw_dns_put_base64(c->s, key);
	while (hw_dns_left(c)) {
		put_text(c->s, " ");
		if (!put_name(c))
			return false;
	}
	return true;
}

/* RFC 1876 2: thousandths of seconds of arc, from the equator or the prime meridian. */
static bool put_angle(struct hw_dns_scratch *s, uint32_t n, uint32_t degrees_max,
		      const char *hemispheres)
{
	const uint32_t zero = UINT32_C(1) << 31;
	const uint32_t angle = n >= zero ? n - zero : zero - n;
	char text[32];

	if (angle > degrees_max * 3600000)
		return false;
	snprintf(text, sizeof(text), "%u %u %u.%03u %c ", angle / 3600000, angle / 60000 % 60,
		 angle / 1000 % 60, angle % 1000, hemispheres[n < zero]);
	put_text(s, text);
	return true;
}

/* RFC 1876 2: a digit and a power of ten, in centimetres. */
static bool put_precision(struct hw_dns_scratch *s, uint8_t n)
{
	uint64_t cm = n >> 4;
	char text[32];

	if (n >> 4 > 9 || (n & 15) > 9)
		return false;
	for (int i = 0; i < (n & 15); i++)
		cm *= 10;
	if (cm % 100)
		snprintf(text, sizeof(text), " 0.%02um", (unsigned int)cm);
	else
		snprintf(text, sizeof(text), " %um", (unsigned int)(cm / 100));
	put_text(s, text);
	return true;
}

/* RFC 1876 3 */
static bool put_place(struct hw_dns_cursor *c)
{
	struct hw_slice b;
	int64_t cm;
	char text[32];

	if (!hw_dns_take(c, 16, &b) || b.ptr[0] != 0)
		return false;
	if (!put_angle(c->s, hw_get_u32be(b.ptr + 4), 90, "NS") ||
	    !put_angle(c->s, hw_get_u32be(b.ptr + 8), 180, "EW"))
		return false;

	cm = (int64_t)hw_get_u32be(b.ptr + 12) - 10000000;
	snprintf(text, sizeof(text), "%s%u.%02um", cm < 0 ? "-" : "",
		 (unsigned int)((cm < 0 ? -cm : cm) / 100),
		 (unsigned int)((cm < 0 ? -cm : cm) % 100));
	put_text(c->s, text);
	return put_precision(c->s, b.ptr[1]) && put_precision(c->s, b.ptr[2]) &&
	       put_precision(c->s, b.ptr[3]);
}

/* No zone file holds an OPT record, and no RFC says how to write one. */
static bool put_options(struct hw_dns_cursor *c)
{
	struct hw_slice rest = hw_dns_take_rest(c);
	const uint8_t *const first = rest.ptr;
	struct hw_dns_option option;
	char room[HW_DNS_NUMBER_TEXT_MAX];

	while (rest.len) {
		if (rest.ptr != first)
			put_text(c->s, " ");
		if (!hw_dns_option_next(&rest, &option))
			return false;
		hw_dns_put(c->s, hw_dns_option_text(option.code, room));
		if (option.data.len)
			put_text(c->s, "=");
		hw_dns_put_hex(c->s, option.data);
	}
	return true;
}

/* The letters are explained in type.def. */
static const struct field {
	char letter;
	bool (*put)(struct hw_dns_cursor *c);
} fields[] = {
	{ '1', put_u8 },
	{ '2', put_u16 },
	{ '4', put_u32 },
	{ '6', put_u48 },
	{ '8', put_u64 },
	{ 't', put_type },
	{ 'T', put_time },
	{ 'n', put_name },
	{ 'a', put_ipv4 },
	{ 'q', put_ipv6 },
	{ 'l', put_locator },
	{ 's', put_string },
	{ 'S', put_strings },
	{ 'g', put_tag },
	{ 'u', put_quoted_rest },
	{ 'h', put_counted_hex },
	{ 'e', put_counted_base32 },
	{ 'd', put_counted_base64 },
	{ 'x', put_hex_rest },
	{ 'X', put_0x_rest },
	{ 'b', put_base64_rest },
	{ 'E', put_eui },
	{ 'm', put_type_bitmap },
	{ 'w', put_port_bitmap },
	{ 'A', put_address_prefixes },
	{ 'G', put_relay },
	{ 'H', put_host_identity },
	{ 'K', put_ipseckey },
	{ 'L', put_place },
	{ 'O', put_options },
	{ 'P', hw_dns_svcb_put },
};

static bool put_field(struct hw_dns_cursor *c, char letter)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (fields[i].letter == letter)
			return fields[i].put(c);
	}
	return false;
}

/* The fields with blanks between them; one that is empty leaves no blank. */
static bool put_fields(struct hw_dns_cursor *c, const char *layout)
{
	const size_t start = c->s->text.len;

	for (; *layout; layout++) {
		const size_t before = c->s->text.len;

		if (before > start)
			put_text(c->s, " ");
		const size_t field = c->s->text.len;

		if (!put_field(c, *layout))
			return false;
		if (c->s->text.len == field)
			c->s->text.len = before;
	}
	return hw_dns_left(c) == 0;
}

/* RFC 3597 5 */
static void put_unknown(struct hw_dns_scratch *s, struct hw_slice rdata)
{
	put_text(s, "\\# ");
	hw_dns_put_number(s, rdata.len);
	put_text(s, rdata.len ? " " : "");
	hw_dns_put_hex(s, rdata);
}

/* RFC 2136 2.4, 2.5: an update's conditions and deletions name sets, without contents. */
static bool may_be_empty(const struct hw_dns_rr *rr)
{
	return rr->rdata.len == 0 &&
	       (rr->class == HW_DNS_CLASS_NONE || rr->class == HW_DNS_CLASS_ANY);
}

void hw_dns_presentation(struct hw_dns_scratch *s, struct hw_slice msg, size_t off,
			 struct hw_dns_rr *rr)
{
	const char *const layout = hw_dns_type_layout(rr->type);
	const size_t start = s->text.len;
	struct hw_dns_cursor c = { s, msg, off };

	if (rr->type != HW_DNS_TYPE_OPT && may_be_empty(rr))
		return;
	rr->malformed = layout && !put_fields(&c, layout);
	if (!layout || rr->malformed) {
		s->text.len = start;
		put_unknown(s, rr->rdata);
	}
	rr->text = hw_dns_text_since(s, start);
}
