/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_text.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "event/escape.h"
#include "event/text.h"
#include "random.h"

static char got[65536];

static const char *text_of(struct hw_event *e, bool color)
{
	struct hw_buf out;

	hw_buf_init(&out, sizeof(got), NULL);
	e->process = e->process ? e->process : &hw_process_none;
	hw_event_prepare(e);
	assert_int_equal(hw_text_write(e, HW_SLICE(""), color, &out), 0);
	assert_int_equal(out.ptr[out.len - 1], '\n');
	memcpy(got, out.ptr, out.len - 1);
	got[out.len - 1] = '\0';
	hw_buf_clear(&out);
	return got;
}

static struct hw_event event_of(const struct hw_http_message *m)
{
	static const uint8_t src[4] = { 10, 0, 0, 1 }, dst[4] = { 192, 0, 2, 9 };

	return (struct hw_event){
		.type = hw_event_type(HW_TYPE_NET_PACKET_HTTP),
		.src = hw_addr_v4(src),
		.dst = hw_addr_v4(dst),
		.src_port = 40174,
		.dst_port = 80,
		.http = m,
	};
}

static void a_request_is_a_line(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("GET"),
					   .host = HW_SLICE("example.com"),
					   .target = HW_SLICE("/a?b=1") };
	struct hw_event e = event_of(&m);

	(void)state;
	assert_string_equal(text_of(&e, false),
			    "10.0.0.1:40174 > 192.0.2.9:80  GET example.com/a?b=1");
	e.extra.incomplete = HW_SLICE("gap");
	e.extra.anomalies =
		hw_anomaly_bit(HW_ANOMALY_BARE_LF) | hw_anomaly_bit(HW_ANOMALY_OBS_FOLD);
	assert_string_equal(text_of(&e, false),
			    "10.0.0.1:40174 > 192.0.2.9:80  "
			    "GET example.com/a?b=1  [gap]  [bare_lf]  [obs_fold]");
}

static void an_absolute_target_has_its_host_once(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("CONNECT"),
					   .host = HW_SLICE("h:443"),
					   .target = HW_SLICE("h:443") };
	struct hw_event e = event_of(&m);

	(void)state;
	assert_string_equal(text_of(&e, false), "10.0.0.1:40174 > 192.0.2.9:80  CONNECT h:443");
}

static void a_response_has_its_type_and_length(void **state)
{
	const struct hw_http_field fields[] = { { HW_SLICE("content-TYPE"),
						  HW_SLICE("text/html") } };
	struct hw_http_message m = { .kind = HW_HTTP_RESPONSE,
				     .status = HW_SLICE("200 OK"),
				     .status_code = 200,
				     .fields = fields,
				     .fields_nr = 1,
				     .content_length = 81 };
	struct hw_event e = event_of(&m);

	(void)state;
	assert_string_equal(text_of(&e, false),
			    "10.0.0.1:40174 > 192.0.2.9:80  200 OK  text/html  81");
	m.fields_nr = 0;
	m.content_length = 0;
	assert_string_equal(text_of(&e, false), "10.0.0.1:40174 > 192.0.2.9:80  200 OK  -  0");
	m.content_length = -1;
	assert_string_equal(text_of(&e, false), "10.0.0.1:40174 > 192.0.2.9:80  200 OK  -  -");
}

static void the_process_stands_in_front(void **state)
{
	const struct hw_process p = { .host_pid = 4821, .name = HW_SLICE("cu\x1brl") };
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("GET"),
					   .target = HW_SLICE("/") };
	struct hw_event e = event_of(&m);

	(void)state;
	e.process = &p;
	e.src = (struct hw_addr){ { [15] = 1 } };
	assert_string_equal(text_of(&e, false),
			    "cu\\x1brl[4821]  [::1]:40174 > 192.0.2.9:80  GET /");
}

static const struct {
	const char *name;
	struct hw_slice in;
	const char *want;
} hostile[] = {
	{ "terminal escape", HW_SLICE("/\x1b[2J"), "/\\x1b[2J" },
	{ "line ends", HW_SLICE("/a\r\nb"), "/a\\x0d\\x0ab" },
	{ "NUL and DEL", HW_SLICE("/\0\x7f"), "/\\x00\\x7f" },
	{ "C1 control",
	  HW_SLICE("/\xc2\x9b"
		   "2J"),
	  "/\\u009b2J" },
	{ "bad UTF-8", HW_SLICE("/\xff\xc3"), "/\\xff\\xc3" },
	{ "overlong", HW_SLICE("/\xc0\xaf"), "/\\xc0\\xaf" },
	{ "right to left",
	  HW_SLICE("/\xe2\x80\xae"
		   "txt.exe"),
	  "/\\u202etxt.exe" },
	{ "tag character", HW_SLICE("/\xf3\xa0\x80\x81"), "/\\U000e0001" },
	{ "letters of the world", HW_SLICE("/\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"),
	  "/\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80" },
	{ "what looks escaped", HW_SLICE("/\\x1b"), "/\\\\x1b" },
};

static void what_is_hostile_does_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
						   .method = HW_SLICE("GET"),
						   .target = hostile[i].in };
		struct hw_event e = event_of(&m);

		if (strcmp(strstr(text_of(&e, false), "GET ") + 4, hostile[i].want) != 0)
			fail_msg("%s: %s", hostile[i].name, got);
	}
}

static void any_bytes_are_printable_text(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[64];
		const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
						   .method = hw_slice(bytes, 20),
						   .target = hw_slice(bytes + 20, 44) };
		struct hw_event e = event_of(&m);

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = random_byte(&random);
		text_of(&e, false);
		assert_true(hw_utf8_is_valid(hw_slice_text(got)));
		for (const char *c = got; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

/* Colour is only added: taken off again, the line is the same. */
static void colour_is_only_added(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE,
					   .status = HW_SLICE("503 No"),
					   .status_code = 503 };
	struct hw_event e = event_of(&m);
	char plain[256], *to = plain;

	(void)state;
	text_of(&e, true);
	assert_non_null(strstr(got, "\x1b[1;31m503 No\x1b[0m"));
	for (const char *c = got; *c; c++) {
		if (*c != '\x1b')
			*to++ = *c;
		else
			c = strchr(c, 'm');
	}
	*to = '\0';
	assert_string_equal(plain, text_of(&e, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_a_line),
		cmocka_unit_test(an_absolute_target_has_its_host_once),
		cmocka_unit_test(a_response_has_its_type_and_length),
		cmocka_unit_test(the_process_stands_in_front),
		cmocka_unit_test(what_is_hostile_does_nothing),
		cmocka_unit_test(any_bytes_are_printable_text),
		cmocka_unit_test(colour_is_only_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
