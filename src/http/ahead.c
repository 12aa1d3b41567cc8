/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/ahead.c - what a parser will pass over, for those who could leave it out */
#include "http/walk.h"

enum {
	LONG_BODY_MIN = 64 << 10, /* bytes of a body that are worth a word to the source */
	CHUNK_MIN = 1 << 10,	  /* bytes to the next chunk: of shorter ones reading costs most */
	CHUNK_MAX = 1 << 28,	  /* a longer one is like a body with a length */
};

uint64_t hw_http_parser_skippable(const struct hw_http_parser *p)
{
	if (p->state == HW_AT_OPAQUE)
		return UINT64_MAX;
	if (p->flags & HW_FLAG_WANTED)
		return 0;
	if (p->state == HW_AT_BODY_CLOSE)
		return HW_HTTP_UNTIL_CLOSE;
	if (p->state == HW_AT_BODY_CHUNKED)
		return hw_http_chunk_left(&p->body);
	return p->state == HW_AT_BODY_LENGTH ? p->body.left : 0;
}

bool hw_http_parser_to_end(const struct hw_http_parser *p, uint64_t *ret)
{
	*ret = p->state == HW_AT_BODY_LENGTH ? p->body.left : 0;
	if (p->state == HW_AT_BODY_LENGTH)
		return !(p->flags & HW_FLAG_WANTED);
	return p->state == HW_AT_START && hw_http_parser_rest(p) != HW_HTTP_PARSER_BUSY;
}

bool hw_http_parser_to_chunk(const struct hw_http_parser *p, uint64_t *ret)
{
	return p->state == HW_AT_BODY_CHUNKED && !(p->flags & HW_FLAG_WANTED) &&
	       hw_http_chunk_to_line(&p->body, ret);
}

bool hw_http_parser_in_chunks(const struct hw_http_parser *p, uint32_t *ret_passed)
{
	*ret_passed = p->passed;
	return p->state == HW_AT_BODY_CHUNKED && !(p->flags & HW_FLAG_WANTED);
}

static struct hw_http_ahead chunks_ahead(const struct hw_http_parser *p)
{
	const uint64_t left = hw_http_chunk_left(&p->body);

	if (p->passed < LONG_BODY_MIN)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_NOTHING };
	if (left >= CHUNK_MAX)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_BYTES, .len = left };
	return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_CHUNKS,
				       .passed = p->passed,
				       .len = left < CHUNK_MIN ? 0 : left + HW_HTTP_CHUNK_END_LEN };
}

struct hw_http_ahead hw_http_parser_ahead(const struct hw_http_parser *p)
{
	const uint64_t len = hw_http_parser_skippable(p);

	if (len == UINT64_MAX)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_ALL, .len = len };
	if (p->state == HW_AT_BODY_CHUNKED && !(p->flags & HW_FLAG_WANTED))
		return chunks_ahead(p);
	if (len < LONG_BODY_MIN || (p->state == HW_AT_BODY_CLOSE && p->body.left < LONG_BODY_MIN))
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_NOTHING };
	return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_BYTES, .len = len };
}
