/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/stream.h - one direction of a TCP connection, put back in order
 *
 * Takes the payloads of segments and gives the bytes in order, each place once. The next
 * bytes are passed on where they lie; only what comes too early is copied (hold.h).
 * Every byte of a payload is counted: delivered, duplicate, refused, over a limit, or
 * pending. Knows sequence numbers, acknowledgements and a FIN, but no connection.
 */
#ifndef HW_TCP_STREAM_H
#define HW_TCP_STREAM_H

#include "base/budget.h"
#include "base/layout.h"
#include "base/slice.h"
#include "base/stats.h"
#include "tcp/connection.h"
#include "tcp/hold.h"

/* Bits of hw_stream.flags. */
enum {
	HW_STREAM_STARTED = 1 << 0,  /* `next` is valid */
	HW_STREAM_ACKED = 1 << 1,    /* `acked` is valid */
	HW_STREAM_FIN = 1 << 2,	     /* `fin` is valid */
	HW_STREAM_ENDED = 1 << 3,    /* takes nothing more */
	HW_STREAM_WAITS = 1 << 4,    /* data of a SYN that is not yet accepted: nothing is given */
	HW_STREAM_HAS_TIME = 1 << 5, /* `time` is valid */
	HW_STREAM_SCALES = 1 << 6,   /* `shift` is known */
	HW_STREAM_DISPUTED = 1 << 7, /* its SYNs named different sequence numbers */
};

/* Embedded in a connection; zeroed when it begins. */
struct hw_stream {
	struct hw_hold
		*hold;	 /* not NULL exactly while a hole (or HW_STREAM_WAITS) keeps bytes back */
	uint32_t next;	 /* sequence number of the next byte to deliver */
	uint32_t acked;	 /* highest acknowledgement of its receiver */
	uint32_t fin;	 /* sequence number of the FIN: no byte has it or a later one */
	uint32_t time;	 /* latest RFC 7323 timestamp of a SYN or a segment that was next */
	uint16_t window; /* latest offered by the receiver, not scaled */
	uint8_t shift;	 /* its scale, RFC 7323 2.2 */
	uint8_t flags;
	uint32_t other_isn; /* of a SYN that may begin another connection, where the connection's
			     * has_other_syn is set, and other_dir is this direction */
};

/* What streams take from and give to; the table has one. */
struct hw_stream_env {
	struct hw_budget *budget;
	struct hw_stats *stats;
	uint32_t blocks_max; /* of a hold */
	uint64_t now_ns;
	struct hw_arrival at;	 /* how the segment comes: to be set before each push of one */
	uint32_t evictions_left; /* private: for the segment at hand */
	bool is_conflict;	 /* private: conflict() was called for the segment at hand */
	struct hw_hold *spare; /* private: those that nobody uses, for the next holes, by `newer` */
	uint32_t spare_nr;     /* private: how many these are */
	bool is_ordered;       /* what is acknowledged passed before its acknowledgement */
	/* Memory is short: free some. False if there is none to free. */
	bool (*make_room)(void *ctx);
	/*
	 * Bytes contradict those that came first: once for each segment, and before what follows
	 * them there is given.
	 */
	void (*conflict)(void *ctx);
	void (*data)(void *ctx, struct hw_slice bytes);
	/*
	 * The same of bytes that came before, in `from`, and whose hole no packet closed; or of
	 * those of a SYN.
	 */
	void (*late)(void *ctx, struct hw_slice bytes, const struct hw_arrival *from);
	void (*gap)(void *ctx, uint64_t len);
	/*
	 * How many of the `hole` next bytes, which are not there, were left out on purpose, and
	 * that it is so. NULL: all bytes are wanted.
	 */
	uint32_t (*left_out)(void *ctx, uint32_t hole);
	void (*skip)(void *ctx, uint64_t len);
	/* The last bytes given that are still there to compare with. NULL: none are. */
	struct hw_slice (*kept)(void *ctx);
	void *ctx;
};

/* Free what it keeps for the next holes. */
void hw_stream_env_clear(struct hw_stream_env *env);

/* The payload of a segment; its bytes are borrowed. To push it uses it up: it is changed. */
struct hw_segment {
	uint32_t seq;
	struct hw_slice bytes; /* as far as captured; may be empty */
	uint32_t cut;	       /* bytes behind them that the capture cut off */
	bool is_fin;	       /* a FIN follows them; the one that is reached first holds */
};

/* The next byte has number `seq`. Forgets what was held before (as refused). */
void hw_stream_start(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq);

/* Take a segment. Starts a stream that is not started. */
void hw_stream_push(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *segment);

/* The same without a FIN, and of a stream that is open (hw_stream_are_open()). */
void hw_stream_push_open(struct hw_stream *s, struct hw_stream_env *env,
			 struct hw_segment *segment);

/*
 * Take the payload of a SYN (not of a SYN-ACK), RFC 7413 or not: kept until its receiver
 * acknowledges it; dropped if the receiver acknowledges the SYN alone.
 */
void hw_stream_push_syn(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *segment);

/* The receiver acknowledged all before `ack`. Numbers that cannot be are ignored. */
void hw_stream_ack(struct hw_stream *s, struct hw_stream_env *env, uint32_t ack);

/* Give up on the holes whose time is over. */
void hw_stream_check(struct hw_stream *s, struct hw_stream_env *env);

/* Whether bytes are held behind a hole that its receiver has: they will be given, and soon. */
bool hw_stream_is_owed(const struct hw_stream *s);

/* Give up on all holes, and deliver what is held. */
void hw_stream_give_up(struct hw_stream *s, struct hw_stream_env *env);

/* The same, and take nothing more. */
void hw_stream_end(struct hw_stream *s, struct hw_stream_env *env);

/* Go on at `seq` as far as the bytes before it were left out on purpose. */
void hw_stream_leave_out(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq);

/* All before `seq` passed, and what of it is not here will not come: it is missing. */
void hw_stream_miss(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq);

/* Drop what is held, counted under `as`, and take nothing more. */
void hw_stream_drop(struct hw_stream *s, struct hw_stream_env *env, enum hw_stat as);

/* Whether a segment with number `seq` lies in the window that its receiver offers. */
bool hw_stream_is_in_window(const struct hw_stream *s, uint32_t seq);

/*
 * Whether the `len` bytes from `seq` on reach over the FIN: who has sent one sends no more, so that it
 * was forged, and its receiver, who has not acknowledged it, or has bytes in its place, did not come to
 * it first. Where no receiver is heard one byte is none: a probe behind the FIN may have it.
 */
bool hw_stream_is_fin_belied(const struct hw_stream *s, uint32_t seq, uint32_t len);

/* The signed way from `b` to `a`; numbers wrap (RFC 9293 3.4). */
static inline int32_t hw_seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool hw_seq_is_far(uint32_t a, uint32_t b)
{
	const int32_t diff = hw_seq_diff(a, b);

	return diff > HW_TCP_WINDOW_MAX || diff < -HW_TCP_WINDOW_MAX;
}

static inline bool hw_stream_is_past_ack(const struct hw_stream *s, uint32_t seq)
{
	return s->flags & HW_STREAM_ACKED && hw_seq_diff(s->acked, seq) >= 0;
}

/* hw_stream_ack(), as far as nothing waits for it. False: a number that cannot be. */
static inline bool hw_stream_note_ack(struct hw_stream *s, uint32_t ack)
{
	if (s->flags & HW_STREAM_STARTED && hw_seq_is_far(ack, s->next))
		return false;
	s->acked = hw_stream_is_past_ack(s, ack) ? s->acked : ack;
	s->flags |= HW_STREAM_ACKED;
	return true;
}

/* Whether `ack` of this direction is further behind the latest than the window can have been. */
HW_APART bool hw_stream_is_behind_window(const struct hw_stream *s, uint32_t ack);

/* RFC 5961 5.2: the other side would drop the segment. Nearly all acknowledge no less than before. */
static inline bool hw_stream_is_old_ack(const struct hw_stream *s, uint32_t ack)
{
	return HW_UNLIKELY(hw_seq_diff(ack, s->acked) < 0) && hw_stream_is_behind_window(s, ack);
}

/* Whether both are as streams are nearly always: begun, and nothing is known that ends them. */
static inline bool hw_stream_are_open(const struct hw_stream *a, const struct hw_stream *b)
{
	const uint8_t odd = HW_STREAM_FIN | HW_STREAM_ENDED | HW_STREAM_WAITS | HW_STREAM_DISPUTED;

	return (a->flags & b->flags & HW_STREAM_STARTED) && !((a->flags | b->flags) & odd);
}

/* Nothing is held either: the next bytes of such streams can be given by hw_stream_advance() alone. */
static inline bool hw_stream_hold_nothing(const struct hw_stream *a, const struct hw_stream *b)
{
	return !((uintptr_t)a->hold | (uintptr_t)b->hold);
}

/* The next `len` bytes are given: who calls it gives them to the reader. */
static inline void hw_stream_advance(struct hw_stream *s, struct hw_stream_env *env, size_t len)
{
	hw_stats_add(env->stats, HW_STAT_TCP_DELIVERED, len);
	s->next += (uint32_t)len;
}

/* All bytes before its FIN were delivered. */
static inline bool hw_stream_is_complete(const struct hw_stream *s)
{
	const uint8_t both = HW_STREAM_STARTED | HW_STREAM_FIN;

	return (s->flags & both) == both && s->next == s->fin;
}

#endif
