/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/url.c - what a request asks for, in one: scheme, host, port, URL. RFC 9112 3.3 */
#include "base/ascii.h"
#include "exchange/describing.h"
#include "http/octet.h"

#define BEFORE_HOST "http://"

/* The reconstructed URL has no more than that. */
size_t hw_url_room(const struct hw_http_message *request)
{
	return sizeof(BEFORE_HOST) - 1 + request->host.len + request->target.len;
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )      RFC 3986 3.1. 0: there is none. */
static size_t scheme_len(struct hw_slice s)
{
	size_t len = 0;

	while (len < s.len &&
	       (hw_octet_is(s.ptr[len], HW_OCTET_UPPER | HW_OCTET_LOWER) ||
		(len > 0 && (hw_octet_is(s.ptr[len], HW_OCTET_DIGIT) || s.ptr[len] == '+' ||
			     s.ptr[len] == '-' || s.ptr[len] == '.'))))
		len++;
	return hw_slice_starts(hw_slice_after(s, len), HW_SLICE("://")) ? len : 0;
}

/* port = *DIGIT, behind a colon. Returns false if it is something else, or no port. */
static bool read_port(struct hw_slice s, uint16_t *port)
{
	uint64_t n = 0;

	if (s.len == 0 || s.ptr[0] != ':')
		return s.len == 0;
	if (s.len > 1 && !hw_ascii_number(hw_slice_after(s, 1), UINT16_MAX, &n))
		return false;
	if (n)
		*port = (uint16_t)n;
	return true;
}

/* authority = host [ ":" port ]; an IPv6 address in brackets. `port` stays if it has none. */
static struct hw_slice read_authority(struct hw_slice authority, uint16_t *port)
{
	const bool is_literal = authority.len > 0 && authority.ptr[0] == '[';
	const uint8_t *const end =
		authority.len ? memchr(authority.ptr, is_literal ? ']' : ':', authority.len) : NULL;
	struct hw_slice host = authority, behind;

	if (!end)
		return authority;
	host.len = (size_t)(end - authority.ptr);
	behind = hw_slice_after(authority, host.len + is_literal);
	if (is_literal)
		host = hw_slice_after(host, 1);
	return read_port(behind, port) ? host : authority;
}

/* What a URI without a port means: RFC 9110 4.2.1 and 4.2.2. */
static void read_scheme(struct hw_exchange *x, struct hw_slice scheme)
{
	x->scheme = scheme;
	if (hw_slice_eq_nocase(scheme, HW_SLICE("http"))) {
		x->scheme = HW_SLICE("http");
		x->port = 80;
	} else if (hw_slice_eq_nocase(scheme, HW_SLICE("https"))) {
		x->scheme = HW_SLICE("https");
		x->port = 443;
	}
}

/* absolute-form: RFC 9112 3.2.2 */
static void describe_absolute(struct hw_exchange *x, struct hw_slice target, size_t scheme)
{
	struct hw_slice authority = hw_slice_after(target, scheme + 3);
	const uint8_t *at;

	for (size_t i = 0; i < authority.len; i++)
		if (authority.ptr[i] == '/' || authority.ptr[i] == '?' || authority.ptr[i] == '#')
			authority.len = i;
	at = authority.len ? memrchr(authority.ptr, '@', authority.len) : NULL;
	if (at)
		authority = hw_slice_after(authority, (size_t)(at - authority.ptr) + 1);

	if (authority.len == 0)
		authority = x->request.message->host; /* of the field */

	read_scheme(x, hw_slice(target.ptr, scheme));
	x->host = read_authority(authority, &x->port);
	x->url = target;
}

/* origin-form and asterisk-form, which is of no path: RFC 9112 3.2.1, 3.2.4 */
static void describe_origin(struct hw_exchange_scratch *s, struct hw_exchange *x,
			    struct hw_slice target)
{
	const struct hw_slice host = x->request.message->host;
	const bool is_asterisk = hw_slice_eq(target, HW_SLICE("*"));
	const size_t from = s->text.len;

	x->host = read_authority(host, &x->port);
	if (host.len == 0 || !(is_asterisk || (target.len && target.ptr[0] == '/')))
		return; /* whose, or what, is not known */
	if (s->text.cap - from < hw_url_room(x->request.message))
		return;
	hw_buf_append(&s->text, HW_SLICE(BEFORE_HOST));
	hw_buf_append(&s->text, host);
	if (!is_asterisk)
		hw_buf_append(&s->text, target);
	x->url = hw_slice(s->text.ptr + from, s->text.len - from);
}

void hw_url_describe(struct hw_exchange_scratch *s, struct hw_exchange *x, uint16_t server_port)
{
	const struct hw_http_message *const request = x->request.message;
	const struct hw_slice target = request->target;
	const size_t scheme = scheme_len(target);

	x->scheme = HW_SLICE("http");
	x->port = server_port;
	if (hw_slice_eq(request->method, HW_SLICE("CONNECT"))) { /* RFC 9112 3.2.3 */
		x->host = read_authority(target, &x->port);
		x->url = target;
	} else if (scheme) {
		describe_absolute(x, target, scheme);
	} else {
		describe_origin(s, x, target);
	}
}
