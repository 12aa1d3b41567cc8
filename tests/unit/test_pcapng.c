/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_pcapng.c */
#include "unit/unit.h"

#include "build_capture.h"
#include "source/pcapng.h"
#include "tight.h"

enum { ROOM = 16, ETHERNET = 1, RAW = 101 };
enum { TSRESOL = 9, TSOFFSET = 14, FLAGS = 2 };

struct result {
	struct hw_frame frames[ROOM];
	struct hw_record_batch b;
	enum hw_record_status status;
};

static void read_all(struct hw_slice in, struct result *ret)
{
	struct hw_pcapng p;

	*ret = (struct result){ .b = { .frames = ret->frames, .max = ROOM } };
	hw_pcapng_init(&p, 1);
	ret->status = hw_pcapng_read(&p, in, &ret->b);
	hw_pcapng_clear(&p);
}

static void build_start(struct build *f)
{
	build_section(f);
	build_interface(f, ETHERNET, 0);
	build_end(f);
}

static void assert_bad(const struct build *f, const char *fault)
{
	struct result r;

	read_all(tight_copy(build_slice(f)), &r);
	assert_int_equal(r.status, HW_RECORD_BAD);
	assert_string_equal(r.b.fault, fault);
}

static void reads_each_kind_of_packet_block(void **state)
{
	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		struct build f = { .big_endian = big_endian };
		struct result r;

		build_start(&f);
		build_interface(&f, RAW, 2);
		build_end(&f);
		build_packet(&f, 1, 5000123, HW_SLICE("abc"));
		build_end(&f);
		build_begin(&f, 2); /* obsolete */
		build_u16(&f, 1);
		build_u16(&f, 0xffff);
		build_u32(&f, 1);
		build_u32(&f, 0);
		build_u32(&f, 2);
		build_u32(&f, 60);
		build_bytes(&f, HW_SLICE("de"));
		build_pad(&f);
		build_end(&f);
		build_begin(&f, 3); /* simple: of interface 0 */
		build_u32(&f, 1);
		build_bytes(&f, HW_SLICE("f"));
		build_pad(&f);
		build_end(&f);

		read_all(tight_copy(build_slice(&f)), &r);
		assert_int_equal(r.status, HW_RECORD_MORE);
		assert_int_equal(r.b.want, 1);
		assert_int_equal(r.b.nr, 3);
		assert_slice_equal(hw_slice(r.frames[0].data, r.frames[0].len), HW_SLICE("abc"));
		assert_int_equal(r.frames[0].time_ns, 5000123000);
		assert_int_equal(r.frames[0].linktype, RAW);
		assert_slice_equal(hw_slice(r.frames[1].data, r.frames[1].len), HW_SLICE("de"));
		assert_int_equal(r.frames[1].time_ns, 4294967296000);
		assert_int_equal(r.frames[1].wire_len, 60);
		assert_slice_equal(hw_slice(r.frames[2].data, r.frames[2].len), HW_SLICE("f"));
		assert_int_equal(r.frames[2].time_ns, 0);
		assert_int_equal(r.frames[2].linktype, ETHERNET);
		assert_int_equal(r.frames[2].number, 3);
	}
}

static void cuts_a_simple_packet_at_the_snapshot_length(void **state)
{
	struct build f = { 0 };
	struct result r;

	(void)state;
	build_section(&f);
	build_interface(&f, ETHERNET, 2);
	build_end(&f);
	build_begin(&f, 3);
	build_u32(&f, 1500);
	build_bytes(&f, HW_SLICE("ab\0\0"));
	build_end(&f);
	read_all(build_slice(&f), &r);
	assert_int_equal(r.b.nr, 1);
	assert_int_equal(r.frames[0].len, 2);
	assert_int_equal(r.frames[0].wire_len, 1500);
}

static void converts_times(void **state)
{
	static const struct {
		uint8_t tsresol;
		int64_t offset_s;
		uint64_t ticks, want;
	} cases[] = {
		{ 6, 0, 1, 1000 },
		{ 0, 0, 7, 7000000000 },
		{ 9, 0, 123, 123 },
		{ 3, 0, 1, 1000000 },
		{ 12, 0, 1999, 1 }, /* what is below a nanosecond is dropped */
		{ 19, 0, 10000000000000000000u, 1000000000 },
		{ 0x80, 0, 7, 7000000000 },
		{ 0x80 | 9, 0, 1, 1953125 },
		{ 0x80 | 10, 0, 1536, 1500000000 },
		{ 0x80 | 63, 0, (uint64_t)1 << 62, 500000000 },
		{ 6, 1700000000, 1, 1700000000000001000 },
		{ 6, -1, 1500000, 500000000 },
		{ 6, -2, 1500000, 0 },
		{ 6, INT64_MIN, 0, 0 },
		{ 6, INT64_MAX, 0, UINT64_MAX },
		{ 0, INT64_MAX, UINT64_MAX, UINT64_MAX },
		{ 0, 0, UINT64_MAX, UINT64_MAX },
		{ 9, 0, UINT64_MAX, UINT64_MAX },
		{ 6, 0, UINT64_MAX / 1000 + 1, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { .big_endian = i % 2 };
		struct result r;

		build_section(&f);
		build_interface(&f, ETHERNET, 0);
		build_option(&f, TSRESOL, cases[i].tsresol, 1);
		if (cases[i].offset_s)
			build_option(&f, TSOFFSET, (uint64_t)cases[i].offset_s, 8);
		build_end(&f);
		build_packet(&f, 0, cases[i].ticks, HW_SLICE("x"));
		build_end(&f);
		read_all(build_slice(&f), &r);
		assert_int_equal(r.b.nr, 1);
		assert_int_equal(r.frames[0].time_ns, cases[i].want);
	}
}

static void takes_the_direction_from_the_packet(void **state)
{
	static const uint8_t want[] = { HW_DIRECTION_UNKNOWN, HW_DIRECTION_INGRESS,
					HW_DIRECTION_EGRESS, HW_DIRECTION_UNKNOWN };

	(void)state;
	for (uint32_t flags = 0; flags < 4; flags++) {
		struct build f = { .big_endian = true };
		struct result r;

		build_start(&f);
		build_packet(&f, 0, 0, HW_SLICE("abcde"));
		build_option(&f, 1, 'c', 1);
		build_option(&f, FLAGS, 0x100 | flags, 4);
		build_option(&f, 0, 0, 0);
		build_end(&f);
		read_all(tight_copy(build_slice(&f)), &r);
		assert_int_equal(r.b.nr, 1);
		assert_int_equal(r.frames[0].direction, want[flags]);
	}
}

static void goes_on_through_sections_of_either_order(void **state)
{
	struct build f = { 0 };
	struct result r;

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		f.big_endian = i % 2;
		build_section(&f);
		build_interface(&f, (uint16_t)(100 + i), 0);
		build_end(&f);
		build_packet(&f, 0, i, HW_SLICE("abcd"));
		build_end(&f);
	}
	read_all(tight_copy(build_slice(&f)), &r);
	assert_int_equal(r.b.nr, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(r.frames[i].linktype, 100 + i);
		assert_int_equal(r.frames[i].time_ns, i * 1000);
		assert_int_equal(r.frames[i].number, i + 1);
	}

	/* A section's interfaces end with it. */
	build_section(&f);
	build_packet(&f, 0, 0, HW_SLICE("x"));
	build_end(&f);
	assert_bad(&f, "the packet is of interface 0, which is not described");
}

static void skips_blocks_without_packets(void **state)
{
	static const uint32_t types[] = {
		4, 5, 7, 9, 10, 0xbad, 0x40000bad, 0x80000001, UINT32_MAX
	};
	struct build f = { 0 };
	struct result r;

	(void)state;
	build_start(&f);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		build_begin(&f, types[i]);
		build_bytes(&f, HW_SLICE("\xff\xff\xff\xff\xff\xff\xff\xff"));
		build_end(&f);
		build_begin(&f, types[i]); /* of nothing */
		build_end(&f);
		build_packet(&f, 0, 0, HW_SLICE("x"));
		build_end(&f);
	}
	read_all(build_slice(&f), &r);
	assert_int_equal(r.status, HW_RECORD_MORE);
	assert_int_equal(r.b.nr, sizeof(types) / sizeof(types[0]));
}

static void refuses_block_lengths_that_cannot_be(void **state)
{
	static const struct {
		uint32_t len;
		const char *fault;
	} cases[] = {
		{ 0, "block length 0 is less than 12" },
		{ 8, "block length 8 is less than 12" },
		{ 13, "block length 13 is not a multiple of 4" },
		{ (16 << 20) + 4, "block length 16777220 is more than 16 MiB" },
		{ 0xfffffffc, "block length 4294967292 is more than 16 MiB" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };

		build_start(&f);
		build_u32(&f, 6);
		build_u32(&f, cases[i].len);
		build_u32(&f, 0);
		assert_bad(&f, cases[i].fault);
	}
}

static void refuses_damaged_blocks(void **state)
{
	struct build f;

	(void)state;
	f = (struct build){ 0 };
	build_start(&f);
	build_packet(&f, 0, 0, HW_SLICE("abcd"));
	build_end(&f);
	f.bytes[f.len - 4]++;
	assert_bad(&f, "block length 36 is 37 at the block's end");

	f = (struct build){ 0 };
	build_section(&f);
	f.bytes[12] = 2;
	assert_bad(&f, "pcapng version 2.0 is not supported");

	f = (struct build){ 0 };
	build_section(&f);
	f.bytes[8] = 0;
	assert_bad(&f, "a section's byte-order mark is 0x003c2b1a");

	f = (struct build){ 0 };
	build_start(&f);
	build_packet(&f, 1, 0, HW_SLICE("x"));
	build_end(&f);
	assert_bad(&f, "the packet is of interface 1, which is not described");

	f = (struct build){ 0 };
	build_section(&f);
	build_begin(&f, 3);
	build_u32(&f, 0);
	build_end(&f);
	assert_bad(&f, "the packet is of interface 0, which is not described");

	f = (struct build){ 0 };
	build_start(&f);
	build_begin(&f, 6);
	build_number(&f, 0, 8);
	build_number(&f, 0, 8);
	build_end(&f);
	assert_bad(&f, "a packet block of 28 bytes is too short");

	f = (struct build){ 0 };
	build_section(&f);
	build_begin(&f, 1);
	build_u32(&f, 1);
	build_end(&f);
	assert_bad(&f, "an interface block of 16 bytes is too short");
}

/* A block of one type whose body is the first `len` bytes of `body`. */
static void build_beginning(struct build *f, uint32_t type, const uint8_t *body, size_t len)
{
	*f = (struct build){ 0 };
	build_start(f);
	build_begin(f, type);
	build_bytes(f, hw_slice(body, len));
	build_end(f);
}

static void refuses_blocks_that_end_too_early(void **state)
{
	static const uint8_t section[16] = { 0x4d, 0x3c, 0x2b, 0x1a, 1 }, other[20];
	static const struct {
		uint32_t type;
		const uint8_t *body;
		size_t most; /* of a body that is too short, and is not taken for something else */
		const char *fault;
	} cases[] = {
		{ 0x0a0d0d0a, section, 12, "a section header of 24 bytes is too short" },
		{ 1, other, 4, "an interface block of 16 bytes is too short" },
		{ 2, other, 16, "a packet block of 28 bytes is too short" },
		{ 3, other, 0, "a packet block of 12 bytes is too short" },
		{ 6, other, 16, "a packet block of 28 bytes is too short" },
	};
	struct build f;
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		build_beginning(&f, cases[i].type, cases[i].body, cases[i].most);
		assert_bad(&f, cases[i].fault);
		build_beginning(&f, cases[i].type, cases[i].body, cases[i].most + 4);
		read_all(build_slice(&f), &r);
		assert_int_equal(r.status, HW_RECORD_MORE);
	}
}

static void bounds_a_packet_by_its_block_and_the_limit(void **state)
{
	static const struct {
		uint32_t len;
		const char *fault;
	} cases[] = {
		{ 9, "the packet's 9 bytes run past its block" },
		{ 262144, "the packet's 262144 bytes run past its block" },
		{ 262145, "the packet's captured length is 262145, more than 262144" },
		{ UINT32_MAX, "the packet's captured length is 4294967295, more than 262144" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };
		size_t end;

		build_start(&f);
		build_packet(&f, 0, 0, HW_SLICE("abcdefgh"));
		end = f.len;
		f.len = f.block + 20;
		build_u32(&f, cases[i].len);
		f.len = end;
		build_end(&f);
		assert_bad(&f, cases[i].fault);
	}
}

static void bounds_the_options_of_an_interface(void **state)
{
	static const struct {
		uint16_t code, len;
		uint64_t value;
		uint16_t claimed;
		const char *fault;
	} cases[] = {
		{ TSRESOL, 1, 20, 1, "the interface's time resolution is out of range" },
		{ TSRESOL, 1, 0x7f, 1, "the interface's time resolution is out of range" },
		{ TSRESOL, 1, 0xc0, 1, "the interface's time resolution is out of range" },
		{ TSRESOL, 1, 0xff, 1, "the interface's time resolution is out of range" },
		{ TSRESOL, 4, 6, 4, "the interface's time resolution is out of range" },
		{ TSOFFSET, 4, 0, 4, "the interface's time offset is not of 8 bytes" },
		{ 2, 4, 0, 0xffff, "an option of the interface runs past the block" },
		{ 2, 4, 0, 5, "an option of the interface runs past the block" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct build f = { 0 };
		size_t at;

		build_section(&f);
		build_interface(&f, ETHERNET, 0);
		at = f.len;
		build_option(&f, cases[i].code, cases[i].value, cases[i].len);
		build_end(&f);
		f.bytes[at + 2] = (uint8_t)cases[i].claimed;
		f.bytes[at + 3] = (uint8_t)(cases[i].claimed >> 8);
		assert_bad(&f, cases[i].fault);
	}
}

/* Those of a packet hold nothing that its bytes depend on. */
static void ignores_damaged_options_of_a_packet(void **state)
{
	struct build f = { 0 };
	struct result r;

	(void)state;
	build_start(&f);
	build_packet(&f, 0, 0, HW_SLICE("x"));
	build_u16(&f, FLAGS);
	build_u16(&f, 0xffff);
	build_end(&f);
	read_all(tight_copy(build_slice(&f)), &r);
	assert_int_equal(r.b.nr, 1);
	assert_int_equal(r.frames[0].direction, HW_DIRECTION_UNKNOWN);
}

static void has_a_bound_on_interfaces(void **state)
{
	struct build f = { 0 };
	struct hw_frame frame;
	struct hw_record_batch b = { .frames = &frame, .max = 1 };
	struct hw_slice section, interface;
	struct hw_pcapng p;

	(void)state;
	build_section(&f);
	section = build_slice(&f);
	build_interface(&f, ETHERNET, 0);
	build_end(&f);
	interface = hw_slice_after(build_slice(&f), section.len);

	hw_pcapng_init(&p, 1);
	assert_int_equal(hw_pcapng_read(&p, section, &b), HW_RECORD_MORE);
	for (int i = 0; i < HW_PCAPNG_INTERFACES_MAX; i++)
		assert_int_equal(hw_pcapng_read(&p, interface, &b), HW_RECORD_MORE);
	assert_int_equal(hw_pcapng_read(&p, interface, &b), HW_RECORD_BAD);
	assert_string_equal(b.fault, "more than 131072 interfaces");
	hw_pcapng_clear(&p);
}

/* Cut anywhere, a file gives its whole packets; fed on from there, all of them. */
static void every_cut_gives_the_same(void **state)
{
	struct build f = { .big_endian = true };
	struct result whole;

	(void)state;
	build_start(&f);
	for (uint32_t i = 0; i < 4; i++) {
		f.big_endian = i % 2;
		build_start(&f);
		build_packet(&f, 0, i, hw_slice("abcdefgh", i));
		build_option(&f, FLAGS, 1, 4);
		build_end(&f);
	}
	read_all(build_slice(&f), &whole);
	assert_int_equal(whole.b.nr, 4);

	for (size_t cut = 0; cut <= f.len; cut++) {
		struct hw_frame frames[ROOM];
		struct hw_record_batch b = { .frames = frames, .max = ROOM };
		struct hw_pcapng p;
		size_t before;

		hw_pcapng_init(&p, 1);
		assert_int_equal(hw_pcapng_read(&p, tight_copy(hw_slice(f.bytes, cut)), &b),
				 HW_RECORD_MORE);
		assert_true(b.used + b.want > cut);
		before = b.nr;
		hw_pcapng_read(&p, hw_slice_after(build_slice(&f), b.used), &b);
		assert_int_equal(before + b.nr, 4);
		for (size_t i = 0; i < b.nr; i++) {
			assert_int_equal(b.frames[i].number, whole.frames[before + i].number);
			assert_ptr_equal(b.frames[i].data, whole.frames[before + i].data);
			assert_int_equal(b.frames[i].time_ns, whole.frames[before + i].time_ns);
		}
		hw_pcapng_clear(&p);
	}
}

/* A section with three packets: long, short, and long with options and bytes that pad it. */
static void build_long(struct build *f, struct hw_slice first, struct hw_slice last)
{
	build_start(f);
	build_packet(f, 0, 1, first);
	build_end(f);
	build_packet(f, 0, 2, HW_SLICE("short"));
	build_end(f);
	build_packet(f, 0, 3, last);
	build_option(f, FLAGS, 2, 4);
	build_end(f);
}

/* As if `from` were mapped: nothing is in `to` before, and what nobody needs is not there behind. */
static void read_mapped(struct hw_slice from, struct hw_slice to, struct result *ret)
{
	struct hw_pcapng p;

	*ret = (struct result){ .b = { .frames = ret->frames, .max = ROOM, .source = from.ptr } };
	hw_pcapng_init(&p, 1);
	ret->status = hw_pcapng_read(&p, to, &ret->b);
	hw_pcapng_clear(&p);
}

static void leaves_the_rest_of_long_packets(void **state)
{
	static uint8_t data[1500], place[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 1);
	for (size_t len = 1080; len < 1100; len++) {
		struct build f = { .big_endian = len & 1 };
		const size_t lens[] = { len, 5, 1443 };
		struct result r;

		memset(place, 0, sizeof(place));
		build_long(&f, hw_slice(data, lens[0]), hw_slice(data, lens[2]));
		read_mapped(tight_copy(build_slice(&f)), hw_slice(place, f.len), &r);
		assert_int_equal(r.status, HW_RECORD_MORE);
		assert_int_equal(r.b.nr, 3);
		assert_int_equal(r.frames[2].direction, HW_DIRECTION_EGRESS);
		for (size_t i = 0; i < 3; i++) {
			const bool is_long = lens[i] >= 1088;
			const struct hw_frame *frame = &r.frames[i];
			const size_t there = is_long ? HW_FRAME_HEAD : lens[i];
			const void *want = i == 1 ? HW_SLICE("short").ptr : data;

			assert_int_equal(frame->len, lens[i]);
			assert_int_equal(frame->time_ns, (i + 1) * 1000);
			assert_int_equal(frame->rest != NULL, is_long);
			assert_memory_equal(frame->data, want, there);
			if (is_long) {
				assert_int_equal(frame->data[there], 0); /* not copied */
				assert_memory_equal(frame->rest, data + there, lens[i] - there);
			}
		}
	}
}

/* A mapped block is refused for what a block that was read is. */
static void refuses_damaged_blocks_that_are_mapped(void **state)
{
	static uint8_t data[1500], place[4096];

	(void)state;
	for (uint32_t len = 1496; len < 1512; len++) {
		struct build f = { 0 }, claims;
		struct result read, mapped;

		memset(place, 0, sizeof(place));
		build_start(&f);
		claims = f;
		build_packet(&f, 0, 1, hw_slice(data, 1500));
		build_end(&f);
		claims.block = claims.len + 20;
		build_bytes(&claims, hw_slice_after(build_slice(&f), claims.len));
		claims.len = claims.block;
		build_u32(&claims, len);
		claims.len = f.len;

		read_all(tight_copy(build_slice(&claims)), &read);
		read_mapped(tight_copy(build_slice(&claims)), hw_slice(place, f.len), &mapped);
		assert_int_equal(mapped.status, read.status);
		assert_int_equal(read.status == HW_RECORD_BAD, len > 1500);
		assert_string_equal(mapped.b.fault, read.b.fault);
		assert_int_equal(mapped.b.nr, read.b.nr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_kind_of_packet_block),
		cmocka_unit_test(cuts_a_simple_packet_at_the_snapshot_length),
		cmocka_unit_test(converts_times),
		cmocka_unit_test(takes_the_direction_from_the_packet),
		cmocka_unit_test(goes_on_through_sections_of_either_order),
		cmocka_unit_test(skips_blocks_without_packets),
		cmocka_unit_test(refuses_block_lengths_that_cannot_be),
		cmocka_unit_test(refuses_damaged_blocks),
		cmocka_unit_test(refuses_blocks_that_end_too_early),
		cmocka_unit_test(bounds_a_packet_by_its_block_and_the_limit),
		cmocka_unit_test(bounds_the_options_of_an_interface),
		cmocka_unit_test(ignores_damaged_options_of_a_packet),
		cmocka_unit_test(has_a_bound_on_interfaces),
		cmocka_unit_test(every_cut_gives_the_same),
		cmocka_unit_test(leaves_the_rest_of_long_packets),
		cmocka_unit_test(refuses_damaged_blocks_that_are_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
