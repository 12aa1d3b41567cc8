/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/tap.h - the kernel side: its programs, loaded and attached, and the memory that is
 * shared with them
 */
#ifndef HW_LIVE_TAP_H
#define HW_LIVE_TAP_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "live/live.h"
#include "live/ring.h"

struct hw_tap;

/*
 * Load and attach; returns as hw_live_open() does. *ret_tells_sends: whether the kernel tells
 * who sends.
 */
int hw_tap_open(struct hw_tap **ret, const struct hw_live_options *options, bool *ret_tells_sends,
		char *ret_error, size_t error_max);

/* Detach. Takes NULL. */
void hw_tap_close(struct hw_tap *t);

/* The ring then has a use of each socket that is open. */
void hw_tap_list_sockets(struct hw_tap *t);

/* As hw_live_note(). */
const char *hw_tap_note(const struct hw_tap *t, size_t i);

/* What a program gives that somebody has detached, as hw_live_lacks() has it; NULL: none. */
const char *hw_tap_lost(const struct hw_tap *t);

/* What is shared, as long as the tap is open. HW_TAP_SKIPS_MAX and HW_TAP_CPUS_MAX of them. */
struct hw_ring *hw_tap_ring(struct hw_tap *t);
struct hw_tap_skip *hw_tap_skips(struct hw_tap *t);
const struct hw_tap_counters *hw_tap_counters(const struct hw_tap *t);

/* Not 0: the reader waits for the kernel side to wake it. */
uint32_t *hw_tap_reader_sleeps(struct hw_tap *t);

/* What was told of threads has been forgotten: whoever uses a socket next is told of again. */
void hw_tap_forgot(struct hw_tap *t);

/* The library that loads it, as it calls itself: "libbpf 1.1". */
void hw_tap_library(char *ret, size_t max);

#endif
