/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/cpu.c - see cpu.h */
#include "base/cpu.h"

unsigned hw_cpu_features;

#ifdef __x86_64__
#if __has_include(<sys/platform/x86.h>) /* glibc, from 2.33 on */
#include <sys/platform/x86.h>

#define BIT_IF(name, glibc) (CPU_FEATURE_ACTIVE(glibc) ? HW_CPU_##name : 0u)
#else
#define BIT_IF(name, glibc) 0u /* what every x86-64 has does it, too */
#endif

__attribute__((constructor)) static void ask(void)
{
	hw_cpu_features |= BIT_IF(POPCNT, POPCNT) | BIT_IF(SSE41, SSE4_1);
	hw_cpu_features |= BIT_IF(AES, AES) | BIT_IF(SHA, SHA) | BIT_IF(BMI, BMI1);
	hw_cpu_features |= BIT_IF(AVX2, AVX2) | BIT_IF(AVX512BW, AVX512BW);
	hw_cpu_features |= BIT_IF(AVX512VBMI, AVX512_VBMI);
}
#endif
