/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/options.c - see options.h */
#include "tcp/options.h"

struct hw_tcp_time hw_tcp_options_find_time(struct hw_slice options)
{
	const struct hw_tcp_options_seen seen = hw_tcp_options_read(options);

	return (struct hw_tcp_time){ seen.time, seen.has_time };
}
