/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_long.c - exchanges in full */
#include "unit/unit.h"

#include "event/escape.h"
#include "event/long.h"
#include "random.h"
#include "unit/exchange_fixture.h"

static char got[65536];

static const char *long_of(const struct hw_event *event)
{
	struct hw_buf out;

	hw_buf_init(&out, sizeof(got) - 1, NULL);
	assert_int_equal(hw_long_write(event, HW_SLICE("14:03:01.123456"), false, &out), 0);
	memcpy(got, out.ptr, out.len);
	got[out.len] = '\0';
	hw_buf_clear(&out);
	return got;
}

#define BEGINNING                                                      \
	"14:03:01.123456 curl[48211] 127.0.0.1:40174 > 127.0.0.1:80\n" \
	"> GET /x?b=1 HTTP/1.1\n"                                      \
	"> Host: a.example\n"                                          \
	"> User-Agent: curl/7.88.1\n"                                  \
	"> Accept: */*\n"                                              \
	">\n"

static void an_exchange_is_told_in_full(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.response.body =
		(struct hw_exchange_body){ .size = 6, .kept = HW_SLICE("hello\n") };
	p.exchange.response.body.text = p.exchange.response.body.kept;
	e = exchange_event(&p);
	assert_string_equal(long_of(&e), BEGINNING "< HTTP/1.1 200 OK\n"
						   "< Server: nginx\n"
						   "< Content-Type: text/html\n"
						   "< Content-Length: 1256\n"
						   "<\n"
						   "< hello\n"
						   "* complete: 12.3ms, connection in 85us, first "
						   "byte after 11.0ms, response of 6 bytes\n\n");
}

static void a_body_that_was_not_kept_is_described(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	assert_non_null(strstr(long_of(&e), "<\n* 1.2k of text/html\n* complete"));
	p.exchange.response.body.size = 1;
	assert_non_null(strstr(long_of(&e), "<\n* 1 byte of text/html\n* complete"));
	p.exchange.response.body.size = 1256;
	p.exchange.response.body.text = HW_SLICE("<htm");
	p.exchange.response.body.is_cut = true;
	assert_non_null(
		strstr(long_of(&e), "<\n< <htm\n* 1.2k of text/html, cut here\n* complete"));
	p.exchange.response.content_encoding = HW_SLICE("gzip");
	p.exchange.response.body.problem = HW_SLICE("bad gzip");
	assert_non_null(
		strstr(long_of(&e), "* 1.2k gzip of text/html, cut here: bad gzip\n* complete"));
}

static void what_was_not_answered_says_so(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	exchange_unanswered(&p, HW_EXCHANGE_ABORTED_BY_SERVER);
	p.exchange.connect_ns = 0;
	p.exchange.anomalies = hw_anomaly_bit(HW_ANOMALY_BARE_LF);
	p.exchange.request.incomplete = HW_SLICE("reset");
	p.request.incomplete = HW_HTTP_CUT_RESET;
	e = exchange_event(&p);
	e.time_ns = p.exchange.request.start_ns + 84233610;
	long_of(&e);
	assert_memory_equal(got, BEGINNING, sizeof(BEGINNING) - 3); /* its head did not end */
	assert_non_null(strstr(got, "*/*\n* the request is not whole: reset\n* bare_lf: "));
	assert_non_null(strstr(got, "\n* aborted_by_server, no response after 84.2ms\n\n"));
}

static void each_process_is_beside_its_end(void **state)
{
	const struct hw_process nginx = { .host_pid = 99,
					  .comm = HW_SLICE("nginx"),
					  .name = HW_SLICE("nginx"),
					  .container_name = HW_SLICE("web") };
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	e.peer = &nginx;
	assert_memory_equal(long_of(&e),
			    "14:03:01.123456 curl[48211] 127.0.0.1:40174 > 127.0.0.1:80 "
			    "nginx[99]@web\n",
			    73);
	e.peer = &p.process;
	e.process = &nginx;
	p.exchange.role = HW_ROLE_SERVER;
	assert_memory_equal(got, long_of(&e), 73);
}

static void interim_responses_are_listed(void **state)
{
	const struct hw_exchange_interim interims[] = {
		{ .status_code = 100, .reason = HW_SLICE("Continue") },
		{ .status_code = 103, .reason = HW_SLICE("Early Hints") },
	};
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.interims = interims;
	p.exchange.interims_nr = 2;
	e = exchange_event(&p);
	assert_non_null(strstr(long_of(&e), "< 100 Continue\n< 103 Early Hints\n< HTTP/1.1 200"));
}

/* Nothing that a message says looks like the end of it, or like something of ours. */
static void no_line_is_without_its_mark(void **state)
{
	struct exchange_parts p;
	struct hw_event e;
	uint64_t records;

	(void)state;
	exchange_init(&p);
	p.exchange.response.body.text =
		HW_SLICE("\n\n* complete\r\n\r\n> GET /\n\x1b[2J\ttab \\n\n\n\nend");
	e = exchange_event(&p);
	long_of(&e);
	assert_non_null(strstr(got,
			       "<\n<\n<\n< * complete\n<\n< > GET /\n< \\x1b[2J\ttab \\n\n<\n<\n"
			       "< end\n"));
	assert_int_equal(hw_long_whole(got, strlen(got), &records), strlen(got));
	assert_int_equal(records, 1);
	assert_int_equal(hw_long_whole(got, strlen(got) - 1, &records), 0);
	assert_int_equal(records, 0);
}

static void any_bytes_are_printable_lines(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		uint8_t bytes[64];
		struct hw_http_field field = { hw_slice(bytes, 8), hw_slice(bytes + 8, 24) };
		struct exchange_parts p;
		struct hw_event e;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = random_byte(&random);
		exchange_init(&p);
		p.process.name = p.request.start_line = hw_slice(bytes, 9);
		p.response.start_line = p.exchange.response.body.text = hw_slice(bytes + 20, 44);
		p.exchange.response.content_type = p.exchange.trace_id = hw_slice(bytes + 5, 9);
		p.exchange.response.body.is_cut = true;
		p.request.fields = p.response.fields = &field;
		p.request.fields_nr = p.response.fields_nr = 1;
		e = exchange_event(&p);
		long_of(&e);
		assert_true(hw_utf8_is_valid(hw_slice_text(got)));
		for (const char *c = got; *c; c++) {
			assert_true((unsigned char)*c >= 0x20 || *c == '\n' || *c == '\t');
			if (*c == '\n' && c[1])
				assert_non_null(strchr("<>*\n", c[1]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_is_told_in_full),
		cmocka_unit_test(a_body_that_was_not_kept_is_described),
		cmocka_unit_test(what_was_not_answered_says_so),
		cmocka_unit_test(each_process_is_beside_its_end),
		cmocka_unit_test(interim_responses_are_listed),
		cmocka_unit_test(no_line_is_without_its_mark),
		cmocka_unit_test(any_bytes_are_printable_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
