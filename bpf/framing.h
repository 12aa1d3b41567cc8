/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/framing.h - how long a body is, as a head says that is as plain as nearly all are
 *
 * What is read here must be what user space reads, or nothing: a unit test holds the two against
 * each other.
 */
#ifndef HW_BPF_FRAMING_H
#define HW_BPF_FRAMING_H

#include "head.h"

enum {
	LENGTH_DIGITS_MAX = 7, /* of longer bodies user space tells soon enough */
	STATUS_AT = 9,
	SMALL = 0x20, /* makes a letter small */
	NO_LENGTH = 0xffffffff,
	IN_CHUNKS = 0xfffffffe, /* instead of a length: Transfer-Encoding: chunked */
	IS_RESPONSE = 1 << 24,	/* beyond all offsets */
	IS_1_0 = 1 << 25,	/* which knows no chunks: RFC 9112 6.1 */
	IS_EMPTY = 1 << 26,	/* without a body, whatever its head says: RFC 9112 6.3 */
	IS_INTERIM = 1 << 27,	/* another response follows: RFC 9110 15.2 */
	IS_TO_HEAD = 1 << 28,	/* a request whose response has no body */
	START_LINE_FLAGS = IS_RESPONSE | IS_1_0 | IS_EMPTY | IS_INTERIM | IS_TO_HEAD,
};

struct length_walk {
	struct head_walk head;
	__u64 words[HEAD_READ / 8]; /* of the line at hand, or a part of it */
	__u32 length;
	__u16 odd; /* not 0: it is not as plain as it must be */
	__u16 has_length;
};

#define WORD(a, b, c, d, e, f, g, h)                                                             \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | \
	 (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

static __always_inline __u64 in_small(__u64 word)
{
	return word | SMALL * 0x0101010101010101;
}

static __always_inline __u32 is_zero(__u64 x)
{
	return 1 ^ (x | -x) >> 63;
}

static __always_inline __u8 byte_of(const struct length_walk *w, __u32 at)
{
	return ((const __u8 *)w->words)[at & (HEAD_READ - 1)];
}

/*
 * Behind the colon, to the end of the line: at most one space, 1*7DIGIT CRLF. The verifier
 * tries each branch with each one before; so here are none.
 */
static __always_inline void read_length(struct length_walk *w)
{
	__u32 at = sizeof("content-length:") - 1, digits = 0, is_digit = 1;

	at += ((__u32)(byte_of(w, at) ^ ' ') - 1) >> 31;
	w->length = 0;
#pragma unroll
	for (__u32 i = 0; i <= LENGTH_DIGITS_MAX; i++) {
		const __u32 digit = (__u8)(byte_of(w, at + i) - '0');

		is_digit &= (digit - 10) >> 31;
		w->length = w->length * (1 + 9 * is_digit) + digit * is_digit;
		digits += is_digit;
	}
	w->odd |= (digits - 1) >> 31 | (LENGTH_DIGITS_MAX - digits) >> 31 |
		  (byte_of(w, at + digits) ^ '\r') | (byte_of(w, at + digits + 1) ^ '\n');
}

/* The whole line as nearly all write it, with small letters or capitals where names have them. */
static __always_inline void read_encoding(struct length_walk *w)
{
	const __u64 *words = w->words;

	w->odd |= w->has_length;
	w->odd |= !is_zero((words[1] | SMALL << 8) ^ WORD('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n'));
	w->odd |= !is_zero((words[0] | SMALL) ^ WORD('t', 'r', 'a', 'n', 's', 'f', 'e', 'r'));
	w->odd |= !is_zero(words[2] ^ WORD('g', ':', ' ', 'c', 'h', 'u', 'n', 'k'));
	w->odd |= !is_zero(words[3] << 32 ^ WORD(0, 0, 0, 0, 'e', 'd', '\r', '\n'));
	w->has_length = 1;
	w->length = IN_CHUNKS;
}

/* Of what says how long a body is, only one plain Content-Length is read, or that it is chunked. */
static __always_inline void read_field(struct length_walk *w)
{
	const __u64 seven = 0x00ffffffffffffff, six = 0x0000ffffffffffff;
	const __u64 name = in_small(w->words[0]);

	w->odd |= is_zero(name ^ WORD('u', 'p', 'g', 'r', 'a', 'd', 'e', ':'));
	if (name == WORD('t', 'r', 'a', 'n', 's', 'f', 'e', 'r')) {
		read_encoding(w);
		return;
	}
	if (((name ^ WORD('c', 'o', 'n', 't', 'e', 'n', 't', 0)) & seven) |
	    ((in_small(w->words[1]) ^ WORD('l', 'e', 'n', 'g', 't', 'h', 0, 0)) & six))
		return;
	w->odd |= w->has_length | (byte_of(w, 7) ^ '-') | (byte_of(w, 14) ^ ':');
	w->has_length = 1;
	read_length(w);
}

/* Steps of bpf_loop(), which see in task.h: a line, or a part of a long one. */
static long step_of_fields(__u32 i, struct length_walk *w)
{
	__u64 *words = w->words;
	bool is_part;

	(void)i;
	words[0] = words[1] = words[2] = words[3] = 0;
	if (!read_words(&w->head, words))
		return STOP;
	if (!w->head.in_line && byte_of(w, 0) == '\r' && byte_of(w, 1) == '\n') {
		w->head.at += LINE_END_LEN;
		w->head.is_done = true;
		return STOP;
	}
	is_part = w->head.in_line;
	pass_line(&w->head, words);
	if (is_part)
		return GO_ON;
	/* Folded (RFC 9112 5.2), or an empty line of LF. */
	w->odd |= ((__u32)byte_of(w, 0) - '!') >> 31;
	read_field(w);
	if (w->odd)
		return STOP;
	return GO_ON;
}

static __always_inline bool is_digit(__u8 c)
{
	return (__u8)(c - '0') < 10;
}

static __always_inline bool is_plain_version(const __u8 text[VERSION_LEN])
{
	return is_version(text) && (text[7] == '1' || text[7] == '0');
}

/* "HTTP/1.1 200 ". Returns its flags; 0: it is none, or 101, behind which nothing is known. */
static __always_inline __u32 read_status_line(const __u8 text[METHOD_MAX])
{
	const __u8 *s = text + STATUS_AT;
	__u32 flags = IS_RESPONSE;

	if (!is_plain_version(text) || text[8] != ' ' || s[0] < '1' || s[0] > '5' ||
	    !is_digit(s[1]) || !is_digit(s[2]) || s[3] != ' ')
		return 0;
	if (s[0] == '1' && s[1] == '0' && s[2] == '1')
		return 0;
	if (s[0] == '1')
		flags |= IS_INTERIM | IS_EMPTY;
	if (s[0] <= '3' && s[1] == '0' && s[2] == '4') /* 204, 304 */
		flags |= IS_EMPTY;
	if (text[7] == '0')
		flags |= IS_1_0;
	return flags;
}

/* Not CONNECT, behind which nothing is known, and none that is rare. */
static __always_inline bool is_usual_method(__u64 first)
{
	const __u64 four = first & 0xffffffff, five = first & 0xffffffffff;

	return four == WORD('G', 'E', 'T', ' ', 0, 0, 0, 0) ||
	       four == WORD('P', 'U', 'T', ' ', 0, 0, 0, 0) ||
	       five == WORD('P', 'O', 'S', 'T', ' ', 0, 0, 0) ||
	       five == WORD('H', 'E', 'A', 'D', ' ', 0, 0, 0) ||
	       first << 16 == WORD('P', 'A', 'T', 'C', 'H', ' ', 0, 0) << 16 ||
	       first << 8 == WORD('D', 'E', 'L', 'E', 'T', 'E', ' ', 0) << 8 ||
	       first == WORD('O', 'P', 'T', 'I', 'O', 'N', 'S', ' ');
}

/* It ends with a version. Returns `end`, with its flags; 0: it is none. */
static __always_inline __u32 read_request_line(struct __sk_buff *skb, const struct packet *p,
					       const __u8 text[METHOD_MAX], __u32 end)
{
	const __u64 first = *(const __u64 *)text;
	__u8 tail[VERSION_LEN + LINE_END_LEN + 1];

	if (!is_usual_method(first) || end < p->payload + METHOD_MAX ||
	    bpf_skb_load_bytes(skb, end - sizeof(tail), tail, sizeof(tail)) || tail[0] != ' ' ||
	    !is_plain_version(tail + 1) || tail[9] != '\r' || tail[10] != '\n')
		return 0;
	return end | (tail[8] == '0' ? IS_1_0 : 0) |
	       (first << 56 == WORD(0, 0, 0, 0, 0, 0, 0, 'H') ? IS_TO_HEAD : 0);
}

/* Where the second line begins of what is a message by its first, with its flags. 0: it is none. */
GLOBAL __u32 read_start_line(struct __sk_buff *skb, const struct packet *p)
{
	struct head_walk w = { .skb = skb };
	__u8 text[METHOD_MAX] __attribute__((aligned(8)));

	if (!p || bpf_skb_load_bytes(skb, p->payload, text, sizeof(text)))
		return 0;
	w.at = p->payload;
	w.end = p->payload + p->payload_len;
	bpf_loop(HEAD_STEPS_MAX, step_of_line, &w, 0);
	if (!w.is_done)
		return 0;
	if (is_version(text)) {
		const __u32 flags = read_status_line(text);

		return flags ? w.at | flags : 0;
	}
	return read_request_line(skb, p, text, w.at);
}

/*
 * Read the fields from `at` on. Returns where the head ends, and in *ret_length how long the body
 * is, IN_CHUNKS, or NO_LENGTH if it does not say; 0: it is not whole, or not plain.
 */
GLOBAL __u32 read_fields(struct __sk_buff *skb, const struct packet *p, __u32 at, __u32 *ret_length)
{
	struct length_walk w = { .head = { .skb = skb, .at = at } };

	if (!p || !ret_length)
		return 0;
	w.head.end = p->payload + p->payload_len;
	bpf_loop(HEAD_STEPS_MAX, step_of_fields, &w, 0);
	*ret_length = w.has_length ? w.length : NO_LENGTH;
	return w.head.is_done && !w.odd ? w.head.at : 0;
}

struct plain_head {
	__u32 end;    /* an offset in the packet */
	__u32 length; /* of the body, if it is not the response to HEAD */
	__u32 flags;  /* IS_RESPONSE and the others */
};

/*
 * The head that a packet begins with; a request that does not say has no body. Returns false if it
 * is not plain: `ret->end` is 0.
 */
static __always_inline bool read_head(struct __sk_buff *skb, const struct packet *p,
				      struct plain_head *ret)
{
	const __u32 fields = read_start_line(skb, p);

	ret->flags = fields & START_LINE_FLAGS;
	ret->end = fields ? read_fields(skb, p, fields & ~START_LINE_FLAGS, &ret->length) : 0;
	if (fields & IS_EMPTY ? ret->length != IN_CHUNKS
			      : ret->length == NO_LENGTH && !(fields & IS_RESPONSE))
		ret->length = 0;
	if (ret->length == NO_LENGTH || (ret->length == IN_CHUNKS && fields & (IS_1_0 | IS_EMPTY)))
		ret->end = 0;
	return ret->end;
}

/*
 * What is a body by its head may be none, as behind the head of a response to HEAD: then the next
 * message begins there.
 */
static __always_inline bool begins_message(struct __sk_buff *skb, __u32 at, __u32 end)
{
	__u8 c;

	if (at >= end)
		return false;
	return bpf_skb_load_bytes(skb, at, &c, 1) || c == '\r' || c == '\n' ||
	       (end - at >= METHOD_MAX && starts_usual(skb, at)) ||
	       (end - at < METHOD_MAX && c == 'H');
}

#endif
