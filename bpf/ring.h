/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/ring.h - the way to user space: records, counters, and when to wake the reader
 */
#ifndef HW_BPF_RING_H
#define HW_BPF_RING_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20); /* bytes; the loader changes it */
} ring SEC(".maps");

extern struct hw_tap_counters counters[HW_TAP_CPUS_MAX]; /* tap.bpf.c */

/*
 * A wake-up costs ten times what a record costs. The reader looks every few milliseconds as
 * long as it finds something; then it sets `reader_sleeps`, and the next record wakes it.
 * Meanwhile it is woken when much waits or something is urgent, but not all the time.
 */
enum { WAKE_AGAIN_NS = 1000 * 1000 };

const volatile __u32 cfg_wake_bytes = 1 << 20;
__u32 reader_sleeps; /* written by both sides */
__u64 woken_ns;

/* An interrupt may come between the load and the store of a plain increment. */
static __always_inline void count(enum hw_tap_counter which)
{
	__u32 cpu = bpf_get_smp_processor_id() & (HW_TAP_CPUS_MAX - 1);

	__sync_fetch_and_add(&counters[cpu].n[which], 1);
}

/*
 * For a record that is reserved already. The reader sets `reader_sleeps` first and looks for
 * reservations then, so one of the two sees the other.
 */
static __always_inline __u64 wake_flags(__u64 now_ns, bool urgent)
{
	if (*(volatile __u32 *)&reader_sleeps) {
		reader_sleeps = 0;
		woken_ns = now_ns;
		return BPF_RB_FORCE_WAKEUP;
	}
	if (now_ns - woken_ns < WAKE_AGAIN_NS)
		return BPF_RB_NO_WAKEUP;
	if (!urgent && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < cfg_wake_bytes)
		return BPF_RB_NO_WAKEUP;
	woken_ns = now_ns;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void set_head(struct hw_tap_head *head, enum hw_tap_type type)
{
	head->type = type;
	head->cpu = bpf_get_smp_processor_id();
	head->time_ns = bpf_ktime_get_boot_ns();
}

#endif
