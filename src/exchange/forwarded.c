/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/forwarded.c - the client that the first proxy had, as the proxies say */
#include <arpa/inet.h>

#include "exchange/describing.h"
#include "http/octet.h"

static bool is_address(struct hw_slice s)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t addr[sizeof(struct in6_addr)];

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.ptr, 0, s.len))
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET, text, addr) == 1 || inet_pton(AF_INET6, text, addr) == 1;
}

/*
 * node = nodename [ ":" node-port ], nodename an IPv4 address or an IPv6 one in brackets
 * (RFC 7239 6); others write IPv6 ones without. Empty if it is no address: "unknown", and
 * what hides one.
 */
static struct hw_slice read_node(struct hw_slice node)
{
	const bool is_literal = node.len > 0 && node.ptr[0] == '[';
	const uint8_t *end;
	struct hw_slice addr = node;

	if (is_address(node))
		return node;
	end = node.len ? memchr(node.ptr, is_literal ? ']' : ':', node.len) : NULL;
	if (!end)
		return (struct hw_slice){ 0 };
	addr.len = (size_t)(end - node.ptr);
	if (is_literal)
		addr = hw_slice_after(addr, 1);
	return is_address(addr) ? addr : (struct hw_slice){ 0 };
}

/* Cut off what is before the first of ; and , that is not in quotes. RFC 7239 4 */
static struct hw_slice cut_pair(struct hw_slice *rest, bool *ret_is_last)
{
	const struct hw_slice all = *rest;
	bool is_quoted = false;
	size_t i = 0;

	for (; i < all.len; i++) {
		const uint8_t c = all.ptr[i];

		if (c == '"')
			is_quoted = !is_quoted;
		else if (c == '\\' && is_quoted)
			i += i + 1 < all.len;
		else if ((c == ';' || c == ',') && !is_quoted)
			break;
	}
	*ret_is_last = i == all.len || all.ptr[i] == ',';
	*rest = i < all.len ? hw_slice_after(all, i + 1) : hw_slice_after(all, i);
	return hw_slice(all.ptr, i);
}

static struct hw_slice unquote(struct hw_slice s)
{
	return s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"'
		       ? hw_slice(s.ptr + 1, s.len - 2)
		       : s;
}

/* forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ); the first one's for= */
static struct hw_slice read_forwarded(struct hw_slice value)
{
	bool is_last = value.len == 0;

	while (!is_last) {
		struct hw_slice pair = cut_pair(&value, &is_last), name;

		if (hw_slice_cut(&pair, '=', &name) &&
		    hw_slice_eq_nocase(hw_octet_trim(name), HW_SLICE("for")))
			return read_node(unquote(hw_octet_trim(pair)));
	}
	return (struct hw_slice){ 0 };
}

static struct hw_slice read_list(struct hw_slice value)
{
	struct hw_slice first = value;

	hw_slice_cut(&value, ',', &first);
	return read_node(hw_octet_trim(first));
}

struct hw_slice hw_forwarded_client(const struct hw_known_values *request)
{
	struct hw_slice client = read_forwarded(request->of[HW_KNOWN_FORWARDED]);

	if (!client.len)
		client = read_list(request->of[HW_KNOWN_X_FORWARDED_FOR]);
	if (!client.len)
		client = read_list(request->of[HW_KNOWN_X_REAL_IP]);
	return client;
}
