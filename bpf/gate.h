/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/gate.h - which packets are worth a copy
 *
 * No parser: a direction that once began a packet like an HTTP message is copied from
 * there on, but for what user space, which does parse, has said it does not want.
 */
#ifndef HW_BPF_GATE_H
#define HW_BPF_GATE_H

#include "ends.h"

const volatile bool cfg_gate = true;
const volatile bool cfg_http = true;
const volatile bool cfg_handshakes; /* the ACK that ends a handshake is wanted */
const volatile bool cfg_flows;	    /* every connection's beginning and end are wanted */
const volatile __u16 cfg_dns_ports[HW_TAP_DNS_PORTS_MAX] = { 53 };
const volatile __u32 cfg_dns_ports_nr = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HW_TAP_SKIPS_MAX);
	__type(key, __u32);
	__type(value, struct hw_tap_skip);
} skips SEC(".maps");

/* Connections that said their first words to the listener; the key has no cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hw_tap_socket);
	__type(value, __u8);
} early SEC(".maps");

bool early_used; /* saves the look for all others */

/* A body that may be long: user space may want to skip the rest of it. */
enum {
	RUN_BYTES = 32768,
	RUN_PART_MIN = 1024, /* of a packet; shorter ones are of no long body */
	RUN_LONG = 65536,    /* of which then only beginnings of packets are copied */
};

const volatile __u32 cfg_crowded_bytes = ~0u; /* so much waits in a ring that is nearly full */

enum {
	START_MAX = 32, /* longer tokens are taken for a start, whatever follows */
	METHOD_MIN = 3, /* of the registered ones: GET */
	METHOD_MAX = 16,
};

/* RFC 9110 5.6.2: tchar, as bits. */
static __always_inline bool is_token_byte(__u8 c)
{
	const __u64 low = 0x03ff6cfa00000000, high = 0x57ffffffc7fffffe;

	return c < 64 ? low >> c & 1 : c < 128 && high >> (c - 64) & 1;
}

/*
 * A method and its space, "HTTP/", as much of it as there is, or an empty line before.
 * `text` has START_MAX bytes, those behind `len` are 0. The loop is unrolled because 6.1
 * does not take one that runs into its first instruction without a jump.
 */
static __always_inline bool is_start(const __u8 *text, __u32 len)
{
	if (text[0] == '\r' || text[0] == '\n')
		return true;
#pragma unroll
	for (__u32 i = 0; i < START_MAX; i++) {
		if (is_token_byte(text[i]))
			continue;
		return i == len || (i > 0 && text[i] == ' ') ||
		       (i == 4 && text[i] == '/' && text[0] == 'H');
	}
	return true;
}

/*
 * The same of a direction that was not HTTP so far. Of random bytes one packet in a hundred
 * begins as above, and of text, as in mail or a WebSocket, nearly each that begins with a
 * word: each would be copied. So here more is asked: no empty line but a whole one, no
 * control bytes behind a method, and the method whole, of at least METHOD_MIN letters and of
 * no small ones, as all are that HTTP is looked for by where it does not begin (http/start.h).
 */
static __always_inline bool is_plain_start(const __u8 *text, __u32 len)
{
	bool in_method = true;

#pragma unroll
	for (__u32 i = 0; i < START_MAX; i++) {
		const __u8 c = text[i];

		if (i == len || (!in_method && (c == '\r' || c == '\n')))
			return true;
		if (!in_method && ((c < ' ' && c != '\t') || c == 0x7f))
			return false;
		if (!in_method || (c >= 'A' && c <= 'Z') || (i >= METHOD_MIN && c == '-'))
			continue;
		if (i == 4 && c == '/' && text[0] == 'H')
			return true;
		if (i < METHOD_MIN || c != ' ')
			return false;
		in_method = false;
	}
	return !in_method;
}

GLOBAL bool starts_message(struct __sk_buff *skb, __u32 payload, __u32 payload_len)
{
	__u8 text[START_MAX] = {};
	const __u32 len = payload_len < START_MAX ? payload_len : START_MAX;

	if (bpf_skb_load_bytes(skb, payload, text, one_to(START_MAX, len)))
		return false;
	return is_start(text, len);
}

/* See is_plain_start(); at most one empty line comes before (RFC 9112 2.2). */
GLOBAL bool starts_again(struct __sk_buff *skb, __u32 payload, __u32 payload_len)
{
	__u8 text[START_MAX + 2] = {}; /* zeros behind it, for a start two bytes further */
	const __u32 len = payload_len < START_MAX ? payload_len : START_MAX;

	if (bpf_skb_load_bytes(skb, payload, text, one_to(START_MAX, len)))
		return false;
	if (text[0] != '\r' || text[1] != '\n')
		return is_plain_start(text, len);
	return len <= 2 || is_plain_start(text + 2, len - 2);
}

/*
 * What nearly all messages begin with and few packets of a body: "HTTP/", or a method of three
 * capital letters or more and a space.
 */
GLOBAL bool starts_usual(struct __sk_buff *skb, __u32 payload)
{
	__u8 text[METHOD_MAX];

	if (bpf_skb_load_bytes(skb, payload, text, sizeof(text)))
		return false;
	for (__u32 i = 0; i < METHOD_MAX; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return i >= 3 &&
			       (text[i] == ' ' || (i == 4 && text[i] == '/' && text[0] == 'H'));
	return false;
}

static __always_inline const struct hw_tap_skip *find_skip(__u64 cookie)
{
	const __u32 at = cookie & (HW_TAP_SKIPS_MAX - 1);
	const struct hw_tap_skip *s = bpf_map_lookup_elem(&skips, &at);

	return s && *(const volatile __u64 *)&s->cookie == cookie ? s : NULL;
}

/* Sequence numbers wrap: what counts is the sign of the difference (RFC 9293 3.4). */
static __always_inline bool is_skipped(const struct hw_tap_skip *s, const struct packet *p, int way,
				       __u64 cookie)
{
	const __u32 from = *(const volatile __u32 *)&s->from[way];
	const __u32 until = *(const volatile __u32 *)&s->until[way];

	return from != until && !p->marks && (__s32)(p->seq - from) >= 0 &&
	       (__s32)(p->seq + p->payload_len - until) < 0 &&
	       *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
}

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

enum verdict {
	COPY,
	COPY_SOON, /* it may be a long body: user space may want to skip the rest */
	COPY_CUT,  /* nothing but its beginning: the ring is nearly full */
	LEAVE,
	LEAVE_SKIPPED,
};

static __always_inline enum verdict judge_listener(struct __sk_buff *skb, const struct packet *p,
						   const struct hw_tap_socket *socket)
{
	if (p->payload_len && starts_message(skb, p->payload, p->payload_len))
		remember_early(socket);
	return COPY;
}

/*
 * Where user space has not told yet how long a body is and with all of it the ring would be full
 * soon, and what others say lost, only the beginnings of its packets are copied: the ring then
 * lasts, and where it ends is seen. What begins a message begins a run.
 */
static __always_inline bool is_crowded(struct __sk_buff *skb, const struct packet *p,
				       struct gate *g, __u32 run_bytes)
{
	if (run_bytes < RUN_LONG ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <= cfg_crowded_bytes)
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
	if (is_crowded(skb, p, g, before))
		return COPY_CUT;
	return (before ^ (before + p->payload_len)) & ~(RUN_BYTES - 1) ? COPY_SOON : COPY;
}

static __always_inline bool is_beginning(struct __sk_buff *skb, const struct packet *p, bool again)
{
	return again ? starts_again(skb, p->payload, p->payload_len)
		     : starts_message(skb, p->payload, p->payload_len);
}

static __always_inline enum verdict judge_data(struct __sk_buff *skb, const struct packet *p,
					       struct gate *g, int way,
					       const struct hw_tap_socket *socket)
{
	const struct hw_tap_skip *skip = find_skip(socket->cookie);

	if (skip && is_skipped(skip, p, way, socket->cookie))
		return LEAVE_SKIPPED;
	if (g->speaks_http[way] && !(skip && skip->ignore & (1u << way)))
		return copy_run(skb, p, g, way);
	if (is_beginning(skb, p, g->judged[way]) ||
	    (!g->judged[way] && way == 0 && was_early(socket))) {
		g->speaks_http[way] = true;
		return copy_run(skb, p, g, way);
	}
	return LEAVE;
}

static __always_inline bool has_spoken_http(const struct gate *g)
{
	return g->speaks_http[0] || g->speaks_http[1];
}

static __always_inline enum verdict judge(struct __sk_buff *skb, struct bpf_sock *sk,
					  const struct packet *p, int way,
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
	if (!p->payload_len && p->marks && cfg_flows)
		return COPY;
	if (!p->payload_len && !p->marks && cfg_handshakes)
		return g->judged[0] || g->judged[1] ? LEAVE : COPY;
	if (!p->payload_len) /* the end of what was copied, or of nothing */
		return has_spoken_http(g) || !g->judged[way] ? COPY : LEAVE;
	verdict = judge_data(skb, p, g, way, socket);
	if (!g->judged[way])
		g->judged[way] = true;
	/* A tunnel may end with data; how long it was is told by where that ends. */
	return verdict == LEAVE && p->marks && (cfg_flows || has_spoken_http(g)) ? COPY : verdict;
}

#endif
