/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/length.h - bodies whose end the heads tell of, which are left out from their first byte on
 *
 * User space parses, and tells of a long body where it ends. But by then much of one that passes
 * at once has been copied. So on a connection that has long bodies heads are read here, too, of
 * both directions, one after the other without a break: the next message of a direction begins where
 * the body of its last one ends (RFC 9112 6.3), by its length or with its last chunk, and a
 * response answers the one request before it. They are believed from a place on of which user space
 * has confirmed that a message ends there, or that its chunks begin there. A head that is not plain
 * ends that, as does a packet that is not where it should be, or a second request before a response:
 * all is copied then until another place is confirmed.
 *
 * What is known of a direction is changed by packets of that direction alone, one at a time.
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
	LOCK_TRIES_MAX = 256,
};

/* Of one direction. */
struct length_run {
	__u32 body, next; /* of the message at hand: where its body begins and where it ends */
	__u32 asked;	  /* where a message ends or a chunked body begins, as may be confirmed */
	__u32 asked_nr;	  /* messages since it was asked; 0: it is to be asked now */
	__u8 reads;	  /* not 0: the above is known */
	__u8 leaves;	  /* not 0: user space has confirmed it */
	__u8 in_chunks;	  /* its body is chunked: `next` is not known, but these are */
	__u8 is_believed;
	struct plain_head head;		/* of the packet at hand */
	struct chunk_run chunks, ahead; /* up to the packet at hand, and with it */
	__u32 until;			/* in chunks: to there all was read */
	__u32 is_busy;			/* a packet is looked at on some CPU */
	__u32 is_stopped;		/* something came meanwhile, or in the other direction */
};

/* Of a request that has no response yet. */
enum waiting { NONE_WAITS, ONE_WAITS, HEAD_WAITS };

struct length_runs {
	struct length_run way[2]; /* [0] to the socket, [1] from it */
	__u16 short_nr;		  /* messages since the last long body */
	__u8 waiting;		  /* enum waiting */
	__u8 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct length_runs);
} length_runs SEC(".maps");

/*
 * How much of a packet is copied; UNREAD: it is in no row of messages that were read; CHUNKS: that
 * is told by these.
 */
enum part { UNREAD, ALL, BEGINNING, NOTHING, CHUNKS };

static __always_inline void stop_run(struct length_run *run)
{
	run->reads = run->leaves = 0;
}

static __always_inline void set_stopped(struct length_run *run)
{
	*(volatile __u32 *)&run->is_stopped = 1;
}

/* The other direction hears of it with its next packet, as it may be looked at just now. */
static __always_inline enum part stop_lengths(struct length_runs *runs, __u32 way)
{
	stop_run(&runs->way[way & 1]);
	set_stopped(&runs->way[~way & 1]);
	runs->waiting = NONE_WAITS;
	return UNREAD;
}

/*
 * One request, then its response, and before that others that are not final. Of what else waits
 * nobody knows before user space confirms.
 */
static __always_inline bool is_in_turn(const struct length_runs *runs, __u32 way, __u32 flags)
{
	if (!(flags & IS_RESPONSE))
		return runs->waiting == NONE_WAITS;
	return runs->waiting != NONE_WAITS && runs->way[~way & 1].reads &&
	       (!(flags & IS_INTERIM) || runs->way[way & 1].reads);
}

/* Returns how long the body is of a message that is in turn. */
static __always_inline __u32 take_turn(struct length_runs *runs, const struct plain_head *head)
{
	const __u32 waiting = runs->waiting;

	if (!(head->flags & IS_RESPONSE))
		runs->waiting = head->flags & IS_TO_HEAD ? HEAD_WAITS : ONE_WAITS;
	else if (!(head->flags & IS_INTERIM))
		runs->waiting = NONE_WAITS;
	return head->flags & IS_RESPONSE && waiting == HEAD_WAITS ? 0 : head->length;
}

/* To be asked about, or again. What is not final does not tell whether another request waits. */
static __always_inline void note_question(struct length_run *run, __u32 flags)
{
	if (flags & IS_INTERIM || (run->reads && ++run->asked_nr < ASK_AGAIN))
		return;
	run->asked = run->next;
	run->asked_nr = 0;
}

/* A chunked body begins. */
static __always_inline void begin_chunks(struct length_run *run, __u32 seq)
{
	__builtin_memset(&run->chunks, 0, sizeof(run->chunks));
	run->chunks.body = run->chunks.from = run->chunks.next = run->body;
	run->chunks.place = DIGITS;
	run->in_chunks = 1;
	run->until = seq;
}

/* Whether a message is to begin with it: if not, it is inside one, or nothing is known. */
static __always_inline bool is_for_head(struct __sk_buff *skb, const struct packet *p,
					const struct length_run *run)
{
	if (p->marks || (run->reads && run->in_chunks))
		return false;
	return run->reads ? p->seq == run->next : starts_usual(skb, p->payload);
}

/* A response that is not final begins no row, nor does it end that of the requests. */
static __always_inline bool is_before_final(const struct packet *p, const struct length_runs *runs,
					    const struct length_run *run)
{
	return !run->reads && run->head.flags & IS_INTERIM && runs->waiting != NONE_WAITS &&
	       run->head.end == p->payload + p->payload_len;
}

/* A message begins, as far as all before it was read. */
static __always_inline enum part take_head(struct __sk_buff *skb, struct packet *p,
					   struct length_runs *runs, __u32 way)
{
	struct length_run *run = &runs->way[way & 1];
	const struct plain_head head = run->head;
	__u32 length;

	if (is_before_final(p, runs, run))
		return UNREAD;
	if (!head.end || !is_in_turn(runs, way, head.flags) ||
	    begins_message(skb, head.end, p->payload + p->payload_len))
		return stop_lengths(runs, way);
	length = take_turn(runs, &head);
	run->body = p->seq + (head.end - p->payload);
	run->next = length == IN_CHUNKS ? run->body : run->body + length;
	if (length != IN_CHUNKS && (__s32)(p->seq + p->payload_len - run->next) > 0)
		return stop_lengths(runs, way); /* another one begins inside */
	runs->short_nr = length >= BODY_LONG && length != IN_CHUNKS ? 0 : runs->short_nr + 1;
	note_question(run, head.flags);
	run->reads = 1;
	p->keep = head.end;
	if (length != IN_CHUNKS)
		return BEGINNING;
	begin_chunks(run, p->seq);
	return CHUNKS;
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
		return stop_lengths(runs, way);
	if (end != run->next)
		return NOTHING;
	p->keep = FOOT_BYTES;
	return p->payload < FOOT_BYTES ? BEGINNING : ALL;
}

/* How much of a packet is wanted by what was read, whether that is believed or not. */
GLOBAL enum part take_part(struct __sk_buff *skb, struct packet *p, struct length_runs *runs,
			   __u32 way, __u32 has_head)
{
	struct length_run *run;

	if (!p || !runs)
		return UNREAD;
	run = &runs->way[way & 1];
	if (p->marks)
		return stop_lengths(runs, way);
	if (has_head)
		return take_head(skb, p, runs, way);
	if (!run->reads)
		return UNREAD;
	return run->in_chunks ? CHUNKS : take_body(skb, p, runs, way);
}

/* Where its first message ends, or its chunks begin: the answer comes later, if at all. */
GLOBAL int ask(struct length_run *run, struct hw_tap_skip *skip, int way, __u64 cookie)
{
	struct hw_tap_ends_at *r;

	if (!run || run->leaves || run->asked_nr)
		return 0;
	run->asked_nr = 1;
	if (skip)
		__sync_fetch_and_and(&skip->ends, ~(1u << way));
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r)
		return 0;
	*r = (struct hw_tap_ends_at){ HW_TAP_ENDS_AT, way ? EGRESS : INGRESS, cookie, run->asked,
				      run->in_chunks };
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The question is of what is read now, and the answer of this connection. */
static __always_inline bool is_confirmed(const struct hw_tap_skip *s, const struct length_run *run,
					 int way, __u64 cookie)
{
	return s && run->reads && run->asked_nr &&
	       *(const volatile __u32 *)&s->ends & (1u << way) &&
	       *(const volatile __u32 *)&s->ends_at[way & 1] == run->asked &&
	       *(const volatile __u64 *)&s->cookie == cookie; /* not changed meanwhile */
}

/*
 * What waits for a response is known from the requests: so nothing is left out unless user space
 * has confirmed both directions. Of the other one no packet may come while this body goes on.
 */
static __always_inline bool is_believed(const struct hw_tap_skip *skip,
					const struct length_runs *runs, int way, __u64 cookie)
{
	const struct length_run *other = &runs->way[!way];

	return runs->way[way].leaves && !*(const volatile __u32 *)&runs->way[way].is_stopped &&
	       !*(const volatile __u32 *)&other->is_stopped &&
	       (other->leaves || is_confirmed(skip, other, !way, cookie));
}

/* It is not in chunks any more; what was left out of these is told. */
static __always_inline void end_chunks(struct length_run *run, int way, __u64 cookie)
{
	tell_left(&run->chunks, cookie, way);
	run->chunks.packets_nr = 0;
	run->in_chunks = 0;
}

/* Of whole chunks, read from the first line on; the packet has the head in front if that is kept. */
static __always_inline enum part leave_part(struct length_run *run, const struct packet *p, int way,
					    __u64 cookie)
{
	if (!run->is_believed) { /* not yet, or not any more: the other direction may have stopped it */
		tell_left(&run->chunks, cookie, way);
		run->chunks = run->ahead;
		leave_from_here(&run->chunks);
		return ALL;
	}
	run->chunks = run->ahead;
	if (run->until == run->body) /* that is nothing but the head */
		return BEGINNING;
	note_left(&run->chunks, p);
	if (!p->keep)
		return NOTHING;
	tell_left(&run->chunks, cookie, way);
	leave_from_here(&run->chunks);
	return BEGINNING;
}

/*
 * What of a packet is copied whose lines were read to run->ahead. `way_read` is its direction, and 2
 * more if all there is in it was read: five arguments are the most.
 */
GLOBAL enum part part_of_chunks(struct __sk_buff *skb, const struct packet *p,
				struct length_run *run, __u64 cookie, __u32 way_read)
{
	const __u32 way = way_read & 1, is_read = way_read >> 1;
	const bool is_whole = run && p && is_read && !is_cut(&run->ahead) &&
			      (__s32)(run->chunks.next - p->seq) >= 0 &&
			      run->ahead.next - run->chunks.from <= CHUNK_RUN_MAX;
	bool is_end;

	if (!p || !run || (__s32)(p->seq - run->until) > 0)
		return UNREAD;
	if ((__s32)(p->seq + p->payload_len - run->until) <= 0)
		return run->is_believed ? NOTHING : ALL; /* it comes again */
	is_end = !is_read && is_end_of_chunks(skb, p, &run->ahead);
	if (!is_read && !is_end)
		return UNREAD;
	run->until = p->seq + p->payload_len;
	if (is_whole)
		return leave_part(run, p, way, cookie);
	tell_left(&run->chunks, cookie, way);
	run->chunks = run->ahead;
	leave_from_here(&run->chunks);
	if (is_end) {
		run->in_chunks = 0;
		run->next = run->until;
		if (!run->asked_nr) /* all of it is here: then that is known */
			run->asked = run->next;
	}
	return ALL;
}

/* The lines in it are read on the way to part_of_chunks(): the stack has no room for both. */
static __always_inline enum part take_chunks(struct __sk_buff *skb, struct packet *p,
					     struct length_runs *runs, int way, __u64 cookie)
{
	struct length_run *run = &runs->way[way];
	enum part part;
	bool is_read;

	if (!p->keep && starts_usual(skb, p->payload))
		return stop_lengths(runs, way);
	run->ahead = run->chunks;
	is_read = read_chunks(skb, p, &run->ahead);
	part = part_of_chunks(skb, p, run, cookie, way | is_read << 1);
	if (part == UNREAD)
		return stop_lengths(runs, way);
	if (run->until - run->body >= BODY_LONG)
		runs->short_nr = 0;
	return part;
}

/*
 * A packet that comes again, while what was left out of chunks behind it, or with it, is not told of
 * yet: user space takes what it is told with the packet that follows, and that is not this one. So it
 * says nothing of the row. ALL or NOTHING, as the first time; UNREAD: it is no such packet.
 */
static __always_inline enum part part_of_repeated(struct bpf_sock *sk, const struct packet *p,
						  int way, const struct length_run *run)
{
	const struct chunk_run *r = &run->chunks;
	const __u32 end = p->seq + p->payload_len;

	if (!run->in_chunks || !r->packets_nr || p->marks || (__s32)(end - r->until) > 0)
		return UNREAD;
	if ((__s32)(end - r->since) <= 0)
		return ALL;
	return (__s32)(p->seq - r->since) < 0 || comes_again(sk, p, way, r) ? UNREAD : NOTHING;
}

static __always_inline bool is_over(struct length_runs *runs)
{
	return runs->short_nr > SHORT_MAX && !runs->way[0].in_chunks && !runs->way[1].in_chunks;
}

static __always_inline enum part part_of_run(struct __sk_buff *skb, struct bpf_sock *sk,
					     struct packet *p, struct gate *g, int way,
					     struct hw_tap_skip *skip, __u64 cookie,
					     struct length_runs *runs)
{
	struct length_run *run = &runs->way[way];
	enum part part = part_of_repeated(sk, p, way, run);
	bool has_head;

	if (part != UNREAD)
		return part;
	if (__sync_lock_test_and_set(&run->is_stopped, 0))
		stop_run(run);
	if (!run->reads && run->in_chunks)
		end_chunks(run, way, cookie);
	has_head = is_for_head(skb, p, run);
	if (has_head) /* here: the stack has no room for it below */
		read_head(skb, p, &run->head);
	part = take_part(skb, p, runs, way, has_head);
	if (!run->leaves)
		run->leaves = is_confirmed(skip, run, way, cookie);
	run->is_believed = is_believed(skip, runs, way, cookie);
	if (part == CHUNKS && comes_again(sk, p, way, &run->chunks)) {
		run->chunks.packets_nr = 0; /* and is not told: see there */
		part = stop_lengths(runs, way);
	}
	if (part == CHUNKS)
		part = take_chunks(skb, p, runs, way, cookie);
	if (part != UNREAD) {
		ask(run, skip, way, cookie);
		part = run->is_believed ? part : ALL;
	}
	if (is_over(runs)) {
		g->bits[0] &= ~HAS_LONG;
		g->bits[1] &= ~HAS_LONG;
		runs->short_nr = 0;
		part = stop_lengths(runs, way);
	}
	if (part == UNREAD && run->in_chunks)
		end_chunks(run, way, cookie);
	return part;
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
	if (__sync_lock_test_and_set(&runs->way[way].is_busy, 1)) {
		set_stopped(&runs->way[0]);
		set_stopped(&runs->way[1]);
		return UNREAD;
	}
	part = part_of_run(skb, sk, p, g, way, skip, cookie, runs);
	__sync_lock_test_and_set(&runs->way[way].is_busy, 0);
	return part;
}

struct lock_walk {
	struct length_run *run;
	bool is_taken;
};

/* Steps of bpf_loop(), which see in task.h. */
static long step_of_lock(__u32 i, struct lock_walk *w)
{
	(void)i;
	w->is_taken = !__sync_lock_test_and_set(&w->run->is_busy, 1);
	return w->is_taken ? STOP : GO_ON;
}

/* Some microseconds at most: no other packet may come that would tell of it. */
static __always_inline bool wait_for_run(struct length_run *run)
{
	struct lock_walk w = { .run = run };

	bpf_loop(LOCK_TRIES_MAX, step_of_lock, &w, 0);
	return w.is_taken;
}

GLOBAL int end_runs(struct length_runs *runs, __u64 cookie)
{
	if (!runs)
		return 0;
#pragma unroll
	for (int way = 0; way < 2; way++) {
		struct length_run *run = &runs->way[way];

		set_stopped(run);
		if (!run->in_chunks || !wait_for_run(run))
			continue;
		end_chunks(run, way, cookie);
		stop_run(run);
		__sync_lock_test_and_set(&run->is_busy, 0);
	}
	return 0;
}

/* Nothing is left out behind this, and what was is told: the connection ends, or is another. */
static __always_inline void end_lengths(struct bpf_sock *sk, const struct gate *g, __u64 cookie)
{
	if ((g->bits[0] | g->bits[1]) & HAS_LONG)
		end_runs(bpf_sk_storage_get(&length_runs, sk, NULL, 0), cookie);
}

#endif
