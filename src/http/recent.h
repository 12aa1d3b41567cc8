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
	struct hw_buf head;		     /* empty: none */
	struct hw_buf text, fields, headers; /* of `message`, as in a scratch */
	uint64_t middle, last;		     /* of the head: eight bytes from there on */
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
 * Keep a copy of the whole `head` at `place`, which is empty, for its message to be read from. Returns
 * false if it is too short, too long, or memory is.
 */
bool hw_http_recent_copy(struct hw_http_recent_head *place, struct hw_slice head);

/* The message was read: it gets a number of its own in `repeat`. Or it was not: there is none. */
void hw_http_recent_keep(struct hw_http_recent_head *place);
void hw_http_recent_drop(struct hw_http_recent_head *place);

#endif
