/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/table.c - see table.h */
#include "event/table.h"

#include "dns/message.h"
#include "dns/names.h"
#include "event/exchange_fields.h"
#include "event/place.h"
#include "http/message.h"

/* clang-format off */
#define AT_HTTP(member) AT(HTTP, hw_http_message, member)
#define AT_DNS(member) AT(DNS, hw_dns_message, member)
#define AT_QUESTION(member) AT(ITEM, hw_dns_question, member)
#define AT_RR(member) AT(ITEM, hw_dns_rr, member)
#define AT_ANSWER(member) AT(SUBITEM, hw_dns_rr, member)
/* A list of `fields` that is a member of the DNS message, with its number behind it. */
#define DNS_LIST(member, element, element_base, element_fields) \
	HW_FIELD_LIST, AT_DNS(member), .nr_offset = offsetof(struct hw_dns_message, member##_nr), \
	.stride = sizeof(struct element), .item = element_base, .fields = element_fields
#define MADE(function) .type = HW_FIELD_MADE_TEXT, .make = function
#define AT_EVENT_SLICES(member) AT_EVENT(member.ptr), \
	.nr_offset = offsetof(struct hw_event, member.nr)
/* clang-format on */

/* ---- values of several events ---- */

static const struct hw_field packet_metadata[] = {
	{ "direction", NULL,
	  "which way the packet passed this host: 1 ingress, 2 egress, 0 not known (json-v1beta1: "
	  "\"ingress\", \"egress\", \"unknown\")",
	  HW_FIELD_DIRECTION, AT_EVENT(direction) },
	{ 0 },
};

static const struct hw_field pkt_meta[] = {
	{ "src_ip", NULL, "address of the sender", HW_FIELD_SHORT_TEXT, AT_EVENT(src_text) },
	{ "dst_ip", NULL, "address of the receiver", HW_FIELD_SHORT_TEXT, AT_EVENT(dst_text) },
	{ "src_port", NULL, "port of the sender", HW_FIELD_U16, AT_EVENT(src_port) },
	{ "dst_port", NULL, "port of the receiver", HW_FIELD_U16, AT_EVENT(dst_port) },
	{ "protocol", NULL, "IP protocol number: 6 TCP, 17 UDP", HW_FIELD_U8, AT_EVENT(protocol) },
	{ "packet_len", NULL,
	  "IPv4: total length, IPv6: payload length, of the packet that completed this",
	  HW_FIELD_U32, AT_EVENT(packet_len) },
	{ "iface", NULL, "always \"any\"", HW_FIELD_CONSTANT, .constant = "any" },
	{ 0 },
};

/* clang-format off */
#define ARG_SRC \
	{ "src", NULL, "address of the sender: dotted IPv4 (an IPv4-mapped one too), or IPv6 " \
	  "as in RFC 5952", HW_FIELD_SHORT_TEXT, AT_EVENT(src_text), \
	  .type_name = "string", .key_b = "str" }
#define ARG_DST \
	{ "dst", NULL, "address of the receiver", HW_FIELD_SHORT_TEXT, AT_EVENT(dst_text), \
	  .type_name = "string", .key_b = "str" }
#define ARG_SRC_PORT \
	{ "src_port", NULL, "port of the sender", HW_FIELD_U16, AT_EVENT(src_port), \
	  .type_name = "uint16", .key_b = "u_int32" }
#define ARG_DST_PORT \
	{ "dst_port", NULL, "port of the receiver", HW_FIELD_U16, AT_EVENT(dst_port), \
	  .type_name = "uint16", .key_b = "u_int32" }
#define ARG_METADATA \
	{ "metadata", NULL, "about the packet", HW_FIELD_OBJECT, .fields = packet_metadata, \
	  .flags = HW_FIELD_FLAT_B, .type_name = "trace.PacketMetadata", .key_b = "str" }
#define ARG_PKT_META \
	{ "metadata", NULL, "about the packet", HW_FIELD_OBJECT, .fields = pkt_meta, \
	  .type_name = "trace.PktMeta", .key_b = "packet_metadata" }
/* clang-format on */

/* ---- HTTP ---- */

/* clang-format off */
#define HTTP_METHOD \
	{ "method", NULL, "method as received, any token; a response: empty", \
	  HW_FIELD_TEXT, AT_HTTP(method) }
#define HTTP_PROTOCOL \
	{ "protocol", NULL, "version as received: \"HTTP/1.1\"", HW_FIELD_TEXT, AT_HTTP(protocol) }
#define HTTP_HOST \
	{ "host", NULL, "host of the target if it has one (absolute-form), else the Host " \
	  "header; a response: empty", HW_FIELD_TEXT, AT_HTTP(host) }
#define HTTP_URI_PATH \
	{ "uri_path", NULL, "path of the target, percent-decoded, without the query; a " \
	  "response: empty", HW_FIELD_TEXT, AT_HTTP(uri_path) }
#define HTTP_STATUS \
	{ "status", NULL, "status code and reason phrase: \"200 OK\"; a request: empty", \
	  HW_FIELD_TEXT, AT_HTTP(status) }
#define HTTP_STATUS_CODE \
	{ "status_code", NULL, "status code; a request: 0", HW_FIELD_I32, AT_HTTP(status_code) }
#define HTTP_HEADERS \
	{ "headers", NULL, "name to list of values, the names in canonical form and sorted; " \
	  "without a request's Host and the fields that framing uses up", HW_FIELD_HEADERS, \
	  AT_HTTP(headers), .nr_offset = offsetof(struct hw_http_message, headers_nr) }
#define HTTP_CONTENT_LENGTH \
	{ "content_length", NULL, "length of the body as announced; -1: not known, or chunked", \
	  HW_FIELD_I64, AT_HTTP(content_length) }
/* clang-format on */

static struct hw_slice kind_text(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return *(const enum hw_http_kind *)value == HW_HTTP_REQUEST ? HW_SLICE("request")
								    : HW_SLICE("response");
}

static const struct hw_field proto_http[] = {
	{ "direction", NULL, "\"request\" or \"response\"", MADE(kind_text), AT_HTTP(kind),
	  .words = hw_words_kind },
	HTTP_METHOD,
	HTTP_PROTOCOL,
	HTTP_HOST,
	HTTP_URI_PATH,
	HTTP_STATUS,
	HTTP_STATUS_CODE,
	HTTP_HEADERS,
	HTTP_CONTENT_LENGTH,
	{ 0 },
};

static const struct hw_field proto_http_request[] = {
	HTTP_METHOD,  HTTP_PROTOCOL,	   HTTP_HOST, HTTP_URI_PATH,
	HTTP_HEADERS, HTTP_CONTENT_LENGTH, { 0 },
};

static const struct hw_field proto_http_response[] = {
	HTTP_STATUS, HTTP_STATUS_CODE, HTTP_PROTOCOL, HTTP_HEADERS, HTTP_CONTENT_LENGTH, { 0 },
};

static const struct hw_field http_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_SRC_PORT,
	ARG_DST_PORT,
	ARG_METADATA,
	{ "proto_http", NULL, "the message's head", HW_FIELD_OBJECT, .fields = proto_http,
	  .type_name = "trace.ProtoHTTP", .key_b = "http" },
	{ 0 },
};

static const struct hw_field http_request_args[] = {
	ARG_PKT_META,
	{ "http_request", NULL, "the request's head", HW_FIELD_OBJECT, .fields = proto_http_request,
	  .flags = HW_FIELD_BAD_IS_NULL, AT_HTTP(host), .type_name = "trace.ProtoHTTPRequest",
	  .key_b = "http_request" },
	{ 0 },
};

static const struct hw_field http_response_args[] = {
	ARG_PKT_META,
	{ "http_response", .type = HW_FIELD_OBJECT, .fields = proto_http_response,
	  .type_name = "trace.ProtoHTTPResponse", .key_b = "http_response",
	  .meaning = "the response's head" },
	{ 0 },
};

/* ---- packets ---- */

static const struct hw_field proto_tcp[] = {
	{ "srcPort", "src_port", "source port", HW_FIELD_U16, AT_EVENT(view.tcp.src_port) },
	{ "dstPort", "dst_port", "destination port", HW_FIELD_U16, AT_EVENT(view.tcp.dst_port) },
	{ "seq", NULL, "sequence number", HW_FIELD_U32, AT_EVENT(view.tcp.seq) },
	{ "ack", NULL, "acknowledgment number", HW_FIELD_U32, AT_EVENT(view.tcp.ack) },
	{ "dataOffset", "data_offset", "length of the header in words of 4 bytes", HW_FIELD_U8,
	  AT_EVENT(view.tcp.data_offset) },
	{ "FIN", "fin_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.fin) },
	{ "SYN", "syn_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.syn) },
	{ "RST", "rst_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.rst) },
	{ "PSH", "psh_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.psh) },
	{ "ACK", "ack_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.ack_flag) },
	{ "URG", "urg_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.urg) },
	{ "ECE", "ece_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.ece) },
	{ "CWR", "cwr_flag", "flag, 0 or 1; always 0 with --strict, as Tracee has it", HW_FIELD_U8,
	  AT_EVENT(view.tcp.cwr), .flags = HW_FIELD_STRICT_ZERO },
	{ "NS", "ns_flag", "flag, 0 or 1", HW_FIELD_U8, AT_EVENT(view.tcp.ns) },
	{ "window", NULL, "receive window, not scaled", HW_FIELD_U16, AT_EVENT(view.tcp.window) },
	{ "checksum", NULL, "as in the packet; of sent packets often the offload's partial sum",
	  HW_FIELD_U16, AT_EVENT(view.tcp.checksum) },
	{ "urgent", NULL, "urgent pointer", HW_FIELD_U16, AT_EVENT(view.tcp.urgent) },
	{ 0 },
};

static const struct hw_field proto_udp[] = {
	{ "srcPort", "src_port", "source port", HW_FIELD_U16, AT_EVENT(view.udp.src_port) },
	{ "dstPort", "dst_port", "destination port", HW_FIELD_U16, AT_EVENT(view.udp.dst_port) },
	{ "length", NULL, "bytes of header and payload", HW_FIELD_U16, AT_EVENT(view.udp.length) },
	{ "checksum", NULL, "as in the packet", HW_FIELD_U16, AT_EVENT(view.udp.checksum) },
	{ 0 },
};

static const struct hw_field proto_ipv4[] = {
	{ "version", NULL, "4", HW_FIELD_U8, AT_EVENT(view.ipv4.version) },
	{ "IHL", "ihl", "length of the header in words of 4 bytes", HW_FIELD_U8,
	  AT_EVENT(view.ipv4.ihl) },
	{ "TOS", "tos", "type of service", HW_FIELD_U8, AT_EVENT(view.ipv4.tos) },
	{ "length", NULL, "total length; that of the header where the packet has 0 (offload)",
	  HW_FIELD_U16, AT_EVENT(view.ipv4.length) },
	{ "id", NULL, "identification", HW_FIELD_U16, AT_EVENT(view.ipv4.id) },
	{ "flags", NULL, "sum of 1 (more fragments), 2 (do not fragment), 4 (reserved)",
	  HW_FIELD_U8, AT_EVENT(view.ipv4.flags) },
	{ "fragOffset", "frag_offset", "fragment offset in units of 8 bytes", HW_FIELD_U16,
	  AT_EVENT(view.ipv4.frag_offset) },
	{ "TTL", "ttl", "time to live", HW_FIELD_U8, AT_EVENT(view.ipv4.ttl) },
	{ "protocol", NULL, "name of the protocol above: \"TCP\", \"UDP\", \"ICMPv4\", ...",
	  HW_FIELD_TEXT, AT_EVENT(view.ipv4.protocol) },
	{ "checksum", NULL, "as in the packet", HW_FIELD_U16, AT_EVENT(view.ipv4.checksum) },
	{ "srcIP", "src_ip", "source address", HW_FIELD_SHORT_TEXT, AT_EVENT(src_text) },
	{ "dstIP", "dst_ip", "destination address", HW_FIELD_SHORT_TEXT, AT_EVENT(dst_text) },
	{ 0 },
};

static const struct hw_field proto_ipv6[] = {
	{ "version", NULL, "6", HW_FIELD_U8, AT_EVENT(view.ipv6.version) },
	{ "trafficClass", "traffic_class", "traffic class", HW_FIELD_U8,
	  AT_EVENT(view.ipv6.traffic_class) },
	{ "flowLabel", "flow_label", "flow label", HW_FIELD_U32, AT_EVENT(view.ipv6.flow_label) },
	{ "length", NULL, "payload length, without this header", HW_FIELD_U16,
	  AT_EVENT(view.ipv6.length) },
	{ "nextHeader", "next_header", "name of what follows: \"TCP\", \"UDP\", \"ICMPv6\", ...",
	  HW_FIELD_TEXT, AT_EVENT(view.ipv6.next_header) },
	{ "hopLimit", "hop_limit", "hop limit", HW_FIELD_U8, AT_EVENT(view.ipv6.hop_limit) },
	{ "srcIP", "src_ip", "source address", HW_FIELD_SHORT_TEXT, AT_EVENT(src_text) },
	{ "dstIP", "dst_ip", "destination address", HW_FIELD_SHORT_TEXT, AT_EVENT(dst_text) },
	{ 0 },
};

/* clang-format off */
#define ICMP_TYPE_CODE \
	{ "typeCode", "type_code", "type and code by name: \"EchoRequest\", " \
	  "\"DestinationUnreachable(Port)\"; numbers where there is none: \"200(3)\"", \
	  HW_FIELD_SHORT_TEXT, AT_EVENT(view.icmp.type_code) }
#define ICMP_CHECKSUM \
	{ "checksum", NULL, "as in the packet", HW_FIELD_U16, AT_EVENT(view.icmp.checksum) }
/* clang-format on */

static const struct hw_field proto_icmp[] = {
	ICMP_TYPE_CODE,
	ICMP_CHECKSUM,
	{ "id", NULL, "identifier of an echo; the bytes at its place for other types", HW_FIELD_U16,
	  AT_EVENT(view.icmp.id) },
	{ "seq", NULL, "sequence number of an echo; the bytes at its place for other types",
	  HW_FIELD_U16, AT_EVENT(view.icmp.seq) },
	{ 0 },
};

static const struct hw_field proto_icmpv6[] = { ICMP_TYPE_CODE, ICMP_CHECKSUM, { 0 } };

static const struct hw_field ipv4_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_METADATA,
	{ "proto_ipv4", NULL, "the IPv4 header", HW_FIELD_OBJECT, .fields = proto_ipv4,
	  .type_name = "trace.ProtoIPv4", .key_b = "ipv4" },
	{ 0 },
};

static const struct hw_field ipv6_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_METADATA,
	{ "proto_ipv6", NULL, "the IPv6 header", HW_FIELD_OBJECT, .fields = proto_ipv6,
	  .type_name = "trace.ProtoIPv6", .key_b = "ipv6" },
	{ 0 },
};

static const struct hw_field tcp_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_SRC_PORT,
	ARG_DST_PORT,
	ARG_METADATA,
	{ "proto_tcp", NULL, "the TCP header", HW_FIELD_OBJECT, .fields = proto_tcp,
	  .type_name = "trace.ProtoTCP", .key_b = "tcp" },
	{ 0 },
};

static const struct hw_field udp_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_SRC_PORT,
	ARG_DST_PORT,
	ARG_METADATA,
	{ "proto_udp", NULL, "the UDP header", HW_FIELD_OBJECT, .fields = proto_udp,
	  .type_name = "trace.ProtoUDP", .key_b = "udp" },
	{ 0 },
};

static const struct hw_field icmp_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_METADATA,
	{ "proto_icmp", NULL, "the ICMP header", HW_FIELD_OBJECT, .fields = proto_icmp,
	  .type_name = "trace.ProtoICMP", .key_b = "icmp" },
	{ 0 },
};

static const struct hw_field icmpv6_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_METADATA,
	{ "proto_icmpv6", NULL, "the ICMPv6 header", HW_FIELD_OBJECT, .fields = proto_icmpv6,
	  .type_name = "trace.ProtoICMPv6", .key_b = "icmpv6" },
	{ 0 },
};

/* ---- DNS ---- */

_Static_assert((int)HW_DNS_NUMBER_TEXT_MAX <= (int)HW_MADE_TEXT_MAX, "room");

/* As Tracee calls them. */

static struct hw_slice dns_type(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_dns_type_text_tracee(*(const uint16_t *)value);
}

static struct hw_slice dns_class(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_dns_class_text_tracee(*(const uint16_t *)value);
}

static struct hw_slice dns_opcode(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_dns_opcode_text_tracee(*(const uint8_t *)value);
}

static struct hw_slice dns_rcode(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_dns_rcode_text_tracee(*(const uint8_t *)value);
}

static struct hw_slice dns_answer(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_dns_answer_tracee(value);
}

/* As the registry calls it. */
static struct hw_slice dns_rcode_name(const void *value, char room[HW_MADE_TEXT_MAX])
{
	return hw_dns_rcode_text(*(const uint16_t *)value, room);
}

#define DNS_TYPES                                                            \
	"type of record: the registered name of 1 (\"A\") to 16 (\"TXT\"), " \
	"\"AAAA\", \"SRV\", \"OPT\" and \"URI\", else \"Unknown\""
#define DNS_CLASSES "class: \"IN\", \"CS\", \"CH\", \"HS\", \"Any\", \"Unknown\""

static const struct hw_field dns_question[] = {
	{ "name", NULL, "name that is asked for", HW_FIELD_TEXT, AT_QUESTION(name) },
	{ "type", NULL, DNS_TYPES, MADE(dns_type), AT_QUESTION(type) },
	{ "class", NULL, DNS_CLASSES, MADE(dns_class), AT_QUESTION(class) },
	{ 0 },
};

static const struct hw_field dns_soa[] = {
	{ "MName", "mname", "primary server", HW_FIELD_TEXT, AT_RR(soa.mname) },
	{ "RName", "rname", "mailbox of who is responsible", HW_FIELD_TEXT, AT_RR(soa.rname) },
	{ "serial", NULL, "version of the zone", HW_FIELD_U32, AT_RR(soa.serial) },
	{ "refresh", NULL, "seconds", HW_FIELD_U32, AT_RR(soa.refresh) },
	{ "retry", NULL, "seconds", HW_FIELD_U32, AT_RR(soa.retry) },
	{ "expire", NULL, "seconds", HW_FIELD_U32, AT_RR(soa.expire) },
	{ "minimum", NULL, "seconds", HW_FIELD_U32, AT_RR(soa.minimum) },
	{ 0 },
};

static const struct hw_field dns_srv[] = {
	{ "priority", NULL, "lower is tried first", HW_FIELD_U16, AT_RR(srv.priority) },
	{ "weight", NULL, "share among equal priorities", HW_FIELD_U16, AT_RR(srv.weight) },
	{ "port", NULL, "port of the service", HW_FIELD_U16, AT_RR(srv.port) },
	{ "name", NULL, "host of the service", HW_FIELD_TEXT, AT_RR(srv.name) },
	{ 0 },
};

static const struct hw_field dns_mx[] = {
	{ "preference", "Preference", "lower is tried first", HW_FIELD_U16, AT_RR(mx.preference) },
	{ "name", NULL, "host that takes the mail", HW_FIELD_TEXT, AT_RR(mx.name) },
	{ 0 },
};

static const struct hw_field dns_uri[] = {
	{ "priority", NULL, "lower is tried first", HW_FIELD_U16, AT_RR(uri.priority) },
	{ "weight", NULL, "share among equal priorities", HW_FIELD_U16, AT_RR(uri.weight) },
	{ "target", NULL, "the URI", HW_FIELD_TEXT, AT_RR(uri.target) },
	{ 0 },
};

static const struct hw_field dns_rr[] = {
	{ "name", NULL, "name that the record belongs to", HW_FIELD_TEXT, AT_RR(name) },
	{ "type", NULL, DNS_TYPES, MADE(dns_type), AT_RR(type) },
	{ "class", NULL, DNS_CLASSES, MADE(dns_class), AT_RR(class) },
	{ "TTL", "ttl", "seconds; of an OPT record: extended flags", HW_FIELD_U32, AT_RR(ttl) },
	{ "IP", "ip", "A, AAAA: the address", HW_FIELD_TEXT, AT_RR(ip) },
	{ "NS", "ns", "NS: the server", HW_FIELD_TEXT, AT_RR(ns) },
	{ "CNAME", "cname", "CNAME: the other name", HW_FIELD_TEXT, AT_RR(cname) },
	{ "PTR", "ptr", "PTR: the name", HW_FIELD_TEXT, AT_RR(ptr) },
	{ "TXTs", "txts", "TXT: its texts", HW_FIELD_DNS_TXTS, AT_RR(txt) },
	{ "SOA", "soa", "SOA: the start of a zone", HW_FIELD_OBJECT, .fields = dns_soa },
	{ "SRV", "srv", "SRV: where a service is", HW_FIELD_OBJECT, .fields = dns_srv },
	{ "MX", "mx", "MX: who takes mail", HW_FIELD_OBJECT, .fields = dns_mx },
	{ "OPT", "opt", "OPT: its options, each with `code` and `data`", HW_FIELD_DNS_OPTIONS,
	  AT_RR(opt) },
	{ "URI", "uri", "URI: where a service is", HW_FIELD_OBJECT, .fields = dns_uri },
	{ "TXT", "txt", "TXT: the data as it is, lengths among it", HW_FIELD_TEXT, AT_RR(txt) },
	{ 0 },
};

static const struct hw_field proto_dns[] = {
	{ "ID", "id", "number of the query", HW_FIELD_U16, AT_DNS(id) },
	{ "QR", "qr", "0 query, 1 response", HW_FIELD_U8, AT_DNS(qr) },
	{ "opCode", "op_code",
	  "what is asked: \"query\", \"inverse query\", \"status\", \"notify\", \"update\", \"unknown\"",
	  MADE(dns_opcode), AT_DNS(opcode) },
	{ "AA", "aa", "authoritative answer, 0 or 1", HW_FIELD_U8, AT_DNS(aa) },
	{ "TC", "tc", "truncated, 0 or 1", HW_FIELD_U8, AT_DNS(tc) },
	{ "RD", "rd", "recursion desired, 0 or 1", HW_FIELD_U8, AT_DNS(rd) },
	{ "RA", "ra", "recursion available, 0 or 1", HW_FIELD_U8, AT_DNS(ra) },
	{ "Z", "z", "three bits, AD and CD among them", HW_FIELD_U8, AT_DNS(z) },
	{ "responseCode", "response_code",
	  "how it went: \"no error\", \"format error\", \"server failure \", \"non-existent domain\", "
	  "\"not implemented\", \"query refused\", \"name exists when it should not\", "
	  "\"rr set exists when it should not\", \"rr set that should exist does not\", "
	  "\"server not authoritative for zone\", \"name not contained in zone\", "
	  "\"bad opt version\", \"key not recognized\", \"signature out of time window\", "
	  "\"bad tkey mode\", \"duplicate key name\", \"algorithm not supported\", "
	  "\"bad truncation\", \"bad cookie\", \"unknown\"",
	  MADE(dns_rcode), AT_DNS(rcode_tracee) },
	{ "QDCount", "qd_count", "number of questions, as the header has it", HW_FIELD_U16,
	  AT_DNS(qdcount) },
	{ "ANCount", "an_count", "number of answers", HW_FIELD_U16, AT_DNS(ancount) },
	{ "NSCount", "ns_count", "number of authorities", HW_FIELD_U16, AT_DNS(nscount) },
	{ "ARCount", "ar_count", "number of additional records", HW_FIELD_U16, AT_DNS(arcount) },
	{ "questions", NULL, "the questions",
	  DNS_LIST(questions, hw_dns_question, HW_BASE_ITEM, dns_question) },
	{ "answers", NULL, "the answers", DNS_LIST(answers, hw_dns_rr, HW_BASE_ITEM, dns_rr) },
	{ "authorities", NULL, "the authorities",
	  DNS_LIST(authorities, hw_dns_rr, HW_BASE_ITEM, dns_rr) },
	{ "additionals", NULL, "the additional records",
	  DNS_LIST(additionals, hw_dns_rr, HW_BASE_ITEM, dns_rr) },
	{ 0 },
};

static const struct hw_field dns_query_data[] = {
	{ "query", NULL, "name that is asked for", HW_FIELD_TEXT, AT_QUESTION(name) },
	{ "query_type", NULL, "type of record", MADE(dns_type), AT_QUESTION(type) },
	{ "query_class", NULL, "class", MADE(dns_class), AT_QUESTION(class) },
	{ 0 },
};

static const struct hw_field dns_answer_data[] = {
	{ "answer_type", "type", "type of record", MADE(dns_type), AT_ANSWER(type) },
	{ "ttl", NULL, "seconds", HW_FIELD_U32, AT_ANSWER(ttl) },
	{ "answer", NULL,
	  "the address, the name or the text; \"not implemented\" for other types (see "
	  "`httpwire.answers`)",
	  MADE(dns_answer), .base = HW_BASE_SUBITEM },
	{ 0 },
};

static const struct hw_field dns_response_data[] = {
	{ "query_data", "dns_query_data", "the question", HW_FIELD_OBJECT,
	  .fields = dns_query_data },
	{ "dns_answer", NULL, "the answers",
	  DNS_LIST(answers, hw_dns_rr, HW_BASE_SUBITEM, dns_answer_data) },
	{ 0 },
};

static const struct hw_field dns_args[] = {
	ARG_SRC,
	ARG_DST,
	ARG_SRC_PORT,
	ARG_DST_PORT,
	ARG_METADATA,
	{ "proto_dns", NULL, "the message", HW_FIELD_OBJECT, .fields = proto_dns,
	  .type_name = "trace.ProtoDNS", .key_b = "dns" },
	{ 0 },
};

static const struct hw_field dns_request_args[] = {
	ARG_PKT_META,
	{ "dns_questions", NULL, "the questions",
	  DNS_LIST(questions, hw_dns_question, HW_BASE_ITEM, dns_query_data),
	  .type_name = "[]trace.DnsQueryData", .key_b = "dns_questions", .wrap_b = "questions" },
	{ 0 },
};

static const struct hw_field dns_response_args[] = {
	ARG_PKT_META,
	{ "dns_response", NULL, "each question, and all answers",
	  DNS_LIST(questions, hw_dns_question, HW_BASE_ITEM, dns_response_data),
	  .type_name = "[]trace.DnsResponseData", .key_b = "dns_responses", .wrap_b = "responses" },
	{ 0 },
};

/* ---- flows ---- */

static const struct hw_field flow_args[] = {
	{ "conn_direction", NULL,
	  "\"outgoing\" if this host opened the connection, else \"incoming\"", HW_FIELD_TEXT,
	  AT_EVENT(conn_direction), .type_name = "string", .key_b = "str" },
	ARG_SRC,
	ARG_DST,
	ARG_SRC_PORT,
	ARG_DST_PORT,
	{ "src_dns", NULL, "names that are known for the source address", HW_FIELD_TEXTS,
	  AT_EVENT_SLICES(src_dns), .type_name = "[]string", .key_b = "str_array",
	  .wrap_b = "value" },
	{ "dst_dns", NULL, "names that are known for the destination address", HW_FIELD_TEXTS,
	  AT_EVENT_SLICES(dst_dns), .type_name = "[]string", .key_b = "str_array",
	  .wrap_b = "value" },
	{ 0 },
};

/* ---- what is ours ---- */

/* clang-format off */
#define EXTRA_OWNER \
	{ "owner", NULL, "how the process is known: \"exact\", \"inherited\", \"none\"; empty: " \
	  "from a file", HW_FIELD_TEXT, AT_EVENT(extra.owner), .words = hw_words_owner, \
	  .flags = HW_FIELD_OR_EMPTY }
#define EXTRA_COOKIE \
	{ "socket_cookie", NULL, "the kernel's number of this side's socket; 0: not known", \
	  HW_FIELD_U64, AT_EVENT(extra.socket_cookie) }
#define EXTRA_CONNECTION \
	{ "connection_id", NULL, "16 hex digits, the same on both sides of a connection; empty: " \
	  "not known", HW_FIELD_HEX64, AT_EVENT(extra.connection_id) }
#define EXTRA_MIDSTREAM \
	{ "midstream", NULL, "the connection's beginning was not captured", HW_FIELD_BOOL, \
	  AT_EVENT(extra.midstream) }
#define EXTRA_FRAME \
	{ "frame", NULL, "number in its capture, from 1, of the packet that completed this; 0: " \
	  "not known", HW_FIELD_U64, AT_EVENT(extra.frame) }
/* clang-format on */

static const struct hw_field extra_http[] = {
	{ "target", NULL, "request-target as received; a response: empty", HW_FIELD_TEXT,
	  AT_EVENT(extra.target) },
	{ "query", NULL, "query of the target as received, without the `?`", HW_FIELD_TEXT,
	  AT_EVENT(extra.query) },
	{ "anomalies", NULL, "what is odd about the message, by name", HW_FIELD_ANOMALIES,
	  AT_EVENT(extra.anomalies) },
	{ "incomplete", NULL, "why the head is not whole; empty: it is", HW_FIELD_TEXT,
	  AT_EVENT(extra.incomplete), .words = hw_words_cut_head, .flags = HW_FIELD_OR_EMPTY },
	EXTRA_OWNER,
	EXTRA_COOKIE,
	EXTRA_CONNECTION,
	EXTRA_MIDSTREAM,
	EXTRA_FRAME,
	{ 0 },
};

static const struct hw_field extra_dns_question[] = {
	{ "name", NULL, "name that is asked for", HW_FIELD_TEXT, AT_QUESTION(name) },
	{ "type", NULL, "registered name of the type, else \"TYPE65280\"", HW_FIELD_TEXT,
	  AT_QUESTION(type_name) },
	{ "class", NULL, "registered name of the class, else \"CLASS7\"", HW_FIELD_TEXT,
	  AT_QUESTION(class_name) },
	{ 0 },
};

static const struct hw_field extra_dns_rr[] = {
	{ "name", NULL, "name that the record belongs to", HW_FIELD_TEXT, AT_RR(name) },
	{ "type", NULL, "registered name of the type, else \"TYPE65280\"", HW_FIELD_TEXT,
	  AT_RR(type_name) },
	{ "class", NULL, "registered name of the class, else \"CLASS7\"", HW_FIELD_TEXT,
	  AT_RR(class_name) },
	{ "ttl", NULL, "seconds; of an OPT record: extended flags", HW_FIELD_U32, AT_RR(ttl) },
	{ "data", NULL, "the data as a zone file has it, whatever the type", HW_FIELD_TEXT,
	  AT_RR(text) },
	{ "malformed", NULL, "the data is not what its type says", HW_FIELD_BOOL,
	  AT_RR(malformed) },
	{ 0 },
};

static const struct hw_field extra_dns[] = {
	{ "rcode", NULL, "registered name of the response code: \"NOERROR\", \"BADVERS\"",
	  MADE(dns_rcode_name), AT_DNS(rcode) },
	{ "questions", NULL, "the questions",
	  DNS_LIST(questions, hw_dns_question, HW_BASE_ITEM, extra_dns_question) },
	{ "answers", NULL, "the answers",
	  DNS_LIST(answers, hw_dns_rr, HW_BASE_ITEM, extra_dns_rr) },
	{ "authorities", NULL, "the authorities",
	  DNS_LIST(authorities, hw_dns_rr, HW_BASE_ITEM, extra_dns_rr) },
	{ "additionals", NULL, "the additional records",
	  DNS_LIST(additionals, hw_dns_rr, HW_BASE_ITEM, extra_dns_rr) },
	{ "incomplete", NULL,
	  "why not all records could be read: \"cut\" (the message ends before), \"malformed\" (a "
	  "name cannot be read), \"limit\" (it needs too much memory); empty: all were",
	  HW_FIELD_TEXT, AT_EVENT(extra.incomplete), .words = hw_words_dns_incomplete,
	  .flags = HW_FIELD_OR_EMPTY },
	EXTRA_OWNER,
	EXTRA_COOKIE,
	EXTRA_CONNECTION,
	EXTRA_MIDSTREAM,
	EXTRA_FRAME,
	{ 0 },
};

static const struct hw_field extra_other[] = {
	EXTRA_OWNER, EXTRA_COOKIE, EXTRA_CONNECTION, EXTRA_MIDSTREAM, EXTRA_FRAME, { 0 },
};

/* ---- the events ---- */

#define DEFAULT (HW_SET_DEFAULT | HW_SET_NETWORK_EVENTS)
#define FLOWS (HW_SET_FLOWS | HW_SET_NETWORK_EVENTS)

/* clang-format off */
#define INTERNAL(type_name, type_id, made_of, what) \
	{ .name = type_name, .id = type_id, .index = HW_TYPE_NR, .sets = HW_SET_NETWORK_EVENTS, \
	  .depends = made_of, .summary = what }
/* clang-format on */

const struct hw_event_type hw_event_types[] = {
/* clang-format off */
#include "event/types.def"
	/* clang-format on */
};

const size_t hw_event_types_nr = sizeof(hw_event_types) / sizeof(hw_event_types[0]);

const struct hw_event_type *hw_event_type(enum hw_event_type_index index)
{
	return &hw_event_types[index];
}

size_t hw_event_args_nr(const struct hw_event_type *type)
{
	size_t nr = 0;

	while (type->args[nr].name)
		nr++;
	return nr;
}

bool hw_field_is_pairs(const struct hw_field *f)
{
	return f->type == HW_FIELD_LIST && f->fields == hw_field_pair;
}
