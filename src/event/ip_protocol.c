/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/ip_protocol.c - see ip_protocol.h */
#include "event/ip_protocol.h"

struct hw_slice hw_ip_protocol_name(uint8_t protocol)
{
	static const char *const names[256] = {
		[0] = "IPv6HopByHop",  [1] = "ICMPv4",
		[2] = "IGMP",	       [4] = "IPv4",
		[6] = "TCP",	       [17] = "UDP",
		[27] = "RUDP",	       [41] = "IPv6",
		[43] = "IPv6Routing",  [44] = "IPv6Fragment",
		[47] = "GRE",	       [50] = "IPSecESP",
		[51] = "IPSecAH",      [58] = "ICMPv6",
		[59] = "NoNextHeader", [60] = "IPv6Destination",
		[89] = "OSPF",	       [94] = "IPv4",
		[97] = "EtherIP",      [112] = "VRRP",
		[132] = "SCTP",	       [136] = "UDPLite",
		[137] = "MPLS",
	};
	const char *const name = names[protocol];

	return hw_slice_text(name ? name : "UnknownIPProtocol");
}
