/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_connection.c */
#include "unit/unit.h"

#include "segments.h"
#include "tcp/state.h"

static const uint64_t MS = 1000000, START = 1700000000ull * 1000000000;

/* A table with its reader and its accounts. */
struct rig {
	struct hw_tcp *tcp;
	struct hw_budget budget;
	struct hw_stats stats;
	struct record record;
	struct hw_frame frame;
	uint64_t now_ns;
};

static void rig_init(struct rig *r, struct hw_tcp_options options, size_t budget_max)
{
	*r = (struct rig){ .budget = { .max = budget_max }, .record = { .data_dir = -1 } };
	if (!options.reader.data)
		options.reader = record_reader(&r->record);
	assert_int_equal(hw_tcp_new(&r->tcp, &options, &r->budget, &r->stats), 0);
	r->now_ns = START;
}

static const struct hw_tcp_options usual = {
	.max_connections = 1 << 20,
	.hold_max = HW_TCP_HOLD_MAX,
	.seed = 1,
};

static void rig_clear(struct rig *r)
{
	hw_tcp_free(r->tcp);
	assert_null(hw_stats_check(&r->stats));
	assert_int_equal(r->stats.n[HW_STAT_TCP_PENDING], 0);
	assert_int_equal(r->budget.used, 0);
	record_clear(&r->record);
}

static void push_packet(struct rig *r, const struct hw_packet *p)
{
	hw_tcp_push(r->tcp, p, r->now_ns);
	assert_null(hw_stats_check(&r->stats));
}

static void push(struct rig *r, const struct segment *s)
{
	struct hw_packet p;

	if (s->ms)
		r->now_ns = START + s->ms * MS;
	r->frame.time_ns = r->now_ns;
	p = segment_packet(s, &r->frame);
	push_packet(r, &p);
	hw_tcp_expire(r->tcp, r->now_ns);
}

enum { SYN = HW_TCP_SYN, ACK = HW_TCP_ACK, FIN = HW_TCP_FIN, RST = HW_TCP_RST };

/* The handshake: the client's bytes begin at 1001, the server's at 5001. */
/* clang-format off */
#define HANDSHAKE \
	{ 0, SYN, 1000, 0, NULL }, { 1, SYN | ACK, 5000, 1001, NULL }, { 0, ACK, 1001, 5001, NULL }
#define C(seq, text) { 0, ACK, seq, 5001, text }
#define S(seq, ack, text) { 1, ACK, seq, ack, text }
#define PAWS(time) { (const uint8_t *)"\1\1\10\12" time "\0\0\0\0", 12 }
#define SCALE(shift) { (const uint8_t *)"\3\3" shift, 3 }
#define OLD (5001 - 65535) /* the oldest that a window without a scale lets be */
#define MD5 { (const uint8_t *)"\23\22" "0123456789abcdef", 18 }

static const struct {
	const char *name;
	struct segment segments[20];
	const char *want; /* at the end the capture ends */
	uint64_t duplicate, refused, over_limit, conflicts, bad_rst;
} cases[] = {
	{ "whole connection",
	  { HANDSHAKE, C(1001, "GET"), S(5001, 1004, "200"), { 0, FIN | ACK, 1004, 5004, NULL },
	    { 1, FIN | ACK, 5004, 1005, NULL }, { 0, ACK, 1005, 5005, NULL } },
	  "+ 0<GET> 1<200> 0.fin 1.fin -" },
	{ "R01 reverse order",
	  { HANDSHAKE, C(1007, "ghi"), C(1004, "def"), C(1001, "abc") },
	  "+ 0<abcdefghi> 0.capture 1.capture -" },
	{ "R03 exact retransmission",
	  { HANDSHAKE, C(1001, "abc"), C(1001, "abc"), C(1004, "def"), C(1001, "abc") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 6 },
	{ "R03 retransmission of what is held",
	  { HANDSHAKE, C(1004, "def"), C(1004, "def"), C(1001, "abc") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 3 },
	{ "R04 overlap left",
	  { HANDSHAKE, C(1004, "def"), C(1001, "abcd") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 1 },
	{ "R04 overlap right",
	  { HANDSHAKE, C(1001, "abc"), C(1002, "bcdef") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 2 },
	{ "R04 inside",
	  { HANDSHAKE, C(1002, "bcdef"), C(1003, "cd"), C(1001, "a") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 2 },
	{ "R04 covering",
	  { HANDSHAKE, C(1003, "cd"), C(1005, "e"), C(1001, "abcdefg") },
	  "+ 0<abcdefg> 0.capture 1.capture -", .duplicate = 3 },
	{ "R05 conflict with what is held: the first wins",
	  { HANDSHAKE, C(1004, "def"), C(1003, "CDEFG"), C(1001, "ab") },
	  "+ 0<abCdefG> 0.capture 1.capture -", .duplicate = 3, .conflicts = 1 },
	{ "R05 conflict on delivery: the first wins",
	  { HANDSHAKE, C(1003, "cd"), C(1001, "ABCDE") },
	  "+ 0<ABcdE> 0.capture 1.capture -", .duplicate = 2, .conflicts = 1 },
	{ "R06 hole acknowledged, one second passes",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef", .ms = 10 },
	    { 1, ACK, 5001, 1007, NULL, .ms = 20 }, { 1, ACK, 5001, 1007, NULL, .ms = 1009 },
	    { 1, ACK, 5001, 1007, "x", .ms = 1010 } },
	  "+ 0<ab> 1<x> 0[2] 0<ef> 0.capture 1.capture -" },
	{ "R06 hole acknowledged, and both sides have taken four turns",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, S(5001, 1007, "1"),
	    { 0, ACK, 1007, 5002, "gh" }, S(5002, 1009, "2"), { 0, ACK, 1009, 5003, "ij" },
	    S(5003, 1011, "3"), { 0, ACK, 1011, 5004, "kl" }, S(5004, 1013, "4"),
	    { 0, ACK, 1013, 5005, "mn" }, S(5005, 1015, "5") },
	  "+ 0<ab> 1<1234> 0[2] 0<efghijklmn> 1<5> 0.capture 1.capture -" },
	{ "R06 hole acknowledged, and its sender goes on without an answer",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, S(5001, 1007, "1"),
	    { 0, ACK, 1007, 5001, "gh" }, S(5002, 1009, "2"), { 0, ACK, 1009, 5001, "ij" },
	    S(5003, 1011, "3"), { 0, ACK, 1011, 5001, "kl" }, S(5004, 1013, "4"),
	    { 0, ACK, 1013, 5001, "mn" }, C(1003, "cd") },
	  "+ 0<ab> 1<1234> 0<cdefghijklmn> 0.capture 1.capture -" },
	{ "R06 hole acknowledged, and its receiver has not yet what came behind it",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, S(5001, 1005, "1"),
	    { 0, ACK, 1007, 5002, "gh" }, S(5002, 1009, "2"), { 0, ACK, 1009, 5003, "ij" },
	    S(5003, 1011, "3"), { 0, ACK, 1011, 5004, "kl" }, S(5004, 1013, "4"),
	    { 0, ACK, 1013, 5005, "mn" }, C(1003, "cd") },
	  "+ 0<ab> 1<1234> 0<cdefghijklmn> 0.capture 1.capture -" },
	{ "R06 hole acknowledged, and its receiver has not what came since",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, S(5001, 1007, "1"),
	    { 0, ACK, 1007, 5002, "gh" }, S(5002, 1007, "2"), { 0, ACK, 1009, 5003, "ij" },
	    S(5003, 1007, "3"), { 0, ACK, 1011, 5004, "kl" }, S(5004, 1007, "4"),
	    { 0, ACK, 1013, 5005, "mn" }, C(1003, "cd") },
	  "+ 0<ab> 1<1234> 0<cdefghijklmn> 0.capture 1.capture -" },
	{ "R06 the acknowledgement came before its data",
	  { HANDSHAKE, S(5001, 1007, "x"), C(1004, "def"), C(1001, "abc") },
	  "+ 1<x> 0<abcdef> 0.capture 1.capture -" },
	{ "R06 hole not acknowledged: its receiver waits too",
	  { HANDSHAKE, C(1003, "cd"), S(5001, 1001, NULL), { 0, ACK, 1005, 5001, "ef", .ms = 60000 },
	    { 0, ACK, 1001, 5001, "ab", .ms = 61000 } },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R08 hole, no acknowledgements at all",
	  { { 0, SYN, 1000, 0, NULL }, { 0, ACK, 1001, 1, "ab" }, { 0, ACK, 1005, 1, "ef", .ms = 1 },
	    { 0, ACK, 1007, 1, "gh", .ms = 9999 }, { 0, ACK, 1009, 1, "ij", .ms = 10001 } },
	  "+ 0<ab> 0[2] 0<efghij> 0.capture 1.capture -" },
	{ "R09 mid-stream, both sides",
	  { C(1001, "abc"), S(5001, 1004, "xyz"), C(1004, "def") },
	  "+ 0<abc> 1<xyz> 0<def> 0.capture 1.capture -" },
	{ "R09 mid-stream, the first answer comes late",
	  { C(1001, "abc"), S(5004, 1004, "uvw"), S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyzuvw> 0.capture 1.capture -" },
	{ "R09 what begins nothing",
	  { { 0, ACK, 1001, 5001, NULL }, { 0, FIN | ACK, 1001, 5001, NULL },
	    { 1, RST, 5001, 0, NULL }, { 1, RST, 5001, 0, "why" } },
	  "", .refused = 3 },
	{ "R10 only the client's side",
	  { { 0, SYN, 1000, 0, NULL }, C(1001, "abc"), C(1004, "def"), { 0, FIN | ACK, 1007, 1, NULL } },
	  "+ 0<abcdef> 0.fin 1.capture -" },
	{ "R10 only the server's side: its SYN-ACK tells both numbers",
	  { { 1, SYN | ACK, 5000, 1001, NULL }, S(5004, 1010, "uvw"), S(5001, 1010, "xyz") },
	  "+ 1<xyzuvw> 0.capture 1.capture -" },
	{ "R11 SYN with data, accepted",
	  { { 0, SYN, 1000, 0, "abc" }, { 1, SYN | ACK, 5000, 1004, NULL }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R11 SYN with data, not accepted and sent again",
	  { { 0, SYN, 1000, 0, "abc" }, { 1, SYN | ACK, 5000, 1001, NULL }, C(1001, "abcdef") },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 3 },
	{ "R11 SYN with data twice, one-sided, accepted",
	  { { 0, SYN, 1000, 0, "abc" }, { 0, SYN, 1000, 0, "abc" }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 3 },
	{ "R11 SYN with data that is never accepted",
	  { { 0, SYN, 1000, 0, "abc" } },
	  "+ 0.capture 1.capture -", .refused = 3 },
	{ "R11 SYN-ACK with data",
	  { { 0, SYN, 1000, 0, NULL }, { 1, SYN | ACK, 5000, 1001, "xyz" }, S(5004, 1001, "uvw") },
	  "+ 1<xyzuvw> 0.capture 1.capture -" },
	{ "R12 SYN sent again with another number",
	  { { 0, SYN, 7777, 0, NULL }, HANDSHAKE, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -" },
	{ "R12 another SYN after the first was accepted",
	  { { 0, SYN, 1000, 0, NULL }, { 1, SYN | ACK, 5000, 1001, NULL }, { 0, SYN, 7777, 0, NULL },
	    C(1001, "abc"), S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -" },
	{ "R12 the SYN-ACK chooses the older SYN",
	  { { 0, SYN, 1000, 0, NULL }, { 0, SYN, 7777, 0, NULL }, { 1, SYN | ACK, 5000, 1001, NULL },
	    C(1001, "abc"), S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -" },
	{ "R12 the first data chooses the older SYN",
	  { { 0, SYN, 1000, 0, NULL }, { 0, SYN, 7777, 0, NULL }, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -" },
	{ "R13 split handshake in four steps",
	  { { 0, SYN, 1000, 0, NULL }, { 1, SYN, 5000, 0, NULL }, { 0, SYN | ACK, 1000, 5001, NULL },
	    { 1, ACK, 5001, 1001, NULL }, C(1001, "abc"), S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -" },
	{ "R13 split handshake in five steps",
	  { { 0, SYN, 1000, 0, NULL }, { 1, ACK, 4242, 1001, NULL }, { 1, SYN, 5000, 0, NULL },
	    { 0, SYN | ACK, 1000, 5001, NULL }, { 1, ACK, 5001, 1001, NULL }, C(1001, "abc"),
	    S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -" },
	{ "R14 RST outside the window",
	  { HANDSHAKE, C(1001, "abc"), { 1, RST, 5001 + 100000, 0, NULL }, { 0, RST, 500, 0, NULL },
	    C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .bad_rst = 2 },
	{ "R15 RST in the window, then more data from the other side",
	  { HANDSHAKE, C(1001, "abc"), { 1, RST, 5001, 0, NULL }, C(1004, "def"), C(1001, "abc") },
	  "+ 0<abc> 0.rst 1.rst -", .refused = 3, .duplicate = 3 },
	{ "R15 RST in the window, and its sender goes on: it was forged",
	  { HANDSHAKE, C(1001, "abc"), { 0, RST, 1004, 0, NULL }, C(1004, "def") },
	  "+ 0<abc> 0.rst 1.rst - + 0<def> 0.capture 1.capture -" },
	{ "R15 RST refuses a SYN",
	  { { 0, SYN, 1000, 0, NULL }, { 1, RST | ACK, 0, 1001, NULL } },
	  "+ 0.rst 1.rst -" },
	{ "R15 RST with data held behind a hole",
	  { HANDSHAKE, C(1001, "abc"), C(1006, "fg"), { 1, RST, 5001, 0, NULL } },
	  "+ 0<abc> 0[2] 0<fg> 0.rst 1.rst -" },
	{ "R16 RST that acknowledges another SYN",
	  { { 0, SYN, 1000, 0, NULL }, { 1, RST | ACK, 0, 777, NULL }, { 1, RST, 0, 0, NULL },
	    { 1, SYN | ACK, 5000, 1001, NULL }, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -", .bad_rst = 2 },
	{ "R16 RST with the MD5 option",
	  { HANDSHAKE, C(1001, "abc"), { 0, RST, 1004, 0, NULL, .options = MD5 }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .bad_rst = 1 },
	{ "R17 FIN before its data",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1007, 5001, NULL }, C(1004, "def") },
	  "+ 0<abcdef> 0.fin 1.capture -" },
	{ "R17 FIN with data, before other data",
	  { HANDSHAKE, { 0, FIN | ACK, 1004, 5001, "def" }, C(1001, "abc"),
	    { 0, FIN | ACK, 1004, 5001, "def" } },
	  "+ 0<abcdef> 0.fin 1.capture -", .duplicate = 3 },
	{ "R17 FIN, and its sender goes on: it was forged",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, C(1004, "def") },
	  "+ 0<abc> 0.fin 1.reused - + 0<def> 0.capture 1.capture -" },
	{ "R17 FIN, and its sender goes on, before its receiver has all before it",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1006, 5001, NULL }, C(1004, "defg") },
	  "+ 0<abcdefg> 0.capture 1.capture -" },
	{ "R17 FIN beyond bytes that are held, and its sender goes on",
	  { HANDSHAKE, C(1004, "d"), { 0, FIN | ACK, 1006, 5001, NULL }, C(1005, "efg"), C(1001, "abc") },
	  "+ 0<abcdefg> 0.capture 1.capture -" },
	{ "R17 FIN that its receiver has, and other bytes in its place",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, { 1, ACK, 5001, 1005, NULL },
	    C(1004, "def") },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 3 },
	{ "R17 FIN, and its sender goes on, of which its receiver tells first",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, { 1, ACK, 5001, 1007, NULL },
	    C(1004, "def") },
	  "+ 0<abc> 0.fin 1.reused - + 0<def> 0.capture 1.capture -" },
	{ "R17 FIN, and its sender goes on with one byte",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, C(1004, "d"),
	    { 1, ACK, 5001, 1005, NULL }, C(1005, "ef") },
	  "+ 0<abc> 0.fin 1.reused - + 0<def> 0.capture 1.capture -" },
	{ "R17 FIN that its receiver has, and a probe with a byte in its place",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, { 1, ACK, 5001, 1005, NULL },
	    C(1004, "x") },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 1 },
	{ "R17 FIN, and a probe with a byte in its place, of a receiver that is not heard",
	  { C(1001, "abc"), { 0, FIN | ACK, 1004, 5001, NULL }, C(1004, "x") },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 1 },
	{ "R17 FIN whose data never comes",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1007, 5001, NULL, .ms = 10 },
	    { 1, ACK, 5001, 1008, NULL, .ms = 20 }, { 1, ACK, 5001, 1008, NULL, .ms = 1020 } },
	  "+ 0<abc> 0[3] 0.fin 1.capture -" },
	{ "R17 FIN behind bytes that were held, and came late",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, { 1, FIN | ACK, 5001, 1007, "xy" },
	    C(1003, "cd"), { 0, FIN | ACK, 1007, 5004, NULL } },
	  "+ 0<ab> 1<xy> 0<cdef> 1.fin 0.fin -" },
	{ "R17 FIN behind bytes that are held, and are not all there",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef", .ms = 10 },
	    { 1, FIN | ACK, 5001, 1007, "xy" }, { 0, FIN | ACK, 1007, 5004, NULL },
	    { 1, ACK, 5004, 1008, NULL, .ms = 1010 } },
	  "+ 0<ab> 1<xy> 0[2] 0<ef> 1.fin 0.fin -" },
	{ "R17 FIN behind bytes that are held as the capture ends",
	  { HANDSHAKE, C(1001, "ab"), { 0, ACK, 1005, 5001, "ef" }, { 1, FIN | ACK, 5001, 1007, "xy" } },
	  "+ 0<ab> 1<xy> 0[2] 0<ef> 1.fin 0.capture -" },
	{ "R17 FIN behind bytes that its sender has not",
	  { HANDSHAKE, C(1003, "cd"), { 1, FIN | ACK, 5001, 1001, "xy" } },
	  "+ 1<xy> 1.fin 0[2] 0<cd> 0.capture -" },
	{ "R15 RST while the bytes of the other side are held",
	  { HANDSHAKE, S(5003, 1001, "yz"), { 1, RST, 5005, 0, NULL } },
	  "+ 1[2] 1<yz> 0.rst 1.rst -" },
	{ "R17 half-close and a long answer",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, S(5001, 1005, "uvw"),
	    S(5004, 1005, "xyz"), { 1, FIN | ACK, 5007, 1005, NULL } },
	  "+ 0<abc> 0.fin 1<uvwxyz> 1.fin -" },
	{ "R17 data behind the FIN",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, { 1, ACK, 5001, 1005, NULL },
	    C(1004, "def"), C(1003, "cd") },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 4, .duplicate = 1 },
	{ "R17 data held behind a FIN that comes later",
	  { HANDSHAKE, C(1004, "def"), { 0, FIN | ACK, 1001, 5001, "abc" } },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 3 },
	{ "R21 old timestamp",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\0") },
	    { 0, ACK, 1004, 5001, "old", .options = PAWS("\0\0\0\1") },
	    { 0, ACK, 1004, 5001, "def", .options = PAWS("\0\1\0\1") } },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 3 },
	{ "R21 older than the SYN, or the SYN-ACK",
	  { { 0, SYN, 1000, 0, NULL, .options = PAWS("\0\1\0\0") },
	    { 1, SYN | ACK, 5000, 1001, NULL, .options = PAWS("\0\2\0\0") },
	    { 0, ACK, 1001, 5001, "old", .options = PAWS("\0\0\0\1") },
	    { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\1") },
	    { 1, ACK, 5001, 1004, "old", .options = PAWS("\0\1\0\1") },
	    { 1, ACK, 5001, 1004, "xyz", .options = PAWS("\0\2\0\1") } },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -", .refused = 6 },
	{ "R21 the time of a SYN that is not accepted does not count",
	  { { 0, SYN, 7000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 0, SYN, 1000, 0, NULL, .options = PAWS("\0\1\0\0") },
	    { 0, SYN, 8000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 1, SYN | ACK, 5000, 1001, NULL, .options = PAWS("\0\2\0\0") },
	    { 0, SYN, 9000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 0, SYN, 1000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\1") } },
	  "+ 0<abc> 0.capture 1.capture -" },
	{ "R21 nor does that of one that comes again",
	  { { 0, SYN, 1000, 0, NULL, .options = PAWS("\0\1\0\0") },
	    { 0, SYN, 1000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 1, SYN | ACK, 5000, 1001, NULL, .options = PAWS("\0\2\0\0") },
	    { 1, SYN | ACK, 5000, 1001, NULL, .options = PAWS("\177\0\0\0") },
	    { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\1") },
	    { 1, ACK, 5001, 1004, "xyz", .options = PAWS("\0\2\0\1") } },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -" },
	{ "R21 or of one that comes behind data",
	  { { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\1") },
	    { 0, SYN, 1000, 0, NULL, .options = PAWS("\177\0\0\0") },
	    { 0, ACK, 1004, 5001, "def", .options = PAWS("\0\1\0\1") } },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R21 a forged time does not deafen us: its receiver has more than we",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, "abc", .options = PAWS("\177\0\0\0") },
	    { 0, ACK, 1004, 5001, "def", .options = PAWS("\0\1\0\1") }, S(5001, 1007, NULL),
	    { 0, ACK, 1004, 5001, "def", .options = PAWS("\0\1\0\2") } },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 3 },
	{ "R22 sequence numbers wrap",
	  { { 0, SYN, UINT32_MAX - 4, 0, NULL }, { 0, ACK, 2, 1, "ghi" }, { 0, ACK, UINT32_MAX - 1, 1, "cdef" },
	    { 0, ACK, UINT32_MAX - 3, 1, "ab" } },
	  "+ 0<abcdefghi> 0.capture 1.capture -" },
	{ "R23 keep-alive probes",
	  { HANDSHAKE, C(1001, "abc"), C(1003, "\1"), C(1003, NULL), C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 1 },
	{ "R23 zero-window probe, then the window opens",
	  { HANDSHAKE, C(1001, "abc"), C(1004, "d"), C(1004, "d"), C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .duplicate = 2 },
	{ "R24 urgent data of which the header is not there stays in line",
	  { HANDSHAKE, { 0, ACK | HW_TCP_URG, 1001, 5001, "abc" }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R25 reuse after FIN",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, { 1, FIN | ACK, 5001, 1005, "xyz" },
	    { 0, SYN, 9000, 0, NULL }, { 1, SYN | ACK, 100, 9001, NULL }, { 0, ACK, 9001, 101, "def" } },
	  "+ 0<abc> 0.fin 1<xyz> 1.fin - + 0<def> 0.capture 1.capture -" },
	{ "R25 reuse after RST",
	  { HANDSHAKE, C(1001, "abc"), { 0, RST, 1004, 0, NULL }, { 0, SYN, 9000, 0, NULL },
	    { 0, ACK, 9001, 101, "def" } },
	  "+ 0<abc> 0.rst 1.rst - + 0<def> 0.capture 1.capture -" },
	{ "R25 reuse whose SYN-ACK tells it",
	  { HANDSHAKE, C(1001, "abc"), { 0, SYN, 900000, 0, NULL }, { 1, SYN | ACK, 100, 900001, NULL },
	    { 0, ACK, 900001, 101, "def" }, { 1, ACK, 101, 900004, "uvw" } },
	  "+ 0<abc> 0.reused 1.reused - + 0<def> 1<uvw> 0.capture 1.capture -" },
	{ "R25 reuse whose data tells it",
	  { { 0, SYN, 1000, 0, NULL }, C(1001, "abc"), { 0, SYN, 90000000, 0, NULL },
	    { 0, ACK, 90000001, 1, "def" } },
	  "+ 0<abc> 0.reused 1.reused - + 0<def> 0.capture 1.capture -" },
	{ "R25 a forged SYN ends nothing",
	  { HANDSHAKE, C(1001, "abc"), { 0, SYN, 900000, 0, NULL }, S(5001, 1004, NULL), C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R25 late packets of a closed connection begin none",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, { 1, FIN | ACK, 5001, 1005, NULL },
	    C(1001, "abc"), { 0, ACK, 1005, 5002, NULL }, { 0, SYN, 1000, 0, NULL } },
	  "+ 0<abc> 0.fin 1.fin -", .duplicate = 3 },
	{ "R27 far ahead, and further than any window",
	  { HANDSHAKE, C(1001 + (1 << 30), "far"), C(1002 + (1 << 30), "off"), C(1001, "abc") },
	  "+ 0<abc> 0[1073741821] 0<far> 0.capture 1.capture -", .refused = 3 },
	{ "R30 acknowledgements beyond anything",
	  { HANDSHAKE, S(5001, 1001 + 0x7fffffffu, NULL), C(1004, "def"), C(1001, "abc") },
	  "+ 0<abcdef> 0.capture 1.capture -" },
	{ "R30 SYN-ACK that acknowledges another SYN",
	  { { 0, SYN, 1000, 0, NULL }, { 1, SYN | ACK, 7, 777, "no" }, { 1, SYN | ACK, 5000, 1001, NULL },
	    C(1001, "abc"), S(5001, 1004, "xyz") },
	  "+ 0<abc> 1<xyz> 0.capture 1.capture -", .refused = 2 },
	{ "R30 data and an end that acknowledge nothing",
	  { HANDSHAKE, { 0, HW_TCP_PSH, 1001, 0, "evl" }, { 0, FIN, 1001, 0, NULL }, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -", .refused = 3 },
	{ "R30 what nothing ever acknowledged is data without flags: text2pcap(1)",
	  { { 0, HW_TCP_PSH, 1001, 0, "abc" }, C(1004, "def"), { 0, HW_TCP_PSH, 1007, 0, "evl" }, C(1007, "ghi") },
	  "+ 0<abcdefghi> 0.capture 1.capture -", .refused = 3 },
	{ "R30 of what was never captured numbers may have wrapped",
	  { { 0, SYN, 1000, 0, NULL, .options = SCALE("\7") }, { 1, SYN | ACK, 5000, 1001, NULL },
	    C(1001, "abc"), { 0, ACK, 1004, 5001 + (1 << 30), "def" },
	    { 0, ACK, 1007, 5001u + (3u << 30), "ghi" } },
	  "+ 0<abcdefghi> 0.capture 1.capture -" },
	{ "R30 nor does it confirm a SYN",
	  { HANDSHAKE, C(1001, "abc"), { 0, SYN, 900000, 0, NULL }, { 0, HW_TCP_PSH, 900001, 0, "evl" },
	    C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 3 },
	{ "R30 acknowledgements from before the window",
	  { HANDSHAKE, { 0, ACK, 1001, OLD - 1, "evl" }, { 0, FIN | ACK, 1001, OLD - 1, NULL },
	    { 0, ACK, 1001, OLD, "abc" }, { 0, ACK, 1004, OLD - 1, "evl" }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 6 },
	{ "R30 what was never sent makes no acknowledgement old",
	  { HANDSHAKE, { 0, ACK, 1001, 5001 + (1 << 20), NULL }, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -" },
	{ "R30 the window may have been as large as its scale lets it",
	  { { 0, SYN, 1000, 0, NULL, .options = SCALE("\7") }, { 1, SYN | ACK, 5000, 1001, NULL },
	    { 0, ACK, 1001, 5001, NULL }, { 0, ACK, 1001, 5001 - (65535 << 7), "abc" },
	    { 0, ACK, 1004, 5000 - (65535 << 7), "evl" } },
	  "+ 0<abc> 0.capture 1.capture -", .refused = 3 },
	{ "R30 of a beginning that was missed the scale is not known",
	  { C(1001, "abc"), S(5001, 1004, "x"), { 0, ACK, 1004, 5002 - (65535 << 14), "def" } },
	  "+ 0<abc> 1<x> 0<def> 0.capture 1.capture -" },
	{ "R12 a SYN-ACK with another number after the first was accepted",
	  { HANDSHAKE, { 0, SYN | ACK, 1001, 5001, "evl" }, C(1001, "abc") },
	  "+ 0<abc> 0.capture 1.capture -", .refused = 3 },
	{ "R12 what SYNs have that come again after they were accepted",
	  { HANDSHAKE, { 0, SYN | ACK, 1000, 5001, "evl" }, { 0, SYN | FIN, 1000, 0, NULL },
	    C(1001, "abc"), { 0, SYN, 1000, 0, "abcevl" }, C(1004, "def") },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 9 },
	{ "I09 cut by the snapshot length",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, "abc", .cut = 3 }, C(1007, "ghi"), C(1004, "def") },
	  "+ 0<abc> 0[3] 0<ghi> 0.capture 1.capture -", .duplicate = 3 },
	{ "I09 cut to nothing",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, NULL, .cut = 3 }, C(1004, "def") },
	  "+ 0[3] 0<def> 0.capture 1.capture -" },
	{ "I09 cut, but what follows is held",
	  { HANDSHAKE, C(1005, "ef"), { 0, ACK, 1001, 5001, "ab", .cut = 8 } },
	  "+ 0<ab> 0[2] 0<ef> 0.capture 1.capture -" },
	{ "X05 idle for five minutes",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, "abc", .ms = 1 }, { 0, ACK, 1005, 5001, "ef", .ms = 2 },
	    { 1, ACK, 1, 1, NULL, .ms = 301003 }, { 1, ACK, 1, 1, NULL } },
	  "+ 0<abc> 0[1] 0<ef> 0.capture 1.capture -" },
};
/* clang-format on */

static bool is_stat(const struct rig *r, const char *name, enum hw_stat stat, uint64_t want)
{
	if (r->stats.n[stat] == want)
		return true;
	print_error("%s: %s is %" PRIu64 ", not %" PRIu64 "\n", name, hw_stat_info(stat)->name,
		    r->stats.n[stat], want);
	return false;
}

static bool is_case_met(size_t i)
{
	const char *name = cases[i].name;
	const char *got;
	bool ret = true;
	struct rig r;

	rig_init(&r, usual, 1 << 20);
	for (const struct segment *s = cases[i].segments; s->flags; s++)
		push(&r, s);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	got = r.record.text ? r.record.text : "";
	if (strcmp(got, cases[i].want) != 0) {
		print_error("%s:\n  got  %s\n  want %s\n", name, got, cases[i].want);
		ret = false;
	}
	ret &= is_stat(&r, name, HW_STAT_TCP_DUPLICATE, cases[i].duplicate);
	ret &= is_stat(&r, name, HW_STAT_TCP_REFUSED, cases[i].refused);
	ret &= is_stat(&r, name, HW_STAT_TCP_OVER_LIMIT, cases[i].over_limit);
	ret &= is_stat(&r, name, HW_STAT_TCP_CONFLICTS, cases[i].conflicts);
	ret &= is_stat(&r, name, HW_STAT_TCP_BAD_RST, cases[i].bad_rst);
	ret &= is_stat(&r, name, HW_STAT_CONNECTIONS_OPEN, 0);
	rig_clear(&r);
	return ret;
}

static void does_what_the_table_says(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		failed += !is_case_met(i);
	assert_int_equal(failed, 0);
}

/* I14, R20, the conflict is told with the connection as well as counted. */
static void tells_conflicts_by_direction(void **state)
{
	const struct segment segments[] = { HANDSHAKE, C(1002, "b"), C(1002, "B"), C(1002, "B") };
	const struct hw_tcp_connection *c;
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++)
		push(&r, &segments[i]);
	c = r.record.last;
	assert_int_equal(c->conflicts[0], 2);
	assert_int_equal(c->conflicts[1], 0);
	rig_clear(&r);
}

static void fills_in_what_it_knows(void **state)
{
	const struct segment segments[] = { { 0, SYN, 1000, 0, NULL, .ms = 1 },
					    { 1, SYN | ACK, 5000, 1001, NULL, .ms = 2 },
					    { 0, ACK, 1001, 5001, "a", .ms = 30 } };
	const struct hw_tcp_connection *c;
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++)
		push(&r, &segments[i]);
	c = r.record.last;
	assert_int_equal(c->client, 0);
	assert_false(c->midstream);
	assert_true(c->has_isn[0] && c->has_isn[1]);
	assert_int_equal(c->isn[0], 1000);
	assert_int_equal(c->isn[1], 5000);
	assert_true(c->first_ns == START + 1 * MS && c->last_ns == START + 30 * MS);
	assert_true(c->cookie == 0 && c->key.scope == 0 && !c->key.is_socket);
	assert_true(c->key.port[0] == 40000 && c->key.port[1] == 80);
	rig_clear(&r);
}

static void says_when_the_beginning_was_missed(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push(&r, &(struct segment)S(5001, 1004, "xyz"));
	assert_true(r.record.last->midstream);
	assert_int_equal(r.record.last->client, -1);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_MIDSTREAM], 1);
	rig_clear(&r);
}

/* The same packet, as the socket of one end or the other, and no socket, sees it. */
static void push_at(struct rig *r, const struct segment *s, const struct hw_socket *socket,
		    enum hw_direction direction)
{
	struct hw_packet p;

	r->frame.time_ns = r->now_ns;
	r->frame.socket = socket;
	r->frame.direction = (uint8_t)direction;
	p = segment_packet(s, &r->frame);
	push_packet(r, &p);
	r->frame.socket = NULL;
}

static struct hw_socket socket_between(uint8_t local, uint16_t local_port, uint8_t remote,
				       uint16_t remote_port)
{
	struct hw_socket s = {
		.cookie = 7, .netns = 1, .local_port = local_port, .remote_port = remote_port
	};
	const struct hw_addr a = hw_addr_v4((const uint8_t[]){ 10, 0, 0, local });
	const struct hw_addr b = hw_addr_v4((const uint8_t[]){ 10, 0, 0, remote });

	memcpy(s.local, &a, sizeof(s.local));
	memcpy(s.remote, &b, sizeof(s.remote));
	return s;
}

/* Each socket of a local connection is one, and a file's packets are a third. */
static void tells_sockets_apart(void **state)
{
	const struct hw_socket client = socket_between(1, 40000, 2, 80);
	struct hw_socket server = socket_between(2, 80, 1, 40000), elsewhere;
	const struct segment c = C(1001, "abc");
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	server.cookie = 8;
	elsewhere = server;
	elsewhere.netns = 2;
	push_at(&r, &c, &client, HW_DIRECTION_EGRESS);
	push_at(&r, &c, &server, HW_DIRECTION_INGRESS);
	assert_true(r.record.last->cookie == 8 && r.record.last->key.is_socket &&
		    r.record.last->key.port[0] == 80);
	push_at(&r, &c, &elsewhere, HW_DIRECTION_INGRESS);
	push_at(&r, &c, NULL, HW_DIRECTION_UNKNOWN);
	assert_string_equal(r.record.text, "+ 0<abc> + 1<abc> + 1<abc> + 0<abc>");
	rig_clear(&r);
}

/* Behind address translation the packets of the two directions have other addresses. */
static void follows_the_socket_through_translation(void **state)
{
	const struct hw_socket client = socket_between(9, 5555, 8, 8080);
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_at(&r, &(struct segment)C(1001, "abc"), &client, HW_DIRECTION_EGRESS);
	push_at(&r, &(struct segment)S(5001, 1004, "xyz"), &client, HW_DIRECTION_INGRESS);
	assert_string_equal(r.record.text, "+ 0<abc> 1<xyz>");
	rig_clear(&r);
}

/* Data on the third ACK arrives at the listener: the packet tells its peer. */
static void follows_a_connection_from_its_listener(void **state)
{
	struct hw_socket listener = socket_between(2, 80, 0, 0);
	const struct hw_socket server = socket_between(2, 80, 1, 40000);
	struct rig r;

	(void)state;
	memset(listener.remote, 0, sizeof(listener.remote));
	memset(listener.local, 0, sizeof(listener.local));
	rig_init(&r, usual, 1 << 20);
	push_at(&r, &(struct segment){ 0, SYN, 1000, 0, NULL }, &listener, HW_DIRECTION_INGRESS);
	push_at(&r, &(struct segment){ 1, SYN | ACK, 5000, 1001, NULL }, &listener,
		HW_DIRECTION_EGRESS);
	push_at(&r, &(struct segment)C(1001, "abc"), &listener, HW_DIRECTION_INGRESS);
	assert_int_equal(r.record.last->cookie, 0);
	push_at(&r, &(struct segment)C(1004, "def"), &server, HW_DIRECTION_INGRESS);
	push_at(&r, &(struct segment)S(5001, 1007, "xyz"), &server, HW_DIRECTION_EGRESS);
	assert_string_equal(r.record.text, "+ 1<abcdef> 0<xyz>");
	assert_int_equal(r.record.last->cookie, 7);
	assert_int_equal(r.record.last->client, 1);
	rig_clear(&r);
}

/* Another socket with the same addresses is another connection, whatever the packets say. */
static void another_cookie_is_another_connection(void **state)
{
	struct hw_socket socket = socket_between(1, 40000, 2, 80);
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_at(&r, &(struct segment)C(1001, "abc"), &socket, HW_DIRECTION_EGRESS);
	socket.cookie = 9;
	push_at(&r, &(struct segment)C(1004, "def"), &socket, HW_DIRECTION_EGRESS);
	assert_string_equal(r.record.text, "+ 0<abc> 0.reused 1.reused - + 0<def>");
	rig_clear(&r);
}

/* I12: source and destination are the same, so there is one direction. */
static void land_packets_have_one_direction(void **state)
{
	const struct segment segments[] = { { 0, SYN, 1000, 0, NULL },
					    { 0, SYN | ACK, 1000, 1001, NULL },
					    { 0, ACK, 1001, 1001, "abc" },
					    { 0, FIN | ACK, 1004, 1004, NULL } };
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++) {
		struct hw_packet p = segment_packet(&segments[i], &r.frame);

		p.dst = p.src;
		p.dst_port = p.src_port;
		push_packet(&r, &p);
	}
	assert_string_equal(r.record.text, "+ 0<abc> 0.fin");
	rig_clear(&r);
}

/* I13: every packet twice, as a mirror port or `-i any` gives them. */
static void packets_captured_twice_count_once(void **state)
{
	const struct segment segments[] = { HANDSHAKE,
					    C(1001, "abc"),
					    S(5001, 1004, "xyz"),
					    { 0, FIN | ACK, 1004, 5004, NULL },
					    { 1, FIN | ACK, 5004, 1005, NULL },
					    { 0, ACK, 1005, 5005, NULL } };
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	for (size_t i = 0; i < 2 * sizeof(segments) / sizeof(*segments); i++)
		push(&r, &segments[i / 2]);
	assert_string_equal(r.record.text, "+ 0<abc> 1<xyz> 0.fin 1.fin");
	assert_int_equal(r.stats.n[HW_STAT_TCP_DUPLICATE], 6);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS], 1);
	rig_clear(&r);
}

/* A packet of the i-th of many clients. */
static struct hw_packet packet_of(struct rig *r, uint32_t i, const struct segment *s)
{
	struct hw_packet p = segment_packet(s, &r->frame);
	struct hw_addr *client = s->from ? &p.dst : &p.src;

	client->b[13] = (uint8_t)(i >> 16);
	client->b[14] = (uint8_t)(i >> 8);
	client->b[15] = (uint8_t)i;
	client->b[12] = (uint8_t)(100 + (i >> 24));
	return p;
}

static void push_of(struct rig *r, uint32_t i, const struct segment *s)
{
	const struct hw_packet p = packet_of(r, i, s);

	push_packet(r, &p);
}

static void no_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
		    const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)dir, (void)bytes, (void)at;
}

static void no_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
		   const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)dir, (void)len, (void)at;
}

static void no_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
		   const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)dir, (void)how, (void)at;
}

static void no_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)at;
}

static void no_free(void *ctx, struct hw_tcp_connection *c)
{
	(void)ctx, (void)c;
}

static const struct hw_tcp_reader deaf = { no_data, no_gap, no_end, no_begin, no_free, NULL };

/* X01: the flood takes its own; connections in use go on. */
static void a_syn_flood_evicts_itself(void **state)
{
	enum { FLOOD = 1000000, USED = 1000 };
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	options.reader = deaf;
	rig_init(&r, options, 4 << 20);
	for (uint32_t i = 0; i < USED; i++)
		push_of(&r, i, &(struct segment)C(1001, "abc"));
	for (uint32_t i = 0; i < FLOOD; i++)
		push_of(&r, USED + i, &(struct segment){ 0, SYN, i, 0, NULL });
	for (uint32_t i = 0; i < USED; i++)
		push_of(&r, i, &(struct segment)C(1004, "def"));
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS], FLOOD + USED);
	assert_int_equal(r.stats.n[HW_STAT_TCP_DELIVERED], 6 * USED);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_EVICTED],
			 FLOOD + USED - r.stats.n[HW_STAT_CONNECTIONS_OPEN]);
	assert_true(r.stats.n[HW_STAT_CONNECTIONS_OPEN] > 10000);
	assert_true(r.budget.peak <= r.budget.max);
	rig_clear(&r);
}

/* X02: what an idle connection costs, with its share of the table. */
static void an_idle_connection_costs_200_bytes(void **state)
{
	enum { NR = 200000 };
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	options.reader = deaf;
	rig_init(&r, options, 256 << 20);
	for (uint32_t i = 0; i < NR; i++)
		push_of(&r, i, &(struct segment)C(1001, "abc"));
	print_message("  %.1f bytes\n", (double)r.budget.used / NR);
	assert_true(r.budget.used <= 200 * NR);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	assert_true(r.budget.used <= 12 * NR); /* the index stays */
	rig_clear(&r);
}

static void keeps_to_max_connections(void **state)
{
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	options.max_connections = 2;
	rig_init(&r, options, 1 << 20);
	push_of(&r, 1, &(struct segment)C(1001, "a"));
	r.now_ns += 2 * HW_TCP_USE_GRAIN_NS;
	push_of(&r, 2, &(struct segment)C(1001, "b"));
	push_of(&r, 1, &(struct segment)C(1002, "c"));
	push_of(&r, 3, &(struct segment)C(1001, "d")); /* evicts 2, which idles longer */
	push_of(&r, 1, &(struct segment)C(1003, "e"));
	assert_string_equal(r.record.text, "+ 1<a> + 1<bc> 0.evicted 1.evicted - + 1<de>");
	rig_clear(&r);
}

/* Held data of an evicted connection is not delivered, but accounted for. */
static void eviction_drops_what_is_held(void **state)
{
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	options.max_connections = 1;
	rig_init(&r, options, 1 << 20);
	push_of(&r, 1, &(struct segment)C(1001, "a"));
	push_of(&r, 1, &(struct segment)C(1005, "efg"));
	push_of(&r, 2, &(struct segment)C(1001, "b"));
	assert_string_equal(r.record.text, "+ 1<a> 0.evicted 1.evicted - + 1<b>");
	assert_int_equal(r.stats.n[HW_STAT_TCP_OVER_LIMIT], 3);
	rig_clear(&r);
}

/* Memory is short then: what the connection held is not kept for the next hole. */
static void eviction_gives_back_what_was_held(void **state)
{
	struct hw_tcp_options options = usual;
	struct rig r;
	size_t used;

	(void)state;
	options.max_connections = 1;
	rig_init(&r, options, 1 << 20);
	push_of(&r, 1, &(struct segment)C(1001, "a"));
	used = r.budget.used;
	push_of(&r, 1, &(struct segment)C(1005, "efg"));
	assert_true(r.budget.used > used);
	push_of(&r, 2, &(struct segment)C(1001, "b"));
	assert_int_equal(r.budget.used, used);
	rig_clear(&r);
}

/* Each connection has a hole in its next ten bytes, all at once, and then it is closed. */
static void open_and_close_holes(struct rig *r, uint32_t nr, uint32_t seq)
{
	for (uint32_t i = 0; i < nr; i++)
		push_of(r, i, &(struct segment)C(seq + 5, "fghij"));
	assert_int_equal(r->stats.n[HW_STAT_TCP_PENDING], nr * 5);
	for (uint32_t i = 0; i < nr; i++)
		push_of(r, i, &(struct segment)C(seq, "abcde"));
	assert_int_equal(r->stats.n[HW_STAT_TCP_PENDING], 0);
}

/* How much more memory is kept when many holes were open at once than when one was. */
static size_t kept_of_many_holes(size_t budget_max)
{
	enum { NR = 20 };
	struct rig r;
	size_t of_one, of_many;

	rig_init(&r, usual, budget_max);
	for (uint32_t i = 0; i < NR; i++)
		push_of(&r, i, &(struct segment)C(1001, "0123456789"));
	open_and_close_holes(&r, 1, 1011);
	of_one = r.budget.used;
	for (uint32_t i = 1; i < NR; i++)
		push_of(&r, i, &(struct segment)C(1011, "0123456789"));
	open_and_close_holes(&r, NR, 1021);
	of_many = r.budget.used;
	rig_clear(&r);
	return of_many - of_one;
}

/* Heads want memory, too, and cannot ask for what is kept for holes to come. */
static void what_is_kept_for_holes_is_a_small_part(void **state)
{
	(void)state;
	assert_int_equal(kept_of_many_holes(128 << 10), 0);
	assert_in_range(kept_of_many_holes(8 << 20), 1, (8 << 20) / 100);
	assert_in_range(kept_of_many_holes(1 << 30), 1, 1 << 16);
}

/* A reader that evicts all others at each byte it gets, and more while it is told so. */
struct greedy {
	struct hw_tcp *tcp;
	int freed, asked_in_eviction;
};

/* What a segment that is to be held may cost: a few of the idle ones, and not all. */
static void one_segment_evicts_only_so_many(void **state)
{
	enum { IDLE = 1000, EVICTIONS_MAX = 16 };
	struct hw_tcp_options options = usual;
	struct rig r;
	size_t rest;

	(void)state;
	options.reader = deaf;
	rig_init(&r, options, 1 << 20);
	for (uint32_t i = 0; i < IDLE; i++)
		push_of(&r, i, &(struct segment)C(1001, "ab"));
	rest = r.budget.max - r.budget.used;
	assert_true(hw_budget_take(&r.budget, rest));
	push_of(&r, IDLE - 1, &(struct segment)C(1005, "ef"));
	hw_budget_give(&r.budget, rest);
	assert_in_range(r.stats.n[HW_STAT_CONNECTIONS_EVICTED], 1, EVICTIONS_MAX);
	rig_clear(&r);
}

static void greedy_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
			const struct hw_packet *at)
{
	struct greedy *g = ctx;

	(void)dir, (void)bytes, (void)at;
	while (hw_tcp_evict(g->tcp, c))
		;
	assert_int_equal(*(int *)hw_tcp_user(c), 42);
}

static void greedy_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	(void)ctx, (void)at;
	assert_int_equal(*(int *)hw_tcp_user(c), 0);
	*(int *)hw_tcp_user(c) = 42;
}

static void greedy_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
		       const struct hw_packet *at)
{
	struct greedy *g = ctx;

	(void)dir, (void)at;
	if (how == HW_TCP_END_EVICTED)
		g->asked_in_eviction += hw_tcp_evict(g->tcp, c);
}

static void greedy_free(void *ctx, struct hw_tcp_connection *c)
{
	struct greedy *g = ctx;

	g->freed++;
	while (hw_tcp_evict(g->tcp, c))
		;
	assert_int_equal(*(int *)hw_tcp_user(c), 42);
}

static void greedy_init(struct rig *r, struct greedy *g)
{
	struct hw_tcp_options options = usual;

	options.user_bytes = sizeof(int);
	options.reader = (struct hw_tcp_reader){ greedy_data,  no_gap,	    greedy_end,
						 greedy_begin, greedy_free, g };
	rig_init(r, options, 1 << 20);
	g->tcp = r->tcp;
}

static void a_reader_may_evict_others(void **state)
{
	struct greedy g = { 0 };
	struct rig r;

	(void)state;
	greedy_init(&r, &g);
	for (uint32_t i = 0; i < 100; i++)
		push_of(&r, i, &(struct segment){ 0, SYN, 1000, 0, NULL });
	push_of(&r, 50, &(struct segment)C(1001, "a"));
	assert_int_equal(g.freed, 99);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], 1);
	for (uint32_t i = 0; i < 100; i++)
		push_of(&r, i, &(struct segment){ 0, SYN, 1000, 0, NULL });
	hw_tcp_expire(r.tcp, r.now_ns + HW_TCP_IDLE_NS * 2);
	assert_int_equal(g.freed, 199);
	assert_int_equal(g.asked_in_eviction, 0);
	rig_clear(&r);
}

/* Of sockets what is acknowledged passed before, of others not: a second hole has its own time. */
static void an_eviction_does_not_end_the_wait_for_a_hole(void **state)
{
	const struct hw_socket socket = socket_between(9, 40000, 2, 80);
	struct greedy g = { 0 };
	struct rig r;

	(void)state;
	greedy_init(&r, &g);
	push_of(&r, 1, &(struct segment)C(1001, "a"));
	push_of(&r, 1, &(struct segment)C(1003, "c"));
	r.now_ns += HW_TCP_GAP_WAIT_NS / 2;
	push_of(&r, 1, &(struct segment)C(9003, "z"));
	push_of(&r, 1, &(struct segment)S(5001, 9004, NULL));
	push_at(&r, &(struct segment){ 0, SYN, 1000, 0, NULL }, &socket, HW_DIRECTION_EGRESS);
	r.now_ns += HW_TCP_GAP_WAIT_NS / 2;
	hw_tcp_expire(r.tcp, r.now_ns);
	assert_int_equal(g.freed, 1);
	assert_int_equal(r.stats.n[HW_STAT_TCP_GAPS], 1);
	rig_clear(&r);
}

static void evict_one_and_free(void *ctx, struct hw_tcp_connection *c)
{
	struct greedy *g = ctx;

	assert_int_equal(*(int *)hw_tcp_user(c), 42);
	*(int *)hw_tcp_user(c) = 0;
	hw_tcp_evict(g->tcp, c);
	g->freed++;
}

/* At the end, too, where what is over goes together: each is freed once. */
static void a_reader_evicts_nothing_that_it_was_told_is_gone(void **state)
{
	enum { NR = 100 };
	struct hw_tcp_options options = usual;
	struct greedy g = { 0 };
	struct rig r;

	(void)state;
	options.user_bytes = sizeof(int);
	options.reader =
		(struct hw_tcp_reader){ no_data, no_gap, no_end, greedy_begin, evict_one_and_free,
					&g };
	rig_init(&r, options, 1 << 20);
	g.tcp = r.tcp;
	for (uint32_t i = 0; i < NR; i++) {
		push_of(&r, i, &(struct segment)C(1001, "a"));
		push_of(&r, i, &(struct segment){ 0, RST | ACK, 1002, 0, NULL });
	}
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], 0);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	assert_int_equal(g.freed, NR);
	rig_clear(&r);
}

/* X16: times that go back or jump age nothing wrongly. */
static void times_may_jump(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push(&r, &(struct segment)C(1001, "a"));
	hw_tcp_expire(r.tcp, 0);
	r.now_ns = 0;
	push_packet(&r, &(struct hw_packet){ .frame = &r.frame });
	hw_tcp_expire(r.tcp, START);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], 1);
	hw_tcp_expire(r.tcp, UINT64_MAX);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], 0);
	assert_string_equal(r.record.text, "+ 0<a> 0.timeout 1.timeout -");
	rig_clear(&r);
}

static void timeouts_are_told_and_counted(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_of(&r, 1, &(struct segment){ 0, SYN, 1000, 0, NULL });
	push_of(&r, 2, &(struct segment)C(1001, "a"));
	hw_tcp_expire(r.tcp, START + HW_TCP_IDLE_EMBRYONIC_NS - 1);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_TIMEOUT], 0);
	hw_tcp_expire(r.tcp, START + HW_TCP_IDLE_EMBRYONIC_NS);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_TIMEOUT], 1);
	hw_tcp_expire(r.tcp, START + HW_TCP_IDLE_NS);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_TIMEOUT], 1);
	hw_tcp_expire(r.tcp, START + HW_TCP_IDLE_NS + HW_TCP_USE_GRAIN_NS);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_TIMEOUT], 2);
	rig_clear(&r);
}

/* From a client's socket, at START. */
static void push_at_socket(struct rig *r, uint8_t client, const struct segment *s)
{
	const struct hw_socket socket = socket_between(client, 40000, 2, 80);

	r->now_ns = START;
	push_at(r, s, &socket, HW_DIRECTION_EGRESS);
}

/* Its end would be told: nothing but that it is silent is known of it. */
static void a_socket_may_be_silent(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_at_socket(&r, 1, &(struct segment)C(1001, "a"));
	for (uint64_t ns = 0; ns < HW_TCP_IDLE_SOCKET_NS; ns += HW_TCP_IDLE_NS)
		hw_tcp_expire(r.tcp, START + ns);
	push_at_socket(&r, 1, &(struct segment)C(1002, "b"));
	hw_tcp_expire(r.tcp, START + 2 * HW_TCP_IDLE_SOCKET_NS - 1);
	assert_string_equal(r.record.text, "+ 0<ab>");
	hw_tcp_expire(r.tcp, START + 2 * HW_TCP_IDLE_SOCKET_NS);
	assert_string_equal(r.record.text, "+ 0<ab> 0.timeout 1.timeout -");
	rig_clear(&r);
}

/* Nobody wants what goes on there, so that no end is told of it. */
static void a_socket_without_data_may_not(void **state)
{
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		options.has_all_ends = i;
		rig_init(&r, options, 1 << 20);
		push_at_socket(&r, 1, &(struct segment){ 0, SYN, 1000, 0, NULL });
		push_at_socket(&r, 1, &(struct segment)C(1001, NULL));
		hw_tcp_expire(r.tcp, START + HW_TCP_IDLE_NS + HW_TCP_USE_GRAIN_NS);
		assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], i);
		rig_clear(&r);
	}
}

/* One whose end was lost is silent for longest. */
static void the_silent_make_room_first(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_at_socket(&r, 1, &(struct segment)C(1001, "a"));
	push_at_socket(&r, 3, &(struct segment)C(1001, "b"));
	hw_tcp_expire(r.tcp, START + 2 * HW_TCP_IDLE_NS);
	push_at_socket(&r, 1, &(struct segment)C(1002, "c"));
	push_at_socket(&r, 5, &(struct segment)C(1001, "d"));
	assert_true(hw_tcp_evict(r.tcp, NULL));
	push_at_socket(&r, 1, &(struct segment)C(1003, "e"));
	push_at_socket(&r, 3, &(struct segment)C(1002, "f"));
	assert_string_equal(r.record.text,
			    "+ 0<a> + 0<bc> + 0<d> 0.evicted 1.evicted - 0<e> + 0<f>");
	rig_clear(&r);
}

/* No packet of the connection comes any more: time alone gives the hole up. */
static void expire_gives_up_holes(void **state)
{
	const struct segment segments[] = { HANDSHAKE, C(1003, "cd"), S(5001, 1005, NULL) };
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++)
		push(&r, &segments[i]);
	hw_tcp_expire(r.tcp, START + HW_TCP_GAP_WAIT_NS - 1);
	assert_string_equal(r.record.text, "+");
	hw_tcp_expire(r.tcp, START + HW_TCP_GAP_WAIT_NS + 100 * MS);
	assert_string_equal(r.record.text, "+ 0[2] 0<cd>");
	rig_clear(&r);
}

/* Nor does it do so at the packet of another one, whose socket was closed last. */
static void expire_gives_up_holes_at_no_packet(void **state)
{
	const struct segment segments[] = { HANDSHAKE, C(1003, "cd"), S(5001, 1005, NULL) };
	const struct hw_socket socket = socket_between(3, 40000, 2, 80);
	struct hw_packet at;
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_at_socket(&r, 3, &(struct segment)C(1001, "a"));
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++)
		push(&r, &segments[i]);
	r.frame.socket = &socket;
	at = segment_packet(&(struct segment)C(1002, NULL), &r.frame);
	at.src = hw_addr_v4((const uint8_t[]){ 10, 0, 0, 3 });
	hw_tcp_close(r.tcp, &at, HW_TCP_END_FIN, START);
	hw_tcp_expire(r.tcp, START + HW_TCP_GAP_WAIT_NS);
	assert_string_equal(r.record.text, "+ 0<a> + 0.fin 1.closed 0[2] 0<cd>");
	assert_null(r.record.gap_at);
	rig_clear(&r);
}

static void push_all_at(struct rig *r, const struct segment *s, size_t nr,
			const struct hw_socket *server)
{
	for (size_t i = 0; i < nr; i++)
		push_at(r, &s[i], server, s[i].from ? HW_DIRECTION_EGRESS : HW_DIRECTION_INGRESS);
}

/* What a socket acknowledges it has had: nothing is waited for. But what it waits for is. */
static void a_socket_has_what_it_acknowledges(void **state)
{
	const struct hw_socket socket = socket_between(2, 80, 1, 40000);
	const struct segment waits[] = { HANDSHAKE, C(1003, "cd"), S(5001, 1001, NULL) };
	const struct segment has = S(5001, 1005, NULL);
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_all_at(&r, waits, sizeof(waits) / sizeof(*waits), &socket);
	assert_string_equal(r.record.text, "+");
	push_at(&r, &has, &socket, HW_DIRECTION_EGRESS);
	assert_string_equal(r.record.text, "+ 1[2] 1<cd>");
	rig_clear(&r);
}

/* The socket goes on, so it took no RST; what is missing may have been lost on the way to us. */
static void what_a_socket_takes_behind_a_gap_belies_a_reset(void **state)
{
	const struct hw_socket socket = socket_between(2, 80, 1, 40000);
	const struct segment said[] = {
		HANDSHAKE, C(1001, "ab"), { 0, RST | ACK, 1003, 5001, NULL }, C(1005, "ef")
	};
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_all_at(&r, said, sizeof(said) / sizeof(*said), &socket);
	assert_string_equal(r.record.text, "+ 1<ab> 0.rst 1.rst - + 1<ef>");
	rig_clear(&r);
}

/* Its peer may go on: only what the socket has had says that a FIN came. */
static void what_comes_to_a_closed_socket_has_not_ended(void **state)
{
	const struct segment said[] = { HANDSHAKE, C(1001, "ab"), S(5001, 1003, "x") };
	struct hw_socket socket = socket_between(2, 80, 1, 40000);
	struct rig r;

	(void)state;
	for (uint32_t received = 1003; received <= 1004; received++) {
		rig_init(&r, usual, 1 << 20);
		socket.has_places = socket.takes_no_more = false;
		push_all_at(&r, said, sizeof(said) / sizeof(*said), &socket);
		socket.has_places = socket.takes_no_more = true;
		socket.received = received;
		socket.sent = 5002;
		push_at(&r, &(struct segment){ 1, FIN | ACK, 5002, received, NULL }, &socket,
			HW_DIRECTION_EGRESS);
		assert_string_equal(r.record.text, received == 1003 ? "+ 1<ab> 0<x> 0.fin 1.closed"
								    : "+ 1<ab> 0<x> 0.fin 1.fin");
		for (int dir = 0; dir < HW_TCP_DIRS; dir++)
			assert_int_equal(hw_tcp_ended_by(r.record.last, dir), dir);
		rig_clear(&r);
	}
}

/* What the socket has sent, and none of it is here, was lost: it may be an answer. */
static void a_reset_says_what_its_socket_sent(void **state)
{
	struct hw_socket socket = socket_between(2, 80, 1, 40000);
	const struct segment said[] = { { 0, SYN, 1000, 0, NULL }, C(1001, "ab") };
	const struct segment reset = { 0, RST | ACK, 1003, 5101, NULL };
	struct rig r;

	(void)state;
	for (uint32_t sent = 5001; sent <= 5101; sent += 100) {
		rig_init(&r, usual, 1 << 20);
		socket.has_places = false;
		push_all_at(&r, said, sizeof(said) / sizeof(*said), &socket);
		socket.has_places = true;
		socket.received = 1003;
		socket.sent = sent;
		push_at(&r, &reset, &socket, HW_DIRECTION_INGRESS);
		assert_string_equal(r.record.text, sent == 5001 ? "+ 1<ab> 0.rst 1.rst"
								: "+ 1<ab> 0[99] 0.rst 1.rst");
		for (int dir = 0; dir < HW_TCP_DIRS; dir++)
			assert_int_equal(hw_tcp_ended_by(r.record.last, dir), 1);
		rig_clear(&r);
	}
}

/* RFC 5961 3.2: it answers with an ACK, and what comes there is not of a connection that has ended. */
static void a_socket_believes_a_reset_that_is_next(void **state)
{
	struct hw_socket socket = socket_between(2, 80, 1, 40000);
	const struct segment said[] = { HANDSHAKE, C(1001, "ab") };
	struct rig r;

	(void)state;
	for (uint32_t seq = 1003; seq <= 1004; seq++) {
		rig_init(&r, usual, 1 << 20);
		socket.has_places = false;
		push_all_at(&r, said, sizeof(said) / sizeof(*said), &socket);
		socket.has_places = true;
		socket.received = 1003;
		socket.sent = 5001;
		push_at(&r, &(struct segment){ 0, RST, seq, 0, NULL }, &socket,
			HW_DIRECTION_INGRESS);
		assert_string_equal(r.record.text, seq == 1003 ? "+ 1<ab> 0.rst 1.rst" : "+ 1<ab>");
		rig_clear(&r);
	}
}

/* The FIN of its peer ends nothing that a closed socket sends still. */
static void a_closed_socket_sends_behind_its_peers_end(void **state)
{
	struct hw_socket socket = socket_between(2, 80, 1, 40000);
	const struct segment said[] = { HANDSHAKE };
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push_all_at(&r, said, sizeof(said) / sizeof(*said), &socket);
	socket.takes_no_more = true;
	push_at(&r, &(struct segment){ 0, FIN | ACK, 1001, 5001, NULL }, &socket,
		HW_DIRECTION_INGRESS);
	push_at(&r, &(struct segment)S(5001, 1002, "xyz"), &socket, HW_DIRECTION_EGRESS);
	assert_string_equal(r.record.text, "+ 1.fin 0<xyz>");
	rig_clear(&r);
}

enum { PEERS = 3 };

/* What the next segments are made of. */
struct dice {
	uint64_t state;
	uint32_t next[PEERS][2]; /* where each direction stands, about */
};

static uint32_t throw_dice(struct dice *d, uint32_t sides)
{
	return (uint32_t)(hw_hash_spread(&d->state) >> 32) % sides;
}

/* Mostly the next bytes, mostly ordinary flags. */
static struct segment throw_segment(struct dice *d, uint32_t next[2])
{
	static const char letters[] = "abcdefgh";
	static const struct hw_slice options[] = {
		{ NULL, 0 }, PAWS("\0\0\0\1"), PAWS("\0\0\0\2"), PAWS("\0\0\1\0")
	};
	static const uint16_t flags[] = { SYN, SYN | ACK, FIN | ACK, RST, 0, FIN };
	const int from = (int)throw_dice(d, 2);
	const uint32_t len = throw_dice(d, 8);
	struct segment s = {
		.from = from,
		.flags = throw_dice(d, 20) ? ACK : flags[throw_dice(d, 6)],
		.seq = next[from],
		.ack = next[!from],
		.data = len ? letters + sizeof(letters) - 1 - len : NULL,
		.cut = throw_dice(d, 40) ? 0 : throw_dice(d, 4),
		.options = options[throw_dice(d, 4) * !throw_dice(d, 3)],
		.window = (uint16_t)throw_dice(d, 4),
	};

	if (throw_dice(d, 4) == 0)
		s.seq += throw_dice(d, 16) - 8;
	else
		next[from] += len + s.cut;
	if (throw_dice(d, 4) == 0)
		s.ack += throw_dice(d, 16) - 8;
	if (throw_dice(d, 200) == 0)
		next[from] += throw_dice(d, 2) ? 100000 : 1u << 31;
	return s;
}

static void assert_same_stream(const struct hw_stream *a, const struct hw_stream *b)
{
	assert_int_equal(!a->hold, !b->hold);
	assert_int_equal(a->next, b->next);
	assert_int_equal(a->acked, b->acked);
	assert_int_equal(a->fin, b->fin);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->shift, b->shift);
	assert_int_equal(a->flags, b->flags);
}

static void assert_same_flow(const struct hw_flow *a, const struct hw_flow *b)
{
	assert_int_equal(a->used_ns, b->used_ns);
	assert_int_equal(a->connection.list, b->connection.list);
	assert_int_equal(a->connection.last_ns, b->connection.last_ns);
	assert_int_equal(a->connection.cookie, b->connection.cookie);
	assert_int_equal(a->connection.reset_by, b->connection.reset_by);
	assert_int_equal(a->connection.has_other_syn, b->connection.has_other_syn);
	assert_memory_equal(a->connection.conflicts, b->connection.conflicts,
			    sizeof(a->connection.conflicts));
	assert_same_stream(&a->stream[0], &b->stream[0]);
	assert_same_stream(&a->stream[1], &b->stream[1]);
}

/* Packets, foreseen in turn; the second rig gets them one by one, as urgent ones. */
enum { PACKETS = 400 };

struct packets {
	struct hw_frame frames[PACKETS];
	struct hw_packet packets[PACKETS];
	uint64_t now_ns[PACKETS];
};

/* Most are of the first; NULL: not known. */
static const struct hw_socket *throw_socket(struct dice *d)
{
	static const struct hw_socket sockets[] = { { .remote_port = 80, .cookie = 7 },
						    { .remote_port = 80, .cookie = 8 },
						    { .remote_port = 80 },
						    { .local_port = 80 } }; /* listens */
	const uint32_t which = throw_dice(d, 40);

	if (which < 8)
		return which % 2 ? NULL : &sockets[3];
	return &sockets[which < 11 ? which - 8 : 0];
}

static struct hw_packet thrown_packet(const struct segment *s, const struct hw_frame *frame,
				      uint32_t peer, bool has_ends)
{
	struct hw_packet p = segment_packet(s, frame);

	if (s->from == 0)
		p.src_port += (uint16_t)peer;
	else
		p.dst_port += (uint16_t)peer;
	if (!has_ends)
		return p;
	p.ends[0] = hw_end_v4(hw_get_u32be(p.src.b + 12), p.src_port);
	p.ends[1] = hw_end_v4(hw_get_u32be(p.dst.b + 12), p.dst_port);
	return p;
}

static void throw_packets(struct dice *d, struct packets *all, uint64_t seed, uint64_t now_ns)
{
	uint32_t peer = 0;

	for (size_t i = 0; i < PACKETS; i++) {
		struct segment s;

		if (throw_dice(d, 2))
			peer = throw_dice(d, PEERS);
		s = throw_segment(d, d->next[peer]);
		now_ns += throw_dice(d, 200) ? throw_dice(d, 5) * MS : 15000 * MS;
		if (throw_dice(d, 100) == 0)
			now_ns += 3000 * MS;
		all->now_ns[i] = now_ns;
		all->frames[i] = (struct hw_frame){
			.time_ns = now_ns,
			.direction = s.from ? HW_DIRECTION_INGRESS : HW_DIRECTION_EGRESS,
			.socket = seed % 3 == 0 ? throw_socket(d) : NULL,
		};
		all->packets[i] = thrown_packet(&s, &all->frames[i], peer, seed % 2);
	}
}

static void assert_same(const struct rig *a, const struct hw_tcp_connection *ca,
			const struct rig *b, const struct hw_tcp_connection *cb)
{
	assert_int_equal(!ca, !cb);
	if (ca)
		assert_same_flow((const struct hw_flow *)(const void *)ca,
				 (const struct hw_flow *)(const void *)cb);
	assert_memory_equal(&a->stats, &b->stats, sizeof(a->stats));
	assert_int_equal(a->record.len, b->record.len);
}

static void push_both(struct rig *a, struct rig *b, struct packets *all, size_t i)
{
	struct hw_packet urgent = all->packets[i];
	const struct hw_tcp_connection *c;

	urgent.flags |= HW_TCP_URG;
	all->packets[i].tcp_place = (uint8_t)(i % HW_TCP_PLACES + 1);
	hw_tcp_expire(a->tcp, all->now_ns[i]);
	hw_tcp_expire(b->tcp, all->now_ns[i]);
	hw_stream_env_clear(&b->tcp->env);
	c = hw_tcp_push(a->tcp, &all->packets[i], all->now_ns[i]);
	assert_same(a, c, b, hw_tcp_push(b->tcp, &urgent, all->now_ns[i]));
}

/* Some of what is foreseen is wrong, as of a packet in a tunnel. */
static void foresee(struct dice *d, struct rig *r, const struct packets *all, size_t i)
{
	const size_t other = throw_dice(d, 16) ? i : throw_dice(d, PACKETS);
	const struct hw_packet *p = &all->packets[other];

	if (throw_dice(d, 16) == 0)
		hw_tcp_foresee_nothing(r->tcp, (unsigned)i);
	else if (p->ends[1] && !p->frame->socket)
		hw_tcp_foresee_v4(r->tcp, (unsigned)i, p->ends);
	else
		hw_tcp_foresee(r->tcp, (unsigned)i, p);
}

static void play_packets(struct dice *d, struct packets *all, struct rig *a, struct rig *b)
{
	for (size_t i = 0; i < PACKETS + HW_TCP_AHEAD; i++) {
		if (i < PACKETS)
			foresee(d, a, all, i);
		if (i - HW_TCP_AHEAD / 2 < PACKETS)
			hw_tcp_fetch(a->tcp, (unsigned)(i - HW_TCP_AHEAD / 2));
		if (i >= HW_TCP_AHEAD)
			push_both(a, b, all, i - HW_TCP_AHEAD);
	}
}

/* Many others, which have only begun. */
static void crowd(struct rig *r)
{
	const struct segment s = { 0, SYN, 1, 0, NULL };

	r->frame.time_ns = r->now_ns;
	for (uint16_t i = 0; i < 1000; i++) {
		struct hw_packet p = segment_packet(&s, &r->frame);

		p.src_port = (uint16_t)(50000 + i);
		hw_tcp_push(r->tcp, &p, r->now_ns);
	}
}

static void play(uint64_t seed)
{
	struct dice d = { .state = seed };
	struct hw_tcp_options options = usual;
	struct packets all;
	struct rig a, b;

	if (seed % 4 == 0)
		options.max_connections = 2; /* they end while others are foreseen */
	rig_init(&a, options, SIZE_MAX);
	rig_init(&b, options, SIZE_MAX);
	if (seed % 10 == 1) {
		crowd(&a);
		crowd(&b);
	}
	throw_packets(&d, &all, seed, a.now_ns);
	play_packets(&d, &all, &a, &b);
	hw_tcp_finish(a.tcp, HW_TCP_END_CAPTURE);
	hw_tcp_finish(b.tcp, HW_TCP_END_CAPTURE);
	assert_string_equal(a.record.text, b.record.text);
	rig_clear(&a);
	rig_clear(&b);
}

/*
 * Usual packets have a shorter way, connections are foreseen, and a hole takes what one before it has
 * left; urgent ones that nobody foresaw, whose holes are new, have none of that, and are no different.
 */
static void the_shorter_way_does_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 1000; seed++)
		play(seed);
}

/* The place that is known of a connection of IPv4 may be taken by one of IPv6, and taken back. */
static void connections_of_both_versions_share_places(void **state)
{
	enum { MANY = 4 * HW_PLACES_RECENT };
	static const uint8_t ip[2][16] = { { 0x20, 1, [15] = 1 }, { 0x20, 1, [15] = 2 } };
	const struct hw_tcp_connection *c;
	struct hw_packet v4, v6;
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	v4 = thrown_packet(&(struct segment)C(1001, "a"), &r.frame, 0, true);
	v6 = segment_packet(&(struct segment)C(1001, "b"), &r.frame);
	v6.ip_version = 6;
	v6.src = hw_addr_v6(ip[0]);
	v6.dst = hw_addr_v6(ip[1]);
	c = hw_tcp_push(r.tcp, &v4, r.now_ns);
	for (uint16_t i = 0; i < MANY; i++) {
		v6.src_port = (uint16_t)(1000 + i);
		assert_ptr_not_equal(hw_tcp_push(r.tcp, &v6, r.now_ns), c);
		v4.seq++;
		assert_ptr_equal(hw_tcp_push(r.tcp, &v4, r.now_ns), c);
	}
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS], MANY + 1);
	assert_int_equal(r.stats.n[HW_STAT_TCP_DELIVERED], 2 * MANY + 1);
	rig_clear(&r);
}

/* ---- packets that nobody checked ---- */

struct ignoring {
	bool refuses;
	size_t asked;
};

static bool ignore_any(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes)
{
	struct ignoring *i = ctx;

	(void)c, (void)bytes;
	assert_int_equal(dir, 0);
	i->asked++;
	return !i->refuses;
}

static void begin_nothing(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)at;
}

static void hear_bytes(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
		       const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)dir, (void)bytes, (void)at;
}

static void end_nothing(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			const struct hw_packet *at)
{
	(void)ctx, (void)c, (void)dir, (void)how, (void)at;
}

static void free_nothing(void *ctx, struct hw_tcp_connection *c)
{
	(void)ctx, (void)c;
}

static bool takes_unchecked(struct rig *r, const struct segment *s)
{
	const struct hw_packet p = segment_packet(s, &r->frame);
	const struct hw_stats before = r->stats;
	const struct hw_tcp_connection *c;

	r->frame.time_ns = ++r->now_ns;
	c = hw_tcp_push_unchecked(r->tcp, &p, r->now_ns);
	assert_null(hw_stats_check(&r->stats));
	if (c)
		assert_int_equal(c->last_ns, r->now_ns);
	else
		assert_memory_equal(&before, &r->stats, sizeof(before));
	return c;
}

/* It is taken only if nothing else that it says has to be believed. */
static void an_unchecked_packet_has_to_be_the_next_one(void **state)
{
	static const struct segment before[] = {
		{ 0, SYN, 1000, 0, NULL, .options = PAWS("\0\0\1\0") },
		{ 1, SYN | ACK, 5000, 1001, NULL },
		{ 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\0\1\0") },
		S(5001, 1004, "x"),
	};
	static const struct segment odd[] = {
		C(1005, "e"),
		C(1003, "c"),
		{ 0, ACK, 1004, 5003, "d" },
		{ 0, ACK | FIN, 1004, 5002, "d" },
		{ 0, ACK | RST, 1004, 5002, "d" },
		{ 0, ACK | SYN, 1004, 5002, "d" },
		{ 0, 0, 1004, 5002, "d" },
		{ 0, ACK, 1004, 5002, "d", .options = PAWS("\0\0\0\1") },
		{ 0, ACK, 1004, 5002, "d", .cut = 1 },
	};
	const struct segment next = { 0, ACK, 1004, 5002, "defg", .options = PAWS("\0\0\1\0") };
	struct ignoring ignoring = { 0 };
	struct hw_tcp_options options = usual;
	struct rig r;

	(void)state;
	options.reader = (struct hw_tcp_reader){ .begin = begin_nothing,
						 .data = hear_bytes,
						 .end = end_nothing,
						 .free = free_nothing,
						 .ignores = ignore_any,
						 .ctx = &ignoring };
	rig_init(&r, options, SIZE_MAX / 2);
	assert_false(takes_unchecked(&r, &next)); /* of no connection */
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		push(&r, &before[i]);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_false(takes_unchecked(&r, &odd[i]));
	ignoring.refuses = true;
	assert_false(takes_unchecked(&r, &next));
	ignoring.refuses = false;
	assert_int_equal(ignoring.asked, 1); /* it refused that one */
	assert_true(takes_unchecked(&r, &next));
	assert_false(takes_unchecked(&r, &next)); /* again */
	push(&r, &(struct segment)C(1008, "h"));  /* it goes on there */
	assert_int_equal(r.stats.n[HW_STAT_TCP_DELIVERED], 3 + 1 + 4 + 1);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	rig_clear(&r);
}

/*
 * Where a connection was is remembered until its place is another's. Those that end meanwhile are
 * more than 32 bits count, on a host that is watched for weeks.
 */
static void what_ended_is_not_found_by_a_count_that_wraps(void **state)
{
	static const struct segment get = C(1001, "GET");
	const uint64_t expired_ns = START + 2 * HW_TCP_IDLE_NS;
	struct rig r;

	(void)state;
	rig_init(&r, usual, 1 << 20);
	push(&r, &get);
	hw_tcp_expire(r.tcp, expired_ns);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS_OPEN], 0);
	r.tcp->table.removed += UINT32_MAX;
	r.now_ns = expired_ns;
	push(&r, &get);
	assert_int_equal(r.stats.n[HW_STAT_CONNECTIONS], 2);
	hw_tcp_finish(r.tcp, HW_TCP_END_CAPTURE);
	rig_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_the_table_says),
		cmocka_unit_test(tells_conflicts_by_direction),
		cmocka_unit_test(fills_in_what_it_knows),
		cmocka_unit_test(says_when_the_beginning_was_missed),
		cmocka_unit_test(tells_sockets_apart),
		cmocka_unit_test(follows_the_socket_through_translation),
		cmocka_unit_test(follows_a_connection_from_its_listener),
		cmocka_unit_test(another_cookie_is_another_connection),
		cmocka_unit_test(land_packets_have_one_direction),
		cmocka_unit_test(packets_captured_twice_count_once),
		cmocka_unit_test(a_syn_flood_evicts_itself),
		cmocka_unit_test(an_idle_connection_costs_200_bytes),
		cmocka_unit_test(keeps_to_max_connections),
		cmocka_unit_test(eviction_drops_what_is_held),
		cmocka_unit_test(eviction_gives_back_what_was_held),
		cmocka_unit_test(what_is_kept_for_holes_is_a_small_part),
		cmocka_unit_test(a_reader_may_evict_others),
		cmocka_unit_test(an_eviction_does_not_end_the_wait_for_a_hole),
		cmocka_unit_test(a_reader_evicts_nothing_that_it_was_told_is_gone),
		cmocka_unit_test(times_may_jump),
		cmocka_unit_test(timeouts_are_told_and_counted),
		cmocka_unit_test(a_socket_may_be_silent),
		cmocka_unit_test(a_socket_without_data_may_not),
		cmocka_unit_test(the_silent_make_room_first),
		cmocka_unit_test(expire_gives_up_holes),
		cmocka_unit_test(expire_gives_up_holes_at_no_packet),
		cmocka_unit_test(one_segment_evicts_only_so_many),
		cmocka_unit_test(a_socket_has_what_it_acknowledges),
		cmocka_unit_test(what_a_socket_takes_behind_a_gap_belies_a_reset),
		cmocka_unit_test(a_reset_says_what_its_socket_sent),
		cmocka_unit_test(a_socket_believes_a_reset_that_is_next),
		cmocka_unit_test(what_comes_to_a_closed_socket_has_not_ended),
		cmocka_unit_test(a_closed_socket_sends_behind_its_peers_end),
		cmocka_unit_test(the_shorter_way_does_the_same),
		cmocka_unit_test(connections_of_both_versions_share_places),
		cmocka_unit_test(an_unchecked_packet_has_to_be_the_next_one),
		cmocka_unit_test(what_ended_is_not_found_by_a_count_that_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
