/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/exchange_fixture.h - an exchange made by hand */
#ifndef HW_EXCHANGE_FIXTURE_H
#define HW_EXCHANGE_FIXTURE_H

#include "unit/event_fixture.h"

static const struct hw_http_field asked_fields[] = {
	{ SLICE_INIT("Host"), SLICE_INIT("a.example") },
	{ SLICE_INIT("User-Agent"), SLICE_INIT("curl/7.88.1") },
	{ SLICE_INIT("Accept"), SLICE_INIT("*/*") },
};

static const struct hw_http_field answered_fields[] = {
	{ SLICE_INIT("Server"), SLICE_INIT("nginx") },
	{ SLICE_INIT("Content-Type"), SLICE_INIT("text/html") },
	{ SLICE_INIT("Content-Length"), SLICE_INIT("1256") },
};

/* What an exchange consists of, to be changed before exchange_event() is called. */
struct exchange_parts {
	struct hw_http_message request, response;
	struct hw_exchange exchange;
	struct hw_process process;
	struct hw_tunnel tunnel;
};

static inline void exchange_init(struct exchange_parts *p)
{
	*p = (struct exchange_parts){
		.request = { .kind = HW_HTTP_REQUEST,
			     .start_line = HW_SLICE("GET /x?b=1 HTTP/1.1"),
			     .method = HW_SLICE("GET"),
			     .target = HW_SLICE("/x?b=1"),
			     .query = HW_SLICE("b=1"),
			     .protocol = HW_SLICE("HTTP/1.1"),
			     .host = HW_SLICE("a.example"),
			     .uri_path = HW_SLICE("/x"),
			     .fields = asked_fields,
			     .fields_nr = 3 },
		.response = { .kind = HW_HTTP_RESPONSE,
			      .start_line = HW_SLICE("HTTP/1.1 200 OK"),
			      .protocol = HW_SLICE("HTTP/1.1"),
			      .status = HW_SLICE("200 OK"),
			      .status_code = 200,
			      .reason = HW_SLICE("OK"),
			      .fields = answered_fields,
			      .fields_nr = 3,
			      .content_length = 1256 },
		.process = curl_process,
		.exchange = { .number = 1,
			      .role = HW_ROLE_CLIENT,
			      .request = { .is_there = true,
					   .is_whole = true,
					   .start_ns = 1696255675184233610,
					   .end_ns = 1696255675184233610 },
			      .response = { .is_there = true,
					    .is_whole = true,
					    .start_ns = 1696255675195233610,
					    .end_ns = 1696255675196579955,
					    .body = { .size = 1256 },
					    .content_type = HW_SLICE("text/html") },
			      .connect_ns = 85000,
			      .time_to_first_byte = { 11000001 },
			      .duration = { 12346346 },
			      .transfer = { 1346346 },
			      .scheme = HW_SLICE("http"),
			      .host = HW_SLICE("a.example"),
			      .port = 80,
			      .url = HW_SLICE("http://a.example/x?b=1"),
			      .user_agent = HW_SLICE("curl/7.88.1"),
			      .route = HW_SLICE("/x") },
	};
}

/* A response that never came. */
static inline void exchange_unanswered(struct exchange_parts *p, enum hw_exchange_end end)
{
	p->response = hw_http_message_none;
	p->exchange.response = (struct hw_exchange_part){ 0 };
	p->exchange.end = end;
	p->exchange.duration = p->exchange.time_to_first_byte = p->exchange.transfer =
		(struct hw_duration){ 0 };
}

/* The event of it, prepared; it borrows from `p`. */
static inline struct hw_event exchange_event(struct exchange_parts *p)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_HTTP_EXCHANGE, 40174, 80);

	p->exchange.request.message = &p->request;
	p->exchange.response.message = &p->response;
	e.exchange = &p->exchange;
	e.process = &p->process;
	e.extra.connection_id = 0x0123456789abcdef;
	hw_event_prepare(&e);
	return e;
}

/* A tunnel, as the event has it. */
static inline struct hw_event tunnel_event(struct exchange_parts *p)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_HTTP_TUNNEL, 40174, 80);

	p->tunnel = (struct hw_tunnel){ .method = HW_SLICE("CONNECT"),
					.target = HW_SLICE("b.example:443"),
					.host = HW_SLICE("b.example"),
					.status_code = 200,
					.role = HW_ROLE_CLIENT,
					.duration_ns = 61500000000,
					.client_bytes = 517,
					.server_bytes = 35000,
					.number = 1 };
	e.tunnel = &p->tunnel;
	e.process = &p->process;
	hw_event_prepare(&e);
	return e;
}

#endif
