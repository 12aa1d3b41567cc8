/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/address.h - where to listen for those who ask */
#ifndef HW_SERVE_ADDRESS_H
#define HW_SERVE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { HW_SERVE_ADDRESS_TEXT_MAX = 64 };

struct hw_serve_address {
	struct sockaddr_storage socket;
	socklen_t socket_len;
	bool is_loopback;		      /* nobody outside of this host gets there */
	char text[HW_SERVE_ADDRESS_TEXT_MAX]; /* as in a URL: "127.0.0.1:9464", "[::1]:9464" */
};

/*
 * "PORT" and ":PORT" are loopback's, as is "localhost:PORT"; "ADDR:PORT" and "[ADDR]:PORT"
 * say which. Names are not looked up. Returns false, and changes nothing, if it is none.
 */
bool hw_serve_address_parse(const char *text, struct hw_serve_address *ret);

/* A socket that listens there and does not block. Returns it, or negative errno. */
int hw_serve_address_listen(const struct hw_serve_address *a);

#endif
