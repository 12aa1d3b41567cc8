/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/pcapng.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "source/copies.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
};

enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d };
enum { BLOCK_HEADER = 8, BLOCK_TRAILER = 4, BLOCK_MIN = BLOCK_HEADER + BLOCK_TRAILER };

/* Of an enhanced packet block. */
enum { PACKET_LEN_AT = 20, PACKET_AT = 28 };

enum {
	OPTION_END = 0,
	OPTION_PACKET_FLAGS = 2,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

static const uint64_t second_ns = 1000000000;

struct hw_pcapng_interface {
	uint64_t ticks_per_s; /* at most 2^63 or 10^19 */
	int64_t offset_s;     /* added to its times */
	uint32_t ns_per_tick; /* 0: not a whole number, or the offset is not 0 */
	uint32_t snaplen;     /* 0: no limit */
	uint16_t linktype;
};

struct option {
	uint16_t code;
	struct hw_slice value;
};

static inline uint32_t get_u32(const struct hw_pcapng *p, const uint8_t *at)
{
	return p->big_endian ? hw_get_u32be(at) : hw_get_u32le(at);
}

static inline uint16_t get_u16(const struct hw_pcapng *p, const uint8_t *at)
{
	return p->big_endian ? hw_get_u16be(at) : hw_get_u16le(at);
}

static inline uint64_t get_u64(const struct hw_pcapng *p, const uint8_t *at)
{
	const uint64_t first = get_u32(p, at), second = get_u32(p, at + 4);

	return p->big_endian ? first << 32 | second : second << 32 | first;
}

bool hw_pcapng_has_magic(const uint8_t first[4])
{
	return hw_get_u32be(first) == BLOCK_SECTION;
}

void hw_pcapng_init(struct hw_pcapng *p, uint64_t first_number)
{
	*p = (struct hw_pcapng){ .number = first_number };
}

void hw_pcapng_clear(struct hw_pcapng *p)
{
	free(p->interfaces);
	*p = (struct hw_pcapng){ 0 };
}

__attribute__((format(printf, 2, 3))) static enum hw_record_status bad(struct hw_record_batch *b,
								       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(b->fault, sizeof(b->fault), format, args);
	va_end(args);
	return HW_RECORD_BAD;
}

/*
 * The next of a block's options. Returns false at their end, which is where the block
 * ends or an end-of-options is; `ret_ok` tells whether that is a proper end.
 */
static bool next_option(const struct hw_pcapng *p, struct hw_slice *rest, struct option *ret,
			bool *ret_ok)
{
	size_t padded;

	*ret_ok = rest->len == 0;
	if (rest->len < 4)
		return false;

	*ret = (struct option){ get_u16(p, rest->ptr),
				{ rest->ptr + 4, get_u16(p, rest->ptr + 2) } };
	padded = 4 + ((ret->value.len + 3) & ~(size_t)3);
	if (ret->code == OPTION_END || padded > rest->len) {
		*ret_ok = ret->code == OPTION_END;
		return false;
	}
	*rest = hw_slice_after(*rest, padded);
	return true;
}

static bool set_ticks(struct hw_pcapng_interface *i, uint8_t tsresol)
{
	const uint8_t exponent = tsresol & 0x7f;

	if (tsresol & 0x80) {
		i->ticks_per_s = exponent < 64 ? (uint64_t)1 << exponent : 0;
		return exponent < 64;
	}
	i->ticks_per_s = 1;
	for (uint8_t n = 0; n < exponent && exponent < 20; n++)
		i->ticks_per_s *= 10;
	return exponent < 20;
}

/* Returns what is wrong, or NULL. */
static const char *read_interface_options(const struct hw_pcapng *p, struct hw_slice rest,
					  struct hw_pcapng_interface *i)
{
	struct option o;
	bool ok;

	while (next_option(p, &rest, &o, &ok)) {
		if (o.code == OPTION_TSRESOL) {
			if (o.value.len != 1 || !set_ticks(i, o.value.ptr[0]))
				return "the interface's time resolution is out of range";
		} else if (o.code == OPTION_TSOFFSET) {
			if (o.value.len != 8)
				return "the interface's time offset is not of 8 bytes";
			i->offset_s = (int64_t)get_u64(p, o.value.ptr);
		}
	}
	return ok ? NULL : "an option of the interface runs past the block";
}

/* Returns false if there is no memory for another. */
static bool add_interface(struct hw_pcapng *p, const struct hw_pcapng_interface *i)
{
	if (p->interfaces_nr == p->interfaces_cap) {
		const size_t cap = p->interfaces_cap ? 2 * p->interfaces_cap : 4;
		struct hw_pcapng_interface *all =
			reallocarray(p->interfaces, cap, sizeof(p->interfaces[0]));

		if (!all)
			return false;
		p->interfaces = all;
		p->interfaces_cap = cap;
	}
	p->interfaces[p->interfaces_nr++] = *i;
	return true;
}

static enum hw_record_status read_interface(struct hw_pcapng *p, struct hw_slice body,
					    struct hw_record_batch *b)
{
	struct hw_pcapng_interface i = { .ticks_per_s = 1000000 };
	const char *wrong;

	if (body.len < 8)
		return bad(b, "an interface block of %zu bytes is too short", body.len + BLOCK_MIN);
	if (p->interfaces_nr == HW_PCAPNG_INTERFACES_MAX)
		return bad(b, "more than %d interfaces", HW_PCAPNG_INTERFACES_MAX);

	i.linktype = get_u16(p, body.ptr);
	i.snaplen = get_u32(p, body.ptr + 4);
	wrong = read_interface_options(p, hw_slice_after(body, 8), &i);
	if (wrong)
		return bad(b, "%s", wrong);
	if (i.offset_s == 0 && second_ns % i.ticks_per_s == 0)
		i.ns_per_tick = (uint32_t)(second_ns / i.ticks_per_s);
	return add_interface(p, &i) ? HW_RECORD_OK : bad(b, "no memory for its interfaces");
}

static uint64_t time_of_ticks(const struct hw_pcapng_interface *i, uint64_t ticks)
{
	uint64_t ns;
	__int128 wide;

	if (i->ns_per_tick && !__builtin_mul_overflow(ticks, (uint64_t)i->ns_per_tick, &ns))
		return ns;

	/* |offset| < 2^63 and 10^9 < 2^30, so nothing here passes 2^95. */
	wide = (__int128)(ticks / i->ticks_per_s) * (int64_t)second_ns +
	       (__int128)((unsigned __int128)(ticks % i->ticks_per_s) * second_ns /
			  i->ticks_per_s) +
	       (__int128)i->offset_s * (int64_t)second_ns;
	if (wide < 0)
		return 0; /* before 1970 */
	return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
}

static enum hw_direction direction_of(const struct hw_pcapng *p, struct hw_slice options)
{
	static const enum hw_direction directions[] = { HW_DIRECTION_UNKNOWN, HW_DIRECTION_INGRESS,
							HW_DIRECTION_EGRESS, HW_DIRECTION_UNKNOWN };
	struct option o;
	bool ok;

	while (next_option(p, &options, &o, &ok)) {
		if (o.code == OPTION_PACKET_FLAGS && o.value.len == 4)
			return directions[get_u32(p, o.value.ptr) & 3];
	}
	return HW_DIRECTION_UNKNOWN;
}

/* A packet block's fields, whichever kind it is. */
struct packet {
	uint64_t ticks;
	uint32_t interface, len, wire_len;
	struct hw_slice rest; /* the packet and, padded to 4 bytes, the options */
};

static inline enum hw_record_status give_packet(struct hw_pcapng *p, const struct packet *packet,
						struct hw_record_batch *b)
{
	const struct hw_pcapng_interface *i = p->interfaces + packet->interface;
	const size_t padded = ((size_t)packet->len + 3) & ~(size_t)3;

	if (packet->len > HW_RECORD_BYTES_MAX)
		return bad(b, "the packet's captured length is %u, more than %u", packet->len,
			   HW_RECORD_BYTES_MAX);
	if (packet->len > packet->rest.len)
		return bad(b, "the packet's %u bytes run past its block", packet->len);

	b->frames[b->nr] = (struct hw_frame){
		.time_ns = time_of_ticks(i, packet->ticks),
		.number = p->number++,
		.data = packet->rest.ptr,
		.len = packet->len,
		.wire_len = packet->wire_len < packet->len ? packet->len : packet->wire_len,
		.linktype = i->linktype,
	};
	if (padded < packet->rest.len)
		b->frames[b->nr].direction =
			(uint8_t)direction_of(p, hw_slice_after(packet->rest, padded));
	b->nr++;
	return HW_RECORD_OK;
}

static inline enum hw_record_status read_packet(struct hw_pcapng *p, bool obsolete,
						struct hw_slice body, struct hw_record_batch *b)
{
	struct packet packet;

	if (body.len < 20)
		return bad(b, "a packet block of %zu bytes is too short", body.len + BLOCK_MIN);

	packet = (struct packet){
		.ticks = (uint64_t)get_u32(p, body.ptr + 4) << 32 | get_u32(p, body.ptr + 8),
		.interface = obsolete ? get_u16(p, body.ptr) : get_u32(p, body.ptr),
		.len = get_u32(p, body.ptr + 12),
		.wire_len = get_u32(p, body.ptr + 16),
		.rest = hw_slice_after(body, 20),
	};
	if (packet.interface >= p->interfaces_nr)
		return bad(b, "the packet is of interface %u, which is not described",
			   packet.interface);
	return give_packet(p, &packet, b);
}

/* It is of the first interface and has only its length on the wire. */
static enum hw_record_status read_simple_packet(struct hw_pcapng *p, struct hw_slice body,
						struct hw_record_batch *b)
{
	struct packet packet = { 0 };
	uint32_t snaplen;

	if (body.len < 4)
		return bad(b, "a packet block of %zu bytes is too short", body.len + BLOCK_MIN);
	if (p->interfaces_nr == 0)
		return bad(b, "the packet is of interface 0, which is not described");

	snaplen = p->interfaces[0].snaplen;
	packet.wire_len = get_u32(p, body.ptr);
	packet.len = snaplen && snaplen < packet.wire_len ? snaplen : packet.wire_len;
	packet.rest = hw_slice_after(body, 4);
	return give_packet(p, &packet, b);
}

/* The byte order is set by then; interfaces are a section's own. */
static enum hw_record_status read_section(struct hw_pcapng *p, struct hw_slice body,
					  struct hw_record_batch *b)
{
	uint16_t major, minor;

	if (body.len < 16)
		return bad(b, "a section header of %zu bytes is too short", body.len + BLOCK_MIN);
	major = get_u16(p, body.ptr + 4);
	minor = get_u16(p, body.ptr + 6);
	if (major != 1 || (minor != 0 && minor != 2)) /* some wrote 1.2; 1.1 never was */
		return bad(b, "pcapng version %u.%u is not supported", major, minor);
	p->interfaces_nr = 0;
	return HW_RECORD_OK;
}

static inline enum hw_record_status read_body(struct hw_pcapng *p, uint32_t type,
					      struct hw_slice body, struct hw_record_batch *b)
{
	switch (type) {
	case BLOCK_ENHANCED_PACKET:
		return read_packet(p, false, body, b);
	case BLOCK_PACKET:
		return read_packet(p, true, body, b);
	case BLOCK_SIMPLE_PACKET:
		return read_simple_packet(p, body, b);
	case BLOCK_INTERFACE:
		return read_interface(p, body, b);
	case BLOCK_SECTION:
		return read_section(p, body, b);
	default: /* names, statistics, secrets, journals, what others made up */
		return HW_RECORD_OK;
	}
}

static enum hw_record_status set_byte_order(struct hw_pcapng *p, const uint8_t *at,
					    struct hw_record_batch *b)
{
	p->big_endian = hw_get_u32be(at) == BYTE_ORDER_MAGIC;
	if (!p->big_endian && hw_get_u32le(at) != BYTE_ORDER_MAGIC)
		return bad(b, "a section's byte-order mark is 0x%08x", hw_get_u32be(at));
	return HW_RECORD_OK;
}

/*
 * Take what is looked at of a mapped block, of which the first BLOCK_MIN bytes are there: all but the rest
 * of a long packet. Returns where that is, or NULL.
 */
static inline const uint8_t *take_block(const struct hw_pcapng *p, uint32_t type,
					const uint8_t *from, struct hw_slice to)
{
	size_t at = BLOCK_MIN, packet;

	if (type == BLOCK_ENHANCED_PACKET && to.len >= PACKET_AT + HW_COPIES_LONG) {
		hw_copies_take(from + at, to.ptr + at, PACKET_AT - at);
		packet = get_u32(p, to.ptr + PACKET_LEN_AT);
		at = PACKET_AT;
		if (packet >= HW_COPIES_LONG && packet <= to.len - PACKET_AT - BLOCK_TRAILER) {
			hw_copies_take(from + at, to.ptr + at, HW_FRAME_HEAD);
			at += packet;
		}
	}
	hw_copies_take(from + at, to.ptr + at, to.len - at);
	return at > PACKET_AT ? from + PACKET_AT + HW_FRAME_HEAD : NULL;
}

static inline enum hw_record_status read_block_header(struct hw_pcapng *p, const uint8_t *at,
						      struct hw_record_batch *b, uint32_t *ret_type,
						      uint32_t *ret_len)
{
	const uint32_t type = get_u32(p, at);
	uint32_t len;

	if (type == BLOCK_SECTION && set_byte_order(p, at + BLOCK_HEADER, b) != HW_RECORD_OK)
		return HW_RECORD_BAD;
	len = get_u32(p, at + 4);
	if (len < BLOCK_MIN || len % 4 || len > HW_PCAPNG_BLOCK_MAX)
		return bad(b, "block length %u is %s", len,
			   len < BLOCK_MIN ? "less than 12"
			   : len % 4	   ? "not a multiple of 4"
					   : "more than 16 MiB");
	*ret_type = type;
	*ret_len = len;
	return HW_RECORD_OK;
}

static inline enum hw_record_status read_block(struct hw_pcapng *p, struct hw_slice in,
					       struct hw_record_batch *b)
{
	const uint8_t *source = b->source ? b->source + b->used : NULL, *rest = NULL;
	enum hw_record_status status;
	uint32_t type = 0, len = 0;

	b->want = in.len ? BLOCK_MIN : 1;
	if (in.len < b->want)
		return HW_RECORD_MORE;
	if (source)
		hw_copies_take(source, in.ptr, BLOCK_MIN);
	status = read_block_header(p, in.ptr, b, &type, &len);
	if (status != HW_RECORD_OK)
		return status;

	b->want = len;
	if (in.len < len)
		return HW_RECORD_MORE;
	if (source)
		rest = take_block(p, type, source, hw_slice(in.ptr, len));
	if (get_u32(p, in.ptr + len - BLOCK_TRAILER) != len)
		return bad(b, "block length %u is %u at the block's end", len,
			   get_u32(p, in.ptr + len - BLOCK_TRAILER));
	status = read_body(p, type, hw_slice(in.ptr + BLOCK_HEADER, len - BLOCK_MIN), b);
	if (rest && status == HW_RECORD_OK)
		b->frames[b->nr - 1].rest = rest;
	return status;
}

enum hw_record_status hw_pcapng_read(struct hw_pcapng *p, struct hw_slice in,
				     struct hw_record_batch *b)
{
	b->nr = b->used = 0;
	while (b->nr < b->max) {
		const enum hw_record_status status = read_block(p, hw_slice_after(in, b->used), b);

		if (status != HW_RECORD_OK)
			return status;
		b->used += b->want;
		if (b->source && b->nr)
			hw_copies_fetch_ahead(b->source + b->used, b->frames, b->nr - 1);
	}
	return HW_RECORD_OK;
}
