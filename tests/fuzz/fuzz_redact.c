/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_redact.c - a planted secret does not survive, whatever stands around it
 *
 * The first byte chooses how the secret is planted; the rest is a head, cut in two at half
 * of its length. A head that has none of what a rule looks for must stay as it is. All ways
 * to look through a text say the same of it.
 */
#include <string.h>

#include "fuzz.h"
#include "redact/redact.h"
#include "redact/sieve.h"
#include "same_message.h"

#define SECRET "Zq0secret9qZ"
#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJaIn0.Zq0secret9qZ"

/* Each ends what was before it, and is ended by the line. */
static const char *const planted[] = {
	"\r\nAuthorization: Basic " SECRET "\r\n",
	"\r\nAuthorization: " SECRET "\r\n",
	"\r\ncookie: a=" SECRET "; b=" SECRET "\r\n",
	"\r\nSet-Cookie: a=" SECRET "; Path=/\r\n",
	"\r\nX_Api_Key:" SECRET "\r\n",
	"\r\nX-Any-Token : " SECRET "\r\n",
	"\r\nReferer: http://" SECRET ":" SECRET "@h/?code=" SECRET "&a=b\r\n",
	"\r\nX-Any: " JWT "\r\n",
	"\r\nX-Any: a, password=\"" SECRET "\", b\r\n",
	"\r\nX-Any: http%3A%2F%2Fu%3A" SECRET "%40h%2F%3Fsig%3D" SECRET "%26c\r\n",
	"\r\nX-Any: user[password]=" SECRET "\r\n",
	"\r\nReferer: http://h/?token=a's \"<" SECRET ">&b\r\n",
	"\r\nX-Any: token='a " SECRET "', otp=c's" SECRET "\r\n",
	"\r\nX-Any: a=%7B%22otp%22:%22" SECRET "%22%7D&b={\"c\":\"{\\\"otp\\\":\\\"" SECRET
	"\\\"}\"}\r\n",
};
enum {
	PLANTED = sizeof(planted) / sizeof(planted[0]),
	HEAD_MAX = 1 << 16,
	SECRET_LEAST = 16, /* bytes: a JSON Web Token */
};

static void check_text(struct hw_slice s)
{
	FUZZ_CHECK(s.len == 0 || !memmem(s.ptr, s.len, SECRET, sizeof(SECRET) - 1));
}

enum { PARTS = 9 };

/* What a message has beside its fields. */
static void parts_of(const struct hw_http_message *m, struct hw_slice ret[static PARTS])
{
	const struct hw_slice parts[PARTS] = { m->start_line, m->method, m->target,
					       m->query,      m->reason, m->protocol,
					       m->uri_path,   m->host,	 m->status };

	memcpy(ret, parts, sizeof(parts));
}

static void check(const struct hw_http_message *m)
{
	struct hw_slice parts[PARTS];

	parts_of(m, parts);
	for (size_t i = 0; i < PARTS; i++)
		check_text(parts[i]);
	for (size_t i = 0; i < m->fields_nr; i++)
		check_text(m->fields[i].value);
	for (size_t i = 0; i < m->headers_nr; i++)
		check_text(m->headers[i].value);
}

/* The input's own bytes must not hold the secret, nor join with it to something else. */
static size_t make_head(char *head, const uint8_t *data, size_t size, const char *secret)
{
	const size_t half = size / 2, len = strlen(secret);

	memcpy(head, data, half);
	memcpy(head + half, secret, len);
	memcpy(head + half + len, data + half, size - half);
	return size + len;
}

/* A field may be inside of it. */
static bool has_colon(struct hw_slice s)
{
	return s.len && memchr(s.ptr, ':', s.len);
}

/* None of the bytes that every rule for targets, URLs and parameters needs. */
static bool may_be_secret(const struct hw_http_message *m)
{
	for (size_t i = 0; i < m->fields_nr; i++)
		if (m->fields[i].name.len >= 3 || m->fields[i].value.len >= SECRET_LEAST ||
		    has_colon(m->fields[i].value))
			return true;
	return m->start_line.len >= SECRET_LEAST || has_colon(m->start_line);
}

static bool has_mark(struct hw_slice s)
{
	return s.len && (memchr(s.ptr, '=', s.len) || memchr(s.ptr, '@', s.len) ||
			 memchr(s.ptr, '%', s.len));
}

/* Of all rules, made once. */
static const struct hw_redact_sieve *sieve(void)
{
	static const struct hw_redact_choice choice;
	static struct hw_redact_names *names;
	static struct hw_redact_sieve v;

	if (names)
		return &v;
	FUZZ_CHECK(hw_redact_names_new(&names, &choice) == 0);
	hw_redact_sieve_init(&v, names, hw_redact_looker_choose());
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		if (hw_redact_rules[i].prefix)
			hw_redact_sieve_add(&v, &hw_redact_rules[i]);
	return &v;
}

/* The text lies in memory of its own size: a read behind its end is seen. */
static void check_ways(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + (size == 0));
	const struct hw_slice s = { copy, size };
	bool holds;

	FUZZ_CHECK(copy);
	memcpy(copy, data, size);
	holds = hw_redact_may_hold(sieve(), s);
	for (size_t i = 0; i < hw_redact_lookings_nr; i++)
		if (hw_redact_lookings[i].is_possible())
			FUZZ_CHECK(hw_redact_lookings[i].look(sieve(), s) == holds);
	free(copy);
}

/* What a body holds instead of its secrets, in memory of its own size. */
static void check_body_text(struct hw_redactor *r, const char *text, size_t len, bool is_form,
			    bool is_cut, struct hw_buf *to)
{
	uint8_t *copy = malloc(len);

	FUZZ_CHECK(copy);
	memcpy(copy, text, len);
	check_text(hw_redact_text(r, hw_slice(copy, len), is_form, is_cut, to));
	free(copy);
}

static size_t add(char *text, size_t len, struct hw_slice s)
{
	if (s.len)
		memcpy(text + len, s.ptr, s.len);
	return len + s.len;
}

/* A part whose name is secret, of two lines, behind whatever ends with a line. */
static void check_part(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static char text[HEAD_MAX + 256];
	const size_t half = size / 2;
	size_t len = add(text, 0, HW_SLICE("-")); /* else it may be JSON */

	len = add(text, len, hw_slice(data, half));
	len = add(text, len, HW_SLICE("\n--b\r\nContent-Disposition: form-data; name=\"otp\"\r\n"));
	len = add(text, len, HW_SLICE("X: y\r\n\r\n" SECRET "\r\n--bc" SECRET));
	len = add(text, len, hw_slice(data + half, size - half));
	check_body_text(r, text, len, false, false, to);
}

/*
 * Nothing of which a value or JSON may begin that goes on behind it, nor what then is the secret by
 * chance.
 */
static size_t add_plain(char *text, size_t len, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!memchr("\"{[%q", data[i], 5))
			text[len++] = (char)data[i];
	return len;
}

/* JSON that is the value of a parameter, encoded or not. */
static void check_value(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static const struct hw_slice values[] = {
		HW_SLICE("\n\n&payload={\"a\":\"&\",\"otp\":\"" SECRET "\"}"),
		HW_SLICE("\n\n&payload=+%7B%22a%22:%22&}%22,+%22otp%22%3A+%22" SECRET "%22%7D"),
		HW_SLICE("\n\n&payload={\"a\":\"?b&otp=" SECRET "\"}&otp=" SECRET "&"),
	};
	static char text[HEAD_MAX + 128];
	const size_t half = size / 2;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t len = add_plain(text, 0, data, half);

		len = add(text, len, values[i]);
		len = add(text, len, hw_slice(data + half, size - half));
		check_body_text(r, text, len, false, false, to);
		check_body_text(r, text, len, true, false, to);
	}
}

/* A parameter of what says that it is a form, whatever its value has but the end of a part. */
static void check_form(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static char text[HEAD_MAX + 128];
	const size_t half = size / 2;
	size_t len = add_plain(text, 0, data, half);

	len = add(text, len, HW_SLICE("\n\n&otp=a b's \"c\"<>\r\n" SECRET));
	for (size_t i = half; i < size; i++)
		if (data[i] != '&' && data[i] != '-')
			text[len++] = (char)data[i];
	len = add(text, len, HW_SLICE(SECRET "&a=b"));
	check_body_text(r, text, len, true, false, to);
}

/* A member of JSON that is a string, in what looks like JSON, whatever is before it but a string. */
static void check_string(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static const struct hw_slice strings[] = {
		HW_SLICE(",\"{\\\"otp\\\":\\\"" SECRET "\\\"}\""),
		HW_SLICE(",\"{\\\"a\\\":\\\"{\\\\\\\"otp\\\\\\\":\\\\\\\"" SECRET
			 "\\\\\\\"}\\\"}\""),
		HW_SLICE(",\"{\\\"value\\\":\\\"" SECRET "\\\",\\\"name\\\":\\\"otp\\\"}\""),
		HW_SLICE(",\"http:\\/\\/a\\u003a" SECRET "@b\\/?otp\\u003d" SECRET "\""),
	};
	static char text[HEAD_MAX + 128];

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		size_t len = add(text, 0, HW_SLICE("[0,"));

		for (size_t k = 0; k < size; k++)
			if (data[k] != '"')
				text[len++] = (char)data[k];
		len = add(text, len, strings[i]);
		check_body_text(r, text, len, false, false, to);
	}
}

/* An element of XML, whatever text is before it, and whatever behind. */
static void check_element(struct hw_redactor *r, const uint8_t *data, size_t size,
			  struct hw_buf *to)
{
	static char text[HEAD_MAX + 128];
	const size_t half = size / 2;
	size_t len = add(text, 0, HW_SLICE("<a>"));

	for (size_t i = 0; i < half; i++)
		if (data[i] != '<' && data[i] != '-')
			text[len++] = (char)data[i];
	len = add(text, len, HW_SLICE("<b:OTP c='>'><d>" SECRET "</d></b:OTP>"));
	len = add(text, len, hw_slice(data + half, size - half));
	check_body_text(r, text, len, false, false, to);
}

/* What a line or a name in quotes says behind a colon, and a private key, whatever is around them. */
static void check_pair(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static const struct hw_slice pairs[] = {
		HW_SLICE("\notp: a, " SECRET "} " SECRET "\n"),
		HW_SLICE("\notp: |\n  " SECRET "\n   " SECRET "\n"),
		HW_SLICE("\nf(a: b, 'otp' : `" SECRET "\n" SECRET "`)"),
		HW_SLICE("\n- name: otp\n  value: " SECRET "\n"),
		HW_SLICE("\nf(name: otp, value: '" SECRET "')\n"),
		HW_SLICE("\n-----BEGIN A PRIVATE KEY-----\n" SECRET
			 "\n-----END A PRIVATE KEY-----"),
	};
	static char text[HEAD_MAX + 128];
	const size_t half = size / 2;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t len = add_plain(text, 0, data, half);

		len = add(text, len, pairs[i]);
		len = add(text, len, hw_slice(data + half, size - half));
		check_body_text(r, text, len, false, false, to);
	}
}

/* What ends inside a secret, behind whatever ends with a line. */
static void check_cut(struct hw_redactor *r, const uint8_t *data, size_t size, struct hw_buf *to)
{
	static const struct hw_slice ends[] = {
		HW_SLICE("\nghp_" SECRET),
		HW_SLICE("\nhttp://a:" SECRET),
		HW_SLICE("\n?otp=" SECRET),
	};
	static char text[HEAD_MAX + 64];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = add_plain(text, 0, data, size);

		len = add(text, len, ends[i]);
		check_body_text(r, text, len, false, true, to);
	}
}

/* A body: the secret of a member, whatever is in the strings before it. */
static void check_body(struct hw_redactor *r, const uint8_t *data, size_t size,
		       struct hw_budget *budget)
{
	const struct hw_slice member = HW_SLICE("\"PassWord\" :\"" SECRET "\"");
	static char text[HEAD_MAX + 64];
	struct hw_buf to;
	size_t len = 0;

	hw_buf_init(&to, SIZE_MAX / 4, budget);
	hw_redact_text(r, hw_slice(data, size), false, false, &to);
	text[len++] = '[';
	for (size_t i = 0; i < size; i++)
		if (data[i] != '"')
			text[len++] = (char)data[i];
	memcpy(text + len, member.ptr, member.len);
	check_text(hw_redact_text(r, hw_slice(text, len + member.len), false, false, &to));
	check_part(r, data, size, &to);
	check_value(r, data, size, &to);
	check_cut(r, data, size, &to);
	check_form(r, data, size, &to);
	check_string(r, data, size, &to);
	check_element(r, data, size, &to);
	check_pair(r, data, size, &to);
	hw_buf_clear(&to);
}

/* Where fields are not looked at, all else is as it is where they are. */
static void check_start(struct hw_redactor *r, const struct hw_http_message *m,
			const struct hw_http_message *want)
{
	const struct hw_http_message *got = hw_redact_start(r, m);
	struct hw_slice parts[PARTS], wanted[PARTS];

	parts_of(got, parts);
	parts_of(want, wanted);
	for (size_t i = 0; i < PARTS; i++)
		FUZZ_CHECK(hw_slice_eq(parts[i], wanted[i]));
	FUZZ_CHECK(got->fields_nr == m->fields_nr && got->headers_nr == m->headers_nr);
}

/* What reader and redactor know of the heads that came before, which are all, is not seen. */
static void check_used(struct hw_slice head, enum hw_http_kind kind,
		       const struct hw_http_message *want)
{
	static const struct hw_redact_options options;
	static struct hw_budget budget = { .max = SIZE_MAX / 4 };
	static struct hw_http_scratch *scratch;
	static struct hw_redactor *r;
	struct hw_http_message m;

	if (!r) {
		FUZZ_CHECK(hw_http_scratch_new(&scratch, &budget) == 0);
		FUZZ_CHECK(hw_redactor_new(&r, &options, &budget) == 0);
	}
	hw_http_message_read(scratch, head, kind, HW_HTTP_WHOLE, &m);
	FUZZ_CHECK(same_message(hw_redact_message(r, &m), want));
	check_start(r, &m, want);
}

/* A value is shown as it is whatever else the head has: with a field that asks for a look, and without. */
static void check_beside(struct hw_redactor *r, struct hw_http_scratch *scratch,
			 const uint8_t *data, size_t size)
{
	static const char *const besides[] = { "\r\nA: b\r\n\r\n", "\r\nA: %40\r\n\r\n" };
	static char head[HEAD_MAX + 64], shown[HEAD_MAX + 64];
	const size_t from = add(head, 0, HW_SLICE("GET / HTTP/1.1\r\nX: "));
	const size_t to = add(head, from, hw_slice(data, size));
	struct hw_http_message m;
	struct hw_slice value = HW_SLICE("");

	if (size == 0 || memchr(data, '\r', size) || memchr(data, '\n', size))
		return;
	for (size_t i = 0; i < sizeof(besides) / sizeof(besides[0]); i++) {
		const size_t len = add(head, to, hw_slice_text(besides[i]));
		struct hw_slice now;

		hw_http_message_read(scratch, hw_slice(head, len), HW_HTTP_REQUEST, HW_HTTP_WHOLE,
				     &m);
		now = hw_redact_message(r, &m)->fields[0].value;
		FUZZ_CHECK(i == 0 || hw_slice_eq(now, value));
		value = hw_slice(shown, add(shown, 0, now));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hw_redact_options options;
	static char head[HEAD_MAX + 512];
	struct hw_budget budget = { .max = 1 << 22 };
	struct hw_http_scratch *scratch;
	struct hw_redactor *r;
	struct hw_http_message m;
	size_t len;

	if (size < 1 || size > HEAD_MAX || memmem(data, size, "Zq0", 3))
		return 0;
	FUZZ_CHECK(hw_http_scratch_new(&scratch, &budget) == 0);
	FUZZ_CHECK(hw_redactor_new(&r, &options, &budget) == 0);
	len = make_head(head, data + 1, size - 1, planted[(data[0] >> 1) % PLANTED]);
	hw_http_message_read(scratch, hw_slice(head, len),
			     data[0] & 1 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST, HW_HTTP_WHOLE, &m);
	check(hw_redact_message(r, &m));
	check_used(hw_slice(head, len), m.kind, hw_redact_message(r, &m));

	len = make_head(head, data + 1, size - 1, "");
	hw_http_message_read(scratch, hw_slice(head, len),
			     data[0] & 1 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST, HW_HTTP_WHOLE, &m);
	if (!may_be_secret(&m) && !has_mark(hw_slice(head, len)))
		FUZZ_CHECK(hw_redact_message(r, &m) == &m);
	check_beside(r, scratch, data + 1, size - 1);
	check_body(r, data + 1, size - 1, &budget);
	check_ways(data + 1, size - 1);
	if (data[0] & 0x80) {
		budget.max = budget.used + size; /* short of memory it must not crash */
		hw_redact_message(r, &m);
	}
	hw_redactor_free(r);
	hw_http_scratch_free(scratch);
	FUZZ_CHECK(budget.used == 0);
	return 0;
}
