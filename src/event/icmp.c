/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/icmp.c - see icmp.h */
#include "event/icmp.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A type, and its codes from 0 on; none: the type has no use for the code. */
struct icmp_type {
	uint8_t number;
	uint8_t codes_nr;
	const char *name;
	const char *const *codes;
};

/* RFC 792, RFC 1122, RFC 1812 */
static const char *const unreachable[] = {
	"Net",
	"Host",
	"Protocol",
	"Port",
	"FragmentationNeeded",
	"SourceRoutingFailed",
	"NetUnknown",
	"HostUnknown",
	"SourceIsolated",
	"NetAdminProhibited",
	"HostAdminProhibited",
	"NetTOS",
	"HostTOS",
	"CommAdminProhibited",
	"HostPrecedence",
	"PrecedenceCutoff",
};
static const char *const redirect[] = { "Net", "Host", "TOS+Net", "TOS+Host" };
static const char *const exceeded[] = { "TTLExceeded", "FragmentReassemblyTimeExceeded" };
static const char *const parameter[] = { "PointerIndicatesError", "MissingOption", "BadLength" };

static const struct icmp_type icmp_types[] = {
	{ 0, 0, "EchoReply" },
	{ 3, COUNT(unreachable), "DestinationUnreachable", unreachable },
	{ 4, 0, "SourceQuench" },
	{ 5, COUNT(redirect), "Redirect", redirect },
	{ 8, 0, "EchoRequest" },
	{ 9, 0, "RouterAdvertisement" },
	{ 10, 0, "RouterSolicitation" },
	{ 11, COUNT(exceeded), "TimeExceeded", exceeded },
	{ 12, COUNT(parameter), "ParameterProblem", parameter },
	{ 13, 0, "TimestampRequest" },
	{ 14, 0, "TimestampReply" },
	{ 15, 0, "InfoRequest" },
	{ 16, 0, "InfoReply" },
	{ 17, 0, "AddressMaskRequest" },
	{ 18, 0, "AddressMaskReply" },
};

/* RFC 4443 */
static const char *const unreachable6[] = {
	"NoRouteToDst",	   "AdminProhibited",	     "BeyondScopeOfSrc", "AddressUnreachable",
	"PortUnreachable", "SrcAddressFailedPolicy", "RejectRouteToDst",
};
static const char *const exceeded6[] = { "HopLimitExceeded", "FragmentReassemblyTimeExceeded" };
static const char *const parameter6[] = {
	"ErroneousHeaderField",
	"UnrecognizedNextHeader",
	"UnrecognizedIPv6Option",
};

/* RFC 4443, RFC 4861; gopacket has no names for multicast listener discovery. */
static const struct icmp_type icmpv6_types[] = {
	{ 1, COUNT(unreachable6), "DestinationUnreachable", unreachable6 },
	{ 2, 0, "PacketTooBig" },
	{ 3, COUNT(exceeded6), "TimeExceeded", exceeded6 },
	{ 4, COUNT(parameter6), "ParameterProblem", parameter6 },
	{ 128, 0, "EchoRequest" },
	{ 129, 0, "EchoReply" },
	{ 133, 0, "RouterSolicitation" },
	{ 134, 0, "RouterAdvertisement" },
	{ 135, 0, "NeighborSolicitation" },
	{ 136, 0, "NeighborAdvertisement" },
	{ 137, 0, "Redirect" },
};

static const struct icmp_type *find(const struct icmp_type *types, size_t nr, uint8_t number)
{
	for (size_t i = 0; i < nr; i++) {
		if (types[i].number == number)
			return &types[i];
	}
	return NULL;
}

static struct hw_slice text(const struct icmp_type *t, uint8_t type, uint8_t code,
			    char room[HW_ICMP_TEXT_MAX])
{
	int len;

	if (!t)
		len = snprintf(room, HW_ICMP_TEXT_MAX, "%u(%u)", type, code);
	else if (code < t->codes_nr)
		len = snprintf(room, HW_ICMP_TEXT_MAX, "%s(%s)", t->name, t->codes[code]);
	else if (t->codes_nr == 0 && code == 0)
		return hw_slice_text(t->name);
	else
		len = snprintf(room, HW_ICMP_TEXT_MAX, "%s(Code: %u)", t->name, code);
	return hw_slice(room, (size_t)len);
}

struct hw_slice hw_icmp_text(uint8_t type, uint8_t code, char room[HW_ICMP_TEXT_MAX])
{
	return text(find(icmp_types, COUNT(icmp_types), type), type, code, room);
}

struct hw_slice hw_icmpv6_text(uint8_t type, uint8_t code, char room[HW_ICMP_TEXT_MAX])
{
	return text(find(icmpv6_types, COUNT(icmpv6_types), type), type, code, room);
}
