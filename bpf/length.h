/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/length.h - bodies with a length, which are left out from their first byte on
 *
 * User space parses, and tells of a long body where it ends. But by then much of one that passes
 * at once has been copied. So on a connection that has long bodies heads are read here, too, one
 * after the other without a break: the next message begins where the body of the last one ends
 * (RFC 9112 6.3). They are believed from a place on of which user space has confirmed that a
 * message ends there. A head that is not plain ends that, as does a packet that is not where it
 * should be: all is copied then until another place is confirmed.
 */
#ifndef HW_BPF_LENGTH_H
#define HW_BPF_LENGTH_H

#include "framing.h"
#include "skip.h"

enum {
	BODY_LONG = 4096, /* bytes; to read the head of a shorter one costs more than to copy it */
	SHORT_MAX = 16,	  /* bodies that are not, in turn: then heads are not read any more */
	ASK_AGAIN = 1024, /* messages; the question may have been lost */
	FOOT_BYTES = 128, /* of a packet that ends a body: its headers */
};

/* Of one direction. */
struct length_run {
	__u32 body, next; /* of the message at hand: where its body begins and where it ends */
	__u32 asked;	  /* where a message ends, as user space may confirm */
	__u16 asked_nr;	  /* messages since it was asked; 0: it is to be asked now */
	__u16 short_nr;	  /* since the last long body */
};

struct length_runs {
	struct length_run way[2]; /* [0] to the socket, [1] from it */
	__u32 is_busy[2];	  /* a packet is looked at on some CPU; others are copied */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct length_runs);
} length_runs SEC(".maps");

/* How much of a packet is copied. */
enum part { ALL, BEGINNING, NOTHING };

static __always_inline enum part stop_lengths(struct gate *g, __u32 way, __u8 bits)
{
	g->bits[way] &= ~(READS_LENGTHS | LEAVES_LENGTHS | bits);
	return ALL;
}

/* A message begins, as far as all before it was read. */
static __always_inline enum part take_head(struct __sk_buff *skb, struct packet *p, struct gate *g,
					   __u32 way, struct length_run *run)
{
	const bool is_first = !(g->bits[way] & READS_LENGTHS);
	const __u32 end = p->payload + p->payload_len;
	__u32 length = 0, at = read_head(skb, p, &length);

	if (!at || begins_message(skb, at, end))
		return stop_lengths(g, way, 0);
	run->body = p->seq + (at - p->payload);
	run->next = run->body + length;
	if ((__s32)(p->seq + p->payload_len - run->next) > 0)
		return stop_lengths(g, way, 0); /* another one begins inside */
	run->short_nr = is_first || length >= BODY_LONG ? 0 : run->short_nr + 1;
	if (run->short_nr > SHORT_MAX)
		return stop_lengths(g, way, HAS_LONG);
	if (is_first || ++run->asked_nr >= ASK_AGAIN) {
		run->asked = run->next;
		run->asked_nr = 0;
	}
	g->bits[way] |= READS_LENGTHS;
	p->keep = at;
	return BEGINNING;
}

/* Inside a body, and at its end. What looks like a message is never left out. */
static __always_inline enum part take_body(struct __sk_buff *skb, struct packet *p, struct gate *g,
					   __u32 way, const struct length_run *run)
{
	const __u32 end = p->seq + p->payload_len;

	if ((__s32)(p->seq - run->body) < 0 || (__s32)(end - run->next) > 0 ||
	    starts_usual(skb, p->payload) ||
	    (p->seq == run->body && begins_message(skb, p->payload, p->payload + p->payload_len)))
		return stop_lengths(g, way, 0);
	if (end != run->next)
		return NOTHING;
	p->keep = FOOT_BYTES;
	return p->payload < FOOT_BYTES ? BEGINNING : ALL;
}

/* How much of a packet is wanted by what was read, whether that is believed or not. */
GLOBAL enum part take_part(struct __sk_buff *skb, struct packet *p, struct gate *g,
			   struct length_run *run, __u32 way)
{
	if (!p || !g || !run || way > 1)
		return ALL;
	if (p->marks)
		return stop_lengths(g, way, 0);
	if (!(g->bits[way] & READS_LENGTHS) || p->seq == run->next)
		return take_head(skb, p, g, way, run);
	return take_body(skb, p, g, way, run);
}

static __always_inline void ask(struct length_run *run, int way, __u64 cookie)
{
	struct hw_tap_ends_at *r;

	if (run->asked_nr)
		return;
	run->asked_nr = 1;
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r)
		return;
	*r = (struct hw_tap_ends_at){ HW_TAP_ENDS_AT, way ? EGRESS : INGRESS, cookie, run->asked,
				      0 };
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __always_inline bool is_confirmed(const struct hw_tap_skip *s, const struct length_run *run,
					 int way, __u64 cookie)
{
	return s && *(const volatile __u32 *)&s->until[way] == run->asked &&
	       !(s->chunked & (1u << way)) &&
	       *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
}

static __always_inline enum part part_of_run(struct __sk_buff *skb, struct packet *p,
					     struct gate *g, int way,
					     const struct hw_tap_skip *skip, __u64 cookie,
					     struct length_run *run)
{
	const enum part part = take_part(skb, p, g, run, way);

	if (part == ALL || g->bits[way] & LEAVES_LENGTHS)
		return part;
	ask(run, way, cookie);
	if (is_confirmed(skip, run, way, cookie))
		g->bits[way] |= LEAVES_LENGTHS;
	return g->bits[way] & LEAVES_LENGTHS || may_guess(g, way) ? part : ALL;
}

/* What of a packet is copied; of a beginning p->keep is how much. */
static __always_inline enum part part_of_lengths(struct __sk_buff *skb, struct bpf_sock *sk,
						 struct packet *p, struct gate *g, int way,
						 const struct hw_tap_skip *skip, __u64 cookie)
{
	struct length_runs *runs;
	enum part part;

	if (!cfg_no_bodies || !(g->bits[way] & (HAS_LONG | READS_LENGTHS)))
		return ALL;
	if (!(g->bits[way] & READS_LENGTHS) && !starts_usual(skb, p->payload))
		return ALL;
	runs = bpf_sk_storage_get(&length_runs, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!runs || __sync_lock_test_and_set(&runs->is_busy[way], 1))
		return ALL;
	part = part_of_run(skb, p, g, way, skip, cookie, &runs->way[way]);
	__sync_lock_test_and_set(&runs->is_busy[way], 0);
	return part;
}

#endif
