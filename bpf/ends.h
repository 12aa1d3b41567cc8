/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/ends.h - which connections were asked for, by their addresses and ports
 */
#ifndef HW_BPF_ENDS_H
#define HW_BPF_ENDS_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "global.h"

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

/* A handshake: its listener's cookie, and its client. */
struct handshake {
	__u64 listener;
	__u8 client[16];
	__u32 port, reserved;
};

/*
 * Those that were asked for. Where NAT in its own namespace has translated a SYN, what its listener
 * answers has been translated back, and says nothing: its client does. It leaves at once, so that
 * few need be known.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct handshake);
	__type(value, __u8);
} handshakes SEC(".maps");

static __always_inline void name_handshake(const struct hw_tap_socket *listener,
					   struct handshake *ret)
{
	ret->listener = listener->cookie;
	__builtin_memcpy(ret->client, listener->remote, sizeof(ret->client));
	ret->port = listener->remote_port;
	ret->reserved = 0;
}

/* A SYN that was asked for came to a listener. Returns whether it is known then. */
GLOBAL bool note_handshake(const struct hw_tap_socket *listener)
{
	struct handshake key;
	const __u8 one = 1;

	if (!listener)
		return false;
	name_handshake(listener, &key);
	return bpf_map_update_elem(&handshakes, &key, &one, BPF_ANY) == 0;
}

GLOBAL bool is_noted(const struct hw_tap_socket *listener)
{
	struct handshake key;

	if (!listener)
		return false;
	name_handshake(listener, &key);
	return bpf_map_lookup_elem(&handshakes, &key);
}

#endif
