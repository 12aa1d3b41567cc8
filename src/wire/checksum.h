/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/checksum.h - the Internet checksum (RFC 1071)
 *
 * Sums are of 16-bit words in the machine's own byte order, not yet folded; ones'
 * complement does not mind, as long as every word of a sum is read in the same order.
 */
#ifndef HW_WIRE_CHECKSUM_H
#define HW_WIRE_CHECKSUM_H

#include "base/addr.h"
#include "base/slice.h"

/*
 * `sum` and the words of `s`, which is below 4 GiB. An odd last byte is followed by a zero,
 * so only the last of several slices may be of odd length.
 */
uint64_t hw_checksum_add(uint64_t sum, struct hw_slice s);

/* The sum of the pseudo-header: RFC 9293 3.1, RFC 8200 8.1. */
uint64_t hw_checksum_pseudo(const struct hw_addr *src, const struct hw_addr *dst, uint8_t protocol,
			    uint32_t len);

/* Folded to 16 bits; 0xffff for a sum that includes a right checksum. */
uint16_t hw_checksum_fold(uint64_t sum);

#endif
