/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_columns.c - exchanges in columns: lines of text, and CSV */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "event/amount.h"
#include "event/column.h"
#include "event/escape.h"
#include "random.h"
#include "unit/exchange_fixture.h"

static char got[65536];

struct look {
	enum hw_format format;
	uint32_t flags;
	const char *columns; /* NULL: the usual ones */
	unsigned int width;
	const char *time;
};

/* Without its end of line. */
static const char *line_of(const struct look *look, const struct hw_event *event)
{
	struct hw_encoder *encoder;
	char *line;
	size_t len;

	assert_int_equal(hw_encoder_new(&encoder, look->format, look->flags), 0);
	if (look->columns)
		assert_int_equal(hw_encoder_set_columns(encoder, look->columns), 0);
	hw_encoder_set_width(encoder, look->width);
	if (look->time)
		hw_encoder_set_time(encoder, look->time, strlen(look->time));
	assert_int_equal(hw_encoder_encode(encoder, event, &line, &len), 0);
	assert_true(len < sizeof(got) && line[len - 1] == '\n');
	assert_null(memchr(line, '\n', len - 1));
	memcpy(got, line, len - 1);
	got[len - 1] = '\0';
	hw_encoder_free(encoder);
	return got;
}

static const char *text_of(const struct hw_event *event)
{
	return line_of(&(struct look){ .format = HW_FORMAT_TEXT }, event);
}

static const char *text_within(const struct hw_event *event, unsigned int width)
{
	return line_of(&(struct look){ .format = HW_FORMAT_TEXT, .width = width }, event);
}

static const char *column_of(const char *name, const struct hw_event *event)
{
	return line_of(&(struct look){ .format = HW_FORMAT_TEXT, .columns = name }, event);
}

static const char *csv_of(const char *columns, const struct hw_event *event)
{
	const char *line =
		line_of(&(struct look){ .format = HW_FORMAT_CSV, .columns = columns }, event);

	assert_int_equal(line[strlen(line) - 1], '\r');
	got[strlen(line) - 1] = '\0';
	return line;
}

/* ---- lines of text ---- */

static void an_exchange_is_a_line(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	assert_string_equal(
		text_of(&e),
		"curl[48211]      > GET  a.example/x?b=1                           200   1.2k  "
		"12.3ms");
	p.exchange.role = HW_ROLE_SERVER;
	p.process.comm = HW_SLICE("worker-1");
	p.process.container_name = HW_SLICE("web");
	assert_string_equal(
		text_of(&e),
		"curl[48211]@web  < GET  a.example/x?b=1                           200   1.2k  "
		"12.3ms");
}

static void the_time_is_in_front_if_there_is_one(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	line_of(&(struct look){ .format = HW_FORMAT_TEXT, .time = "14:03:01.123456" }, &e);
	assert_memory_equal(got, "14:03:01.123456 curl[48211] ", 28);
}

static void without_a_process_the_client_is_named(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	e.process = &hw_process_none;
	p.exchange.role = HW_ROLE_SERVER;
	assert_memory_equal(text_of(&e), "127.0.0.1        > GET  a", 25);
}

static void what_was_not_answered_says_why_and_how_long_it_waited(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	exchange_unanswered(&p, HW_EXCHANGE_TIMEOUT);
	e = exchange_event(&p);
	e.time_ns = p.exchange.request.start_ns + 1001000000;
	assert_string_equal(
		text_of(&e),
		"curl[48211]      > GET  a.example/x?b=1                [timeout]    -      -   "
		"1.00s");
	assert_string_equal(column_of("waited", &e), " 1.00s");
	assert_string_equal(csv_of("duration,waited", &e), ",1.001000000");
	p.exchange.end = HW_EXCHANGE_UPGRADED; /* to HTTP/2, which it only began */
	assert_string_equal(column_of("duration", &e), "     -");
	assert_string_equal(column_of("waited", &e), "     -");
}

static void notes_are_behind_what_was_asked(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.anomalies =
		hw_anomaly_bit(HW_ANOMALY_BARE_LF) | hw_anomaly_bit(HW_ANOMALY_OBS_FOLD);
	p.exchange.response.incomplete = HW_SLICE("gap");
	for (int i = 0; i < 2; i++) {
		e = exchange_event(&p);
		assert_string_equal(text_of(&e),
				    "curl[48211]      > GET  a.example/x?b=1 [gap] [bare_lf] "
				    "[obs_fold]  200   1.2k  12.3ms");
		p.exchange.request.incomplete = HW_SLICE("gap"); /* of both it is said once */
	}
}

static void a_tunnel_is_a_line(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = tunnel_event(&p);
	assert_string_equal(
		text_of(&e),
		"curl[48211]      > CONNECT b.example:443         [tunnel_closed]  200    34k   "
		"61.5s");
}

/* On a terminal what is behind the target is at the right edge. */
static void a_terminal_is_filled(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	for (unsigned int width = 63; width < 200; width++) {
		assert_int_equal(strlen(text_within(&e, width)), width);
		assert_string_equal(got + width - 20, "  200   1.2k  12.3ms");
	}
}

static void a_long_target_is_cut(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.request.target = HW_SLICE("/0123456789012345678901234567890123456789");
	e = exchange_event(&p);
	assert_string_equal(text_within(&e, 70),
			    "curl[48211]      > GET  a.example/012345678901234~  200   1.2k  "
			    "12.3ms");
	p.request.target = HW_SLICE("/\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
				    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
				    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5");
	assert_int_equal(hw_line_width(hw_slice_text(text_within(&e, 70))), 70);
	assert_int_equal(hw_line_width(hw_slice_text(text_within(&e, 71))), 71);
}

static void many_notes_are_cut_before_the_status(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.anomalies = (hw_anomalies)0x3f;
	e = exchange_event(&p);
	assert_string_equal(text_within(&e, 80),
			    "curl[48211]      > GET  a.example~ [leading_blank_lines] "
			    "[g~  200   1.2k  12.3ms");
}

static const char *timed_within(const struct hw_event *event, unsigned int width)
{
	return line_of(&(struct look){ .format = HW_FORMAT_TEXT,
				       .width = width,
				       .time = "14:03:01.123456" },
		       event);
}

/* Of the two who may have aborted one is told as long as there is room for notes at all. */
static void who_aborted_is_told_on_a_narrow_terminal(void **state)
{
	static const enum hw_exchange_end ends[] = { HW_EXCHANGE_ABORTED_BY_CLIENT,
						     HW_EXCHANGE_ABORTED_BY_SERVER };
	static const char *const who[] = { " [~client", " [~server" };
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.response.incomplete = HW_SLICE("closed");
	for (size_t i = 0; i < 2; i++) {
		p.exchange.end = ends[i];
		e = exchange_event(&p);
		assert_int_equal(hw_line_width(hw_slice_text(timed_within(&e, 80))), 80);
		assert_non_null(strstr(got, who[i]));
		assert_non_null(strstr(timed_within(&e, 60), who[i]));
		assert_null(strstr(timed_within(&e, 120), who[i]));
	}
	assert_non_null(strstr(got, " [aborted_by_server] [closed]  200   1.2k  12.3ms"));
	p.exchange.response.incomplete = HW_SLICE("");
	e = exchange_event(&p);
	assert_string_equal(timed_within(&e, 80),
			    "14:03:01.123456 curl[48211]      > GET  a.example~ [~server]  "
			    "200   1.2k  12.3ms");
}

/* Padding goes first, then the target is short, then the time is left out. */
static void a_narrow_terminal_has_the_numbers(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	assert_string_equal(timed_within(&e, 80),
			    "14:03:01.123456 curl[48211]      > GET  a.example/x?b=1       "
			    "200   1.2k  12.3ms");
	for (unsigned int width = 40; width < 80; width++) {
		p.exchange.anomalies = width % 2 ? 0 : hw_anomaly_bit(HW_ANOMALY_BARE_LF);
		assert_int_equal(hw_line_width(hw_slice_text(timed_within(&e, width))), width);
		assert_non_null(strstr(got, "  200   1.2k  12.3ms"));
		assert_int_equal(strncmp(got, "14:03:01", 8) == 0, width >= 64);
	}
}

/* Where it was asked for the ends of all else are cut before it. */
static void a_time_that_is_kept_is_whole(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	for (unsigned int width = 15; width < 80; width++) {
		line_of(&(struct look){ HW_FORMAT_TEXT, HW_ENCODE_TIME, NULL, width,
					"14:03:01.123456" },
			&e);
		assert_int_equal(hw_line_width(hw_slice_text(got)), width);
		assert_memory_equal(got, "14:03:01.123456", 15);
		assert_int_equal(strstr(got, "  200   1.2k  12.3ms") != NULL, width >= 51);
	}
}

static void long_names_do_not_push_the_numbers_out(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.process.container_name = HW_SLICE("a-container-whose-name-is-rather-long");
	p.exchange.anomalies = hw_anomaly_bit(HW_ANOMALY_BARE_LF);
	e = exchange_event(&p);
	for (unsigned int width = 40; width < 120; width++) {
		assert_int_equal(hw_line_width(hw_slice_text(timed_within(&e, width))), width);
		assert_non_null(strstr(got, "  200   1.2k  12.3ms"));
	}
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.exchange.anomalies = hw_anomaly_bit(HW_ANOMALY_BARE_LF);
	e = exchange_event(&p);
	for (unsigned int width = 1; width < 120; width++)
		assert_true(hw_line_width(hw_slice_text(text_within(&e, width))) <= width);
}

/* Colour is only added: taken off again, the line is the same, cut or not. */
static void colour_is_only_added(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	p.response.status_code = 503;
	e = exchange_event(&p);
	for (unsigned int width = 0; width < 120; width += 3) {
		char plain[512], *to = plain;

		line_of(&(struct look){ HW_FORMAT_TEXT, HW_ENCODE_COLOR, NULL, width, "1s" }, &e);
		if (width == 0)
			assert_non_null(strstr(got, "\x1b[1;31m503\x1b[0m"));
		for (const char *c = got; *c; c++) {
			if (*c != '\x1b')
				*to++ = *c;
			else
				c = strchr(c, 'm');
		}
		*to = '\0';
		assert_string_equal(
			plain, line_of(&(struct look){ HW_FORMAT_TEXT, 0, NULL, width, "1s" }, &e));
	}
}

/* ---- columns ---- */

static const struct {
	const char *column, *text, *csv;
} values[] = {
	{ "time", "", "2023-10-02T14:07:55.18423361Z" },
	{ "event", "net_http_exchange", "net_http_exchange" },
	{ "who", "curl[48211]", "curl[48211]" },
	{ "process", "curl", "curl" },
	{ "peer", "-", "" },
	{ "pid", "48211", "48211" },
	{ "uid", "1000", "1000" },
	{ "container", "-", "" },
	{ "client", "127.0.0.1:40174", "127.0.0.1:40174" },
	{ "server", "127.0.0.1:80", "127.0.0.1:80" },
	{ "connection", "0123456789abcdef", "0123456789abcdef" },
	{ "exchange", "1", "1" },
	{ "role", ">", "client" },
	{ "method", "GET", "GET" },
	{ "uri", "a.example/x?b=1", "a.example/x?b=1" },
	{ "url", "http://a.example/x?b=1", "http://a.example/x?b=1" },
	{ "host", "a.example", "a.example" },
	{ "path", "/x", "/x" },
	{ "query", "b=1", "b=1" },
	{ "target", "/x?b=1", "/x?b=1" },
	{ "route", "/x", "/x" },
	{ "status", "200", "200" },
	{ "reason", "OK", "OK" },
	{ "type", "text/html", "text/html" },
	{ "size", "1.2k", "1256" },
	{ "request_size", "0", "0" },
	{ "duration", "12.3ms", "0.012346345" },
	{ "ttfb", "11.0ms", "0.011000000" },
	{ "transfer", "1.3ms", "0.001346345" },
	{ "connect", "85us", "0.000085000" },
	{ "end", "complete", "complete" },
	{ "notes", "", "" },
	{ "user_agent", "curl/7.88.1", "curl/7.88.1" },
	{ "trace_id", "-", "" },
	{ "frame", "-", "" },
	{ "src_port", "40174", "40174" },
	{ "time.duration", "12346345", "12346345" },
	{ "time.request_start", "2023-10-02T14:07:55.18423361Z", "2023-10-02T14:07:55.18423361Z" },
	{ "request.headers", "Host=a.example; User-Agent=curl/7.88.1; Accept=*/*",
	  "Host=a.example; User-Agent=curl/7.88.1; Accept=*/*" },
	{ "request.headers.user-agent", "curl/7.88.1", "curl/7.88.1" },
	{ "response.headers.X-None", "-", "" },
	{ "response.incomplete", "-", "" },
	{ "response.body_cut", "-", "" },
	{ "hostProcessId", "48211", "48211" },
	{ "httpwire.midstream", "false", "false" },
	{ "httpwire.anomalies", "-", "" },
	{ "httpwire.peer.processName", "-", "" },
	{ "proto_http.method", "-", "" }, /* of other events */
};

static void each_column_has_its_value(void **state)
{
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	exchange_init(&p);
	e = exchange_event(&p);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *csv = values[i].csv[0] ? values[i].csv : "\"\""; /* a row of its own */
		char *text;

		column_of(values[i].column, &e);
		text = got + strspn(got, " ");
		if (strcmp(text, values[i].text) != 0)
			fail_msg("%s: '%s'", values[i].column, got);
		if (strcmp(csv_of(values[i].column, &e), csv) != 0)
			fail_msg("%s in CSV: '%s'", values[i].column, got);
	}
}

static void every_short_name_is_one(void **state)
{
	const struct hw_column *c;

	(void)state;
	for (size_t i = 0; (c = hw_column_at(i)); i++) {
		assert_true(hw_column_is_known(hw_slice_text(c->name)));
		assert_true((c->paths != NULL) != (c->write != NULL));
		assert_true(strlen(c->meaning) > 3);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(hw_column_at(j)->name, c->name);
	}
}

static void what_is_no_column_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "nope",
					   "time,",
					   ",time",
					   "time,,pid",
					   "request",
					   "request.",
					   "response.interim",
					   "request.headers.",
					   "args",
					   "httpwire",
					   "request.x" };
	struct hw_encoder *encoder;
	char many[4 * HW_COLUMNS_MAX + 5];

	(void)state;
	assert_int_equal(hw_encoder_new(&encoder, HW_FORMAT_TEXT, 0), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (hw_encoder_set_columns(encoder, bad[i]) != -EINVAL)
			fail_msg("'%s'", bad[i]);
	for (int i = 0; i <= HW_COLUMNS_MAX; i++)
		snprintf(many + 4 * i, 5, "pid,");
	many[4 * HW_COLUMNS_MAX - 1] = '\0';
	assert_int_equal(hw_encoder_set_columns(encoder, many), 0);
	many[4 * HW_COLUMNS_MAX - 1] = ',';
	many[4 * HW_COLUMNS_MAX + 3] = '\0';
	assert_int_equal(hw_encoder_set_columns(encoder, many), -EINVAL);
	hw_encoder_free(encoder);
}

static void messages_have_columns_too(void **state)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40174, 18080);

	(void)state;
	e.http = &http_request;
	hw_event_prepare(&e);
	assert_string_equal(column_of("method,host,path,status", &e),
			    "GET  127.0.0.1:18080      /                                 -");
	assert_string_equal(csv_of("method,uri,client,url", &e),
			    "GET,127.0.0.1:18080/,127.0.0.1:40174,");
}

/* ---- CSV ---- */

static void csv_has_a_line_of_names(void **state)
{
	struct hw_encoder *encoder;

	(void)state;
	assert_int_equal(hw_encoder_new(&encoder, HW_FORMAT_CSV, 0), 0);
	assert_int_equal(hw_encoder_set_columns(encoder, "time,request.headers.x,pid"), 0);
	assert_string_equal(hw_encoder_head(encoder), "time,request.headers.x,pid\r\n");
	assert_int_equal(hw_encoder_set_columns(encoder, "time,nope"), -EINVAL);
	assert_string_equal(hw_encoder_head(encoder), "time,request.headers.x,pid\r\n");
	hw_encoder_free(encoder);
}

static const struct {
	const char *name;
	struct hw_slice in;
	const char *want;
} fields[] = {
	{ "plain", HW_SLICE("GET"), "GET" },
	{ "comma", HW_SLICE("a,b"), "\"a,b\"" },
	{ "quote", HW_SLICE("a\"b\""), "\"a\"\"b\"\"\"" },
	{ "line end", HW_SLICE("a\r\nb"), "\"a\\x0d\\x0ab\"" },
	{ "blanks", HW_SLICE(" a "), "\" a \"" },
	{ "NUL", HW_SLICE("a\0b"), "\"a\\x00b\"" },
	{ "backslash", HW_SLICE("a\\b"), "\"a\\\\b\"" },
	{ "bad UTF-8", HW_SLICE("\xff"), "\"\\xff\"" },
	{ "letters", HW_SLICE("\xc3\xa9"), "\xc3\xa9" },
	{ "not seen", HW_SLICE("\xef\xbb\xbf-1\xf3\xa0\x80\x81"), "\"\\ufeff-1\\U000e0001\"" },
	{ "formula behind a semicolon", HW_SLICE("a; -1;b"), "a\\x3b -1;b" },
	{ "formula", HW_SLICE("=1+1"), "'=1+1" },
	{ "plus", HW_SLICE("+1"), "'+1" },
	{ "minus", HW_SLICE("-1"), "'-1" },
	{ "at", HW_SLICE("@SUM(1)"), "'@SUM(1)" },
	{ "quoted formula", HW_SLICE("=A1&\",\""), "\"'=A1&\"\",\"\"\"" },
	{ "TAB", HW_SLICE("\t=1"), "\"\\x09=1\"" },
	{ "CR", HW_SLICE("\r=1"), "\"\\x0d=1\"" },
	{ "wide formula",
	  HW_SLICE("\xef\xbc\x9d"
		   "1"),
	  "'\xef\xbc\x9d"
	  "1" },
	{ "formula behind blanks", HW_SLICE("  =1+1"), "\"'  =1+1\"" },
	{ "minus within", HW_SLICE("a-1"), "a-1" },
	{ "quoted formula behind a semicolon", HW_SLICE("a;\"=1+1"), "\"a\\x3b\"\"=1+1\"" },
};

static void a_field_of_csv_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct exchange_parts p;
		struct hw_event e;

		exchange_init(&p);
		p.request.method = fields[i].in;
		e = exchange_event(&p);
		if (strcmp(csv_of("method", &e), fields[i].want) != 0)
			fail_msg("%s: %s", fields[i].name, got);
	}
}

static void numbers_are_no_formulas(void **state)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40174, 18080);
	struct hw_http_message m = http_response;

	(void)state;
	m.content_length = -1;
	e.http = &m;
	hw_event_prepare(&e);
	assert_string_equal(csv_of("proto_http.content_length", &e), "-1");
}

/* ---- hostile bytes ---- */

static void any_bytes_are_a_printable_line(void **state)
{
	static const struct look looks[] = {
		{ .format = HW_FORMAT_TEXT },
		{ .format = HW_FORMAT_TEXT, .width = 80 },
		{ .format = HW_FORMAT_TEXT,
		  .columns = "process,container,method,url,reason,type,user_agent,notes,"
			     "request.headers,response.headers.server" },
		{ .format = HW_FORMAT_CSV,
		  .columns = "process,container,method,uri,url,user_agent,request.headers" },
	};
	uint64_t random = 7;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		const struct look *look = &looks[round % 4];
		uint8_t bytes[64];
		struct hw_http_field field = { hw_slice(bytes, 8), hw_slice(bytes + 8, 24) };
		struct exchange_parts p;
		struct hw_event e;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = random_byte(&random);
		exchange_init(&p);
		p.process.name = p.request.method = p.request.host = hw_slice(bytes, 9);
		p.process.container_name = p.exchange.url = hw_slice(bytes + 9, 30);
		p.request.target = p.response.reason = hw_slice(bytes + 20, 44);
		p.exchange.user_agent = hw_slice(bytes + 5, 9);
		p.request.fields = &field;
		p.request.fields_nr = 1;
		e = exchange_event(&p);
		line_of(look, &e);
		if (look->format == HW_FORMAT_CSV)
			got[strlen(got) - 1] = '\0';
		assert_true(hw_utf8_is_valid(hw_slice_text(got)));
		for (const char *c = got; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

/* ---- amounts ---- */

static const struct {
	uint64_t n;
	const char *size, *duration, *seconds;
} amounts[] = {
	{ 0, "0", "0us", "0.000000000" },
	{ 1, "1", "0us", "0.000000001" },
	{ 999, "999", "0us", "0.000000999" },
	{ 1023, "1023", "1us", "0.000001023" },
	{ 1024, "1.0k", "1us", "0.000001024" },
	{ 10239, "9.9k", "10us", "0.000010239" },
	{ 10240, "10k", "10us", "0.000010240" },
	{ 999999, "976k", "999us", "0.000999999" },
	{ 1000000, "976k", "1.0ms", "0.001000000" },
	{ 1048576, "1.0M", "1.0ms", "0.001048576" },
	{ 99999999, "95M", "99.9ms", "0.099999999" },
	{ 100000000, "95M", "100ms", "0.100000000" },
	{ 999999999, "953M", "999ms", "0.999999999" },
	{ 1000000000, "953M", "1.00s", "1.000000000" },
	{ 9999999999, "9.3G", "9.99s", "9.999999999" },
	{ 10000000000, "9.3G", "10.0s", "10.000000000" },
	{ 99999999999, "93G", "99.9s", "99.999999999" },
	{ 100000000000, "93G", "1m40s", "100.000000000" },
	{ 5999999999999, "5.4T", "99m59s", "5999.999999999" },
	{ 6000000000000, "5.4T", "1h40m", "6000.000000000" },
	{ UINT64_MAX, "16777215T", "5124095h34m", "18446744073.709551615" },
};

static const char *amount(void (*write)(struct hw_line *l, uint64_t n), uint64_t n)
{
	struct hw_buf out;
	struct hw_line l = { .out = &out };

	hw_buf_init(&out, 64, NULL);
	write(&l, n);
	assert_int_equal(l.err, 0);
	snprintf(got, sizeof(got), "%.*s", (int)out.len, (const char *)out.ptr);
	hw_buf_clear(&out);
	return got;
}

static void amounts_are_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		assert_string_equal(amount(hw_amount_size, amounts[i].n), amounts[i].size);
		assert_string_equal(amount(hw_amount_duration, amounts[i].n), amounts[i].duration);
		assert_string_equal(amount(hw_amount_seconds, amounts[i].n), amounts[i].seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_is_a_line),
		cmocka_unit_test(the_time_is_in_front_if_there_is_one),
		cmocka_unit_test(without_a_process_the_client_is_named),
		cmocka_unit_test(what_was_not_answered_says_why_and_how_long_it_waited),
		cmocka_unit_test(notes_are_behind_what_was_asked),
		cmocka_unit_test(a_tunnel_is_a_line),
		cmocka_unit_test(a_terminal_is_filled),
		cmocka_unit_test(a_long_target_is_cut),
		cmocka_unit_test(many_notes_are_cut_before_the_status),
		cmocka_unit_test(who_aborted_is_told_on_a_narrow_terminal),
		cmocka_unit_test(a_narrow_terminal_has_the_numbers),
		cmocka_unit_test(a_time_that_is_kept_is_whole),
		cmocka_unit_test(long_names_do_not_push_the_numbers_out),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(colour_is_only_added),
		cmocka_unit_test(each_column_has_its_value),
		cmocka_unit_test(every_short_name_is_one),
		cmocka_unit_test(what_is_no_column_is_refused),
		cmocka_unit_test(messages_have_columns_too),
		cmocka_unit_test(csv_has_a_line_of_names),
		cmocka_unit_test(a_field_of_csv_is_safe),
		cmocka_unit_test(numbers_are_no_formulas),
		cmocka_unit_test(any_bytes_are_a_printable_line),
		cmocka_unit_test(amounts_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
