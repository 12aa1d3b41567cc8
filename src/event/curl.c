/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/curl.c - see curl.h */
#include "event/curl.h"

#include <errno.h>

#include "base/ascii.h"
#include "event/escape.h"
#include "event/line.h"

enum {
	HTTP_PORT = 80,
	ARGUMENT_MAX = 64 << 10, /* bytes; Linux takes 128 KiB for one argument */
	CURL_EXPECTS = 1 << 20,	 /* bytes; with a longer body curl sends Expect */
	AUTHORITY_MAX = 255,
};

/* What is to be said. */
struct command {
	struct hw_line *line;
	const struct hw_event *event;
	const struct hw_http_message *request;
	const struct hw_exchange_body *body; /* NULL: it is not known what was in it */
	bool has_body;			     /* the request has one */
	bool knows_body;		     /* and all of it is known */
	bool is_to_host; /* the URL is made of the Host field; else of the address */
};

/* ---- words of the shell ---- */

/* In single quotes a backslash is one. */
static bool is_quotable(struct hw_slice s)
{
	struct hw_slice part;

	while (hw_slice_cut(&s, '\\', &part))
		if (!hw_line_is_plain(part))
			return false;
	return hw_line_is_plain(s);
}

static void add_quoted(struct hw_line *l, struct hw_slice s)
{
	struct hw_slice part;

	while (hw_slice_cut(&s, '\'', &part)) {
		hw_line_add(l, part);
		hw_line_text(l, "'\\''");
	}
	hw_line_add(l, s);
}

static void add_octal(struct hw_line *l, uint8_t c)
{
	const char text[] = { '\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
			      (char)('0' + (c & 7)) };

	hw_line_add(l, hw_slice(text, sizeof(text)));
}

/* One byte of the format of printf(1); a minus at its beginning would be an option. */
static void add_printf_byte(struct hw_line *l, uint8_t c, bool is_first)
{
	if (c == '%')
		hw_line_text(l, "%%");
	else if (c == '\\')
		hw_line_text(l, "\\\\");
	else if (c < 0x20 || c >= 0x7f || c == '\'' || (c == '-' && is_first))
		add_octal(l, c);
	else
		hw_line_add(l, hw_slice(&c, 1));
}

static void add_format(struct hw_line *l, struct hw_slice s, bool is_first)
{
	for (; s.len; is_first = false) {
		const size_t len = hw_utf8_sequence(s);
		const struct hw_slice one = hw_slice(s.ptr, len ? len : 1);

		if (len > 1 && hw_line_is_plain(one))
			hw_line_add(l, one);
		else
			for (size_t i = 0; i < one.len; i++)
				add_printf_byte(l, one.ptr[i], is_first);
		s = hw_slice_after(s, one.len);
	}
}

/* printf 'FORMAT', which writes `s`. */
static void add_printf(struct hw_line *l, struct hw_slice s)
{
	hw_line_text(l, "printf '");
	add_format(l, s, true);
	hw_line_text(l, "'");
}

static void add_word(struct hw_line *l, struct hw_slice s)
{
	if (is_quotable(s)) {
		hw_line_text(l, "'");
		add_quoted(l, s);
		hw_line_text(l, "'");
		return;
	}
	hw_line_text(l, "\"$(");
	add_printf(l, s);
	hw_line_text(l, ")\"");
}

/* No argument has a NUL in it, and $() drops line ends behind. */
static bool is_sayable(struct hw_slice s)
{
	return !s.len || (!memchr(s.ptr, '\0', s.len) && s.ptr[s.len - 1] != '\n');
}

/* ---- the URL ---- */

static struct hw_slice value_of(const struct hw_http_message *m, const char *name)
{
	for (size_t i = 0; i < m->fields_nr; i++)
		if (hw_slice_eq_nocase(m->fields[i].name, hw_slice_text(name)))
			return m->fields[i].value;
	return HW_SLICE("");
}

static size_t count_fields(const struct hw_http_message *m, const char *name)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->fields_nr; i++)
		nr += hw_slice_eq_nocase(m->fields[i].name, hw_slice_text(name));
	return nr;
}

static bool has_field(const struct hw_http_message *m, const char *name)
{
	return count_fields(m, name) > 0;
}

static bool is_of(struct hw_slice s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!hw_ascii_is_alnum(s.ptr[i]) && (!s.ptr[i] || !strchr(others, s.ptr[i])))
			return false;
	return s.len > 0;
}

/* Where the port begins, behind its colon; the length if there is none. */
static size_t port_at(struct hw_slice authority)
{
	for (size_t i = authority.len; i > 0 && authority.ptr[i - 1] != ']'; i--)
		if (authority.ptr[i - 1] == ':')
			return i;
	return authority.len;
}

static bool is_port(struct hw_slice s)
{
	return s.len > 0 && s.len <= 5 && s.ptr[0] != '0' && hw_ascii_digits(s) == s.len;
}

/* "a.example", "a.example:8080", "[::1]:80", and nothing that a URL could misread. */
static bool is_authority(struct hw_slice s)
{
	const size_t at = port_at(s);
	const struct hw_slice host = hw_slice(s.ptr, at < s.len ? at - 1 : s.len);

	if (s.len > AUTHORITY_MAX || (at < s.len && !is_port(hw_slice_after(s, at))))
		return false;
	if (hw_slice_starts(host, HW_SLICE("[")))
		return host.len > 2 && host.ptr[host.len - 1] == ']' &&
		       is_of(hw_slice(host.ptr + 1, host.len - 2), ":.");
	return is_of(host, ".-_");
}

/* As a path in a URL that curl leaves as it is: no fragment, no blanks, no dots to fold. */
static bool is_path(struct hw_slice target)
{
	return target.len && target.ptr[0] == '/' &&
	       is_of(target, "-._~!$&'()*+,;=:@/?%[]{}|^\"<>");
}

static bool is_globbed(struct hw_slice target)
{
	for (size_t i = 0; i < target.len; i++)
		if (strchr("[]{}", target.ptr[i]))
			return true;
	return false;
}

static bool has_dots(struct hw_slice target)
{
	return target.len > 1 && memmem(target.ptr, target.len, "/.", 2);
}

static struct hw_slice address_of(const struct command *c)
{
	return hw_slice(c->event->dst_text.text, c->event->dst_text.len);
}

static void add_address(const struct command *c)
{
	const struct hw_slice dst = address_of(c);
	const bool is_v6 = memchr(dst.ptr, ':', dst.len) != NULL;

	hw_line_text(c->line, is_v6 ? "[" : "");
	hw_line_add(c->line, dst);
	hw_line_text(c->line, is_v6 ? "]" : "");
}

static void add_port(const struct command *c)
{
	hw_line_text(c->line, ":");
	hw_line_number(c->line, c->event->dst_port);
}

/* The Host field names no port but the request went to another than 80. */
static bool lacks_port(const struct command *c, struct hw_slice host)
{
	return port_at(host) == host.len && c->event->dst_port != HTTP_PORT;
}

static void add_authority(const struct command *c)
{
	const struct hw_slice host = value_of(c->request, "Host");

	if (c->is_to_host)
		hw_line_add(c->line, host);
	else
		add_address(c);
	if (c->is_to_host ? lacks_port(c, host) : c->event->dst_port != HTTP_PORT)
		add_port(c);
}

static struct hw_slice without_brackets(struct hw_slice host)
{
	return hw_slice_starts(host, HW_SLICE("[")) ? hw_slice(host.ptr + 1, host.len - 2) : host;
}

static bool is_port_of(const struct command *c, struct hw_slice port)
{
	unsigned nr = 0;

	for (size_t i = 0; i < port.len; i++)
		nr = nr * 10 + (port.ptr[i] - '0');
	return nr == c->event->dst_port;
}

/* Whether the URL itself leads to where the request went. */
static bool is_address(const struct command *c, struct hw_slice authority)
{
	const size_t at = port_at(authority);
	const bool has_port = at < authority.len;
	const struct hw_slice host = hw_slice(authority.ptr, has_port ? at - 1 : at);

	return hw_slice_eq(without_brackets(host), address_of(c)) &&
	       (!has_port || is_port_of(c, hw_slice_after(authority, at)));
}

/* A name may be of another server today, or of none where this is run. */
static void add_place(const struct command *c)
{
	if (!c->is_to_host || is_address(c, value_of(c->request, "Host")))
		return;
	hw_line_text(c->line, " --connect-to '::");
	add_address(c);
	add_port(c);
	hw_line_text(c->line, "'");
}

static void add_url(const struct command *c)
{
	const struct hw_slice target = c->request->target;

	if (is_path(target) && is_globbed(target))
		hw_line_text(c->line, " -g");
	if (is_path(target) && has_dots(target))
		hw_line_text(c->line, " --path-as-is");
	hw_line_text(c->line, " 'http://");
	add_authority(c);
	if (is_path(target)) {
		add_quoted(c->line, target);
		hw_line_text(c->line, "'");
		return;
	}
	hw_line_text(c->line, "/' --request-target ");
	add_word(c->line, target);
}

/* ---- the rest ---- */

static void add_method(const struct command *c)
{
	const struct hw_slice method = c->request->method;

	if (hw_slice_eq(method, c->has_body ? HW_SLICE("POST") : HW_SLICE("GET")))
		return;
	if (hw_slice_eq(method, HW_SLICE("HEAD")) && !c->has_body) {
		hw_line_text(c->line, " -I");
		return;
	}
	hw_line_text(c->line, " -X ");
	if (is_of(method, ""))
		hw_line_add(c->line, method);
	else
		add_word(c->line, method);
}

/* Whether curl would send this Host by itself: it leaves out port 80. */
static bool is_own_host(const struct command *c, struct hw_slice host)
{
	const size_t at = port_at(host);

	if (!c->is_to_host || lacks_port(c, host))
		return false;
	return !hw_slice_eq(hw_slice_after(host, at), HW_SLICE("80"));
}

/* Fields that curl makes itself, and so as they were. */
static bool is_made_by_curl(const struct command *c, const struct hw_http_field *f)
{
	if (hw_slice_eq_nocase(f->name, HW_SLICE("Host")))
		return is_own_host(c, f->value);
	if (hw_slice_eq_nocase(f->name, HW_SLICE("Accept")))
		return hw_slice_eq(f->value, HW_SLICE("*/*"));
	if (hw_slice_eq_nocase(f->name, HW_SLICE("Content-Length")))
		return c->has_body;
	if (hw_slice_eq_nocase(f->name, HW_SLICE("Content-Type")))
		return c->has_body &&
		       hw_slice_eq(f->value, HW_SLICE("application/x-www-form-urlencoded"));
	/* What is kept of the body is decoded. */
	return hw_slice_eq_nocase(f->name, HW_SLICE("Content-Encoding")) && c->knows_body;
}

/* An @ would name a file. */
static bool is_sayable_field(const struct hw_http_field *f)
{
	return f->name.len && f->name.ptr[0] != '@' && is_sayable(f->name) && is_sayable(f->value);
}

static void add_field(struct hw_line *l, const struct hw_http_field *f)
{
	const bool quotable = is_quotable(f->name) && is_quotable(f->value);

	/* "Name;" is an empty field, "Name:" none */
	const char *colon = f->value.len ? ": " : ";";

	hw_line_text(l, " -H ");
	if (quotable) {
		hw_line_text(l, "'");
		add_quoted(l, f->name);
		hw_line_text(l, colon);
		add_quoted(l, f->value);
		hw_line_text(l, "'");
	} else {
		hw_line_text(l, "\"$(printf '");
		add_format(l, f->name, true);
		hw_line_text(l, colon);
		add_format(l, f->value, false);
		hw_line_text(l, "')\"");
	}
}

static void add_fields(const struct command *c)
{
	for (size_t i = 0; i < c->request->fields_nr; i++) {
		const struct hw_http_field *f = &c->request->fields[i];

		if (is_sayable_field(f) && !is_made_by_curl(c, f))
			add_field(c->line, f);
	}
}

/* Fields that curl would add to what was sent. */
static void add_absences(const struct command *c)
{
	static const char *const always[] = { "Host", "User-Agent", "Accept" };
	struct hw_line *l = c->line;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (has_field(c->request, always[i]))
			continue;
		hw_line_text(l, " -H '");
		hw_line_text(l, always[i]);
		hw_line_text(l, ":'");
	}
	if (c->has_body && !has_field(c->request, "Content-Type"))
		hw_line_text(l, " -H 'Content-Type:'");
	if (c->knows_body && c->body->kept.len > CURL_EXPECTS && !has_field(c->request, "Expect"))
		hw_line_text(l, " -H 'Expect:'");
}

/* In the line, or through a pipe: what is long, has control bytes, or would name a file. */
static bool is_piped(const struct command *c)
{
	const struct hw_slice body = c->body->kept;

	return body.len > ARGUMENT_MAX || !is_quotable(body) || (body.len && body.ptr[0] == '@');
}

static void add_body(const struct command *c)
{
	if (!c->has_body)
		return;
	hw_line_text(c->line, " --data-binary ");
	if (!c->knows_body || is_piped(c))
		hw_line_text(c->line, "@-");
	else
		add_word(c->line, c->body->kept);
}

/* ---- what is not in it ---- */

/* What makes two readers see two messages, and curl sends but once. */
static void add_ambiguities(const struct command *c)
{
	const size_t lengths = count_fields(c->request, "Content-Length");

	if (count_fields(c->request, "Host") > 1)
		hw_line_text(c->line, "# it had several Host fields\n");
	if (lengths > 1)
		hw_line_text(c->line, "# it had several Content-Length fields\n");
	if (lengths && has_field(c->request, "Transfer-Encoding"))
		hw_line_text(c->line, "# it had a Content-Length beside Transfer-Encoding\n");
	if (c->event->exchange && !c->event->exchange->request.is_whole)
		hw_line_text(c->line, "# it did not come whole\n");
}

static void add_comments(const struct command *c)
{
	size_t left_out = 0;

	for (size_t i = 0; i < c->request->fields_nr; i++)
		left_out += !is_sayable_field(&c->request->fields[i]);
	if (left_out)
		hw_line_text(c->line, "# fields that curl cannot send are left out\n");
	if (!is_sayable(c->request->target) || !is_sayable(c->request->method))
		hw_line_text(c->line, "# not as it was: it has a NUL\n");
	add_ambiguities(c);
	if (c->knows_body && has_field(c->request, "Content-Encoding"))
		hw_line_text(c->line, "# the body is sent decoded\n");
	if (c->has_body && !c->knows_body)
		hw_line_text(c->line, "# the body, which was not kept (--body), is read from "
				      "standard input\n");
}

static void find_body(struct command *c)
{
	const struct hw_http_message *m = c->request;

	c->has_body = m->framing == HW_HTTP_BODY_CHUNKED ||
		      (m->framing == HW_HTTP_BODY_LENGTH && m->body_len > 0);
	if (!c->event->exchange)
		return;
	c->body = &c->event->exchange->request.body;
	c->knows_body = c->has_body && !c->body->is_cut && !c->body->problem.len &&
			c->event->exchange->request.is_whole &&
			(c->body->kept.len || !c->body->size);
}

int hw_curl_write(const struct hw_event *event, struct hw_buf *out)
{
	struct hw_line line = { .out = out };
	struct command c = { .line = &line, .event = event };

	c.request = event->exchange ? event->exchange->request.message : event->http;
	if (!c.request || c.request->kind != HW_HTTP_REQUEST || !c.request->method.len)
		return 0;
	/* What goes to a proxy names another host than the one that is asked. */
	c.is_to_host = c.request->target.len && c.request->target.ptr[0] == '/' &&
		       is_authority(value_of(c.request, "Host"));
	find_body(&c);

	add_comments(&c);
	if (c.knows_body && is_piped(&c)) {
		add_printf(&line, c.body->kept);
		hw_line_text(&line, " | ");
	}
	hw_line_text(&line, "curl");
	if (hw_slice_eq(c.request->protocol, HW_SLICE("HTTP/1.0")))
		hw_line_text(&line, " --http1.0");
	add_url(&c);
	add_place(&c);
	add_method(&c);
	add_fields(&c);
	add_absences(&c);
	add_body(&c);
	hw_line_text(&line, "\n");
	return line.err ? -ENOMEM : 0;
}

/* Comments belong to the command that follows; that is one line, whatever is in it. */
size_t hw_curl_whole(const char *bytes, size_t len, uint64_t *ret_records)
{
	const char *at = bytes, *end;
	size_t whole = 0;

	*ret_records = 0;
	for (; (end = memchr(at, '\n', len - (size_t)(at - bytes))); at = end + 1) {
		if (*at == '#')
			continue;
		(*ret_records)++;
		whole = (size_t)(end + 1 - bytes);
	}
	return whole;
}
