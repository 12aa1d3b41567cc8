/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_start.c */
#include "unit/unit.h"

#include "http/start.h"
#include "tight.h"

static const struct {
	struct hw_slice first;
	enum hw_http_start start;
} looks[] = {
	{ HW_SLICE(""), HW_HTTP_START_MORE },
	{ HW_SLICE("G"), HW_HTTP_START_MORE },
	{ HW_SLICE("GET"), HW_HTTP_START_MORE },
	{ HW_SLICE("VERSION-CONTRO"), HW_HTTP_START_MORE },
	{ HW_SLICE("HTTP"), HW_HTTP_START_MORE },
	{ HW_SLICE("  "), HW_HTTP_START_MORE },
	{ HW_SLICE("\t G"), HW_HTTP_START_MORE },

	{ HW_SLICE("GET "), HW_HTTP_START_REQUEST },
	{ HW_SLICE("OPTIONS "), HW_HTTP_START_MORE },
	{ HW_SLICE("CONNECT "), HW_HTTP_START_MORE },
	{ HW_SLICE("CONNECT r"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("OPTIONS * "), HW_HTTP_START_MORE },
	{ HW_SLICE("OPTIONS rts"), HW_HTTP_START_MORE },

	{ HW_SLICE("GET /"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("GET a"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("CONNECT sip.example:443"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("CONNECT rt:443"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("OPTIONS * HTTP/1.1"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("HEAD / HTTP/1.1\r\n"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("PRI * HTTP/2.0\r\n"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("UPDATEREDIRECTREF /"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("        UPDATEREDIRECTREF /"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("        OPTIONS          * RTSX"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("        OPTIONS           * RTSP"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("        UPDATEREDIRECTREF * RTSP"), HW_HTTP_START_REQUEST },

	{ HW_SLICE("HTTP/"), HW_HTTP_START_RESPONSE },
	{ HW_SLICE("HTTP/1.1 200 OK"), HW_HTTP_START_RESPONSE },

	{ HW_SLICE("OPTIONS rtsp://h/a RTSP/1.0\r\n"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("OPTIONS sip:a@b SIP/2.0\r\n"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("OPTIONS  rtsps://h/a RTSP/1.0\r\n"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("OPTIONS icap://h/a ICAP/1.0\r\n"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("CONNECT {\"verbose\":true}\r\n"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("GET rtsp://h/a RTSP/1.0\r\n"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("POST {"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("get "), HW_HTTP_START_TEXT },
	{ HW_SLICE("GETS"), HW_HTTP_START_TEXT },
	{ HW_SLICE("GETS "), HW_HTTP_START_TEXT },
	{ HW_SLICE("HTTPS"), HW_HTTP_START_TEXT },

	{ HW_SLICE("         GET "), HW_HTTP_START_NOT },
	{ HW_SLICE(" HTTP/"), HW_HTTP_START_TEXT },
	{ HW_SLICE("http/1.1 200"), HW_HTTP_START_TEXT },
	{ HW_SLICE("GET\t/"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("GET\v/"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("GET\f\v\t /"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("GET\rhttp://h/"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("OPTIONS\v* RTSP"), HW_HTTP_START_FOREIGN },
	{ HW_SLICE("GET\v"), HW_HTTP_START_MORE },
	{ HW_SLICE("GET\r"), HW_HTTP_START_MORE },
	{ HW_SLICE("GET\v\n"), HW_HTTP_START_NOT },
	{ HW_SLICE("GET\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v"),
	  HW_HTTP_START_NOT },
	{ HW_SLICE("GETS\v/"), HW_HTTP_START_NOT },
	{ HW_SLICE("\vGET /"), HW_HTTP_START_REQUEST },
	{ HW_SLICE(" \f\rGET\v/"), HW_HTTP_START_REQUEST },
	{ HW_SLICE("\v"), HW_HTTP_START_MORE },
	{ HW_SLICE("\v\v\v\v\v\v\v\v"), HW_HTTP_START_MORE },
	{ HW_SLICE("\v\v\v\v\v\v\v\v\v"), HW_HTTP_START_NOT },
	{ HW_SLICE("\fPROPF"), HW_HTTP_START_MORE },
	{ HW_SLICE("\fHTTP/1.1 200"), HW_HTTP_START_NOT },
	{ HW_SLICE("\fX /"), HW_HTTP_START_NOT },
	{ HW_SLICE("\fX"), HW_HTTP_START_NOT },
	{ HW_SLICE("\f\n"), HW_HTTP_START_NOT },
	{ HW_SLICE("GET\r\n"), HW_HTTP_START_NOT },
	{ HW_SLICE("GET\0"), HW_HTTP_START_NOT },
	{ HW_SLICE("G(ET "), HW_HTTP_START_TEXT },
	{ HW_SLICE("\xc3\x89"), HW_HTTP_START_TEXT },
	{ HW_SLICE("GETS\t"), HW_HTTP_START_NOT },
	{ HW_SLICE("\r\nGET "), HW_HTTP_START_NOT },
	{ HW_SLICE("\x16\x03\x01"), HW_HTTP_START_NOT },
	{ HW_SLICE("{\"a\""), HW_HTTP_START_TEXT },
};
enum { LOOKS_NR = sizeof(looks) / sizeof(looks[0]) };

static enum hw_http_start look(struct hw_slice text, size_t len)
{
	return hw_http_start_look(tight_copy(hw_slice(text.ptr, len)));
}

static void looks_at_the_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOOKS_NR; i++) {
		const enum hw_http_start start = look(looks[i].first, looks[i].first.len);

		if (start != looks[i].start)
			fail_msg("%s: %d", (const char *)looks[i].first.ptr, start);
	}
}

/* A perhaps may become a no, all other answers stay, however much follows. */
static void more_bytes_change_no_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOOKS_NR; i++) {
		for (size_t len = 0; len < looks[i].first.len; len++) {
			const enum hw_http_start before = look(looks[i].first, len);
			const enum hw_http_start after = look(looks[i].first, len + 1);

			if (before == HW_HTTP_START_TEXT && after == HW_HTTP_START_NOT)
				continue;
			if (before != HW_HTTP_START_MORE && before != after)
				fail_msg("%s at %zu: %d, then %d", (const char *)looks[i].first.ptr,
					 len, before, after);
		}
	}
}

static void enough_bytes_are_always_enough(void **state)
{
	uint8_t text[HW_HTTP_START_MAX];

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t blanks = 0; blanks <= sizeof(text); blanks++) {
			memset(text, ' ', sizeof(text));
			memset(text + blanks, c, sizeof(text) - blanks);
			assert_int_not_equal(look(hw_slice(text, sizeof(text)), sizeof(text)),
					     HW_HTTP_START_MORE);
		}
	}
}

static const struct {
	struct hw_slice line;
	bool is_request, is_exact, has_version;
} lines[] = {
	{ HW_SLICE("GET / HTTP/1.1"), true, true, true },
	{ HW_SLICE("MINE anything HTTP/9.9"), true, true, true },
	{ HW_SLICE("GET / HTTP/1.1\r"), true, false, true },
	{ HW_SLICE("GET / HTTP/1.1 "), true, false, true },
	{ HW_SLICE("GET / HTTP/11"), true, false, true },
	{ HW_SLICE("GET / HTTP/1"), true, false, true },
	{ HW_SLICE("GET / HTTP/1x1"), true, false, true },
	{ HW_SLICE("GET / HTTP/1.x"), true, false, true },
	{ HW_SLICE(" GET / HTTP/1.1"), true, false, true },
	{ HW_SLICE("GET /a b HTTP/1.1"), true, false, true },
	{ HW_SLICE("GET / HTTP/x HTTP/1.1"), true, false, true },
	{ HW_SLICE("GET  HTTP/1.1"), true, false, true },
	{ HW_SLICE("GET / HTTP/"), false, false, true },
	{ HW_SLICE("GET / HTTP/x.1"), false, false, true },
	{ HW_SLICE("GET / http/1.1"), false, false, true },
	{ HW_SLICE("GET /\tHtTp/1.1"), false, false, true },
	{ HW_SLICE("G@T / HTTP/1.1"), false, false, true },
	{ HW_SLICE(" / HTTP/1.1"), false, false, true },
	{ HW_SLICE(" HTTP/"), false, false, true },
	{ HW_SLICE("GET /HTTP/1.1"), false, false, false },
	{ HW_SLICE("GET / HTTP"), false, false, false },
	{ HW_SLICE("HTTP/1.1 200 OK"), false, false, false },
	{ HW_SLICE("HTTP/"), false, false, false },
	{ HW_SLICE("GET"), false, false, false },
	{ HW_SLICE("GET "), false, false, false },
	{ HW_SLICE(" "), false, false, false },
	{ HW_SLICE(""), false, false, false },
};

static void knows_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct hw_slice line = tight_copy(lines[i].line);

		if (hw_http_start_is_request(line) != lines[i].is_request ||
		    hw_http_start_is_exact_request(line) != lines[i].is_exact ||
		    hw_http_start_has_version(line) != lines[i].has_version)
			fail_msg("%s: %d %d %d", (const char *)lines[i].line.ptr,
				 hw_http_start_is_request(line),
				 hw_http_start_is_exact_request(line),
				 hw_http_start_has_version(line));
	}
}

static const struct {
	struct hw_slice line;
	bool is_rtsp, is_icap;
} others[] = {
	{ HW_SLICE("OPTIONS * RTSP/1.0"), true, false },
	{ HW_SLICE("PLAY rtsp://h/a RTSP/1.0"), true, false },
	{ HW_SLICE("OPTIONS icap://h/a ICAP/1.0"), false, true },
	{ HW_SLICE("REQMOD icap://h/a ICAP/1.0"), false, true },
	{ HW_SLICE("RESPMOD icap://h/a ICAP/1.0"), false, true },
	{ HW_SLICE("GET icap://h/a ICAP/1.0"), false, false },
	{ HW_SLICE("REQMOD ICAP/1"), false, false },
	{ HW_SLICE("INVITE sip:a@b SIP/2.0"), false, false },
	{ HW_SLICE("SIP/2.0 200 OK"), false, false },
	{ HW_SLICE("GET / HTTP/1.1"), false, false },
	{ HW_SLICE("OPTIONS * RTSP/1"), false, false },
	{ HW_SLICE("OPTIONS * RTSP/1.0 "), false, false },
	{ HW_SLICE("OPTIONS * XRTSP/1.0"), false, false },
	{ HW_SLICE("RTSP/1.0"), false, false },
	{ HW_SLICE(" "), false, false },
	{ HW_SLICE(""), false, false },
};

static void knows_lines_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (hw_http_start_is_rtsp(tight_copy(others[i].line)) != others[i].is_rtsp ||
		    hw_http_start_is_icap(tight_copy(others[i].line)) != others[i].is_icap)
			fail_msg("%s", (const char *)others[i].line.ptr);
}

static const struct {
	struct hw_slice line;
	bool is_odd;
} odd[] = {
	{ HW_SLICE("G(ET / HTTP/1.1"), true },
	{ HW_SLICE("\"GET\" /a HTTP/1.0"), true },
	{ HW_SLICE("G\xc3\x89T * HTTP/1.1"), true },
	{ HW_SLICE("GET: h:80 HTTP/9.9"), true },
	{ HW_SLICE("G\rT / HTTP/1.1"), false },
	{ HW_SLICE(" [GET] / HTTP/1.1"), true },
	{ HW_SLICE("G(ET / HTTP/1.1 "), false },
	{ HW_SLICE("G(ET / HTTP/11"), false },
	{ HW_SLICE("G(ET /a b HTTP/1.1"), false },
	{ HW_SLICE("G(ET a HTTP/1.1"), false },
	{ HW_SLICE("G(ET /\1 HTTP/1.1"), false },
	{ HW_SLICE("G(ET  HTTP/1.1"), false },
	{ HW_SLICE("a=bGET / HTTP/1.1"), false },
	{ HW_SLICE("/ HTTP/1.1"), false },
	{ HW_SLICE(""), false },
};

static void knows_requests_with_a_bad_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (hw_http_start_is_odd_request(tight_copy(odd[i].line)) != odd[i].is_odd)
			fail_msg("%s", (const char *)odd[i].line.ptr);
}

enum { NONE = -1 };

static const struct {
	struct hw_slice line;
	int at;
} finds[] = {
	{ HW_SLICE("HTTP/1.1 200 OK"), 0 },
	{ HW_SLICE("HTTP/1.0 404"), 0 },
	{ HW_SLICE("</html>HTTP/1.1 200 OK"), 7 },
	{ HW_SLICE("\0\xff"
		   "HTTP/1.1 200 OK"),
	  2 },
	{ HW_SLICE("HTTP/1.1 HTTP/1.1 200HTTP/1.1 200"), 21 },
	{ HW_SLICE("HTTP/1.HTTP/1.1 200"), 7 },
	{ HW_SLICE("HTTP/1.1 2000"), NONE },
	{ HW_SLICE("HTTP/1.1 20"), NONE },
	{ HW_SLICE("HTTP/1.1 2x0 OK"), NONE },
	{ HW_SLICE("HTTP/1.2 200 OK"), NONE },
	{ HW_SLICE("HTTP/2.0 200 OK"), NONE },
	{ HW_SLICE("http/1.1 200 OK"), NONE },
	{ HW_SLICE("it says HTTP/1.1 200 OK"), NONE },
	{ HW_SLICE("\"HTTP/1.1 200 OK"), NONE },
	{ HW_SLICE("'HTTP/1.1 200 OK"), NONE },
	{ HW_SLICE("`HTTP/1.1 200 OK"), NONE },
	{ HW_SLICE("\tHTTP/1.1 200 OK"), NONE },

	{ HW_SLICE("GET / HTTP/1.1"), 0 },
	{ HW_SLICE("OPTIONS * HTTP/1.0"), 0 },
	{ HW_SLICE("CONNECT a:1 HTTP/1.1"), 0 },
	{ HW_SLICE("a=bPOST /c HTTP/1.1"), 3 },
	{ HW_SLICE("UNLINK / HTTP/1.1"), 0 },
	{ HW_SLICE("UPDATEREDIRECTREF / HTTP/1.1"), 0 },
	{ HW_SLICE("MINE / HTTP/1.1"), NONE },
	{ HW_SLICE("get / HTTP/1.1"), NONE },
	{ HW_SLICE("GET a HTTP/1.1"), NONE },
	{ HW_SLICE("GET  HTTP/1.1"), NONE },
	{ HW_SLICE("GET HTTP/1.1"), NONE },
	{ HW_SLICE(" / HTTP/1.1"), NONE },
	{ HW_SLICE("/ HTTP/1.1"), NONE },
	{ HW_SLICE("GET /\1 HTTP/1.1"), NONE },
	{ HW_SLICE("GET / HTTP/1.1 "), NONE },
	{ HW_SLICE("GET /HTTP/1.1"), NONE },
	{ HW_SLICE("send GET / HTTP/1.1"), NONE },
	{ HW_SLICE("`GET / HTTP/1.1"), NONE },
	{ HW_SLICE("HTTP/1."), NONE },
	{ HW_SLICE(""), NONE },
};

static void finds_start_lines_beyond_doubt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		const struct hw_slice line = tight_copy(finds[i].line);
		const size_t want = finds[i].at == NONE ? line.len : (size_t)finds[i].at;

		if (hw_http_start_find(line) != want)
			fail_msg("%s: %zu", (const char *)finds[i].line.ptr,
				 hw_http_start_find(line));
	}
}

/* Of any line that begins or ends somewhere else: inside, and found again from there. */
static void what_is_found_is_a_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		for (size_t n = 0; n < finds[i].line.len; n++) {
			const struct hw_slice rest = tight_copy(hw_slice_after(finds[i].line, n));
			size_t at = hw_http_start_find(rest);

			if (at < rest.len)
				assert_int_equal(hw_http_start_find(hw_slice_after(rest, at)), 0);
			at = hw_http_start_find(tight_copy(hw_slice(finds[i].line.ptr, n)));
			assert_in_range(at, 0, n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_at_the_first_bytes),
		cmocka_unit_test(more_bytes_change_no_answer),
		cmocka_unit_test(enough_bytes_are_always_enough),
		cmocka_unit_test(knows_lines),
		cmocka_unit_test(knows_lines_of_others),
		cmocka_unit_test(knows_requests_with_a_bad_method),
		cmocka_unit_test(finds_start_lines_beyond_doubt),
		cmocka_unit_test(what_is_found_is_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
