/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_tcp_options.c */
#include "unit/unit.h"

#include "tcp/options.h"
#include "tight.h"

#define TIME "\x08\x0a\x11\x22\x33\x44\0\0\0\1"
#define SCALE_7 "\x03\x03\x07"
#define MD5        \
	"\x13\x12" \
	"0123456789abcdef"

enum { TIME_IS = 0x11223344 };

static const struct {
	const char *what;
	struct hw_slice options;
	struct hw_tcp_options_seen seen;
} cases[] = {
	{ "none", HW_SLICE(""), { 0 } },
	{ "of a Linux SYN",
	  HW_SLICE("\x02\x04\x05\xb4\x04\x02" TIME "\x01" SCALE_7),
	  { .time = TIME_IS, .has_time = true, .shift = 7 } },
	{ "of other segments", HW_SLICE("\1\1" TIME), { .time = TIME_IS, .has_time = true } },
	{ "no padding", HW_SLICE(TIME), { .time = TIME_IS, .has_time = true } },
	{ "padding behind", HW_SLICE(TIME "\1\1"), { .time = TIME_IS, .has_time = true } },
	{ "twelve bytes that only begin alike",
	  HW_SLICE("\1\1\x08\x09"
		   "12345678"),
	  { 0 } },
	{ "the later one counts",
	  HW_SLICE("\x08\x0a"
		   "12345678" TIME),
	  { .time = TIME_IS, .has_time = true } },
	{ "a shift above 14 is 14", HW_SLICE("\x03\x03\xff"), { .shift = 14 } },
	{ "a shift of the wrong length", HW_SLICE("\x03\x04\x07\x07"), { 0 } },
	{ "MD5", HW_SLICE(MD5), { .has_signature = true } },
	{ "AO", HW_SLICE("\x1d\x04\x01\x01" SCALE_7), { .has_signature = true, .shift = 7 } },
	{ "an unknown one is passed over",
	  HW_SLICE("\xfe\x06"
		   "abcd" SCALE_7),
	  { .shift = 7 } },
	{ "one without a value", HW_SLICE("\x04\x02" SCALE_7), { .shift = 7 } },
	{ "nothing counts behind the end", HW_SLICE("\x00\x02" SCALE_7), { 0 } },
	{ "nor behind a length of 0", HW_SLICE("\x05\x00" SCALE_7), { 0 } },
	{ "nor behind a length of 1", HW_SLICE("\x05\x01" SCALE_7), { 0 } },
	{ "nor behind one that is too long", HW_SLICE("\x05\x06" SCALE_7), { 0 } },
	{ "but before them", HW_SLICE(SCALE_7 "\x05\x00"), { .shift = 7 } },
	{ "a kind without its length", HW_SLICE(SCALE_7 "\x08"), { .shift = 7 } },
	{ "only padding", HW_SLICE("\1\1\1\1"), { 0 } },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static void check(const char *what, struct hw_slice options, struct hw_tcp_options_seen want)
{
	const struct hw_tcp_options_seen got = hw_tcp_options_read(options);

	if (got.time != want.time || got.shift != want.shift || got.has_time != want.has_time ||
	    got.has_signature != want.has_signature)
		fail_msg("%s: time %d %x, shift %d, signature %d", what, got.has_time, got.time,
			 got.shift, got.has_signature);
}

static void reads_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++)
		check(cases[i].what, tight_copy(cases[i].options), cases[i].seen);
}

/* The way for usual segments, and the one that looks at all options. */
static void both_ways_to_the_time_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		const struct hw_tcp_time time = hw_tcp_options_time(tight_copy(cases[i].options));

		if (time.is_there != cases[i].seen.has_time || time.value != cases[i].seen.time)
			fail_msg("%s: %x", cases[i].what, time.value);
	}
}

/* A captured part of the options gives what stands in it, and nothing else. */
static void a_prefix_gives_a_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t len = 0; len <= cases[i].options.len; len++) {
			const struct hw_slice part =
				tight_copy(hw_slice(cases[i].options.ptr, len));
			const struct hw_tcp_options_seen got = hw_tcp_options_read(part);
			const struct hw_tcp_time time = hw_tcp_options_time(part);

			assert_true(cases[i].seen.has_time || !got.has_time);
			assert_true(cases[i].seen.has_signature || !got.has_signature);
			assert_true(got.shift == 0 || got.shift == cases[i].seen.shift);
			assert_int_equal(time.is_there, got.has_time);
			assert_int_equal(time.value, got.time);
		}
	}
}

/* All options of three bytes: what is given lies inside, and the walk ends. */
static void any_bytes_are_walked_to_an_end(void **state)
{
	uint8_t bytes[3];
	const struct hw_slice all = tight_copy(hw_slice("abc", 3));

	(void)state;
	for (uint32_t n = 0; n < 1 << 24; n += 7) {
		struct hw_cursor c = hw_cursor(all);
		struct hw_slice value;
		uint8_t kind;
		int nr = 0;

		memcpy(bytes, &n, sizeof(bytes));
		tight_copy(hw_slice(bytes, sizeof(bytes)));
		while (hw_tcp_options_next(&c, &kind, &value)) {
			if (value.ptr < all.ptr + 2 || value.ptr + value.len != c.at)
				fail_msg("%06x", n);
			nr++;
		}
		if (nr > 1 || c.at > c.end)
			fail_msg("%06x", n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_options),
		cmocka_unit_test(both_ways_to_the_time_agree),
		cmocka_unit_test(a_prefix_gives_a_part),
		cmocka_unit_test(any_bytes_are_walked_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
