/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/checksum.h - the Internet checksum (RFC 1071)
 *
 * Sums are of 64-bit words in the machine's own byte order, modulo 2^64 - 1: 2^16 is 1
 * modulo 0xffff, so wide words add up to the same as narrow ones, and ones' complement does
 * not mind the order, as long as every word of a sum is read in the same.
 */
#ifndef HW_WIRE_CHECKSUM_H
#define HW_WIRE_CHECKSUM_H

#include <endian.h>

#include "base/addr.h"
#include "base/slice.h"

/* Two sums as one: what is carried out is 1 modulo 2^64 - 1. */
static inline uint64_t hw_checksum_plus(uint64_t a, uint64_t b)
{
	uint64_t sum;
	const bool carry = __builtin_add_overflow(a, b, &sum);

	return sum + carry;
}

/* The sum of 8 bytes, and of 4. */
static inline uint64_t hw_checksum_8(const uint8_t *p)
{
	uint64_t ret;

	memcpy(&ret, p, sizeof(ret));
	return ret;
}

static inline uint64_t hw_checksum_4(const uint8_t *p)
{
	uint32_t ret;

	memcpy(&ret, p, sizeof(ret));
	return ret;
}

/*
 * `sum` and the words of `s`. An odd last byte is followed by a zero, so only the last of
 * several slices may be of odd length.
 */
uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s);

/*
 * The same by what every processor has, and by what this one has but for AVX-512: what they add up to
 * is 0xffff times a number apart.
 */
uint64_t hw_checksum_add_portable(uint64_t sum, struct hw_slice s);
uint64_t hw_checksum_add_narrow(uint64_t sum, struct hw_slice s);

/* What a pseudo-header has beside its addresses: RFC 9293 3.1, RFC 8200 8.1. */
static inline uint64_t hw_checksum_protocol(uint8_t protocol, uint32_t len)
{
	return (uint64_t)htobe16(protocol) + htobe32(len);
}

/*
 * The sum of the pseudo-header. An IPv4 address is summed in its mapped form: the ffff in
 * front is a zero here.
 */
static inline uint64_t hw_checksum_pseudo(const struct hw_addr *src, const struct hw_addr *dst,
					  uint8_t protocol, uint32_t len)
{
	const uint64_t from = hw_checksum_plus(hw_checksum_8(src->b), hw_checksum_8(src->b + 8));
	const uint64_t to = hw_checksum_plus(hw_checksum_8(dst->b), hw_checksum_8(dst->b + 8));

	return hw_checksum_plus(hw_checksum_plus(from, to), hw_checksum_protocol(protocol, len));
}

/*
 * Whether a sum that includes its checksum says that it is right: folded, it is 0xffff. No sum
 * is 0 unless all of it is, which no header is.
 */
static inline bool hw_checksum_is_right(uint64_t sum)
{
	return sum % 0xffff == 0;
}

/* Folded to 16 bits. */
uint16_t hw_checksum_fold(uint64_t sum);

#endif
