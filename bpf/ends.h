/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/ends.h - which connections were asked for, by their addresses and ports
 */
#ifndef HW_BPF_ENDS_H
#define HW_BPF_ENDS_H

#include <bpf/bpf_endian.h>

#include "packet.h"

const volatile struct hw_tap_ends cfg_ends[HW_TAP_ENDS_MAX];
const volatile __u32 cfg_ends_nr; /* 0: all */

struct end {
	__u64 high, low;
	__u16 port;
};

static __always_inline struct end end_of(const __u8 addr[16], __u16 port)
{
	const __u64 *words = (const void *)addr;

	return (struct end){ bpf_be64_to_cpu(words[0]), bpf_be64_to_cpu(words[1]), port };
}

static __always_inline bool is_within(const volatile struct hw_tap_ends *r, const struct end *e)
{
	if (e->port < r->port_low || e->port > r->port_high)
		return false;
	if (e->high < r->low[0] || (e->high == r->low[0] && e->low < r->low[1]))
		return false;
	return e->high < r->high[0] || (e->high == r->high[0] && e->low <= r->high[1]);
}

/* Of each condition one alternative must hold, for one of the ends. */
GLOBAL bool is_meant(const struct hw_tap_socket *s, __u32 protocol)
{
	struct end local, remote;
	bool holds = false;

	if (!s)
		return true;
	local = end_of(s->local, s->local_port);
	remote = end_of(s->remote, s->remote_port);
	for (__u32 i = 0; i < HW_TAP_ENDS_MAX && i < cfg_ends_nr; i++) {
		const volatile struct hw_tap_ends *r = &cfg_ends[i];

		if (!r->protocol || r->protocol == protocol)
			holds = holds || is_within(r, &local) || is_within(r, &remote);
		if (!r->is_last)
			continue;
		if (!holds)
			return false;
		holds = false;
	}
	return true;
}

#endif
