/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/url_host.h - the host in a URL, as Go's net/url reads it */
#ifndef HW_HTTP_URL_HOST_H
#define HW_HTTP_URL_HOST_H

#include "base/slice.h"

enum hw_url_ports {
	HW_URL_ONE_PORT, /* http, https: all behind the first colon is the port */
	HW_URL_PORTS,	 /* other schemes: behind the last one */
};

/* Go accepts `text`, which is host and port, without userinfo. */
bool hw_url_host_is_valid(struct hw_slice text, enum hw_url_ports ports);

/*
 * Two of host and port are the same, where one that has no port has `port` by default: RFC 3986
 * 6.2.3. Case does not matter.
 */
bool hw_url_host_is_same(struct hw_slice a, struct hw_slice b, struct hw_slice port);

/*
 * Behind the host that `text` begins with, a name or an address in brackets, comes nothing, or a
 * colon and digits, which may be none. The host itself is not looked at.
 */
bool hw_url_port_is_valid(struct hw_slice text);

/* The port of host and port; empty: it has none. */
struct hw_slice hw_url_port_of(struct hw_slice text);

/*
 * Write `s` to `to`, which has room for s.len bytes, each %XX of it as its byte; what is
 * no escape stays. Returns the length.
 */
size_t hw_url_unescape(struct hw_slice s, uint8_t *to);

/* Each % in `s` begins an escape. */
bool hw_url_escapes_are_valid(struct hw_slice s);

/* `s` begins with % and two hexadecimal digits. */
bool hw_url_is_escape(struct hw_slice s);

#endif
