/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/stream.c - see stream.h */
#include "dns/stream.h"

#include "base/bytes.h"

enum {
	PREFIX_LEN = 2,
	MESSAGE_MIN = 12, /* a header; less is another protocol */
	HELD_MAX = PREFIX_LEN + 65535,
};

static void stop(struct hw_dns_stream *s)
{
	hw_buf_clear(&s->held);
	s->stopped = true;
}

/* The length of the first message in `in` with its prefix, or of the prefix alone. */
static size_t need(struct hw_slice in)
{
	return in.len < PREFIX_LEN ? PREFIX_LEN : PREFIX_LEN + (size_t)hw_get_u16be(in.ptr);
}

static void hand_on(struct hw_dns_stream *s, const struct hw_dns_reader *reader, void *ctx,
		    struct hw_slice prefixed)
{
	const struct hw_slice message = hw_slice_after(prefixed, PREFIX_LEN);

	if (message.len < MESSAGE_MIN || !reader->message(ctx, message))
		stop(s);
}

/* Move as much of `in` as the message in hand still needs behind what is held. */
static void hold(struct hw_dns_stream *s, const struct hw_dns_reader *reader, struct hw_slice *in)
{
	const size_t missing = need(hw_buf_slice(&s->held)) - s->held.len;
	const size_t len = in->len < missing ? in->len : missing;

	if (!s->held.ptr)
		hw_buf_init(&s->held, HELD_MAX, reader->budget);
	if (hw_buf_append(&s->held, hw_slice(in->ptr, len)) != 0)
		stop(s); /* no memory: the message is lost, and with it the place of the next */
	*in = hw_slice_after(*in, len);
}

/* The message in hand grows by its length first, then by its contents. */
static void finish_held(struct hw_dns_stream *s, const struct hw_dns_reader *reader, void *ctx,
			struct hw_slice *in)
{
	while (s->held.len && in->len && !s->stopped) {
		hold(s, reader, in);
		if (s->held.len < PREFIX_LEN || s->held.len < need(hw_buf_slice(&s->held)))
			continue;
		hand_on(s, reader, ctx, hw_buf_slice(&s->held));
		hw_buf_clear(&s->held);
	}
}

void hw_dns_stream_feed(struct hw_dns_stream *s, const struct hw_dns_reader *reader, void *ctx,
			struct hw_slice in)
{
	finish_held(s, reader, ctx, &in);
	while (!s->stopped && in.len >= PREFIX_LEN && in.len >= need(in)) {
		hand_on(s, reader, ctx, hw_slice(in.ptr, need(in)));
		in = hw_slice_after(in, need(in));
	}
	while (!s->stopped && in.len)
		hold(s, reader, &in);
}

void hw_dns_stream_gap(struct hw_dns_stream *s)
{
	stop(s);
}

void hw_dns_stream_clear(struct hw_dns_stream *s)
{
	hw_buf_clear(&s->held);
	*s = (struct hw_dns_stream){ 0 };
}
