/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_key.c - whether a packet is of a connection is told the same in both ways */
#include "unit/unit.h"

#include "tcp/key.h"

static uint32_t seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static struct hw_addr any_addr(void)
{
	const uint8_t v4[4] = { 10, 0, 0, (uint8_t)dice(2) };
	uint8_t v6[16] = { 0x20, [7] = (uint8_t)dice(2), [15] = (uint8_t)dice(2) };

	return dice(2) ? hw_addr_v4(v4) : hw_addr_v6(v6);
}

static uint16_t any_port(void)
{
	return (uint16_t)(80 + 256 * dice(2));
}

struct scene {
	struct hw_socket socket;
	struct hw_frame frame;
	struct hw_packet packet;
};

/* Few addresses and ports, so that packets are often of one connection. */
static void any_packet(struct scene *s, bool is_socket)
{
	const struct hw_addr local = any_addr(), remote = any_addr();

	*s = (struct scene){ .frame = { .direction = (uint8_t)dice(3) },
			     .packet = { .src = any_addr(),
					 .dst = any_addr(),
					 .src_port = any_port(),
					 .dst_port = any_port() },
			     .socket = { .netns = dice(2),
					 .local_port = any_port(),
					 .remote_port = dice(4) ? any_port() : 0 } };
	memcpy(s->socket.local, local.b, sizeof(local.b));
	memcpy(s->socket.remote, remote.b, sizeof(remote.b));
	s->packet.frame = &s->frame;
	if (is_socket)
		s->frame.socket = &s->socket;
}

static bool are_equal(const struct hw_tcp_key *a, const struct hw_tcp_key *b)
{
	return memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 && a->port[0] == b->port[0] &&
	       a->port[1] == b->port[1] && a->scope == b->scope && a->is_socket == b->is_socket;
}

/* A packet, and the key of another one: `sockets` of eight others are of sockets. */
static int throw_two(struct scene *ret, bool is_socket, unsigned sockets,
		     struct hw_tcp_key *ret_key)
{
	struct hw_tcp_key own;
	struct scene other;
	int dir;

	any_packet(&other, dice(8) < sockets);
	any_packet(ret, is_socket);
	hw_tcp_key_of(&other.packet, ret_key);
	dir = hw_tcp_key_of(&ret->packet, &own);
	return are_equal(ret_key, &own) ? dir : -1;
}

static void set_ends(struct hw_packet *p)
{
	if (!hw_addr_is_v4(&p->src) || !hw_addr_is_v4(&p->dst))
		return;
	p->ends[0] = hw_end_v4(hw_get_u32be(p->src.b + 12), p->src_port);
	p->ends[1] = hw_end_v4(hw_get_u32be(p->dst.b + 12), p->dst_port);
}

static void packets_on_the_wire_are_told_alike(void **state)
{
	struct hw_tcp_key key;
	struct scene s;
	int same = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		const int dir = throw_two(&s, false, 1, &key);

		assert_int_equal(hw_tcp_key_dir(&s.packet, &key), dir);
		set_ends(&s.packet);
		if (s.packet.ends[1])
			assert_int_equal(hw_tcp_key_dir_v4(&s.packet, &key), dir);
		same += dir >= 0;
	}
	assert_true(same > 100);
}

/* Of a socket without a peer, and of a way that is not known, the key is made: nothing is told. */
static void packets_of_sockets_are_told_alike(void **state)
{
	struct hw_tcp_key key;
	struct scene s;
	int same = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		int dir = throw_two(&s, true, 7, &key);

		if (s.socket.remote_port == 0 || s.frame.direction == HW_DIRECTION_UNKNOWN)
			dir = -1;
		assert_int_equal(hw_tcp_key_dir_at_socket(&s.packet, &key), dir);
		same += dir >= 0;
	}
	assert_true(same > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_on_the_wire_are_told_alike),
		cmocka_unit_test(packets_of_sockets_are_told_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
