/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/start.h - which packets begin like an HTTP message
 */
#ifndef HW_BPF_START_H
#define HW_BPF_START_H

#include "packet.h"

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

/* Whitespace inside a line, as http/octet.h has it. */
static __always_inline bool is_blank(__u8 c)
{
	return c == ' ' || c == '\t';
}

/* What may stand behind a method: see hw_octet_parts_words(). CR before LF ends a line of any text. */
static __always_inline bool ends_method(const __u8 *text, __u32 at)
{
	if (text[at] == '\r')
		return at + 1 == START_MAX || text[at + 1] != '\n';
	return is_blank(text[at]) || text[at] == '\v' || text[at] == '\f';
}

/*
 * A method and a blank, "HTTP/", as much of it as there is, or an empty line or blanks before.
 * `text` has START_MAX bytes, those behind `len` are 0. The loop is unrolled because 6.1
 * does not take one that runs into its first instruction without a jump.
 */
static __always_inline bool is_start(const __u8 *text, __u32 len)
{
	if ((text[0] >= '\t' && text[0] <= '\r') || text[0] == ' ')
		return true;
#pragma unroll
	for (__u32 i = 0; i < START_MAX; i++) {
		if (is_token_byte(text[i]))
			continue;
		return i == len || (i > 0 && ends_method(text, i)) ||
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

/* As much as there is of the START_MAX bytes from `at` on; those behind are 0. */
static __always_inline bool read_start(struct __sk_buff *skb, __u32 at, __u32 len,
				       __u8 text[START_MAX])
{
	__builtin_memset(text, 0, START_MAX);
	return !bpf_skb_load_bytes(skb, at, text, one_to(START_MAX, len));
}

GLOBAL bool starts_message(struct __sk_buff *skb, __u32 payload, __u32 payload_len)
{
	__u8 text[START_MAX];
	const __u32 len = payload_len < START_MAX ? payload_len : START_MAX;

	return read_start(skb, payload, len, text) && is_start(text, len);
}

/* See is_plain_start(); at most one empty line comes before (RFC 9112 2.2). */
GLOBAL bool starts_again(struct __sk_buff *skb, __u32 payload, __u32 payload_len)
{
	__u8 text[START_MAX];
	__u32 len = payload_len < START_MAX ? payload_len : START_MAX;

	if (!read_start(skb, payload, len, text))
		return false;
	if (text[0] == '\r' && text[1] == '\n') {
		if (len <= 2)
			return true;
		len -= 2;
		if (!read_start(skb, payload + 2, len, text))
			return false;
	}
	return is_plain_start(text, len);
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

#endif
