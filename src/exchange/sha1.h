/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/sha1.h - SHA-1 (FIPS 180-4), because Community IDs are made with it
 *
 * Nothing is kept secret by it: it only has to give what the others' gives.
 */
#ifndef HW_EXCHANGE_SHA1_H
#define HW_EXCHANGE_SHA1_H

#include "base/slice.h"

enum { HW_SHA1_BYTES = 20 };

void hw_sha1(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES]);

/* The same without what this processor has. */
void hw_sha1_portable(struct hw_slice bytes, uint8_t ret[HW_SHA1_BYTES]);

#endif
