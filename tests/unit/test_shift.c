/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_shift.c - an event by another clock: event/shift.h */
#include "unit/unit.h"

#include "event/shift.h"

enum { BY_NS = 3600 };

static const struct hw_process process = { .start_ns = 90000, .host_pid = 7 };

static void all_times_of_an_exchange_are_shifted(void **state)
{
	const struct hw_exchange_interim interims[] = { { 100500, 103, HW_SLICE("Early Hints") } };
	const struct hw_exchange x = { .request = { .start_ns = 100000, .end_ns = 100200 },
				       .response = { .start_ns = 101000 },
				       .interims = interims,
				       .interims_nr = 1,
				       .connect_ns = 50,
				       .time_to_first_byte = hw_duration(800) };
	const struct hw_event event = { .time_ns = 102000, .process = &process, .exchange = &x };
	struct hw_event_shifted room;
	const struct hw_event *e = hw_event_shift(&event, BY_NS, &room);

	(void)state;
	assert_int_equal(e->time_ns, 102000 + BY_NS);
	assert_int_equal(e->process->start_ns, 90000 + BY_NS);
	assert_int_equal(e->process->host_pid, 7);
	assert_int_equal(e->exchange->request.start_ns, 100000 + BY_NS);
	assert_int_equal(e->exchange->request.end_ns, 100200 + BY_NS);
	assert_int_equal(e->exchange->response.start_ns, 101000 + BY_NS);
	assert_int_equal(e->exchange->response.end_ns, 0);
	assert_int_equal(e->exchange->interims[0].time_ns, 100500 + BY_NS);
	assert_int_equal(e->exchange->interims[0].status_code, 103);
	assert_int_equal(e->exchange->connect_ns, 50);
	assert_int_equal(hw_duration_ns(e->exchange->time_to_first_byte), 800);
	assert_int_equal(event.time_ns, 102000);
}

static void a_tunnel_may_be_shifted_back(void **state)
{
	const struct hw_tunnel tunnel = { .start_ns = 100000,
					  .end_ns = 103000,
					  .duration_ns = 3000 };
	const struct hw_process unknown = { 0 };
	const struct hw_event event = { .time_ns = 103000, .process = &unknown, .tunnel = &tunnel };
	struct hw_event_shifted room;
	const struct hw_event *e = hw_event_shift(&event, -BY_NS, &room);

	(void)state;
	assert_int_equal(e->time_ns, 103000 - BY_NS);
	assert_int_equal(e->process->start_ns, 0);
	assert_int_equal(e->tunnel->start_ns, 100000 - BY_NS);
	assert_int_equal(e->tunnel->end_ns, 103000 - BY_NS);
	assert_int_equal(e->tunnel->duration_ns, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_times_of_an_exchange_are_shifted),
		cmocka_unit_test(a_tunnel_may_be_shifted_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
