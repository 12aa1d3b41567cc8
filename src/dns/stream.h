/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/stream.h - DNS over TCP: one direction of a connection, cut into messages
 *
 * Each message has its length before it (RFC 1035 4.2.2). Any cut of the input gives the
 * same messages; one that lies whole in a piece of input is handed on without a copy.
 * Nothing in the bytes tells where a message starts, so the first gap ends the reading.
 */
#ifndef HW_DNS_STREAM_H
#define HW_DNS_STREAM_H

#include "base/buf.h"

/* Embed it by value, zeroed; the fields are private to stream.c. At most 64 bytes. */
struct hw_dns_stream {
	struct hw_buf held; /* the start of a message, with its length */
	bool stopped;
};

/* What all streams of an engine share. */
struct hw_dns_reader {
	/*
	 * A message, without its length; borrowed for the call. Returns whether to go on:
	 * false once the bytes turn out not to be DNS.
	 */
	bool (*message)(void *ctx, struct hw_slice message);
	struct hw_budget *budget;
};

/* The next bytes. All are used or kept. */
void hw_dns_stream_feed(struct hw_dns_stream *s, const struct hw_dns_reader *reader, void *ctx,
			struct hw_slice in);

/* Bytes are missing here, or were before the first: read nothing more. */
void hw_dns_stream_gap(struct hw_dns_stream *s);

/* Free what the stream holds; it is as new. Takes a zeroed one. */
void hw_dns_stream_clear(struct hw_dns_stream *s);

/* Whether it will hand on no further message, whatever comes. */
static inline bool hw_dns_stream_is_stopped(const struct hw_dns_stream *s)
{
	return s->stopped;
}

/* The start of a message that waits for its end, in bytes; for what is left at the end. */
static inline size_t hw_dns_stream_held(const struct hw_dns_stream *s)
{
	return s->held.len;
}

#endif
