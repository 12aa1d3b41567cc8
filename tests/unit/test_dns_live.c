/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_dns_live.c - the DNS of live.pcap, as Tracee prints it
 *
 * The values are put together here from the struct alone, to show that it holds all that
 * the events need; the encoder has its own tests.
 */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/names.h"
#include "dns/stream.h"
#include "event/escape.h"
#include "tight.h"

struct live_message {
	int packet;
	struct hw_slice payload;
	const char *dns, *request, *response; /* values; empty: no such event */
};

struct live_segment {
	bool from_server;
	struct hw_slice payload;
};

#include "dns_live_table.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct hw_stats stats;
static struct hw_dns_scratch scratch;
static struct hw_dns_message m;
static struct hw_buf json;

static int set_up(void **state)
{
	(void)state;
	hw_dns_scratch_init(&scratch, HW_DNS_SCRATCH_MAX, NULL, &stats);
	hw_buf_init(&json, 1 << 20, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hw_dns_scratch_clear(&scratch);
	hw_buf_clear(&json);
	return 0;
}

static void add(const char *text)
{
	assert_int_equal(hw_buf_append(&json, hw_slice_text(text)), 0);
}

static void add_number(const char *key, unsigned int number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%u", key, number);
	add(text);
}

static void add_string(const char *key, struct hw_slice s)
{
	add(key);
	add("\"");
	assert_int_equal(hw_buf_reserve(&json, HW_ESCAPE_FACTOR * s.len + HW_ESCAPE_SLACK), 0);
	json.len = (size_t)(hw_escape(json.ptr + json.len, s, HW_ESCAPE_HTML) - json.ptr);
	add("\"");
}

static void add_txts(struct hw_slice rest)
{
	const char *key = "";
	struct hw_slice string;

	for (; hw_dns_txt_next(&rest, &string); key = ",")
		add_string(key, string);
}

static void add_options(struct hw_slice rest)
{
	const char *key = "{\"code\":";
	struct hw_dns_option option;

	for (; hw_dns_option_next(&rest, &option); key = ",{\"code\":") {
		add_string(key, hw_dns_option_text_tracee(option.code));
		add_string(",\"data\":", option.data);
		add("}");
	}
}

static void add_rr(const struct hw_dns_rr *rr)
{
	add_string("{\"name\":", rr->name);
	add_string(",\"type\":", hw_dns_type_text_tracee(rr->type));
	add_string(",\"class\":", hw_dns_class_text_tracee(rr->class));
	add_number(",\"TTL\":", rr->ttl);
	add_string(",\"IP\":", rr->ip);
	add_string(",\"NS\":", rr->ns);
	add_string(",\"CNAME\":", rr->cname);
	add_string(",\"PTR\":", rr->ptr);
	add(",\"TXTs\":[");
	add_txts(rr->txt);
	add_string("],\"SOA\":{\"MName\":", rr->soa.mname);
	add_string(",\"RName\":", rr->soa.rname);
	add_number(",\"serial\":", rr->soa.serial);
	add_number(",\"refresh\":", rr->soa.refresh);
	add_number(",\"retry\":", rr->soa.retry);
	add_number(",\"expire\":", rr->soa.expire);
	add_number(",\"minimum\":", rr->soa.minimum);
	add_number("},\"SRV\":{\"priority\":", rr->srv.priority);
	add_number(",\"weight\":", rr->srv.weight);
	add_number(",\"port\":", rr->srv.port);
	add_string(",\"name\":", rr->srv.name);
	add_number("},\"MX\":{\"preference\":", rr->mx.preference);
	add_string(",\"name\":", rr->mx.name);
	add("},\"OPT\":[");
	add_options(rr->opt);
	add_number("],\"URI\":{\"priority\":", rr->uri.priority);
	add_number(",\"weight\":", rr->uri.weight);
	add_string(",\"target\":", rr->uri.target);
	add_string("},\"TXT\":", rr->txt);
	add("}");
}

static void add_section(const char *key, const struct hw_dns_rr *rr, size_t nr)
{
	add(key);
	for (size_t i = 0; i < nr; i++) {
		add(i ? "," : "");
		add_rr(&rr[i]);
	}
	add("]");
}

static void add_questions(const char *name, const char *type, const char *class)
{
	for (size_t i = 0; i < m.questions_nr; i++) {
		const struct hw_dns_question *q = &m.questions[i];

		add(i ? "," : "");
		add_string(name, q->name);
		add_string(type, hw_dns_type_text_tracee(q->type));
		add_string(class, hw_dns_class_text_tracee(q->class));
		add("}");
	}
}

static void add_dns(void)
{
	json.len = 0;
	add_number("{\"ID\":", m.id);
	add_number(",\"QR\":", m.qr);
	add_string(",\"opCode\":", hw_dns_opcode_text_tracee(m.opcode));
	add_number(",\"AA\":", m.aa);
	add_number(",\"TC\":", m.tc);
	add_number(",\"RD\":", m.rd);
	add_number(",\"RA\":", m.ra);
	add_number(",\"Z\":", m.z);
	add_string(",\"responseCode\":", hw_dns_rcode_text_tracee(m.rcode_tracee));
	add_number(",\"QDCount\":", m.qdcount);
	add_number(",\"ANCount\":", m.ancount);
	add_number(",\"NSCount\":", m.nscount);
	add_number(",\"ARCount\":", m.arcount);
	add(",\"questions\":[");
	add_questions("{\"name\":", ",\"type\":", ",\"class\":");
	add_section("],\"answers\":[", m.answers, m.answers_nr);
	add_section(",\"authorities\":[", m.authorities, m.authorities_nr);
	add_section(",\"additionals\":[", m.additionals, m.additionals_nr);
	add("}");
}

static void add_request(void)
{
	json.len = 0;
	if (m.refused || !hw_dns_is_request(&m))
		return;
	add("[");
	add_questions("{\"query\":", ",\"query_type\":", ",\"query_class\":");
	add("]");
}

static void add_response(void)
{
	json.len = 0;
	if (m.refused || !hw_dns_is_response(&m))
		return;
	add("[{\"query_data\":");
	add_questions("{\"query\":", ",\"query_type\":", ",\"query_class\":");
	add(",\"dns_answer\":[");
	for (size_t i = 0; i < m.answers_nr; i++) {
		add(i ? "," : "");
		add_string("{\"answer_type\":", hw_dns_type_text_tracee(m.answers[i].type));
		add_number(",\"ttl\":", m.answers[i].ttl);
		add_string(",\"answer\":", hw_dns_answer_tracee(&m.answers[i]));
		add("}");
	}
	add("]}]");
}

static void every_message_is_to_the_letter(void **state)
{
	(void)state;
	assert_int_equal(COUNT(live_messages), 22);
	for (size_t i = 0; i < COUNT(live_messages); i++) {
		const struct live_message *live = &live_messages[i];
		const struct hw_slice in = tight_copy(live->payload);

		assert_int_equal(hw_dns_message_read(&scratch, in, &m), HW_DNS_OK);
		assert_false(m.refused);
		add_dns();
		assert_slice_equal(hw_buf_slice(&json), hw_slice_text(live->dns));
		add_request();
		assert_slice_equal(hw_buf_slice(&json), hw_slice_text(live->request));
		add_response();
		assert_slice_equal(hw_buf_slice(&json), hw_slice_text(live->response));
	}
}

/* Tracee has no event for these. */
static bool over_tcp(void *ctx, struct hw_slice message)
{
	int *nr = ctx;

	assert_int_equal(hw_dns_message_read(&scratch, message, &m), HW_DNS_OK);
	assert_int_equal(m.questions_nr, 1);
	assert_slice_equal(m.questions[0].name, HW_SLICE("example.test"));
	++*nr;
	return true;
}

static void messages_over_tcp_are_found(void **state)
{
	const struct hw_dns_reader reader = { .message = over_tcp };
	struct hw_dns_stream streams[2] = { 0 };
	int nr[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(live_segments); i++) {
		const bool side = live_segments[i].from_server;

		hw_dns_stream_feed(&streams[side], &reader, &nr[side], live_segments[i].payload);
	}
	assert_true(nr[0] > 0);
	assert_int_equal(nr[0], nr[1]);
	for (int side = 0; side < 2; side++) {
		assert_false(hw_dns_stream_is_stopped(&streams[side]));
		assert_int_equal(hw_dns_stream_held(&streams[side]), 0);
		hw_dns_stream_clear(&streams[side]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_message_is_to_the_letter),
		TEST(messages_over_tcp_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
