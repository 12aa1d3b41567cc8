/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_share.c - engines that share a capture tell what one alone tells
 *
 * Captures of random dialogues: pieces that are lost, late and twice, wrong checksums,
 * fragments, tags and tunnels, times that stand still, jump and go back.
 */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "engine/engine.h"
#include "engine/share.h"
#include "random.h"
#include "unit/frame.h"

enum {
	FRAMES = 6000,
	CONNECTIONS_FEW = 40,
	CONNECTIONS_MANY = 1500, /* so many that they are fetched ahead */
	ENGINES_MAX = 5,
	LINES_MAX = 20000,
	ETHERNET = 1,
};

struct capture {
	struct hw_frame frames[FRAMES + 8];
	size_t nr;
	uint64_t now_ns, random;
	uint32_t connections;
	struct dialogue {
		uint32_t next[2];
		bool begun;
	} dialogues[CONNECTIONS_MANY];
};

static uint32_t pick(struct capture *c, uint32_t below)
{
	return (uint32_t)(random_next(&c->random) >> 33) % below;
}

static void pass_time(struct capture *c)
{
	static const int64_t steps_ms[] = { 150, 1100, 12000, 31000, 400000, -2000, -40000 };

	if (pick(c, 4))
		c->now_ns += pick(c, 2000) * 1000;
	if (pick(c, 60) == 0)
		c->now_ns += (uint64_t)(steps_ms[pick(c, 7)] * 1000000);
}

static void add(struct capture *c, struct frame *f)
{
	struct hw_frame *to = &c->frames[c->nr];
	uint8_t *bytes = malloc(frame_len(f));

	memcpy(bytes, frame_bytes(f), frame_len(f));
	pass_time(c);
	*to = frame_captured(f, ETHERNET);
	to->data = bytes;
	to->time_ns = c->now_ns;
	to->number = ++c->nr;
}

static void tag(struct frame *f)
{
	uint8_t *type = frame_bytes(f) + 12;
	const uint16_t inner = (uint16_t)(type[0] << 8 | type[1]);
	uint8_t addrs[12];

	memcpy(addrs, frame_bytes(f), sizeof(addrs));
	f->start += 14;
	frame_put_u16(FRAME_PUSH(f, "\0\7\0\0") + 2, inner);
	frame_ethernet(f, 0x8100);
	memcpy(frame_bytes(f), addrs, sizeof(addrs));
}

/* In VXLAN, whose own checksum is right, not there, or wrong: then there is nothing in it. */
static void wrap(struct capture *c, struct frame *f)
{
	uint8_t *udp;

	FRAME_PUSH(f, "\x08\0\0\0\0\0\7\0");
	frame_udp(f, 5555, 4789);
	udp = frame_ipv4(f, 17) + 20;
	if (pick(c, 4) == 0)
		frame_put_u16(udp + 6, 0);
	else if (pick(c, 4) == 0)
		udp[7] ^= 1;
	frame_ethernet(f, 0x0800);
}

static void resign(uint8_t *ip)
{
	frame_put_u16(ip + 10, 0);
	frame_put_u16(ip + 10, ~frame_sum(0, ip, 20) & 0xffff);
}

static const char *const texts[2][4] = {
	{ "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
	  "GET /c HTTP/1.1\r\nX: ", "y\r\n\r\n" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 204 No Content\r\n\r\n",
	  "HTTP/1.1 404 Not ", "Found\r\nContent-Length: 0\r\n\r\n" },
};

static void address(struct frame *f, int i, int side)
{
	uint8_t *ip = frame_bytes(f);

	ip[12 + 4 * side + 2] = 1, ip[12 + 4 * side + 3] = (uint8_t)(i % 7);
	ip[12 + 4 * !side + 2] = 2, ip[12 + 4 * !side + 3] = (uint8_t)(i % 3);
}

/* A packet of connection `i` from `side`, with the checksum right, or not. */
static void build_packet(struct capture *c, struct frame *f, int i, int side, uint16_t flags,
			 const char *text, uint32_t seq)
{
	const uint16_t ports[2] = { (uint16_t)(1000 + i), 80 };
	const size_t len = strlen(text);
	uint8_t addrs[8];
	uint32_t sum;
	uint8_t *ip, *tcp;

	frame_payload(f, hw_slice(text, len));
	frame_tcp(f, ports[side], ports[!side], seq, flags);
	ip = frame_ipv4(f, 6);
	address(f, i, side);
	memcpy(addrs, ip + 12, 8);
	resign(ip);
	tcp = ip + 20;
	frame_put_u16(tcp + 8, (c->dialogues[i].next[!side]) >> 16);
	frame_put_u16(tcp + 10, (c->dialogues[i].next[!side]) & 0xffff);
	frame_put_u16(tcp + 16, 0);
	sum = frame_sum((uint32_t)(20 + len) + 6, addrs, 8);
	frame_put_u16(tcp + 16, ~frame_sum(sum, tcp, 20 + len) & 0xffff);
	if (pick(c, 15) == 0)
		tcp[17] ^= 1;
	frame_ethernet(f, 0x0800);
}

/* A packet from another time. */
static void take_detour(struct capture *c)
{
	static struct frame f;
	const uint64_t now_ns = c->now_ns;

	c->now_ns += UINT64_C(40) * 1000000000;
	build_packet(c, &f, 0, 0, 0x10, "", c->dialogues[0].next[0]);
	add(c, &f);
	c->now_ns = now_ns;
}

/* In two parts, of which one may be lost. */
static void add_fragments(struct capture *c, const struct frame *whole)
{
	static struct frame f;
	const uint32_t first = 8 * (1 + pick(c, 2)), lost = pick(c, 6);
	const size_t len = frame_len(whole) - 34;

	for (uint32_t part = 0; part < 2; part++) {
		f = *whole;
		uint8_t *ip = frame_bytes(&f) + 14;
		const size_t from = part ? first : 0, part_len = part ? len - first : first;

		memmove(ip + 20, ip + 20 + from, part_len);
		frame_put_u16(ip + 2, 20 + part_len);
		frame_put_u16(ip + 4, c->now_ns / 1000 % 65536);
		frame_put_u16(ip + 6, part ? first / 8 : 0x2000);
		resign(ip);
		if (part && pick(c, 4) == 0)
			take_detour(c);
		if (lost == part)
			continue;
		struct hw_frame *to = &c->frames[c->nr];
		uint8_t *bytes = malloc(34 + part_len);

		memcpy(bytes, frame_bytes(&f), 34 + part_len);
		*to = frame_captured(&f, ETHERNET);
		to->data = bytes;
		to->len = to->wire_len = (uint32_t)(34 + part_len);
		to->time_ns = c->now_ns;
		to->number = ++c->nr;
	}
}

static void add_packet(struct capture *c)
{
	static struct frame f;
	static const uint16_t odd[] = { 0x11, 0x04, 0x02, 0x12 };
	const int i = (int)pick(c, c->connections), side = (int)pick(c, 2);
	struct dialogue *d = &c->dialogues[i];
	const char *text = texts[side][pick(c, 4)];
	uint16_t flags = 0x18;

	if (!d->begun) {
		flags = 0x02;
		text = "";
		d->begun = pick(c, 3);
	} else if (pick(c, 12) == 0) {
		flags = odd[pick(c, 4)];
		text = "";
		d->begun = flags == 0x12;
	}
	if (pick(c, 20) == 0) /* one was lost before */
		d->next[side] += 30;
	build_packet(c, &f, i, side, flags, text, d->next[side]);
	d->next[side] += (uint32_t)strlen(text) + (flags & 3 ? 1 : 0);
	if (text[0] && pick(c, 25) == 0) {
		if (pick(c, 3) == 0)
			wrap(c, &f);
		add_fragments(c, &f);
	} else {
		if (pick(c, 10) == 0)
			tag(&f);
		if (pick(c, 10) == 0)
			wrap(c, &f);
		add(c, &f);
		if (pick(c, 30) == 0)
			add(c, &f);
	}
}

static struct capture *make_capture(uint64_t random)
{
	struct capture *c = calloc(1, sizeof(*c));

	c->random = random;
	c->now_ns = 1700000000 * UINT64_C(1000000000);
	c->connections = random % 4 == 1 ? CONNECTIONS_MANY : CONNECTIONS_FEW;
	while (c->nr < FRAMES)
		add_packet(c);
	return c;
}

static void free_capture(struct capture *c)
{
	for (size_t i = 0; i < c->nr; i++)
		free((void *)(uintptr_t)c->frames[i].data);
	free(c);
}

/* ---- what is told ---- */

struct line {
	struct hw_engine_place place;
	char *text;
};

struct teller {
	struct hw_engine *engine;
	struct hw_encoder *encoder;
	struct line *lines;
	size_t nr;
};

static void tell(void *ctx, const struct hw_event *event)
{
	struct teller *t = ctx;
	char *line;
	size_t len;

	assert_true(t->nr < LINES_MAX);
	assert_int_equal(hw_encoder_encode(t->encoder, event, &line, &len), 0);
	t->lines[t->nr++] = (struct line){ hw_engine_place(t->engine), strndup(line, len) };
}

static void open_teller(struct teller *t, struct hw_engine_options *options)
{
	*t = (struct teller){ .lines = calloc(LINES_MAX, sizeof(struct line)) };
	options->on_event = tell;
	options->ctx = t;
	options->events = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_HTTP_EXCHANGE |
			  HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_UDP;
	assert_int_equal(hw_encoder_new(&t->encoder, HW_FORMAT_JSON, 0), 0);
	assert_int_equal(hw_engine_new(&t->engine, options), 0);
}

static void close_teller(struct teller *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->lines[i].text);
	free(t->lines);
	hw_engine_free(t->engine);
	hw_encoder_free(t->encoder);
}

static bool is_before(const struct line *a, const struct line *b)
{
	return a->place.frame < b->place.frame ||
	       (a->place.frame == b->place.frame && a->place.turn < b->place.turn);
}

/* The next line of all, by place; NULL: there is none. */
static const struct line *next_line(const struct teller *t, size_t *at, unsigned int nr)
{
	const struct line *ret = NULL;
	unsigned int from = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (at[i] < t[i].nr && (!ret || is_before(&t[i].lines[at[i]], ret)))
			ret = &t[from = i].lines[at[i]];
	if (ret)
		at[from]++;
	return ret;
}

static void compare(struct teller *one, const struct teller *many, unsigned int nr)
{
	struct hw_stats sum = { 0 };
	const struct hw_stats *stats = hw_engine_stats(one->engine);
	size_t at[ENGINES_MAX] = { 0 };

	for (size_t i = 0; i < one->nr; i++) {
		const struct line *line = next_line(many, at, nr);

		assert_non_null(line);
		assert_string_equal(line->text, one->lines[i].text);
	}
	assert_null(next_line(many, at, nr));
	for (unsigned int i = 0; i < nr; i++)
		hw_share_sum(&sum, hw_engine_stats(many[i].engine), i);
	for (int i = 0; i < HW_STAT_NR; i++)
		if (sum.n[i] != stats->n[i])
			fail_msg("%s: %ju, alone %ju", hw_stat_info((enum hw_stat)i)->name,
				 (uintmax_t)sum.n[i], (uintmax_t)stats->n[i]);
}

static void share(struct capture *c, struct teller *one, unsigned int nr,
		  struct hw_engine_options options)
{
	static struct hw_shared shared;
	struct teller many[ENGINES_MAX];
	struct hw_share *s;

	assert_int_equal(hw_share_new(&s, &options, nr), 0);
	for (unsigned int i = 0; i < nr; i++)
		open_teller(&many[i], &options);
	for (size_t at = 0, piece; at < c->nr; at += piece) {
		piece = c->nr - at < 300 ? c->nr - at : 300;
		hw_share_out(s, c->frames + at, piece, &shared);
		for (unsigned int i = 0; i < nr; i++)
			hw_engine_feed_share(many[i].engine, &shared, i);
	}
	for (unsigned int i = 0; i < nr; i++)
		hw_engine_finish(many[i].engine);
	compare(one, many, nr);
	for (unsigned int i = 0; i < nr; i++)
		close_teller(&many[i]);
	hw_share_free(s);
}

static void several_tell_what_one_tells(void **state)
{
	(void)state;
	for (uint64_t random = 0; random < 12; random++) {
		struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
		struct capture *c = make_capture(random);
		struct teller one;

		options.checksums = random % 3;
		options.no_tunnels = random % 5 == 4;
		open_teller(&one, &options);
		hw_engine_feed(one.engine, c->frames, c->nr);
		hw_engine_finish(one.engine);
		assert_true(one.nr > FRAMES / 2);
		for (unsigned int nr = 1; nr <= ENGINES_MAX; nr++)
			share(c, &one, nr, options);
		close_teller(&one);
		free_capture(c);
	}
}

static void each_has_a_part(void **state)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct capture *c = make_capture(77);
	static struct hw_shared shared;
	size_t nr[ENGINES_MAX] = { 0 }, teach = 0;
	struct hw_share *s;

	(void)state;
	assert_int_equal(hw_share_new(&s, &options, ENGINES_MAX), 0);
	for (size_t at = 0; at < c->nr; at += shared.nr) {
		const size_t left = c->nr - at;

		hw_share_out(s, c->frames + at,
			     left < HW_SHARE_FRAMES_MAX ? left : HW_SHARE_FRAMES_MAX, &shared);
		for (int i = 0; i < ENGINES_MAX; i++)
			nr[i] += shared.begins[i + 1] - shared.begins[i];
		teach += shared.teaching_nr;
	}
	for (int i = 0; i < ENGINES_MAX; i++)
		assert_true(nr[i] > c->nr / ENGINES_MAX / 4);
	assert_true(teach > 0 && teach < c->nr / 5);
	hw_share_free(s);
	free_capture(c);
}

static void build_segment(struct frame *f, const uint8_t addrs[32], bool is_v6,
			  const uint16_t ports[2])
{
	uint8_t *ip;

	frame_payload(f, HW_SLICE("x"));
	frame_tcp(f, ports[0], ports[1], 1, 0x10);
	frame_sign(f, 6, addrs, is_v6 ? 32 : 8);
	ip = is_v6 ? FRAME_PUSH(f, "\x60\0\0\0\0\x15\6\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
		   : FRAME_PUSH(f, "\x45\0\0\x29\0\7\x40\0\x40\6\0\0\0\0\0\0\0\0\0\0");
	memcpy(ip + (is_v6 ? 8 : 12), addrs, is_v6 ? 32 : 8);
	if (!is_v6)
		resign(ip);
	frame_ethernet(f, is_v6 ? 0x86dd : 0x0800);
}

/* Between two of few hosts; those of IPv6 add up to the same as some of IPv4. */
static void build_of_few(struct capture *c, struct frame *f)
{
	static const uint16_t all[3] = { 0, 80, 1000 };
	const uint16_t ports[2] = { all[pick(c, 3)], all[pick(c, 3)] };
	const bool is_v6 = pick(c, 4) == 0;
	uint8_t addrs[32] = { 0 };
	uint8_t *const at = addrs + (is_v6 ? 8 : 0);

	for (int side = 0; side < 2; side++) {
		const uint8_t host = (uint8_t)pick(c, 3);

		at[4 * side] = host ? 10 : 0;
		at[4 * side + 3] = host;
	}
	build_segment(f, addrs, is_v6, ports);
}

/* Every other one of the same host; the rest of many, who take each other's place. */
static void build_of_many(struct capture *c, struct frame *f)
{
	static const uint16_t ports[2] = { 1000, 80 };
	uint8_t addrs[32] = { 10, 0, 0, 1, 10, 0, 0, 2 };

	if (pick(c, 2)) {
		addrs[2] = (uint8_t)pick(c, 256);
		addrs[3] = (uint8_t)pick(c, 256);
	}
	build_segment(f, addrs, false, ports);
}

enum { TEACHES = 1000 };

/* Its owner, and whether it teaches. */
static unsigned int share_next(struct hw_share *s, struct frame *f)
{
	static struct hw_shared shared;
	struct hw_frame frame = frame_captured(f, ETHERNET);
	unsigned int owner = 0;

	hw_share_out(s, &frame, 1, &shared);
	while (shared.begins[owner + 1] == 0)
		owner++;
	return owner + (shared.teaching_nr ? TEACHES : 0);
}

/* Of a connection of its own, whose checksum is left to the card: it teaches nothing. */
static void build_other(struct frame *f)
{
	static const uint8_t addrs[32] = { 10, 9, 9, 8, 10, 9, 9, 9 };
	static const uint16_t ports[2] = { 7, 7 };

	build_segment(f, addrs, false, ports);
	frame_put_u16(frame_bytes(f) + 14 + 20 + 16, frame_sum(21 + 6, addrs, 8));
}

static void share_the_same(struct capture *c, void (*build)(struct capture *c, struct frame *f),
			   enum hw_checksums checksums, int frames)
{
	static struct frame f, other;
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_share *s[2];

	options.checksums = checksums;
	assert_int_equal(hw_share_new(&s[0], &options, HW_SHARE_ENGINES_MAX), 0);
	assert_int_equal(hw_share_new(&s[1], &options, HW_SHARE_ENGINES_MAX), 0);
	build_other(&other);
	for (int i = 0; i < frames; i++) {
		assert_true(share_next(s[1], &other) < TEACHES);
		build(c, &f);
		if (pick(c, 5) == 0)
			f.room[sizeof(f.room) - 1] ^= 1;
		assert_int_equal(share_next(s[0], &f), share_next(s[1], &f));
	}
	hw_share_free(s[0]);
	hw_share_free(s[1]);
}

/* One share sees each behind the one before, the other behind one of another connection. */
static void whose_a_frame_is_does_not_depend_on_the_one_before(void **state)
{
	struct capture *c = calloc(1, sizeof(*c));

	(void)state;
	for (int i = 0; i < 3000; i++) /* while hosts are not known */
		share_the_same(c, build_of_few, HW_CHECKSUMS_AUTO, 20);
	share_the_same(c, build_of_few, HW_CHECKSUMS_AUTO, 30000);
	share_the_same(c, build_of_few, HW_CHECKSUMS_OFF, 30000);
	share_the_same(c, build_of_many, HW_CHECKSUMS_AUTO, 30000);
	free(c);
}

static void numbers_have_limits(void **state)
{
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_share *s;

	(void)state;
	assert_int_equal(hw_share_new(&s, &options, 0), -EINVAL);
	assert_int_equal(hw_share_new(&s, &options, HW_SHARE_ENGINES_MAX + 1), -EINVAL);
	hw_share_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_tell_what_one_tells),
		cmocka_unit_test(each_has_a_part),
		cmocka_unit_test(whose_a_frame_is_does_not_depend_on_the_one_before),
		cmocka_unit_test(numbers_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
