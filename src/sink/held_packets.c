/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sink/held_packets.c - see held_packets.h */
#include "sink/held_packets.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

/*
 * A place in the ring is counted from the first byte ever held and never starts again;
 * modulo the ring's size it is an offset. What lies at one may go on at the ring's start.
 */
static const uint64_t nowhere = UINT64_MAX;

enum { NONE = -1 }; /* for the index of a connection */

/* A packet in the ring; its interface, comment and bytes follow. */
struct header {
	uint64_t next; /* place of the connection's next packet */
	uint64_t time_ns, number;
	int32_t connection; /* NONE: is of no use any more */
	uint32_t len, wire_len;
	uint16_t comment_len, linktype;
	uint8_t interface_len, direction;
	bool checksums_unset;
	uint8_t padding;
	uint32_t more_padding;
};

_Static_assert(sizeof(struct header) == HW_HELD_PACKETS_OVERHEAD, "as the contract says");

struct connection {
	uint64_t key;
	uint64_t first, last; /* places; only the first is ever dropped */
	size_t bytes;	      /* in the ring */
	int32_t chained;      /* the next of its bucket, or of those that are free */
	int32_t newer, older;
	bool is_released;
};

struct hw_held_packets {
	struct hw_held_packets_options options;
	struct hw_hash_key hash_key;
	struct hw_held_packets_counts counts;
	uint64_t head, tail; /* places: where the next packet goes, where the oldest is */
	uint8_t *ring;
	uint8_t *unwound; /* one packet that goes on at the ring's start, in one piece */
	struct connection *connections;
	int32_t *buckets;
	uint64_t bucket_mask;
	int32_t free, newest, oldest;
};

static int allocate(struct hw_held_packets *h)
{
	const uint32_t nr = h->options.connections_max;
	uint64_t buckets = 1;

	while (buckets < nr)
		buckets *= 2;
	h->bucket_mask = buckets - 1;
	h->ring = malloc(h->options.bytes_max);
	h->unwound = malloc(h->options.connection_bytes_max);
	h->connections = calloc(nr, sizeof(h->connections[0]));
	h->buckets = malloc(buckets * sizeof(h->buckets[0]));
	if (!h->ring || !h->unwound || !h->connections || !h->buckets)
		return -ENOMEM;

	for (uint64_t i = 0; i < buckets; i++)
		h->buckets[i] = NONE;
	for (uint32_t i = 0; i < nr; i++)
		h->connections[i].chained = i + 1 < nr ? (int32_t)i + 1 : NONE;
	return 0;
}

int hw_held_packets_new(struct hw_held_packets **ret, const struct hw_held_packets_options *options)
{
	struct hw_held_packets *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;

	assert(options->connections_max > 0 && options->connections_max <= INT32_MAX);
	h->options = *options;
	if (h->options.connection_bytes_max > h->options.bytes_max)
		h->options.connection_bytes_max = h->options.bytes_max;
	h->hash_key = hw_hash_key(options->seed, 0);
	h->newest = h->oldest = NONE;
	err = allocate(h);
	if (err) {
		hw_held_packets_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

void hw_held_packets_free(struct hw_held_packets *h)
{
	if (!h)
		return;
	free(h->ring);
	free(h->unwound);
	free(h->connections);
	free(h->buckets);
	free(h);
}

/* The part of `len` bytes at `place` that lies before the ring's end. */
static size_t before_end(const struct hw_held_packets *h, uint64_t place, size_t len)
{
	const size_t room = h->options.bytes_max - (size_t)(place % h->options.bytes_max);

	return len < room ? len : room;
}

static void write_ring(struct hw_held_packets *h, uint64_t place, const void *bytes, size_t len)
{
	const size_t first = before_end(h, place, len);

	if (len == 0)
		return;
	memcpy(h->ring + place % h->options.bytes_max, bytes, first);
	memcpy(h->ring, (const uint8_t *)bytes + first, len - first);
}

static void read_ring(const struct hw_held_packets *h, uint64_t place, void *ret, size_t len)
{
	const size_t first = before_end(h, place, len);

	memcpy(ret, h->ring + place % h->options.bytes_max, first);
	memcpy((uint8_t *)ret + first, h->ring, len - first);
}

/* Bytes of the ring in one piece, valid until the next call. */
static const uint8_t *unwind(struct hw_held_packets *h, uint64_t place, size_t len)
{
	if (before_end(h, place, len) == len)
		return h->ring + place % h->options.bytes_max;
	read_ring(h, place, h->unwound, len);
	return h->unwound;
}

static struct header header_at(const struct hw_held_packets *h, uint64_t place)
{
	struct header header;

	read_ring(h, place, &header, sizeof(header));
	return header;
}

static size_t note_bytes(const struct header *header)
{
	return (size_t)header->interface_len + header->comment_len;
}

static size_t packet_bytes(const struct header *header)
{
	return sizeof(*header) + note_bytes(header) + header->len;
}

static int32_t *bucket_of(const struct hw_held_packets *h, uint64_t key)
{
	return &h->buckets[hw_hash_words(&h->hash_key, &key, 1) & h->bucket_mask];
}

static void unlink_age(struct hw_held_packets *h, int32_t i)
{
	const struct connection *c = &h->connections[i];

	*(c->newer == NONE ? &h->newest : &h->connections[c->newer].older) = c->older;
	*(c->older == NONE ? &h->oldest : &h->connections[c->older].newer) = c->newer;
}

static void link_newest(struct hw_held_packets *h, int32_t i)
{
	struct connection *c = &h->connections[i];

	c->newer = NONE;
	c->older = h->newest;
	*(h->newest == NONE ? &h->oldest : &h->connections[h->newest].newer) = i;
	h->newest = i;
}

/* The connection, which is the newest then; NONE if it is not known. */
static int32_t find(struct hw_held_packets *h, uint64_t key)
{
	int32_t i = *bucket_of(h, key);

	while (i != NONE && h->connections[i].key != key)
		i = h->connections[i].chained;
	if (i != NONE && i != h->newest) {
		unlink_age(h, i);
		link_newest(h, i);
	}
	return i;
}

/* Its packets are gone. */
static void remove_connection(struct hw_held_packets *h, int32_t i)
{
	struct connection *c = &h->connections[i];
	int32_t *at = bucket_of(h, c->key);

	while (*at != i)
		at = &h->connections[*at].chained;
	*at = c->chained;
	unlink_age(h, i);
	c->chained = h->free;
	h->free = i;
}

/* The first packet of a connection is of no use any more; its place is, once it is the oldest. */
static void let_go_first(struct hw_held_packets *h, struct connection *c)
{
	struct header header = header_at(h, c->first);
	const uint64_t place = c->first;

	c->bytes -= packet_bytes(&header);
	c->first = header.next;
	if (c->first == nowhere)
		c->last = nowhere;
	header.connection = NONE;
	write_ring(h, place, &header, sizeof(header));
	h->counts.held--;
}

static uint64_t let_go_all(struct hw_held_packets *h, struct connection *c)
{
	uint64_t nr = 0;

	for (; c->first != nowhere; nr++)
		let_go_first(h, c);
	return nr;
}

static void drop_first(struct hw_held_packets *h, struct connection *c)
{
	let_go_first(h, c);
	h->counts.dropped++;
}

/* A connection without packets goes too, but for `keep`; those that are released have none. */
static void drop_oldest_packet(struct hw_held_packets *h, int32_t keep)
{
	const struct header header = header_at(h, h->tail);

	h->tail += packet_bytes(&header);
	if (header.connection == NONE)
		return;
	drop_first(h, &h->connections[header.connection]);
	if (header.connection != keep && h->connections[header.connection].first == nowhere)
		remove_connection(h, header.connection);
}

/* For a packet of connection `i`, which stays also when all its packets go. */
static void make_room(struct hw_held_packets *h, int32_t i, size_t bytes)
{
	struct connection *c = &h->connections[i];

	while (c->bytes + bytes > h->options.connection_bytes_max)
		drop_first(h, c);
	while (h->head - h->tail + bytes > h->options.bytes_max)
		drop_oldest_packet(h, i);
}

static int32_t add_connection(struct hw_held_packets *h, uint64_t key)
{
	int32_t *bucket, i;

	if (h->free == NONE) {
		h->counts.dropped += let_go_all(h, &h->connections[h->oldest]);
		remove_connection(h, h->oldest);
	}
	i = h->free;
	bucket = bucket_of(h, key);
	h->free = h->connections[i].chained;
	h->connections[i] = (struct connection){
		.key = key, .first = nowhere, .last = nowhere, .chained = *bucket
	};
	*bucket = i;
	link_newest(h, i);
	return i;
}

static void append(struct hw_held_packets *h, int32_t i, const struct header *header,
		   const struct hw_frame *frame, const struct hw_packet_note *note)
{
	struct connection *c = &h->connections[i];
	uint64_t at = h->head;

	if (c->last == nowhere)
		c->first = at;
	else
		write_ring(h, c->last + offsetof(struct header, next), &at, sizeof(at));
	c->last = at;
	c->bytes += packet_bytes(header);

	write_ring(h, at, header, sizeof(*header));
	at += sizeof(*header);
	write_ring(h, at, note->interface.ptr, header->interface_len);
	at += header->interface_len;
	write_ring(h, at, note->comment.ptr, header->comment_len);
	at += header->comment_len;
	write_ring(h, at, frame->data, header->len);
	h->head = at + header->len;
	h->counts.held++;
}

static struct header header_of(const struct hw_frame *frame, const struct hw_packet_note *note)
{
	return (struct header){
		.next = nowhere,
		.time_ns = frame->time_ns,
		.number = frame->number,
		.len = frame->len,
		.wire_len = frame->wire_len,
		.comment_len = (uint16_t)note->comment.len,
		.linktype = frame->linktype,
		.interface_len = (uint8_t)note->interface.len,
		.direction = frame->direction,
		.checksums_unset = frame->checksums_unset,
	};
}

enum hw_held_packet hw_held_packets_add(struct hw_held_packets *h, uint64_t key,
					const struct hw_frame *frame,
					const struct hw_packet_note *note)
{
	const struct hw_packet_note cut = hw_packet_note_cut(note);
	struct header header = header_of(frame, &cut);
	const size_t bytes = packet_bytes(&header);
	int32_t i = find(h, key);

	h->counts.added++;
	if (i != NONE && h->connections[i].is_released) {
		h->counts.passed++;
		return HW_HELD_PACKET_RELEASED;
	}
	if (bytes > h->options.connection_bytes_max) {
		h->counts.dropped++;
		return HW_HELD_PACKET_DROPPED;
	}
	if (i == NONE)
		i = add_connection(h, key);
	make_room(h, i, bytes);
	header.connection = i;
	append(h, i, &header, frame, &cut);
	return HW_HELD_PACKET_KEPT;
}

static void give(struct hw_held_packets *h, uint64_t place, hw_held_packets_fn *fn, void *ctx)
{
	const struct header header = header_at(h, place);
	const uint8_t *at = unwind(h, place + sizeof(header), note_bytes(&header) + header.len);
	const struct hw_packet_note note = {
		.interface = hw_slice(at, header.interface_len),
		.comment = hw_slice(at + header.interface_len, header.comment_len),
	};
	const struct hw_frame frame = {
		.time_ns = header.time_ns,
		.number = header.number,
		.data = at + note_bytes(&header),
		.len = header.len,
		.wire_len = header.wire_len,
		.linktype = header.linktype,
		.direction = header.direction,
		.checksums_unset = header.checksums_unset,
	};

	fn(ctx, &frame, &note);
}

void hw_held_packets_release(struct hw_held_packets *h, uint64_t key, hw_held_packets_fn *fn,
			     void *ctx)
{
	int32_t i = find(h, key);
	struct connection *c;

	if (i == NONE)
		i = add_connection(h, key);
	c = &h->connections[i];
	c->is_released = true;
	for (; c->first != nowhere; h->counts.given++) {
		give(h, c->first, fn, ctx);
		let_go_first(h, c);
	}
}

struct hw_held_packets_counts hw_held_packets_counts(const struct hw_held_packets *h)
{
	return h->counts;
}
