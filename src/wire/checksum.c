/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/checksum.c - see checksum.h */
#include "wire/checksum.h"

#include <endian.h>

/*
 * 32-bit words are summed in 64-bit lanes, where 2^32 of them cannot overflow: 2^16 is 1
 * modulo 0xffff, so wide words add up to the same as narrow ones. The compiler makes
 * vector code of it for whatever machine there is.
 */
typedef uint64_t lanes __attribute__((vector_size(16)));

static uint64_t halves(uint64_t v)
{
	return (v & UINT32_MAX) + (v >> 32);
}

static lanes load_halves(const uint8_t *p)
{
	const lanes low = { UINT32_MAX, UINT32_MAX };
	lanes v;

	memcpy(&v, p, sizeof(v));
	return (v & low) + (v >> 32);
}

/* At most 8 bytes. */
static uint64_t load_tail(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, p, len);
	return halves(v);
}

/* The last `len` bytes before `end`, where 8 can be read: without a call for a few bytes. */
static uint64_t load_last(const uint8_t *end, size_t len)
{
	const unsigned others = (unsigned)(8 * (8 - len));
	uint64_t v;

	memcpy(&v, end - 8, 8);
	return halves(le64toh(1) == 1 ? v >> others : v << others);
}

uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s)
{
	const uint8_t *p = s.ptr;
	size_t len = s.len;
	lanes a = { 0 }, b = { 0 };

	for (; len >= 64; len -= 64, p += 64) {
		a += load_halves(p) + load_halves(p + 16);
		b += load_halves(p + 32) + load_halves(p + 48);
	}
	a += b;
	sum = halves(sum) + halves(a[0]) + halves(a[1]);

	for (; len >= 8; len -= 8, p += 8)
		sum += load_tail(p, 8);
	if (len && s.len >= 8)
		return sum + load_last(p + len, len);
	return len ? sum + load_tail(p, len) : sum;
}

/* An IPv4 address is summed in its mapped form: the ffff in front is a zero here. */
uint64_t hw_checksum_pseudo(const struct hw_addr *src, const struct hw_addr *dst, uint8_t protocol,
			    uint32_t len)
{
	uint64_t sum = (uint64_t)htobe16(protocol) + htobe32(len);

	sum += load_tail(src->b, 8) + load_tail(src->b + 8, 8);
	return sum + load_tail(dst->b, 8) + load_tail(dst->b + 8, 8);
}

uint16_t hw_checksum_fold(uint64_t sum)
{
	sum = halves(halves(sum));
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}
