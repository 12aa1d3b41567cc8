/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_har.c */
#include "unit/unit.h"

#include <stdio.h>

#include "event/har.h"
#include "unit/event_fixture.h"
#include "json_check.h"

static char got[65536];

static struct hw_event exchange_event(const struct hw_exchange *x)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_HTTP_EXCHANGE, 40174, 8080);

	e.exchange = x;
	e.extra.connection_id = 0xab;
	hw_event_prepare(&e);
	return e;
}

static const char *entry_of_event(const struct hw_event *e, bool is_strict)
{
	struct hw_buf out;

	hw_buf_init(&out, sizeof(got) - 1, NULL);
	assert_int_equal(hw_har_write(e, is_strict, &out), 0);
	if (out.len) {
		assert_true(json_is_line((const char *)out.ptr, out.len));
		memcpy(got, out.ptr, out.len);
	}
	got[out.len] = '\0';
	hw_buf_clear(&out);
	return got;
}

static const char *entry_of(const struct hw_exchange *x)
{
	const struct hw_event e = exchange_event(x);

	return entry_of_event(&e, true);
}

static void assert_has(const char *entry, const char *part)
{
	if (!strstr(entry, part))
		fail_msg("no %s in %s", part, entry);
}

static void an_exchange_is_an_entry(void **state)
{
	static const char want[] =
		"{\"startedDateTime\":\"2023-10-02T14:07:55.09975Z\",\"time\":22.000001,"
		"\"request\":{\"method\":\"POST\",\"url\":\"http://api.test:8080/users/4711?q=a%20b\","
		"\"httpVersion\":\"HTTP/1.1\",\"cookies\":[{\"name\":\"lang\",\"value\":\"de\"},"
		"{\"name\":\"theme\",\"value\":\"dark\"}],\"headers\":["
		"{\"name\":\"Host\",\"value\":\"api.test:8080\"},"
		"{\"name\":\"Cookie\",\"value\":\"lang=de; theme=dark\"},"
		"{\"name\":\"Content-Type\",\"value\":\"application/json\"},"
		"{\"name\":\"Content-Length\",\"value\":\"13\"}],"
		"\"queryString\":[{\"name\":\"q\",\"value\":\"a b\"}],"
		"\"postData\":{\"mimeType\":\"application/json\",\"text\":\"{\\\"name\\\":\\\"x\\\"}\"},"
		"\"headersSize\":-1,\"bodySize\":13},"
		"\"response\":{\"status\":201,\"statusText\":\"Created\",\"httpVersion\":\"HTTP/1.1\","
		"\"cookies\":[{\"name\":\"id\",\"value\":\"7\",\"path\":\"/\",\"sameSite\":\"Lax\","
		"\"httpOnly\":true}],\"headers\":[{\"name\":\"Content-Type\",\"value\":\"text/plain\"},"
		"{\"name\":\"Set-Cookie\",\"value\":\"id=7; Path=/; HttpOnly; samesite = Lax\"},"
		"{\"name\":\"Location\",\"value\":\"/users/4712\"},"
		"{\"name\":\"Content-Encoding\",\"value\":\"gzip\"},"
		"{\"name\":\"Content-Length\",\"value\":\"25\"}],"
		"\"content\":{\"size\":40,\"compression\":15,\"mimeType\":\"text/plain\",\"text\":\"made\"},"
		"\"redirectURL\":\"/users/4712\",\"headersSize\":-1,\"bodySize\":25},\"cache\":{},"
		"\"timings\":{\"blocked\":-1,\"dns\":-1,\"connect\":0.25,\"send\":1.5,\"wait\":20,"
		"\"receive\":0.250001,\"ssl\":-1},\"serverIPAddress\":\"127.0.0.1\","
		"\"connection\":\"00000000000000ab\"}\n";

	(void)state;
	assert_string_equal(entry_of(&post_exchange), want);
}

static void what_is_ours_is_in_one_member(void **state)
{
	const struct hw_process server = { .host_pid = 7,
					   .start_ns = 1,
					   .comm = HW_SLICE("nginx"),
					   .name = HW_SLICE("nginx"),
					   .container_name = HW_SLICE("web") };
	struct hw_exchange x = post_exchange;
	struct hw_event e;

	(void)state;
	x.anomalies = hw_anomaly_bit(HW_ANOMALY_BARE_LF) | hw_anomaly_bit(HW_ANOMALY_OBS_FOLD);
	x.end = HW_EXCHANGE_ABORTED_BY_SERVER;
	x.response.incomplete = HW_SLICE("closed");
	e = exchange_event(&x);
	e.peer = &server;
	entry_of_event(&e, false);
	assert_has(got, ",\"_httpwire\":{\"clientIPAddress\":\"127.0.0.1\",\"clientPort\":40174,"
			"\"serverPort\":8080,\"exchange\":1,\"end\":\"aborted_by_server\","
			"\"role\":\"client\",\"communityId\":\"1:HWFNkWSt7KveS7mBBxTFwu9wMVw=\","
			"\"route\":\"/users/{id}\",\"responseIncomplete\":\"closed\","
			"\"anomalies\":[\"bare_lf\",\"obs_fold\"],"
			"\"process\":{\"pid\":48211,\"name\":\"curl\",\"uid\":1000},"
			"\"peer\":{\"pid\":7,\"name\":\"nginx\",\"uid\":0,"
			"\"containerName\":\"web\"}}}\n");
	assert_has(got, ",\"_error\":\"aborted_by_server\"}");
}

/* As browsers have it: status 0. The time is until it was known. */
static void a_request_without_an_answer_has_status_0(void **state)
{
	struct hw_exchange x = post_exchange;

	(void)state;
	x.number = 2;
	x.end = HW_EXCHANGE_TIMEOUT;
	x.response = (struct hw_exchange_part){ .message = &hw_http_message_none };
	entry_of(&x);
	assert_has(got, "{\"startedDateTime\":\"2023-10-02T14:07:55.1Z\",\"time\":84.23361,");
	assert_has(got, ",\"response\":{\"status\":0,\"statusText\":\"\",\"httpVersion\":\"\","
			"\"cookies\":[],\"headers\":[],\"content\":{\"size\":0,\"mimeType\":\"\"},"
			"\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":-1,"
			"\"_error\":\"timeout\"},");
	assert_has(got, "\"connect\":-1,\"send\":1.5,\"wait\":82.73361,\"receive\":0,");
}

/* Whatever the order of the four moments, the parts are not negative and add up. */
static void a_response_may_be_early(void **state)
{
	struct hw_exchange x = post_exchange;

	(void)state;
	x.number = 2;
	x.response.start_ns = x.request.start_ns + 1000000;
	x.response.end_ns = x.request.start_ns + 1200000;
	assert_has(entry_of(&x), ",\"time\":1.5,");
	assert_has(got, "\"send\":1.5,\"wait\":0,\"receive\":0,");
	x.response.end_ns = x.request.start_ns + 3000000;
	assert_has(entry_of(&x), ",\"time\":3,");
	assert_has(got, "\"send\":1.5,\"wait\":0,\"receive\":1.5,");
}

static void a_response_alone_has_the_server_as_its_url(void **state)
{
	struct hw_exchange x = post_exchange;
	struct hw_event e;

	(void)state;
	x.end = HW_EXCHANGE_UNPAIRED;
	x.request = (struct hw_exchange_part){ .message = &hw_http_message_none };
	x.url = HW_SLICE("");
	assert_has(entry_of(&x),
		   "\"request\":{\"method\":\"\",\"url\":\"http://127.0.0.1:8080/\",");
	assert_has(got, "\"headersSize\":-1,\"bodySize\":-1},\"response\":{\"status\":201,");
	assert_has(got, "\"send\":0,\"wait\":0,\"receive\":0.250001,");

	e = exchange_event(&x);
	e.dst = hw_addr_v6((const uint8_t[16]){ 0xfd, [15] = 1 });
	hw_event_prepare(&e);
	assert_has(entry_of_event(&e, true), "\"url\":\"http://[fd00::1]:8080/\"");
}

static void bodies_are_text_or_base64_or_not_kept(void **state)
{
	struct hw_exchange x = post_exchange;

	(void)state;
	x.request.body = (struct hw_exchange_body){ .size = 3,
						    .kept = HW_SLICE("\xff\0\1"),
						    .binary = HW_SLICE("\xff\0\1") };
	x.response.body = (struct hw_exchange_body){
		.size = 9, .kept = HW_SLICE("\xff\0"), .binary = HW_SLICE("\xff\0"), .is_cut = true
	};
	assert_has(entry_of(&x), "\"text\":\"/wAB\",\"_encoding\":\"base64\"},");
	assert_has(got, "\"content\":{\"size\":9,\"mimeType\":\"text/plain\",\"text\":\"/wA=\","
			"\"encoding\":\"base64\",\"comment\":\"the beginning of the body\"}");
	x.request.body = (struct hw_exchange_body){ .size = 3 };
	x.response.body = (struct hw_exchange_body){ .size = 0 };
	assert_has(entry_of(&x), "\"text\":\"\",\"comment\":\"the body was not kept\"},");
	assert_has(got, "\"content\":{\"size\":0,\"mimeType\":\"text/plain\"}");
	x.response.body = (struct hw_exchange_body){ .size = 9,
						     .decoded_size = 2,
						     .kept = HW_SLICE("ab"),
						     .text = HW_SLICE("ab"),
						     .problem = HW_SLICE("bad gzip") };
	assert_has(entry_of(&x), "\"content\":{\"size\":9,\"mimeType\":\"text/plain\","
				 "\"text\":\"ab\",\"comment\":\"bad gzip\"}");
}

static void other_events_and_what_goes_on_are_left_out(void **state)
{
	struct hw_exchange x = post_exchange;
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40174, 8080);

	(void)state;
	e.http = &http_request;
	hw_event_prepare(&e);
	assert_string_equal(entry_of_event(&e, false), "");
	x.end = HW_EXCHANGE_GOES_ON;
	assert_string_equal(entry_of(&x), "");
}

/* Any bytes anywhere: a line of JSON; an attribute twice is a member once. */
static void hostile_bytes_stay_in_their_strings(void **state)
{
	uint8_t bytes[256];
	struct hw_http_message m = exchange_request;
	struct hw_http_field field, cookie;
	struct hw_exchange x = post_exchange;

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	field.name = field.value = m.method = m.protocol = hw_slice(bytes, sizeof(bytes));
	cookie = (struct hw_http_field){ field.name,
					 HW_SLICE("=;;Path;path=/a;PATH = /b;=;\xff\"=;secure") };
	m.fields = &field;
	m.fields_nr = 1;
	x.request.message = &m;
	x.url = x.request.content_type = x.request.body.text = field.name;
	x.parameters = x.request.cookies = (struct hw_pairs){ &field, 1 };
	x.response.cookies = (struct hw_pairs){ &cookie, 1 };
	assert_has(entry_of(&x), "\"value\":\"=\",\"path\":\"/b\",\"secure\":true}");
}

static void a_document_is_json_however_many_entries(void **state)
{
	char document[131072];

	(void)state;
	for (int nr = 0; nr < 3; nr++) {
		size_t len = (size_t)snprintf(document, sizeof(document), "%s", hw_har_head);
		struct json_text t = { (const uint8_t *)document, NULL };

		for (int i = 0; i < nr; i++)
			len += (size_t)snprintf(document + len, sizeof(document) - len, "%s%s",
						i ? hw_har_between : "", entry_of(&post_exchange));
		len += (size_t)snprintf(document + len, sizeof(document) - len, "%s", hw_har_tail);
		for (size_t i = 0; i + 1 < len; i++) /* our reader knows no line ends */
			if (document[i] == '\n')
				memmove(document + i, document + i + 1, len-- - i);
		t.end = t.at + len;
		assert_true(json_value(&t, 0) && json_byte(&t, '\n') && t.at == t.end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_is_an_entry),
		cmocka_unit_test(what_is_ours_is_in_one_member),
		cmocka_unit_test(a_request_without_an_answer_has_status_0),
		cmocka_unit_test(a_response_may_be_early),
		cmocka_unit_test(a_response_alone_has_the_server_as_its_url),
		cmocka_unit_test(bodies_are_text_or_base64_or_not_kept),
		cmocka_unit_test(other_events_and_what_goes_on_are_left_out),
		cmocka_unit_test(hostile_bytes_stay_in_their_strings),
		cmocka_unit_test(a_document_is_json_however_many_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
