/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/checksum.c - see checksum.h */
#include "wire/checksum.h"

#include "base/layout.h"

/* The sum of the `len` bytes, fewer than 8, that are all there are. */
HW_APART static uint64_t add_few(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return hw_checksum_plus(sum, word);
}

/* The last `len` bytes before `end`, where 8 can be read: without a call for a few bytes. */
static uint64_t load_last(const uint8_t *end, size_t len)
{
	const unsigned others = (unsigned)(8 * (8 - len));
	const uint64_t word = hw_checksum_8(end - 8);

	return le64toh(1) == 1 ? word >> others : word << others;
}

uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s)
{
	const uint8_t *p = s.ptr;
	size_t len = s.len;
	uint64_t other = 0; /* two sums, so that neither word waits for the carry before it */

	if (len < 8)
		return len ? add_few(sum, p, len) : sum;
	for (; len >= 32; len -= 32, p += 32) {
		sum = hw_checksum_plus(sum, hw_checksum_8(p));
		other = hw_checksum_plus(other, hw_checksum_8(p + 8));
		sum = hw_checksum_plus(sum, hw_checksum_8(p + 16));
		other = hw_checksum_plus(other, hw_checksum_8(p + 24));
	}
	for (; len >= 8; len -= 8, p += 8)
		sum = hw_checksum_plus(sum, hw_checksum_8(p));
	if (len)
		sum = hw_checksum_plus(sum, load_last(p + len, len));
	return hw_checksum_plus(sum, other);
}

uint16_t hw_checksum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}
