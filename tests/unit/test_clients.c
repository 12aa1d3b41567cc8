/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_clients.c */
#include "unit/unit.h"

#include "serve/clients.h"

#define SECOND 1000000000ull

static struct hw_clients clients;

static int reset(void **state)
{
	(void)state;
	memset(&clients, 0, sizeof(clients));
	return 0;
}

static void gives_each_its_time(void **state)
{
	struct hw_client *a = hw_clients_add(&clients, 3, SECOND);

	(void)state;
	assert_null(hw_clients_next_to_leave(&clients, 10 * SECOND));
	assert_ptr_equal(hw_clients_next_to_leave(&clients, 11 * SECOND), a);
	assert_null(hw_clients_next_to_leave(&clients, 99 * SECOND)); /* it was told already */
	hw_client_remove(a);

	a = hw_clients_add(&clients, 4, 0);
	hw_client_set(a, HW_CLIENT_BUSY, 5 * SECOND);
	assert_null(hw_clients_next_to_leave(&clients, 34 * SECOND));
	hw_client_set(a, HW_CLIENT_IDLE, 34 * SECOND);
	assert_null(hw_clients_next_to_leave(&clients, 180 * SECOND));
	assert_ptr_equal(hw_clients_next_to_leave(&clients, 184 * SECOND), a);
	assert_int_equal(a->fd, 4);
}

/* However many connect, the last one stays; who waits for an answer stays with it. */
static void lets_the_silent_leave_first(void **state)
{
	struct hw_client *busy = hw_clients_add(&clients, 1000, 1);

	(void)state;
	hw_client_set(busy, HW_CLIENT_BUSY, 1);
	for (int i = 0; i < 5000; i++) {
		const uint64_t now = SECOND + (uint64_t)i;
		struct hw_client *c = hw_clients_add(&clients, i, now), *leaving;

		assert_non_null(c);
		while ((leaving = hw_clients_next_to_leave(&clients, now))) {
			assert_ptr_not_equal(leaving, c);
			assert_ptr_not_equal(leaving, busy);
			hw_client_remove(leaving);
		}
	}
}

static void has_limited_room(void **state)
{
	(void)state;
	for (int i = 0; i < HW_CLIENTS_MAX; i++)
		assert_non_null(hw_clients_add(&clients, i, 0));
	assert_null(hw_clients_add(&clients, 0, 0));
	hw_client_remove(&clients.list[7]);
	assert_ptr_equal(hw_clients_add(&clients, 0, 0), &clients.list[7]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(gives_each_its_time, reset),
		cmocka_unit_test_setup(lets_the_silent_leave_first, reset),
		cmocka_unit_test_setup(has_limited_room, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
