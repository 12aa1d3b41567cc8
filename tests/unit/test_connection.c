/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_connection.c */
#include "unit/unit.h"

#include "segments.h"

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
	{ "R17 FIN whose data never comes",
	  { HANDSHAKE, C(1001, "abc"), { 0, FIN | ACK, 1007, 5001, NULL, .ms = 10 },
	    { 1, ACK, 5001, 1008, NULL, .ms = 20 }, { 1, ACK, 5001, 1008, NULL, .ms = 1020 } },
	  "+ 0<abc> 0[3] 0.fin 1.capture -" },
	{ "R17 half-close and a long answer",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, S(5001, 1005, "uvw"),
	    S(5004, 1005, "xyz"), { 1, FIN | ACK, 5007, 1005, NULL } },
	  "+ 0<abc> 0.fin 1<uvwxyz> 1.fin -" },
	{ "R17 data behind the FIN",
	  { HANDSHAKE, { 0, FIN | ACK, 1001, 5001, "abc" }, C(1004, "def"), C(1003, "cd") },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 4, .duplicate = 1 },
	{ "R17 data held behind a FIN that comes later",
	  { HANDSHAKE, C(1004, "def"), { 0, FIN | ACK, 1001, 5001, "abc" } },
	  "+ 0<abc> 0.fin 1.capture -", .refused = 3 },
	{ "R21 old timestamp",
	  { HANDSHAKE, { 0, ACK, 1001, 5001, "abc", .options = PAWS("\0\1\0\0") },
	    { 0, ACK, 1004, 5001, "old", .options = PAWS("\0\0\0\1") },
	    { 0, ACK, 1004, 5001, "def", .options = PAWS("\0\1\0\1") } },
	  "+ 0<abcdef> 0.capture 1.capture -", .refused = 3 },
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
	{ "R24 urgent data stays in line",
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
