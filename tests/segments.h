/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/segments.h - TCP packets made by hand, and what a reader hears of them as text */
#ifndef HW_SEGMENTS_H
#define HW_SEGMENTS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcp/connection.h"

/* A packet between 10.0.0.1:40000 (`from` 0, endpoint 0) and 10.0.0.2:80 (`from` 1). */
struct segment {
	int from;
	uint16_t flags; /* HW_TCP_* */
	uint32_t seq, ack;
	const char *data; /* text; NULL: none */
	uint32_t cut;	  /* bytes behind `data` that were not captured */
	uint64_t ms;	  /* since the start; 0: as the one before */
	struct hw_slice options;
	uint16_t window; /* 0: 65535 */
};

static inline struct hw_packet segment_packet(const struct segment *s, const struct hw_frame *frame)
{
	static const uint8_t ip[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	static const uint16_t port[2] = { 40000, 80 };
	const struct hw_slice data = s->data ? hw_slice_text(s->data) : hw_slice(NULL, 0);

	return (struct hw_packet){
		.frame = frame,
		.src = hw_addr_v4(ip[s->from]),
		.dst = hw_addr_v4(ip[!s->from]),
		.src_port = port[s->from],
		.dst_port = port[!s->from],
		.ip_version = 4,
		.ip_protocol = 6,
		.payload = data,
		.payload_len = (uint32_t)data.len + s->cut,
		.seq = s->seq,
		.ack = s->ack,
		.flags = s->flags,
		.window = s->window ? s->window : 65535,
		.options = s->options,
	};
}

/*
 * What the reader heard: "+" begin, "0<text>" data, "1[7]" gap, "0.fin" end, "-" free;
 * data that follows data in its direction is joined.
 */
struct record {
	char *text;
	size_t len, cap;
	const struct hw_tcp_connection *last; /* that began */
	const struct hw_packet *gap_at;	      /* of the last gap */
	int data_dir;			      /* of the data that `text` ends with; -1: none */
};

static inline void record_clear(struct record *r)
{
	free(r->text);
	*r = (struct record){ .data_dir = -1 };
}

static inline void record_add(struct record *r, const char *text, size_t len)
{
	if (r->len + len + 1 > r->cap) {
		r->cap = (r->len + len + 1) * 2;
		r->text = realloc(r->text, r->cap);
		if (!r->text)
			abort();
	}
	memcpy(r->text + r->len, text, len);
	r->len += len;
	r->text[r->len] = '\0';
}

static inline void record_word(struct record *r, const char *word)
{
	if (r->len)
		record_add(r, " ", 1);
	record_add(r, word, strlen(word));
	r->data_dir = -1;
}

static inline void record_data(void *ctx, struct hw_tcp_connection *c, int dir,
			       struct hw_slice bytes, const struct hw_packet *at)
{
	struct record *r = ctx;

	(void)c;
	(void)at;
	if (r->data_dir == dir)
		r->len--; /* the '>' */
	else
		record_word(r, dir ? "1<" : "0<");
	record_add(r, (const char *)bytes.ptr, bytes.len);
	record_add(r, ">", 1);
	r->data_dir = dir;
}

static inline void record_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			      const struct hw_packet *at)
{
	struct record *r = ctx;
	char word[32];

	(void)c;
	snprintf(word, sizeof(word), "%d[%" PRIu64 "]", dir, len);
	record_word(r, word);
	r->gap_at = at;
}

static inline void record_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			      const struct hw_packet *at)
{
	static const char *const names[] = {
		[HW_TCP_END_FIN] = "fin",	  [HW_TCP_END_CLOSED] = "closed",
		[HW_TCP_END_RESET] = "rst",	  [HW_TCP_END_TIMEOUT] = "timeout",
		[HW_TCP_END_EVICTED] = "evicted", [HW_TCP_END_REUSED] = "reused",
		[HW_TCP_END_CAPTURE] = "capture",
	};
	char word[32];

	(void)c;
	(void)at;
	snprintf(word, sizeof(word), "%d.%s", dir, names[how]);
	record_word(ctx, word);
}

static inline void record_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	struct record *r = ctx;

	(void)at;
	r->last = c;
	record_word(r, "+");
}

static inline void record_free(void *ctx, struct hw_tcp_connection *c)
{
	(void)c;
	record_word(ctx, "-");
}

static inline struct hw_tcp_reader record_reader(struct record *r)
{
	return (struct hw_tcp_reader){ record_data,  record_gap,  record_end,
				       record_begin, record_free, r };
}

#endif
