/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_curl.c - requests as command lines: what they say, and that sh(1) takes it so */
#include "unit/unit.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event/curl.h"
#include "event/escape.h"
#include "random.h"
#include "unit/exchange_fixture.h"

static char got[1 << 18];

static const char *command_of(const struct hw_event *event)
{
	struct hw_buf out;

	hw_buf_init(&out, sizeof(got) - 1, NULL);
	assert_int_equal(hw_curl_write(event, &out), 0);
	if (out.len)
		memcpy(got, out.ptr, out.len);
	got[out.len] = '\0';
	if (out.len) {
		assert_int_equal(got[out.len - 1], '\n');
		got[out.len - 1] = '\0';
	}
	hw_buf_clear(&out);
	return got;
}

/* A request as a test names it; the fields are one text: "Host: a\nAccept: b". */
struct asked {
	const char *name;
	struct hw_slice method, target, protocol, fields;
	uint16_t port;
	const char *want;
};

#define USUAL "User-Agent: curl/7.88.1\nAccept: */*"

/* clang-format off */
#define GET(name, target, fields, port, want) \
	{ name, HW_SLICE("GET"), HW_SLICE(target), HW_SLICE("HTTP/1.1"), HW_SLICE(fields), port, \
	  want }
#define UA " -H 'User-Agent: curl/7.88.1'"
#define AT(port) " --connect-to '::127.0.0.1:" #port "'"
#define AT_80 AT(80)
/* clang-format on */

static const struct asked requests[] = {
	GET("usual", "/x?b=1", "Host: a.example\n" USUAL, 80,
	    "curl 'http://a.example/x?b=1'" AT_80 UA),
	GET("no agent", "/", "Host: a.example", 80,
	    "curl 'http://a.example/'" AT_80 " -H 'User-Agent:' -H 'Accept:'"),
	GET("port", "/", "Host: a.example:8080\n" USUAL, 8080,
	    "curl 'http://a.example:8080/'" AT(8080) UA),
	GET("port 80 said", "/", "Host: a.example:80\n" USUAL, 80,
	    "curl 'http://a.example:80/'" AT_80 " -H 'Host: a.example:80'" UA),
	GET("port not said", "/", "Host: a.example\n" USUAL, 8080,
	    "curl 'http://a.example:8080/'" AT(8080) " -H 'Host: a.example'" UA),
	GET("IPv6", "/", "Host: [::1]:81\n" USUAL, 81, "curl 'http://[::1]:81/'" AT(81) UA),
	GET("address", "/", "Host: 127.0.0.1:81\n" USUAL, 81, "curl 'http://127.0.0.1:81/'" UA),
	GET("other port", "/", "Host: 127.0.0.1:80\n" USUAL, 8080,
	    "curl 'http://127.0.0.1:80/'" AT(8080) " -H 'Host: 127.0.0.1:80'" UA),
	GET("no host", "/", USUAL, 8080, "curl 'http://127.0.0.1:8080/'" UA " -H 'Host:'"),
	GET("hostile host", "/", "Host: a'; rm -rf ~'\n" USUAL, 80,
	    "curl 'http://127.0.0.1/' -H 'Host: a'\\''; rm -rf ~'\\'''" UA),
	GET("host that is a user", "/", "Host: a@b\n" USUAL, 80,
	    "curl 'http://127.0.0.1/' -H 'Host: a@b'" UA),
	GET("empty field", "/", "Host: a\nX:\n" USUAL, 80, "curl 'http://a/'" AT_80 " -H 'X;'" UA),
	GET("quote", "/'", "Host: a\nX: it's\n" USUAL, 80,
	    "curl 'http://a/'\\'''" AT_80 " -H 'X: it'\\''s'" UA),
	GET("substitution", "/$(id)`id`", "Host: a\nX: $(id)\n" USUAL, 80,
	    "curl 'http://a/' --request-target '/$(id)`id`'" AT_80 " -H 'X: $(id)'" UA),
	GET("escape", "/", "Host: a\nX: \x1b[2J\n" USUAL, 80,
	    "curl 'http://a/'" AT_80 " -H \"$(printf 'X: \\033[2J')\"" UA),
	GET("printf's own", "/", "Host: a\nX: 100%\\\x01'\n" USUAL, 80,
	    "curl 'http://a/'" AT_80 " -H \"$(printf 'X: 100%%\\\\\\001\\047')\"" UA),
	GET("bad UTF-8", "/", "Host: a\nX: \xff\n" USUAL, 80,
	    "curl 'http://a/'" AT_80 " -H \"$(printf 'X: \\377')\"" UA),
	GET("file", "/", "Host: a\n@x: y\n" USUAL, 80,
	    "# fields that curl cannot send are left out\ncurl 'http://a/'" AT_80 UA),
	GET("two hosts", "/", "Host: a\nHost: b\n" USUAL, 80,
	    "# it had several Host fields\ncurl 'http://a/'" AT_80 UA),
	GET("two lengths", "/", "Host: a\nContent-Length: 0\nContent-Length: 0\n" USUAL, 80,
	    "# it had several Content-Length fields\ncurl 'http://a/'" AT_80
	    " -H 'Content-Length: 0' "
	    "-H 'Content-Length: 0'" UA),
	GET("dots", "/a/../b", "Host: a\n" USUAL, 80,
	    "curl --path-as-is 'http://a/a/../b'" AT_80 UA),
	GET("globs", "/a[1-9]{b}", "Host: a\n" USUAL, 80, "curl -g 'http://a/a[1-9]{b}'" AT_80 UA),
	GET("fragment", "/a#b", "Host: a\n" USUAL, 80,
	    "curl 'http://a/' --request-target '/a#b'" AT_80 UA),
	GET("to a proxy", "http://b.example/", "Host: b.example\n" USUAL, 3128,
	    "curl 'http://127.0.0.1:3128/' --request-target 'http://b.example/' "
	    "-H 'Host: b.example'" UA),
	{ "HEAD", HW_SLICE("HEAD"), HW_SLICE("/"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: a\n" USUAL), 80, "curl 'http://a/'" AT_80 " -I" UA },
	{ "old", HW_SLICE("GET"), HW_SLICE("/"), HW_SLICE("HTTP/1.0"), HW_SLICE("Host: a\n" USUAL),
	  80, "curl --http1.0 'http://a/'" AT_80 UA },
	{ "own method", HW_SLICE("PURGE"), HW_SLICE("/"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: a\n" USUAL), 80, "curl 'http://a/'" AT_80 " -X PURGE" UA },
	{ "hostile method", HW_SLICE("A;B"), HW_SLICE("/"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: a\n" USUAL), 80, "curl 'http://a/'" AT_80 " -X 'A;B'" UA },
	{ "all", HW_SLICE("OPTIONS"), HW_SLICE("*"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: a\n" USUAL), 80,
	  "curl 'http://127.0.0.1/' --request-target '*' -X OPTIONS -H 'Host: a'" UA },
	{ "tunnel", HW_SLICE("CONNECT"), HW_SLICE("b:443"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: b:443\n" USUAL), 3128,
	  "curl 'http://127.0.0.1:3128/' --request-target 'b:443' -X CONNECT -H 'Host: b:443'" UA },
	{ "empty POST", HW_SLICE("POST"), HW_SLICE("/"), HW_SLICE("HTTP/1.1"),
	  HW_SLICE("Host: a\n" USUAL "\nContent-Length: 0"), 80,
	  "curl 'http://a/'" AT_80 " -X POST" UA " -H 'Content-Length: 0'" },
};

static size_t split_fields(struct hw_slice text, struct hw_http_field *fields)
{
	size_t nr = 0;

	while (text.len) {
		struct hw_slice line, name;

		if (!hw_slice_cut(&text, '\n', &line)) {
			line = text;
			text.len = 0;
		}
		assert_true(hw_slice_cut(&line, ':', &name));
		while (line.len && line.ptr[0] == ' ')
			line = hw_slice_after(line, 1);
		fields[nr++] = (struct hw_http_field){ name, line };
	}
	return nr;
}

static void ask(struct exchange_parts *p, const struct asked *asked, struct hw_http_field *fields)
{
	exchange_init(p);
	p->request.method = asked->method;
	p->request.target = asked->target;
	p->request.protocol = asked->protocol;
	p->request.fields = fields;
	p->request.fields_nr = split_fields(asked->fields, fields);
}

static void a_request_is_a_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct hw_http_field fields[16];
		struct exchange_parts p;
		struct hw_event e;

		ask(&p, &requests[i], fields);
		e = exchange_event(&p);
		e.dst_port = requests[i].port;
		if (strcmp(command_of(&e), requests[i].want) != 0)
			fail_msg("%s: %s", requests[i].name, got);
	}
}

/* ---- bodies ---- */

static const struct {
	const char *name;
	struct hw_slice kept;
	const char *before, *behind;
} bodies[] = {
	{ "text", HW_SLICE("{\"a\":1}"), "", " --data-binary '{\"a\":1}'" },
	{ "quote", HW_SLICE("it's \\n"), "", " --data-binary 'it'\\''s \\n'" },
	{ "lines", HW_SLICE("a\nb\n"), "printf 'a\\012b\\012' | ", " --data-binary @-" },
	{ "bytes", HW_SLICE("\0\xff%\\'"), "printf '\\000\\377%%\\\\\\047' | ",
	  " --data-binary @-" },
	{ "file", HW_SLICE("@/etc/passwd"), "printf '@/etc/passwd' | ", " --data-binary @-" },
	{ "option of printf", HW_SLICE("-v\n"), "printf '\\055v\\012' | ", " --data-binary @-" },
};

static void a_body_goes_along(void **state)
{
	static const struct asked asked = { .method = HW_SLICE("POST"),
					    .target = HW_SLICE("/"),
					    .protocol = HW_SLICE("HTTP/1.1"),
					    .fields = HW_SLICE("Host: a\n" USUAL
							       "\nContent-Length: 7") };

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct hw_http_field fields[16];
		struct exchange_parts p;
		struct hw_event e;
		char want[512];

		ask(&p, &asked, fields);
		p.request.framing = HW_HTTP_BODY_LENGTH;
		p.request.body_len = p.exchange.request.body.size = bodies[i].kept.len;
		p.exchange.request.body.kept = bodies[i].kept;
		e = exchange_event(&p);
		snprintf(want, sizeof(want), "%scurl 'http://a/'" AT_80 UA " -H 'Content-Type:'%s",
			 bodies[i].before, bodies[i].behind);
		if (strcmp(command_of(&e), want) != 0)
			fail_msg("%s: %s", bodies[i].name, got);
	}
}

static void a_body_that_was_not_kept_is_asked_for(void **state)
{
	static const struct asked asked = {
		.method = HW_SLICE("PUT"),
		.target = HW_SLICE("/"),
		.protocol = HW_SLICE("HTTP/1.1"),
		.fields = HW_SLICE("Host: a\n" USUAL "\nTransfer-Encoding: chunked\n"
				   "Content-Type: application/x-www-form-urlencoded")
	};
	static const char want[] = "# the body, which was not kept (--body), is read from standard "
				   "input\ncurl 'http://a/'" AT_80 " -X PUT" UA
				   " -H 'Transfer-Encoding: chunked' --data-binary @-";
	struct hw_http_field fields[16];
	struct exchange_parts p;
	struct hw_event e;

	(void)state;
	ask(&p, &asked, fields);
	p.request.framing = HW_HTTP_BODY_CHUNKED;
	p.exchange.request.body.size = 9;
	e = exchange_event(&p);
	assert_string_equal(command_of(&e), want);
	p.exchange.request.body.kept = HW_SLICE("four");
	p.exchange.request.body.is_cut = true;
	assert_string_equal(command_of(&e), want);
}

static void what_is_no_request_is_nothing(void **state)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, 80, 40174);

	(void)state;
	e.http = &http_response;
	hw_event_prepare(&e);
	assert_string_equal(command_of(&e), "");
	e.http = &http_request;
	assert_memory_equal(command_of(&e), "curl 'http://", 13);
}

/* ---- sh(1) as the judge ---- */

/* What the shell makes of the words behind "curl", with a NUL behind each. */
static size_t run(char *ret, size_t max)
{
	FILE *script = tmpfile(), *out = tmpfile();
	size_t len;
	pid_t pid;
	int status;

	assert_non_null(script);
	assert_non_null(out);
	fprintf(script, "curl() { printf '%%s\\0' \"$@\"; }\n%s\n", got);
	assert_int_equal(fflush(script), 0);
	rewind(script);
	pid = fork();
	if (pid == 0) {
		dup2(fileno(script), STDIN_FILENO);
		dup2(fileno(out), STDOUT_FILENO);
		execl("/bin/sh", "sh", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rewind(out);
	len = fread(ret, 1, max, out);
	fclose(script);
	fclose(out);
	return len;
}

static bool has_word(const char *words, size_t len, const char *word, size_t word_len)
{
	for (const char *at = words; at < words + len; at += strlen(at) + 1)
		if (strlen(at) == word_len && memcmp(at, word, word_len) == 0)
			return true;
	return false;
}

static void any_bytes_are_words_of_the_shell(void **state)
{
	uint64_t random = 11;
	static char words[65536];

	(void)state;
	for (int round = 0; round < 100; round++) {
		uint8_t value[48], want[64] = "X: ";
		struct hw_http_field field = { HW_SLICE("X"), hw_slice(value, sizeof(value)) };
		struct exchange_parts p;
		struct hw_event e;
		size_t len;

		for (size_t i = 0; i < sizeof(value); i++) /* no NUL, no line end at the end */
			value[i] = random_byte(&random) | (i + 1 == sizeof(value) ? 0x20 : 0);
		for (size_t i = 0; i < sizeof(value); i++)
			value[i] = value[i] ? value[i] : '\'';
		exchange_init(&p);
		p.request.fields = &field;
		p.request.fields_nr = 1;
		p.request.target = p.request.method = field.value;
		e = exchange_event(&p);
		command_of(&e);
		assert_null(strchr(got, '\n'));
		assert_true(hw_utf8_is_valid(hw_slice_text(got)));
		for (const char *c = got; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		len = run(words, sizeof(words));
		memcpy(want + 3, value, sizeof(value));
		assert_true(has_word(words, len, (char *)want, 3 + sizeof(value)));
		assert_true(has_word(words, len, (char *)value, sizeof(value)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_a_command),
		cmocka_unit_test(a_body_goes_along),
		cmocka_unit_test(a_body_that_was_not_kept_is_asked_for),
		cmocka_unit_test(what_is_no_request_is_nothing),
		cmocka_unit_test(any_bytes_are_words_of_the_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
