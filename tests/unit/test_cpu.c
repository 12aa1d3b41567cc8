/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_cpu.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "base/cpu.h"

#ifdef __x86_64__
/* gcc's own question is the judge. The tunables of the C library may take features away from us alone. */
static void is_what_the_processor_says(void **state)
{
	(void)state;
	if (getenv("GLIBC_TUNABLES"))
		skip();
	__builtin_cpu_init();
	assert_int_equal(hw_cpu_has(HW_CPU_POPCNT), __builtin_cpu_supports("popcnt") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_SSE41), __builtin_cpu_supports("sse4.1") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_AES), __builtin_cpu_supports("aes") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_BMI), __builtin_cpu_supports("bmi") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_AVX2), __builtin_cpu_supports("avx2") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_AVX512BW), __builtin_cpu_supports("avx512bw") != 0);
	assert_int_equal(hw_cpu_has(HW_CPU_AVX512VBMI), __builtin_cpu_supports("avx512vbmi") != 0);
}

static void has_all_or_not(void **state)
{
	const unsigned features = hw_cpu_features;

	(void)state;
	hw_cpu_features = HW_CPU_POPCNT | HW_CPU_AVX2;
	assert_true(hw_cpu_has(HW_CPU_AVX2));
	assert_true(hw_cpu_has(HW_CPU_AVX2 | HW_CPU_POPCNT));
	assert_false(hw_cpu_has(HW_CPU_AVX2 | HW_CPU_BMI));
	assert_false(hw_cpu_has(HW_CPU_BMI));
	hw_cpu_features = features;
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(is_what_the_processor_says),
		cmocka_unit_test(has_all_or_not),
#endif
	};

	return sizeof(tests) ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
