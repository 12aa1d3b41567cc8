/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/event_fixture.h - events made by hand, as in the specification's examples */
#ifndef HW_EVENT_FIXTURE_H
#define HW_EVENT_FIXTURE_H

#include "event/event.h"
#include "event/table.h"
#include "wire/decode.h"

static const struct hw_process curl_process = {
	.start_ns = 1696255675103211877,
	.cgroup_id = 5650,
	.cpu = 3,
	.pid = 48211,
	.tid = 48211,
	.ppid = 47001,
	.host_pid = 48211,
	.host_tid = 48211,
	.host_ppid = 47001,
	.uid = 1000,
	.mnt_ns = 4026531841,
	.pid_ns = 4026531836,
	.thread_entity = 2711418120,
	.process_entity = 2711418120,
	.parent_entity = 1975426032,
	.comm = { (const uint8_t *)"curl", 4 },
	.name = { (const uint8_t *)"curl", 4 },
	.host_name = { (const uint8_t *)"devbox", 6 },
	.syscall = { (const uint8_t *)"sendto", 6 },
};

static inline struct hw_addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return hw_addr_v4((const uint8_t[]){ a, b, c, d });
}

/* An event on the loopback interface, leaving; not yet prepared. */
static inline struct hw_event loopback_event(enum hw_event_type_index type, uint16_t src_port,
					     uint16_t dst_port)
{
	return (struct hw_event){
		.type = hw_event_type(type),
		.time_ns = 1696255675184233610,
		.process = &curl_process,
		.src = addr_v4(127, 0, 0, 1),
		.dst = addr_v4(127, 0, 0, 1),
		.src_port = src_port,
		.dst_port = dst_port,
		.direction = HW_DIRECTION_EGRESS,
		.protocol = 6,
	};
}

/* clang-format off */
#define SLICE_INIT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
/* clang-format on */

static const struct hw_http_field request_headers[] = {
	{ SLICE_INIT("Accept"), SLICE_INIT("*/*") },
	{ SLICE_INIT("User-Agent"), SLICE_INIT("curl/7.88.1") },
};

static const struct hw_http_message http_request = {
	.kind = HW_HTTP_REQUEST,
	.accepted = true,
	.method = SLICE_INIT("GET"),
	.protocol = SLICE_INIT("HTTP/1.1"),
	.host = SLICE_INIT("127.0.0.1:18080"),
	.uri_path = SLICE_INIT("/"),
	.target = SLICE_INIT("/"),
	.headers = request_headers,
	.headers_nr = 2,
};

static const struct hw_http_field response_headers[] = {
	{ SLICE_INIT("Content-Length"), SLICE_INIT("6") },
	{ SLICE_INIT("Content-Type"), SLICE_INIT("text/html") },
	{ SLICE_INIT("Date"), SLICE_INIT("Sun, 22 Nov 2026 20:59:55 GMT") },
	{ SLICE_INIT("Last-Modified"), SLICE_INIT("Sun, 22 Nov 2026 20:59:52 GMT") },
	{ SLICE_INIT("Server"), SLICE_INIT("SimpleHTTP/0.6 Python/3.11.7") },
};

static const struct hw_http_message http_response = {
	.kind = HW_HTTP_RESPONSE,
	.accepted = true,
	.protocol = SLICE_INIT("HTTP/1.0"),
	.status = SLICE_INIT("200 OK"),
	.status_code = 200,
	.content_length = 6,
	.headers = response_headers,
	.headers_nr = 5,
};

/* A POST and its answer, 20 ms later, in all parts that an exchange has. */
static const struct hw_http_field exchange_request_fields[] = {
	{ SLICE_INIT("Host"), SLICE_INIT("api.test:8080") },
	{ SLICE_INIT("Cookie"), SLICE_INIT("lang=de; theme=dark") },
	{ SLICE_INIT("Content-Type"), SLICE_INIT("application/json") },
	{ SLICE_INIT("Content-Length"), SLICE_INIT("13") },
};

static const struct hw_http_message exchange_request = {
	.kind = HW_HTTP_REQUEST,
	.accepted = true,
	.method = SLICE_INIT("POST"),
	.protocol = SLICE_INIT("HTTP/1.1"),
	.host = SLICE_INIT("api.test:8080"),
	.uri_path = SLICE_INIT("/users/4711"),
	.target = SLICE_INIT("/users/4711?q=a%20b"),
	.query = SLICE_INIT("q=a%20b"),
	.content_length = 13,
	.fields = exchange_request_fields,
	.fields_nr = 4,
};

static const struct hw_http_field exchange_response_fields[] = {
	{ SLICE_INIT("Content-Type"), SLICE_INIT("text/plain") },
	{ SLICE_INIT("Set-Cookie"), SLICE_INIT("id=7; Path=/; HttpOnly; samesite = Lax") },
	{ SLICE_INIT("Location"), SLICE_INIT("/users/4712") },
	{ SLICE_INIT("Content-Encoding"), SLICE_INIT("gzip") },
	{ SLICE_INIT("Content-Length"), SLICE_INIT("25") },
};

static const struct hw_http_message exchange_response = {
	.kind = HW_HTTP_RESPONSE,
	.accepted = true,
	.protocol = SLICE_INIT("HTTP/1.1"),
	.status = SLICE_INIT("201 Created"),
	.reason = SLICE_INIT("Created"),
	.status_code = 201,
	.content_length = 25,
	.fields = exchange_response_fields,
	.fields_nr = 5,
};

static const struct hw_http_field exchange_parameters[] = { { SLICE_INIT("q"),
							      SLICE_INIT("a b") } };
static const struct hw_http_field exchange_cookies[] = {
	{ SLICE_INIT("lang"), SLICE_INIT("de") },
	{ SLICE_INIT("theme"), SLICE_INIT("dark") },
};
static const struct hw_http_field exchange_set_cookies[] = {
	{ SLICE_INIT("id"), SLICE_INIT("7; Path=/; HttpOnly; samesite = Lax") },
};

static const struct hw_exchange post_exchange = {
	.number = 1,
	.end = HW_EXCHANGE_COMPLETE,
	.role = HW_ROLE_CLIENT,
	.request = {
		.message = &exchange_request,
		.is_there = true,
		.is_whole = true,
		.start_ns = 1696255675100000000,
		.end_ns = 1696255675101500000,
		.body = { .size = 13, .kept = SLICE_INIT("{\"name\":\"x\"}"),
			  .text = SLICE_INIT("{\"name\":\"x\"}") },
		.content_type = SLICE_INIT("application/json"),
		.cookies = { exchange_cookies, 2 },
	},
	.response = {
		.message = &exchange_response,
		.is_there = true,
		.is_whole = true,
		.start_ns = 1696255675121500000,
		.end_ns = 1696255675121750001,
		.body = { .size = 25, .decoded_size = 40, .kept = SLICE_INIT("made"),
			  .text = SLICE_INIT("made") },
		.content_type = SLICE_INIT("text/plain"),
		.content_encoding = SLICE_INIT("gzip"),
		.cookies = { exchange_set_cookies, 1 },
	},
	.connect_ns = 250000,
	.time_to_first_byte = { 20000001 },
	.duration = { 21750002 },
	.transfer = { 250002 },
	.scheme = SLICE_INIT("http"),
	.host = SLICE_INIT("api.test"),
	.port = 8080,
	.url = SLICE_INIT("http://api.test:8080/users/4711?q=a%20b"),
	.route = SLICE_INIT("/users/{id}"),
	.parameters = { exchange_parameters, 1 },
};

#endif
