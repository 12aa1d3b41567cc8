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
 * Write `s` to `to`, which has room for s.len bytes, each %XX of it as its byte; what is
 * no escape stays. Returns the length.
 */
size_t hw_url_unescape(struct hw_slice s, uint8_t *to);

/* Each % in `s` begins an escape. */
bool hw_url_escapes_are_valid(struct hw_slice s);

/* `s` begins with % and two hexadecimal digits. */
bool hw_url_is_escape(struct hw_slice s);

#endif
