/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/cpu.h - what the processor has beyond what every x86-64 has
 *
 * Known once the program has started. Asked for here and not by gcc's __builtin_cpu_supports(), which
 * asks the processor itself anew: in a virtual machine that takes some ten microseconds a question, ten
 * of them. The C library has asked already.
 */
#ifndef HW_BASE_CPU_H
#define HW_BASE_CPU_H

#include <stdbool.h>

enum hw_cpu {
	HW_CPU_POPCNT = 1 << 0,
	HW_CPU_SSE41 = 1 << 1,
	HW_CPU_AES = 1 << 2,
	HW_CPU_SHA = 1 << 3,
	HW_CPU_BMI = 1 << 4,
	HW_CPU_AVX2 = 1 << 5,
	HW_CPU_AVX512BW = 1 << 6,
	HW_CPU_AVX512VBMI = 1 << 7,
};

/* Those of them that it has, and that the kernel lets us use. For hw_cpu_has(). */
extern unsigned hw_cpu_features;

/* Whether it has all of `wanted`, one or more of enum hw_cpu. */
static inline bool hw_cpu_has(unsigned wanted)
{
	return (hw_cpu_features & wanted) == wanted;
}

#endif
