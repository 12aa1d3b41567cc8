/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/global.h - functions that the verifier sees by themselves
 */
#ifndef HW_BPF_GLOBAL_H
#define HW_BPF_GLOBAL_H

/*
 * The verifier goes through a global function once, and through a static one once for each
 * way to come to it. 6.1 would else take ten times as long and come near its limit.
 */
#define GLOBAL __attribute__((noinline))

#endif
