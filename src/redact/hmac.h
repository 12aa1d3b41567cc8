/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/hmac.h - HMAC-SHA-256: what a secret is known by without being told
 *
 * `openssl dgst -r -sha256 -hmac KEY` gives the same, so that one who has the key can look a
 * secret up. RFC 2104, FIPS 180-4.
 */
#ifndef HW_REDACT_HMAC_H
#define HW_REDACT_HMAC_H

#include "base/slice.h"

enum {
	HW_SHA256_BYTES = 32,
	HW_SHA256_BLOCK = 64,
};

struct hw_sha256 {
	uint32_t h[8];
	uint64_t len; /* bytes taken so far */
	uint8_t block[HW_SHA256_BLOCK];
};

void hw_sha256_init(struct hw_sha256 *s);
void hw_sha256_add(struct hw_sha256 *s, struct hw_slice bytes);
void hw_sha256_end(struct hw_sha256 *s, uint8_t ret[HW_SHA256_BYTES]);

/* The state after the key: begin each text with a copy of it. */
struct hw_hmac {
	struct hw_sha256 inner, outer;
};

/* `key` of any length is not kept. */
void hw_hmac_init(struct hw_hmac *h, struct hw_slice key);
void hw_hmac_add(struct hw_hmac *h, struct hw_slice bytes);
void hw_hmac_end(struct hw_hmac *h, uint8_t ret[HW_SHA256_BYTES]);

#endif
