/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/ip_protocol.h - what the numbers of IP protocols are called */
#ifndef HW_EVENT_IP_PROTOCOL_H
#define HW_EVENT_IP_PROTOCOL_H

#include "base/slice.h"

/*
 * "TCP", "UDP", "ICMPv4", ...: the names of gopacket, which Tracee prints; the rest is
 * "UnknownIPProtocol". Static storage.
 */
struct hw_slice hw_ip_protocol_name(uint8_t protocol);

#endif
