/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/recut/recut.c - the same bytes in other segments give the same events
 *
 * Reads capture files, and feeds the TCP segments in them to an engine again and again:
 * as they are, a byte at a time, cut at random, shuffled within a window, each twice,
 * and overlapping. Every time each direction of each connection must give the same
 * messages in the same order.
 *
 *	recut [-s SEED] FILE...
 *
 * Prints a line for each difference, and exits with 1 if there was one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "event/event.h"
#include "random.h"
#include "source/capture.h"
#include "wire/decode.h"

enum {
	SHUFFLE_WINDOW = 8,	   /* segments */
	OVERLAP = 10,		   /* bytes */
	ONE_BYTE_MAX = 400 * 1000, /* payload bytes of a capture that is cut into single bytes */
	HEADERS_MAX = 60,	   /* IPv6 and TCP */
};

struct segment {
	struct hw_addr src, dst;
	uint64_t time_ns;
	uint8_t *payload;
	uint32_t len, wire_len, seq, ack;
	uint16_t sport, dport, flags, window;
};

struct segments {
	struct segment *at;
	size_t nr, cap;
};

/* What an engine said: a line an event, `key` telling connection and direction. */
struct said {
	char *key, *text;
	size_t order;
};

struct sayings {
	struct said *at;
	size_t nr, cap;
	struct hw_encoder *encoder;
};

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	return (uint32_t)(random_next(&random_state) >> 33) % n;
}

static void *grown(void *ptr, size_t nr, size_t *cap, size_t size)
{
	if (nr < *cap)
		return ptr;
	*cap = *cap ? *cap * 2 : 1024;
	ptr = realloc(ptr, *cap * size);
	if (!ptr)
		abort();
	return ptr;
}

static void add(struct segments *s, struct segment seg)
{
	s->at = grown(s->at, s->nr, &s->cap, sizeof(*s->at));
	s->at[s->nr++] = seg;
}

static void keep(struct segments *s, const struct hw_packet *p)
{
	struct segment seg = {
		.src = p->src,
		.dst = p->dst,
		.time_ns = p->frame->time_ns,
		.len = (uint32_t)p->payload.len,
		.wire_len = p->payload_len,
		.seq = p->seq,
		.ack = p->ack,
		.sport = p->src_port,
		.dport = p->dst_port,
		/* Which byte is urgent is said by segment: not of these. */
		.flags = p->flags & (uint16_t)~HW_TCP_URG,
		.window = p->window,
	};

	if (seg.len) {
		seg.payload = malloc(seg.len);
		if (!seg.payload)
			abort();
		memcpy(seg.payload, p->payload.ptr, seg.len);
	}
	add(s, seg);
}

/* Returns false, after saying so, if the file cannot be opened. Damage ends the reading. */
static bool load(const char *path, struct segments *s)
{
	const struct hw_wire_options options = { .checksums = HW_CHECKSUMS_AUTO };
	struct hw_budget budget = { .max = (size_t)64 << 20 };
	struct hw_stats stats = { 0 };
	struct hw_frame frames[64];
	struct hw_capture *capture;
	struct hw_wire *wire;
	char error[1024];
	size_t nr;

	if (hw_capture_open(&capture, path, 1, error, sizeof(error)) != 0) {
		fprintf(stderr, "recut: %s\n", error);
		return false;
	}
	if (hw_wire_new(&wire, &options, &budget, &stats, 1) != 0)
		abort();
	while (hw_capture_read(capture, frames, 64, &nr) == 0 && nr > 0) {
		for (size_t i = 0; i < nr; i++) {
			struct hw_packet packet;

			if (hw_wire_decode(wire, &frames[i], &packet) == HW_WIRE_TCP)
				keep(s, &packet);
		}
	}
	hw_wire_free(wire);
	hw_capture_close(capture);
	return true;
}

static void put_be(uint8_t *p, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

/* Returns the length of the IP header written. */
static size_t put_ip(uint8_t *p, const struct segment *s, uint32_t behind)
{
	if (hw_addr_is_v4(&s->src) && hw_addr_is_v4(&s->dst) && behind + 20 <= 65535) {
		memset(p, 0, 20);
		p[0] = 0x45;
		put_be(p + 2, 20 + behind, 2);
		p[8] = 64;
		p[9] = 6;
		memcpy(p + 12, s->src.b + 12, 4);
		memcpy(p + 16, s->dst.b + 12, 4);
		return 20;
	}
	memset(p, 0, 40);
	p[0] = 0x60;
	put_be(p + 4, behind > 65535 ? 0 : behind, 2); /* 0: as BIG TCP has it */
	p[6] = 6;
	p[7] = 64;
	memcpy(p + 8, s->src.b, 16);
	memcpy(p + 24, s->dst.b, 16);
	return 40;
}

static size_t put_headers(uint8_t *p, const struct segment *s)
{
	const size_t ip = put_ip(p, s, 20 + s->wire_len);
	uint8_t *tcp = p + ip;

	memset(tcp, 0, 20);
	put_be(tcp, s->sport, 2);
	put_be(tcp + 2, s->dport, 2);
	put_be(tcp + 4, s->seq, 4);
	put_be(tcp + 8, s->ack, 4);
	tcp[12] = 0x50;
	tcp[13] = (uint8_t)s->flags;
	put_be(tcp + 14, s->window, 2);
	return ip + 20;
}

static void feed(struct hw_engine *engine, const struct segment *s, uint64_t number, uint8_t *room)
{
	const size_t headers = put_headers(room, s);
	struct hw_frame frame = {
		.time_ns = s->time_ns,
		.number = number,
		.data = room,
		.len = (uint32_t)headers + s->len,
		.wire_len = (uint32_t)headers + s->wire_len,
		.linktype = 101, /* LINKTYPE_RAW */
	};

	if (s->len)
		memcpy(room + headers, s->payload, s->len);
	hw_engine_feed(engine, &frame, 1);
}

static void on_event(void *ctx, const struct hw_event *event)
{
	struct sayings *said = ctx;
	char src[HW_ADDR_TEXT_MAX], dst[HW_ADDR_TEXT_MAX], *line, *args, key[128];
	struct hw_slice why = event->extra.incomplete;
	size_t len;

	if (hw_encoder_encode(said->encoder, event, &line, &len) != 0)
		abort();
	line[len - 1] = '\0';
	args = strstr(line, "\"args\"");
	hw_addr_format(&event->src, src);
	hw_addr_format(&event->dst, dst);
	snprintf(key, sizeof(key), "%s:%u > %s:%u", src, event->src_port, dst, event->dst_port);

	said->at = grown(said->at, said->nr, &said->cap, sizeof(*said->at));
	said->at[said->nr].key = strdup(key);
	said->at[said->nr].order = said->nr;
	if (asprintf(&said->at[said->nr].text, "%s [%.*s] %llx", args, (int)why.len, why.ptr,
		     (unsigned long long)event->extra.anomalies) < 0)
		abort();
	said->nr++;
}

static int by_key(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	const int order = strcmp(x->key, y->key);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static struct sayings run(const struct segments *s)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct sayings said = { 0 };
	struct hw_engine *engine;
	uint32_t longest = 0;
	uint8_t *room;
	const char *broken;

	for (size_t i = 0; i < s->nr; i++)
		longest = s->at[i].len > longest ? s->at[i].len : longest;
	room = malloc(longest + HEADERS_MAX);
	if (!room || hw_encoder_new(&said.encoder, HW_FORMAT_JSON, HW_ENCODE_STRICT) != 0)
		abort();
	options.on_event = on_event;
	options.ctx = &said;
	options.checksums = HW_CHECKSUMS_OFF;
	if (hw_engine_new(&engine, &options) != 0)
		abort();
	for (size_t i = 0; i < s->nr; i++)
		feed(engine, &s->at[i], i + 1, room);
	hw_engine_finish(engine);
	hw_engine_stats(engine)->n[HW_STAT_EVENTS_WRITTEN] =
		hw_engine_stats(engine)->n[HW_STAT_EVENTS_MADE];
	broken = hw_stats_check(hw_engine_stats(engine));
	if (broken) {
		printf("accounts do not close: %s\n", broken);
		exit(1);
	}
	hw_engine_free(engine);
	hw_encoder_free(said.encoder);
	free(room);
	if (said.nr)
		qsort(said.at, said.nr, sizeof(*said.at), by_key);
	return said;
}

static void forget(struct sayings *said)
{
	for (size_t i = 0; i < said->nr; i++) {
		free(said->at[i].key);
		free(said->at[i].text);
	}
	free(said->at);
}

/* The part [from, from + len) of `s`; SYN stays with the first byte, FIN with the last. */
static struct segment part(const struct segment *s, uint32_t from, uint32_t len)
{
	struct segment p = *s;
	const bool last = from + len == s->len;

	p.payload = s->payload + from;
	p.len = len;
	p.wire_len = last ? s->wire_len - from : len;
	if (from > 0) {
		p.seq += from + (s->flags & HW_TCP_SYN ? 1 : 0);
		p.flags &= (uint16_t)~HW_TCP_SYN;
	}
	if (!last)
		p.flags &= (uint16_t) ~(HW_TCP_FIN | HW_TCP_PSH);
	return p;
}

/* RST is an end that must not be multiplied. */
static bool has_data(const struct segment *s)
{
	return s->len > 0 && !(s->flags & HW_TCP_RST);
}

/* What follows a SYN without an ACK would have none either, and nobody takes such a segment. */
static bool is_cuttable(const struct segment *s)
{
	return has_data(s) && s->flags & HW_TCP_ACK;
}

static void cut_bytes(const struct segments *in, struct segments *out)
{
	for (size_t i = 0; i < in->nr; i++) {
		const struct segment *s = &in->at[i];

		if (!is_cuttable(s))
			add(out, *s);
		else
			for (uint32_t at = 0; at < s->len; at++)
				add(out, part(s, at, 1));
	}
}

static void cut_random(const struct segments *in, struct segments *out)
{
	for (size_t i = 0; i < in->nr; i++) {
		const struct segment *s = &in->at[i];

		if (!is_cuttable(s))
			add(out, *s);
		else
			for (uint32_t at = 0, len; at < s->len; at += len) {
				len = 1 + random_below(s->len - at);
				add(out, part(s, at, len));
			}
	}
}

static void twice(const struct segments *in, struct segments *out)
{
	for (size_t i = 0; i < in->nr; i++) {
		add(out, in->at[i]);
		if (has_data(&in->at[i]))
			add(out, in->at[i]);
	}
}

static void overlap(const struct segments *in, struct segments *out)
{
	for (size_t i = 0; i < in->nr; i++) {
		const struct segment *s = &in->at[i];

		if (!is_cuttable(s))
			add(out, *s);
		else
			for (uint32_t at = 0, len; at < s->len; at += len) {
				const uint32_t back = random_below(at < OVERLAP ? at + 1 : OVERLAP);

				len = 1 + random_below(s->len - at);
				add(out, part(s, at - back, len + back));
			}
	}
}

static bool same_direction(const struct segment *a, const struct segment *b)
{
	return a->sport == b->sport && a->dport == b->dport &&
	       memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0;
}

/* Data may change places with data of its direction; the ends of connections may not. */
static bool is_movable(const struct segment *s)
{
	return s->len > 0 && !(s->flags & (HW_TCP_SYN | HW_TCP_FIN | HW_TCP_RST));
}

/* The first data of a direction stays: without a SYN it is what the stream starts from. */
static bool is_first(const struct segments *s, size_t i)
{
	for (size_t k = i; k-- > 0;)
		if (same_direction(&s->at[k], &s->at[i]) && s->at[k].len > 0)
			return false;
	return true;
}

/*
 * Disorder comes from packets that overtake each other within moments. The pauses of the
 * capture would make of it segments that come seconds late, so they are taken out.
 */
static void hurry(struct segments *s)
{
	for (size_t i = 0; i < s->nr; i++)
		s->at[i].time_ns = s->at[0].time_ns + i * 10000;
}

static void shuffle(const struct segments *in, struct segments *out)
{
	for (size_t i = 0; i < in->nr; i++)
		add(out, in->at[i]);
	for (size_t i = 0; i < out->nr; i++) {
		const struct segment moved = out->at[i];
		size_t with = i + random_below(SHUFFLE_WINDOW);

		if (with >= out->nr || !is_movable(&moved) || is_first(out, i))
			continue;
		while (with > i &&
		       !(is_movable(&out->at[with]) && same_direction(&out->at[with], &moved)))
			with--;
		out->at[i] = out->at[with];
		out->at[with] = moved;
	}
	hurry(out);
}

static const struct variant {
	const char *name;
	void (*make)(const struct segments *in, struct segments *out);
	uint64_t payload_max; /* 0: any */
} variants[] = {
	{ "byte by byte", cut_bytes, ONE_BYTE_MAX },
	{ "cut at random", cut_random, 0 },
	{ "each twice", twice, 0 },
	{ "overlapping", overlap, 0 },
	{ "shuffled", shuffle, 0 },
};

static int compare(const char *path, const char *variant, const struct sayings *want,
		   const struct sayings *got)
{
	for (size_t i = 0; i < want->nr || i < got->nr; i++) {
		const struct said *w = i < want->nr ? &want->at[i] : NULL;
		const struct said *g = i < got->nr ? &got->at[i] : NULL;

		if (w && g && strcmp(w->key, g->key) == 0 && strcmp(w->text, g->text) == 0)
			continue;
		printf("%s: %s: %zu events, not %zu; the first that differs:\n- %s %s\n+ %s %s\n",
		       path, variant, got->nr, want->nr, w ? w->key : "", w ? w->text : "nothing",
		       g ? g->key : "", g ? g->text : "nothing");
		return 1;
	}
	return 0;
}

static int try_file(const char *path)
{
	struct segments segments = { 0 };
	struct sayings want;
	uint64_t payload = 0;
	int differences = 0;

	if (!load(path, &segments))
		return 0;
	for (size_t i = 0; i < segments.nr; i++)
		payload += segments.at[i].len;
	want = run(&segments);
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		struct segments other = { 0 };
		struct sayings got;

		if (variants[v].payload_max && payload > variants[v].payload_max)
			continue;
		variants[v].make(&segments, &other);
		got = run(&other);
		differences += compare(path, variants[v].name, &want, &got);
		forget(&got);
		free(other.at);
	}
	printf("%s: %zu segments, %zu events\n", path, segments.nr, want.nr);
	forget(&want);
	for (size_t i = 0; i < segments.nr; i++)
		free(segments.at[i].payload);
	free(segments.at);
	return differences;
}

int main(int argc, char **argv)
{
	int differences = 0, c;

	while ((c = getopt(argc, argv, "s:")) != -1) {
		if (c != 's')
			return 2;
		random_state = strtoull(optarg, NULL, 10);
	}
	for (int i = optind; i < argc; i++)
		differences += try_file(argv[i]);
	return differences ? 1 : 0;
}
