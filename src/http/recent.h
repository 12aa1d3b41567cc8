/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/recent.h - heads that came a moment ago, and what was read of them
 *
 * Who polls sends the same head again and again, and on loopback each passes twice. The last
 * few are kept, with their messages, so that one that comes again is compared and not read.
 * Where hardly any does, few are kept, so that this costs next to nothing. Private to message.c.
 */
#ifndef HW_HTTP_RECENT_H
#define HW_HTTP_RECENT_H

#include "base/buf.h"
#include "http/message.h"

enum {
	HW_HTTP_RECENT_NR = 32,	 /* a power of two */
	HW_HTTP_RECENT_MIN = 32, /* bytes of a head that is kept */
	HW_HTTP_RECENT_MAX = 2048,
};

struct hw_http_recent_head {
	struct hw_buf head;		 /* empty: none */
	uint64_t middle, last;		 /* eight bytes from its middle on, and its last ones */
	struct hw_http_scratch *scratch; /* of `message`; NULL: not needed yet */
	struct hw_http_message message;
	size_t line_len; /* its first line, with its end */
};

struct hw_http_recent {
	struct hw_budget *budget;
	struct hw_http_recent_head heads[HW_HTTP_RECENT_NR];
	unsigned worth;	 /* more after each that came again, less after each that did not */
	unsigned misses; /* heads that were looked for and not there */
};

/* Returns NULL if memory is short. */
struct hw_http_recent *hw_http_recent_new(struct hw_budget *budget);

/* Takes NULL. */
void hw_http_recent_free(struct hw_http_recent *r);

/*
 * What `in` begins with, if that was kept: `ret_place` is then its place, with its message;
 * else an empty one to keep it at, or NULL: not worth it. Returns whether it was.
 */
bool hw_http_recent_find(struct hw_http_recent *r, struct hw_slice in,
			 struct hw_http_recent_head **ret_place);

/*
 * Read the whole `head` from a copy, and keep it at `place`, with a number of its own in
 * `repeat`. Returns NULL if it is too short, too long, or memory is.
 */
const struct hw_http_message *hw_http_recent_keep(struct hw_http_recent *r,
						  struct hw_http_recent_head *place,
						  struct hw_slice head, enum hw_http_kind kind);

#endif
