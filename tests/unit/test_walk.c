/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_walk.c */
#include "unit/unit.h"

#include "tight.h"
#include "wire/walk.h"

static struct hw_budget budget;
static struct hw_stats stats;
static struct hw_wire *wire;
static struct hw_frame frame;
static struct hw_packet packet;

static int set_up(void **state)
{
	const struct hw_wire_options options = { 0 };

	(void)state;
	budget = (struct hw_budget){ .max = 1 << 20 };
	frame = (struct hw_frame){ .linktype = 1 };
	packet = (struct hw_packet){ .frame = &frame };
	return hw_wire_new(&wire, &options, &budget, &stats, 1);
}

static int tear_down(void **state)
{
	(void)state;
	hw_wire_free(wire);
	assert_int_equal(budget.used, 0);
	return 0;
}

static struct hw_walk walk_at(struct hw_slice at, uint32_t cut)
{
	return (struct hw_walk){
		.wire = wire, .frame = &frame, .packet = &packet, .at = at, .cut = cut
	};
}

/* What a header says follows, against what is captured and what was there. */
static void lengths_split_into_captured_and_cut(void **state)
{
	static const struct {
		uint32_t captured, cut, said;
		uint32_t left, left_cut;
		bool is_lie;
	} cases[] = {
		{ 10, 0, 10, 10, 0, false }, { 10, 0, 4, 4, 0, false },
		{ 10, 0, 0, 0, 0, false },   { 10, 0, 11, 10, 1, true },
		{ 10, 5, 15, 10, 5, false }, { 10, 5, 12, 10, 2, false },
		{ 10, 5, 10, 10, 0, false }, { 10, 5, 3, 3, 0, false },
		{ 10, 5, 16, 10, 6, true },  { 0, 5, 5, 0, 5, false },
		{ 0, 0, 0, 0, 0, false },    { 0, 0, UINT32_MAX, 0, UINT32_MAX, true },
	};
	static const uint8_t bytes[10] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_walk w = walk_at(hw_slice(bytes, cases[i].captured), cases[i].cut);

		assert_int_equal(hw_walk_wire_len(&w), cases[i].captured + cases[i].cut);
		assert_int_equal(hw_walk_is_lie(&w, cases[i].said), cases[i].is_lie);
		w.is_excerpt = true;
		assert_false(hw_walk_is_lie(&w, cases[i].said));
		hw_walk_limit(&w, cases[i].said);
		assert_ptr_equal(w.at.ptr, bytes);
		assert_int_equal(w.at.len, cases[i].left);
		assert_int_equal(w.cut, cases[i].left_cut);
	}
}

static void a_tunnel_starts_another_packet(void **state)
{
	struct hw_walk w = walk_at(HW_SLICE("inside"), 0);
	const struct hw_slice outer = HW_SLICE("outer");

	(void)state;
	packet.ip = outer;
	packet.src_port = 4789;
	assert_int_equal(hw_walk_tunnel(&w, HW_STAT_PACKETS_OTHER_UDP, HW_LAYER_ETHERNET),
			 HW_LAYER_ETHERNET);
	assert_int_equal(packet.tunnels, 1);
	assert_ptr_equal(packet.ip.ptr, NULL);
	assert_int_equal(packet.src_port, 0);
	assert_ptr_equal(packet.frame, &frame);
	assert_int_equal(w.carrier.src_port, 4789);
	assert_int_equal(w.carrier_verdict, HW_STAT_PACKETS_OTHER_UDP);
	assert_true(w.is_excerpt);
	assert_slice_equal(w.at, HW_SLICE("inside"));
}

static void a_tunnel_below_ip_has_no_packet(void **state)
{
	struct hw_walk w = walk_at(HW_SLICE("inside"), 0);

	(void)state;
	wire->options.no_tunnels = true;
	assert_int_equal(hw_walk_tunnel(&w, HW_STAT_PACKETS_OTHER_NOT_IP, HW_LAYER_ETHERNET),
			 HW_LAYER_ETHERNET);
	assert_int_equal(packet.tunnels, 0);
	assert_false(w.is_excerpt);
}

static void tunnels_can_be_left_alone(void **state)
{
	struct hw_walk w = walk_at(HW_SLICE("inside"), 0);

	(void)state;
	wire->options.no_tunnels = true;
	packet.ip = HW_SLICE("outer");
	assert_int_equal(hw_walk_tunnel(&w, HW_STAT_PACKETS_OTHER_PROTOCOL, HW_LAYER_IP),
			 HW_LAYER_END);
	assert_int_equal(w.verdict, HW_STAT_PACKETS_OTHER_PROTOCOL);
	assert_slice_equal(packet.ip, HW_SLICE("outer"));
}

static void tunnels_have_a_maximum(void **state)
{
	struct hw_walk w = walk_at(HW_SLICE("inside"), 0);

	(void)state;
	for (int i = 0; i < HW_WALK_TUNNELS_MAX; i++) {
		packet.ip = HW_SLICE("outer");
		assert_int_equal(hw_walk_tunnel(&w, HW_STAT_PACKETS_OTHER_UDP, HW_LAYER_IP),
				 HW_LAYER_IP);
	}
	assert_int_equal(packet.tunnels, HW_WALK_TUNNELS_MAX);
	packet.ip = HW_SLICE("outer");
	assert_int_equal(hw_walk_tunnel(&w, HW_STAT_PACKETS_OTHER_UDP, HW_LAYER_IP), HW_LAYER_END);
	assert_int_equal(w.verdict, HW_STAT_PACKETS_BAD_TUNNEL);
}

static void checksums_are_believed_as_told(void **state)
{
	static const struct {
		enum hw_checksums checksums;
		bool has_shown_right, is_unset;
		bool checks, drops;
	} cases[] = {
		{ HW_CHECKSUMS_AUTO, false, false, true, false },
		{ HW_CHECKSUMS_AUTO, true, false, true, true },
		{ HW_CHECKSUMS_AUTO, true, true, false, true },
		{ HW_CHECKSUMS_ON, false, false, true, true },
		{ HW_CHECKSUMS_ON, false, true, false, true },
		{ HW_CHECKSUMS_OFF, false, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_walk w = walk_at(HW_SLICE(""), 0);

		memset(wire->offload.hosts, 0, sizeof(wire->offload.hosts));
		wire->options.checksums = cases[i].checksums;
		frame.checksums_unset = cases[i].is_unset;
		if (cases[i].has_shown_right)
			hw_offload_saw_right(&wire->offload, &packet.src);
		assert_int_equal(hw_walk_checks(&w), cases[i].checks);
		assert_int_equal(hw_walk_wrong_checksum(&w), cases[i].drops);
		assert_int_equal(w.checksum_noted, !cases[i].drops);
	}
}

static enum hw_layer (*const layers[])(struct hw_walk *walk) = {
	hw_link_start,	  hw_link_ethernet, hw_link_vlan,     hw_link_llc,	 hw_link_pppoe,
	hw_link_ppp,	  hw_link_mpls,	    hw_link_80211,    hw_ip_any,	 hw_ip_v4,
	hw_ip_v6,	  hw_tunnel_gre,    hw_tunnel_vxlan,  hw_tunnel_geneve,	 hw_tunnel_gtp,
	hw_tunnel_teredo, hw_transport_tcp, hw_transport_udp, hw_transport_icmp,
};

/* One step of layer `i` from `at`: it goes forward, stays inside, and says how it ended. */
static void step(size_t i, struct hw_slice at)
{
	struct hw_walk w = walk_at(at, 0);
	enum hw_layer next;

	packet = (struct hw_packet){ .frame = &frame, .ip_version = 4, .ip = at, .transport = at };
	frame.data = at.ptr;
	frame.len = frame.wire_len = (uint32_t)at.len;
	hw_defrag_release(wire->defrag);
	next = layers[i](&w);
	if (next == HW_LAYER_END)
		assert_in_range(w.verdict, HW_STAT_PACKETS_TCP, HW_STAT_PACKETS_BAD_CHECKSUM);
	else if (w.at.ptr < at.ptr || w.at.ptr + w.at.len > at.ptr + at.len)
		fail_msg("layer %zu is outside, of %zu bytes", i, at.len);
}

static void layers_stay_inside_whatever_the_bytes(void **state)
{
	uint8_t bytes[96];
	uint32_t seed = 2026;

	(void)state;
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		for (int round = 0; round < 20000; round++) {
			for (size_t at = 0; at < sizeof(bytes); at++) {
				seed = seed * 1664525 + 1013904223;
				bytes[at] = (uint8_t)(seed >> 24 & (round % 4 ? seed >> 16 : 0xff));
			}
			step(i, tight_copy(hw_slice(bytes, (size_t)round % sizeof(bytes))));
		}
	}
}

#define WALK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WALK_TEST(lengths_split_into_captured_and_cut),
		WALK_TEST(a_tunnel_starts_another_packet),
		WALK_TEST(a_tunnel_below_ip_has_no_packet),
		WALK_TEST(tunnels_can_be_left_alone),
		WALK_TEST(tunnels_have_a_maximum),
		WALK_TEST(checksums_are_believed_as_told),
		WALK_TEST(layers_stay_inside_whatever_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
