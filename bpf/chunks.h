/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/chunks.h - packets inside a chunked body, which are left out
 *
 * User space parses, and says where a line with the size of a chunk begins (RFC 9112 7.1). If
 * that byte has not passed yet, the lines from there on are read here, and what is of whole
 * chunks alone is left out. With the first packet that has another line, the last chunk or an
 * end in it, or is not the next one, user space is told how far the chunks went, and copying
 * goes on.
 *
 * Of a body that passes at once user space hears too late for that. So where one seems to begin
 * the lines are read while all is copied yet, until user space says that it did begin there. Where
 * the heads are read, too, that is known from the first line on: see length.h.
 */
#ifndef HW_BPF_CHUNKS_H
#define HW_BPF_CHUNKS_H

#include "head.h"
#include "owner.h"

enum {
	CHUNK_AHEAD_MAX = 1 << 28, /* a line that is further on is none of this body */
	CHUNK_RUN_MAX = 1 << 28,   /* bytes left out at once: user space takes less than 1 GiB */
	CHUNK_LINES_MAX = 64,	   /* of a packet; with more of them, copying costs less */
	CHUNK_DIGITS_MAX = 7,
	HEAD_LONG = 4096, /* of a packet that has a head and already much of a body */
	CHUNK_READ = 16,  /* a power of two, and enough for a line end and a line */
};

/*
 * What comes next: the line end behind a chunk's data, and the line with the size of another.
 * The verifier tries all there is between two tests; so these are counted with, not switched by.
 */
enum chunk_place { DATA_CR, DATA_LF, DIGITS, SIZE_LF, CHUNK_PLACES_NR };

struct chunk_run {
	__u32 body; /* where the first line begins; if that is not known, `from` */
	__u32 from, next, until, framing; /* as in struct hw_tap_left */
	__u32 packets_nr, since;	  /* that were left out, and the first byte of them */
	__u32 size;			  /* of the line at `next`, as far as it was read */
	__u8 place, digits;		  /* 0 digits in front of them */
	__u8 is_guess;			  /* nobody has said that there is a chunked body */
	__u8 is_last;			  /* the last chunk's line came, before `next` */
};

/* Of a socket and its two directions: [0] to it, [1] from it. Not on listeners. */
struct chunk_runs {
	struct chunk_run way[2];
	struct chunk_run ahead[2]; /* with the packet at hand */
	__u32 is_busy[2];	   /* a packet is looked at on some CPU */
	__u32 has_missed[2];	   /* meanwhile another one was copied */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct chunk_runs);
} chunk_runs SEC(".maps");

struct chunk_walk {
	struct __sk_buff *skb;
	struct chunk_run run;
	__u32 payload, seq, end;
	__u32 len; /* bytes of `text` that are in the packet */
	__u8 text[CHUNK_READ];
	__u32 odd;    /* not 0: something else stood there */
	bool is_line; /* a line was read to its end */
	bool is_done; /* all that is in the packet was read */
};

/* Where the byte is that comes next. */
static __always_inline __u32 place_of(const struct chunk_run *r)
{
	return r->next + r->place - DIGITS + r->digits;
}

/* From which place on a packet is read that begins at `seq`; `r->next` is not before that. */
static __always_inline void begin_line(struct chunk_run *r, __u32 seq)
{
	const __u32 before = r->next - seq;

	r->place = before >= LINE_END_LEN ? DATA_CR : before ? DATA_LF : DIGITS;
	r->digits = r->size = 0;
}

static __always_inline bool is_hex(__u8 c)
{
	return (__u8)(c - '0') < 10 || (__u8)((c | 0x20) - 'a') < 6;
}

/* To the chunk that follows the line that was read. */
static __always_inline void pass_chunk(struct chunk_run *r)
{
	r->next += r->digits + LINE_END_LEN + r->size + LINE_END_LEN;
	r->framing += r->digits + LINE_END_LEN + LINE_END_LEN;
	r->digits = 0;
	r->size = 0;
}

/* Steps of bpf_loop(), which see in task.h: a byte of CRLF 1*HEXDIG CRLF, and what there is of it. */
static long step_of_size(__u32 i, struct chunk_walk *w)
{
	const __u32 expected = '\r' | '\n' << 8 | '\r' << 16 | '\n' << 24;
	const __u8 c = w->text[i & (CHUNK_READ - 1)], place = w->run.place & (CHUNK_PLACES_NR - 1);

	if (i >= w->len)
		return STOP;
	if (place == DIGITS && is_hex(c)) {
		w->run.size = w->run.size << 4 | ((c & 15) + (c >> 6) * 9);
		w->run.digits++;
		return GO_ON;
	}
	w->odd |= c ^ (__u8)(expected >> place * 8);
	w->run.place = (place + 1) & (CHUNK_PLACES_NR - 1);
	w->is_line = place == SIZE_LF;
	if (w->is_line)
		return STOP;
	return GO_ON;
}

static long step_of_chunks(__u32 i, struct chunk_walk *w)
{
	const __u32 at = place_of(&w->run), left = w->end - at;

	(void)i;
	w->is_done = true;
	if ((__s32)left <= 0)
		return STOP;
	w->len = left < CHUNK_READ ? left : CHUNK_READ;
	w->odd |= bpf_skb_load_bytes(w->skb, w->payload + (at - w->seq), w->text,
				     one_to(CHUNK_READ, w->len));
	w->is_line = false;
	bpf_loop(CHUNK_READ, step_of_size, w, 0);
	if (!w->is_line) { /* the rest is in the next packet, or it is too long */
		w->odd |= (left - 1) / CHUNK_READ | (w->run.digits > CHUNK_DIGITS_MAX);
		return STOP;
	}
	if (!w->run.size || w->run.digits > CHUNK_DIGITS_MAX) { /* the last one is not passed */
		w->run.is_last = !w->odd && w->run.digits == 1;
		w->odd = 1;
	}
	pass_chunk(&w->run);
	w->is_done = false;
	if (w->odd)
		return STOP;
	return GO_ON;
}

/* Returns whether the packet has nothing but what `run` says, which is moved on. */
GLOBAL bool read_chunks(struct __sk_buff *skb, const struct packet *p, struct chunk_run *run)
{
	struct chunk_walk w = { .skb = skb };

	if (!p || !run || p->marks)
		return false;
	w.run = *run;
	if ((__s32)(place_of(&w.run) - p->seq) < 0)
		return false;
	w.payload = p->payload;
	w.seq = p->seq;
	w.end = p->seq + p->payload_len;
	bpf_loop(CHUNK_LINES_MAX, step_of_chunks, &w, 0);
	*run = w.run;
	return w.is_done && !w.odd;
}

/* Whether it ends with the last chunk, and no trailers (RFC 9112 7.1.2): of `run` it was read. */
static __always_inline bool is_end_of_chunks(struct __sk_buff *skb, const struct packet *p,
					     const struct chunk_run *run)
{
	const __u32 end = p->payload + p->payload_len;
	__u8 text[LINE_END_LEN];

	return run->is_last && run->next == p->seq + p->payload_len &&
	       !bpf_skb_load_bytes(skb, end - LINE_END_LEN, text, sizeof(text)) &&
	       text[0] == '\r' && text[1] == '\n';
}

/* It ends inside a line, which user space could not go on reading. */
static __always_inline bool is_cut(const struct chunk_run *r)
{
	return r->place == SIZE_LF || (r->place == DIGITS && r->digits);
}

/* Where a body begins in a packet: behind a head that is whole, or at once. 0: it has none. */
static __always_inline __u32 find_body(struct __sk_buff *skb, const struct packet *p)
{
	if (!starts_usual(skb, p->payload))
		return p->payload;
	return p->payload_len < HEAD_LONG ? 0 : end_of_head(skb, p);
}

/* Whether a packet begins what looks like a body of chunks; `run` is where it has come to. */
GLOBAL bool seems_chunked(struct __sk_buff *skb, const struct packet *p, struct chunk_run *run)
{
	__u32 at;

	if (!p || !run || p->marks)
		return false;
	at = find_body(skb, p);
	if (!at)
		return false;
	__builtin_memset(run, 0, sizeof(*run));
	run->body = run->from = run->next = p->seq + (at - p->payload);
	run->place = DIGITS;
	return at == p->payload + p->payload_len || read_chunks(skb, p, run);
}

/* From here on packets are left out. */
static __always_inline void leave_from_here(struct chunk_run *run)
{
	run->from = run->next;
	run->framing = run->packets_nr = 0;
}

static __always_inline void note_left(struct chunk_run *run, const struct packet *p)
{
	const __u32 end = p->seq + p->payload_len;

	if (!run->packets_nr || (__s32)(end - run->until) > 0)
		run->until = end;
	if (!run->packets_nr || (__s32)(p->seq - run->since) < 0)
		run->since = p->seq;
	run->packets_nr++;
}

/* Before the frame is copied that it is about. */
GLOBAL int tell_left(const struct chunk_run *run, __u64 cookie, int way)
{
	struct hw_tap_left *r;

	if (!run || !run->packets_nr)
		return 0;
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r)
		return 0; /* the frame finds no room either, and is counted */
	r->type = HW_TAP_LEFT;
	r->direction = way ? EGRESS : INGRESS;
	r->cookie = cookie;
	r->from = run->from;
	r->until = run->until;
	r->next = run->next;
	r->framing = run->framing;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
