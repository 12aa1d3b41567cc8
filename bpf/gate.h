/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/gate.h - which packets are worth a copy
 *
 * No parser: a direction that once began a packet like an HTTP message is copied from
 * there on, but for what user space, which does parse, has said it does not want.
 */
#ifndef HW_BPF_GATE_H
#define HW_BPF_GATE_H

#include "length.h"

const volatile bool cfg_gate = true;
const volatile bool cfg_http = true;
const volatile bool cfg_handshakes; /* the ACK that ends a handshake is wanted */
const volatile bool cfg_flows;	    /* every connection's beginning and end are wanted */
const volatile __u16 cfg_dns_ports[HW_TAP_DNS_PORTS_MAX] = { 53 };
const volatile __u32 cfg_dns_ports_nr = 1;

/* Connections that said their first words to the listener; the key has no cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hw_tap_socket);
	__type(value, __u8);
} early SEC(".maps");

bool early_used; /* saves the look for all others */

static __always_inline bool was_early(const struct hw_tap_socket *socket)
{
	struct hw_tap_socket key = *socket;

	key.cookie = 0;
	return early_used && bpf_map_lookup_elem(&early, &key);
}

/* A listener's sockets are all connections that are not yet; nothing is kept on it. */
static __always_inline void remember_early(const struct hw_tap_socket *socket)
{
	struct hw_tap_socket key = *socket;
	const __u8 one = 1;

	key.cookie = 0;
	early_used = true;
	bpf_map_update_elem(&early, &key, &one, BPF_ANY);
}

GLOBAL bool is_dns(__u32 src_port, __u32 dst_port)
{
	for (__u32 i = 0; i < HW_TAP_DNS_PORTS_MAX && i < cfg_dns_ports_nr; i++)
		if (cfg_dns_ports[i] == src_port || cfg_dns_ports[i] == dst_port)
			return true;
	return false;
}

/* Over TCP, too. */
static __always_inline bool carries_dns(const struct hw_tap_socket *socket)
{
	return cfg_udp && is_dns(socket->local_port, socket->remote_port);
}

/*
 * What comes first in a direction is looked at to the end of its line, too: what stands before a
 * method, or in it, may be anything.
 */
static __always_inline bool is_beginning(struct __sk_buff *skb, const struct packet *p, bool again)
{
	if (again)
		return starts_again(skb, p->payload, p->payload_len);
	return starts_message(skb, p->payload, p->payload_len) || has_start_line(skb, p);
}

enum verdict {
	COPY,
	COPY_SOON,	      /* it may be a long body: user space may want to skip the rest */
	COPY_BEHIND_NON_HTTP, /* a message begins, and before it that way was something else */
	COPY_PART, /* nothing but its beginning: the rest is of a body that nobody wants */
	COPY_CUT,  /* the same: the ring is nearly full */
	LEAVE,
	LEAVE_SKIPPED,
};

static __always_inline enum verdict judge_listener(struct __sk_buff *skb, const struct packet *p,
						   const struct hw_tap_socket *socket)
{
	if (p->payload_len && is_beginning(skb, p, false))
		remember_early(socket);
	return COPY;
}

/*
 * Where user space has not told yet how long a body is and with all of it the ring would be full
 * soon, and what others say lost, only the beginnings of its packets are copied: the ring then
 * lasts, and where it ends is seen. What begins a message begins a run. Chunks whose lines are
 * read will be left out instead.
 */
static __always_inline bool is_crowded(struct __sk_buff *skb, const struct packet *p,
				       struct gate *g, int way, __u32 run_bytes)
{
	if (run_bytes < RUN_LONG || g->bits[way] & READS_CHUNKS || !has_no_time())
		return false;
	if (!starts_usual(skb, p->payload))
		return true;
	g->run_bytes = p->payload_len;
	return false;
}

/* Every so many bytes that come without an answer are urgent. */
static __always_inline enum verdict copy_run(struct __sk_buff *skb, const struct packet *p,
					     struct gate *g, int way)
{
	__u32 before;

	if (g->run_way != way && g->run_bytes)
		g->run_bytes = 0;
	if (p->payload_len < RUN_PART_MIN)
		return COPY;
	before = g->run_bytes;
	g->run_way = way;
	g->run_bytes = before + p->payload_len;
	if (g->run_bytes >= BODY_LONG && !(g->bits[way] & HAS_LONG))
		g->bits[way] |= HAS_LONG;
	if (is_crowded(skb, p, g, way, before))
		return COPY_CUT;
	return (before ^ (before + p->payload_len)) & ~(RUN_BYTES - 1) ? COPY_SOON : COPY;
}

/* What begins a message where none was under way: from here on its direction is copied. */
static __always_inline enum verdict copy_beginning(struct __sk_buff *skb, const struct packet *p,
						   struct gate *g, int way)
{
	const enum verdict verdict = copy_run(skb, p, g, way);

	return verdict != COPY_CUT && g->had_data[way] ? COPY_BEHIND_NON_HTTP : verdict;
}

static __always_inline enum verdict judge_http(struct __sk_buff *skb, struct bpf_sock *sk,
					       struct packet *p, struct gate *g, int way,
					       struct hw_tap_skip *skip, __u64 cookie)
{
	switch (part_of_lengths(skb, sk, p, g, way, skip, cookie)) {
	case BEGINNING:
		return COPY_PART;
	case NOTHING:
		return LEAVE_SKIPPED;
	case ALL:
		return copy_run(skb, p, g, way);
	case UNREAD:
	case CHUNKS: /* which was one of those above */
		break;
	}
	if (is_in_chunks(skb, sk, p, g, way, skip, cookie))
		return LEAVE_SKIPPED;
	look_for_chunks(skb, sk, p, g, way);
	return copy_run(skb, p, g, way);
}

static __always_inline enum verdict judge_data(struct __sk_buff *skb, struct bpf_sock *sk,
					       struct packet *p, struct gate *g, int way,
					       const struct hw_tap_socket *socket)
{
	struct hw_tap_skip *skip = find_skip(socket->cookie);

	if (skip && is_skipped(skip, p, way, socket->cookie))
		return LEAVE_SKIPPED;
	if (g->speaks_http[way] && !is_ignored(skip, g, way))
		return judge_http(skb, sk, p, g, way, skip, socket->cookie);
	if (is_beginning(skb, p, g->had_data[way]) ||
	    (!g->had_data[way] && way == 0 && was_early(socket))) {
		hear(skb, p, skip, g, way);
		end_lengths(sk, g, socket->cookie);
		look_for_chunks(skb, sk, p, g, way);
		return copy_beginning(skb, p, g, way);
	}
	return LEAVE;
}

static __always_inline bool has_spoken_http(const struct gate *g)
{
	return g->speaks_http[0] || g->speaks_http[1];
}

static __always_inline enum verdict judge(struct __sk_buff *skb, struct bpf_sock *sk,
					  struct packet *p, int way,
					  const struct hw_tap_socket *socket, struct gate *g)
{
	enum verdict verdict;

	if (!cfg_gate || p->protocol != IPPROTO_TCP || carries_dns(socket))
		return COPY;
	if (sk->state == BPF_TCP_LISTEN)
		return judge_listener(skb, p, socket);
	if (!g) {
		count(HW_TAP_NO_STORAGE);
		return COPY;
	}
	if (p->marks)
		end_lengths(sk, g, socket->cookie);
	if (!p->payload_len && p->marks && g->bits[way] & LEAVES_CHUNKS)
		is_in_chunks(skb, sk, p, g, way, NULL, socket->cookie); /* which ends there */
	if (!p->payload_len && p->marks && cfg_flows)
		return COPY;
	if (!p->payload_len && !p->marks && cfg_handshakes)
		return g->had_data[0] || g->had_data[1] ? LEAVE : COPY;
	if (!p->payload_len) /* the end of what was copied, or of nothing */
		return has_spoken_http(g) || !g->had_data[way] ? COPY : LEAVE;
	verdict = judge_data(skb, sk, p, g, way, socket);
	if (!g->had_data[way])
		g->had_data[way] = true;
	/* A tunnel may end with data; how long it was is told by where that ends. */
	return verdict == LEAVE && p->marks && (cfg_flows || has_spoken_http(g)) ? COPY : verdict;
}

#endif
