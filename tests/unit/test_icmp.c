/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_icmp.c */
#include "unit/unit.h"

#include "event/icmp.h"

struct icmp_case {
	uint8_t type, code;
	const char *text;
};

static void icmp_is_named(void **state)
{
	static const struct icmp_case cases[] = {
		{ 0, 0, "EchoReply" },
		{ 0, 1, "EchoReply(Code: 1)" },
		{ 3, 0, "DestinationUnreachable(Net)" },
		{ 3, 3, "DestinationUnreachable(Port)" },
		{ 3, 15, "DestinationUnreachable(PrecedenceCutoff)" },
		{ 3, 16, "DestinationUnreachable(Code: 16)" },
		{ 3, 99, "DestinationUnreachable(Code: 99)" },
		{ 5, 1, "Redirect(Host)" },
		{ 5, 3, "Redirect(TOS+Host)" },
		{ 8, 0, "EchoRequest" },
		{ 11, 0, "TimeExceeded(TTLExceeded)" },
		{ 12, 2, "ParameterProblem(BadLength)" },
		{ 18, 0, "AddressMaskReply" },
		{ 19, 0, "19(0)" },
		{ 200, 3, "200(3)" },
		{ 255, 255, "255(255)" },
	};
	char room[HW_ICMP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_slice_equal(hw_icmp_text(cases[i].type, cases[i].code, room),
				   hw_slice_text(cases[i].text));
}

static void icmpv6_is_named(void **state)
{
	static const struct icmp_case cases[] = {
		{ 1, 4, "DestinationUnreachable(PortUnreachable)" },
		{ 1, 7, "DestinationUnreachable(Code: 7)" },
		{ 2, 0, "PacketTooBig" },
		{ 3, 1, "TimeExceeded(FragmentReassemblyTimeExceeded)" },
		{ 4, 2, "ParameterProblem(UnrecognizedIPv6Option)" },
		{ 128, 0, "EchoRequest" },
		{ 128, 5, "EchoRequest(Code: 5)" },
		{ 135, 0, "NeighborSolicitation" },
		{ 130, 0, "130(0)" },
		{ 143, 0, "143(0)" },
	};
	char room[HW_ICMP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_slice_equal(hw_icmpv6_text(cases[i].type, cases[i].code, room),
				   hw_slice_text(cases[i].text));
}

static void every_type_and_code_fits(void **state)
{
	char room[HW_ICMP_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 65536; i++) {
		assert_true(hw_icmp_text((uint8_t)(i >> 8), (uint8_t)i, room).len < sizeof(room));
		assert_true(hw_icmpv6_text((uint8_t)(i >> 8), (uint8_t)i, room).len < sizeof(room));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icmp_is_named),
		cmocka_unit_test(icmpv6_is_named),
		cmocka_unit_test(every_type_and_code_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
