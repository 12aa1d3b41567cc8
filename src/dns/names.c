/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/names.c - see names.h */
#include "dns/names.h"

#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct type {
	uint16_t number;
	const char *name, *layout;
};

static const struct type types[] = {
#define HW_DNS_TYPE(number, name, layout) { number, name, layout },
#include "dns/type.def"
#undef HW_DNS_TYPE
};

struct name {
	uint16_t number;
	const char *text;
};

/* "DNS CLASSes" */
static const struct name classes[] = {
	{ 1, "IN" }, { 2, "CS" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" },
};

/* "DNS OpCodes" */
/* "DNS RCODEs"; 16 is BADSIG in a TSIG record, which is not the message's code. */
static const struct name rcodes[] = {
	{ 0, "NOERROR" },  { 1, "FORMERR" }, { 2, "SERVFAIL" },	 { 3, "NXDOMAIN" },
	{ 4, "NOTIMP" },   { 5, "REFUSED" }, { 6, "YXDOMAIN" },	 { 7, "YXRRSET" },
	{ 8, "NXRRSET" },  { 9, "NOTAUTH" }, { 10, "NOTZONE" },	 { 11, "DSOTYPENI" },
	{ 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" },	 { 19, "BADMODE" },
	{ 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" },
};

/* "DNS EDNS0 Option Codes (OPT)" */
static const struct name options[] = {
	{ 1, "LLQ" },
	{ 2, "UL" },
	{ 3, "NSID" },
	{ 5, "DAU" },
	{ 6, "DHU" },
	{ 7, "N3U" },
	{ 8, "ECS" },
	{ 9, "EXPIRE" },
	{ 10, "COOKIE" },
	{ 11, "KEEPALIVE" },
	{ 12, "PADDING" },
	{ 13, "CHAIN" },
	{ 14, "KEYTAG" },
	{ 15, "EDE" },
	{ 16, "CLIENT-TAG" },
	{ 17, "SERVER-TAG" },
	{ 18, "REPORT-CHANNEL" },
	{ 19, "ZONEVERSION" },
	{ 20292, "UMBRELLA-IDENT" },
	{ 26946, "DEVICEID" },
};

/* gopacket 1.1.19, DNSClass.String() */
static const struct name tracee_classes[] = {
	{ 1, "IN" }, { 2, "CS" }, { 3, "CH" }, { 4, "HS" }, { 255, "Any" },
};

/* DNSOpCode.String(), in lower case */
static const struct name tracee_opcodes[] = {
	{ 0, "query" }, { 1, "inverse query" }, { 2, "status" }, { 4, "notify" }, { 5, "update" },
};

/* DNSResponseCode.String(), in lower case; the blank at the end of the third is its own. */
static const struct name tracee_rcodes[] = {
	{ 0, "no error" },
	{ 1, "format error" },
	{ 2, "server failure " },
	{ 3, "non-existent domain" },
	{ 4, "not implemented" },
	{ 5, "query refused" },
	{ 6, "name exists when it should not" },
	{ 7, "rr set exists when it should not" },
	{ 8, "rr set that should exist does not" },
	{ 9, "server not authoritative for zone" },
	{ 10, "name not contained in zone" },
	{ 16, "bad opt version" },
	{ 17, "key not recognized" },
	{ 18, "signature out of time window" },
	{ 19, "bad tkey mode" },
	{ 20, "duplicate key name" },
	{ 21, "algorithm not supported" },
	{ 22, "bad truncation" },
	{ 23, "bad cookie" },
};

/* DNSOptionCode.String() */
static const struct name tracee_options[] = {
	{ 3, "NSID" },
	{ 5, "DAU" },
	{ 6, "DHU" },
	{ 7, "N3U" },
	{ 8, "EDNSClientSubnet" },
	{ 9, "EDNSExpire" },
	{ 10, "Cookie" },
	{ 11, "EDNSKeepAlive" },
	{ 12, "CodePadding" },
	{ 13, "CodeChain" },
	{ 14, "CodeEDNSKeyTag" },
	{ 16, "EDNSClientTag" },
	{ 17, "EDNSServerTag" },
	{ 26946, "DeviceID" },
};

static const struct type *find_type(uint16_t number)
{
	size_t low = 0, high = COUNT(types);

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (types[middle].number == number)
			return &types[middle];
		if (types[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct hw_slice find(const struct name *table, size_t nr, uint16_t number,
			    const char *otherwise)
{
	for (size_t i = 0; i < nr; i++) {
		if (table[i].number == number)
			return hw_slice_text(table[i].text);
	}
	return hw_slice_text(otherwise);
}

struct hw_slice hw_dns_type_name(uint16_t type)
{
	const struct type *t = find_type(type);

	return hw_slice_text(t ? t->name : "");
}

const char *hw_dns_type_layout(uint16_t type)
{
	const struct type *t = find_type(type);

	return t ? t->layout : NULL;
}

static struct hw_slice or_number(struct hw_slice name, const char *what, uint16_t number,
				 char room[HW_DNS_NUMBER_TEXT_MAX])
{
	if (name.len)
		return name;
	snprintf(room, HW_DNS_NUMBER_TEXT_MAX, "%s%u", what, (unsigned int)number);
	return hw_slice_text(room);
}

struct hw_slice hw_dns_type_text(uint16_t type, char room[HW_DNS_NUMBER_TEXT_MAX])
{
	return or_number(hw_dns_type_name(type), "TYPE", type, room);
}

struct hw_slice hw_dns_class_text(uint16_t class, char room[HW_DNS_NUMBER_TEXT_MAX])
{
	return or_number(find(classes, COUNT(classes), class, ""), "CLASS", class, room);
}

struct hw_slice hw_dns_rcode_text(uint16_t rcode, char room[HW_DNS_NUMBER_TEXT_MAX])
{
	return or_number(find(rcodes, COUNT(rcodes), rcode, ""), "RCODE", rcode, room);
}

struct hw_slice hw_dns_option_text(uint16_t code, char room[HW_DNS_NUMBER_TEXT_MAX])
{
	return or_number(find(options, COUNT(options), code, ""), "OPT", code, room);
}

/* DNSType.String(): 1 to 16 and four more; the names are the registered ones. */
struct hw_slice hw_dns_type_text_tracee(uint16_t type)
{
	const bool known = (type >= 1 && type <= HW_DNS_TYPE_TXT) || type == HW_DNS_TYPE_AAAA ||
			   type == HW_DNS_TYPE_SRV || type == HW_DNS_TYPE_OPT ||
			   type == HW_DNS_TYPE_URI;

	return known ? hw_dns_type_name(type) : HW_SLICE("Unknown");
}

struct hw_slice hw_dns_class_text_tracee(uint16_t class)
{
	return find(tracee_classes, COUNT(tracee_classes), class, "Unknown");
}

struct hw_slice hw_dns_opcode_text_tracee(uint8_t opcode)
{
	return find(tracee_opcodes, COUNT(tracee_opcodes), opcode, "unknown");
}

struct hw_slice hw_dns_rcode_text_tracee(uint8_t rcode)
{
	return find(tracee_rcodes, COUNT(tracee_rcodes), rcode, "unknown");
}

struct hw_slice hw_dns_option_text_tracee(uint16_t code)
{
	return find(tracee_options, COUNT(tracee_options), code, "Unknown");
}
