/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/address.c - see address.h */
#include "serve/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"

enum { BACKLOG = 128 };

/* Digits alone, 1 to 65535; else 0. */
static uint16_t parse_port(const char *text)
{
	uint64_t port;

	return hw_ascii_number(hw_slice_text(text), UINT16_MAX, &port) ? (uint16_t)port : 0;
}

static bool set_v4(struct hw_serve_address *a, const char *host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (strcmp(host, "") == 0 || strcmp(host, "localhost") == 0)
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return false;
	memcpy(&a->socket, &in, sizeof(in));
	a->socket_len = sizeof(in);
	a->is_loopback = ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	inet_ntop(AF_INET, &in.sin_addr, a->text, sizeof(a->text));
	return true;
}

/* In brackets. */
static bool set_v6(struct hw_serve_address *a, const char *host, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	char plain[INET6_ADDRSTRLEN];
	const size_t len = strlen(host);

	if (len < 4 || len - 2 >= sizeof(plain) || host[len - 1] != ']')
		return false;
	memcpy(plain, host + 1, len - 2);
	plain[len - 2] = '\0';
	if (inet_pton(AF_INET6, plain, &in.sin6_addr) != 1)
		return false;
	memcpy(&a->socket, &in, sizeof(in));
	a->socket_len = sizeof(in);
	a->is_loopback = IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
	inet_ntop(AF_INET6, &in.sin6_addr, plain, sizeof(plain));
	snprintf(a->text, sizeof(a->text), "[%s]", plain);
	return true;
}

bool hw_serve_address_parse(const char *text, struct hw_serve_address *ret)
{
	const char *colon = strrchr(text, ':');
	const uint16_t port = parse_port(colon ? colon + 1 : text);
	const size_t host_len = colon ? (size_t)(colon - text) : 0;
	struct hw_serve_address a = { 0 };
	char host[HW_SERVE_ADDRESS_TEXT_MAX];
	size_t len;

	if (!port || host_len >= sizeof(host))
		return false;
	memcpy(host, text, host_len);
	host[host_len] = '\0';
	if (host[0] == '[' ? !set_v6(&a, host, port) : !set_v4(&a, host, port))
		return false;
	len = strlen(a.text);
	snprintf(a.text + len, sizeof(a.text) - len, ":%u", port);
	*ret = a;
	return true;
}

static int bind_and_listen(int fd, const struct hw_serve_address *a)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&a->socket, a->socket_len) || listen(fd, BACKLOG))
		return -errno;
	return 0;
}

int hw_serve_address_listen(const struct hw_serve_address *a)
{
	const int fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = bind_and_listen(fd, a);
	if (!err)
		return fd;
	close(fd);
	return err;
}
