/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/exchange_fields.c - see exchange_fields.h */
#include "event/exchange_fields.h"

#include "event/place.h"
#include "exchange/community_id.h"

/* clang-format off */
#define AT_PEER(member) AT(PEER, hw_process, member)
#define AT_EXCHANGE(member) AT(EXCHANGE, hw_exchange, member)
#define AT_REQUEST(member) AT(REQUEST, hw_http_message, member)
#define AT_RESPONSE(member) AT(RESPONSE, hw_http_message, member)
#define AT_TUNNEL(member) AT(TUNNEL, hw_tunnel, member)
#define AT_PAIR(member) AT(ITEM, hw_http_field, member)
#define AT_INTERIM(member) AT(ITEM, hw_exchange_interim, member)
/* A list of names and values. */
#define PAIRS(member) \
	HW_FIELD_LIST, AT_EXCHANGE(member.ptr), \
	.nr_offset = offsetof(struct hw_exchange, member.nr), \
	.stride = sizeof(struct hw_http_field), .item = HW_BASE_ITEM, .fields = hw_field_pair
#define FIELDS(base_) \
	HW_FIELD_LIST, .base = base_, .offset = offsetof(struct hw_http_message, fields), \
	.nr_offset = offsetof(struct hw_http_message, fields_nr), \
	.stride = sizeof(struct hw_http_field), .item = HW_BASE_ITEM, .fields = hw_field_pair
#define OPTIONAL .flags = HW_FIELD_OPTIONAL
/* clang-format on */

const struct hw_field hw_field_pair[] = {
	{ "name", NULL, "name", HW_FIELD_TEXT, AT_PAIR(name) },
	{ "value", NULL, "value", HW_FIELD_TEXT, AT_PAIR(value) },
	{ 0 },
};

static struct hw_slice end_text(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_exchange_end_name(*(const enum hw_exchange_end *)value);
}

static struct hw_slice role_text(const void *value, char room[HW_MADE_TEXT_MAX])
{
	(void)room;
	return hw_exchange_role_name(*(const enum hw_exchange_role *)value);
}

_Static_assert((int)HW_COMMUNITY_ID_MAX <= (int)HW_MADE_TEXT_MAX, "room");

/* Made where it is asked for: it takes as long as half a line. */
static struct hw_slice community_id(const void *value, char room[HW_MADE_TEXT_MAX])
{
	const struct hw_event *e = value;

	hw_community_id(&e->src, e->src_port, &e->dst, e->dst_port, room);
	return hw_slice_text(room);
}

static const struct hw_field connection[] = {
	{ "id", NULL, "16 hex digits, the same on both sides of a connection; empty: not known",
	  HW_FIELD_HEX64, AT_EVENT(extra.connection_id) },
	{ "community_id", NULL, "Community ID, version 1, as Zeek, Suricata and Wireshark have it",
	  HW_FIELD_MADE_TEXT, .make = community_id, .base = HW_BASE_EVENT },
	{ "number", NULL, "number of the exchange on its connection, from 1", HW_FIELD_U64,
	  AT_EXCHANGE(number) },
	{ "role", NULL,
	  "what the process of this event is in it: \"client\", \"server\", \"unknown\"",
	  HW_FIELD_MADE_TEXT, .make = role_text, AT_EXCHANGE(role), .words = hw_words_role },
	{ 0 },
};

/* clang-format off */
#define BODY_FIELDS(part) \
	{ "body_size", NULL, "bytes of the body that came, without chunk framing, in the coding " \
	  "they came in", HW_FIELD_U64, AT_EXCHANGE(part.body.size) }, \
	{ "decoded_size", NULL, "bytes of the body without its codings, as far as it was " \
	  "decoded (--body)", HW_FIELD_U64, AT_EXCHANGE(part.body.decoded_size), OPTIONAL }, \
	{ "body", NULL, "the beginning of the body, decoded, or as it came if nothing could be, " \
	  "if it is text (--body)", \
	  HW_FIELD_TEXT, AT_EXCHANGE(part.body.text), OPTIONAL }, \
	{ "body_base64", NULL, "the same in base64, if it is not text (--body)", \
	  HW_FIELD_BASE64, AT_EXCHANGE(part.body.binary), OPTIONAL }, \
	{ "body_cut", NULL, "there was more of the body than is shown", HW_FIELD_BOOL, \
	  AT_EXCHANGE(part.body.is_cut), OPTIONAL }, \
	{ "body_problem", NULL, "why the body was not decoded to its end, see --body in httpwire(1)", \
	  HW_FIELD_TEXT, \
	  AT_EXCHANGE(part.body.problem), OPTIONAL }, \
	{ "incomplete", NULL, "why the message, head or body, is not whole: \"gap\" (bytes were never " \
	  "captured), \"limit\" (the head is too long), \"closed\", \"reset\", \"timeout\" (the " \
	  "connection ended in it so), \"evicted\", \"capture_end\", \"framing\" (its chunks cannot " \
	  "be read); left out: it is", \
	  HW_FIELD_TEXT, AT_EXCHANGE(part.incomplete), OPTIONAL, .words = hw_words_incomplete }, \
	{ "retransmitted", NULL, "bytes of this direction that came more than once meanwhile", \
	  HW_FIELD_U64, AT_EXCHANGE(part.body.retransmitted), OPTIONAL }, \
	{ "frame", NULL, "number in its capture of the packet that the message begins in", \
	  HW_FIELD_U64, AT_EXCHANGE(part.start_frame), OPTIONAL }
/* clang-format on */

static const struct hw_field request[] = {
	{ "method", NULL, "method as received, any token", HW_FIELD_TEXT, AT_REQUEST(method) },
	{ "scheme", NULL, "\"http\", or what the target says", HW_FIELD_TEXT, AT_EXCHANGE(scheme) },
	{ "host", NULL, "host of the target if it has one, else of the Host field; without port",
	  HW_FIELD_TEXT, AT_EXCHANGE(host) },
	{ "port", NULL, "port that goes with it; where it says none, the server's", HW_FIELD_U16,
	  AT_EXCHANGE(port) },
	{ "url", NULL, "scheme, host, target and the port, if one is named, as one", HW_FIELD_TEXT,
	  AT_EXCHANGE(url) },
	{ "target", NULL, "request-target as received", HW_FIELD_TEXT, AT_REQUEST(target) },
	{ "path", NULL, "path of the target, percent-decoded, without the query", HW_FIELD_TEXT,
	  AT_REQUEST(uri_path) },
	{ "route", NULL, "the path with ids folded to {id}, or the --route that it is one of",
	  HW_FIELD_TEXT, AT_EXCHANGE(route) },
	{ "query", NULL, "query of the target as received, without the `?`", HW_FIELD_TEXT,
	  AT_REQUEST(query) },
	{ "parameters", NULL, "parameters of the query, in order, percent-decoded",
	  PAIRS(parameters) },
	{ "protocol", NULL, "version as received: \"HTTP/1.1\"", HW_FIELD_TEXT,
	  AT_REQUEST(protocol) },
	{ "headers", NULL, "all fields in order, names as received", FIELDS(HW_BASE_REQUEST) },
	{ "cookies", NULL, "cookies of the Cookie fields", PAIRS(request.cookies) },
	{ "content_type", NULL, "media type of the body", HW_FIELD_TEXT,
	  AT_EXCHANGE(request.content_type) },
	{ "content_encoding", NULL, "its coding", HW_FIELD_TEXT,
	  AT_EXCHANGE(request.content_encoding) },
	{ "user_agent", NULL, "what the client calls itself", HW_FIELD_TEXT,
	  AT_EXCHANGE(user_agent) },
	{ "client_address", NULL,
	  "client behind proxies, as Forwarded, X-Forwarded-For or X-Real-IP name it",
	  HW_FIELD_TEXT, AT_EXCHANGE(client_address) },
	BODY_FIELDS(request),
	{ 0 },
};

static const struct hw_field interim[] = {
	{ "status_code", NULL, "its status code: 100, 103", HW_FIELD_I32, AT_INTERIM(status_code) },
	{ "reason", NULL, "its reason phrase", HW_FIELD_TEXT, AT_INTERIM(reason) },
	{ "time", NULL, "when its head was complete", HW_FIELD_TIME, AT_INTERIM(time_ns) },
	{ 0 },
};

static const struct hw_field response[] = {
	{ "status_code", NULL, "status code; 0: there is no response", HW_FIELD_I32,
	  AT_RESPONSE(status_code) },
	{ "reason", NULL, "reason phrase", HW_FIELD_TEXT, AT_RESPONSE(reason) },
	{ "protocol", NULL, "version as received: \"HTTP/1.1\"", HW_FIELD_TEXT,
	  AT_RESPONSE(protocol) },
	{ "headers", NULL, "all fields in order, names as received", FIELDS(HW_BASE_RESPONSE) },
	{ "cookies", NULL, "cookies that are set, with their attributes", PAIRS(response.cookies) },
	{ "content_type", NULL, "media type of the body", HW_FIELD_TEXT,
	  AT_EXCHANGE(response.content_type) },
	{ "content_encoding", NULL, "its coding", HW_FIELD_TEXT,
	  AT_EXCHANGE(response.content_encoding) },
	{ "cache_control", NULL, "what caches may do with it", HW_FIELD_TEXT,
	  AT_EXCHANGE(cache_control) },
	BODY_FIELDS(response),
	{ "interim", NULL, "1xx responses that came before it, at most 16", HW_FIELD_LIST,
	  AT_EXCHANGE(interims), .nr_offset = offsetof(struct hw_exchange, interims_nr),
	  .stride = sizeof(struct hw_exchange_interim), .item = HW_BASE_ITEM, .fields = interim,
	  .flags = HW_FIELD_OPTIONAL },
	{ 0 },
};

static const struct hw_field times[] = {
	{ "request_start", NULL, "first byte of the request", HW_FIELD_TIME,
	  AT_EXCHANGE(request.start_ns), OPTIONAL },
	{ "request_end", NULL, "its last byte", HW_FIELD_TIME, AT_EXCHANGE(request.end_ns),
	  OPTIONAL },
	{ "response_start", NULL, "first byte of the response", HW_FIELD_TIME,
	  AT_EXCHANGE(response.start_ns), OPTIONAL },
	{ "response_end", NULL, "its last byte, or the end of the connection where that ends it",
	  HW_FIELD_TIME, AT_EXCHANGE(response.end_ns), OPTIONAL },
	{ "connect", NULL, "nanoseconds from the connection's SYN to the ACK that made it",
	  HW_FIELD_U64, AT_EXCHANGE(connect_ns), OPTIONAL },
	{ "time_to_first_byte", NULL, "nanoseconds from request_end to response_start",
	  HW_FIELD_DURATION, AT_EXCHANGE(time_to_first_byte), OPTIONAL },
	{ "duration", NULL, "nanoseconds from request_start to response_end", HW_FIELD_DURATION,
	  AT_EXCHANGE(duration), OPTIONAL },
	{ "transfer", NULL, "nanoseconds from response_start to response_end", HW_FIELD_DURATION,
	  AT_EXCHANGE(transfer), OPTIONAL },
	{ 0 },
};

static const struct hw_field trace[] = {
	{ "trace_id", NULL, "trace that the request belongs to: traceparent, or b3", HW_FIELD_TEXT,
	  AT_EXCHANGE(trace_id), OPTIONAL },
	{ "span_id", NULL, "span that sent it", HW_FIELD_TEXT, AT_EXCHANGE(span_id), OPTIONAL },
	{ "request_id", NULL, "X-Request-Id of the request, or else of the response", HW_FIELD_TEXT,
	  AT_EXCHANGE(request_id), OPTIONAL },
	{ 0 },
};

/* clang-format off */
#define ENDS \
	{ "src", NULL, "address of the client", HW_FIELD_SHORT_TEXT, AT_EVENT(src_text), \
	  .type_name = "string", .key_b = "str" }, \
	{ "dst", NULL, "address of the server", HW_FIELD_SHORT_TEXT, AT_EVENT(dst_text), \
	  .type_name = "string", .key_b = "str" }, \
	{ "src_port", NULL, "port of the client", HW_FIELD_U16, AT_EVENT(src_port), \
	  .type_name = "uint16", .key_b = "u_int32" }, \
	{ "dst_port", NULL, "port of the server", HW_FIELD_U16, AT_EVENT(dst_port), \
	  .type_name = "uint16", .key_b = "u_int32" }
/* clang-format on */

const struct hw_field hw_exchange_args[] = {
	ENDS,
	{ "connection", NULL, "the connection", HW_FIELD_OBJECT, .fields = connection,
	  .type_name = "httpwire.Connection", .key_b = "http_connection" },
	{ "request", NULL, "the request", HW_FIELD_OBJECT, .fields = request,
	  .type_name = "httpwire.Request", .key_b = "http_exchange_request" },
	{ "response", NULL, "the response", HW_FIELD_OBJECT, .fields = response,
	  .type_name = "httpwire.Response", .key_b = "http_exchange_response" },
	{ "time", NULL, "when each part was on the wire, and how long it took", HW_FIELD_OBJECT,
	  .fields = times, .type_name = "httpwire.Times", .key_b = "http_times" },
	{ "trace", NULL, "what joins it to traces and logs", HW_FIELD_OBJECT, .fields = trace,
	  .type_name = "httpwire.Trace", .key_b = "http_trace" },
	{ "end", NULL,
	  "how it ended: \"complete\", \"aborted_by_client\", \"aborted_by_server\", \"timeout\" "
	  "(nothing came for too long), \"capture_ended\", \"upgraded\", \"tunnel\", "
	  "\"evicted\", \"unpaired\" (bytes were lost, the connection's beginning was not "
	  "captured, or what is answered is no HTTP: what belongs together is not known), "
	  "\"goes_on\" (not ended: --progress)",
	  HW_FIELD_MADE_TEXT, .make = end_text, AT_EXCHANGE(end), .words = hw_words_end,
	  .type_name = "string", .key_b = "str" },
	{ 0 },
};

static const struct hw_field peer[] = {
	{ "processId", NULL, "process id in its own pid namespace", HW_FIELD_U32, AT_PEER(pid) },
	{ "hostProcessId", NULL, "process id on the host", HW_FIELD_U32, AT_PEER(host_pid) },
	{ "userId", NULL, "effective user id", HW_FIELD_U32, AT_PEER(uid) },
	{ "processName", NULL, "name of the thread, at most 15 bytes", HW_FIELD_TEXT,
	  AT_PEER(comm) },
	{ "executable", NULL, "path of the executable", HW_FIELD_TEXT, AT_PEER(exe) },
	{ "containerId", NULL, "id of the container; empty on the host", HW_FIELD_TEXT,
	  AT_PEER(container_id) },
	{ "containerName", NULL, "name of the container", HW_FIELD_TEXT, AT_PEER(container_name) },
	{ "podName", NULL, "name of the pod", HW_FIELD_TEXT, AT_PEER(pod_name) },
	{ "owner", NULL, "how it is known: \"exact\", \"inherited\"", HW_FIELD_TEXT, AT_PEER(owner),
	  .words = hw_words_peer_owner },
	{ 0 },
};

/* clang-format off */
#define OURS \
	{ "owner", NULL, "how the process is known: \"exact\", \"inherited\", \"none\"; empty: " \
	  "from a file", HW_FIELD_TEXT, AT_EVENT(extra.owner), .words = hw_words_owner, \
	  .flags = HW_FIELD_OR_EMPTY }, \
	{ "peer", NULL, "process at the other end, if it is on this host and known", \
	  HW_FIELD_OBJECT, .fields = peer, AT_PEER(host_pid), .flags = HW_FIELD_OPTIONAL, \
	  .when = HW_FIELD_U32 }, \
	{ "socket_cookie", NULL, "the kernel's number of this side's socket; 0: not known", \
	  HW_FIELD_U64, AT_EVENT(extra.socket_cookie) }, \
	{ "connection_id", NULL, "16 hex digits, the same on both sides of a connection; empty: " \
	  "not known", HW_FIELD_HEX64, AT_EVENT(extra.connection_id) }, \
	{ "midstream", NULL, "the connection's beginning was not captured", HW_FIELD_BOOL, \
	  AT_EVENT(extra.midstream) }, \
	{ "frame", NULL, "number in its capture, from 1, of the packet that completed this; 0: " \
	  "not known", HW_FIELD_U64, AT_EVENT(extra.frame) }
/* clang-format on */

const struct hw_field hw_exchange_extra[] = {
	{ "anomalies", NULL, "what is odd about its messages, by name", HW_FIELD_ANOMALIES,
	  AT_EXCHANGE(anomalies) },
	OURS,
	{ 0 },
};

static const struct hw_field tunnel[] = {
	{ "method", NULL, "method of the request that began it", HW_FIELD_TEXT, AT_TUNNEL(method) },
	{ "host", NULL, "host that it asked for", HW_FIELD_TEXT, AT_TUNNEL(host) },
	{ "target", NULL, "its request-target as received", HW_FIELD_TEXT, AT_TUNNEL(target) },
	{ "protocol", NULL,
	  "what the Upgrade field names: \"websocket\"; of the preface of "
	  "HTTP/2: \"HTTP/2.0\"; CONNECT: empty",
	  HW_FIELD_TEXT, AT_TUNNEL(protocol) },
	{ "status_code", NULL, "status code of the response: 101, 200; 0: none", HW_FIELD_I32,
	  AT_TUNNEL(status_code) },
	{ "exchange", NULL, "number on its connection of the exchange that began it", HW_FIELD_U64,
	  AT_TUNNEL(number) },
	{ "role", NULL,
	  "what the process of this event is in it: \"client\", \"server\", \"unknown\"",
	  HW_FIELD_MADE_TEXT, .make = role_text, AT_TUNNEL(role), .words = hw_words_role },
	{ "client_bytes", NULL, "bytes that the client sent through it", HW_FIELD_U64,
	  AT_TUNNEL(client_bytes) },
	{ "server_bytes", NULL, "bytes that the server sent through it", HW_FIELD_U64,
	  AT_TUNNEL(server_bytes) },
	{ "start", NULL, "when it began: the end of the response, or of the preface", HW_FIELD_TIME,
	  AT_TUNNEL(start_ns) },
	{ "end", NULL, "when the connection ended", HW_FIELD_TIME, AT_TUNNEL(end_ns) },
	{ "duration", NULL, "nanoseconds between the two", HW_FIELD_U64, AT_TUNNEL(duration_ns) },
	{ 0 },
};

const struct hw_field hw_tunnel_args[] = {
	ENDS,
	{ "tunnel", NULL, "the tunnel", HW_FIELD_OBJECT, .fields = tunnel,
	  .type_name = "httpwire.Tunnel", .key_b = "http_tunnel" },
	{ "end", NULL, "how it ended, as in net_http_exchange", HW_FIELD_MADE_TEXT,
	  .make = end_text, AT_TUNNEL(end), .words = hw_words_end, .type_name = "string",
	  .key_b = "str" },
	{ 0 },
};

const struct hw_field hw_tunnel_extra[] = { OURS, { 0 } };
