/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_direction.c */
#include "unit/unit.h"

#include "source/direction.h"
#include "tight.h"

enum { ETHERNET = 1, RAW = 101, SLL = 113, IPV4 = 228, SLL2 = 276 };

/* We are 2:0:0:0:0:1, 10.0.0.1 and fd00::1; others end in 2 and 3. */
#define OUR_MAC "\2\0\0\0\0\1"
#define MAC_2 "\2\0\0\0\0\2"
#define MAC_3 "\2\0\0\0\0\3"
#define IP4_HEAD "\x45\0\0\x14\0\0\0\0\x40\x06\0\0"
#define OUR_IP4 "\x0a\0\0\1"
#define IP4_2 "\x0a\0\0\2"
#define IP4_3 "\x0a\0\0\3"
#define IP6_HEAD "\x60\0\0\0\0\0\x06\x40"
#define FD00 "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define OUR_IP6 FD00 "\1"
#define IP6_2 FD00 "\2"

static const struct hw_addr our_ips[] = {
	{ "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1" },
	{ "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
};

static struct hw_own own(void)
{
	return (struct hw_own){ .ips = our_ips, .ips_nr = 2, .mac = OUR_MAC, .has_mac = true };
}

static struct hw_frame frame_of(uint16_t linktype, struct hw_slice s)
{
	return (struct hw_frame){ .data = s.ptr, .len = (uint32_t)s.len, .linktype = linktype };
}

static const struct {
	const char *what;
	uint16_t linktype;
	struct hw_slice bytes;
	enum hw_direction direction;
} cases[] = {
	{ "from our MAC", ETHERNET, HW_SLICE(MAC_2 OUR_MAC "\x08\x06"), HW_DIRECTION_EGRESS },
	{ "to our MAC", ETHERNET, HW_SLICE(OUR_MAC MAC_2 "\x08\x06"), HW_DIRECTION_INGRESS },
	{ "broadcast from us", ETHERNET, HW_SLICE("\xff\xff\xff\xff\xff\xff" OUR_MAC "\x08\x06"),
	  HW_DIRECTION_EGRESS },
	{ "between others", ETHERNET, HW_SLICE(MAC_2 MAC_3 "\x08\x06"), HW_DIRECTION_UNKNOWN },
	{ "our IP behind the MAC of a bridge", ETHERNET,
	  HW_SLICE(MAC_2 MAC_3 "\x08\0" IP4_HEAD OUR_IP4 IP4_2), HW_DIRECTION_EGRESS },
	{ "our IP behind two tags", ETHERNET,
	  HW_SLICE(MAC_2 MAC_3 "\x88\xa8\0\1\x81\0\0\2\x86\xdd" IP6_HEAD IP6_2 OUR_IP6),
	  HW_DIRECTION_INGRESS },
	{ "the MAC is asked first", ETHERNET,
	  HW_SLICE(OUR_MAC MAC_2 "\x08\0" IP4_HEAD OUR_IP4 IP4_2), HW_DIRECTION_INGRESS },
	{ "not IP", ETHERNET, HW_SLICE(MAC_2 MAC_3 "\x08\x06" IP4_HEAD OUR_IP4 IP4_2),
	  HW_DIRECTION_UNKNOWN },
	{ "IPv4 from us", RAW, HW_SLICE(IP4_HEAD OUR_IP4 IP4_2), HW_DIRECTION_EGRESS },
	{ "IPv4 to us", IPV4, HW_SLICE(IP4_HEAD IP4_2 OUR_IP4), HW_DIRECTION_INGRESS },
	{ "IPv4 between others", RAW, HW_SLICE(IP4_HEAD IP4_2 IP4_3), HW_DIRECTION_UNKNOWN },
	{ "IPv6 from us", RAW, HW_SLICE(IP6_HEAD OUR_IP6 IP6_2), HW_DIRECTION_EGRESS },
	{ "cooked, to us", SLL, HW_SLICE("\0\0\0\1\0\6" MAC_2 "\0\0\x08\0"), HW_DIRECTION_INGRESS },
	{ "cooked, from us", SLL, HW_SLICE("\0\4\0\1\0\6" OUR_MAC "\0\0\x08\0"),
	  HW_DIRECTION_EGRESS },
	{ "cooked, to another", SLL, HW_SLICE("\0\3\0\1\0\6" MAC_2 "\0\0\x08\0"),
	  HW_DIRECTION_UNKNOWN },
	{ "new cooked, to all", SLL2, HW_SLICE("\x08\0\0\0\0\0\0\2\0\1\1\6" MAC_2 "\0\0"),
	  HW_DIRECTION_INGRESS },
	{ "new cooked, from us", SLL2, HW_SLICE("\x08\0\0\0\0\0\0\2\0\1\4\6" OUR_MAC "\0\0"),
	  HW_DIRECTION_EGRESS },
	{ "another link type", 105, HW_SLICE(MAC_2 OUR_MAC "\x08\x06"), HW_DIRECTION_UNKNOWN },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

/* Of a file, if it is not known, and not of the loopback interface. */
static void a_cooked_header_tells_it_without_an_interface(void **state)
{
	struct hw_frame frames[] = {
		frame_of(SLL, HW_SLICE("\0\0\0\1\0\6" MAC_2 "\0\0\x08\0")),
		frame_of(SLL, HW_SLICE("\0\4\0\1\0\6" OUR_MAC "\0\0\x08\0")),
		frame_of(SLL, HW_SLICE("\0\4\3\4\0\6\0\0\0\0\0\0\0\0\x08\0")),
		frame_of(SLL2, HW_SLICE("\x08\0\0\0\0\0\0\2\0\1\4\6" OUR_MAC "\0\0")),
		frame_of(SLL2, HW_SLICE("\x08\0\0\0\0\0\0\1\3\4\0\6\0\0\0\0\0\0\0\0")),
		frame_of(SLL2, HW_SLICE("\x08\0\0\0\0\0\0\2\0\1\4\6" OUR_MAC "\0\0")),
		frame_of(ETHERNET, HW_SLICE(MAC_2 OUR_MAC "\x08\x06")),
	};
	static const enum hw_direction want[] = {
		HW_DIRECTION_INGRESS, HW_DIRECTION_EGRESS,  HW_DIRECTION_UNKNOWN,
		HW_DIRECTION_EGRESS,  HW_DIRECTION_UNKNOWN, HW_DIRECTION_INGRESS,
		HW_DIRECTION_UNKNOWN,
	};
	enum { NR = sizeof(frames) / sizeof(frames[0]) };

	(void)state;
	frames[5].direction = HW_DIRECTION_INGRESS; /* pcapng says so */
	hw_direction_read(frames, NR);
	for (size_t i = 0; i < NR; i++)
		assert_int_equal(frames[i].direction, want[i]);
}

static void tells_the_direction(void **state)
{
	const struct hw_own us = own();

	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		struct hw_frame f = frame_of(cases[i].linktype, cases[i].bytes);

		hw_direction_set(&f, &us);
		if (f.direction != cases[i].direction)
			fail_msg("%s: %u", cases[i].what, f.direction);
		assert_int_equal(f.checksums_unset, f.direction == HW_DIRECTION_EGRESS);
	}
}

static void loopback_comes_in_without_checksums(void **state)
{
	const struct hw_own us = own(), loopback = { .has_mac = true, .is_loopback = true };
	static const struct {
		uint16_t linktype;
		struct hw_slice bytes;
	} looped[] = {
		{ SLL, HW_SLICE("\0\0\x03\x04\0\6\0\0\0\0\0\0\0\0\x08\0") },
		{ SLL2, HW_SLICE("\x08\0\0\0\0\0\0\1\x03\x04\0\6\0\0\0\0\0\0\0\0") },
	};
	struct hw_frame f =
		frame_of(ETHERNET, HW_SLICE("\0\0\0\0\0\0\0\0\0\0\0\0\x08\0" IP4_HEAD OUR_IP4));

	(void)state;
	hw_direction_set(&f, &loopback);
	assert_int_equal(f.direction, HW_DIRECTION_INGRESS);
	assert_true(f.checksums_unset);
	for (size_t i = 0; i < 2; i++) {
		f = frame_of(looped[i].linktype, looped[i].bytes);
		hw_direction_set(&f, &us);
		assert_int_equal(f.direction, HW_DIRECTION_INGRESS);
		assert_true(f.checksums_unset);
	}
}

static void no_addresses_are_fine(void **state)
{
	const struct hw_own nothing = { 0 };
	struct hw_frame f = frame_of(RAW, HW_SLICE(IP4_HEAD OUR_IP4 IP4_2));

	(void)state;
	hw_direction_set(&f, &nothing);
	assert_int_equal(f.direction, HW_DIRECTION_UNKNOWN);
}

static void reads_nothing_behind_the_end(void **state)
{
	const struct hw_own us = own();

	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		for (size_t len = 0; len <= cases[i].bytes.len; len++) {
			struct hw_frame f = frame_of(cases[i].linktype,
						     tight_copy(hw_slice(cases[i].bytes.ptr, len)));

			hw_direction_set(&f, &us);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_direction),
		cmocka_unit_test(a_cooked_header_tells_it_without_an_interface),
		cmocka_unit_test(loopback_comes_in_without_checksums),
		cmocka_unit_test(no_addresses_are_fine),
		cmocka_unit_test(reads_nothing_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
