/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_no_fields.c - exchanges without the fields of their heads and without routes say all else */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "event/encoder.h"
#include "query/field.h"

enum { RAW = 101 /* LINKTYPE_RAW */, MS = 1000000, FIELDS_MAX = 256, TEXT_MAX = 8192 };

/* What was said: of each filter's field all values in all events, and the lines of text. */
struct heard {
	struct hw_encoder *encoder;
	char values[FIELDS_MAX][TEXT_MAX];
	struct hw_buf lines;
	size_t events, fields;
};

static void add(char to[TEXT_MAX], const struct hw_query_field *f, const struct hw_query_value *v)
{
	const size_t len = strlen(to);

	if (f->type == HW_QUERY_TEXT)
		snprintf(to + len, TEXT_MAX - len, "%.*s;", (int)v->text.len, v->text.ptr);
	else if (f->type == HW_QUERY_ADDRESS)
		snprintf(to + len, TEXT_MAX - len, "%d;", v->addr.b[15]);
	else
		snprintf(to + len, TEXT_MAX - len, "%lld;", (long long)v->number);
	assert_true(strlen(to) < TEXT_MAX - 1);
}

static void hear(void *ctx, const struct hw_event *event)
{
	struct heard *h = ctx;
	const struct hw_query_field *f;

	for (size_t i = 0; (f = hw_query_field_at(i)); i++) {
		struct hw_query_cursor c = { .name = HW_SLICE("Accept") };
		struct hw_query_value v = { .number = 0 };

		assert_true(i < FIELDS_MAX);
		while (f->next(f, event, &c, &v))
			add(h->values[i], f, &v);
		snprintf(h->values[i] + strlen(h->values[i]), 2, "\n");
	}
	if (event->exchange)
		h->fields += event->exchange->request.message->fields_nr +
			     event->exchange->response.message->fields_nr;
	assert_int_equal(hw_encoder_append(h->encoder, event, &h->lines), 0);
	h->events++;
}

/* ---- a connection ---- */

static const struct {
	int side;
	const char *bytes;
} dialogue[] = {
	{ 0, "POST http://bob:pa55@a.example:81/x%20y?api_key=s3cret&b=1 HTTP/1.1\r\n"
	     "Host: bob:pa55@a.example:81\r\n"
	     "User-Agent: curl/7.88.1\r\nAccept: */*\r\nAccept-Language: de\r\n"
	     "Accept-Encoding: gzip\r\nAuthorization: Bearer t0ken\r\n"
	     "Proxy-Authorization: Basic eA==\r\nReferer: http://r.example/\r\n"
	     "Cookie: sid=c00kie; b=2\r\nX-Request-Id: r-17\r\nX-Forwarded-For: 192.0.2.77\r\n"
	     "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
	     "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhel" },
	{ 0, "lo" },
	{ 1, "HTTP/1.1 100 Continue\r\n\r\n" },
	{ 1, "HTTP/1.1 401 Who are you\r\nServer: nginx\r\nWWW-Authenticate: Basic\r\n"
	     "Set-Cookie: sid=n3w\r\nCache-Control: no-store\r\nLocation: /elsewhere\r\n"
	     "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
	     "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "3\r\nno!\r\n0\r\n\r\n" },
	{ 0, "GET /plain HTTP/1.1\r\nHost: eve:h0st@a.example\r\nConnection: close\r\n\r\n" },
	{ 1, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n"
	     "Content-Length: 3\r\n\r\nabc" },
	{ 0, "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n"
	     "Connection: upgrade\r\n\r\n" },
	{ 1, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	     "Connection: upgrade\r\nSet-Cookie: sid=h1dden\r\n\r\n" },
	{ 0, "frame" },
};

static void send_bytes(struct hw_engine *e, int side, uint32_t seq[2], uint8_t flags,
		       const char *bytes)
{
	static const uint8_t ports[2] = { 100, 80 };
	uint8_t room[2048] = { 0x45, [8] = 64, 6, [12] = 10, [15] = 1, 10, [19] = 2 };
	const size_t len = strlen(bytes), total = 40 + len;
	struct hw_frame f = { .time_ns = 1700000000000000000 + (seq[0] + seq[1]) * MS,
			      .data = room,
			      .len = (uint32_t)total,
			      .wire_len = (uint32_t)total,
			      .linktype = RAW,
			      .checksums_unset = true };

	room[2] = (uint8_t)(total >> 8), room[3] = (uint8_t)total;
	room[15] = (uint8_t)(1 + side), room[19] = (uint8_t)(2 - side);
	room[21] = ports[side], room[23] = ports[!side];
	for (int i = 0; i < 4; i++) {
		room[24 + i] = (uint8_t)(seq[side] >> 8 * (3 - i));
		room[28 + i] = (uint8_t)(seq[!side] >> 8 * (3 - i));
	}
	room[32] = 0x50, room[33] = flags, room[34] = 0xff;
	memcpy(room + 40, bytes, len);
	hw_engine_feed(e, &f, 1);
	seq[side] += (uint32_t)len + (flags & 3 ? 1 : 0);
}

/* The dialogue twice: in the pieces above, and byte by byte. */
static void talk(struct hw_engine *e)
{
	uint32_t seq[2] = { 1000, 5000 };

	send_bytes(e, 0, seq, 0x02, "");
	send_bytes(e, 1, seq, 0x12, "");
	for (size_t i = 0; i < sizeof(dialogue) / sizeof(dialogue[0]); i++)
		send_bytes(e, dialogue[i].side, seq, 0x18, dialogue[i].bytes);
	send_bytes(e, 0, seq, 0x04, "");
	seq[0] += 100000, seq[1] += 200000;
	send_bytes(e, 0, seq, 0x02, "");
	send_bytes(e, 1, seq, 0x12, "");
	for (size_t i = 0; i < sizeof(dialogue) / sizeof(dialogue[0]); i++)
		for (const char *at = dialogue[i].bytes; *at; at++)
			send_bytes(e, dialogue[i].side, seq, 0x18, (char[]){ *at, 0 });
	send_bytes(e, 0, seq, 0x04, "");
}

static struct heard *listen_to(bool is_short)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct heard *h = calloc(1, sizeof(*h));
	struct hw_engine *e;

	assert_non_null(h);
	hw_buf_init(&h->lines, SIZE_MAX, NULL);
	assert_int_equal(hw_encoder_new(&h->encoder, HW_FORMAT_TEXT, 0), 0);
	options.events = HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL;
	options.on_event = hear;
	options.ctx = h;
	options.no_fields = options.no_routes = is_short;
	options.body_max = 1024;
	assert_int_equal(hw_engine_new(&e, &options), 0);
	talk(e);
	hw_engine_finish(e);
	hw_engine_free(e);
	return h;
}

static void forget(struct heard *h)
{
	hw_encoder_free(h->encoder);
	hw_buf_clear(&h->lines);
	free(h);
}

static bool has(const struct heard *h, const char *text)
{
	return memmem(h->lines.ptr, h->lines.len, text, strlen(text));
}

/* ---- ---- */

static void all_else_is_the_same(void **state)
{
	struct heard *with = listen_to(false), *without = listen_to(true);
	const struct hw_query_field *f;
	size_t differing = 0;

	(void)state;
	assert_int_equal(with->events, 8);
	assert_int_equal(without->events, with->events);
	for (size_t i = 0; (f = hw_query_field_at(i)); i++) {
		const bool same = strcmp(with->values[i], without->values[i]) == 0;

		if (!f->of_fields && !f->is_route && !same)
			fail_msg("%s:\n%s\n%s", f->name, with->values[i], without->values[i]);
		assert_true(!f->is_route || !same);
		differing += !same;
	}
	assert_true(differing > 20);
	assert_int_equal(with->lines.len, without->lines.len);
	assert_memory_equal(with->lines.ptr, without->lines.ptr, with->lines.len);
	forget(with);
	forget(without);
}

static void what_is_left_has_no_secrets(void **state)
{
	struct heard *h = listen_to(true);

	(void)state;
	assert_true(has(h, "api_key=REDACTED&b=1"));
	assert_false(has(h, "s3cret"));
	assert_false(has(h, "pa55"));
	assert_false(has(h, "h0st"));
	for (size_t i = 0; hw_query_field_at(i); i++)
		for (const char *const *secret =
			     (const char *[]){ "t0ken", "c00kie", "h1dden", "n3w", "s3cret", "pa55",
					       "h0st", NULL };
		     *secret; secret++)
			assert_null(strstr(h->values[i], *secret));
	assert_int_equal(h->fields, 2 * 3); /* of what began the tunnels */
	forget(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_else_is_the_same),
		cmocka_unit_test(what_is_left_has_no_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
