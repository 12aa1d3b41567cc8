/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/serve/server.h - the process that answers those who ask for metrics
 *
 * It serves /metrics, /healthz and /readyz and knows nothing else. Clients may be hostile:
 * connections, their memory and their time are limited, and when there are too many the
 * oldest that says nothing makes room.
 */
#ifndef HW_SERVE_SERVER_H
#define HW_SERVE_SERVER_H

#include <sys/types.h>

#include "serve/shared.h"

struct hw_server_options {
	int listener; /* a socket that listens */
	int program;  /* the server's end of the socket pair */
	const struct hw_serve_shared *shared;
	size_t page_max;
	pid_t parent; /* whose end is its own */
};

/* Load what it needs, before there is one. Returns 0, or -ELIBACC: it is not installed. */
int hw_server_load(void);

/* Be that process, which gives up all rights before the first client. */
_Noreturn void hw_server_run(const struct hw_server_options *o);

/* The library that does it, as it calls itself, or that it is not there. */
void hw_server_library(char *ret, size_t max);

#endif
