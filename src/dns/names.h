/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/names.h - what the numbers in a DNS message are called
 *
 * Two ways: as IANA's registries of DNS parameters have it, every number having a name;
 * and as Tracee prints it (gopacket 1.1.19), which knows few and calls the others
 * `Unknown`. All text that is returned is static.
 */
#ifndef HW_DNS_NAMES_H
#define HW_DNS_NAMES_H

#include "base/slice.h"

/* The types that have members of their own in struct hw_dns_rr, and some to speak of. */
enum hw_dns_type {
	HW_DNS_TYPE_A = 1,
	HW_DNS_TYPE_NS = 2,
	HW_DNS_TYPE_CNAME = 5,
	HW_DNS_TYPE_SOA = 6,
	HW_DNS_TYPE_PTR = 12,
	HW_DNS_TYPE_HINFO = 13,
	HW_DNS_TYPE_MX = 15,
	HW_DNS_TYPE_TXT = 16,
	HW_DNS_TYPE_AAAA = 28,
	HW_DNS_TYPE_SRV = 33,
	HW_DNS_TYPE_OPT = 41,
	HW_DNS_TYPE_URI = 256,
};

enum hw_dns_class {
	HW_DNS_CLASS_NONE = 254, /* RFC 2136: in updates */
	HW_DNS_CLASS_ANY = 255,
};

enum { HW_DNS_NUMBER_TEXT_MAX = 12 }; /* longest of "TYPE65535", "CLASS65535", with its NUL */

/* The registered name: "AAAA", "HTTPS". Empty if there is none. */
struct hw_slice hw_dns_type_name(uint16_t type);

/*
 * The registered name: "AAAA"; "IN"; "NOERROR", "BADVERS"; "NSID". Or else the number with what it
 * is: "TYPE65280", "CLASS7" (RFC 3597), "RCODE99", "OPT65001": then the text is in `room`.
 */
struct hw_slice hw_dns_type_text(uint16_t type, char room[HW_DNS_NUMBER_TEXT_MAX]);
struct hw_slice hw_dns_class_text(uint16_t class, char room[HW_DNS_NUMBER_TEXT_MAX]);
struct hw_slice hw_dns_rcode_text(uint16_t rcode, char room[HW_DNS_NUMBER_TEXT_MAX]);
struct hw_slice hw_dns_option_text(uint16_t code, char room[HW_DNS_NUMBER_TEXT_MAX]);

/* To Tracee's letter: "Unknown"; "unknown", "inverse query"; "server failure ". */
struct hw_slice hw_dns_type_text_tracee(uint16_t type);
struct hw_slice hw_dns_class_text_tracee(uint16_t class);
struct hw_slice hw_dns_opcode_text_tracee(uint8_t opcode);
struct hw_slice hw_dns_rcode_text_tracee(uint8_t rcode);
struct hw_slice hw_dns_option_text_tracee(uint16_t code);

/*
 * How the rdata of `type` is laid out, in the letters of dns/type.def; NULL if that is
 * not known. For dns/rdata.c.
 */
const char *hw_dns_type_layout(uint16_t type);

#endif
