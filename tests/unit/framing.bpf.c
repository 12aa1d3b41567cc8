/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tests/unit/framing.bpf.c - a head as the kernel side reads it, behind an Ethernet header */
#include <linux/types.h>
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "framing.h"

enum { ETHERNET_LEN = 14 };

__u32 head_len, body_len; /* of the last one; a head of 0 was not read */

SEC("tc")
int read(struct __sk_buff *skb)
{
	struct packet p = { .payload = ETHERNET_LEN, .payload_len = skb->len - ETHERNET_LEN };
	struct plain_head head = {};
	const bool is_read = read_head(skb, &p, &head);

	head_len = is_read ? head.end - ETHERNET_LEN : 0;
	body_len = head.length;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
