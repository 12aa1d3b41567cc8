/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_decode.c */
#include "unit/unit.h"

#include "tight.h"
#include "unit/frame.h"
#include "walked.h"
#include "wire/decode.h"

static const struct hw_slice text = { (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18 };

/* One decoder, with what belongs to it, per test. */
struct fixture {
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_wire *wire;
	struct walked walked; /* decodes the same by the other way */
	struct frame f;
	struct hw_packet packet;
};

static struct fixture x;

static void start(struct hw_wire_options options)
{
	memset(&x.stats, 0, sizeof(x.stats));
	x.budget = (struct hw_budget){ .max = 64 << 20 };
	assert_int_equal(hw_wire_new(&x.wire, &options, &x.budget, &x.stats, 42), 0);
	assert_int_equal(walked_new(&x.walked, &options, x.budget.max, 42), 0);
}

static int set_up(void **state)
{
	(void)state;
	start((struct hw_wire_options){ 0 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hw_wire_free(x.wire);
	walked_free(&x.walked);
	assert_int_equal(x.budget.used, 0);
	return 0;
}

static void restart(struct hw_wire_options options)
{
	tear_down(NULL);
	start(options);
}

/* How many frames were counted, and under how many reasons. */
static uint64_t counted(void)
{
	uint64_t sum = 0;

	for (int i = HW_STAT_PACKETS_TCP; i <= HW_STAT_PACKETS_BAD_CHECKSUM; i++)
		sum += x.stats.n[i];
	return sum;
}

static enum hw_wire_kind decode_captured(const struct hw_frame *frame)
{
	const uint64_t before = counted();
	const enum hw_wire_kind kind = hw_wire_decode(x.wire, frame, &x.packet);

	assert_int_equal(counted(), before + 1);
	assert_true(walked_is_same(&x.walked, frame, x.wire, kind, &x.packet));
	return kind;
}

static enum hw_wire_kind decode(uint16_t linktype)
{
	const struct hw_frame frame = frame_captured(&x.f, linktype);

	return decode_captured(&frame);
}

static uint64_t stat(enum hw_stat s)
{
	return x.stats.n[s];
}

/* Decode x.f, and expect the segment that build_tcp() made. */
static void assert_text(uint16_t linktype)
{
	assert_int_equal(decode(linktype), HW_WIRE_TCP);
	assert_slice_equal(x.packet.payload, text);
	assert_int_equal(x.packet.payload_len, text.len);
	assert_int_equal(x.packet.src_port, 40000);
	assert_int_equal(x.packet.dst_port, 80);
	assert_int_equal(x.packet.seq, 0x01020304);
	assert_int_equal(x.packet.ip_protocol, 6);
}

static void build_tcp(void)
{
	frame_payload(&x.f, text);
	frame_tcp(&x.f, 40000, 80, 0x01020304, HW_TCP_PSH | HW_TCP_ACK);
}

static void build_v4(void)
{
	build_tcp();
	frame_ipv4(&x.f, 6);
}

static void build_v6(void)
{
	build_tcp();
	frame_ipv6(&x.f, 6);
}

static void reads_all_fields_of_a_plain_segment(void **state)
{
	const uint8_t src[] = { 10, 0, 0, 1 }, dst[] = { 10, 0, 0, 2 };
	const struct hw_addr want_src = hw_addr_v4(src), want_dst = hw_addr_v4(dst);

	(void)state;
	build_tcp();
	frame_bytes(&x.f)[12] |= 1; /* NS */
	frame_ipv4(&x.f, 6);
	frame_ethernet(&x.f, 0x0800);
	assert_text(1);
	assert_memory_equal(&x.packet.src, &want_src, sizeof(want_src));
	assert_memory_equal(&x.packet.dst, &want_dst, sizeof(want_dst));
	assert_int_equal(x.packet.ip_version, 4);
	assert_int_equal(x.packet.packet_len, 58);
	assert_int_equal(x.packet.ip.len, 58);
	assert_ptr_equal(x.packet.ip.ptr, frame_bytes(&x.f) + 14);
	assert_int_equal(x.packet.transport.len, 38);
	assert_int_equal(x.packet.ack, 7);
	assert_int_equal(x.packet.flags, HW_TCP_NS | HW_TCP_PSH | HW_TCP_ACK);
	assert_int_equal(x.packet.window, 0x2000);
	assert_int_equal(x.packet.options.len, 0);
	assert_int_equal(x.packet.tunnels, 0);
	assert_false(x.packet.is_fragment);
	assert_int_equal(stat(HW_STAT_PACKETS_TCP), 1);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 0);
	assert_int_equal(stat(HW_STAT_NOTE_TRUNCATED), 0);
}

static void knows_the_link_types(void **state)
{
	static const struct {
		uint16_t linktype;
		bool v6;
		const char *header;
		size_t len;
	} cases[] = {
#define CASE(linktype, v6, header) { linktype, v6, header, sizeof(header) - 1 }
		CASE(1, false, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0"),
		CASE(1, true, "\2\0\0\0\0\2\2\0\0\0\0\1\x86\xdd"),
		CASE(1, false, "\2\0\0\0\0\2\2\0\0\0\0\1\0\x42\xaa\xaa\3\0\0\0\x08\0"), /* SNAP */
		CASE(1, false, "\2\0\0\0\0\2\2\0\0\0\0\1\0\x3d\6\6\3"), CASE(12, false, ""),
		CASE(14, true, ""), CASE(101, false, ""), CASE(101, true, ""), CASE(228, false, ""),
		CASE(229, true, ""), CASE(0, false, "\2\0\0\0"), CASE(0, false, "\0\0\0\2"),
		CASE(0, true, "\x0a\0\0\0"), CASE(0, true, "\x17\0\0\0"),
		CASE(0, true, "\0\0\0\x18"), CASE(0, true, "\x1c\0\0\0"),
		CASE(108, true, "\0\0\0\x1e"), CASE(108, false, "\2\0\0\0"),
		CASE(113, false, "\0\4\3\4\0\6\0\0\0\0\0\0\0\0\x08\0"),
		CASE(113, true, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x86\xdd"),
		CASE(113, false, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x81\0\0\5\x08\0"),
		CASE(113, false, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\0\4\xaa\xaa\3\0\0\0\x08\0"),
		CASE(276, false, "\x08\0\0\0\0\0\0\1\0\1\4\6\0\0\0\0\0\0\0\0"),
		CASE(276, true, "\x86\xdd\0\0\0\0\0\1\0\1\4\6\0\0\0\0\0\0\0\0"),
		CASE(9, false, "\xff\3\0\x21"), CASE(9, true, "\0\x57"), CASE(9, false, "\x21"),
		CASE(9, false, "\2\x81\0\1\1\x40"), CASE(50, false, "\x0f\0\x08\0"),
		CASE(50, true, "\xff\3\0\x57"), CASE(51, false, "\x11\0\0\1\0\x3c\0\x21"),
		CASE(104, false, "\x0f\0\x08\0"),
		CASE(239, false, "\2\0\0\0\5\0\x0a\0x\0\0\0\x3e\0\x09\0"),
		CASE(239, false, "\2\0\0\0\0\5\0\x0ax\0\0\0\0\x3e\0\x09"),	/* big-endian */
		CASE(239, false, "\2\0\0\0\x08\0\x13\x80\0\0\0\0\x3e\0\x09\0"), /* nested */
		CASE(239, false, "\2\0\0\0\0\x08\x80\x13\0\0\0\0\0\x3e\0\x09"),
		/* pseudowires to addresses that begin as IP does, and with SNAP inside */
		CASE(9, false, "\2\x81\0\1\1\x40\x45\0\0\0\0\2\2\0\0\0\0\1\x08\0"),
		CASE(9, true, "\2\x81\0\1\1\x40\x6a\0\0\0\0\2\2\0\0\0\0\1\x86\xdd"),
		CASE(9, false,
		     "\2\x81\0\1\1\x40\0\0\0\0\2\0\0\0\0\2\2\0\0\0\0\1\0\x42"
		     "\xaa\xaa\3\0\0\0\x08\0"),
		CASE(105, false,
		     "\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\xaa\xaa\3\0\0\0\x08\0"),
		CASE(105, false,
		     "\x88\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0\x08\0"), /* QoS, four addresses */
		CASE(105, true,
		     "\x88\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xaa\xaa\3\0\0\0\x86\xdd"), /* A-MSDU */
		CASE(127, false,
		     "\0\0\x08\0\0\0\0\0"
		     "\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\xaa\xaa\3\0\0\0\x08\0"),
		CASE(127, false,
		     "\0\0\x19\0\3\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20"
		     "\x88\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\xaa\xaa\3\0\0\0\x08\0"), /* padded behind the QoS field */
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].v6)
			build_v6();
		else
			build_v4();
		frame_push(&x.f, cases[i].header, cases[i].len);
		assert_text(cases[i].linktype);
		assert_int_equal(x.packet.ip_version, cases[i].v6 ? 6 : 4);
	}
	assert_int_equal(stat(HW_STAT_NOTE_AGGREGATED), 1); /* which says that it is of length 0 */
	assert_int_equal(decode(147), HW_WIRE_NONE);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_LINKTYPE), 1);
}

/* A header that is cut is a bad one; where it is whole and nothing follows the IP is bad. */
static void knows_where_link_headers_end(void **state)
{
	static const struct {
		uint16_t linktype;
		size_t len;
		const char *header;
	} cases[] = {
		{ 113, 16, "\0\4\3\4\0\6\0\0\0\0\0\0\0\0\x08\0" },
		{ 276, 20, "\x08\0\0\0\0\0\0\1\0\1\4\6\0\0\0\0\0\0\0" },
		{ 0, 4, "\2\0\0\0" },
		{ 104, 4, "\x0f\0\x08\0" },
	};
	const size_t nr = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	for (size_t i = 0; i < 2 * nr; i++) {
		frame_payload(&x.f, hw_slice(cases[i / 2].header, cases[i / 2].len - i % 2));
		assert_int_equal(decode(cases[i / 2].linktype), HW_WIRE_NONE);
	}
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_LINK), nr);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_IP), nr);
	build_v4();
	FRAME_PUSH(&x.f, "\xaa\xaa\3\0\0\0\x08\0");
	FRAME_PUSH(&x.f, "\x08\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	FRAME_PUSH(&x.f, "\1\0\x08\0\0\0\0\0"); /* radiotap has version 0 */
	assert_int_equal(decode(127), HW_WIRE_NONE);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_LINK), nr + 1);
}

/* Where Ethernet has its type, IP has its source, and 8.0.2.1 looks like that: here no sum changes. */
static void addresses_like_a_type_of_ethernet_are_ip(void **state)
{
	(void)state;
	for (int has_sum = 1; has_sum >= 0; has_sum--) {
		build_v4();
		memcpy(frame_bytes(&x.f) + 12, "\x08\0\2\1", 4);
		if (!has_sum)
			memset(frame_bytes(&x.f) + 10, 0, 2);
		FRAME_PUSH(&x.f, "\0\0\1\x40");
		frame_ethernet(&x.f, 0x8847);
		assert_int_equal(decode(1), HW_WIRE_TCP);
		assert_slice_equal(x.packet.payload, text);
	}
	assert_int_equal(stat(HW_STAT_PACKETS_TCP), 2);
}

/* Only the first packet of such a frame is looked at, and that there are more is said. */
static void more_packets_of_a_frame_are_counted(void **state)
{
	uint8_t packet[58];

	(void)state;
	build_v4();
	memcpy(packet, frame_bytes(&x.f), sizeof(packet));
	frame_payload(&x.f, HW_SLICE("here is the header of another packet ..."));
	frame_push(&x.f, packet, sizeof(packet));
	FRAME_PUSH(&x.f, "\x88\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0"
			 "\0\0\0\0\0\0\0\0\0\0\0\0\0\x42\xaa\xaa\3\0\0\0\x08\0");
	assert_text(105);
	assert_int_equal(stat(HW_STAT_NOTE_AGGREGATED), 1);
}

static void goes_through_tags(void **state)
{
	static const struct {
		const char *header;
		size_t len;
	} cases[] = {
#define CASE(header) { header, sizeof(header) - 1 }
		CASE("\x81\0\0\5\x08\0"),
		CASE("\x88\xa8\0\5\x81\0\0\6\x08\0"),
		CASE("\x91\0\0\5\x92\0\0\6\x81\0\0\7\x08\0"),
		CASE("\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x81\0\0\5\x81\0\0\6\x81\0\0\7\x81\0"
		     "\0\x08\x81\0\0\x09\x81\0\0\x0a\x08\0"),
		CASE("\x88\x64\x11\0\0\1\0\x3c\0\x21"),
		CASE("\x88\x47\0\0\1\x40"),
		CASE("\x88\x48\0\0\0\x40\0\0\1\x40"),
		CASE("\x88\x47\0\0\1\x40\0\0\0\0\2\0\0\0\0\2\2\0\0\0\0\1\x08\0"),
		CASE("\x88\x47\0\0\1\x40\2\0\0\0\0\2\2\0\0\0\0\1\x08\0"),
		CASE("\x81\0\0\5\x88\x64\x11\0\0\1\0\x40\2\x81\0\0\1\x40"),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		build_v4();
		frame_push(&x.f, cases[i].header, cases[i].len);
		FRAME_PUSH(&x.f, "\2\0\0\0\0\2\2\0\0\0\0\1");
		assert_text(1);
	}

	build_v4();
	FRAME_PUSH(&x.f, "\0\5\x08\0");
	for (int i = 0; i < 100; i++)
		FRAME_PUSH(&x.f, "\0\5\x81\0");
	frame_ethernet(&x.f, 0x8100);
	assert_int_equal(decode(1), HW_WIRE_NONE);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_LINK), 1);
}

static void what_is_not_ip_is_counted_so(void **state)
{
	static const struct {
		uint16_t linktype;
		const char *bytes;
		size_t len;
	} cases[] = {
#define CASE(linktype, bytes) { linktype, bytes, sizeof(bytes) - 1 }
		CASE(1, "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4"), /* ARP */
		CASE(1, "\1\x80\xc2\0\0\0\2\0\0\0\0\1\0\3\x42\x42\3"),		     /* STP */
		CASE(1, "\1\x80\xc2\0\0\0\2\0\0\0\0\1\x88\x63\x11\x09\0\0\0\0"),
		CASE(0, "\x63\0\0\0"),
		CASE(9, "\xc0\x21\1\1\0\4"),
		CASE(105, "\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		CASE(105, "\x08\x41\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		CASE(105, "\x48\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		CASE(239, "\2\0\0\0\x08\0\5\0\0\0\0\0"),
#undef CASE
	};
	const size_t nr = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		frame_payload(&x.f, hw_slice(cases[i].bytes, cases[i].len));
		assert_int_equal(decode(cases[i].linktype), HW_WIRE_NONE);
	}
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_NOT_IP), nr);
}

static void padding_is_not_payload(void **state)
{
	const struct hw_slice six = HW_SLICE("secret");

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		/* Behind the payload lies what would be taken for more of it. */
		frame_payload(&x.f, HW_SLICE("padding"));
		frame_push(&x.f, six.ptr, six.len);
		frame_tcp(&x.f, 1, 2, 3, 0);
		if (v6)
			frame_ipv6(&x.f, 6)[5] -= 7;
		else
			frame_ipv4(&x.f, 6)[3] -= 7;
		frame_ethernet(&x.f, v6 ? 0x86dd : 0x0800);
		assert_int_equal(decode(1), HW_WIRE_TCP);
		assert_slice_equal(x.packet.payload, six);
		assert_int_equal(x.packet.payload_len, six.len);
	}
}

static void lengths_of_zero_are_the_frames(void **state)
{
	(void)state;
	build_v4();
	frame_put_u16(frame_bytes(&x.f) + 2, 0);
	frame_put_u16(frame_bytes(&x.f) + 10, 0);
	assert_text(101);
	assert_int_equal(x.packet.packet_len, 58);

	build_v6();
	frame_put_u16(frame_bytes(&x.f) + 4, 0);
	assert_text(101);
	assert_int_equal(x.packet.packet_len, 38);
}

static void reads_jumbograms(void **state)
{
	static uint8_t big[100000];

	(void)state;
	memset(big, 'x', sizeof(big));
	for (int others = 0; others < 2; others++) {
		frame_payload(&x.f, hw_slice(big, sizeof(big)));
		frame_tcp(&x.f, 1, 2, 3, 0);
		/* Lengths with this header: RFC 2675 2 */
		if (others)
			FRAME_PUSH(&x.f, "\6\1\x1e\4\0\0\0\0\xc2\4\0\1\x86\xc4\1\0");
		else
			FRAME_PUSH(&x.f, "\6\0\xc2\4\0\1\x86\xbc");
		frame_put_u16(frame_ipv6(&x.f, 0) + 4, 0);
		assert_int_equal(decode(101), HW_WIRE_TCP);
		assert_int_equal(x.packet.payload.len, sizeof(big));
		assert_int_equal(x.packet.packet_len, 100028 + 8 * others);
	}
}

static void bad_ip_headers_are_counted(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		bool v6;
	} cases[] = {
		{ 0, 0x44, false }, /* header length 16 */
		{ 0, 0x05, false }, /* version 0 */
		{ 0, 0x65, false }, /* not what the ethertype says */
		{ 3, 19, false },   /* total length below the header's */
		{ 0, 0x40, true },  /* version 4 */
		{ 2, 1, false },    /* total length above the frame's */
		{ 4, 1, true },
	};
	const size_t nr = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		if (cases[i].v6)
			build_v6();
		else
			build_v4();
		frame_bytes(&x.f)[cases[i].at] = cases[i].byte;
		frame_ethernet(&x.f, cases[i].v6 ? 0x86dd : 0x0800);
		assert_int_equal(decode(1), HW_WIRE_NONE);
	}
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_IP), nr);
}

static void cut_frames_give_what_was_captured(void **state)
{
	struct hw_frame frame;

	(void)state;
	build_v4();
	frame_ethernet(&x.f, 0x0800);
	frame = frame_captured(&x.f, 1);
	frame.len -= 10;
	assert_int_equal(decode_captured(&frame), HW_WIRE_TCP);
	assert_slice_equal(x.packet.payload, hw_slice(text.ptr, text.len - 10));
	assert_int_equal(x.packet.payload_len, text.len);
	assert_int_equal(stat(HW_STAT_NOTE_TRUNCATED), 1);
}

/* Switches and nflog cut what they copy, and do not say so. */
static void excerpts_are_cut_as_well(void **state)
{
	(void)state;
	build_v4();
	frame_ethernet(&x.f, 0x0800);
	memmove(frame_bytes(&x.f) + 5, frame_bytes(&x.f), frame_len(&x.f) - 5);
	x.f.start += 5;
	FRAME_PUSH(&x.f, "\0\0\x88\xbe");
	frame_ipv4(&x.f, 47);
	assert_int_equal(decode(101), HW_WIRE_TCP);
	assert_slice_equal(x.packet.payload, hw_slice(text.ptr, text.len - 5));
	assert_int_equal(x.packet.payload_len, text.len);
	assert_int_equal(stat(HW_STAT_NOTE_TRUNCATED), 1);
}

/* Any cut is a packet or a counted reason, and nothing behind it is read. */
static void cuts_anywhere_are_no_harm(void **state)
{
	(void)state;
	build_v4();
	frame_ethernet(&x.f, 0x0800);
	FRAME_PUSH(&x.f, "\x08\0\0\0\0\0\7\0");
	frame_udp(&x.f, 5000, 4789);
	frame_ipv6(&x.f, 17);
	frame_ethernet(&x.f, 0x86dd);
	for (size_t len = 0; len <= frame_len(&x.f); len++) {
		struct hw_frame frame = frame_captured(&x.f, 1);

		frame.data = tight_copy(hw_slice(frame.data, len)).ptr;
		frame.len = (uint32_t)len;
		decode_captured(&frame);
		frame.wire_len = (uint32_t)len;
		decode_captured(&frame);
	}
	assert_text(1);
}

static void bad_transport_headers_still_show_their_ip(void **state)
{
	(void)state;
	build_tcp();
	frame_bytes(&x.f)[12] = 0x40; /* data offset 4 */
	frame_ipv4(&x.f, 6);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_true(x.packet.transport_bad);
	assert_int_equal(x.packet.src_port, 40000);
	assert_int_equal(x.packet.transport.len, 38);
	assert_int_equal(x.packet.payload.len, 0);

	build_tcp();
	frame_bytes(&x.f)[12] = 0xf0; /* 60 bytes of 38 */
	frame_ipv4(&x.f, 6);
	assert_int_equal(decode(101), HW_WIRE_IP);

	frame_payload(&x.f, HW_SLICE("0123456789"));
	frame_ipv4(&x.f, 6);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(x.packet.src_port, 0);

	frame_payload(&x.f, HW_SLICE("0123456"));
	frame_ipv4(&x.f, 17);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_TRANSPORT), 4);
}

/* Also those that cannot be walked: hosts take such packets. */
static void options_are_given(void **state)
{
	static const char *const cases[] = { "\1\1\1\0",    "\0\5\0\0",	    "\2\4\5\xb4",
					     "\1\1\1\x08",  "\x08\x00\1\1", "\x08\1\1\1",
					     "\x08\x0a\1\1" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame_payload(&x.f, text);
		frame_push(&x.f, cases[i], 4);
		frame_tcp(&x.f, 40000, 80, 0x01020304, 0);
		frame_bytes(&x.f)[12] = 0x60;
		frame_ipv4(&x.f, 6);
		assert_text(101);
		assert_slice_equal(x.packet.options, hw_slice(cases[i], 4));
	}

	build_tcp();
	frame_sign(&x.f, 6, (const uint8_t *)"\x0a\0\0\1\x0a\0\0\2", 8);
	FRAME_PUSH(&x.f, "\x45\0\0\0\0\7\x40\0\x40\6\0\0\x0a\0\0\1\x0a\0\0\2\x94\2\0\0");
	frame_bytes(&x.f)[0] = 0x46;
	frame_bytes(&x.f)[3] = 62;
	assert_text(101);
}

static void decodes_udp_and_icmp(void **state)
{
	(void)state;
	frame_payload(&x.f, text);
	frame_udp(&x.f, 53, 5353);
	frame_ipv4(&x.f, 17);
	assert_int_equal(decode(101), HW_WIRE_UDP);
	assert_int_equal(x.packet.src_port, 53);
	assert_int_equal(x.packet.dst_port, 5353);
	assert_slice_equal(x.packet.payload, text);

	frame_payload(&x.f, HW_SLICE("\x08\0\0\0\0\1\0\2abcd"));
	frame_ipv4(&x.f, 1);
	assert_int_equal(decode(101), HW_WIRE_ICMP);
	assert_slice_equal(x.packet.payload, HW_SLICE("abcd"));

	frame_payload(&x.f, HW_SLICE("\x80\0\0\0\0\1\0\2"));
	frame_ipv6(&x.f, 58);
	assert_int_equal(decode(101), HW_WIRE_ICMP);
	assert_int_equal(x.packet.transport.len, 8);

	frame_payload(&x.f, HW_SLICE("????????????"));
	frame_ipv4(&x.f, 132);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(x.packet.ip_protocol, 132);
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_UDP), 1);
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_ICMP), 2);
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_PROTOCOL), 1);
}

static void walks_extension_headers(void **state)
{
	static const uint8_t kinds[] = { 0, 43, 60, 135, 139, 140 };
	uint8_t next = 6;

	(void)state;
	build_tcp();
	for (int i = 0; i < 120; i++) {
		FRAME_PUSH(&x.f, "\0\0\1\4\0\0\0\0")[0] = next;
		next = kinds[i % 6];
	}
	FRAME_PUSH(&x.f, "\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")[0] = next;
	FRAME_PUSH(&x.f, "\x33\0\0\0\0\0\0\7"); /* an atomic fragment, then AH */
	frame_ipv6(&x.f, 44);
	assert_text(101);
	assert_false(x.packet.is_fragment);

	build_tcp();
	FRAME_PUSH(&x.f, "\6\x40\1\4\0\0\0\0"); /* longer than the packet */
	frame_ipv6(&x.f, 60);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_IP), 1);
}

/* While places are left the last one is who it is for: its checksums say so, and its answers. */
static void a_route_ends_where_it_is_for(void **state)
{
	const uint8_t v4[4] = { 192, 0, 2, 9 };
	const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };
	const struct hw_addr want_v4 = hw_addr_v4(v4), want_v6 = hw_addr_v6(v6);
	uint8_t header[20];

	(void)state;
	for (uint8_t type = 0; type <= 4; type += 4) {
		build_tcp();
		frame_push(&x.f, v6, 16); /* RFC 5095: in order; RFC 8754: backwards */
		frame_push(&x.f, type == 4 ? v6 : (const uint8_t[16]){ 1 }, 16);
		FRAME_PUSH(&x.f, "\6\4\0\1\0\0\0\0")[2] = type;
		frame_ipv6(&x.f, 43);
		assert_text(101);
		assert_memory_equal(&x.packet.dst, &want_v6, sizeof(want_v6));
	}

	build_v4();
	memcpy(header, frame_bytes(&x.f), 20);
	x.f.start += 20;
	frame_push(&x.f, v4, 4);
	FRAME_PUSH(&x.f, "\1\x83\7\4"); /* NOP, loose source route */
	header[0] = 0x47;
	header[3] += 8;
	header[10] = header[11] = 0; /* left to the card */
	frame_push(&x.f, header, 20);
	assert_text(101);
	assert_memory_equal(&x.packet.dst, &want_v4, sizeof(want_v4));
}

static void spoil_tcp_checksum(void)
{
	frame_bytes(&x.f)[20 + 16] ^= 0x55;
}

/* Wrong ones are used until the host has shown a right one. */
static void auto_drops_only_what_a_good_host_would_not_send(void **state)
{
	(void)state;
	build_v4();
	spoil_tcp_checksum();
	assert_text(101);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 1);

	build_v4();
	assert_text(101);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 1);

	build_v4();
	spoil_tcp_checksum();
	assert_int_equal(decode(101), HW_WIRE_NONE);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_CHECKSUM), 1);

	build_v6(); /* another host */
	frame_bytes(&x.f)[40 + 16] ^= 0x55;
	assert_text(101);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 2);

	build_v4();
	frame_bytes(&x.f)[8]--; /* its IP checksum is wrong */
	assert_int_equal(decode(101), HW_WIRE_NONE);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_CHECKSUM), 2);
}

/* Put the pseudo-header's sum, with `len`, where the checksum belongs: as Linux does. */
static void leave_checksum_to_card(size_t len)
{
	frame_put_u16(frame_bytes(&x.f) + 20 + 16,
		      frame_sum(6 + (uint32_t)len, frame_bytes(&x.f) + 12, 8));
}

static void what_is_left_to_the_card_is_right(void **state)
{
	(void)state;
	build_v4();
	assert_text(101);

	build_v4();
	leave_checksum_to_card(38);
	assert_text(101);
	leave_checksum_to_card(0);
	assert_text(101);
	leave_checksum_to_card(39);
	assert_int_equal(decode(101), HW_WIRE_NONE);

	build_v4();
	frame_put_u16(frame_bytes(&x.f) + 10, 0); /* no IP checksum */
	assert_text(101);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 0);
}

static void checksums_can_be_required_or_ignored(void **state)
{
	struct hw_frame frame;

	(void)state;
	restart((struct hw_wire_options){ .checksums = HW_CHECKSUMS_ON });
	build_v4();
	leave_checksum_to_card(38);
	assert_int_equal(decode(101), HW_WIRE_NONE);
	frame = frame_captured(&x.f, 101);
	frame.checksums_unset = true;
	assert_int_equal(decode_captured(&frame), HW_WIRE_TCP);
	frame.checksums_unset = false;
	frame.len--; /* cannot be checked */
	assert_int_equal(decode_captured(&frame), HW_WIRE_TCP);
	frame_payload(&x.f, text);
	frame_udp(&x.f, 1, 2);
	frame_ipv4(&x.f, 17);
	frame_bytes(&x.f)[30] ^= 1;
	assert_int_equal(decode(101), HW_WIRE_NONE);
	frame_put_u16(frame_bytes(&x.f) + 26, 0); /* no UDP checksum */
	assert_int_equal(decode(101), HW_WIRE_UDP);

	restart((struct hw_wire_options){ .checksums = HW_CHECKSUMS_OFF });
	build_v4();
	assert_text(101);
	spoil_tcp_checksum();
	frame_bytes(&x.f)[8]--;
	assert_text(101);
	assert_int_equal(stat(HW_STAT_NOTE_CHECKSUM), 0);
}

/* How the bytes between the IP header (`protocol`) or UDP (`port`) and the inside look. */
struct tunnel {
	const char *header;
	size_t len;
	uint8_t protocol;
	uint16_t port;
	enum { IN_V4, IN_V6, IN_ETHERNET } inside;
};

static const struct tunnel tunnels[] = {
#define TUNNEL(protocol, port, inside, header)                     \
	{                                                          \
		header, sizeof(header) - 1, protocol, port, inside \
	}
	TUNNEL(4, 0, IN_V4, ""),
	TUNNEL(41, 0, IN_V6, ""),
	TUNNEL(137, 0, IN_V4, "\0\0\1\x40"),
	TUNNEL(47, 0, IN_V4, "\0\0\x08\0"),
	TUNNEL(47, 0, IN_V6, "\xb0\0\x86\xdd\0\0\0\0\0\0\0\1\0\0\0\2"), /* checksum, key, number */
	TUNNEL(47, 0, IN_ETHERNET, "\x20\0\x65\x58\0\0\1\0"),		/* NVGRE */
	TUNNEL(47, 0, IN_ETHERNET, "\0\0\x88\xbe"),			/* ERSPAN I */
	TUNNEL(47, 0, IN_ETHERNET, "\x10\0\x88\xbe\0\0\0\1\x10\1\0\1\0\0\0\0"),
	TUNNEL(47, 0, IN_ETHERNET, "\x10\0\x22\xeb\0\0\0\1\x20\1\0\1\0\0\0\0\0\0\0\0"),
	TUNNEL(47, 0, IN_ETHERNET,
	       "\x10\0\x22\xeb\0\0\0\1\x20\1\0\1\0\0\0\0\0\0\0\1"
	       "\0\0\0\0\0\0\0\0"),
	TUNNEL(47, 0, IN_V4, "\x30\x81\x88\x0b\0\x3e\0\1\0\0\0\1\0\0\0\1\xff\3\0\x21"), /* PPTP */
	TUNNEL(17, 4789, IN_ETHERNET, "\x08\0\0\0\0\0\7\0"),
	TUNNEL(17, 8472, IN_ETHERNET, "\x08\0\0\0\0\0\7\0"),
	TUNNEL(17, 6081, IN_ETHERNET, "\0\0\x65\x58\0\0\7\0"),
	TUNNEL(17, 6081, IN_V4, "\2\0\x08\0\0\0\7\0\1\2\3\1\0\0\0\0"),
	TUNNEL(17, 2152, IN_V4, "\x30\xff\0\x3a\0\0\0\1"),
	TUNNEL(17, 2152, IN_V6, "\x32\xff\0\x3e\0\0\0\1\0\1\0\0"),
	TUNNEL(17, 2152, IN_V4, "\x34\xff\0\x42\0\0\0\1\0\0\0\x85\1\0\0\xc0\1\0\0\0"),
	TUNNEL(17, 3544, IN_V6, ""),
	TUNNEL(17, 3544, IN_V6, "\0\0\1\2\3\4\5\6"),
	TUNNEL(17, 3544, IN_V6, "\0\1\1\2i\a\a\1\2\3\4\5\6\7\x08\0\0\0\1\2\3\4\5\6"),
	TUNNEL(51, 0, IN_V4, "\4\1\0\0\0\0\0\1\0\0\0\1"),
#undef TUNNEL
};

enum { TUNNELS = sizeof(tunnels) / sizeof(tunnels[0]) };

/* Wrap x.f, which is what `t` carries; it becomes an IPv4 or, if `v6`, an IPv6 packet. */
static void wrap(const struct tunnel *t, bool v6)
{
	if (t->inside == IN_ETHERNET)
		frame_ethernet(&x.f, frame_bytes(&x.f)[0] >> 4 == 6 ? 0x86dd : 0x0800);
	frame_push(&x.f, t->header, t->len);
	if (t->port)
		frame_udp(&x.f, 50000, t->port);
	if (v6)
		frame_ipv6(&x.f, t->protocol);
	else
		frame_ipv4(&x.f, t->protocol);
}

/* A segment of `len` bytes, from a host that is known for right checksums. */
static void build_long(size_t len)
{
	static const uint8_t bytes[1400];

	frame_payload(&x.f, hw_slice(bytes, len));
	frame_tcp(&x.f, 40000, 80, 0x01020304, HW_TCP_ACK);
	frame_ipv4(&x.f, 6);
}

static bool is_left_unchecked(void)
{
	static struct hw_frame frame; /* the packet has it */

	frame = frame_captured(&x.f, 101);
	assert_int_equal(hw_wire_decode(x.wire, &frame, &x.packet), HW_WIRE_TCP);
	return x.packet.is_unchecked;
}

static void long_segments_of_good_hosts_may_be_left_unchecked(void **state)
{
	struct hw_frame frame;

	(void)state;
	restart((struct hw_wire_options){ .leaves_unchecked = true });
	build_long(1400);
	assert_false(is_left_unchecked()); /* it shows that its host is a good one */
	assert_true(is_left_unchecked());
	assert_true(hw_wire_check(x.wire, &x.packet));
	assert_int_equal(stat(HW_STAT_PACKETS_TCP), 2);

	spoil_tcp_checksum();
	assert_true(is_left_unchecked());
	assert_false(hw_wire_check(x.wire, &x.packet));
	assert_int_equal(stat(HW_STAT_PACKETS_TCP), 2);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_CHECKSUM), 1);

	build_long(1000);
	assert_false(is_left_unchecked());
	build_long(1400);
	frame_bytes(&x.f)[8]--; /* the IP checksum is not left */
	frame = frame_captured(&x.f, 101);
	assert_int_equal(hw_wire_decode(x.wire, &frame, &x.packet), HW_WIRE_NONE);
}

/* What is in x.f, of which only the head is in `room`. */
static struct hw_frame with_rest(uint8_t *room, uint16_t linktype)
{
	struct hw_frame frame = frame_captured(&x.f, linktype);

	memset(room, 0xee, frame.len);
	memcpy(room, frame.data, HW_FRAME_HEAD);
	frame.rest = frame.data + HW_FRAME_HEAD;
	frame.data = room;
	return frame;
}

static bool is_whole(const struct hw_frame *frame)
{
	return memcmp(frame->data + HW_FRAME_HEAD, frame->rest, frame->len - HW_FRAME_HEAD) == 0;
}

static void the_rest_is_copied_if_it_is_looked_at(void **state)
{
	static uint8_t room[4096];
	struct hw_frame frame;

	(void)state;
	restart((struct hw_wire_options){ .leaves_unchecked = true });
	build_long(1400);
	frame = with_rest(room, 101);
	assert_int_equal(hw_wire_decode(x.wire, &frame, &x.packet), HW_WIRE_TCP);
	assert_false(x.packet.is_unchecked);
	assert_true(is_whole(&frame)); /* its host was not known */

	frame = with_rest(room, 101);
	assert_int_equal(hw_wire_decode(x.wire, &frame, &x.packet), HW_WIRE_TCP);
	assert_true(x.packet.is_unchecked);
	assert_false(is_whole(&frame));
	assert_true(hw_wire_check(x.wire, &x.packet));
	assert_true(is_whole(&frame));

	frame_ethernet(&x.f, 0x0800);
	frame_push(&x.f, "\1\2\3\4\5\6\1\2\3\4\5\7\x81\0\0\7",
		   16); /* a tag: it is walked through */
	memcpy(frame_bytes(&x.f) + 16, "\x08\0", 2);
	frame = with_rest(room, 1);
	hw_wire_decode(x.wire, &frame, &x.packet);
	assert_true(is_whole(&frame));
}

static void nothing_is_left_unchecked_unasked(void **state)
{
	(void)state;
	build_long(1400);
	assert_false(is_left_unchecked());
	assert_false(is_left_unchecked());
}

static void looks_into_tunnels(void **state)
{
	(void)state;
	for (int i = 0; i < TUNNELS; i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			if (tunnels[i].inside == IN_V6)
				build_v6();
			else
				build_v4();
			wrap(&tunnels[i], v6);
			frame_ethernet(&x.f, v6 ? 0x86dd : 0x0800);
			assert_text(1);
			assert_int_equal(x.packet.tunnels, 1);
			assert_int_equal(x.packet.ip_version, tunnels[i].inside == IN_V6 ? 6 : 4);
		}
	}
}

static void a_gateway_may_answer_from_the_port_of_vxlan(void **state)
{
	(void)state;
	build_v4();
	frame_ethernet(&x.f, 0x0800);
	FRAME_PUSH(&x.f, "\x08\0\0\0\0\0\7\0");
	frame_udp(&x.f, 4789, 4790);
	frame_ipv4(&x.f, 17);
	frame_ethernet(&x.f, 0x0800);
	assert_text(1);
	assert_int_equal(x.packet.tunnels, 1);
}

static void a_controller_tunnels_frames_of_wireless_networks(void **state)
{
	(void)state;
	build_v4();
	FRAME_PUSH(&x.f, "\xaa\xaa\3\0\0\0\x08\0"); /* LLC */
	FRAME_PUSH(&x.f, "\x88\1\0\0"
			 "abcdefghijklmnopqr"
			 "\0\0"
			 "\0\0");	/* QoS data */
	FRAME_PUSH(&x.f, "\0\0\x82\0"); /* GRE */
	frame_ipv4(&x.f, 47);
	frame_ethernet(&x.f, 0x0800);
	assert_text(1);
	assert_int_equal(x.packet.tunnels, 1);
}

static void leaves_tunnels_alone_if_told_to(void **state)
{
	(void)state;
	restart((struct hw_wire_options){ .no_tunnels = true });
	for (int i = 0; i < TUNNELS; i++) {
		if (tunnels[i].inside == IN_V6)
			build_v6();
		else
			build_v4();
		wrap(&tunnels[i], false);
		assert_int_equal(decode(101), tunnels[i].port ? HW_WIRE_UDP : HW_WIRE_IP);
		assert_int_equal(x.packet.tunnels, 0);
	}
}

/* Bytes [from, to) behind the header of the IPv4 packet `ip`. */
static enum hw_wire_kind decode_fragment(const uint8_t *ip, size_t from, size_t to, bool more)
{
	uint8_t *h;

	frame_payload(&x.f, hw_slice(ip + 20 + from, to - from));
	h = frame_ipv4(&x.f, ip[9]);
	frame_put_u16(h + 6, (more ? 0x2000 : 0) | from / 8);
	frame_put_u16(h + 10, 0);
	frame_put_u16(h + 10, ~frame_sum(0, h, 20) & 0xffff);
	return decode(101);
}

/* Decode x.f in two fragments. */
static void decode_in_fragments(void)
{
	const size_t len = frame_len(&x.f);
	uint8_t ip[200];

	memcpy(ip, frame_bytes(&x.f), len);
	assert_int_equal(decode_fragment(ip, 0, 24, true), HW_WIRE_IP);
	assert_int_equal(decode_fragment(ip, 24, len - 20, false), HW_WIRE_TCP);
	assert_slice_equal(x.packet.payload, text);
}

/* It carries units of 8 bytes: what is behind the last is none of the packet. */
static void a_fragment_that_is_not_the_last_has_whole_units(void **state)
{
	uint8_t ip[200];
	size_t len;

	(void)state;
	build_v4();
	len = frame_len(&x.f);
	memcpy(ip, frame_bytes(&x.f), len);
	ip[20 + 24] ^= 1;
	assert_int_equal(decode_fragment(ip, 0, 28, true), HW_WIRE_IP);
	ip[20 + 24] ^= 1;
	assert_int_equal(decode_fragment(ip, 24, len - 20, false), HW_WIRE_TCP);
	assert_slice_equal(x.packet.payload, text);
	assert_int_equal(stat(HW_STAT_NOTE_FRAGMENT_CONFLICTS), 0);
}

/* Who decodes ahead has to know that the next decode may take these bytes away. */
static void a_tunnel_in_fragments_lies_in_the_decoder(void **state)
{
	(void)state;
	for (int carriers = 1; carriers <= 2; carriers++) {
		build_v4();
		for (int i = 0; i < carriers; i++)
			frame_ipv4(&x.f, 4);
		decode_in_fragments();
		assert_int_equal(x.packet.tunnels, carriers);
		assert_true(x.packet.is_reassembled);
	}
	build_v4();
	frame_ipv4(&x.f, 4);
	assert_text(101);
	assert_false(x.packet.is_reassembled);
}

static void what_is_authenticated_may_be_in_fragments(void **state)
{
	(void)state;
	build_tcp();
	FRAME_PUSH(&x.f, "\6\4\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0");
	frame_ipv4(&x.f, 51);
	decode_in_fragments();
}

static void a_udp_port_alone_makes_no_tunnel(void **state)
{
	static const uint16_t ports[] = { 4789, 8472, 6081, 2152, 3544 };

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		frame_payload(&x.f, text);
		frame_udp(&x.f, 50000, ports[i]);
		frame_ipv4(&x.f, 17);
		assert_int_equal(decode(101), HW_WIRE_UDP);
		assert_int_equal(x.packet.dst_port, ports[i]);
		assert_slice_equal(x.packet.payload, text);
		assert_int_equal(x.packet.tunnels, 0);
	}
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_UDP), 5);

	frame_payload(&x.f, HW_SLICE("\0\1\x08\0\6\4")); /* ARP in VXLAN */
	frame_ethernet(&x.f, 0x0806);
	FRAME_PUSH(&x.f, "\x08\0\0\0\0\0\7\0");
	frame_udp(&x.f, 50000, 4789);
	frame_ipv4(&x.f, 17);
	assert_int_equal(decode(101), HW_WIRE_UDP);
}

static void shows_the_carrier_of_a_bad_tunnel(void **state)
{
	(void)state;
	frame_payload(&x.f, HW_SLICE("\x40\0\x08\0????")); /* GRE with source routing */
	frame_ipv4(&x.f, 47);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(x.packet.ip_protocol, 47);
	assert_int_equal(stat(HW_STAT_PACKETS_BAD_TUNNEL), 1);

	frame_payload(&x.f, HW_SLICE("\0\0\x08\x06????")); /* ARP in GRE */
	frame_ipv4(&x.f, 47);
	assert_int_equal(decode(101), HW_WIRE_IP);
	assert_int_equal(stat(HW_STAT_PACKETS_OTHER_PROTOCOL), 1);
}

static void nesting_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < TUNNELS; i++) {
		build_v4();
		for (int depth = 0; depth < 8; depth++)
			wrap(&tunnels[i], tunnels[i].inside == IN_V6);
		if (tunnels[i].inside == IN_V6) /* its innermost is not what it says */
			continue;
		assert_text(101);
		assert_int_equal(x.packet.tunnels, 8);
		wrap(&tunnels[i], false);
		assert_int_equal(decode(101), HW_WIRE_IP);
		assert_int_equal(x.packet.src_port, 0);
		assert_int_equal(x.packet.transport.len, 0);
		assert_int_equal(x.packet.payload.len, 0);
		assert_int_equal(x.packet.payload_len, 0);
	}
	assert_true(stat(HW_STAT_PACKETS_BAD_TUNNEL) > 0);

	build_v4();
	for (int depth = 0; depth < 1000; depth++)
		frame_ipv4(&x.f, 4);
	assert_int_equal(decode(101), HW_WIRE_IP);
}

static uint32_t next_random(void)
{
	static uint32_t seed = 2026;

	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Returns the link type. */
static uint16_t build_link(uint32_t which, uint16_t type)
{
	uint8_t *h;

	switch (which % 5) {
	case 0:
		h = FRAME_PUSH(&x.f, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\0\0");
		frame_put_u16(h + 14, type);
		return 113;
	case 1:
		h = FRAME_PUSH(&x.f, "\0\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0");
		frame_put_u16(h, type);
		return 276;
	case 2:
		return 101;
	default:
		frame_ethernet(&x.f, type);
		return 1;
	}
}

/* One byte of the first `max` is another. */
static void spoil(uint32_t max)
{
	const uint32_t len = (uint32_t)frame_len(&x.f);

	frame_bytes(&x.f)[next_random() % (len < max ? len : max)] = (uint8_t)next_random();
}

/* From one of many hosts. Its checksum is left to the card, as for TSO or not, or it is wrong. */
static void build_stranger(void)
{
	const size_t len = frame_len(&x.f);
	uint8_t addrs[8] = { 10, 1, (uint8_t)next_random(), (uint8_t)next_random(), 10, 0, 0, 2 };
	uint8_t *ip = frame_ipv4(&x.f, 6), *sum = ip + 20 + 16;

	memcpy(ip + 12, addrs, sizeof(addrs));
	frame_put_u16(ip + 10, 0);
	frame_put_u16(ip + 10, ~frame_sum(0, ip, 20) & 0xffff);
	if (next_random() % 3)
		frame_put_u16(sum, frame_sum(next_random() % 2 ? 6 : (uint32_t)len + 6, addrs, 8));
}

/* A segment as most are, spoiled or not where its checksum covers it, and where it does not. */
static uint16_t build_usual(void)
{
	static const uint8_t bytes[100] = { 0 };
	const uint32_t how = next_random();
	const size_t options = (how >> 8) % 4 * 4;
	uint16_t linktype;

	frame_payload(&x.f, hw_slice(bytes, (how >> 10) % sizeof(bytes)));
	frame_push(&x.f, bytes, options);
	frame_tcp(&x.f, 40000, 80, 1, how & 0x1ff);
	frame_bytes(&x.f)[12] = (uint8_t)(0x50 + options * 4);
	if (how & 0x1000)
		spoil(20);
	if (how & 0x2000)
		frame_ipv6(&x.f, 6);
	else if (how & 0x1c000)
		frame_ipv4(&x.f, 6);
	else
		build_stranger();
	linktype = build_link(next_random(), how & 0x2000 ? 0x86dd : 0x0800);
	if (next_random() % 2)
		spoil(60);
	return linktype;
}

static void decode_usual(void)
{
	const uint16_t linktype = build_usual();
	struct hw_frame frame = frame_captured(&x.f, linktype);
	const uint32_t cut = next_random() % 8 ? 0 : next_random() % frame.len;

	frame.checksums_unset = next_random() % 16 == 0;
	frame.len -= cut;
	if (cut % 2)
		frame.wire_len = frame.len;
	frame.data = tight_copy(hw_slice(frame.data, frame.len)).ptr;
	decode_captured(&frame);
}

static void assert_foreseen(uint16_t linktype, bool is_v4, bool is_any)
{
	const struct hw_frame frame = frame_captured(&x.f, linktype);
	struct hw_packet ends;
	uint64_t v4[2];

	assert_int_equal(hw_wire_ends_v4(&frame, v4), is_v4);
	assert_int_equal(hw_wire_ends(&frame, &ends), is_any);
	decode_captured(&frame); /* which compares what is said */
}

static void build_tags(int nr, uint16_t type)
{
	for (; nr > 0; nr--, type = 0x8100) {
		const uint8_t tag[] = { 0, 7, (uint8_t)(type >> 8), (uint8_t)type };

		frame_push(&x.f, tag, sizeof(tag));
	}
	frame_ethernet(&x.f, type);
}

static void ends_are_told_without_decoding(void **state)
{
	(void)state;
	for (int tags = 0; tags < 4; tags++) {
		build_v4();
		build_tags(tags, 0x0800);
		assert_foreseen(1, tags < 3, tags < 3);
		build_v6();
		build_tags(tags, 0x86dd);
		assert_foreseen(1, false, tags < 3);
	}
	build_v4();
	assert_foreseen(101, true, true);
	build_v4();
	frame_ethernet(&x.f, 0x0806);
	assert_foreseen(1, false, false);
}

/* decode_captured() compares them. */
static void the_shorter_way_gives_the_same(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 12; how++) {
		restart((struct hw_wire_options){
			.no_tunnels = how & 1,
			.is_glance = how & 2,
			.checksums = (enum hw_checksums)(how / 4),
		});
		for (int i = 0; i < 20000; i++)
			decode_usual();
		assert_true(how & 2 || stat(HW_STAT_PACKETS_TCP) > 10000);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(reads_all_fields_of_a_plain_segment),
		TEST(knows_the_link_types),
		TEST(knows_where_link_headers_end),
		TEST(addresses_like_a_type_of_ethernet_are_ip),
		TEST(more_packets_of_a_frame_are_counted),
		TEST(goes_through_tags),
		TEST(ends_are_told_without_decoding),
		TEST(what_is_not_ip_is_counted_so),
		TEST(padding_is_not_payload),
		TEST(lengths_of_zero_are_the_frames),
		TEST(reads_jumbograms),
		TEST(bad_ip_headers_are_counted),
		TEST(cut_frames_give_what_was_captured),
		TEST(excerpts_are_cut_as_well),
		TEST(cuts_anywhere_are_no_harm),
		TEST(bad_transport_headers_still_show_their_ip),
		TEST(options_are_given),
		TEST(decodes_udp_and_icmp),
		TEST(walks_extension_headers),
		TEST(a_route_ends_where_it_is_for),
		TEST(what_is_authenticated_may_be_in_fragments),
		TEST(auto_drops_only_what_a_good_host_would_not_send),
		TEST(what_is_left_to_the_card_is_right),
		TEST(checksums_can_be_required_or_ignored),
		TEST(long_segments_of_good_hosts_may_be_left_unchecked),
		TEST(the_rest_is_copied_if_it_is_looked_at),
		TEST(nothing_is_left_unchecked_unasked),
		TEST(looks_into_tunnels),
		TEST(a_gateway_may_answer_from_the_port_of_vxlan),
		TEST(a_controller_tunnels_frames_of_wireless_networks),
		TEST(leaves_tunnels_alone_if_told_to),
		TEST(a_fragment_that_is_not_the_last_has_whole_units),
		TEST(a_tunnel_in_fragments_lies_in_the_decoder),
		TEST(a_udp_port_alone_makes_no_tunnel),
		TEST(shows_the_carrier_of_a_bad_tunnel),
		TEST(nesting_has_an_end),
		TEST(the_shorter_way_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
