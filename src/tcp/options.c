/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/options.c - see options.h */
#include "tcp/options.h"

bool hw_tcp_options_find_time(struct hw_slice options, uint32_t *ret)
{
	const struct hw_tcp_options_seen seen = hw_tcp_options_read(options);

	*ret = seen.time;
	return seen.has_time;
}
