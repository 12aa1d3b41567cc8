/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/url_host.c - see url_host.h */
#include "http/url_host.h"

#include <arpa/inet.h>

#include "http/octet.h"

/* Where a host may be escaped, and to what: an IPv6 zone may be anything printable. */
enum part {
	HOST,
	ZONE,
};

bool hw_url_is_escape(struct hw_slice s)
{
	return s.len >= 3 && s.ptr[0] == '%' && hw_octet_is(s.ptr[1], HW_OCTET_HEX) &&
	       hw_octet_is(s.ptr[2], HW_OCTET_HEX);
}

static uint8_t escaped(struct hw_slice s)
{
	return (uint8_t)(hw_octet_hex(s.ptr[1]) << 4 | hw_octet_hex(s.ptr[2]));
}

bool hw_url_escapes_are_valid(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '%' && !hw_url_is_escape(hw_slice_after(s, i)))
			return false;
	return true;
}

size_t hw_url_unescape(struct hw_slice s, uint8_t *to)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		const struct hw_slice at = hw_slice_after(s, i);
		const bool is_escape = hw_url_is_escape(at);

		to[len++] = is_escape ? escaped(at) : at.ptr[0];
		i += is_escape ? 2 : 0;
	}
	return len;
}

/* RFC 3986 3.2.2 lets a host escape only what is not ASCII, RFC 6874 a zone its %. */
static bool may_escape(uint8_t c, enum part part)
{
	if (c == '%')
		return true;
	if (part == HOST)
		return c >= 0x80;
	return c == ' ' || hw_octet_is(c, HW_OCTET_HOST);
}

static bool is_part(struct hw_slice s, enum part part)
{
	for (size_t i = 0; i < s.len; i++) {
		const struct hw_slice at = hw_slice_after(s, i);

		if (at.ptr[0] != '%') {
			if (!hw_octet_is(at.ptr[0], HW_OCTET_HOST | HW_OCTET_HIGH))
				return false;
			continue;
		}
		if (!hw_url_is_escape(at) || !may_escape(escaped(at), part))
			return false;
		i += 2;
	}
	return true;
}

/* *1( ":" *DIGIT ) */
static bool is_port(struct hw_slice s)
{
	return s.len == 0 ||
	       (s.ptr[0] == ':' && hw_octet_all(hw_slice_after(s, 1), HW_OCTET_DIGIT));
}

static size_t find_last(struct hw_slice s, uint8_t c)
{
	const uint8_t *at = s.len ? (const uint8_t *)memrchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

static size_t find_first(struct hw_slice s, uint8_t c)
{
	const uint8_t *at = s.len ? (const uint8_t *)memchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

static bool is_ipv6(struct hw_slice s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.ptr, 0, s.len))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = 0;
	return inet_pton(AF_INET6, text, &addr) == 1;
}

/* IP-literal = "[" IPv6address [ "%25" ZoneID ] "]"      RFC 3986 3.2.2, RFC 6874 2 */
static bool is_literal(struct hw_slice s)
{
	const size_t end = find_last(s, ']');
	struct hw_slice inside, zone;
	const uint8_t *mark;

	if (end == s.len || !is_port(hw_slice_after(s, end + 1)))
		return false;
	inside = hw_slice(s.ptr + 1, end - 1);
	mark = inside.len ? (const uint8_t *)memmem(inside.ptr, inside.len, "%25", 3) : NULL;
	if (!mark)
		return is_ipv6(inside);

	zone = hw_slice_after(inside, (size_t)(mark - inside.ptr));
	inside.len -= zone.len;
	return zone.len > 3 && is_part(zone, ZONE) && is_ipv6(inside);
}

bool hw_url_host_is_valid(struct hw_slice text, enum hw_url_ports ports)
{
	const size_t bracket = find_last(text, '[');
	size_t colon;

	if (bracket < text.len)
		return bracket == 0 && is_literal(text);

	colon = ports == HW_URL_ONE_PORT ? find_first(text, ':') : find_last(text, ':');
	return is_port(hw_slice_after(text, colon)) && is_part(text, HOST);
}

bool hw_url_port_is_valid(struct hw_slice text)
{
	const bool is_literal = text.len > 0 && text.ptr[0] == '[';
	const size_t end = find_first(text, is_literal ? ']' : ':');

	return end == text.len ? !is_literal : is_port(hw_slice_after(text, end + is_literal));
}

struct hw_slice hw_url_port_of(struct hw_slice text)
{
	const struct hw_slice behind = hw_slice_after(text, find_last(text, ':'));

	return behind.len && is_port(behind) ? hw_slice_after(behind, 1) : HW_SLICE("");
}

static struct hw_slice host_of(struct hw_slice text)
{
	text.len -= hw_url_port_of(text).len;
	text.len -= text.len && text.ptr[text.len - 1] == ':';
	return text;
}

bool hw_url_host_is_same(struct hw_slice a, struct hw_slice b, struct hw_slice port)
{
	const struct hw_slice of_a = hw_url_port_of(a), of_b = hw_url_port_of(b);

	return hw_slice_eq_nocase(host_of(a), host_of(b)) &&
	       hw_slice_eq(of_a.len ? of_a : port, of_b.len ? of_b : port);
}
