/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/work.c - one part of the engine, so many times
 *
 *     work PART TIMES [CAPTURE]
 *
 * Prints how many items of the part were done each time, how long one of them took in ns,
 * and how many bytes the engine keeps because of its input when all is in (those from encode
 * on):
 *
 *     request     the parser, fed with a request of a browser
 *     response    the parser, fed with a response
 *     request-again, response-again
 *                 the same where heads that came a moment ago are remembered
 *     decode      the frames of CAPTURE become packets
 *     reassemble  its packets become bytes in order
 *     again       a segment is held behind a hole, and comes again
 *     encode      its HTTP messages become lines of JSON
 *     all         the whole engine, with lines of JSON
 *     live        the same as a host has it that both ends are on: each packet at two sockets
 *     exchanges   the whole engine, with lines of text of its exchanges
 *     exchanges-json
 *                 the same as JSON
 *
 * Run twice with different TIMES under an instruction counter, the difference is what the
 * work takes, without what comes before and behind it: see bench/instructions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "bench/heads.h"
#include "engine/engine.h"
#include "http/parser.h"
#include "source/capture.h"
#include "tcp/connection.h"
#include "tcp/hold.h"
#include "wire/decode.h"

enum { FRAMES = 64 };

struct work {
	uint64_t times, items;
	size_t memory; /* of the engine, when all was fed to it */
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_buf frames, bytes; /* of the capture */
};

static void must(bool worked, const char *what)
{
	if (worked)
		return;
	fprintf(stderr, "work: %s\n", what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the capture, whole in memory ---- */

static const struct hw_frame *frames_of(const struct work *w, size_t *ret_nr)
{
	*ret_nr = w->frames.len / sizeof(struct hw_frame);
	return (const struct hw_frame *)(const void *)w->frames.ptr;
}

static void keep_frame(struct work *w, const struct hw_frame *f)
{
	struct hw_frame kept = *f;

	kept.data = (const uint8_t *)w->bytes.len; /* made a pointer when nothing moves any more */
	must(hw_buf_append(&w->bytes, hw_slice(f->data, f->len)) == 0 &&
		     hw_buf_append(&w->frames, hw_slice(&kept, sizeof(kept))) == 0,
	     "no memory");
}

static void read_capture(struct work *w, const char *path)
{
	struct hw_frame frames[FRAMES], *all;
	char error[HW_CAPTURE_ERROR_MAX];
	struct hw_capture *c;
	size_t nr;

	must(hw_capture_open(&c, path, 1, error, sizeof(error)) == 0, path);
	while (hw_capture_read(c, frames, FRAMES, &nr) == 0 && nr > 0)
		for (size_t i = 0; i < nr; i++)
			keep_frame(w, &frames[i]);
	hw_capture_close(c);

	frames_of(w, &nr);
	must(nr > 0, "no packets");
	all = (struct hw_frame *)(void *)w->frames.ptr;
	for (size_t i = 0; i < nr; i++)
		all[i].data = w->bytes.ptr + (uintptr_t)all[i].data;
}

/* ---- the parser ---- */

static enum hw_http_asked on_head(void *ctx, const struct hw_http_message *m)
{
	(void)m;
	++*(uint64_t *)ctx;
	return HW_HTTP_ASKED_HEAD; /* no body follows the response */
}

static void on_done(void *ctx, bool whole, size_t left)
{
	(void)ctx;
	(void)whole;
	(void)left;
}

static void parse(struct work *w, struct hw_slice head, bool remembers)
{
	static const struct hw_http_reader reader = { .head = on_head, .done = on_done };
	struct hw_http_parsing shared = { &reader, NULL, &w->budget, &w->stats, 256 << 10 };
	struct hw_http_parser parser = { 0 };

	must(hw_http_scratch_new(&shared.scratch, &w->budget) == 0, "no memory");
	if (remembers)
		hw_http_scratch_remember(shared.scratch);
	for (uint64_t i = 0; i < w->times; i++)
		hw_http_parser_feed(&parser, &shared, &w->items, head);
	hw_http_scratch_free(shared.scratch);
	must(w->items == w->times, "not each head was a message");
}

static void parse_request(struct work *w)
{
	parse(w, hw_slice(browser_request, sizeof(browser_request) - 1), false);
}

static void parse_response(struct work *w)
{
	parse(w, hw_slice(response, sizeof(response) - 1), false);
}

static void parse_request_again(struct work *w)
{
	parse(w, hw_slice(browser_request, sizeof(browser_request) - 1), true);
}

static void parse_response_again(struct work *w)
{
	parse(w, hw_slice(response, sizeof(response) - 1), true);
}

/* ---- packets ---- */

static struct hw_wire *make_wire(struct work *w)
{
	static const struct hw_wire_options options = { 0 };
	struct hw_wire *wire;

	must(hw_wire_new(&wire, &options, &w->budget, &w->stats, 1) == 0, "no memory");
	return wire;
}

static void decode(struct work *w)
{
	struct hw_wire *wire = make_wire(w);
	struct hw_packet packet;
	size_t nr;
	const struct hw_frame *frames = frames_of(w, &nr);

	for (uint64_t i = 0; i < w->times; i++)
		for (size_t k = 0; k < nr; k++)
			w->items += hw_wire_decode(wire, &frames[k], &packet) == HW_WIRE_TCP;
	hw_wire_free(wire);
}

static void on_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	(void)ctx;
	(void)c;
	(void)at;
}

static void on_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
		    const struct hw_packet *at)
{
	(void)c;
	(void)dir;
	(void)at;
	((struct work *)ctx)->items += bytes.len;
}

static void on_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
		   const struct hw_packet *at)
{
	(void)ctx;
	(void)c;
	(void)dir;
	(void)len;
	(void)at;
}

static void on_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
		   const struct hw_packet *at)
{
	(void)ctx;
	(void)c;
	(void)dir;
	(void)how;
	(void)at;
}

static void on_free(void *ctx, struct hw_tcp_connection *c)
{
	(void)ctx;
	(void)c;
}

static struct hw_tcp *make_tcp(struct work *w)
{
	const struct hw_tcp_options options = {
		.reader = { .begin = on_begin,
			    .data = on_data,
			    .gap = on_gap,
			    .end = on_end,
			    .free = on_free,
			    .ctx = w },
		.user_bytes = 64,
		.max_connections = 1 << 20,
		.hold_max = HW_TCP_HOLD_MAX,
		.seed = 1,
	};
	struct hw_tcp *tcp;

	must(hw_tcp_new(&tcp, &options, &w->budget, &w->stats) == 0, "no memory");
	return tcp;
}

static struct hw_packet *packets_of(struct work *w, size_t *ret_nr)
{
	const struct hw_frame *frames = frames_of(w, ret_nr);
	struct hw_packet *packets = calloc(*ret_nr, sizeof(*packets));
	struct hw_wire *wire = make_wire(w);
	size_t nr = 0;

	must(packets, "no memory");
	for (size_t i = 0; i < *ret_nr; i++)
		nr += hw_wire_decode(wire, &frames[i], &packets[nr]) == HW_WIRE_TCP;
	hw_wire_free(wire);
	*ret_nr = nr;
	return packets;
}

static void reassemble(struct work *w)
{
	size_t nr;
	struct hw_packet *packets = packets_of(w, &nr);

	for (uint64_t i = 0; i < w->times; i++) {
		struct hw_tcp *tcp = make_tcp(w);

		for (size_t k = 0; k < nr; k++)
			hw_tcp_push(tcp, &packets[k], packets[k].frame->time_ns);
		hw_tcp_finish(tcp, HW_TCP_END_CAPTURE);
		hw_tcp_free(tcp);
	}
	w->items = nr * w->times;
	free(packets);
}

static void hold_again(struct work *w)
{
	static uint8_t bytes[1460];
	struct hw_hold *h = hw_hold_new(&w->budget);

	must(h, "no memory");
	for (uint64_t i = 0; i <= w->times; i++) {
		struct hw_hold_put put;

		hw_hold_put(h, &w->budget, 1, 100, hw_slice(bytes, sizeof(bytes)), 0, &put);
		w->items += put.duplicate == sizeof(bytes);
	}
	hw_hold_free(h, &w->budget);
	must(w->items == w->times, "not each came again");
}

/* ---- the engine ---- */

struct encoding {
	struct hw_encoder *encoder;
	uint32_t types; /* of the events; 0: the engine's own */
	uint64_t times, events;
	bool is_text; /* which shows neither fields nor routes */
	void (*feed)(struct hw_engine *engine, const struct hw_frame *frames, size_t nr);
};

static void on_event(void *ctx, const struct hw_event *event)
{
	struct encoding *e = ctx;
	char *line;
	size_t len;

	for (uint64_t i = 0; i < e->times; i++)
		must(hw_encoder_encode(e->encoder, event, &line, &len) == 0, "no memory");
	e->events++;
}

enum { ETHERNET = 1, RAW = 101, ETHERNET_BYTES = 14, IP_BYTES = 20, HEADERS_BYTES = 40 };

/* Of TCP in IPv4 without options, whose headers are at `ip`. */
static struct hw_socket socket_of(const uint8_t *ip, bool is_sender)
{
	const uint8_t *ports = ip + IP_BYTES;
	const uint16_t src = hw_get_u16be(ports), dst = hw_get_u16be(ports + 2);
	struct hw_socket s = { .netns = 4026531840,
			       .local = { [10] = 0xff, 0xff },
			       .remote = { [10] = 0xff, 0xff },
			       .local_port = is_sender ? src : dst,
			       .remote_port = is_sender ? dst : src };

	s.cookie = (uint64_t)s.local_port << 48 | (uint64_t)s.remote_port << 32 |
		   (hw_get_u32be(ip + 12) ^ hw_get_u32be(ip + 16));
	memcpy(s.local + 12, ip + (is_sender ? 12 : 16), 4);
	memcpy(s.remote + 12, ip + (is_sender ? 16 : 12), 4);
	return s;
}

/* At the sender's socket, and at the receiver's. Returns how many. */
static size_t pass_sockets(const struct hw_frame *f, struct hw_frame ret[2],
			   struct hw_socket sockets[2])
{
	const uint8_t *ip = f->data + ETHERNET_BYTES;

	if (f->linktype != ETHERNET || f->len < ETHERNET_BYTES + HEADERS_BYTES || ip[0] != 0x45 ||
	    ip[9] != 6)
		return 0;
	for (int i = 0; i < 2; i++) {
		sockets[i] = socket_of(ip, i == 0);
		ret[i] = *f;
		ret[i].data = ip;
		ret[i].len -= ETHERNET_BYTES;
		ret[i].wire_len -= ETHERNET_BYTES;
		ret[i].linktype = RAW;
		ret[i].direction = i == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS;
		ret[i].checksums_unset = true;
		ret[i].socket = &sockets[i];
	}
	return 2;
}

static void feed_sockets(struct hw_engine *engine, const struct hw_frame *frames, size_t nr)
{
	struct hw_socket sockets[2 * FRAMES];
	struct hw_frame passing[2 * FRAMES];
	size_t passing_nr = 0;

	for (size_t i = 0; i < nr; i++)
		passing_nr += pass_sockets(&frames[i], passing + passing_nr, sockets + passing_nr);
	hw_engine_feed(engine, passing, passing_nr);
}

static void run_engine(struct work *w, struct encoding *e)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *engine;
	size_t nr;
	const struct hw_frame *frames = frames_of(w, &nr);

	options.on_event = on_event;
	options.ctx = e;
	options.seed = 1;
	options.events = e->types ? e->types : options.events;
	options.no_fields = options.no_routes = e->is_text; /* as the program asks for it */
	must(hw_engine_new(&engine, &options) == 0, "no memory");
	for (size_t at = 0; at < nr; at += FRAMES)
		e->feed(engine, frames + at, nr - at < FRAMES ? nr - at : FRAMES);
	w->memory = hw_engine_memory(engine);
	hw_engine_finish(engine);
	hw_engine_free(engine);
}

static void encode(struct work *w)
{
	struct encoding e = { .times = w->times, .feed = hw_engine_feed };

	must(hw_encoder_new(&e.encoder, HW_FORMAT_JSON, 0) == 0, "no memory");
	run_engine(w, &e);
	hw_encoder_free(e.encoder);
	w->items = e.events * w->times;
}

/* `types` are the events; 0: those that the engine makes by itself. */
static void do_each_time(struct work *w, enum hw_format format, uint32_t types,
			 void (*feed)(struct hw_engine *engine, const struct hw_frame *frames,
				      size_t nr))
{
	struct encoding e = {
		.types = types,
		.times = 1,
		.is_text = format == HW_FORMAT_TEXT,
		.feed = feed,
	};

	must(hw_encoder_new(&e.encoder, format, 0) == 0, "no memory");
	for (uint64_t i = 0; i < w->times; i++)
		run_engine(w, &e);
	hw_encoder_free(e.encoder);
	w->items = e.events;
}

static void do_all(struct work *w)
{
	do_each_time(w, HW_FORMAT_JSON, 0, hw_engine_feed);
}

static void do_live(struct work *w)
{
	do_each_time(w, HW_FORMAT_JSON, 0, feed_sockets);
}

static void do_exchanges(struct work *w)
{
	do_each_time(w, HW_FORMAT_TEXT, HW_EVENT_NET_HTTP_EXCHANGE, hw_engine_feed);
}

static void do_exchanges_json(struct work *w)
{
	do_each_time(w, HW_FORMAT_JSON, HW_EVENT_NET_HTTP_EXCHANGE, hw_engine_feed);
}

static const struct part {
	const char *name;
	bool takes_capture;
	void (*run)(struct work *w);
} parts[] = {
	{ "request", false, parse_request },
	{ "response", false, parse_response },
	{ "request-again", false, parse_request_again },
	{ "response-again", false, parse_response_again },
	{ "decode", true, decode },
	{ "reassemble", true, reassemble },
	{ "again", false, hold_again },
	{ "encode", true, encode },
	{ "all", true, do_all },
	{ "live", true, do_live },
	{ "exchanges", true, do_exchanges },
	{ "exchanges-json", true, do_exchanges_json },
};

static const struct part *part_of(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static struct work w = { .budget = { .max = SIZE_MAX / 2 } };
	const struct part *part = argc >= 3 ? part_of(argv[1]) : NULL;
	double began;

	if (!part || argc != 3 + part->takes_capture) {
		fprintf(stderr, "usage: work request|response[-again] TIMES\n"
				"       work decode|reassemble|encode|all|live TIMES CAPTURE\n"
				"       work exchanges[-json] TIMES CAPTURE\n");
		return 2;
	}
	w.times = strtoull(argv[2], NULL, 10);
	hw_buf_init(&w.frames, SIZE_MAX / 2, NULL);
	hw_buf_init(&w.bytes, SIZE_MAX / 2, NULL);
	if (part->takes_capture)
		read_capture(&w, argv[3]);

	began = now_ns();
	part->run(&w);
	must(w.times > 0 && w.items > 0, "nothing done");
	printf("%llu %.2f %zu\n", (unsigned long long)(w.items / w.times),
	       (now_ns() - began) / (double)w.items, w.memory);
	hw_buf_clear(&w.frames);
	hw_buf_clear(&w.bytes);
	return 0;
}
