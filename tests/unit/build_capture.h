/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/build_capture.h - write captures of either byte order into memory */
#ifndef HW_BUILD_CAPTURE_H
#define HW_BUILD_CAPTURE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

struct build {
	uint8_t bytes[4096];
	size_t len;
	bool big_endian;
	size_t block; /* where the block that is open starts */
};

static inline void build_number(struct build *b, uint64_t value, size_t len)
{
	assert(b->len + len <= sizeof(b->bytes));
	for (size_t i = 0; i < len; i++)
		b->bytes[b->len + (b->big_endian ? len - 1 - i : i)] = (uint8_t)(value >> 8 * i);
	b->len += len;
}

static inline void build_u16(struct build *b, uint16_t value)
{
	build_number(b, value, 2);
}

static inline void build_u32(struct build *b, uint32_t value)
{
	build_number(b, value, 4);
}

static inline void build_bytes(struct build *b, struct hw_slice s)
{
	assert(b->len + s.len <= sizeof(b->bytes));
	memcpy(b->bytes + b->len, s.ptr, s.len);
	b->len += s.len;
}

static inline struct hw_slice build_slice(const struct build *b)
{
	return hw_slice(b->bytes, b->len);
}

/* pcap's file header, of version 2.4 */
static inline void build_pcap(struct build *b, uint32_t magic, uint32_t linktype)
{
	build_u32(b, magic);
	build_u16(b, 2);
	build_u16(b, 4);
	build_u32(b, 0);
	build_u32(b, 0);
	build_u32(b, 65535);
	build_u32(b, linktype);
}

/* A pcap record, without what is peculiar to a variant. */
static inline void build_record(struct build *b, uint32_t s, uint32_t fraction,
				struct hw_slice data)
{
	build_u32(b, s);
	build_u32(b, fraction);
	build_u32(b, (uint32_t)data.len);
	build_u32(b, (uint32_t)data.len);
	build_bytes(b, data);
}

static inline void build_pad(struct build *b)
{
	while (b->len % 4)
		build_number(b, 0, 1);
}

/* A pcapng block: begin, its body, end. */
static inline void build_begin(struct build *b, uint32_t type)
{
	b->block = b->len;
	build_u32(b, type);
	build_u32(b, 0);
}

static inline void build_end(struct build *b)
{
	const size_t end = b->len;

	b->len = b->block + 4;
	build_u32(b, (uint32_t)(end + 4 - b->block));
	b->len = end;
	build_u32(b, (uint32_t)(end + 4 - b->block));
}

static inline void build_section(struct build *b)
{
	build_begin(b, 0x0a0d0d0a);
	build_u32(b, 0x1a2b3c4d);
	build_u16(b, 1);
	build_u16(b, 0);
	build_number(b, UINT64_MAX, 8);
	build_end(b);
}

static inline void build_option(struct build *b, uint16_t code, uint64_t value, uint16_t len)
{
	build_u16(b, code);
	build_u16(b, len);
	build_number(b, value, len);
	build_pad(b);
}

/* An interface's block up to its options; build_end() follows. */
static inline void build_interface(struct build *b, uint16_t linktype, uint32_t snaplen)
{
	build_begin(b, 1);
	build_u16(b, linktype);
	build_u16(b, 0);
	build_u32(b, snaplen);
}

/* An Enhanced Packet Block up to its options; build_end() follows. */
static inline void build_packet(struct build *b, uint32_t interface, uint64_t ticks,
				struct hw_slice data)
{
	build_begin(b, 6);
	build_u32(b, interface);
	build_u32(b, (uint32_t)(ticks >> 32));
	build_u32(b, (uint32_t)ticks);
	build_u32(b, (uint32_t)data.len);
	build_u32(b, (uint32_t)data.len);
	build_bytes(b, data);
	build_pad(b);
}

#endif
