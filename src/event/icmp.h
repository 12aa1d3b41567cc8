/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/icmp.h - the `typeCode` of net_packet_icmp and net_packet_icmpv6
 *
 * To Tracee's letter, which is gopacket 1.1.19's: "EchoRequest",
 * "DestinationUnreachable(Port)"; a code that is not known, or that the type has no use
 * for, is "DestinationUnreachable(Code: 99)"; a type that is not known is "200(3)".
 */
#ifndef HW_EVENT_ICMP_H
#define HW_EVENT_ICMP_H

#include "base/slice.h"

enum { HW_ICMP_TEXT_MAX = 48 }; /* longest text, with its NUL */

/* Each returns the text, which is in `room` or static. */
struct hw_slice hw_icmp_text(uint8_t type, uint8_t code, char room[HW_ICMP_TEXT_MAX]);
struct hw_slice hw_icmpv6_text(uint8_t type, uint8_t code, char room[HW_ICMP_TEXT_MAX]);

#endif
