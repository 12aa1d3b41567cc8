/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/community_id.h - the Community ID of a TCP connection, version 1
 *
 * What Zeek, Suricata and Wireshark call it, too, so that events can be joined:
 * github.com/corelight/community-id-spec. Seed 0.
 */
#ifndef HW_EXCHANGE_COMMUNITY_ID_H
#define HW_EXCHANGE_COMMUNITY_ID_H

#include "base/addr.h"

enum { HW_COMMUNITY_ID_MAX = 32 };

/* "1:" and base64 of a SHA-1, with a NUL. The order of the two ends does not matter. */
void hw_community_id(const struct hw_addr *a, uint16_t a_port, const struct hw_addr *b,
		     uint16_t b_port, char ret[HW_COMMUNITY_ID_MAX]);

#endif
