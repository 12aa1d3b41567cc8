/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/frame.h - frames, built from the inside out
 *
 * Start with the payload and put header after header in front of it. Lengths and
 * checksums are filled in, and can be spoiled afterwards.
 */
#ifndef HW_FRAME_H
#define HW_FRAME_H

#include <stdlib.h>

#include "base/slice.h"
#include "httpwire.h"

struct frame {
	uint8_t room[1 << 17];
	size_t start; /* of the bytes; they go to the end of `room` */
};

static inline uint8_t *frame_bytes(struct frame *f)
{
	return f->room + f->start;
}

static inline size_t frame_len(const struct frame *f)
{
	return sizeof(f->room) - f->start;
}

/* Put `len` bytes in front; returns where they are. */
static inline uint8_t *frame_push(struct frame *f, const void *bytes, size_t len)
{
	f->start -= len;
	return memcpy(frame_bytes(f), bytes, len);
}

#define FRAME_PUSH(f, literal) frame_push(f, literal, sizeof(literal) - 1)

static inline void frame_payload(struct frame *f, struct hw_slice s)
{
	f->start = sizeof(f->room);
	frame_push(f, s.ptr, s.len);
}

static inline void frame_put_u16(uint8_t *at, size_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

/* Ones' complement, the slow and plain way. */
static inline uint32_t frame_sum(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline void frame_tcp(struct frame *f, uint16_t src, uint16_t dst, uint32_t seq,
			     uint16_t flags)
{
	uint8_t *h = FRAME_PUSH(f, "\0\0\0\0\0\0\0\0\0\0\0\7\x50\0\x20\0\0\0\0\0");

	frame_put_u16(h, src);
	frame_put_u16(h + 2, dst);
	frame_put_u16(h + 4, seq >> 16);
	frame_put_u16(h + 6, seq & 0xffff);
	frame_put_u16(h + 12, 0x5000 | flags);
}

static inline void frame_udp(struct frame *f, uint16_t src, uint16_t dst)
{
	const size_t len = frame_len(f) + 8;
	uint8_t *h = FRAME_PUSH(f, "\0\0\0\0\0\0\0\0");

	frame_put_u16(h, src);
	frame_put_u16(h + 2, dst);
	frame_put_u16(h + 4, len);
}

/* Fill in the checksum of TCP or UDP; its header is first. `addrs`: both addresses. */
static inline void frame_sign(struct frame *f, uint8_t protocol, const uint8_t *addrs,
			      size_t addrs_len)
{
	uint8_t *h = frame_bytes(f);
	uint8_t *at = protocol == 6 ? h + 16 : h + 6;
	uint32_t sum = frame_sum((uint32_t)frame_len(f) + protocol, addrs, addrs_len);

	if (!(protocol == 6 && frame_len(f) >= 20) && !(protocol == 17 && frame_len(f) >= 8))
		return;
	frame_put_u16(at, 0);
	frame_put_u16(at, ~frame_sum(sum, h, frame_len(f)) & 0xffff);
}

/* From 10.0.0.1 to 10.0.0.2. */
static inline uint8_t *frame_ipv4(struct frame *f, uint8_t protocol)
{
	const size_t len = frame_len(f) + 20;
	uint8_t *h;

	frame_sign(f, protocol, (const uint8_t *)"\x0a\0\0\1\x0a\0\0\2", 8);
	h = FRAME_PUSH(f, "\x45\0\0\0\0\7\x40\0\x40\0\0\0\x0a\0\0\1\x0a\0\0\2");
	frame_put_u16(h + 2, len);
	h[9] = protocol;
	frame_put_u16(h + 10, ~frame_sum(0, h, 20) & 0xffff);
	return h;
}

/* From 2001:db8::1 to 2001:db8::2. */
static inline uint8_t *frame_ipv6(struct frame *f, uint8_t protocol)
{
	static const uint8_t addrs[32] = { 0x20, 1, 0xd, 0xb8, [15] = 1,
					   0x20, 1, 0xd, 0xb8, [31] = 2 };
	const size_t len = frame_len(f);
	uint8_t *h;

	frame_sign(f, protocol, addrs, sizeof(addrs));
	frame_push(f, addrs, sizeof(addrs));
	h = FRAME_PUSH(f, "\x60\0\0\0\0\0\0\x40");
	frame_put_u16(h + 4, len);
	h[6] = protocol;
	return h;
}

static inline void frame_ethernet(struct frame *f, uint16_t type)
{
	uint8_t *h = FRAME_PUSH(f, "\2\0\0\0\0\2\2\0\0\0\0\1\0\0");

	frame_put_u16(h + 12, type);
}

/*
 * The headers of a packet of `total` bytes between 10.0.0.1:1000 (side 0) and 10.0.0.2:80 (side 1),
 * in front of a payload that is there already; without checksums.
 */
static inline void frame_head(uint8_t room[40], int side, uint32_t seq, uint8_t flags, size_t total)
{
	static const uint16_t ports[] = { 1000, 80 };

	memcpy(room, "\x45\0\0\0\0\0\0\0\x40\6\0\0\x0a\0\0\0\x0a\0\0\0", 20);
	memcpy(room + 20, "\0\0\0\0\0\0\0\0\0\0\0\0\x50\0\xff\xff\0\0\0\0", 20);
	frame_put_u16(room + 2, total);
	room[15] = (uint8_t)(1 + side);
	room[19] = (uint8_t)(2 - side);
	frame_put_u16(room + 20, ports[side]);
	frame_put_u16(room + 22, ports[!side]);
	frame_put_u16(room + 24, seq >> 16);
	frame_put_u16(room + 26, seq & 0xffff);
	room[33] = flags;
}

/* What a source would give, whole; `f` stays the owner of the bytes. */
static inline struct hw_frame frame_captured(struct frame *f, uint16_t linktype)
{
	return (struct hw_frame){
		.time_ns = 1700000000u * UINT64_C(1000000000),
		.data = frame_bytes(f),
		.len = (uint32_t)frame_len(f),
		.wire_len = (uint32_t)frame_len(f),
		.linktype = linktype,
	};
}

#endif
