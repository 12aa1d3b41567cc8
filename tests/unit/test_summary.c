/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_summary.c */
#include "unit/unit.h"

#include <stdio.h>

#include "cli/summary.h"
#include "event/line.h"
#include "json_check.h"
#include "unit/event_fixture.h"

enum { ROOM = 4 << 20 };

#define MS 1000000ull
#define NOW 1696255675184233610ull /* of the events */

static char got[ROOM];
static struct hw_http_message response;

/* An exchange that took `ms` in all, all but one of them before the first byte, if there was one. */
static struct hw_exchange exchange(const char *host, const char *route, int32_t status, uint64_t ms)
{
	struct hw_exchange x = post_exchange;

	response = exchange_response;
	response.status_code = status;
	x.role = HW_ROLE_UNKNOWN;
	x.host = hw_slice_text(host);
	x.port = 80;
	x.route = hw_slice_text(route);
	x.response.message = &response;
	x.duration = hw_duration(ms * MS);
	x.response.end_ns = x.request.start_ns + ms * MS;
	x.time_to_first_byte = hw_duration((ms - 1) * MS);
	if (status)
		return x;
	x.end = HW_EXCHANGE_TIMEOUT;
	x.request.start_ns = NOW - ms * MS;
	x.response = (struct hw_exchange_part){ .message = &hw_http_message_none };
	x.duration = x.time_to_first_byte = (struct hw_duration){ 0 };
	return x;
}

static void take(struct hw_summary *s, struct hw_exchange x, const struct hw_process *process)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_HTTP_EXCHANGE, 40174, 8080);

	e.exchange = &x;
	e.process = process;
	hw_event_prepare(&e);
	hw_summary_take(s, &e);
}

static const char *text_of(const struct hw_summary *s, size_t columns, size_t rows)
{
	const struct hw_summary_style style = { .columns = columns, .rows = rows };
	struct hw_buf out;

	hw_buf_init(&out, ROOM - 1, NULL);
	assert_int_equal(hw_summary_text(s, &style, &out), 0);
	memcpy(got, out.ptr, out.len);
	got[out.len] = '\0';
	hw_buf_clear(&out);
	return got;
}

static const char *json_of(const struct hw_summary *s)
{
	struct hw_buf out;

	hw_buf_init(&out, ROOM - 1, NULL);
	assert_int_equal(hw_summary_json(s, &out), 0);
	assert_true(json_is_line((const char *)out.ptr, out.len));
	memcpy(got, out.ptr, out.len);
	got[out.len] = '\0';
	hw_buf_clear(&out);
	return got;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static struct hw_summary *some(void)
{
	struct hw_summary *s;

	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, exchange("a.test", "/users/{id}", 200, 10), &hw_process_none);
	take(s, exchange("a.test", "/users/{id}", 200, 100), &hw_process_none);
	take(s, exchange("a.test", "/", 404, 3), &hw_process_none);
	take(s, exchange("b.test", "/", 500, 30), &hw_process_none);
	take(s, exchange("b.test", "/", 0, 60), &hw_process_none);
	take(s, exchange("", "/", 302, 1), &hw_process_none);
	return s;
}

static void it_is_a_table(void **state)
{
	static const char want[] =
		"                                   duration                        ttfb\n"
		"requests errors    p50    p90    p99    max    p50    p90    p99    max  bytes\n"
		"       6      3 10.0ms  100ms  100ms  100ms  9.0ms 99.0ms 99.0ms 99.0ms    203  all\n"
		"by host and route\n"
		"       2      0 10.0ms  100ms  100ms  100ms  9.0ms 99.0ms 99.0ms 99.0ms     76"
		"  a.test/users/{id}\n"
		"       2      2 30.1ms 60.0ms 60.0ms 60.0ms 29.0ms 29.0ms 29.0ms 29.0ms     51"
		"  b.test/\n"
		"       1      1  3.0ms  3.0ms  3.0ms  3.0ms  2.0ms  2.0ms  2.0ms  2.0ms     38"
		"  a.test/\n"
		"       1      0  1.0ms  1.0ms  1.0ms  1.0ms    0us    0us    0us    0us     38"
		"  127.0.0.1:8080/\n"
		"by status\n"
		"       2      0 10.0ms  100ms  100ms  100ms  9.0ms 99.0ms 99.0ms 99.0ms     76  2xx\n"
		"       1      0  1.0ms  1.0ms  1.0ms  1.0ms    0us    0us    0us    0us     38  3xx\n"
		"       1      1  3.0ms  3.0ms  3.0ms  3.0ms  2.0ms  2.0ms  2.0ms  2.0ms     38  4xx\n"
		"       1      1 30.0ms 30.0ms 30.0ms 30.0ms 29.0ms 29.0ms 29.0ms 29.0ms     38  5xx\n"
		"       1      1 60.0ms 60.0ms 60.0ms 60.0ms      -      -      -      -     13"
		"  no response\n";
	struct hw_summary *s = some();

	(void)state;
	assert_string_equal(text_of(s, 0, 0), want);
	hw_summary_free(s);
}

/* A service that is slow for want of answers is no faster than one that gives them. */
static void who_gets_no_answer_waits(void **state)
{
	struct hw_exchange x = exchange("a.test", "/", 0, 3000);
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, x, &hw_process_none);
	assert_has(text_of(s, 0, 0), "       1      1  3.00s  3.00s  3.00s  3.00s      -");
	x.end = HW_EXCHANGE_UNPAIRED; /* nor is it known how long */
	take(s, x, &hw_process_none);
	x.end = HW_EXCHANGE_CAPTURE_ENDED;
	take(s, x, &hw_process_none);
	assert_has(json_of(s), "\"all\":[{\"requests\":3,\"errors\":1,\"bytes\":39,"
			       "\"duration\":{\"count\":1,\"sum\":3000000000,");
	hw_summary_free(s);
}

static size_t widest(const char *text)
{
	size_t widest = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		const size_t width = hw_line_width(hw_slice(at, strcspn(at, "\n")));

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void it_fits_a_terminal(void **state)
{
	struct hw_summary *s = some();

	(void)state;
	take(s, exchange("\xe4\xbe\x8b.test", "/\x1b[2J\xff\n", 200, 10), &hw_process_none);
	for (size_t columns = 50; columns < 140; columns++)
		assert_true(widest(text_of(s, columns, 0)) <= columns);
	assert_has(text_of(s, 80, 0),
		   "\nrequests errors    p50    p90    p99    max    p50  bytes\n");
	assert_has(text_of(s, 40, 0), "\nrequests errors    p50\n"); /* and names */
	take(s, exchange("fd00::1", "/", 200, 10), &hw_process_none);
	assert_has(text_of(s, 80, 0), "  [fd00::1]/\n");
	assert_has(got, "  \xe4\xbe\x8b.test/\\x1b[2J\\xff\\~\n");
	assert_has(text_of(s, 60, 0), "\nrequests errors    p50    p99    max\n");
	hw_summary_free(s);
}

static void only_some_rows_are_shown_unasked(void **state)
{
	struct hw_summary *s = some();

	(void)state;
	text_of(s, 0, 2);
	assert_has(got, "  b.test/\n  2 more; --summary shows all\nby status\n");
	assert_null(strstr(got, "a.test/\n"));
	hw_summary_free(s);
}

static void processes_and_roles_are_told_apart(void **state)
{
	const struct hw_process nginx = { .host_pid = 9,
					  .comm = HW_SLICE("nginx"),
					  .name = HW_SLICE("nginx"),
					  .container_name = HW_SLICE("web") };
	struct hw_exchange client = exchange("a.test", "/", 200, 4), server = client;
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	client.role = HW_ROLE_CLIENT;
	server.role = HW_ROLE_SERVER;
	server.port = 8080;
	take(s, client, &curl_process);
	take(s, server, &nginx);
	take(s, server, &nginx);
	text_of(s, 0, 0);
	assert_has(got, "     76  server  all\n");
	assert_has(got, "     38  client  a.test/\n");
	assert_has(got, "     76  server  a.test:8080/\n");
	assert_has(got, "by process\n");
	assert_has(got, "     38  client  curl\n");
	assert_has(got, "     76  server  nginx in web\n");
	hw_summary_free(s);
}

static void threads_are_of_their_process(void **state)
{
	const struct hw_process threads[] = {
		{ .host_pid = 9, .comm = HW_SLICE("pool-1-thread-1"), .name = HW_SLICE("java") },
		{ .host_pid = 9, .comm = HW_SLICE("pool-1-thread-2"), .name = HW_SLICE("java") },
	};
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, exchange("a.test", "/", 200, 4), &threads[0]);
	take(s, exchange("a.test", "/", 200, 4), &threads[1]);
	assert_has(json_of(s), "\"processes\":[{\"process\":\"java\",\"container\":\"\","
			       "\"requests\":2,");
	hw_summary_free(s);
}

static void programs_get_it_in_nanoseconds(void **state)
{
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, exchange("a.test", "/\"\xff", 404, 5), &curl_process);
	assert_string_equal(
		json_of(s),
		"{\"event\":\"summary\",\"all\":[{\"requests\":1,\"errors\":1,\"bytes\":38,"
		"\"duration\":{\"count\":1,\"sum\":5000000,\"p50\":5000000,\"p90\":5000000,"
		"\"p99\":5000000,\"max\":5000000},\"time_to_first_byte\":{\"count\":1,"
		"\"sum\":4000000,\"p50\":4000000,\"p90\":4000000,\"p99\":4000000,\"max\":4000000}}],"
		"\"routes\":[{\"host\":\"a.test\",\"route\":\"/\\\"\\ufffd\",\"requests\":1,"
		"\"errors\":1,\"bytes\":38,\"duration\":{\"count\":1,\"sum\":5000000,"
		"\"p50\":5000000,\"p90\":5000000,\"p99\":5000000,\"max\":5000000},"
		"\"time_to_first_byte\":{\"count\":1,\"sum\":4000000,\"p50\":4000000,"
		"\"p90\":4000000,\"p99\":4000000,\"max\":4000000}}],"
		"\"processes\":[{\"process\":\"curl\",\"container\":\"\",\"requests\":1,"
		"\"errors\":1,\"bytes\":38,\"duration\":{\"count\":1,\"sum\":5000000,"
		"\"p50\":5000000,\"p90\":5000000,\"p99\":5000000,\"max\":5000000},"
		"\"time_to_first_byte\":{\"count\":1,\"sum\":4000000,\"p50\":4000000,"
		"\"p90\":4000000,\"p99\":4000000,\"max\":4000000}}],"
		"\"statuses\":[{\"status\":\"4xx\",\"requests\":1,\"errors\":1,\"bytes\":38,"
		"\"duration\":{\"count\":1,\"sum\":5000000,\"p50\":5000000,\"p90\":5000000,"
		"\"p99\":5000000,\"max\":5000000},\"time_to_first_byte\":{\"count\":1,"
		"\"sum\":4000000,\"p50\":4000000,\"p90\":4000000,\"p99\":4000000,"
		"\"max\":4000000}}],\"responses_alone\":0}\n");
	hw_summary_free(s);
}

/* Times of captures may be of any two days. */
static void sums_are_without_a_sign(void **state)
{
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, exchange("a.test", "/", 200, 10000000000000), &curl_process);
	json_of(s);
	assert_has(got, "\"duration\":{\"count\":1,\"sum\":10000000000000000000,"
			"\"p50\":10000000000000000000,");
	assert_has(got, "\"max\":10000000000000000000}");
	take(s, exchange("a.test", "/", 200, 10000000000000), &curl_process);
	assert_has(json_of(s), "\"sum\":18446744073709551615,");
	hw_summary_free(s);
}

static void what_has_no_row_is_under_other(void **state)
{
	struct hw_summary *s;
	char route[64];

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	for (int i = 0; i < HW_SUMMARY_ROWS_MAX + 50; i++) {
		snprintf(route, sizeof(route), "/%d", i);
		take(s, exchange("a.test", route, 200, 2), &hw_process_none);
		take(s, exchange("a.test", "/0", 200, 2), &hw_process_none);
	}
	text_of(s, 0, 0);
	assert_has(got, "\n      50      0  2.0ms  2.0ms  2.0ms  2.0ms  1.0ms  1.0ms  1.0ms  1.0ms"
			"   1.8k  _other\nby status\n");
	assert_has(got, "\nby host and route\n    1051      0 ");
	assert_has(got, "\n    2100      0 "); /* all of them */
	hw_summary_free(s);
}

/* Nobody failed where nobody could answer any more, or nobody saw it. */
static void what_is_not_known_is_no_error(void **state)
{
	static const enum hw_exchange_end ends[] = { HW_EXCHANGE_CAPTURE_ENDED,
						     HW_EXCHANGE_UNPAIRED, HW_EXCHANGE_EVICTED };
	struct hw_exchange x = exchange("a.test", "/", 0, 0);
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		x.end = ends[i];
		take(s, x, &hw_process_none);
	}
	x.end = HW_EXCHANGE_GOES_ON; /* will come again */
	take(s, x, &hw_process_none);
	x = exchange("a.test", "/", 500, 3);
	x.end = HW_EXCHANGE_UNPAIRED;
	x.request = (struct hw_exchange_part){ .message = &hw_http_message_none };
	take(s, x, &hw_process_none);
	text_of(s, 0, 0);
	assert_has(got, "       3      0      -");
	assert_has(got, "  not seen\n1 response whose request was not seen\n");
	hw_summary_free(s);
}

/* What --errors shows is counted as one: half an answer helps nobody. */
static void what_is_cut_is_an_error(void **state)
{
	static const enum hw_exchange_end ends[] = { HW_EXCHANGE_ABORTED_BY_CLIENT,
						     HW_EXCHANGE_ABORTED_BY_SERVER,
						     HW_EXCHANGE_TIMEOUT };
	struct hw_exchange x = exchange("a.test", "/", 200, 3);
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	take(s, x, &hw_process_none);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		x.end = ends[i];
		take(s, x, &hw_process_none);
	}
	x.end = HW_EXCHANGE_CAPTURE_ENDED; /* the rest may have come */
	take(s, x, &hw_process_none);
	json_of(s);
	assert_has(got, "\"all\":[{\"requests\":5,\"errors\":3,");
	assert_has(got, "\"statuses\":[{\"status\":\"2xx\",\"requests\":5,\"errors\":3,");
	hw_summary_free(s);
}

static void nothing_is_said_to_be_nothing(void **state)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40174, 8080);
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	e.http = &http_request;
	hw_summary_take(s, &e);
	assert_string_equal(text_of(s, 80, 10), "no requests\n");
	assert_string_equal(json_of(s),
			    "{\"event\":\"summary\",\"all\":[],\"routes\":[],"
			    "\"processes\":[],\"statuses\":[],\"responses_alone\":0}\n");
	hw_summary_free(s);
}

/* A host is cut so that its port has room, and no byte more is written. */
static void hosts_are_cut_before_their_port(void **state)
{
	char host[2 * 256 + 1];
	struct hw_summary *s;

	(void)state;
	assert_int_equal(hw_summary_new(&s, 1), 0);
	for (size_t len = 240; len < sizeof(host); len++) {
		struct hw_exchange x;

		memset(host, 'a', len);
		host[1] = ':';
		host[len] = '\0';
		x = exchange(host, "/", 200, 1);
		x.port = 65535;
		take(s, x, &hw_process_none);
	}
	assert_has(text_of(s, 0, 0), "]:65535");
	hw_summary_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_a_table),
		cmocka_unit_test(who_gets_no_answer_waits),
		cmocka_unit_test(it_fits_a_terminal),
		cmocka_unit_test(only_some_rows_are_shown_unasked),
		cmocka_unit_test(processes_and_roles_are_told_apart),
		cmocka_unit_test(threads_are_of_their_process),
		cmocka_unit_test(programs_get_it_in_nanoseconds),
		cmocka_unit_test(sums_are_without_a_sign),
		cmocka_unit_test(what_has_no_row_is_under_other),
		cmocka_unit_test(what_is_not_known_is_no_error),
		cmocka_unit_test(what_is_cut_is_an_error),
		cmocka_unit_test(nothing_is_said_to_be_nothing),
		cmocka_unit_test(hosts_are_cut_before_their_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
