/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_defrag.c */
#include "unit/unit.h"

#include "unit/frame.h"
#include "wire/defrag.h"

enum { PAYLOAD = 100, SECOND = 1000000000 };

static const uint8_t v4_header[20] = { 0x45, [3] = 68, [6] = 0x20, [8] = 64, [9] = 6 };
static const uint8_t v6_header[40] = { 0x60, [5] = 48, [6] = 44, [7] = 64 };
static uint8_t payload[PAYLOAD + 8]; /* some more, for fragments that say so */

struct fixture {
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_defrag *d;
};

static struct fixture x;

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(i + 1);
	memset(&x.stats, 0, sizeof(x.stats));
	x.budget = (struct hw_budget){ .max = 4 << 20 };
	return hw_defrag_new(&x.d, &x.budget, &x.stats, 7);
}

static int tear_down(void **state)
{
	(void)state;
	hw_defrag_free(x.d);
	assert_int_equal(x.budget.used, 0);
	return 0;
}

static uint64_t stat(enum hw_stat s)
{
	return x.stats.n[s];
}

/* Bytes `from` to `to` of `payload`, in a packet of their own. */
static struct hw_fragment fragment(uint8_t version, uint32_t id, uint32_t from, uint32_t to)
{
	return (struct hw_fragment){
		.src = { { 1 } },
		.dst = { { 2 } },
		.id = id,
		.ip_version = version,
		.protocol = 6,
		.more = to < PAYLOAD,
		.offset = from,
		.header = version == 6 ? hw_slice(v6_header, 40) : hw_slice(v4_header, 20),
		.payload = hw_slice(payload + from, to - from),
	};
}

static enum hw_defrag_result push(struct hw_fragment f, struct hw_slice *ret)
{
	hw_defrag_release(x.d);
	return hw_defrag_push(x.d, &f, ret);
}

static void assert_held(struct hw_fragment f)
{
	struct hw_slice whole;

	assert_int_equal(push(f, &whole), HW_DEFRAG_HELD);
}

static void assert_bad(struct hw_fragment f)
{
	struct hw_slice whole;

	assert_int_equal(push(f, &whole), HW_DEFRAG_BAD);
}

static void assert_completes(struct hw_fragment f)
{
	struct hw_slice whole;

	assert_int_equal(push(f, &whole), HW_DEFRAG_WHOLE);
	assert_slice_equal(hw_slice_after(whole, f.header.len), hw_slice(payload, PAYLOAD));
	if (f.ip_version == 6) {
		assert_int_equal(whole.ptr[4] << 8 | whole.ptr[5], PAYLOAD);
		assert_int_equal(whole.ptr[6], 6);
	} else {
		assert_int_equal(whole.ptr[2] << 8 | whole.ptr[3], 20 + PAYLOAD);
		assert_int_equal(whole.ptr[6] << 8 | whole.ptr[7], 0);
	}
}

static void completes_in_any_order(void **state)
{
	static const uint32_t cuts[] = { 0, 24, 56, PAYLOAD };
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					 { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (uint8_t version = 4; version <= 6; version += 2) {
		for (int i = 0; i < 6; i++) {
			const int *o = orders[i];

			assert_held(fragment(version, 5, cuts[o[0]], cuts[o[0] + 1]));
			assert_held(fragment(version, 5, cuts[o[1]], cuts[o[1] + 1]));
			assert_completes(fragment(version, 5, cuts[o[2]], cuts[o[2] + 1]));
		}
	}
	hw_defrag_release(x.d);
	assert_int_equal(x.budget.used, 0);
	assert_int_equal(stat(HW_STAT_NOTE_REASSEMBLED), 12);
}

static void completes_from_the_smallest_pieces(void **state)
{
	(void)state;
	for (uint32_t at = 96; at >= 8; at -= 8)
		assert_held(fragment(4, 5, at, at + 8 < PAYLOAD ? at + 8 : PAYLOAD));
	assert_completes(fragment(4, 5, 0, 8));
}

static void packets_are_told_apart(void **state)
{
	struct hw_fragment f = fragment(4, 5, 40, PAYLOAD);

	(void)state;
	assert_held(fragment(4, 5, 0, 40));
	f.id = 6;
	assert_held(f);
	f = fragment(4, 5, 40, PAYLOAD);
	f.protocol = 17;
	assert_held(f);
	f = fragment(4, 5, 40, PAYLOAD);
	f.src.b[3] = 9;
	assert_held(f);
	f = fragment(4, 5, 40, PAYLOAD);
	f.dst.b[3] = 9;
	assert_held(f);
	assert_held(fragment(6, 5, 40, PAYLOAD));
	assert_completes(fragment(4, 5, 40, PAYLOAD));
}

static void repeats_change_nothing(void **state)
{
	(void)state;
	assert_held(fragment(6, 5, 0, 48));
	assert_held(fragment(6, 5, 0, 48));
	assert_held(fragment(6, 5, 16, 56)); /* overlaps, with the same bytes */
	assert_completes(fragment(6, 5, 48, PAYLOAD));
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENT_CONFLICTS), 0);
}

static struct hw_fragment forged(uint8_t version, uint32_t from, uint32_t to)
{
	static uint8_t other[PAYLOAD];
	struct hw_fragment f = fragment(version, 5, from, to);

	memset(other, 'x', sizeof(other));
	f.payload.ptr = other;
	return f;
}

static void in_ipv4_the_first_bytes_win(void **state)
{
	(void)state;
	assert_held(fragment(4, 5, 0, 40));
	assert_held(forged(4, 0, 40));
	assert_completes(fragment(4, 5, 40, PAYLOAD));
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENT_CONFLICTS), 1);
}

/* RFC 5722 4: all of it, those that come later too. */
static void in_ipv6_a_conflict_drops_the_packet(void **state)
{
	(void)state;
	assert_held(fragment(6, 5, 0, 40));
	assert_bad(forged(6, 32, 48));
	assert_bad(fragment(6, 5, 0, 40));
	assert_bad(fragment(6, 5, 40, PAYLOAD));
	assert_int_equal(stat(HW_STAT_NOTE_REASSEMBLED), 0);
}

static void there_is_one_end(void **state)
{
	struct hw_fragment f;

	(void)state;
	assert_held(fragment(4, 5, 40, PAYLOAD));
	f = fragment(4, 5, 8, 80);
	f.more = false; /* an earlier end */
	assert_bad(f);
	assert_bad(fragment(4, 5, 0, 40));

	assert_held(fragment(4, 6, 40, 80));
	f = fragment(4, 6, 0, 40);
	f.more = false; /* in front of what there is */
	assert_bad(f);

	assert_held(fragment(4, 7, 40, PAYLOAD));
	f = fragment(4, 7, 0, 96);
	f.offset = 56; /* behind the end */
	assert_bad(f);
}

/* The ping of death. */
static void no_packet_is_too_long(void **state)
{
	struct hw_fragment f = fragment(4, 5, 0, PAYLOAD);

	(void)state;
	f.offset = 65528;
	assert_bad(f);
	f.offset = 65432; /* 65535 with the header would be 65415 */
	assert_bad(f);
	f.offset = 65408;
	f.payload.len = 107;
	assert_held(f);
	f = fragment(6, 5, 0, PAYLOAD);
	f.offset = 65432;
	assert_held(f);
	f.payload.len = 104;
	f.id = 6;
	assert_bad(f);
}

/* 65535 bytes with the header of the last fragment, 40 more with that of the first. */
static void the_first_header_counts_in_the_length(void **state)
{
	static const uint8_t options[60] = { 0x4f, [3] = 84, [6] = 0x20, [8] = 64, [9] = 6 };
	static uint8_t bytes[65515];

	(void)state;
	for (uint32_t id = 0; id < 2; id++) {
		struct hw_fragment first = fragment(4, id, 0, 8), last = fragment(4, id, 8, 16);
		struct hw_slice whole;

		first.header = hw_slice(options, id ? 60 : 20);
		last.payload = hw_slice(bytes, sizeof(bytes) - 8);
		last.more = false;
		assert_held(first);
		assert_int_equal(push(last, &whole), id ? HW_DEFRAG_BAD : HW_DEFRAG_WHOLE);
	}
	assert_int_equal(stat(HW_STAT_NOTE_REASSEMBLED), 1);
}

static void old_ones_are_given_up(void **state)
{
	struct hw_fragment late = fragment(4, 5, 40, PAYLOAD);

	(void)state;
	assert_held(fragment(4, 5, 0, 40));
	hw_defrag_expire(x.d, (uint64_t)30 * SECOND);
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENTS_EXPIRED), 0);
	hw_defrag_expire(x.d, (uint64_t)31 * SECOND);
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENTS_EXPIRED), 1);
	assert_int_equal(x.budget.used, 0);

	/* The same identification again, much later, is another packet. */
	assert_held(fragment(4, 5, 0, 40));
	late.time_ns = (uint64_t)31 * SECOND;
	assert_held(late);
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENTS_EXPIRED), 2);
}

static void a_flood_keeps_to_its_share(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 65536; id++) {
		assert_held(fragment(4, id, 0, 40));
		assert_true(x.budget.used <= x.budget.max / 16);
	}
	assert_true(stat(HW_STAT_NOTE_FRAGMENTS_EXPIRED) > 65000);
	assert_completes(fragment(4, 65535, 40, PAYLOAD)); /* the newest is still there */
}

static void does_without_if_the_budget_is_spent(void **state)
{
	(void)state;
	assert_held(fragment(4, 5, 0, 40));
	assert_true(hw_budget_take(&x.budget, x.budget.max - x.budget.used));
	assert_held(fragment(4, 6, 0, 40)); /* in the place of the first */
	hw_defrag_expire(x.d, (uint64_t)60 * SECOND);
	assert_true(hw_budget_take(&x.budget, x.budget.max - x.budget.used));
	assert_bad(fragment(4, 7, 0, 40));
	hw_budget_give(&x.budget, x.budget.max);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(completes_in_any_order),
		TEST(completes_from_the_smallest_pieces),
		TEST(packets_are_told_apart),
		TEST(repeats_change_nothing),
		TEST(in_ipv4_the_first_bytes_win),
		TEST(in_ipv6_a_conflict_drops_the_packet),
		TEST(there_is_one_end),
		TEST(no_packet_is_too_long),
		TEST(the_first_header_counts_in_the_length),
		TEST(old_ones_are_given_up),
		TEST(a_flood_keeps_to_its_share),
		TEST(does_without_if_the_budget_is_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
