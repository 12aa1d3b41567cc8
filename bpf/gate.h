/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/gate.h - which packets are worth a copy
 *
 * No parser: a direction that once began a packet like an HTTP message is copied from
 * there on, but for what user space, which does parse, has said it does not want.
 */
#ifndef HW_BPF_GATE_H
#define HW_BPF_GATE_H

#include "chunks.h"
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

	return from != until && !(s->chunked & (1u << way)) && !p->marks &&
	       (__s32)(p->seq - from) >= 0 && (__s32)(p->seq + p->payload_len - until) < 0 &&
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
 * lasts, and where it ends is seen. What begins a message begins a run. Chunks whose lines are
 * read will be left out instead.
 */
static __always_inline bool is_crowded(struct __sk_buff *skb, const struct packet *p,
				       struct gate *g, int way, __u32 run_bytes)
{
	if (run_bytes < RUN_LONG || g->bits[way] & READS_CHUNKS ||
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
	if (is_crowded(skb, p, g, way, before))
		return COPY_CUT;
	return (before ^ (before + p->payload_len)) & ~(RUN_BYTES - 1) ? COPY_SOON : COPY;
}

static __always_inline bool is_beginning(struct __sk_buff *skb, const struct packet *p, bool again)
{
	return again ? starts_again(skb, p->payload, p->payload_len)
		     : starts_message(skb, p->payload, p->payload_len);
}

/* What user space has said of the body of chunks that it is in. */
struct told {
	bool is_told;
	__u32 body, from;
};

static __always_inline struct told what_is_told(const struct hw_tap_skip *s, int way, __u64 cookie)
{
	struct told t = {};

	if (!s || !(s->chunked & (1u << way)))
		return t;
	t.from = *(const volatile __u32 *)&s->from[way];
	t.body = *(const volatile __u32 *)&s->until[way];
	t.is_told = *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
	return t;
}

static __always_inline bool has_no_time(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > cfg_crowded_bytes;
}

/*
 * What user space has said may be of a body that is over: only of a long run it is believed, or
 * where the lines were read from the same first one on. With a ring that is nearly full there
 * is no time to ask, and it is guessed.
 */
static __always_inline bool may_leave(const struct told *t, const struct packet *p,
				      const struct gate *g, int way, struct chunk_run *run)
{
	const bool is_same = t->is_told && t->body == run->body;

	if (g->bits[way] & READS_CHUNKS && (__s32)(run->next - p->seq) >= 0 &&
	    (is_same || has_no_time())) {
		leave_from_here(run);
		run->is_guess = !is_same;
		return true;
	}
	if (!t->is_told || t->from == t->body || t->from - p->seq >= CHUNK_AHEAD_MAX ||
	    g->run_way != way || g->run_bytes < RUN_BYTES)
		return false;
	run->body = run->next = t->from;
	run->is_guess = 0;
	begin_line(run, p->seq);
	leave_from_here(run);
	return true;
}

/*
 * Bytes that come to a socket again may differ from those that came first, if its receiver has
 * not taken these. What was left out cannot be compared, so user space shall see a hole.
 */
static __always_inline bool comes_again(struct bpf_sock *sk, const struct packet *p, int way,
					const struct chunk_run *r)
{
	const __u32 end = p->seq + p->payload_len;
	struct tcp_sock *tcp;

	if (way != 0 || !r->packets_nr || (__s32)(p->seq - r->until) >= 0 ||
	    (__s32)(end - r->since) <= 0)
		return false;
	tcp = bpf_skc_to_tcp_sock(sk);
	return !tcp || (__s32)(tcp->rcv_nxt - end) < 0;
}

/* What looks like a message is not left out, and of a guess nothing but what else would be cut. */
static __always_inline bool may_go_on(struct __sk_buff *skb, const struct packet *p,
				      const struct told *t, struct chunk_run *run)
{
	if (t->is_told && t->body == run->body)
		run->is_guess = 0;
	if (run->next - run->from > CHUNK_RUN_MAX || starts_usual(skb, p->payload))
		return false;
	return !run->is_guess || (p->payload_len >= RUN_PART_MIN && has_no_time());
}

/* A packet that ends inside a line is copied, and one with the rest of it, but read as well. */
static __always_inline bool leave_chunks(struct __sk_buff *skb, struct bpf_sock *sk,
					 const struct packet *p, struct gate *g, int way,
					 const struct told *t, __u64 cookie,
					 struct chunk_runs *runs)
{
	struct chunk_run *run = &runs->way[way], ahead;
	bool has_missed, is_read;

	has_missed = __sync_lock_test_and_set(&runs->has_missed[way], 0);
	if (!(g->bits[way] & LEAVES_CHUNKS) && may_leave(t, p, g, way, run))
		g->bits[way] |= READS_CHUNKS | LEAVES_CHUNKS;
	if (!(g->bits[way] & READS_CHUNKS))
		return false;
	if (g->bits[way] & LEAVES_CHUNKS && comes_again(sk, p, way, run)) {
		g->bits[way] &= ~(READS_CHUNKS | LEAVES_CHUNKS);
		return false;
	}
	ahead = *run;
	is_read = read_chunks(skb, p, &ahead);
	if (g->bits[way] & LEAVES_CHUNKS && is_read && !has_missed && !is_cut(&ahead) &&
	    may_go_on(skb, p, t, &ahead)) {
		*run = ahead;
		note_left(run, p);
		return true;
	}
	if (g->bits[way] & LEAVES_CHUNKS) {
		tell_left(run, cookie, way);
		g->run_bytes = 0; /* of what follows the first is copied in any case */
	}
	g->bits[way] &= is_read ? ~LEAVES_CHUNKS : ~(READS_CHUNKS | LEAVES_CHUNKS);
	*run = ahead;
	return false;
}

/*
 * Whether the packet is left out as it is inside chunks; if it is the first that is not, say so.
 * Packets of a direction may come on two CPUs at once: one of them is copied, and the next one.
 */
static __always_inline bool is_in_chunks(struct __sk_buff *skb, struct bpf_sock *sk,
					 const struct packet *p, struct gate *g, int way,
					 const struct hw_tap_skip *skip, __u64 cookie)
{
	const struct told told = what_is_told(skip, way, cookie);
	struct chunk_runs *runs;
	bool leaves;

	if (!told.is_told && !(g->bits[way] & (READS_CHUNKS | LEAVES_CHUNKS)))
		return false;
	runs = bpf_sk_storage_get(&chunk_runs, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!runs)
		return false;
	if (__sync_lock_test_and_set(&runs->is_busy[way], 1)) {
		__sync_lock_test_and_set(&runs->has_missed[way], 1);
		return false;
	}
	leaves = leave_chunks(skb, sk, p, g, way, &told, cookie, runs);
	__sync_lock_test_and_set(&runs->is_busy[way], 0);
	return leaves;
}

/* A long body that begins may be one of chunks. */
static __always_inline void look_for_chunks(struct __sk_buff *skb, struct bpf_sock *sk,
					    const struct packet *p, struct gate *g, int way)
{
	struct chunk_runs *runs;
	struct chunk_run run = {};

	if (p->payload_len < RUN_PART_MIN || (g->run_bytes && g->run_way == way) ||
	    g->bits[way] & READS_CHUNKS || !seems_chunked(skb, p, &run))
		return;
	runs = bpf_sk_storage_get(&chunk_runs, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!runs || __sync_lock_test_and_set(&runs->is_busy[way], 1))
		return;
	runs->way[way] = run;
	g->bits[way] |= READS_CHUNKS;
	__sync_lock_test_and_set(&runs->is_busy[way], 0);
}

static __always_inline bool is_ignored(const struct hw_tap_skip *s, const struct gate *g, int way)
{
	const __u32 said = s ? s->ignore >> way & HEARD : 0;

	return said & 1 && said != (g->bits[way] & HEARD);
}

/* Of what is ignored only a start line beyond doubt makes all be copied that follows. */
static __always_inline void hear(struct __sk_buff *skb, const struct packet *p,
				 const struct hw_tap_skip *s, struct gate *g, int way)
{
	g->speaks_http[way] = true;
	if (s && s->ignore & (1u << way) && has_start_line(skb, p))
		g->bits[way] = (g->bits[way] & ~HEARD) | (s->ignore >> way & HEARD);
}

static __always_inline enum verdict judge_data(struct __sk_buff *skb, struct bpf_sock *sk,
					       const struct packet *p, struct gate *g, int way,
					       const struct hw_tap_socket *socket)
{
	const struct hw_tap_skip *skip = find_skip(socket->cookie);

	if (skip && is_skipped(skip, p, way, socket->cookie))
		return LEAVE_SKIPPED;
	if (g->speaks_http[way] && !is_ignored(skip, g, way)) {
		if (is_in_chunks(skb, sk, p, g, way, skip, socket->cookie))
			return LEAVE_SKIPPED;
		look_for_chunks(skb, sk, p, g, way);
		return copy_run(skb, p, g, way);
	}
	if (is_beginning(skb, p, g->judged[way]) ||
	    (!g->judged[way] && way == 0 && was_early(socket))) {
		hear(skb, p, skip, g, way);
		look_for_chunks(skb, sk, p, g, way);
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
	if (!p->payload_len && p->marks && g->bits[way] & LEAVES_CHUNKS)
		is_in_chunks(skb, sk, p, g, way, NULL, socket->cookie); /* which ends there */
	if (!p->payload_len && p->marks && cfg_flows)
		return COPY;
	if (!p->payload_len && !p->marks && cfg_handshakes)
		return g->judged[0] || g->judged[1] ? LEAVE : COPY;
	if (!p->payload_len) /* the end of what was copied, or of nothing */
		return has_spoken_http(g) || !g->judged[way] ? COPY : LEAVE;
	verdict = judge_data(skb, sk, p, g, way, socket);
	if (!g->judged[way])
		g->judged[way] = true;
	/* A tunnel may end with data; how long it was is told by where that ends. */
	return verdict == LEAVE && p->marks && (cfg_flows || has_spoken_http(g)) ? COPY : verdict;
}

#endif
