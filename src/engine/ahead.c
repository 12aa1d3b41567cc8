/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/ahead.c - see ahead.h */
#include "engine/ahead.h"

#include "engine/exchanges.h"

/* The same as was said before a piece of `len` bytes came. */
static bool is_known(const struct hw_http_ahead *now, const struct hw_http_ahead *before,
		     size_t len)
{
	switch (now->kind) {
	case HW_HTTP_AHEAD_NOTHING: /* what was said of these holds until something else is */
		return before->kind != HW_HTTP_AHEAD_CHUNKS && before->kind != HW_HTTP_AHEAD_ALL;
	case HW_HTTP_AHEAD_CHUNKS:
		return before->kind == now->kind && now->len == before->len;
	case HW_HTTP_AHEAD_BYTES:
		return before->kind == now->kind &&
		       (now->len == before->len || now->len + len == before->len);
	case HW_HTTP_AHEAD_ALL: /* the source took it for a message */
	case HW_HTTP_AHEAD_END:
		break;
	}
	return false;
}

/* How much there has been of a body is told while it goes on, if asked for. */
static bool is_awaited(const struct hw_conversing *shared, const struct hw_http_ahead *now)
{
	return shared->pairing.progress_ns &&
	       (now->kind == HW_HTTP_AHEAD_CHUNKS || now->kind == HW_HTTP_AHEAD_BYTES);
}

void hw_ahead_tell(struct hw_call *call, const struct hw_http_parser *parser,
		   const struct hw_http_ahead *before, size_t len)
{
	const struct hw_http_ahead now = hw_http_parser_ahead(parser);

	if (!is_known(&now, before, len) && !is_awaited(call->shared, &now) &&
	    !call->conversation->dns)
		call->shared->ahead(call->shared->ctx, &call->place, &now);
}

/* What the parser knows of the place that `frame` asks about; `next` is that of the next byte. */
static bool is_there(const struct hw_http_parser *parser, const struct hw_frame *frame,
		     uint32_t next, struct hw_http_ahead *ret)
{
	*ret = (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_END };
	if (frame->asks_chunks)
		return hw_http_parser_in_chunks(parser, &ret->passed) &&
		       next - ret->passed == *frame->ends_at;
	return hw_http_parser_to_end(parser, &ret->len) && ret->len < INT32_MAX &&
	       next + (uint32_t)ret->len == *frame->ends_at;
}

void hw_ahead_confirm_end(struct hw_call *call, const struct hw_http_parser *parser,
			  uint32_t waiting, const struct hw_frame *frame)
{
	const struct hw_conversation *v = call->conversation;
	const uint32_t next = hw_tcp_next(call->place.connection, call->place.dir);
	struct hw_http_ahead ahead;

	if (!v->dns && waiting + v->asked.nr == 1 && !v->asked.ahead &&
	    is_there(parser, frame, next, &ahead))
		call->shared->ahead(call->shared->ctx, &call->place, &ahead);
}

/* Chunks that a source left out: bytes of the stream, those that are data, and to the next line. */
struct left_chunks {
	uint32_t len, data, left;
};

/* Of the bytes before a line with a size. */
static uint32_t data_before(uint32_t to_line)
{
	return to_line > HW_HTTP_CHUNK_END_LEN ? to_line - HW_HTTP_CHUNK_END_LEN : 0;
}

/*
 * `hole` bytes from `at` on are not there; what the source says of them must be of the place
 * in the body that the parser has come to. False: it is not, or it says nothing.
 */
static bool fits(const struct hw_http_parser *parser, const struct hw_left_out *l, uint32_t at,
		 uint32_t hole, struct left_chunks *ret)
{
	uint64_t to_line;
	uint32_t data;

	if (!l || !hw_http_parser_to_chunk(parser, &to_line) || to_line > INT32_MAX ||
	    at + (uint32_t)to_line != l->from)
		return false;
	ret->len = l->until - at;
	ret->left = l->next - l->until;
	if (ret->len > hole || ret->left > INT32_MAX || l->framing > l->next - l->from)
		return false;
	data = data_before((uint32_t)to_line) + (l->next - l->from - l->framing);
	ret->data = data - data_before(ret->left);
	return ret->data <= ret->len;
}

static bool find_chunks(const struct hw_http_parser *parser, const struct hw_packet *packet,
			uint32_t at, uint32_t hole, struct left_chunks *ret)
{
	return packet && (fits(parser, packet->frame->left_out, at, hole, ret) ||
			  fits(parser, packet->frame->left_out_back, at, hole, ret));
}

/* The bytes that are not there before `packet` are of no message: the first is still to come. */
static bool is_non_http(const struct hw_http_parser *parser, const struct hw_tcp_connection *c,
			int dir, const struct hw_packet *packet)
{
	return packet && packet->frame->follows_non_http && hw_call_goes(packet, c, dir) &&
	       hw_http_parser_is_before_first(parser);
}

static uint32_t left_out_of(const struct hw_http_parser *parser, const struct hw_tcp_connection *c,
			    int dir, const struct hw_packet *packet, uint32_t hole)
{
	struct left_chunks chunks;

	if (hole <= hw_http_parser_skippable(parser) || is_non_http(parser, c, dir, packet))
		return hole;
	return find_chunks(parser, packet, hw_tcp_next(c, dir), hole, &chunks) ? chunks.len : 0;
}

/* DNS wants all there is; else, where nobody asks for bytes, all may be left out. */
uint32_t hw_conversation_left_out(void *ctx, struct hw_tcp_connection *c, int dir, uint32_t hole,
				  const struct hw_packet *at)
{
	const struct hw_conversing *shared = ctx;
	const struct hw_conversation *v = hw_conversation_peek(c);
	struct hw_http_parser parser;

	if (v && v->dns)
		return 0;
	if (shared->lacks_data)
		return hole;
	if (v)
		return left_out_of(&v->parser[dir], c, dir, at, hole);
	hw_conversation_rested_parser(c, dir, &parser);
	return left_out_of(&parser, c, dir, at, hole);
}

/* They were before the next byte. */
static void skip(struct hw_call *call, struct hw_http_parser *parser, uint64_t len)
{
	const uint32_t at = hw_tcp_next(call->place.connection, call->place.dir) - (uint32_t)len;
	struct left_chunks chunks;

	if (len > hw_http_parser_skippable(parser) &&
	    find_chunks(parser, call->place.at, at, (uint32_t)len, &chunks))
		hw_http_parser_skip_chunks(parser, &call->shared->parsing, call, chunks.len,
					   chunks.data, chunks.left);
	else
		hw_http_parser_skip(parser, &call->shared->parsing, call, len);
}

void hw_conversation_skip(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			  const struct hw_packet *at)
{
	struct hw_conversing *shared = ctx;
	struct hw_call call;
	struct hw_http_parser *parser;

	if (shared->lacks_data)
		return;
	call = hw_call_for(shared, c, dir, at);
	if (!call.conversation) {
		hw_conversation_miss(ctx, c, len);
		return;
	}
	parser = &call.conversation->parser[dir];
	hw_exchanges_begin_piece(&call, len);
	skip(&call, parser, len);
	hw_ahead_tell(&call, parser, &(const struct hw_http_ahead){ 0 }, 0);
	hw_conversation_rest(ctx, c);
}
