/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/length.h - bodies with a length, which are left out from their first byte on
 *
 * User space parses, and tells of a long body where it ends. But by then much of one that passes
 * at once has been copied. So on a connection that has long bodies heads are read here, too, of
 * both directions, one after the other without a break: the next message of a direction begins where
 * the body of its last one ends (RFC 9112 6.3), and a response answers the one request before it. They
 * are believed from a place on of which user space has confirmed that a message ends there. A head
 * that is not plain ends that, as does a packet that is not where it should be, or a second request
 * before a response: all is copied then until another place is confirmed.
 */
#ifndef HW_BPF_LENGTH_H
#define HW_BPF_LENGTH_H

#include "framing.h"
#include "skip.h"

enum {
	BODY_LONG = 16384, /* bytes; to read heads for a shorter one costs more than to copy it */
	SHORT_MAX = 32,	   /* messages without, in turn: then heads are not read any more */
	ASK_AGAIN = 1024,  /* messages; the question may have been lost */
	FOOT_BYTES = 128,  /* of a packet that ends a body: its headers */
};

/* Of one direction. */
struct length_run {
	__u32 body, next; /* of the message at hand: where its body begins and where it ends */
	__u32 asked;	  /* where a message ends, as user space may confirm */
	__u32 asked_nr;	  /* messages since it was asked; 0: it is to be asked now */
	__u8 reads;	  /* not 0: the above is known */
	__u8 leaves;	  /* not 0: user space has confirmed it */
	__u8 reserved[2];
};

struct length_runs {
	struct length_run way[2]; /* [0] to the socket, [1] from it */
	__u32 is_busy;		  /* a packet is looked at on some CPU */
	__u32 has_missed;	  /* another one was not looked at meanwhile */
	__u16 short_nr;		  /* messages since the last long body */
	__u8 is_waiting;	  /* a request has no response yet */
	__u8 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct length_runs);
} length_runs SEC(".maps");

/* How much of a packet is copied; UNREAD: it is in no row of messages that were read. */
enum part { UNREAD, ALL, BEGINNING, NOTHING };

static __always_inline enum part stop_lengths(struct length_runs *runs)
{
	runs->way[0].reads = runs->way[0].leaves = 0;
	runs->way[1].reads = runs->way[1].leaves = 0;
	runs->is_waiting = 0;
	return UNREAD;
}

/* One request, then its response. Of what else waits nobody knows before user space confirms. */
static __always_inline bool is_in_turn(struct length_runs *runs, __u32 way, bool is_response)
{
	const bool is_right =
		is_response ? runs->way[way ^ 1].reads && runs->is_waiting : !runs->is_waiting;

	runs->is_waiting = !is_response;
	return is_right;
}

/* A message begins, as far as all before it was read. */
static __always_inline enum part take_head(struct __sk_buff *skb, struct packet *p,
					   struct length_runs *runs, __u32 way)
{
	struct length_run *run = &runs->way[way & 1];
	struct plain_head head = {};

	if (!read_head(skb, p, &head) || !is_in_turn(runs, way & 1, head.is_response) ||
	    begins_message(skb, head.end, p->payload + p->payload_len))
		return stop_lengths(runs);
	run->body = p->seq + (head.end - p->payload);
	run->next = run->body + head.length;
	if ((__s32)(p->seq + p->payload_len - run->next) > 0)
		return stop_lengths(runs); /* another one begins inside */
	runs->short_nr = head.length >= BODY_LONG ? 0 : runs->short_nr + 1;
	if (!run->reads || ++run->asked_nr >= ASK_AGAIN) {
		run->asked = run->next;
		run->asked_nr = 0;
	}
	run->reads = 1;
	p->keep = head.end;
	return BEGINNING;
}

/* Inside a body, and at its end. What looks like a message is never left out. */
static __always_inline enum part take_body(struct __sk_buff *skb, struct packet *p,
					   struct length_runs *runs, __u32 way)
{
	const struct length_run *run = &runs->way[way & 1];
	const __u32 end = p->seq + p->payload_len;

	if ((__s32)(p->seq - run->body) < 0 || (__s32)(end - run->next) > 0 ||
	    starts_usual(skb, p->payload) ||
	    (p->seq == run->body && begins_message(skb, p->payload, p->payload + p->payload_len)))
		return stop_lengths(runs);
	if (end != run->next)
		return NOTHING;
	p->keep = FOOT_BYTES;
	return p->payload < FOOT_BYTES ? BEGINNING : ALL;
}

/* How much of a packet is wanted by what was read, whether that is believed or not. */
GLOBAL enum part take_part(struct __sk_buff *skb, struct packet *p, struct length_runs *runs,
			   __u32 way)
{
	struct length_run *run;

	if (!p || !runs)
		return UNREAD;
	run = &runs->way[way & 1];
	if (p->marks)
		return stop_lengths(runs);
	if (run->reads && p->seq != run->next)
		return take_body(skb, p, runs, way);
	if (!run->reads && !starts_usual(skb, p->payload))
		return UNREAD;
	return take_head(skb, p, runs, way);
}

static __always_inline void ask(struct length_run *run, struct hw_tap_skip *skip, int way,
				__u64 cookie)
{
	struct hw_tap_ends_at *r;

	if (run->asked_nr)
		return;
	run->asked_nr = 1;
	if (skip)
		__sync_fetch_and_and(&skip->ends, ~(1u << way));
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
	return s && *(const volatile __u32 *)&s->ends & (1u << way) &&
	       *(const volatile __u32 *)&s->ends_at[way] == run->asked &&
	       *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
}

/*
 * What waits for a response is known from the requests: so nothing is left out unless user space
 * has confirmed both directions.
 */
static __always_inline bool is_believed(const struct length_runs *runs)
{
	return runs->way[0].leaves && runs->way[1].leaves;
}

static __always_inline enum part part_of_run(struct __sk_buff *skb, struct packet *p,
					     struct gate *g, int way, struct hw_tap_skip *skip,
					     __u64 cookie, struct length_runs *runs)
{
	struct length_run *run = &runs->way[way];
	enum part part;

	if (__sync_lock_test_and_set(&runs->has_missed, 0))
		stop_lengths(runs);
	part = take_part(skb, p, runs, way);
	if (runs->short_nr > SHORT_MAX) {
		g->bits[0] &= ~HAS_LONG;
		g->bits[1] &= ~HAS_LONG;
		runs->short_nr = 0;
		return stop_lengths(runs);
	}
	if (part == UNREAD || part == ALL)
		return part;
	if (!run->leaves) {
		ask(run, skip, way, cookie);
		run->leaves = is_confirmed(skip, run, way, cookie);
	}
	return is_believed(runs) ? part : ALL;
}

/* What of a packet is copied; of a beginning p->keep is how much. */
static __always_inline enum part part_of_lengths(struct __sk_buff *skb, struct bpf_sock *sk,
						 struct packet *p, struct gate *g, int way,
						 struct hw_tap_skip *skip, __u64 cookie)
{
	struct length_runs *runs;
	enum part part;

	if (!cfg_no_bodies || !((g->bits[0] | g->bits[1]) & HAS_LONG) ||
	    g->bits[way] & (READS_CHUNKS | LEAVES_CHUNKS))
		return UNREAD;
	runs = bpf_sk_storage_get(&length_runs, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!runs)
		return UNREAD;
	if (__sync_lock_test_and_set(&runs->is_busy, 1)) {
		__sync_lock_test_and_set(&runs->has_missed, 1);
		return UNREAD;
	}
	part = part_of_run(skb, p, g, way, skip, cookie, runs);
	__sync_lock_test_and_set(&runs->is_busy, 0);
	return part;
}

/* What passed meanwhile was not read. */
static __always_inline void forget_lengths(struct bpf_sock *sk, const struct gate *g)
{
	struct length_runs *runs = NULL;

	if ((g->bits[0] | g->bits[1]) & HAS_LONG)
		runs = bpf_sk_storage_get(&length_runs, sk, NULL, 0);
	if (runs)
		__sync_lock_test_and_set(&runs->has_missed, 1);
}

#endif
