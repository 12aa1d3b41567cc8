/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_requests.c - requests are known when their response comes */
#include "unit/unit.h"

#include <stdio.h>

#include "engine/requests.h"

static struct hw_budget budget;

static int setup(void **state)
{
	(void)state;
	budget = (struct hw_budget){ .max = 1 << 20 };
	return 0;
}

static void push(struct hw_requests **r, unsigned number, size_t len)
{
	static char host[16], target[10000];
	const int host_len = snprintf(host, sizeof(host), "host-%u", number);
	const struct hw_event_request request = { HW_SLICE("GET"), hw_slice(host, (size_t)host_len),
						  hw_slice(target, len), HW_SLICE("/") };

	memset(target, 'a' + (int)(number % 26), len);
	hw_requests_push(r, &request, &budget);
}

static bool is_known(const struct hw_requests *r, unsigned number)
{
	const struct hw_event_request request = hw_requests_peek(r);
	char host[16];

	if (!request.method.len)
		return false;
	snprintf(host, sizeof(host), "host-%u", number);
	assert_slice_equal(request.method, HW_SLICE("GET"));
	assert_slice_equal(request.host, hw_slice_text(host));
	assert_slice_equal(request.uri_path, HW_SLICE("/"));
	if (request.target.len)
		assert_int_equal(request.target.ptr[request.target.len - 1], 'a' + number % 26);
	return true;
}

static void test_in_order(void **state)
{
	struct hw_requests *r = NULL;
	unsigned pushed = 0, popped = 0;

	(void)state;
	assert_false(is_known(r, 0));
	hw_requests_pop(r);
	for (unsigned round = 0; round < 2000; round++) {
		for (unsigned i = 0; i < round % 7; i++)
			push(&r, pushed++, round % 50);
		for (unsigned i = 0; i < round % 7; i++) {
			assert_true(is_known(r, popped));
			hw_requests_pop(r);
			popped++;
		}
	}
	assert_false(is_known(r, popped));
	hw_requests_clear(&r);
	assert_null(r);
	assert_int_equal(budget.used, 0);
}

static void test_long_ones_are_cut(void **state)
{
	struct hw_requests *r = NULL;

	(void)state;
	push(&r, 1, 5000);
	assert_true(is_known(r, 1));
	assert_int_equal(hw_requests_peek(r).target.len, HW_REQUEST_TEXT_MAX);
	hw_requests_clear(&r);
	assert_int_equal(budget.used, 0);
}

/* Those that find no room are not known, and others are not taken for them. */
static void test_too_many(void **state)
{
	struct hw_requests *r = NULL;
	unsigned known = 0, i;

	(void)state;
	for (i = 0; i < 100; i++)
		push(&r, i, 1000);
	while (is_known(r, known)) {
		hw_requests_pop(r);
		known++;
	}
	assert_in_range(known, 50, 70);
	for (i = 0; i < 3; i++)
		push(&r, 100 + i, 1000);
	for (i = known; i < 100; i++) {
		assert_false(is_known(r, i));
		hw_requests_pop(r);
	}
	for (i = 100; i < 103; i++) {
		assert_true(is_known(r, i));
		hw_requests_pop(r);
	}
	hw_requests_clear(&r);
	assert_int_equal(budget.used, 0);
}

static void test_no_memory(void **state)
{
	struct hw_requests *r = NULL;

	(void)state;
	budget.max = 0;
	push(&r, 0, 10);
	assert_false(is_known(r, 0));
	hw_requests_pop(r);
	budget.max = 600;
	push(&r, 1, 10);
	push(&r, 2, 4000);
	assert_int_equal(hw_requests_peek(r).method.len, 3);
	hw_requests_clear(&r);
	assert_int_equal(budget.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_in_order, setup),
		cmocka_unit_test_setup(test_long_ones_are_cut, setup),
		cmocka_unit_test_setup(test_too_many, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
