/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/head.h - the lines of a head, as far as they lie in one packet
 *
 * Not looked at but where a body that may be long begins, or where HTTP comes unexpectedly.
 */
#ifndef HW_BPF_HEAD_H
#define HW_BPF_HEAD_H

#include "start.h"

enum {
	LINE_END_LEN = 2,
	VERSION_LEN = 8, /* HTTP/1.1 */
	HEAD_READ = 32,	 /* bytes of a line that are looked at; a power of two */
	HEAD_STEPS_MAX = 128,
};

struct head_walk {
	struct __sk_buff *skb;
	__u32 at, end; /* offsets in the packet */
	bool in_line;  /* `at` is not the beginning of a line */
	bool is_done;
};

/* How many bytes of a word come before its first LF; 8: it has none. */
static __always_inline __u32 before_lf(__u64 word)
{
	const __u64 ones = 0x0101010101010101, x = word ^ ones * '\n';
	const __u64 found = ((x - ones) & ~x) >> 7 & ones; /* the lowest bit is right */

	return (((found & -found) - 1) & ones) * ones >> 56;
}

/*
 * How many bytes of `text` are up to its first LF and with it; HEAD_READ: there is none. Without
 * a branch, each of which the verifier would try with each one before.
 */
static __always_inline __u32 line_len(const __u64 text[HEAD_READ / 8])
{
	__u32 len = 0;

#pragma unroll
	for (int i = HEAD_READ / 8 - 1; i >= 0; i--) {
		const __u32 before = before_lf(text[i]);

		len = before + (before >> 3) * len;
	}
	return len + 1 - len / HEAD_READ;
}

static __always_inline bool read_words(const struct head_walk *w, __u64 words[HEAD_READ / 8])
{
	const __u32 left = w->end - w->at;

	return left >= 1 && left <= w->end &&
	       !bpf_skb_load_bytes(w->skb, w->at, words,
				   one_to(HEAD_READ, left < HEAD_READ ? left : HEAD_READ));
}

static __always_inline void pass_line(struct head_walk *w, const __u64 words[HEAD_READ / 8])
{
	const __u8 *text = (const void *)words;
	const __u32 len = line_len(words);

	w->in_line = len == HEAD_READ && text[HEAD_READ - 1] != '\n';
	w->at += len;
}

/* Steps of bpf_loop(), which see in task.h: a line, or a part of a long one. */
static long step_of_head(__u32 i, struct head_walk *w)
{
	__u64 words[HEAD_READ / 8] = {};
	const __u8 *text = (const void *)words;

	(void)i;
	if (!read_words(w, words))
		return STOP;
	if (!w->in_line && text[0] == '\r' && text[1] == '\n') {
		w->at += LINE_END_LEN;
		w->is_done = true;
		return STOP;
	}
	pass_line(w, words);
	return GO_ON;
}

static long step_of_line(__u32 i, struct head_walk *w)
{
	__u64 words[HEAD_READ / 8] = {};

	(void)i;
	if (!read_words(w, words))
		return STOP;
	pass_line(w, words);
	w->is_done = !w->in_line;
	return w->is_done ? STOP : GO_ON;
}

/* Where a head ends that is whole in the packet. 0: none does. */
GLOBAL __u32 end_of_head(struct __sk_buff *skb, const struct packet *p)
{
	struct head_walk w = { .skb = skb };

	if (!p)
		return 0;
	w.at = p->payload;
	w.end = p->payload + p->payload_len;
	bpf_loop(HEAD_STEPS_MAX, step_of_head, &w, 0);
	return w.is_done ? w.at : 0;
}

static __always_inline bool is_version(const __u8 text[VERSION_LEN])
{
	return text[0] == 'H' && text[1] == 'T' && text[2] == 'T' && text[3] == 'P' &&
	       text[4] == '/' && text[5] == '1' && text[6] == '.';
}

/* Its first line is a start line beyond doubt: it begins or ends with a version. */
GLOBAL bool has_start_line(struct __sk_buff *skb, const struct packet *p)
{
	struct head_walk w = { .skb = skb };
	__u8 text[VERSION_LEN];

	if (!p || bpf_skb_load_bytes(skb, p->payload, text, sizeof(text)))
		return false;
	if (is_version(text))
		return true;
	w.at = p->payload;
	w.end = p->payload + p->payload_len;
	bpf_loop(HEAD_STEPS_MAX, step_of_line, &w, 0);
	return w.is_done && w.at > p->payload + VERSION_LEN + LINE_END_LEN &&
	       !bpf_skb_load_bytes(skb, w.at - VERSION_LEN - LINE_END_LEN, text, sizeof(text)) &&
	       is_version(text);
}

#endif
