/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_gate_start.c - the kernel side passes on all that may be a start: bpf/start.h */
#include "unit/unit.h"

#include <linux/types.h>
#include <stdbool.h>

#include "http/start.h"

/* What bpf/start.h has of the kernel, of a packet that is all payload. */
#define HW_BPF_PACKET_H
#define GLOBAL static inline

struct __sk_buff {
	struct hw_slice bytes;
};

static inline __u32 one_to(__u32 max, __u32 n)
{
	return n < 1 ? 1 : n > max ? max : n;
}

static inline int bpf_skb_load_bytes(const struct __sk_buff *skb, __u32 at, void *to, __u32 len)
{
	if (at + len > skb->bytes.len)
		return -1;
	memcpy(to, skb->bytes.ptr + at, len);
	return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#include "../../bpf/start.h"
#pragma GCC diagnostic pop

_Static_assert((int)START_MAX == (int)HW_HTTP_START_MAX, "both see as much");

static bool may_be_start(struct hw_slice s)
{
	switch (hw_http_start_look(s)) {
	case HW_HTTP_START_TEXT: /* the gate looks at the end of its line: see bpf/gate.h */
	case HW_HTTP_START_NOT:
		return false;
	case HW_HTTP_START_MORE:
	case HW_HTTP_START_REQUEST:
	case HW_HTTP_START_RESPONSE:
	case HW_HTTP_START_FOREIGN:
		break;
	}
	return true;
}

static void check(const uint8_t *text, size_t len)
{
	struct __sk_buff skb = { { text, len } };

	if (may_be_start(skb.bytes) && !starts_message(&skb, 0, (__u32)len))
		fail_msg("hidden: %.*s, and bytes %#x %#x %#x", (int)len - 3, (const char *)text,
			 text[len - 3], text[len - 2], text[len - 1]);
}

static const char *const begins[] = { "",	 "G",	  "GET",    "OPTIONS",	 "VERSION-CONTROL",
				      "HTTP",	 "HTTP/", " GET",   "\t \tHEAD", "\vGET",
				      "\f\rPUT", "FOO",	  "\r\nGET" };

static void all_that_comes_behind_a_method(void **state)
{
	static const uint8_t thirds[] = { 0, '\t', '\n', '\r', ' ', '/', 'A', 0xff };
	uint8_t text[START_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		const size_t len = strlen(begins[i]);

		memcpy(text, begins[i], len);
		for (unsigned int end = 0; end < sizeof(thirds) << 16; end++) {
			text[len] = (uint8_t)(end >> 8);
			text[len + 1] = (uint8_t)end;
			text[len + 2] = thirds[end >> 16];
			check(text, len + 3);
		}
	}
}

/* Up to the last byte that is looked at. */
static void runs_of_a_byte_behind_a_method(void **state)
{
	uint8_t text[START_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		const size_t begin = strlen(begins[i]);

		memcpy(text, begins[i], begin);
		for (unsigned int pair = 0; pair < 1u << 16; pair++) {
			memset(text + begin, (int)(pair >> 8), sizeof(text) - begin);
			for (size_t len = begin + 3; len <= sizeof(text); len++) {
				const uint8_t last = text[len - 1];

				text[len - 1] = (uint8_t)pair;
				check(text, len);
				text[len - 1] = last;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_comes_behind_a_method),
		cmocka_unit_test(runs_of_a_byte_behind_a_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
