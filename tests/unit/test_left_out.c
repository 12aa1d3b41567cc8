/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_left_out.c - what a source leaves out makes no difference, and what it may ask */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "engine/engine.h"
#include "event/event.h"
#include "unit/frame.h"

enum { RAW = 101 /* LINKTYPE_RAW */, STREAM_MAX = 400000, LINES_MAX = 4000, PIECE_MAX = 9000 };

static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char after[] = "0\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";

/* Two responses, the first of chunks, and what a source knows of it. */
struct stream {
	uint8_t bytes[STREAM_MAX];
	size_t len;
	struct {
		size_t at, len; /* of a line with the size of a chunk */
	} lines[LINES_MAX];
	size_t lines_nr; /* the last chunk's, too */
	uint32_t seq;	 /* of its first byte */
};

/* What was said, and what was told of what comes. */
struct heard {
	char text[2000];
	size_t len;
	struct hw_ahead ahead;
};

static uint32_t draw(uint32_t below)
{
	return (uint32_t)random() % below;
}

static void add(struct stream *s, const void *bytes, size_t len)
{
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}

static void add_chunk(struct stream *s, size_t size)
{
	char line[16];
	const int len = snprintf(line, sizeof(line), "%zx\r\n", size);

	s->lines[s->lines_nr].at = s->len;
	s->lines[s->lines_nr++].len = (size_t)len;
	add(s, line, (size_t)len);
	memset(s->bytes + s->len, 'a', size);
	s->len += size;
	add(s, "\r\n", 2);
}

static void make_stream(struct stream *s, uint32_t size_max)
{
	s->len = s->lines_nr = 0;
	s->seq = draw(3) ? (uint32_t)random() : (uint32_t)-draw(STREAM_MAX); /* it may wrap */
	add(s, head, sizeof(head) - 1);
	while (s->len + size_max < STREAM_MAX - 1000 && s->lines_nr < LINES_MAX - 1)
		add_chunk(s, 1 + draw(size_max));
	s->lines[s->lines_nr].at = s->len;
	s->lines[s->lines_nr++].len = 3;
	add(s, after, sizeof(after) - 1);
}

static void hear(void *ctx, const struct hw_event *event)
{
	struct heard *h = ctx;
	const char *end, *incomplete;
	size_t end_len, incomplete_len;
	int64_t status, size;

	assert_true(hw_event_number(event, "response.status_code", &status));
	assert_true(hw_event_number(event, "response.body_size", &size));
	assert_true(hw_event_text(event, "end", &end, &end_len));
	if (!hw_event_text(event, "response.incomplete", &incomplete, &incomplete_len))
		incomplete_len = 0;
	h->len += (size_t)snprintf(h->text + h->len, sizeof(h->text) - h->len, "%d %ld %.*s %.*s\n",
				   (int)status, (long)size, (int)end_len, end, (int)incomplete_len,
				   incomplete);
}

static void be_told(void *ctx, const struct hw_ahead *ahead)
{
	struct heard *h = ctx;

	if (ahead->direction == HW_DIRECTION_INGRESS)
		h->ahead = *ahead;
}

/* What a source says with a frame. */
struct said {
	const struct hw_left_out *left_out, *left_out_back;
	const uint32_t *ends_at;
	bool asks_chunks, is_reset, is_last, is_syn, follows_non_http;
	uint32_t received; /* of a RST */
	uint32_t ack;
	uint32_t cut; /* bytes behind those that are there */
};

/* Of the client's socket, 10.0.0.1:1000: what it sends (`side` 0), or what comes. */
static void say_more(struct hw_engine *e, int side, uint32_t seq, struct hw_slice bytes,
		     const struct said *said)
{
	struct hw_socket socket = {
		.cookie = 7,
		.local = { [10] = 255, 255, 10, 0, 0, 1 },
		.remote = { [10] = 255, 255, 10, 0, 0, 2 },
		.local_port = 1000,
		.remote_port = 80,
		.has_places = said->is_reset,
		.received = said->received,
		.sent = seq,
	};
	static uint64_t now_ns = 1700000000000000000;
	static uint8_t room[40 + PIECE_MAX];
	const size_t total = 40 + bytes.len + said->cut;
	const uint8_t flags = said->is_syn     ? (side ? 0x12 : 2)
			      : said->is_reset ? 0x14
			      : said->is_last  ? 0x19
					       : 0x18;
	const struct hw_frame frame = {
		.time_ns = now_ns += 1000,
		.data = room,
		.len = (uint32_t)(40 + bytes.len),
		.wire_len = (uint32_t)total,
		.linktype = RAW,
		.direction = side ? HW_DIRECTION_INGRESS : HW_DIRECTION_EGRESS,
		.checksums_unset = true,
		.socket = &socket,
		.is_part = said->cut > 0,
		.follows_non_http = said->follows_non_http,
		.left_out = said->left_out,
		.left_out_back = said->left_out_back,
		.ends_at = said->ends_at,
		.asks_chunks = said->asks_chunks,
	};

	frame_head(room, side, seq, flags, total);
	hw_put_u32be(room + 28, said->ack);
	memcpy(room + 40, bytes.ptr, bytes.len);
	hw_engine_feed(e, &frame, 1);
}

static void say(struct hw_engine *e, int side, uint32_t seq, struct hw_slice bytes,
		const struct hw_left_out *left_out)
{
	say_more(e, side, seq, bytes, &(const struct said){ .left_out = left_out });
}

static void say_reset(struct hw_engine *e, uint32_t seq, uint32_t received,
		      const struct hw_left_out *back)
{
	say_more(e, 0, seq, HW_SLICE(""),
		 &(const struct said){
			 .is_reset = true, .received = received, .left_out_back = back });
}

static struct hw_engine *tell_exchanges(struct heard *h)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;

	options.on_event = hear;
	options.on_ahead = be_told;
	options.ctx = h;
	options.events = HW_EVENT_NET_HTTP_EXCHANGE;
	assert_int_equal(hw_engine_new(&e, &options), 0);
	return e;
}

static void finish(struct hw_engine *e)
{
	struct hw_stats *stats;

	hw_engine_finish(e);
	stats = hw_engine_stats(e);
	stats->n[HW_STAT_EVENTS_WRITTEN] = stats->n[HW_STAT_EVENTS_MADE];
	assert_null(hw_stats_check(stats));
	hw_engine_free(e);
}

/* The first line that does not begin before `at`. */
static size_t line_from(const struct stream *s, size_t at)
{
	size_t i = 0;

	while (i < s->lines_nr && s->lines[i].at < at)
		i++;
	return i;
}

static bool is_in_line(const struct stream *s, size_t at)
{
	const size_t i = line_from(s, at);

	return i > 0 && at < s->lines[i - 1].at + s->lines[i - 1].len;
}

/* What a source has left out since `from`, up to `until`. */
static struct hw_left_out left_out(const struct stream *s, size_t from, size_t until)
{
	size_t i = line_from(s, from);
	struct hw_left_out ret = { .from = s->seq + (uint32_t)s->lines[i].at,
				   .until = s->seq + (uint32_t)until };

	for (; s->lines[i].at < until; i++)
		ret.framing += (uint32_t)s->lines[i].len + 2;
	ret.next = s->seq + (uint32_t)s->lines[i].at;
	return ret;
}

static bool may_begin(const struct stream *s, const struct heard *h, size_t at, bool reads)
{
	return (reads ||
		(h->ahead.is_chunked && h->ahead.body == s->seq + (uint32_t)s->lines[0].at)) &&
	       at <= s->lines[s->lines_nr - 1].at && !is_in_line(s, at);
}

static bool may_leave(const struct stream *s, size_t end)
{
	return end <= s->lines[s->lines_nr - 1].at && !is_in_line(s, end);
}

/* The head, and behind it whole chunks that were left out. Returns where that ends. */
static size_t say_head(struct hw_engine *e, const struct stream *s)
{
	const size_t len = s->lines[0].at;
	size_t end = len + draw(PIECE_MAX - 1000);
	struct hw_left_out left;

	while (is_in_line(s, end))
		end--;
	left = left_out(s, len, end);
	say_more(e, 1, s->seq, hw_slice(s->bytes, len),
		 &(const struct said){ .left_out = &left, .cut = (uint32_t)(end - len) });
	return end;
}

/*
 * Returns how many bytes were left out. With `chance` 0 none are. `reads`: the source knows by
 * itself where the first chunk begins.
 */
static size_t play(const struct stream *s, struct heard *h, uint32_t piece_max, uint32_t chance,
		   bool reads)
{
	size_t at, len, begun = 0, all = 0;
	bool leaves = false;
	struct hw_engine *e;

	*h = (struct heard){ 0 };
	e = tell_exchanges(h);
	say(e, 0, 1,
	    HW_SLICE("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n"), NULL);
	for (at = reads ? say_head(e, s) : 0; at < s->len; at += len) {
		struct hw_left_out left;

		len = 1 + draw(piece_max);
		len = len < s->len - at ? len : s->len - at;
		if (!leaves && chance && draw(4) == 0 && may_begin(s, h, at, reads)) {
			leaves = true;
			begun = at;
		}
		if (leaves && draw(chance) && may_leave(s, at + len)) {
			all += len;
			continue;
		}
		left = leaves ? left_out(s, begun, at) : (struct hw_left_out){ 0 };
		say(e, 1, s->seq + (uint32_t)at, hw_slice(s->bytes + at, len),
		    leaves && at > begun ? &left : NULL);
		leaves = false;
	}
	finish(e);
	return all;
}

static void what_is_left_out_makes_no_difference(void **state)
{
	static struct stream s;
	size_t all = 0;

	(void)state;
	srandom(1);
	for (int i = 0; i < 300; i++) {
		struct heard whole, parts;

		make_stream(&s, 1u << (1 + draw(15)));
		play(&s, &whole, PIECE_MAX, 0, false);
		all += play(&s, &parts, draw(2) ? PIECE_MAX : 300, 2 + draw(50), i % 2);
		assert_string_equal(parts.text, whole.text);
		assert_null(strstr(whole.text, "gap"));
	}
	assert_true(all > 300 * STREAM_MAX / 10);
}

/* A source is not an enemy, but its word is checked against what the body says. */
static void what_cannot_be_is_a_hole(void **state)
{
	static struct stream s;
	struct heard h = { 0 };
	size_t at = 100000;
	struct hw_engine *e;

	(void)state;
	make_stream(&s, 4096);
	for (int i = 0; i < 50; i++) {
		const size_t begun = at / PIECE_MAX * PIECE_MAX, until = begun + 50000;
		struct hw_left_out left = left_out(&s, begun, until);
		uint32_t *words[] = { &left.from, &left.next, &left.until, &left.framing };

		h.len = 0;
		e = tell_exchanges(&h);
		say(e, 0, 1, HW_SLICE("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), NULL);
		for (size_t k = 0; k < begun; k += PIECE_MAX)
			say(e, 1, s.seq + (uint32_t)k, hw_slice(s.bytes + k, PIECE_MAX), NULL);
		*words[draw(4)] += draw(2) ? draw(5) - 2 : (uint32_t)random();
		say(e, 1, s.seq + (uint32_t)until, hw_slice(s.bytes + until, PIECE_MAX), &left);
		finish(e);
	}
}

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

/* Behind another exchange: what comes of a response, and where it seems to end. */
static const struct {
	const char *name;
	struct hw_slice request, response;
	uint32_t to_end; /* from where `response` ends */
	bool is_so;
	bool asks_chunks;
} questions[] = {
	{ "a body that comes", HW_SLICE(GET), HW_SLICE(OK "Content-Length: 5000\r\n\r\nhello"),
	  4995, true },
	{ "one that is there", HW_SLICE(GET), HW_SLICE(OK "Content-Length: 5\r\n\r\nhello"), 0,
	  true },
	{ "the first of two", HW_SLICE(GET GET), HW_SLICE(OK "Content-Length: 5000\r\n\r\nhello"),
	  4995, false },
	{ "a longer one", HW_SLICE(GET), HW_SLICE(OK "Content-Length: 5000\r\n\r\nhello"), 4994,
	  false },
	{ "none behind HEAD", HW_SLICE("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"),
	  HW_SLICE(OK "Content-Length: 5000\r\n\r\n"), 5000, false },
	{ "chunks", HW_SLICE(GET), HW_SLICE(OK CHUNKED "1000\r\nhello"), 4091, false },
	{ "chunks that begin", HW_SLICE(GET), HW_SLICE(OK CHUNKED "1000\r\nhello"), -11u, true,
	  true },
	{ "chunks that come", HW_SLICE(GET), HW_SLICE(OK CHUNKED), 0, true, true },
	{ "chunks elsewhere", HW_SLICE(GET), HW_SLICE(OK CHUNKED "1000\r\nhello"), -10u, false,
	  true },
	{ "chunks that are over", HW_SLICE(GET), HW_SLICE(OK CHUNKED "0\r\n\r\n"), -5u, false,
	  true },
	{ "chunks of the first of two", HW_SLICE(GET GET), HW_SLICE(OK CHUNKED), 0, false, true },
	{ "chunks behind HEAD", HW_SLICE("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"),
	  HW_SLICE(OK CHUNKED), 0, false, true },
	{ "a length for chunks", HW_SLICE(GET), HW_SLICE(OK "Content-Length: 5\r\n\r\n"), 0, false,
	  true },
	{ "chunks for a length", HW_SLICE(GET), HW_SLICE(OK CHUNKED), 0, false },
	{ "until close", HW_SLICE(GET), HW_SLICE(OK "\r\nhello"), 5000, false },
	{ "a head that is not whole", HW_SLICE(GET), HW_SLICE(OK "Content-Length: 0\r\n"), 0,
	  false },
	{ "no HTTP", HW_SLICE(GET), HW_SLICE("hello"), 0, false },
};

static void where_a_message_ends_is_confirmed(void **state)
{
	static const struct hw_slice before = HW_SLICE(OK "Content-Length: 0\r\n\r\n");

	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct hw_slice request = questions[i].request,
				      response = questions[i].response;
		const uint32_t begin = 1u << 30, at = begin + (uint32_t)before.len;
		const uint32_t ends_at = at + (uint32_t)response.len + questions[i].to_end;
		struct heard h = { 0 };
		struct hw_engine *e;

		e = tell_exchanges(&h);
		say(e, 0, 1, HW_SLICE(GET), NULL);
		say(e, 1, begin, before, NULL);
		say(e, 0, sizeof(GET), request, NULL);
		say_more(e, 1, at, response,
			 &(const struct said){ .ends_at = &ends_at,
					       .asks_chunks = questions[i].asks_chunks });
		if ((h.ahead.is_end && h.ahead.until == ends_at) != questions[i].is_so)
			fail_msg("%s", questions[i].name);
		if (questions[i].is_so)
			assert_int_equal(h.ahead.from, questions[i].asks_chunks
							       ? ends_at
							       : at + (uint32_t)response.len);
		finish(e);
	}
}

/* A RST that the client sends ends what came to it, too, of which no frame comes any more. */
static void what_was_left_out_before_a_rst_is_counted(void **state)
{
	const struct hw_slice before = HW_SLICE(OK "Content-Length: 0\r\n\r\n");
	const struct hw_slice bytes = HW_SLICE(OK CHUNKED "2710\r\nhello");
	const uint32_t begin = 1u << 30, end = begin + (uint32_t)bytes.len;
	const uint32_t line = end - 5 + 10000 + 2; /* behind the first chunk */
	const struct hw_left_out left = {
		.from = line, .until = line + 5000, .next = line + 6 + 20000 + 2, .framing = 8
	};
	struct heard h = { 0 };
	struct hw_engine *e;

	(void)state;
	e = tell_exchanges(&h);
	say(e, 0, 1, HW_SLICE(GET), NULL);
	say(e, 1, begin - (uint32_t)before.len, before, NULL);
	h.len = 0;
	say(e, 0, sizeof(GET), HW_SLICE(GET), NULL);
	say(e, 1, begin, bytes, NULL);
	say_reset(e, 2 * sizeof(GET) - 1, line + 3000, &left); /* it has not taken all yet */
	finish(e);
	assert_non_null(strstr(h.text, "200 14994 aborted_by_client reset\n"));
}

/* Its acknowledgements have the numbers of what was left out, too. */
static void check_greetings(bool is_told, const char *want)
{
	const struct hw_slice answer = HW_SLICE(OK "Content-Length: 2\r\n\r\nok");
	const struct said opens = { .is_syn = true };
	const struct hw_slice none = HW_SLICE("");
	struct heard h = { 0 };
	struct hw_engine *e = tell_exchanges(&h);

	say_more(e, 0, UINT32_MAX, none, &opens);
	say_more(e, 1, UINT32_MAX, none, &opens);
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t asked = 13 + i * (uint32_t)strlen(GET);
		const uint32_t answered = 12 + i * (uint32_t)answer.len;

		say_more(e, 0, asked, HW_SLICE(GET),
			 &(const struct said){ .follows_non_http = is_told, .ack = answered });
		say_more(e, 1, answered, answer,
			 &(const struct said){ .follows_non_http = is_told,
					       .ack = asked + (uint32_t)strlen(GET) });
	}
	hw_engine_finish(e);
	assert_int_equal(hw_engine_stats(e)->n[HW_STAT_TCP_GAPS], is_told ? 0 : 2);
	assert_string_equal(h.text, want);
	finish(e);
}

/* Those of a proxy, which are no HTTP, are what stands before it: no byte of a message is missing. */
static void what_stands_before_the_first_message_may_be_left_out(void **state)
{
	(void)state;
	check_greetings(true, "200 2 complete \n200 2 complete \n");
	check_greetings(false, "0 0 unpaired \n200 2 unpaired \n200 2 complete \n");
}

/* What is left out passes unheard: for all that is known it passes all the time. */
static void check_long(bool closes_half)
{
	static const char piece[PIECE_MAX];
	const struct hw_slice head_of = HW_SLICE(OK "Content-Length: 1000000\r\n\r\n");
	const uint32_t begin = 1u << 30, body = begin + (uint32_t)head_of.len;
	struct heard h = { 0 };
	struct hw_engine *e = tell_exchanges(&h);

	say_more(e, 0, 1, HW_SLICE(GET), &(const struct said){ .is_last = closes_half });
	say(e, 1, begin, head_of, NULL);
	for (uint32_t at = 0; at < 100000; at += PIECE_MAX)
		say(e, 1, body + at, hw_slice(piece, PIECE_MAX), NULL);
	for (uint64_t s = 0; s < 1000; s += 10)
		hw_engine_advance(e, (1700000000 + s) * 1000000000);
	assert_null(strstr(h.text, "timeout"));
	say(e, 1, body + 1000000 - 7, HW_SLICE("the end"), NULL);
	finish(e);
	assert_non_null(strstr(h.text, "200 1000000 "));
}

static void what_is_left_out_for_long_is_not_idle(void **state)
{
	(void)state;
	check_long(false);
	check_long(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_makes_no_difference),
		cmocka_unit_test(what_cannot_be_is_a_hole),
		cmocka_unit_test(where_a_message_ends_is_confirmed),
		cmocka_unit_test(what_was_left_out_before_a_rst_is_counted),
		cmocka_unit_test(what_stands_before_the_first_message_may_be_left_out),
		cmocka_unit_test(what_is_left_out_for_long_is_not_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
