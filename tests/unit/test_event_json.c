/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_event_json.c - whole lines, byte for byte as Tracee prints them */
#include "unit/unit.h"

#include <stdlib.h>

#include "dns/message.h"
#include "dns/names.h"
#include "event/copy.h"
#include "event/json.h"
#include "unit/event_fixture.h"
#include "unit/event_lines.h"

static void check_line(struct hw_encoder *encoder, const struct hw_event *event, const char *want)
{
	char *line;
	size_t len;

	assert_int_equal(hw_encoder_encode(encoder, event, &line, &len), 0);
	if (len != strlen(want) || memcmp(line, want, len) != 0) {
		print_error("got:  %.*swant: %s", (int)len, line, want);
		fail();
	}
}

/* Encode `event`, and a copy of it, and compare the line with `want`. */
static void check(enum hw_format format, uint32_t flags, struct hw_event event, const char *want)
{
	struct hw_encoder *encoder;
	struct hw_event *copy;
	size_t size;

	hw_event_prepare(&event);
	copy = hw_event_copy(&event, &size);
	assert_non_null(copy);
	assert_int_equal(hw_encoder_new(&encoder, format, flags), 0);
	for (int i = 0; i < 20; i++) /* what was there before makes no difference */
		check_line(encoder, &event, want);
	check_line(encoder, copy, want);
	hw_event_copy_free(copy);
	hw_encoder_free(encoder);
}

static void check_strict(struct hw_event event, const char *want_a, const char *want_b)
{
	check(HW_FORMAT_JSON, HW_ENCODE_STRICT, event, want_a);
	if (want_b)
		check(HW_FORMAT_JSON_V1BETA1, HW_ENCODE_STRICT, event, want_b);
}

static struct hw_event http_event(enum hw_event_type_index type, const struct hw_http_message *http)
{
	const bool is_request = http->kind == HW_HTTP_REQUEST;
	struct hw_event e =
		loopback_event(type, is_request ? 40174 : 18080, is_request ? 18080 : 40174);

	e.http = http;
	e.packet_len = is_request ? 131 : 236;
	return e;
}

static void http_to_the_letter(void **state)
{
	(void)state;
	check_strict(http_event(HW_TYPE_NET_PACKET_HTTP, &http_request), a_http_with_request,
		     b_http_with_request);
	check_strict(http_event(HW_TYPE_NET_PACKET_HTTP, &http_response), a_http_with_response,
		     b_http_with_response);
	check_strict(http_event(HW_TYPE_NET_PACKET_HTTP_REQUEST, &http_request),
		     a_net_packet_http_request, b_net_packet_http_request);
	check_strict(http_event(HW_TYPE_NET_PACKET_HTTP_RESPONSE, &http_response),
		     a_net_packet_http_response, b_net_packet_http_response);
}

static void tcp_to_the_letter(void **state)
{
	static const uint8_t header[40] = { 0x90, 0x66, 0,    53,   0xba, 0x84, 0x45, 0xb4, 0, 0,
					    0,	  0,	0xa0, 0x02, 0xff, 0xd7, 0xfe, 0x30, 0, 0 };
	const struct hw_packet packet = {
		.src_port = 36966,
		.dst_port = 53,
		.seq = 3129249236,
		.flags = HW_TCP_SYN,
		.window = 65495,
		.transport = { header, sizeof(header) },
	};
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_TCP, 36966, 53);

	(void)state;
	e.packet = &packet;
	check_strict(e, a_net_packet_tcp, b_net_packet_tcp);
}

static void udp_to_the_letter(void **state)
{
	static const uint8_t header[8] = { 0xec, 0x0e, 0, 53, 0, 38, 0xfe, 0x39 };
	const struct hw_packet packet = {
		.src_port = 60430,
		.dst_port = 53,
		.transport = { header, sizeof(header) },
	};
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_UDP, 60430, 53);

	(void)state;
	e.packet = &packet;
	check_strict(e, a_net_packet_udp, NULL);
}

static void ip_to_the_letter(void **state)
{
	static const uint8_t v4[20] = { 0x45, 0,    0,	 58, 0xbd, 0xb5, 0x40, 0, 64, 17,
					0x7e, 0xfb, 127, 0,  0,	   1,	 127,  0, 0,  1 };
	static const uint8_t v6[40] = { 0x60, 0x07, 0xad, 0x46, 0, 40, 6, 64 };
	struct hw_packet packet = { .ip = { v4, sizeof(v4) } };
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_IPV4, 0, 0);

	(void)state;
	e.packet = &packet;
	check_strict(e, a_net_packet_ipv4, NULL);

	packet.ip = hw_slice(v6, sizeof(v6));
	e.type = hw_event_type(HW_TYPE_NET_PACKET_IPV6);
	e.src = e.dst = (struct hw_addr){ { [15] = 1 } };
	check_strict(e, a_net_packet_ipv6, NULL);
}

static void flow_to_the_letter(void **state)
{
	static const struct hw_slice names[] = { SLICE_INIT("example.com") };
	struct hw_event e = loopback_event(HW_TYPE_NET_FLOW_TCP_BEGIN, 45186, 80);

	(void)state;
	e.src = addr_v4(192, 168, 1, 7);
	e.dst = addr_v4(93, 184, 216, 34);
	e.conn_direction = HW_SLICE("outgoing");
	e.dst_dns = (struct hw_slices){ names, 1 };
	check_strict(e, a_net_flow_tcp_begin, NULL);
}

static const struct hw_dns_question question = {
	.name = SLICE_INIT("example.test"),
	.type = HW_DNS_TYPE_A,
	.class = 1,
};
static const struct hw_dns_rr answers[] = {
	{ .name = SLICE_INIT("example.test"),
	  .type = HW_DNS_TYPE_A,
	  .class = 1,
	  .ttl = 60,
	  .ip = SLICE_INIT("192.0.2.1") },
	{ .name = SLICE_INIT("example.test"),
	  .type = HW_DNS_TYPE_A,
	  .class = 1,
	  .ttl = 60,
	  .ip = SLICE_INIT("192.0.2.2") },
};
static const struct hw_dns_rr opt = { .type = HW_DNS_TYPE_OPT, .class = 1232 };

static void dns_to_the_letter(void **state)
{
	const struct hw_dns_message query = {
		.id = 4661,
		.rd = true,
		.qdcount = 1,
		.questions = &question,
		.questions_nr = 1,
	};
	struct hw_dns_message response = query;
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_DNS_REQUEST, 60430, 53);

	(void)state;
	e.protocol = 17;
	e.packet_len = 58;
	e.dns = &query;
	check_strict(e, a_net_packet_dns_request, NULL);

	response.qr = response.ra = true;
	response.ancount = 2;
	response.answers = answers;
	response.answers_nr = 2;
	response.arcount = 1;
	response.additionals = &opt;
	response.additionals_nr = 1;
	e.dns = &response;
	e.src_port = 53;
	e.dst_port = 60430;
	e.packet_len = 125;
	e.type = hw_event_type(HW_TYPE_NET_PACKET_DNS_RESPONSE);
	check_strict(e, a_net_packet_dns_response, NULL);
	e.type = hw_event_type(HW_TYPE_NET_PACKET_DNS);
	check_strict(e, a_net_packet_dns, b_net_packet_dns);
}

/* Of a process that is not known much is written ahead: the line must be the same. */
static void check_without_process(enum hw_format format, uint32_t flags, struct hw_event event)
{
	const struct hw_process nobody = hw_process_none;
	struct hw_encoder *encoder;
	char *line, *want;
	size_t len;

	hw_event_prepare(&event);
	assert_int_equal(hw_encoder_new(&encoder, format, flags), 0);
	event.process = &nobody;
	assert_int_equal(hw_encoder_encode(encoder, &event, &line, &len), 0);
	want = strndup(line, len);
	assert_non_null(want);
	event.process = &hw_process_none;
	check_line(encoder, &event, want);
	free(want);
	hw_encoder_free(encoder);
}

/* Of one that has many events, too; what may change with each event does. */
static void check_known_process(enum hw_format format, uint32_t flags, struct hw_event event)
{
	struct hw_process process = {
		.start_ns = 1700000000123456789,
		.cgroup_id = 77,
		.pid = 4,
		.tid = 5,
		.host_pid = 1004,
		.host_tid = 1005,
		.uid = 33,
		.comm = HW_SLICE("ngi\"nx"),
		.exe = HW_SLICE("/usr/sbin/nginx"),
		.host_name = HW_SLICE("box"),
		.container_id = HW_SLICE("0123"),
		.container_name = HW_SLICE("web"),
		.pod_name = HW_SLICE("pod"),
		.thread_entity = 99,
	};
	struct hw_encoder *encoder, *plain;
	char *line, *want;
	size_t len;

	hw_event_prepare(&event);
	assert_int_equal(hw_encoder_new(&encoder, format, flags), 0);
	assert_int_equal(hw_encoder_new(&plain, format, flags), 0);
	event.process = &process;
	for (unsigned i = 0; i < 40; i++) {
		process.cpu = i;
		process.syscall = i & 1 ? HW_SLICE("write") : HW_SLICE("");
		process.is_compat = i & 2;
		process.uid = 33 + i / 20; /* it is another process then */
		process.version = 0;
		assert_int_equal(hw_encoder_encode(plain, &event, &line, &len), 0);
		want = strndup(line, len);
		assert_non_null(want);
		process.version = ((uint64_t)1 + i / 20) << 32;
		check_line(encoder, &event, want);
		free(want);
	}
	hw_encoder_free(encoder);
	hw_encoder_free(plain);
}

static void without_process_it_is_the_same(void **state)
{
	static const uint32_t flags[] = { 0, HW_ENCODE_STRICT };
	const struct hw_dns_message dns = {
		.id = 4661,
		.qr = true,
		.questions = &question,
		.questions_nr = 1,
		.answers = answers,
		.answers_nr = 2,
		.additionals = &opt,
		.additionals_nr = 1,
	};
	struct hw_event events[] = {
		http_event(HW_TYPE_NET_PACKET_HTTP, &http_request),
		http_event(HW_TYPE_NET_PACKET_HTTP_REQUEST, &http_request),
		http_event(HW_TYPE_NET_PACKET_HTTP, &http_response),
		http_event(HW_TYPE_NET_PACKET_HTTP_RESPONSE, &http_response),
		loopback_event(HW_TYPE_NET_FLOW_TCP_BEGIN, 1, 2),
		loopback_event(HW_TYPE_NET_PACKET_DNS, 53, 2),
		loopback_event(HW_TYPE_NET_PACKET_DNS_RESPONSE, 53, 2),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		events[i].dns = &dns;
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			check_without_process(HW_FORMAT_JSON, flags[k], events[i]);
			check_without_process(HW_FORMAT_JSON_V1BETA1, flags[k], events[i]);
			check_known_process(HW_FORMAT_JSON, flags[k], events[i]);
			check_known_process(HW_FORMAT_JSON_V1BETA1, flags[k], events[i]);
		}
	}
}

/* Some values are zero in all events, some in nearly all, some in half, some for a while. */
static void vary(struct hw_event *e, struct hw_http_message *m, unsigned i)
{
	const bool half = i * 7 % 5 < 2;

	m->anomalies = i % 29 == 28 ? hw_anomaly_bit(HW_ANOMALY_BARE_LF) : 0;
	m->status = i % 31 == 30 ? HW_SLICE("odd") : HW_SLICE("");
	m->status_code = i % 37 == 36 ? 5 : 0;
	m->uri_path = half ? HW_SLICE("/a\"") : HW_SLICE("");
	m->headers_nr = half;
	m->repeat = i > 250 && half ? 7 + m->kind : 0; /* all with the same number are alike */
	m->anomalies = m->repeat ? 0 : m->anomalies;
	m->status = m->repeat ? HW_SLICE("") : m->status;
	m->status_code = m->repeat ? 0 : m->status_code;
	e->extra.query = half ? HW_SLICE("q") : HW_SLICE("");
	e->extra.owner = i > 150 ? HW_SLICE("exact") : HW_SLICE("");
	e->extra.incomplete = i % 41 == 40 ? HW_SLICE("gap") : HW_SLICE("");
	e->extra.midstream = i > 100 && i % 9 < 2;
	e->extra.socket_cookie = i > 200 ? i : 0;
	e->src_port = half ? 80 : 0;
	e->direction = i % 43 == 42 ? HW_DIRECTION_EGRESS : HW_DIRECTION_UNKNOWN;
}

/* A program writes what one writes that has seen no event. */
static void assert_as_fresh(struct hw_json *j, const struct hw_event *e, enum hw_json_form form,
			    bool is_strict)
{
	struct hw_buf got, want;
	struct hw_json *fresh;

	hw_buf_init(&got, 1 << 20, NULL);
	hw_buf_init(&want, 1 << 20, NULL);
	assert_int_equal(hw_json_new(&fresh, e->type, form, is_strict), 0);
	assert_int_equal(hw_json_write(fresh, e, &want), 0);
	assert_int_equal(hw_json_write(j, e, &got), 0);
	assert_slice_equal(hw_buf_slice(&got), hw_buf_slice(&want));
	hw_json_free(fresh);
	hw_buf_clear(&got);
	hw_buf_clear(&want);
}

/* What is guessed is not seen. */
static void check_guesses(enum hw_event_type_index type, enum hw_json_form form, bool is_strict)
{
	struct hw_json *j;

	assert_int_equal(hw_json_new(&j, hw_event_type(type), form, is_strict), 0);
	for (unsigned i = 0; i < 300; i++) {
		struct hw_http_message m = i % 3 == 1 ? http_response : http_request;
		struct hw_event e = http_event(type, &m);

		vary(&e, &m, i);
		e.process = i % 2 ? &hw_process_none : &curl_process;
		hw_event_prepare(&e);
		assert_as_fresh(j, &e, form, is_strict);
	}
	hw_json_free(j);
}

/* Each number has one name, of any length or kind; a few have none, and some share a place. */
static const struct hw_http_field *vary_headers(struct hw_http_field headers[4], unsigned i)
{
	static const struct hw_slice names[] = {
		HW_SLICE("A"),
		HW_SLICE("X-\"quoted\""),
		HW_SLICE("Caf\xe9"),
		HW_SLICE("A-Name-Of-Which-The-Text-Does-Not-Fit-At-All"),
		HW_SLICE("Fourty-One-Bytes-With-All-That-Is-Around-"),
		HW_SLICE("Host"),
		HW_SLICE("<&>"),
	};
	const size_t nr = sizeof(names) / sizeof(names[0]);

	for (unsigned k = 0; k < 4; k++) {
		const unsigned which = (i * 5 + k * 3) % (2 * (unsigned)nr);

		headers[k] = (struct hw_http_field){ names[which % nr], HW_SLICE("value"),
						     which < nr ? 1 + which * 32 : 0 };
	}
	return headers;
}

static void check_names(enum hw_json_form form, bool is_strict)
{
	struct hw_json *j;

	assert_int_equal(hw_json_new(&j, hw_event_type(HW_TYPE_NET_PACKET_HTTP), form, is_strict),
			 0);
	for (unsigned i = 0; i < 100; i++) {
		struct hw_http_message m = http_request;
		struct hw_event e = http_event(HW_TYPE_NET_PACKET_HTTP, &m);
		struct hw_http_field headers[4];

		m.headers = vary_headers(headers, i);
		m.headers_nr = 4;
		hw_event_prepare(&e);
		assert_as_fresh(j, &e, form, is_strict);
	}
	hw_json_free(j);
}

/* What is kept of names is not seen either. */
static void names_that_came_before_are_written_alike(void **state)
{
	(void)state;
	for (int is_strict = 0; is_strict < 2; is_strict++) {
		check_names(HW_JSON_A, is_strict);
		check_names(HW_JSON_B, is_strict);
	}
}

static void guesses_change_nothing(void **state)
{
	(void)state;
	for (int is_strict = 0; is_strict < 2; is_strict++) {
		check_guesses(HW_TYPE_NET_PACKET_HTTP, HW_JSON_A, is_strict);
		check_guesses(HW_TYPE_NET_PACKET_HTTP, HW_JSON_B, is_strict);
		check_guesses(HW_TYPE_NET_PACKET_HTTP_REQUEST, HW_JSON_A, is_strict);
		check_guesses(HW_TYPE_NET_PACKET_HTTP_REQUEST, HW_JSON_B, is_strict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_to_the_letter),
		cmocka_unit_test(tcp_to_the_letter),
		cmocka_unit_test(udp_to_the_letter),
		cmocka_unit_test(ip_to_the_letter),
		cmocka_unit_test(flow_to_the_letter),
		cmocka_unit_test(dns_to_the_letter),
		cmocka_unit_test(without_process_it_is_the_same),
		cmocka_unit_test(guesses_change_nothing),
		cmocka_unit_test(names_that_came_before_are_written_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
