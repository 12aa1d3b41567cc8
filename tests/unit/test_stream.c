/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_stream.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "random.h"
#include "reference.h"
#include "tcp/connection.h"
#include "tcp/stream.h"

/* A stream, and where its bytes go: into `out`, gaps as '.'. */
struct rig {
	struct hw_stream stream;
	struct hw_stream_env env;
	struct hw_stats stats;
	struct hw_budget budget;
	const struct reference *reference; /* NULL: not compared */
	uint8_t *out;
	size_t len, gap_bytes, gaps;
	size_t conflicts, conflict_at; /* how many, and behind how many bytes the last one */
	uint64_t now_ns;	       /* of the segment at hand */
	uint64_t late_ns[8];	       /* when what was given late had come */
	size_t late_nr;
};

enum { OUT_MAX = 1 << 22 };

static void on_data(void *ctx, struct hw_slice bytes)
{
	struct rig *r = ctx;

	assert_true(bytes.len > 0 && r->len + bytes.len <= OUT_MAX);
	memcpy(r->out + r->len, bytes.ptr, bytes.len);
	r->len += bytes.len;
	if (r->reference)
		assert_true(reference_is_first(r->reference, r->stream.next - (uint32_t)bytes.len,
					       bytes));
}

static void on_gap(void *ctx, uint64_t len)
{
	struct rig *r = ctx;

	assert_true(len > 0 && r->len + len <= OUT_MAX);
	memset(r->out + r->len, '.', len);
	r->len += len;
	r->gap_bytes += len;
	r->gaps++;
	if (r->reference)
		assert_true(
			reference_is_missing(r->reference, r->stream.next - (uint32_t)len, len));
}

static void on_late(void *ctx, struct hw_slice bytes, const struct hw_arrival *from)
{
	struct rig *r = ctx;

	assert_true(from->time_ns <= r->now_ns && from->number == from->time_ns);
	r->late_ns[r->late_nr++ % 8] = from->time_ns;
	on_data(ctx, bytes);
}

static void on_conflict(void *ctx)
{
	struct rig *r = ctx;

	r->conflicts++;
	r->conflict_at = r->len;
}

static bool no_room(void *ctx)
{
	(void)ctx;
	return false;
}

static void rig_init(struct rig *r, uint32_t blocks_max, size_t budget_max)
{
	*r = (struct rig){
		.budget = { .max = budget_max },
		.env = { .blocks_max = blocks_max,
			 .make_room = no_room,
			 .conflict = on_conflict,
			 .data = on_data,
			 .late = on_late,
			 .gap = on_gap },
	};
	r->env.budget = &r->budget;
	r->env.stats = &r->stats;
	r->env.ctx = r;
	r->out = malloc(OUT_MAX);
	assert_non_null(r->out);
}

/* But for what the next hole would need. */
static void assert_keeps_nothing(struct rig *r)
{
	hw_stream_env_clear(&r->env);
	assert_int_equal(r->budget.used, 0);
}

/* All the bytes that were pushed are accounted for, and all memory is given back. */
static void rig_clear(struct rig *r)
{
	assert_null(hw_stats_check(&r->stats));
	hw_stream_end(&r->stream, &r->env);
	assert_null(hw_stats_check(&r->stats));
	assert_int_equal(r->stats.n[HW_STAT_TCP_PENDING], 0);
	assert_int_equal(r->stats.n[HW_STAT_TCP_GAP_BYTES], r->gap_bytes);
	assert_int_equal(r->stats.n[HW_STAT_TCP_GAPS], r->gaps);
	assert_keeps_nothing(r);
	free(r->out);
}

/* A segment of `bytes` is at hand. */
static struct hw_segment segment_of(struct rig *r, uint32_t seq, struct hw_slice bytes)
{
	hw_stats_add(&r->stats, HW_STAT_TCP_BYTES, bytes.len);
	r->now_ns++;
	r->env.at = (struct hw_arrival){ .time_ns = r->now_ns, .number = r->now_ns };
	return (struct hw_segment){ .seq = seq, .bytes = bytes };
}

static void push_to(struct rig *r, struct hw_stream *s, uint32_t seq, struct hw_slice bytes)
{
	struct hw_segment segment = segment_of(r, seq, bytes);

	hw_stream_push(s, &r->env, &segment);
}

static void push(struct rig *r, uint32_t seq, struct hw_slice bytes)
{
	push_to(r, &r->stream, seq, bytes);
}

static struct hw_slice out_of(const struct rig *r)
{
	return hw_slice(r->out, r->len);
}

static void swap(int *a, int *b)
{
	const int was = *a;

	*a = *b;
	*b = was;
}

/* Heap's method, with its counters instead of recursion. Returns false after the last. */
static bool next_permutation(int order[6], int counters[6])
{
	for (int i = 1; i < 6; i++) {
		if (counters[i] < i) {
			swap(&order[i % 2 ? counters[i] : 0], &order[i]);
			counters[i]++;
			return true;
		}
		counters[i] = 0;
	}
	return false;
}

/* R02. The cuts are uneven, and the sequence numbers wrap among them. */
static void all_orders_of_six_segments_give_the_same(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const size_t cuts[7] = { 0, 1, 4, 5, 15, 16, sizeof(text) - 1 };
	int order[6] = { 0, 1, 2, 3, 4, 5 }, counters[6] = { 0 }, nr = 0;

	(void)state;
	do {
		struct rig r;

		rig_init(&r, 512, 1 << 20);
		hw_stream_start(&r.stream, &r.env, UINT32_MAX - 7);
		for (int i = 0; i < 6; i++) {
			const size_t from = cuts[order[i]], to = cuts[order[i] + 1];

			push(&r, UINT32_MAX - 7 + (uint32_t)from,
			     hw_slice((const uint8_t *)text + from, to - from));
		}
		assert_slice_equal(out_of(&r), hw_slice_text(text));
		assert_int_equal(r.stats.n[HW_STAT_TCP_DUPLICATE], 0);
		assert_keeps_nothing(&r);
		rig_clear(&r);
		nr++;
	} while (next_permutation(order, counters));
	assert_int_equal(nr, 720);
}

/*
 * Segments of any size at any place, many of them twice, overlapping, and half of them
 * lying about their bytes. What comes out is what the map of bytes says.
 */
static void run_random(uint64_t seed)
{
	enum { LEN = 20000 };
	static struct reference reference;
	static uint8_t bytes[2][LEN];
	const uint32_t base = (uint32_t)(random_next(&seed) >> 33) * 2;
	const size_t len_max = 1 + (random_next(&seed) >> 33) % 3000;
	struct rig r;

	memset(&reference, 0, sizeof(reference));
	rig_init(&r, 512, 1 << 20);
	r.reference = &reference;
	for (size_t i = 0; i < LEN; i++) {
		bytes[0][i] = (uint8_t)(random_next(&seed) >> 33);
		bytes[1][i] = (random_next(&seed) >> 33) % 8 ? bytes[0][i] : (uint8_t)~bytes[0][i];
	}
	hw_stream_start(&r.stream, &r.env, base);
	for (int i = 0; i < 200; i++) {
		const size_t at = (random_next(&seed) >> 33) % LEN;
		const size_t len = 1 + (random_next(&seed) >> 33) % len_max;
		const struct hw_slice part = hw_slice(bytes[(random_next(&seed) >> 33) % 2] + at,
						      len < LEN - at ? len : LEN - at);

		reference_arrive(&reference, base + (uint32_t)at, part);
		push(&r, base + (uint32_t)at, part);
	}
	hw_stream_end(&r.stream, &r.env);
	assert_int_equal(r.stats.n[HW_STAT_TCP_REFUSED] + r.stats.n[HW_STAT_TCP_OVER_LIMIT], 0);
	assert_true(r.len == LEN ||
		    reference_is_missing(&reference, base + (uint32_t)r.len, LEN - r.len));
	rig_clear(&r);
}

static void random_segments_agree_with_a_map_of_bytes(void **state)
{
	uint64_t seed = 20240229;

	(void)state;
	print_message("  seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 500; i++)
		run_random((random_next(&seed) >> 33));
}

/* R29, X09 */
static void one_byte_segments(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 512, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 1);
	for (uint32_t i = 0; i < 1000000; i++)
		push(&r, 1 + i, HW_SLICE("x"));
	assert_int_equal(r.len, 1000000);
	assert_int_equal(r.budget.peak, 0);
	rig_clear(&r);
}

/* Memory is short: what is kept for the next hole is given to one that is open. */
static void an_open_hole_takes_what_the_next_would_need(void **state)
{
	struct hw_stream other = { 0 };
	struct rig r;

	(void)state;
	rig_init(&r, 4, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	hw_stream_start(&other, &r.env, 0);
	push_to(&r, &r.stream, 1, hw_slice_text("b"));
	push_to(&r, &other, 1, hw_slice_text("b"));
	push_to(&r, &other, 0, hw_slice_text("a"));
	assert_non_null(r.env.spare);
	r.budget.max = r.budget.used;
	push(&r, 2 * HW_HOLD_BLOCK_BYTES, hw_slice_text("c"));
	assert_int_equal(r.stats.n[HW_STAT_TCP_OVER_LIMIT], 0);
	assert_int_equal(r.stats.n[HW_STAT_TCP_PENDING], 2);
	assert_null(r.env.spare);
	rig_clear(&r);
}

/* X08: nothing here grows faster than the number of holes. */
static void a_million_holes(void **state)
{
	enum { HOLES = 1000000, STEP = 4099 /* no factor of HOLES */ };
	struct rig r;

	(void)state;
	rig_init(&r, 1024, 4 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	for (uint64_t i = 0; i < HOLES; i++)
		push(&r, 1 + 2 * (uint32_t)(i * STEP % HOLES), HW_SLICE("x"));
	assert_int_equal(r.stats.n[HW_STAT_TCP_PENDING], HOLES);
	for (uint64_t i = 0; i < HOLES; i++)
		push(&r, 2 * (uint32_t)(i * STEP % HOLES), HW_SLICE("y"));
	assert_int_equal(r.len, 2 * HOLES);
	for (size_t i = 0; i < r.len; i++)
		assert_int_equal(r.out[i], i % 2 ? 'x' : 'y');
	assert_keeps_nothing(&r);
	rig_clear(&r);
}

/* The receiver has said that it lacks the first bytes: it will get them, and so shall we. */
static void full_while_the_receiver_waits_drops_what_is_early(void **state)
{
	static uint8_t bytes[3 * HW_HOLD_BLOCK_BYTES];
	struct rig r;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	rig_init(&r, 2, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	push(&r, 1, HW_SLICE("b"));
	hw_stream_ack(&r.stream, &r.env, 0);
	push(&r, 2, hw_slice(bytes, sizeof(bytes)));
	assert_int_equal(r.len, 0);
	assert_int_equal(r.stats.n[HW_STAT_TCP_OVER_LIMIT], HW_HOLD_BLOCK_BYTES + 2);
	push(&r, 0, HW_SLICE("a"));
	assert_int_equal(r.len, 2 * HW_HOLD_BLOCK_BYTES);
	assert_int_equal(r.gaps, 0);
	rig_clear(&r);
}

/* R08, R27: nobody is heard of, or the receiver has it: the hole will not be closed. */
static void full_otherwise_gives_up_the_hole(void **state)
{
	static uint8_t bytes[3 * HW_HOLD_BLOCK_BYTES];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (int is_acked = 0; is_acked < 2; is_acked++) {
		struct rig r;

		rig_init(&r, 2, 1 << 20);
		hw_stream_start(&r.stream, &r.env, 0);
		push(&r, 1, HW_SLICE("b"));
		if (is_acked)
			hw_stream_ack(&r.stream, &r.env, 2);
		push(&r, 2, hw_slice(bytes, sizeof(bytes)));
		assert_int_equal(r.len, 2 + sizeof(bytes));
		assert_int_equal(r.gap_bytes, 1);
		assert_slice_equal(hw_slice(r.out, 3), HW_SLICE(".bx"));
		assert_int_equal(r.stats.n[HW_STAT_TCP_OVER_LIMIT], 0);
		rig_clear(&r);
	}
}

/* What comes into the hole is none of it: it goes on there, and no further. */
static void full_gives_up_the_hole_before_what_comes(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 2, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	push(&r, 2 * HW_HOLD_BLOCK_BYTES, HW_SLICE("b"));
	push(&r, 4 * HW_HOLD_BLOCK_BYTES, HW_SLICE("c"));
	push(&r, 10, HW_SLICE("a"));
	assert_slice_equal(out_of(&r), HW_SLICE("..........a"));
	rig_clear(&r);
}

/* Without memory to wait in, the stream goes on at once. */
static void without_memory_nothing_is_held(void **state)
{
	struct rig r;

	(void)state;
	for (size_t budget = 0; budget < 4000; budget += 100) {
		rig_init(&r, 512, budget);
		hw_stream_start(&r.stream, &r.env, 0);
		push(&r, 0, HW_SLICE("ab"));
		push(&r, 4, HW_SLICE("ef"));
		push(&r, 2, HW_SLICE("cd"));
		if (r.stats.n[HW_STAT_TCP_GAPS])
			assert_slice_equal(out_of(&r), HW_SLICE("ab..ef"));
		else
			assert_slice_equal(out_of(&r), HW_SLICE("abcdef"));
		rig_clear(&r);
	}
}

/* An acknowledged hole goes when 64 segments came after it, not before. */
/* Where a packet closes a hole, that is when what lies behind it is given; else when it came. */
static void behind_a_gap_bytes_are_as_old_as_they_are(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 8, 1 << 20);
	push(&r, 0, HW_SLICE("ab"));
	push(&r, 4, HW_SLICE("ef")); /* 2 */
	push(&r, 6, HW_SLICE("gh")); /* 3: from here on two pieces, though they lie together */
	push(&r, 12, HW_SLICE("mn"));
	push(&r, 10, HW_SLICE("kl")); /* 5 */
	push(&r, 10, HW_SLICE("kl")); /* again, which is not when it came */
	hw_stream_end(&r.stream, &r.env);
	assert_true(hw_slice_eq(out_of(&r), HW_SLICE("ab..efgh..klmn")));
	assert_int_equal(r.late_nr, 4);
	assert_int_equal(r.late_ns[0], 2);
	assert_int_equal(r.late_ns[1], 3);
	assert_int_equal(r.late_ns[2], 5);
	assert_int_equal(r.late_ns[3], 5); /* not before what lies before it */
	rig_clear(&r);
}

static void nothing_is_older_than_what_lies_before_it(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 8, 1 << 20);
	push(&r, 0, HW_SLICE("ab"));
	push(&r, 4, HW_SLICE("ef"));
	push(&r, 8, HW_SLICE("ij"));
	push(&r, 2, HW_SLICE("cd")); /* 4: "ef" is given with it */
	assert_int_equal(r.late_nr, 0);
	hw_stream_end(&r.stream, &r.env);
	assert_true(hw_slice_eq(out_of(&r), HW_SLICE("abcdef..ij")));
	assert_int_equal(r.late_nr, 1);
	assert_int_equal(r.late_ns[0], 4);
	rig_clear(&r);
}

static void push_syn(struct rig *r, struct hw_slice bytes)
{
	struct hw_segment segment = segment_of(r, 0, bytes);

	hw_stream_push_syn(&r->stream, &r->env, &segment);
}

/* Its receiver had it before it said so, and nothing was missing before it: RFC 7413. */
static void data_of_a_syn_is_as_old_as_the_syn(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 8, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	push_syn(&r, HW_SLICE("ab"));
	push_syn(&r, HW_SLICE("ab")); /* once more, which is not when it came */
	r.now_ns++;
	hw_stream_ack(&r.stream, &r.env, 2);
	assert_true(hw_slice_eq(out_of(&r), HW_SLICE("ab")));
	assert_int_equal(r.late_nr, 1);
	assert_int_equal(r.late_ns[0], 1);
	rig_clear(&r);
}

/* Of more segments than are noted the rest comes with what gives up the hole. */
static void so_many_arrivals_are_noted(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 8, 1 << 20);
	push(&r, 0, HW_SLICE("a"));
	for (uint32_t i = 0; i < HW_ARRIVALS_MAX + 100; i++)
		push(&r, 2 + 2 * i, HW_SLICE("x"));
	hw_stream_end(&r.stream, &r.env);
	assert_int_equal(r.late_nr, HW_ARRIVALS_MAX);
	assert_int_equal(r.gaps, HW_ARRIVALS_MAX + 100);
	rig_clear(&r);
}

static void sixty_four_segments_close_an_acknowledged_hole(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 512, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	for (uint32_t i = 0; i <= HW_TCP_GAP_WAIT_SEGMENTS; i++) {
		assert_int_equal(r.len, 0);
		push(&r, 1 + i, HW_SLICE("x"));
		hw_stream_ack(&r.stream, &r.env, 1 + i);
		hw_stream_check(&r.stream, &r.env);
	}
	assert_int_equal(r.len, HW_TCP_GAP_WAIT_SEGMENTS + 2);
	assert_int_equal(r.gap_bytes, 1);
	rig_clear(&r);
}

/* A hole that lies behind what was lost is only late. */
static void misses_what_lies_before_a_place(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 8, 1 << 20);
	hw_stream_start(&r.stream, &r.env, 0);
	push(&r, 2, HW_SLICE("ab"));
	push(&r, 6, HW_SLICE("cd"));
	hw_stream_miss(&r.stream, &r.env, 5);
	assert_slice_equal(out_of(&r), HW_SLICE("..ab."));
	push(&r, 5, HW_SLICE("x"));
	assert_slice_equal(out_of(&r), HW_SLICE("..ab.xcd"));
	rig_clear(&r);
}

/* The last bytes of what was given, three of them. */
static struct hw_slice last_three(void *ctx)
{
	const struct rig *r = ctx;

	return hw_slice(r->out + r->len - 3, 3);
}

/* R05, R20: bytes that come again are compared with those that the reader still has. */
static void bytes_that_were_given_are_compared(void **state)
{
	static const struct {
		uint32_t seq;
		const char *bytes;
		bool is_conflict;
	} cases[] = {
		{ 0, "abcdef", false }, { 0, "xxxdef", false }, { 0, "abcdeX", true },
		{ 3, "dXfgh", true },	{ 4, "ef", false },	{ 4, "eX", true },
		{ 5, "X", false },	{ 5, "Xg", true },	{ 0, "X", false },
		{ 2, "ZZZ", true },	{ 2, "Xd", false },	{ 6, "X", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r;

		rig_init(&r, 512, 1 << 20);
		r.env.kept = last_three;
		hw_stream_start(&r.stream, &r.env, 0);
		push(&r, 0, HW_SLICE("abcdef"));
		push(&r, cases[i].seq, hw_slice_text(cases[i].bytes));
		assert_int_equal(r.conflicts, cases[i].is_conflict);
		assert_int_equal(r.conflict_at, cases[i].is_conflict ? 6 : 0);
		assert_int_equal(r.stats.n[HW_STAT_TCP_CONFLICTS], cases[i].is_conflict);
		assert_slice_equal(hw_slice(r.out, 6), HW_SLICE("abcdef"));
		rig_clear(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_orders_of_six_segments_give_the_same),
		cmocka_unit_test(random_segments_agree_with_a_map_of_bytes),
		cmocka_unit_test(one_byte_segments),
		cmocka_unit_test(an_open_hole_takes_what_the_next_would_need),
		cmocka_unit_test(a_million_holes),
		cmocka_unit_test(full_while_the_receiver_waits_drops_what_is_early),
		cmocka_unit_test(full_otherwise_gives_up_the_hole),
		cmocka_unit_test(full_gives_up_the_hole_before_what_comes),
		cmocka_unit_test(without_memory_nothing_is_held),
		cmocka_unit_test(behind_a_gap_bytes_are_as_old_as_they_are),
		cmocka_unit_test(nothing_is_older_than_what_lies_before_it),
		cmocka_unit_test(data_of_a_syn_is_as_old_as_the_syn),
		cmocka_unit_test(so_many_arrivals_are_noted),
		cmocka_unit_test(sixty_four_segments_close_an_acknowledged_hole),
		cmocka_unit_test(misses_what_lies_before_a_place),
		cmocka_unit_test(bytes_that_were_given_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
