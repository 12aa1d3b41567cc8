/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_dns_names.c */
#include "unit/unit.h"

#include "dns/names.h"

static void every_type_has_a_text(void **state)
{
	static const struct {
		uint16_t type;
		const char *text, *tracee;
	} cases[] = {
		{ 0, "TYPE0", "Unknown" },
		{ 1, "A", "A" },
		{ 10, "NULL", "NULL" },
		{ 12, "PTR", "PTR" },
		{ 16, "TXT", "TXT" },
		{ 17, "RP", "Unknown" },
		{ 18, "AFSDB", "Unknown" },
		{ 28, "AAAA", "AAAA" },
		{ 33, "SRV", "SRV" },
		{ 41, "OPT", "OPT" },
		{ 54, "TYPE54", "Unknown" },
		{ 64, "SVCB", "Unknown" },
		{ 65, "HTTPS", "Unknown" },
		{ 255, "ANY", "Unknown" },
		{ 256, "URI", "URI" },
		{ 257, "CAA", "Unknown" },
		{ 32769, "DLV", "Unknown" },
		{ 65280, "TYPE65280", "Unknown" },
		{ 65535, "TYPE65535", "Unknown" },
	};
	char room[HW_DNS_NUMBER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_slice_equal(hw_dns_type_text(cases[i].type, room),
				   hw_slice_text(cases[i].text));
		assert_slice_equal(hw_dns_type_text_tracee(cases[i].type),
				   hw_slice_text(cases[i].tracee));
	}
}

static void the_table_of_types_is_sorted(void **state)
{
	static const uint16_t numbers[] = {
#define HW_DNS_TYPE(number, name, layout) number,
#include "dns/type.def"
#undef HW_DNS_TYPE
	};
	static const char *const names[] = {
#define HW_DNS_TYPE(number, name, layout) name,
#include "dns/type.def"
#undef HW_DNS_TYPE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_true(i == 0 || numbers[i - 1] < numbers[i]);
		assert_slice_equal(hw_dns_type_name(numbers[i]), hw_slice_text(names[i]));
	}
}

static void classes_have_a_text(void **state)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	(void)state;
	assert_slice_equal(hw_dns_class_text(1, room), HW_SLICE("IN"));
	assert_slice_equal(hw_dns_class_text(254, room), HW_SLICE("NONE"));
	assert_slice_equal(hw_dns_class_text(255, room), HW_SLICE("ANY"));
	assert_slice_equal(hw_dns_class_text(4096, room), HW_SLICE("CLASS4096"));
	assert_slice_equal(hw_dns_class_text_tracee(255), HW_SLICE("Any"));
	assert_slice_equal(hw_dns_class_text_tracee(254), HW_SLICE("Unknown"));
	assert_slice_equal(hw_dns_class_text_tracee(2), HW_SLICE("CS"));
}

static void codes_have_a_text(void **state)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	(void)state;
	assert_slice_equal(hw_dns_opcode_text_tracee(1), HW_SLICE("inverse query"));
	assert_slice_equal(hw_dns_opcode_text_tracee(6), HW_SLICE("unknown"));

	assert_slice_equal(hw_dns_rcode_text(2, room), HW_SLICE("SERVFAIL"));
	assert_slice_equal(hw_dns_rcode_text(16, room), HW_SLICE("BADVERS"));
	assert_slice_equal(hw_dns_rcode_text(4095, room), HW_SLICE("RCODE4095"));
	assert_slice_equal(hw_dns_rcode_text_tracee(2), HW_SLICE("server failure "));
	assert_slice_equal(hw_dns_rcode_text_tracee(23), HW_SLICE("bad cookie"));
	assert_slice_equal(hw_dns_rcode_text_tracee(11), HW_SLICE("unknown"));

	assert_slice_equal(hw_dns_option_text(8, room), HW_SLICE("ECS"));
	assert_slice_equal(hw_dns_option_text(65001, room), HW_SLICE("OPT65001"));
	assert_slice_equal(hw_dns_option_text_tracee(12), HW_SLICE("CodePadding"));
	assert_slice_equal(hw_dns_option_text_tracee(15), HW_SLICE("Unknown"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_a_text),
		cmocka_unit_test(the_table_of_types_is_sorted),
		cmocka_unit_test(classes_have_a_text),
		cmocka_unit_test(codes_have_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
