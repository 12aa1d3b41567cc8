/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/peer.c - what http_parser, of Debian's libhttp-parser-dev, takes for the same heads
 *
 *     peer request|response TIMES
 *
 * Prints how many were read and how long one took in ns. It splits a head and tells of its
 * parts, which here are counted; machines are compared by it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <http_parser.h>

#include "bench/heads.h"

static uint64_t parts, messages;

static int on_part(http_parser *p, const char *at, size_t len)
{
	(void)p;
	(void)at;
	parts += len > 0;
	return 0;
}

static int on_head(http_parser *p)
{
	(void)p;
	messages++;
	return 1; /* no body follows */
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	const bool is_request = argc == 3 && strcmp(argv[1], "request") == 0;
	const http_parser_settings settings = { .on_url = on_part,
						.on_status = on_part,
						.on_header_field = on_part,
						.on_header_value = on_part,
						.on_headers_complete = on_head };
	const char *head = is_request ? browser_request : response;
	const size_t len = is_request ? sizeof(browser_request) - 1 : sizeof(response) - 1;
	const uint64_t times = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	double began;

	if (times == 0) {
		fprintf(stderr, "usage: peer request|response TIMES\n");
		return 2;
	}
	began = now_ns();
	for (uint64_t i = 0; i < times; i++) {
		http_parser parser;

		http_parser_init(&parser, is_request ? HTTP_REQUEST : HTTP_RESPONSE);
		http_parser_execute(&parser, &settings, head, len);
	}
	printf("%llu %.1f\n", (unsigned long long)messages, (now_ns() - began) / (double)times);
	return messages == times && parts > 0 ? 0 : 1;
}
