/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_engine.c - what the engine promises in httpwire.h, frame by frame */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "event/event.h"
#include "unit/frame.h"

enum { RAW = 101 /* LINKTYPE_RAW */, SECOND = 1000000000 };

/* What was said, a line an event. */
struct heard {
	char text[65536];
	size_t len;
	int nr;
};

static void hear(void *ctx, const struct hw_event *event)
{
	struct heard *h = ctx;
	const char *method, *path;
	size_t method_len, path_len;
	int64_t status;

	assert_true(hw_event_text(event, "proto_http.method", &method, &method_len));
	assert_true(hw_event_text(event, "proto_http.uri_path", &path, &path_len));
	assert_true(hw_event_number(event, "proto_http.status_code", &status));
	h->len += (size_t)snprintf(h->text + h->len, sizeof(h->text) - h->len, "%.*s%.*s%d%.*s\n",
				   (int)method_len, method, (int)path_len, path, (int)status,
				   (int)event->extra.incomplete.len,
				   (const char *)event->extra.incomplete.ptr);
	h->nr++;
}

/* A packet of 10.0.0.1:1000 (side 0) or 10.0.0.2:80 (side 1), in `room`. */
static struct hw_frame frame(uint8_t *room, int side, uint32_t seq, uint8_t flags,
			     const char *payload)
{
	static uint64_t now_ns = 1700000000ull * SECOND;
	const size_t len = strlen(payload), total = 40 + len;

	frame_head(room, side, seq, flags, total);
	memcpy(room + 40, payload, len);
	now_ns += 1000000;
	return (struct hw_frame){
		.time_ns = now_ns,
		.data = room,
		.len = (uint32_t)total,
		.wire_len = (uint32_t)total,
		.linktype = RAW,
		.checksums_unset = true,
	};
}

static struct hw_engine *make(struct heard *h, void (*change)(struct hw_engine_options *))
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;

	*h = (struct heard){ 0 };
	options.on_event = hear;
	options.ctx = h;
	if (change)
		change(&options);
	assert_int_equal(hw_engine_new(&e, &options), 0);
	return e;
}

static void say(struct hw_engine *e, int side, uint32_t seq, uint8_t flags, const char *payload)
{
	uint8_t room[4096];
	const struct hw_frame f = frame(room, side, seq, flags, payload);

	hw_engine_feed(e, &f, 1);
}

static const char *const request = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

static void an_event_comes_with_the_frame_that_completes_it(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, "GET /a HTTP/1.1\r\nHost: ");
	assert_int_equal(h.nr, 0);
	say(e, 0, 124, 24, "h\r\n\r\n");
	assert_string_equal(h.text, "GET/a0\n");
	hw_engine_finish(e);
	assert_int_equal(h.nr, 1);
	hw_engine_free(e);
}

static void a_batch_of_any_size_gives_the_same(void **state)
{
	static uint8_t rooms[40][512];
	struct hw_frame frames[40];
	struct heard whole;

	(void)state;
	for (int i = 0; i < 40; i++) {
		frames[i] = frame(rooms[i], 0, 101 + (uint32_t)(i * strlen(request)), 24, request);
		frames[i].time_ns += (uint64_t)i * 7 * SECOND;
	}
	for (size_t size = 40; size > 0; size--) {
		struct heard h;
		struct hw_engine *e = make(&h, NULL);

		for (size_t at = 0; at < 40; at += size)
			hw_engine_feed(e, frames + at, 40 - at < size ? 40 - at : size);
		hw_engine_finish(e);
		hw_engine_free(e);
		if (size == 40)
			whole = h;
		assert_string_equal(h.text, whole.text);
		assert_int_equal(h.nr, 40);
	}
}

/* Both sockets of a local connection, each with its own frames: an event a side. */
static void sockets_are_told_apart(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	struct hw_socket ends[2] = {
		{ .cookie = 1, .netns = 9, .local_port = 1000, .remote_port = 80 },
		{ .cookie = 2, .netns = 9, .local_port = 80, .remote_port = 1000 }
	};

	(void)state;
	for (int side = 0; side < 2; side++) {
		const uint8_t local[16] = { [10] = 0xff, 0xff, 10, 0, 0, (uint8_t)(1 + side) };
		const uint8_t remote[16] = { [10] = 0xff, 0xff, 10, 0, 0, (uint8_t)(2 - side) };

		memcpy(ends[side].local, local, 16);
		memcpy(ends[side].remote, remote, 16);
	}
	for (int side = 0; side < 2; side++) {
		uint8_t room[4096];
		struct hw_frame f = frame(room, 0, 101, 24, request);

		f.socket = &ends[side];
		f.direction = side == 0 ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS;
		hw_engine_feed(e, &f, 1);
	}
	assert_string_equal(h.text, "GET/a0\nGET/a0\n");
	hw_engine_free(e);
}

static void the_same_addresses_in_two_namespaces_are_two_connections(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	for (uint64_t netns = 1; netns <= 2; netns++) {
		const struct hw_socket socket = { .cookie = netns,
						  .netns = netns,
						  .local = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
						  .remote = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
						  .local_port = 1000,
						  .remote_port = 80 };
		uint8_t room[4096];
		struct hw_frame f = frame(room, 0, 101, 24, request);

		f.socket = &socket;
		f.direction = HW_DIRECTION_EGRESS;
		hw_engine_feed(e, &f, 1);
	}
	assert_int_equal(h.nr, 2);
	hw_engine_free(e);
}

static const struct hw_socket at_client = { .cookie = 7,
					    .netns = 9,
					    .local = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
					    .remote = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
					    .local_port = 1000,
					    .remote_port = 80 };

/* From 10.0.0.1:1000, past `socket`. Returns when. */
static uint64_t say_at(struct hw_engine *e, const struct hw_socket *socket,
		       enum hw_direction direction, uint32_t seq, uint8_t flags,
		       const char *payload)
{
	uint8_t room[4096];
	struct hw_frame f = frame(room, 0, seq, flags, payload);

	f.socket = socket;
	f.direction = (uint8_t)direction;
	hw_engine_feed(e, &f, 1);
	return f.time_ns;
}

static uint64_t say_at_client(struct hw_engine *e, uint32_t seq, uint8_t flags, const char *payload)
{
	return say_at(e, &at_client, HW_DIRECTION_EGRESS, seq, flags, payload);
}

static void the_kernel_ends_what_no_frame_ends(void **state)
{
	static const struct {
		enum hw_close how;
		const char *said;
	} cases[] = {
		{ HW_CLOSE_ORDERLY, "GET/slow0closed\n" },
		{ HW_CLOSE_RESET, "GET/slow0reset\n" },
		{ HW_CLOSE_RESET_BY_PEER, "GET/slow0reset\n" },
		{ HW_CLOSE_GIVEN_UP, "GET/slow0timeout\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard h;
		struct hw_engine *e = make(&h, NULL);
		uint64_t now_ns;

		say_at_client(e, 100, 2, "");
		now_ns = say_at_client(e, 101, 24, "GET /slow HTTP/1.1\r\n");
		hw_engine_close(e, &at_client, now_ns + SECOND, cases[i].how);
		assert_string_equal(h.text, cases[i].said);
		assert_int_equal(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS_OPEN], 0);
		hw_engine_close(e, &at_client, now_ns + SECOND, cases[i].how);
		say_at_client(e, 121, 20, ""); /* its RST, which was under way */
		hw_engine_finish(e);
		assert_int_equal(h.nr, 1);
		hw_engine_free(e);
	}
}

/* Its end would be told, so that an answer which takes long is still that of its request. */
static void a_silent_socket_is_open(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	uint64_t now_ns;

	(void)state;
	say_at_client(e, 100, 2, "");
	now_ns = say_at_client(e, 101, 24, "GET /slow HTTP/1.1\r\n");
	for (int minutes = 1; minutes <= 19 * 60; minutes++)
		hw_engine_advance(e, now_ns + minutes * 60ull * SECOND);
	assert_int_equal(h.nr, 0);
	say_at_client(e, 121, 24, "Host: h\r\n\r\n");
	assert_string_equal(h.text, "GET/slow0\n");
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS], 1);
	hw_engine_free(e);
}

/* The socket has had more than passed us: that was lost, and is no end of a message. */
static void what_the_socket_had_is_missing(void **state)
{
	struct hw_socket socket = at_client;
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	uint64_t now_ns;

	(void)state;
	say_at_client(e, 100, 2, "");
	now_ns = say_at_client(e, 101, 24, "GET /slow HTTP/1.1\r\n"); /* 20 bytes */
	socket.has_places = true;
	socket.sent = 101 + 20 + 1; /* a FIN, perhaps */
	hw_engine_close(e, &socket, now_ns, HW_CLOSE_RESET);
	assert_string_equal(h.text, "GET/slow0reset\n");
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_TCP_GAPS], 0);
	hw_engine_free(e);

	e = make(&h, NULL);
	say_at_client(e, 100, 2, "");
	now_ns = say_at_client(e, 101, 24, "GET /slow HTTP/1.1\r\n");
	socket.sent = 101 + 20 + 30;
	hw_engine_close(e, &socket, now_ns, HW_CLOSE_RESET);
	assert_string_equal(h.text, "GET/slow0gap\n");
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_TCP_GAP_BYTES], 29);
	hw_engine_free(e);
}

static void say_at_server(struct hw_engine *e, uint64_t cookie, uint32_t seq, uint8_t flags,
			  const char *payload)
{
	struct hw_socket socket = at_client;

	socket.cookie = cookie;
	memcpy(socket.local, at_client.remote, sizeof(socket.local));
	memcpy(socket.remote, at_client.local, sizeof(socket.remote));
	socket.local_port = at_client.remote_port;
	socket.remote_port = at_client.local_port;
	say_at(e, &socket, HW_DIRECTION_INGRESS, seq, flags, payload);
}

/* The next connection's SYN may meet the socket of the one before; its data do not. */
static void a_syn_is_not_of_the_socket_that_it_meets(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	say_at_server(e, 0, 100, 2, "");
	say_at_server(e, 7, 101, 24, request);
	say_at_server(e, 7, 101 + (uint32_t)strlen(request), 20, ""); /* RST */
	say_at_server(e, 7, 70000, 2, "");
	say_at_server(e, 8, 70001, 24, request);
	assert_string_equal(h.text, "GET/a0\nGET/a0\n");
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS], 2);
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS_MIDSTREAM], 0);
	hw_engine_free(e);
}

/* Ports are used again, and what is told of one socket may come behind the next one's frames. */
static void the_end_of_another_socket_ends_nothing(void **state)
{
	struct hw_socket another = at_client;
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	uint64_t now_ns;

	(void)state;
	another.cookie++;
	hw_engine_close(e, &at_client, SECOND, HW_CLOSE_RESET); /* of no connection at all */
	now_ns = say_at_client(e, 101, 24, "GET /a HTTP/1.1\r\n");
	hw_engine_close(e, &another, now_ns, HW_CLOSE_RESET);
	another = at_client;
	another.local_port++;
	hw_engine_close(e, &another, now_ns, HW_CLOSE_RESET);
	assert_int_equal(h.nr, 0);
	say_at_client(e, 118, 24, "Host: h\r\n\r\n");
	assert_string_equal(h.text, "GET/a0\n");
	hw_engine_free(e);
}

struct spoken {
	int side;
	uint8_t flags;
	uint32_t seq, ack; /* ack is below 65536 */
	const char *payload;
	size_t cut;	   /* bytes behind it that were not captured */
	uint64_t later_ns; /* than it would come */
};

static void say_exactly(struct hw_engine *e, struct spoken s)
{
	const size_t total = 40 + strlen(s.payload) + s.cut;
	uint8_t room[4096];
	struct hw_frame f = frame(room, s.side, s.seq, s.flags, s.payload);

	room[2] = (uint8_t)(total >> 8), room[3] = (uint8_t)total;
	room[30] = (uint8_t)(s.ack >> 8), room[31] = (uint8_t)s.ack;
	f.wire_len = (uint32_t)total;
	f.time_ns += s.later_ns;
	hw_engine_feed(e, &f, 1);
}

static uint64_t heard_connect_ns;

static void hear_connect(void *ctx, const struct hw_event *event)
{
	(void)ctx;
	heard_connect_ns = event->exchange->connect_ns;
}

static void hear_exchanges(struct hw_engine_options *o)
{
	o->events = HW_EVENT_NET_HTTP_EXCHANGE;
	o->on_event = hear_connect;
}

/*
 * It is kept in 32 bits, as microseconds where it is long, and as the most of those: 71 minutes.
 * What the server sends before makes it a connection in use, for which the jump is no timeout.
 */
static void a_handshake_of_hours_is_one_of_an_hour(void **state)
{
	static const char response[] = "HTTP/1.1 204 OK\r\n\r\n";
	const uint64_t minutes = 80, later_ns = minutes * 60 * SECOND;
	const uint32_t end = 1001 + (uint32_t)strlen(request);
	struct heard h;
	struct hw_engine *e = make(&h, hear_exchanges);

	(void)state;
	say_exactly(e, (struct spoken){ 0, 2, 1000, 0, "", 0, 0 });
	say_exactly(e, (struct spoken){ 1, 18, 1000, 1001, "", 0, 0 });
	say_exactly(e, (struct spoken){ 1, 16, 1001, 1001, "", 0, 0 });
	say_exactly(e, (struct spoken){ 0, 16, 1001, 1001, "", 0, later_ns });
	say_exactly(e, (struct spoken){ 0, 24, 1001, 1001, request, 0, later_ns });
	say_exactly(e, (struct spoken){ 1, 24, 1001, end, response, 0, later_ns });
	hw_engine_finish(e);
	hw_engine_free(e);
	assert_int_equal(heard_connect_ns, UINT32_MAX * UINT64_C(1000));
}

/* The ids of the connections of the events. */
struct ids {
	uint64_t id[2];
	int nr;
};

static void hear_id(void *ctx, const struct hw_event *event)
{
	struct ids *ids = ctx;

	assert_true(ids->nr < 2);
	ids->id[ids->nr++] = event->extra.connection_id;
}

/* Two SYNs disagree, and which holds is known only when something was told already. */
static void a_connection_keeps_its_id(void **state)
{
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;
	struct ids ids = { 0 };

	(void)state;
	options.on_event = hear_id;
	options.ctx = &ids;
	assert_int_equal(hw_engine_new(&e, &options), 0);
	say_exactly(e, (struct spoken){ 0, 2, 1000, 0, "", 0, 0 });
	say_exactly(e, (struct spoken){ 0, 2, 5000, 0, "", 0, 0 });
	say_exactly(e, (struct spoken){ 1, 24, 2001, 1001, response, 0, 0 });
	say_exactly(e, (struct spoken){ 0, 24, 1001, 2001, request, 0, 0 });
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS], 1);
	hw_engine_free(e);
	assert_int_equal(ids.nr, 2);
	assert_int_equal(ids.id[0], ids.id[1]);
}

/*
 * Requests of a pipeline are lost. What answers them makes nobody expect requests that are still
 * to come: the next one is not passed over, or the answer to a HEAD would have a body.
 */
static void lost_requests_are_not_waited_for(void **state)
{
	static const char get[] = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char head[] = "HEAD /4 HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char none[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	static const char long_one[] = "HTTP/1.1 201 OK\r\nContent-Length: 99\r\n\r\n";
	const uint32_t get_len = sizeof(get) - 1, head_at = 1001 + 3 * get_len;
	const uint32_t none_len = sizeof(none) - 1, long_at = 1001 + 3 * none_len;
	const uint32_t last_at = long_at + sizeof(long_one) - 1, end = head_at + sizeof(head) - 1;
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	say_exactly(e, (struct spoken){ 0, 2, 1000, 0, "", 0, 0 });
	say_exactly(e, (struct spoken){ 1, 18, 1000, 1001, "", 0, 0 });
	say_exactly(e, (struct spoken){ 0, 24, 1001, 1001, get, 2 * get_len, 0 });
	for (uint32_t i = 0; i < 3; i++)
		say_exactly(e, (struct spoken){ 1, 24, 1001 + i * none_len, head_at, none, 0, 0 });
	say_exactly(e, (struct spoken){ 0, 24, head_at, long_at, head, 0, 0 });
	say_exactly(e, (struct spoken){ 1, 24, long_at, end, long_one, 0, 0 });
	say_exactly(e, (struct spoken){ 1, 24, last_at, end, none, 0, 0 });
	hw_engine_finish(e);
	hw_engine_free(e);
	assert_string_equal(h.text, "GET/10\n200\n200\n200\nHEAD/40\n201\n200\n");
}

static void time_alone_ends_what_is_idle(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, "GET /slow HTTP/1.1\r\n");
	for (uint64_t s = 0; s < 400; s += 10)
		hw_engine_advance(e, (1700000000ull + 100 + s) * SECOND);
	assert_string_equal(h.text, "GET/slow0timeout\n");
	hw_engine_free(e);
}

/* What is open when it goes is let go without a word; a sanitizer sees what is not. */
/* The times are those of frames, however far from 0. */
static void time_alone_gives_up_fragments(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	uint8_t room[4096];
	struct hw_frame f = frame(room, 0, 1, 24, "12345678");

	(void)state;
	room[6] = 0x20; /* more fragments */
	hw_engine_feed(e, &f, 1);
	hw_engine_advance(e, f.time_ns + 20ull * SECOND);
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_NOTE_FRAGMENTS_EXPIRED], 0);
	hw_engine_advance(e, f.time_ns + 40ull * SECOND);
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_NOTE_FRAGMENTS_EXPIRED], 1);
	hw_engine_free(e);
}

static void may_be_freed_at_any_time(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);

	(void)state;
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, "GET /half HTTP/1.1\r\nHost: ");
	say(e, 0, 200, 24, "behind a hole");
	hw_engine_free(e);
	assert_int_equal(h.nr, 0);
	hw_engine_free(NULL);
}

static void set_strict(struct hw_engine_options *o)
{
	o->strict = true;
}

/* ---- conversations that rest ---- */

enum { CONNECTIONS = 3000, SAID_MAX = 400, PORT = 2000 };

/* A segment of each connection. */
static const struct {
	int side;
	const char *bytes;
} script[] = {
	{ 0, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" },
	{ 0, "garbage\r\nGET /5 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
	{ 0, "HEAD /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" },
	{ 0, "GET /3 HTTP/1.1\r\nHo" },
	{ 0, "st: h\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ 1, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na" },
	{ 1, "b" },
	{ 0, "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\n\r\n" },
	{ 0, "\x16\x03\x01 not HTTP" },
	{ 0, "GET /6 HTTP/1.1\r\nHost: h\r\n\r\n" },
};
enum { SCRIPT_NR = sizeof(script) / sizeof(script[0]) };

struct said {
	char text[CONNECTIONS][SAID_MAX];
	size_t len[CONNECTIONS];
};

static void hear_one_of_many(void *ctx, const struct hw_event *event)
{
	struct said *said = ctx;
	struct heard one = { 0 };
	const int port = event->src_port == 80 ? event->dst_port : event->src_port;
	const int i = port - PORT;

	hear(&one, event);
	if (event->extra.anomalies) /* in front of the end of the line */
		one.text[one.len - 1] = '!', one.text[one.len++] = '\n';
	assert_in_range(i, 0, CONNECTIONS - 1);
	assert_true(said->len[i] + one.len < SAID_MAX);
	memcpy(said->text[i] + said->len[i], one.text, one.len);
	said->len[i] += one.len;
}

/* `ack` is below 65536. */
static void say_of(struct hw_engine *e, int i, int side, uint32_t seq, uint32_t ack,
		   const char *bytes)
{
	uint8_t room[4096];
	struct hw_frame f = frame(room, side, seq, 24, bytes);

	room[20 + 2 * side] = (uint8_t)((PORT + i) >> 8);
	room[21 + 2 * side] = (uint8_t)(PORT + i);
	room[30] = (uint8_t)(ack >> 8), room[31] = (uint8_t)ack;
	f.time_ns = 1700000000ull * SECOND;
	hw_engine_feed(e, &f, 1);
}

static struct said *talk(int connections, bool has_syn, void (*change)(struct hw_engine_options *))
{
	struct said *said = calloc(1, sizeof(*said));
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	uint32_t seq[2] = { 1001, 1001 };
	struct hw_engine *e;

	assert_non_null(said);
	options.on_event = hear_one_of_many;
	options.ctx = said;
	if (change)
		change(&options);
	assert_int_equal(hw_engine_new(&e, &options), 0);
	for (int i = 0; has_syn && i < connections; i++) {
		uint8_t room[4096];

		for (int side = 0; side < 2; side++) {
			struct hw_frame f = frame(room, side, 1000, side ? 18 : 2, "");

			room[20 + 2 * side] = (uint8_t)((PORT + i) >> 8);
			room[21 + 2 * side] = (uint8_t)(PORT + i);
			room[30] = 1001 >> 8, room[31] = 1001 & 0xff; /* acknowledged */
			f.time_ns = 1700000000ull * SECOND;
			hw_engine_feed(e, &f, 1);
		}
	}
	for (size_t step = 0; step < SCRIPT_NR; step++) {
		const int side = script[step].side;

		for (int i = 0; i < connections; i++)
			say_of(e, i, side, seq[side], seq[!side], script[step].bytes);
		seq[side] += (uint32_t)strlen(script[step].bytes);
	}
	hw_engine_finish(e);
	hw_engine_free(e);
	return said;
}

static void many_conversations_go_on_as_one_does(void **state)
{
	(void)state;
	for (int has_syn = 0; has_syn < 2; has_syn++) {
		struct said *one = talk(1, has_syn, NULL), *all = talk(CONNECTIONS, has_syn, NULL);

		assert_string_equal(one->text[0],
				    "GET/10\n200\nGET/50!\n200\nHEAD/20\n200\nGET/30\nGET/40\n100\n"
				    "204\n200\nCONNECT0\n200\nGET/60\n");
		for (int i = 0; i < CONNECTIONS; i++)
			assert_string_equal(all->text[i], one->text[0]);
		free(one);
		free(all);
	}
}

static void a_megabyte(struct hw_engine_options *o)
{
	o->max_memory = 1 << 20;
}

/* The oldest make room, so that each is heard; that they wait for two answers changes nothing. */
static void memory_is_for_the_newest_conversations(void **state)
{
	struct said *said = calloc(1, sizeof(*said));
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;
	char two[256];

	(void)state;
	assert_non_null(said);
	options.on_event = hear_one_of_many;
	options.ctx = said;
	snprintf(two, sizeof(two), "%s%s", request, request);
	a_megabyte(&options);
	assert_int_equal(hw_engine_new(&e, &options), 0);
	for (int i = 0; i < CONNECTIONS; i++) {
		say_of(e, i, 0, 1001, 1001, two);
		assert_string_equal(said->text[i], "GET/a0\nGET/a0\n");
	}
	assert_true(hw_engine_memory_peak(e) <= options.max_memory);
	assert_true(hw_engine_stats(e)->n[HW_STAT_CONNECTIONS_EVICTED] > 0);
	hw_engine_finish(e);
	hw_stats_add(hw_engine_stats(e), HW_STAT_EVENTS_WRITTEN, 2 * CONNECTIONS);
	assert_null(hw_stats_check(hw_engine_stats(e)));
	hw_engine_free(e);
	free(said);
}

static void strict_leaves_out_what_tracee_would(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, set_strict);

	(void)state;
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, "GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
	assert_string_equal(h.text, "GET/b0\n");
	hw_engine_free(e);
}

static void counters_have_names_and_close(void **state)
{
	struct heard h;
	struct hw_engine *e = make(&h, NULL);
	struct hw_counter counter;
	uint64_t read = 0;

	(void)state;
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, request);
	say(e, 0, 7, 24, "far away");
	hw_engine_finish(e);
	for (size_t i = 0; hw_engine_counter(e, i, &counter); i++)
		if (strcmp(counter.stage, "packets") == 0 && strcmp(counter.name, "read") == 0)
			read = counter.value;
	assert_int_equal(read, 3);
	hw_stats_add(hw_engine_stats(e), HW_STAT_EVENTS_WRITTEN, (uint64_t)h.nr);
	assert_null(hw_stats_check(hw_engine_stats(e)));
	hw_engine_free(e);
}

/* ---- heads that come again ---- */

static const char *const secret_request =
	"GET /a?token=abc123&b=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abcdef\r\n\r\n";
static const char *const plain_response =
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Quoted: \"<\\\xff>\"\r\n\r\nok";

struct written {
	struct hw_encoder *encoder;
	char text[65536];
	size_t len;
};

static void write_line(void *ctx, const struct hw_event *event)
{
	struct written *w = ctx;
	char *line;
	size_t len;

	assert_int_equal(hw_encoder_encode(w->encoder, event, &line, &len), 0);
	assert_true(w->len + len < sizeof(w->text));
	memcpy(w->text + w->len, line, len);
	w->len += len;
}

/* The same exchange five times, told by an engine that has so much memory. */
static struct written *write_all(size_t max_memory, enum hw_format format, uint32_t flags)
{
	struct written *w = calloc(1, sizeof(*w));
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	uint32_t seq[2] = { 1000, 0 }; /* as acknowledged */
	struct hw_engine *e;

	assert_non_null(w);
	options.on_event = write_line;
	options.ctx = w;
	options.max_memory = max_memory;
	options.events = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST |
			 HW_EVENT_NET_PACKET_HTTP_RESPONSE;
	assert_int_equal(hw_encoder_new(&w->encoder, format, flags), 0);
	assert_int_equal(hw_engine_new(&e, &options), 0);
	for (int i = 0; i < 10; i++) {
		uint8_t room[4096];
		const char *text = i % 2 ? plain_response : secret_request;
		struct hw_frame f = frame(room, i % 2, seq[i % 2], 16, text);

		f.time_ns = (uint64_t)(i + 1) * SECOND;
		hw_engine_feed(e, &f, 1);
		seq[i % 2] += (uint32_t)strlen(text);
	}
	hw_engine_free(e);
	hw_encoder_free(w->encoder);
	return w;
}

static size_t count_of(const char *text, const char *part)
{
	size_t nr = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		nr++;
	return nr;
}

/* With 1 MiB none is remembered. */
static void what_comes_again_is_written_alike(void **state)
{
	static const enum hw_format formats[] = { HW_FORMAT_JSON, HW_FORMAT_JSON_V1BETA1 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		const uint32_t flags = i & 1 ? HW_ENCODE_STRICT : 0;
		struct written *want = write_all(1 << 20, formats[i >> 1], flags);
		struct written *got = write_all(64 << 20, formats[i >> 1], flags);

		assert_string_equal(got->text, want->text);
		assert_int_equal(count_of(got->text, "\n"), 20);
		assert_int_equal(count_of(got->text, "Bearer REDACTED"), 10);
		assert_null(strstr(got->text, "abcdef"));
		assert_null(strstr(got->text, "abc123"));
		free(want);
		free(got);
	}
}

static void no_memory(struct hw_engine_options *o)
{
	o->max_memory = 0;
}

static void no_head(struct hw_engine_options *o)
{
	o->max_head = 0;
}

static void bad_prefix(struct hw_engine_options *o)
{
	static const char *const local[] = { "10.0.0.0/8", "10.0.0.0/33" };

	o->local = local;
	o->local_nr = 2;
}

static void no_callback(struct hw_engine_options *o)
{
	o->on_event = NULL;
}

static const uint16_t two_ports[] = { 5353, 5355 }, no_port[] = { 53, 0 };
static const uint16_t many_ports[HW_DNS_PORTS_MAX + 1] = { 1, 1, 1, 1, 1, 1, 1, 1, 1,
							   1, 1, 1, 1, 1, 1, 1, 1 };

static void listen_to_two_ports(struct hw_engine_options *o)
{
	o->dns_ports = two_ports;
	o->dns_ports_nr = 2;
}

/* As a caller who was built when there was no such option. */
static void know_of_no_ports(struct hw_engine_options *o)
{
	o->size = offsetof(struct hw_engine_options, dns_ports);
	o->dns_ports_nr = 77;
}

static void bad_port(struct hw_engine_options *o)
{
	o->dns_ports = no_port;
	o->dns_ports_nr = 2;
}

static void too_many_ports(struct hw_engine_options *o)
{
	o->dns_ports = many_ports;
	o->dns_ports_nr = HW_DNS_PORTS_MAX + 1;
}

static void count_dns(void *ctx, const struct hw_event *event)
{
	int *nr = ctx;

	assert_string_equal(hw_event_name(event), "net_packet_dns");
	++*nr;
}

/* How many events a query from port `from` to port `to` makes. */
static int ask(void (*change)(struct hw_engine_options *), uint16_t from, uint16_t to)
{
	static const char question[] = "\0\1\1\0\0\1\0\0\0\0\0\0\0\0\1\0\1"; /* A of . */
	static struct frame packet;
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;
	struct hw_frame f;
	int nr = 0;

	frame_payload(&packet, hw_slice(question, sizeof(question) - 1));
	frame_udp(&packet, from, to);
	frame_ipv4(&packet, 17);
	f = frame_captured(&packet, RAW);
	options.events = HW_EVENT_NET_PACKET_DNS;
	options.on_event = count_dns;
	options.ctx = &nr;
	if (change)
		change(&options);
	assert_int_equal(hw_engine_new(&e, &options), 0);
	hw_engine_feed(e, &f, 1);
	hw_engine_free(e);
	return nr;
}

static void dns_is_looked_for_on_its_ports(void **state)
{
	(void)state;
	assert_int_equal(ask(NULL, 40000, 53), 1);
	assert_int_equal(ask(NULL, 53, 40000), 1);
	assert_int_equal(ask(NULL, 5353, 5353), 0);
	assert_int_equal(ask(know_of_no_ports, 40000, 53), 1);
	assert_int_equal(ask(listen_to_two_ports, 5353, 5353), 1);
	assert_int_equal(ask(listen_to_two_ports, 40000, 5355), 1);
	assert_int_equal(ask(listen_to_two_ports, 5355, 40000), 1);
	assert_int_equal(ask(listen_to_two_ports, 40000, 53), 0);
	assert_int_equal(ask(listen_to_two_ports, 0, 5354), 0);
}

static void hear_nothing(void *ctx, const struct hw_event *event)
{
	(void)ctx;
	(void)event;
}

static void leave_out_nothing(void *ctx, const struct hw_ahead *ahead)
{
	(void)ctx;
	(void)ahead;
}

/* Three pieces of a head, the second last, where a source may leave out what nobody asks for. */
static struct hw_stats stats_of_disorder(uint32_t events)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_stats stats;
	struct hw_engine *e;

	options.events = events;
	options.on_event = hear_nothing;
	options.on_ahead = leave_out_nothing;
	assert_int_equal(hw_engine_new(&e, &options), 0);
	say(e, 0, 100, 2, "");
	say(e, 0, 101, 24, "GET /a HTTP/1.1\r\nHost: ");
	say(e, 0, 128, 24, "\r\nX: y\r\n");
	say(e, 0, 124, 24, "here");
	hw_engine_finish(e);
	stats = *hw_engine_stats(e);
	hw_engine_free(e);
	return stats;
}

/* Of what is captured nothing is left out because nobody reads it; of flows alone all is. */
static void disorder_is_no_conflict(void **state)
{
	const struct hw_stats packets = stats_of_disorder(HW_EVENT_NET_PACKET_TCP);
	const struct hw_stats flows = stats_of_disorder(HW_EVENT_NET_FLOW_TCP_END);

	(void)state;
	assert_int_equal(packets.n[HW_STAT_TCP_CONFLICTS], 0);
	assert_int_equal(packets.n[HW_STAT_TCP_DUPLICATE], 0);
	assert_int_equal(packets.n[HW_STAT_TCP_LEFT_OUT], 0);
	assert_int_equal(flows.n[HW_STAT_TCP_CONFLICTS], 0);
	assert_int_equal(flows.n[HW_STAT_TCP_LEFT_OUT], 4);
}

static void new_event(struct hw_engine_options *o)
{
	o->events |= 1u << 31;
}

static void new_checksums(struct hw_engine_options *o)
{
	o->checksums = HW_CHECKSUMS_ON + 1;
}

static void new_secrets(struct hw_engine_options *o)
{
	o->secrets = HW_SECRETS_SHOWN + 1;
}

static void bad_route(struct hw_engine_options *o)
{
	static const char *const routes[] = { "/api/{id}", "api" };

	o->routes = routes;
	o->routes_nr = 2;
}

static void refuses_options_that_cannot_be(void **state)
{
	void (*const changes[])(struct hw_engine_options *) = {
		no_memory,	no_head,   bad_prefix,	  no_callback, bad_port,
		too_many_ports, new_event, new_checksums, new_secrets, bad_route,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
		struct hw_engine *e = NULL;

		options.on_event = hear;
		changes[i](&options);
		assert_int_equal(hw_engine_new(&e, &options), -EINVAL);
		assert_null(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_comes_with_the_frame_that_completes_it),
		cmocka_unit_test(a_batch_of_any_size_gives_the_same),
		cmocka_unit_test(sockets_are_told_apart),
		cmocka_unit_test(the_kernel_ends_what_no_frame_ends),
		cmocka_unit_test(the_end_of_another_socket_ends_nothing),
		cmocka_unit_test(a_syn_is_not_of_the_socket_that_it_meets),
		cmocka_unit_test(a_silent_socket_is_open),
		cmocka_unit_test(what_the_socket_had_is_missing),
		cmocka_unit_test(the_same_addresses_in_two_namespaces_are_two_connections),
		cmocka_unit_test(a_handshake_of_hours_is_one_of_an_hour),
		cmocka_unit_test(a_connection_keeps_its_id),
		cmocka_unit_test(lost_requests_are_not_waited_for),
		cmocka_unit_test(time_alone_ends_what_is_idle),
		cmocka_unit_test(time_alone_gives_up_fragments),
		cmocka_unit_test(may_be_freed_at_any_time),
		cmocka_unit_test(many_conversations_go_on_as_one_does),
		cmocka_unit_test(memory_is_for_the_newest_conversations),
		cmocka_unit_test(strict_leaves_out_what_tracee_would),
		cmocka_unit_test(counters_have_names_and_close),
		cmocka_unit_test(dns_is_looked_for_on_its_ports),
		cmocka_unit_test(what_comes_again_is_written_alike),
		cmocka_unit_test(disorder_is_no_conflict),
		cmocka_unit_test(refuses_options_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
