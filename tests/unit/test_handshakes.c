/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_handshakes.c */
#include "unit/unit.h"

#include "live/handshakes.h"

enum { INGRESS = 1, EGRESS = 2, SYN = 2, ACK = 16 };

/* A record as it lies in the ring, of a segment over IPv4 or IPv6. */
struct record {
	struct hw_tap_frame frame;
	uint8_t ip[60];
};

static struct hw_handshakes known;

static struct record segment(uint8_t direction, uint16_t port, uint8_t flags, uint32_t seq,
			     uint32_t ack, bool v6)
{
	struct record r = { .frame = { .direction = direction,
				       .flags = HW_TAP_LISTENER,
				       .socket = { .cookie = 5,
						   .local = { [15] = (uint8_t)port },
						   .remote = { [15] = 1 },
						   .local_port = port,
						   .remote_port = 40000 },
				       .data_len = v6 ? 60 : 40 } };
	uint8_t *tcp = r.ip + (v6 ? 40 : 20);

	r.ip[0] = v6 ? 0x60 : 0x45;
	for (int i = 0; i < 4; i++) {
		tcp[4 + i] = (uint8_t)(seq >> 8 * (3 - i));
		tcp[8 + i] = (uint8_t)(ack >> 8 * (3 - i));
	}
	tcp[13] = flags;
	return r;
}

/* The port that the segment is of, instead of its own; 0: of its own. */
static uint16_t see(uint8_t direction, uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack,
		    bool v6)
{
	const struct record r = segment(direction, port, flags, seq, ack, v6);
	struct hw_tap_socket s;

	if (!hw_handshakes_see(&known, &r.frame, &s))
		return 0;
	assert_int_equal(s.local[15], s.local_port);
	return s.local_port;
}

static int forget(void **state)
{
	(void)state;
	memset(&known, 0, sizeof(known));
	return 0;
}

static void an_answer_has_the_name_of_what_it_answers(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		assert_int_equal(see(INGRESS, 80, SYN, 1000, 0, v6), 0);
		assert_int_equal(see(EGRESS, 82, SYN | ACK, 7, 1001, v6), 80);
		assert_int_equal(see(EGRESS, 82, SYN | ACK, 7, 1001, v6), 80); /* again */
	}
}

/* The port may stay as it is, or the address. */
static void either_may_have_been_translated(void **state)
{
	struct record r = segment(EGRESS, 80, SYN | ACK, 7, 1001, false);
	struct hw_tap_socket s;

	(void)state;
	see(INGRESS, 80, SYN, 1000, 0, false);
	assert_false(hw_handshakes_see(&known, &r.frame, &s));
	r.frame.socket.local[15] = 99;
	assert_true(hw_handshakes_see(&known, &r.frame, &s));
	assert_int_equal(s.local[15], 80);
	r.frame.socket.local[15] = 80;
	r.frame.socket.local_port = 8080;
	assert_true(hw_handshakes_see(&known, &r.frame, &s));
	assert_int_equal(s.local_port, 80);
}

static void without_translation_all_is_as_it_is(void **state)
{
	(void)state;
	assert_int_equal(see(INGRESS, 80, SYN, UINT32_MAX, 0, false), 0);
	assert_int_equal(see(EGRESS, 80, SYN | ACK, 7, 0, false), 0);
	assert_int_equal(see(EGRESS, 82, SYN | ACK, 7, 0, false), 80);
}

static void others_are_not_answered(void **state)
{
	struct record r = segment(EGRESS, 82, SYN | ACK, 7, 1001, false);
	struct hw_tap_socket s;

	(void)state;
	assert_int_equal(see(EGRESS, 82, SYN | ACK, 7, 1001, false), 0); /* nobody has asked */
	see(INGRESS, 80, SYN, 1000, 0, false);
	assert_int_equal(see(EGRESS, 82, SYN | ACK, 7, 1002, false), 0);
	assert_int_equal(see(EGRESS, 82, ACK, 7, 1001, false), 0);
	r.frame.socket.remote[15] = 2;
	assert_false(hw_handshakes_see(&known, &r.frame, &s));
	r.frame.socket.remote[15] = 1;
	r.frame.socket.cookie = 6;
	assert_false(hw_handshakes_see(&known, &r.frame, &s));
	r.frame.socket.cookie = 5;
	assert_true(hw_handshakes_see(&known, &r.frame, &s));
	r.frame.data_len = 39; /* cut */
	assert_false(hw_handshakes_see(&known, &r.frame, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_answer_has_the_name_of_what_it_answers, forget),
		cmocka_unit_test_setup(either_may_have_been_translated, forget),
		cmocka_unit_test_setup(without_translation_all_is_as_it_is, forget),
		cmocka_unit_test_setup(others_are_not_answered, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
