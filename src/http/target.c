/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/target.c - the request target: path, query and host, as Go's net/url reads it */
#include "http/octet.h"
#include "http/reading.h"
#include "http/url_host.h"

HW_COLD static void note_odd_bytes(struct hw_http_reading *r, struct hw_slice target)
{
	const unsigned int any = hw_octet_any(target);

	if (any & HW_OCTET_HIGH)
		hw_http_odd(r, HW_ANOMALY_NON_ASCII_IN_TARGET);
	if (any & HW_OCTET_ODD)
		hw_http_odd(r, HW_ANOMALY_ODD_BYTE_IN_TARGET);
	if (any & HW_OCTET_CONTROL) {
		hw_http_refuse(r, HW_ANOMALY_CONTROL_BYTE);
		if (memchr(target.ptr, 0, target.len))
			hw_http_odd(r, HW_ANOMALY_NUL_BYTE);
	}
}

/* `s` without escapes; as it is if it has none, or if memory is short. */
HW_APART static struct hw_slice unescape(struct hw_http_reading *r, struct hw_slice s)
{
	uint8_t *to;
	size_t len;

	if (s.len == 0 || !memchr(s.ptr, '%', s.len))
		return s;
	to = hw_http_text(r, s.len);
	if (!to)
		return s;

	len = hw_url_unescape(s, to);
	hw_http_text_unused(r, s.len - len);
	return hw_slice(to, len);
}

/*
 * A lead byte that a shorter form would do for: C0, C1, or E0, F0 before the least of
 * their continuation bytes. RFC 3629 3.
 */
static bool is_overlong(struct hw_slice s)
{
	if (s.ptr[0] == 0xc0 || s.ptr[0] == 0xc1)
		return true;
	if (s.len < 2 || (s.ptr[1] & 0xc0) != 0x80)
		return false;
	return (s.ptr[0] == 0xe0 && s.ptr[1] < 0xa0) || (s.ptr[0] == 0xf0 && s.ptr[1] < 0x90);
}

HW_APART static void note_decoded(struct hw_http_reading *r, struct hw_slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		const uint8_t c = path.ptr[i];

		if (c == 0)
			hw_http_odd(r, HW_ANOMALY_ENCODED_NUL);
		else if (hw_octet_is(c, HW_OCTET_CONTROL))
			hw_http_odd(r, HW_ANOMALY_ENCODED_CONTROL);
		else if (c >= 0xc0 && is_overlong(hw_slice_after(path, i)))
			hw_http_odd(r, HW_ANOMALY_OVERLONG_UTF8);
	}
}

/* %2F or %5C. */
static bool has_escaped_slash(struct hw_slice s)
{
	for (size_t i = 0; i + 2 < s.len; i++)
		if (s.ptr[i] == '%' && ((s.ptr[i + 1] == '2' && (s.ptr[i + 2] | 0x20) == 'f') ||
					(s.ptr[i + 1] == '5' && (s.ptr[i + 2] | 0x20) == 'c')))
			return true;
	return false;
}

HW_APART static void read_escaped_path(struct hw_http_reading *r, struct hw_slice path)
{
	r->m->uri_path = unescape(r, path);
	if (!hw_url_escapes_are_valid(path))
		hw_http_refuse(r, HW_ANOMALY_BAD_PERCENT_ESCAPE);
	if (has_escaped_slash(path))
		hw_http_odd(r, HW_ANOMALY_ENCODED_SLASH);
	note_decoded(r, r->m->uri_path);
}

static void read_path(struct hw_http_reading *r, struct hw_slice path)
{
	r->m->uri_path = path;
	if (path.len > 0 && memchr(path.ptr, '%', path.len))
		read_escaped_path(r, path);
}

/* authority = [ userinfo "@" ] host [ ":" port ]      RFC 3986 3.2 */
HW_APART static void read_authority(struct hw_http_reading *r, struct hw_slice text,
				    enum hw_url_ports ports)
{
	const uint8_t *at = text.len ? (const uint8_t *)memrchr(text.ptr, '@', text.len) : NULL;
	struct hw_slice user = { text.ptr, at ? (size_t)(at - text.ptr) : 0 };

	if (at) {
		text = hw_slice_after(text, user.len + 1);
		hw_http_odd(r, HW_ANOMALY_USERINFO_IN_TARGET);
	}
	if (!hw_octet_all(user, HW_OCTET_USERINFO) || !hw_url_escapes_are_valid(user))
		hw_http_refuse(r, HW_ANOMALY_BAD_USERINFO);
	if (!hw_url_host_is_valid(text, ports))
		hw_http_refuse(r, HW_ANOMALY_BAD_TARGET_HOST);
	else if (!hw_octet_all(text, HW_OCTET_NAME_HOST))
		hw_http_odd(r, HW_ANOMALY_BAD_TARGET_HOST); /* Go lets "<> stand there */
	r->url_host = unescape(r, text);
}

/* Where the authority that `rest` begins with ends. */
static struct hw_slice cut_authority(struct hw_slice *rest)
{
	const uint8_t *slash =
		rest->len ? (const uint8_t *)memchr(rest->ptr, '/', rest->len) : NULL;
	const struct hw_slice authority = { rest->ptr,
					    slash ? (size_t)(slash - rest->ptr) : rest->len };

	*rest = hw_slice_after(*rest, authority.len);
	return authority;
}

/*
 * scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )      RFC 3986 3.1
 * Returns its length, 0 if there is none.
 */
static size_t scheme_len(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (hw_octet_is(c, HW_OCTET_UPPER | HW_OCTET_LOWER))
			continue;
		if (c == ':')
			return i;
		if (i == 0 || !(hw_octet_is(c, HW_OCTET_DIGIT) || c == '+' || c == '-' || c == '.'))
			return 0;
	}
	return 0;
}

/* What has a scheme: http://host/path, foo:/path, or foo:whatever, which has no path. */
static void read_absolute(struct hw_http_reading *r, struct hw_slice scheme, struct hw_slice rest)
{
	const bool is_http = hw_slice_eq_nocase(scheme, HW_SLICE("http")) ||
			     hw_slice_eq_nocase(scheme, HW_SLICE("https"));

	if (hw_slice_starts(rest, HW_SLICE("//"))) {
		rest = hw_slice_after(rest, 2);
		read_authority(r, cut_authority(&rest), is_http ? HW_URL_ONE_PORT : HW_URL_PORTS);
		if (is_http && (r->url_host.len == 0 || r->url_host.ptr[0] == ':'))
			hw_http_odd(r, HW_ANOMALY_BAD_TARGET_HOST); /* Go takes that of the field */
		read_path(r, rest);
	} else if (rest.len > 0 && rest.ptr[0] == '/') {
		read_path(r, rest);
	}
}

/* Cut the query off, and keep it. */
static struct hw_slice cut_query(struct hw_http_reading *r, struct hw_slice s)
{
	struct hw_slice before;

	if (!hw_slice_cut(&s, '?', &before))
		return s;
	r->m->query = s;
	return before;
}

/* What is not in origin-form. */
HW_APART static void read_other_form(struct hw_http_reading *r, struct hw_slice target)
{
	struct hw_slice rest = target;
	size_t scheme;

	if (hw_slice_eq(r->m->method, HW_SLICE("CONNECT"))) {
		/* authority-form: Go puts http:// before it */
		rest = cut_query(r, target);
		read_authority(r, cut_authority(&rest), HW_URL_ONE_PORT);
		read_path(r, rest);
		return;
	}
	if (hw_slice_eq(target, HW_SLICE("*"))) {
		r->m->uri_path = target;
		return;
	}

	scheme = scheme_len(target);
	if (scheme > 0) {
		read_absolute(r, hw_slice(target.ptr, scheme),
			      cut_query(r, hw_slice_after(target, scheme + 1)));
		return;
	}
	hw_http_refuse(r, HW_ANOMALY_BAD_TARGET);
	read_path(r, cut_query(r, target));
}

void hw_http_read_target(struct hw_http_reading *r, unsigned int any)
{
	const struct hw_slice target = r->m->target;

	if (any & HW_OCTET_ODD)
		note_odd_bytes(r, target);
	if (target.len == 0 || target.ptr[0] != '/')
		read_other_form(r, target);
	else if (any & HW_OCTET_PERCENT)
		read_path(r, cut_query(r, target));
	else
		r->m->uri_path = cut_query(r, target); /* nearly always */
}
