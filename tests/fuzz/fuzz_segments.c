/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_segments.c - segments as operations, held against a map of bytes
 *
 * An input is a list of operations of six bytes: which direction, flags, where, how long,
 * and how much later. Without RST and SYN in between, every byte that comes out is the
 * first that arrived for its place and comes once; with them, the accounts close and all
 * memory comes back.
 */
#include <string.h>

#include "fuzz.h"
#include "reference.h"
#include "tcp/connection.h"

enum { OPERATION = 6, ISN = 0xfff0, OPERATIONS_MAX = 400 };

struct rig {
	struct hw_tcp *tcp;
	struct hw_budget budget;
	struct hw_stats stats;
	uint64_t now_ns;
	uint32_t next[2]; /* place behind the last byte or gap that came out */
	bool is_tame;	  /* no operation resets or begins anew */
	int connections;
};

static struct reference references[2];

static void on_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
		    const struct hw_packet *at)
{
	struct rig *r = ctx;

	(void)c;
	(void)at;
	FUZZ_CHECK(bytes.len > 0);
	if (!r->is_tame)
		return;
	FUZZ_CHECK(reference_is_first(&references[dir], r->next[dir], bytes));
	r->next[dir] += (uint32_t)bytes.len;
}

static void on_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
		   const struct hw_packet *at)
{
	struct rig *r = ctx;

	(void)c;
	(void)at;
	FUZZ_CHECK(len > 0);
	r->next[dir] += (uint32_t)len;
}

static void on_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
		   const struct hw_packet *at)
{
	(void)ctx;
	(void)c;
	(void)at;
	FUZZ_CHECK(dir == 0 || dir == 1);
	FUZZ_CHECK(how <= HW_TCP_END_CAPTURE);
}

static void on_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	struct rig *r = ctx;

	(void)c;
	(void)at;
	r->connections++;
}

static void on_free(void *ctx, struct hw_tcp_connection *c)
{
	struct rig *r = ctx;

	(void)c;
	r->connections--;
}

/* Each byte tells its place and which sending it is of, so that copies differ. */
static void fill(uint8_t *bytes, size_t len, uint32_t at, uint8_t sending)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)((at + i) * 7 + (sending & 1));
}

static void push(struct rig *r, int dir, uint16_t flags, uint32_t seq, struct hw_slice bytes)
{
	static const uint8_t ip[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	static const uint16_t port[2] = { 40000, 80 };
	const struct hw_frame frame = { .time_ns = 1 + r->now_ns };
	const struct hw_packet p = {
		.frame = &frame,
		.src = hw_addr_v4(ip[dir]),
		.dst = hw_addr_v4(ip[!dir]),
		.src_port = port[dir],
		.dst_port = port[!dir],
		.ip_version = 4,
		.ip_protocol = 6,
		.payload = bytes,
		.payload_len = (uint32_t)bytes.len,
		.seq = seq,
		.ack = ISN + 1 + r->next[!dir],
		.flags = flags,
		.window = 65535,
	};

	hw_tcp_push(r->tcp, &p, r->now_ns);
	r->stats.n[HW_STAT_PACKETS_READ] = r->stats.n[HW_STAT_PACKETS_TCP] = 0;
	FUZZ_CHECK(hw_stats_check(&r->stats) == NULL);
	FUZZ_CHECK(r->budget.used <= r->budget.max);
}

static uint16_t flags_of(const struct rig *r, uint8_t op)
{
	const uint16_t flags = HW_TCP_ACK | (op & 2 ? HW_TCP_PSH : 0);

	if (r->is_tame)
		return flags;
	return flags | (op & 4 ? HW_TCP_FIN : 0) | ((op & 0x18) == 0x18 ? HW_TCP_RST : 0) |
	       ((op & 0x60) == 0x60 ? HW_TCP_SYN : 0);
}

static void operate(struct rig *r, const uint8_t *op)
{
	const int dir = op[0] & 1;
	const uint32_t at = (uint32_t)(op[1] << 8 | op[2]) % (REFERENCE_PLACES / 4);
	const size_t len = op[3] * (op[0] & 0x80 ? 8u : 1u);
	uint8_t bytes[255 * 8];

	r->now_ns += (uint64_t)op[5] << (op[4] & 31);
	fill(bytes, len, at, op[4] >> 7);
	if (r->is_tame)
		reference_arrive(&references[dir], at, hw_slice(bytes, len));
	push(r, dir, flags_of(r, op[0]), ISN + 1 + at, hw_slice(bytes, len));
	hw_tcp_expire(r->tcp, r->now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig r = { .budget = { .max = 1 << 20 } };
	const struct hw_tcp_options options = {
		.reader = { on_data, on_gap, on_end, on_begin, on_free, &r },
		.user_bytes = 16,
		.max_connections = 4,
		.hold_max = 1 << 16,
	};

	if (size < 1)
		return 0;
	r.is_tame = data[0] & 1;
	if (data[0] & 2)
		r.budget.max = 16384; /* little: holding must do without */
	memset(references, 0, sizeof(references));
	if (hw_tcp_new(&r.tcp, &options, &r.budget, &r.stats) != 0)
		return 0;
	push(&r, 0, HW_TCP_SYN, ISN, hw_slice(NULL, 0));
	push(&r, 1, HW_TCP_SYN | HW_TCP_ACK, ISN, hw_slice(NULL, 0));
	for (size_t i = 1; i + OPERATION <= size && i < OPERATION * OPERATIONS_MAX; i += OPERATION)
		operate(&r, data + i);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	FUZZ_CHECK(r.connections == 0);
	FUZZ_CHECK(r.stats.n[HW_STAT_TCP_PENDING] == 0);
	FUZZ_CHECK(hw_stats_check(&r.stats) == NULL);
	hw_tcp_free(r.tcp);
	FUZZ_CHECK(r.budget.used == 0);
	return 0;
}
