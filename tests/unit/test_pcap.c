/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_pcap.c */
#include "unit/unit.h"

#include "build_capture.h"
#include "source/pcap.h"
#include "tight.h"

enum { USUAL = 0xa1b2c3d4, NANO = 0xa1b23c4d, PATCHED = 0xa1b2cd34, ROOM = 16 };

/* Read a whole file; returns the last status, with the packets in `b`. */
static enum hw_record_status read_all(struct hw_slice in, struct hw_record_batch *b)
{
	struct hw_pcap p;
	enum hw_record_status status = hw_pcap_init(&p, in, 1, b);

	if (status != HW_RECORD_OK)
		return status;
	return hw_pcap_read(&p, hw_slice_after(in, b->used), b);
}

#define BATCH(name)                       \
	struct hw_frame name##_all[ROOM]; \
	struct hw_record_batch name = { .frames = name##_all, .max = ROOM }

static void reads_both_orders_and_resolutions(void **state)
{
	static const struct {
		uint32_t magic;
		bool big_endian;
		uint64_t time_ns;
	} cases[] = {
		{ USUAL, false, 7000123000 },	{ USUAL, true, 7000123000 },
		{ NANO, false, 7000000123 },	{ NANO, true, 7000000123 },
		{ PATCHED, false, 7000123000 }, { PATCHED, true, 7000123000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { .big_endian = cases[i].big_endian };
		BATCH(b);

		build_pcap(&f, cases[i].magic, 113);
		for (int n = 0; n < 2; n++) {
			build_u32(&f, 7);
			build_u32(&f, 123);
			build_u32(&f, 3);
			build_u32(&f, 1500);
			if (cases[i].magic == PATCHED)
				build_bytes(&f, HW_SLICE("\1\0\0\0\0\10\4\0"));
			build_bytes(&f, HW_SLICE("abc"));
		}
		assert_int_equal(read_all(tight_copy(build_slice(&f)), &b), HW_RECORD_MORE);
		assert_int_equal(b.want, 1); /* a proper end */
		assert_int_equal(b.nr, 2);
		for (size_t n = 0; n < 2; n++) {
			assert_slice_equal(hw_slice(b.frames[n].data, b.frames[n].len),
					   HW_SLICE("abc"));
			assert_int_equal(b.frames[n].time_ns, cases[i].time_ns);
			assert_int_equal(b.frames[n].number, n + 1);
			assert_int_equal(b.frames[n].wire_len, 1500);
			assert_int_equal(b.frames[n].linktype, 113);
		}
	}
}

static void carries_fractions_over_and_takes_times_as_unsigned(void **state)
{
	static const struct {
		uint32_t magic, s, fraction;
		uint64_t want;
	} cases[] = {
		{ USUAL, 10, 1000000, 11000000000 },
		{ USUAL, 0, UINT32_MAX, 4294967295000 },
		{ NANO, 10, 1999999999, 11999999999 },
		{ USUAL, 4291747200u, 0, 4291747200000000000 }, /* 2106 */
		{ NANO, UINT32_MAX, UINT32_MAX, 4294967299294967295 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };
		BATCH(b);

		build_pcap(&f, cases[i].magic, 1);
		build_record(&f, cases[i].s, cases[i].fraction, HW_SLICE("x"));
		read_all(build_slice(&f), &b);
		assert_int_equal(b.nr, 1);
		assert_int_equal(b.frames[0].time_ns, cases[i].want);
	}
}

static void checks_version_and_linktype(void **state)
{
	static const struct {
		uint16_t major, minor;
		uint32_t linktype;
		const char *fault; /* NULL: fine */
	} cases[] = {
		{ 2, 4, 1, NULL },
		{ 2, 0, 1, NULL },
		{ 543, 0, 1, NULL },
		{ 2, 4, 0xf4000001, NULL }, /* a frame check sequence of 15 words */
		{ 2, 4, 0xffff, NULL },
		{ 2, 5, 1, "pcap version 2.5 is not supported" },
		{ 1, 2, 1, "pcap version 1.2 is not supported" },
		{ 543, 1, 1, "pcap version 543.1 is not supported" },
		{ 2, 4, 0x00300000, "link type 0x00300000 has reserved bits set" },
		{ 2, 4, 0x02240001, "link type 0x02240001 has reserved bits set" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };
		BATCH(b);

		build_pcap(&f, USUAL, cases[i].linktype);
		f.len = 4;
		build_u16(&f, cases[i].major);
		build_u16(&f, cases[i].minor);
		f.len = 24;
		build_record(&f, 0, 0, HW_SLICE("x"));
		if (cases[i].fault) {
			assert_int_equal(read_all(build_slice(&f), &b), HW_RECORD_BAD);
			assert_string_equal(b.fault, cases[i].fault);
		} else {
			assert_int_equal(read_all(build_slice(&f), &b), HW_RECORD_MORE);
			assert_int_equal(b.nr, 1);
			assert_int_equal(b.frames[0].linktype, cases[i].linktype & 0xffff);
		}
	}
}

static void knows_where_old_versions_had_the_lengths(void **state)
{
	static const struct {
		uint16_t minor;
		uint32_t first, second, len, wire_len;
	} cases[] = {
		{ 4, 2, 9, 2, 9 }, { 2, 9, 2, 2, 9 }, { 3, 2, 9, 2, 9 },
		{ 3, 9, 2, 2, 9 }, { 4, 2, 0, 2, 2 }, /* never less on the wire than here */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };
		BATCH(b);

		build_pcap(&f, USUAL, 1);
		f.len = 6;
		build_u16(&f, cases[i].minor);
		f.len = 24;
		build_number(&f, 0, 8);
		build_u32(&f, cases[i].first);
		build_u32(&f, cases[i].second);
		build_bytes(&f, HW_SLICE("ab"));
		read_all(build_slice(&f), &b);
		assert_int_equal(b.nr, 1);
		assert_int_equal(b.frames[0].len, cases[i].len);
		assert_int_equal(b.frames[0].wire_len, cases[i].wire_len);
	}
}

static void refuses_a_length_that_no_packet_has(void **state)
{
	static const uint32_t lengths[] = { HW_RECORD_BYTES_MAX + 1, INT32_MAX, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct build f = { 0 };
		BATCH(b);

		build_pcap(&f, USUAL, 1);
		build_record(&f, 0, 0, HW_SLICE("x"));
		build_number(&f, 0, 8);
		build_u32(&f, lengths[i]);
		build_u32(&f, lengths[i]);
		assert_int_equal(read_all(build_slice(&f), &b), HW_RECORD_BAD);
		assert_int_equal(b.nr, 1); /* what was before it is given */
		assert_non_null(strstr(b.fault, "its captured length is "));
	}
}

/* Also where what tells it came before the piece at hand. */
static void says_where_another_file_was_put_behind_it(void **state)
{
	struct build f = { 0 };
	struct hw_pcap p;
	size_t at = 0;
	BATCH(b);

	(void)state;
	for (int i = 0; i < 2; i++) {
		build_pcap(&f, USUAL, 1);
		build_record(&f, UINT32_MAX, 0, HW_SLICE("x"));
	}
	assert_int_equal(read_all(build_slice(&f), &b), HW_RECORD_BAD);
	assert_non_null(strstr(b.fault, "another capture file"));

	assert_int_equal(hw_pcap_init(&p, build_slice(&f), 1, &b), HW_RECORD_OK);
	b.fault[0] = '\0';
	b.max = 1;
	do
		at += b.used;
	while (hw_pcap_read(&p, hw_slice(f.bytes + at, f.len - at), &b) == HW_RECORD_OK);
	assert_int_equal(b.nr, 0);
	assert_non_null(strstr(b.fault, "another capture file"));
}

static void every_prefix_wants_more_and_gives_the_packets_it_has(void **state)
{
	struct build f = { 0 };

	(void)state;
	build_pcap(&f, NANO, 1);
	for (uint32_t i = 0; i < 5; i++)
		build_record(&f, i, i, hw_slice("abcdefgh", i));
	for (size_t len = 0; len <= f.len; len++) {
		size_t whole = 0, end = 24;
		BATCH(b);

		while (end + 16 + whole <= len && whole < 5)
			end += 16 + whole++;
		assert_int_equal(read_all(tight_copy(hw_slice(f.bytes, len)), &b), HW_RECORD_MORE);
		assert_int_equal(b.nr, whole);
		for (size_t i = 0; i < whole; i++)
			assert_slice_equal(hw_slice(b.frames[i].data, b.frames[i].len),
					   hw_slice("abcdefgh", i));
	}
}

/* Room for one packet at a time gives the same as room for all. */
static void stops_where_there_is_no_room(void **state)
{
	struct build f = { 0 };
	struct hw_pcap p;
	struct hw_slice rest;
	BATCH(b);

	(void)state;
	build_pcap(&f, USUAL, 1);
	for (uint32_t i = 0; i < 5; i++)
		build_record(&f, i, 0, HW_SLICE("abc"));
	assert_int_equal(hw_pcap_init(&p, build_slice(&f), 41, &b), HW_RECORD_OK);
	rest = hw_slice_after(build_slice(&f), b.used);
	b.max = 1;
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(hw_pcap_read(&p, rest, &b), HW_RECORD_OK);
		assert_int_equal(b.frames[0].number, 41 + i);
		rest = hw_slice_after(rest, b.used);
	}
	assert_int_equal(hw_pcap_read(&p, rest, &b), HW_RECORD_MORE);
	assert_int_equal(b.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_orders_and_resolutions),
		cmocka_unit_test(carries_fractions_over_and_takes_times_as_unsigned),
		cmocka_unit_test(checks_version_and_linktype),
		cmocka_unit_test(knows_where_old_versions_had_the_lengths),
		cmocka_unit_test(refuses_a_length_that_no_packet_has),
		cmocka_unit_test(says_where_another_file_was_put_behind_it),
		cmocka_unit_test(every_prefix_wants_more_and_gives_the_packets_it_has),
		cmocka_unit_test(stops_where_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
