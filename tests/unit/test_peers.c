/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_peers.c */
#include "unit/unit.h"

#include "live/peers.h"

enum { PLACES = 1 << 15 }; /* connections that differ by it have the same one */

static struct hw_peers *peers;

static int set_up(void **state)
{
	(void)state;
	return hw_peers_new(&peers);
}

static int tear_down(void **state)
{
	(void)state;
	hw_peers_free(peers);
	return 0;
}

static void each_finds_the_other(void **state)
{
	(void)state;
	assert_int_equal(hw_peers_find(peers, 77, 5), 0);
	hw_peers_note(peers, 77, 5);
	assert_int_equal(hw_peers_find(peers, 77, 5), 0); /* alone so far */
	hw_peers_note(peers, 77, 5);
	hw_peers_note(peers, 77, 6);
	hw_peers_note(peers, 77, 5);
	assert_int_equal(hw_peers_find(peers, 77, 5), 6);
	assert_int_equal(hw_peers_find(peers, 77, 6), 5);
	assert_int_equal(hw_peers_find(peers, 78, 5), 0);
}

/* Of a connection that cannot be joined, and of one whose socket is not there yet. */
static void none_is_nobody(void **state)
{
	(void)state;
	hw_peers_note(peers, 0, 5);
	hw_peers_note(peers, 0, 6);
	assert_int_equal(hw_peers_find(peers, 0, 5), 0);
	hw_peers_note(peers, 77, 5);
	hw_peers_note(peers, 77 + PLACES, 0);
	hw_peers_note(peers, 77, 6);
	assert_int_equal(hw_peers_find(peers, 77, 6), 5);
}

static void a_newer_connection_takes_the_place(void **state)
{
	(void)state;
	hw_peers_note(peers, 77, 5);
	hw_peers_note(peers, 77, 6);
	hw_peers_note(peers, 77 + PLACES, 7);
	assert_int_equal(hw_peers_find(peers, 77, 5), 0);
	assert_int_equal(hw_peers_find(peers, 77 + PLACES, 7), 0); /* neither of the others */
	hw_peers_note(peers, 77 + PLACES, 8);
	assert_int_equal(hw_peers_find(peers, 77 + PLACES, 7), 8);
}

#define peers_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		peers_test(each_finds_the_other),
		peers_test(none_is_nobody),
		peers_test(a_newer_connection_takes_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
