/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_ip_protocol.c */
#include "unit/unit.h"

#include <netinet/in.h>

#include "event/ip_protocol.h"

/* By the numbers of the C library; it lacks the last ones. */
static const struct {
	uint8_t protocol;
	struct hw_slice name;
} cases[] = {
	{ IPPROTO_HOPOPTS, HW_SLICE("IPv6HopByHop") },
	{ IPPROTO_ICMP, HW_SLICE("ICMPv4") },
	{ IPPROTO_IGMP, HW_SLICE("IGMP") },
	{ IPPROTO_IPIP, HW_SLICE("IPv4") },
	{ IPPROTO_TCP, HW_SLICE("TCP") },
	{ IPPROTO_UDP, HW_SLICE("UDP") },
	{ IPPROTO_IPV6, HW_SLICE("IPv6") },
	{ IPPROTO_ROUTING, HW_SLICE("IPv6Routing") },
	{ IPPROTO_FRAGMENT, HW_SLICE("IPv6Fragment") },
	{ IPPROTO_GRE, HW_SLICE("GRE") },
	{ IPPROTO_ESP, HW_SLICE("IPSecESP") },
	{ IPPROTO_AH, HW_SLICE("IPSecAH") },
	{ IPPROTO_ICMPV6, HW_SLICE("ICMPv6") },
	{ IPPROTO_NONE, HW_SLICE("NoNextHeader") },
	{ IPPROTO_DSTOPTS, HW_SLICE("IPv6Destination") },
	{ IPPROTO_BEETPH, HW_SLICE("IPv4") },
	{ IPPROTO_SCTP, HW_SLICE("SCTP") },
	{ IPPROTO_UDPLITE, HW_SLICE("UDPLite") },
	{ IPPROTO_MPLS, HW_SLICE("MPLS") },
	{ 27, HW_SLICE("RUDP") },
	{ 89, HW_SLICE("OSPF") },
	{ 97, HW_SLICE("EtherIP") },
	{ 112, HW_SLICE("VRRP") },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static void names_what_gopacket_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++)
		assert_slice_equal(hw_ip_protocol_name(cases[i].protocol), cases[i].name);
}

static void all_others_are_unknown(void **state)
{
	const struct hw_slice unknown = HW_SLICE("UnknownIPProtocol");
	int known = 0;

	(void)state;
	for (int protocol = 0; protocol < 256; protocol++)
		known += !hw_slice_eq(hw_ip_protocol_name((uint8_t)protocol), unknown);
	assert_int_equal(known, CASES_NR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_gopacket_names),
		cmocka_unit_test(all_others_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
