/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/skip.h - what user space has said that it does not want, and what it would say if asked
 */
#ifndef HW_BPF_SKIP_H
#define HW_BPF_SKIP_H

#include "chunks.h"
#include "head.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HW_TAP_SKIPS_MAX);
	__type(key, __u32);
	__type(value, struct hw_tap_skip);
} skips SEC(".maps");

/* A body that may be long: user space may want to skip the rest of it. */
enum {
	RUN_BYTES = 32768,
	RUN_PART_MIN = 1024,	 /* of a packet; shorter ones are of no long body */
	RUN_LONG = HW_TAP_UNCUT, /* of which then only beginnings of packets are copied */
};

const volatile __u32 cfg_crowded_bytes = ~0u; /* so much waits in a ring that is nearly full */
const volatile bool cfg_no_bodies;	      /* nobody wants bytes of bodies */

static __always_inline struct hw_tap_skip *find_skip(__u64 cookie)
{
	const __u32 at = cookie & (HW_TAP_SKIPS_MAX - 1);
	struct hw_tap_skip *s = bpf_map_lookup_elem(&skips, &at);

	return s && *(const volatile __u64 *)&s->cookie == cookie ? s : NULL;
}

/*
 * Sequence numbers wrap: what counts is the sign of the difference (RFC 9293 3.4). So with what
 * comes behind the range that is forgotten, unless user space has said another one meanwhile: 4 GiB
 * further on its numbers come again.
 */
static __always_inline bool is_skipped(struct hw_tap_skip *s, const struct packet *p, int way,
				       __u64 cookie)
{
	const __u32 from = *(const volatile __u32 *)&s->from[way];
	const __u32 until = *(const volatile __u32 *)&s->until[way];

	if (from == until || s->chunked & (1u << way) || p->marks)
		return false;
	if ((__s32)(p->seq + p->payload_len - until) >= 0) {
		__sync_val_compare_and_swap(&s->from[way], from, until);
		return false;
	}
	return (__s32)(p->seq - from) >= 0 &&
	       *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
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
 * What seems to be a body is left out before user space has said that it is one: what is wanted of
 * it has been copied.
 */
static __always_inline bool may_guess(const struct gate *g, int way)
{
	return (cfg_no_bodies || (g->run_way == way && g->run_bytes >= RUN_LONG)) && has_no_time();
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
	    (is_same || may_guess(g, way))) {
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
				      const struct gate *g, int way, const struct told *t,
				      struct chunk_run *run)
{
	if (t->is_told && t->body == run->body)
		run->is_guess = 0;
	if (run->next - run->from > CHUNK_RUN_MAX || starts_usual(skb, p->payload))
		return false;
	return !run->is_guess || (p->payload_len >= RUN_PART_MIN && may_guess(g, way));
}

/* A packet that ends inside a line is copied, and one with the rest of it, but read as well. */
static __always_inline bool leave_chunks(struct __sk_buff *skb, struct bpf_sock *sk,
					 const struct packet *p, struct gate *g, int way,
					 const struct told *t, __u64 cookie,
					 struct chunk_runs *runs)
{
	struct chunk_run *run = &runs->way[way], *ahead = &runs->ahead[way];
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
	*ahead = *run;
	is_read = read_chunks(skb, p, ahead);
	if (g->bits[way] & LEAVES_CHUNKS && is_read && !has_missed && !is_cut(ahead) &&
	    may_go_on(skb, p, g, way, t, ahead)) {
		*run = *ahead;
		note_left(run, p);
		return true;
	}
	if (g->bits[way] & LEAVES_CHUNKS)
		tell_left(run, cookie, way);
	if (!is_read)
		g->run_bytes = 0; /* of what follows the first is copied in any case */
	g->bits[way] &= is_read ? ~LEAVES_CHUNKS : ~(READS_CHUNKS | LEAVES_CHUNKS);
	*run = *ahead;
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

#endif
