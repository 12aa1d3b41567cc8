/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_offload.c */
#include "unit/unit.h"

#include "wire/offload.h"

static struct hw_offload table;

static int set_up(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	table.seed = 2026;
	return 0;
}

static struct hw_addr host(uint32_t n)
{
	const uint8_t bytes[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	return hw_addr_v4(bytes);
}

static void nobody_is_believed_at_first(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 1 << 16; n++) {
		const struct hw_addr a = host(n);

		assert_false(hw_offload_has_right(&table, &a));
	}
	assert_int_not_equal(hw_offload_tag(0), 0);
}

static void who_showed_a_right_one_is_believed(void **state)
{
	const struct hw_addr a = host(1), b = host(2);

	(void)state;
	hw_offload_saw_right(&table, &a);
	assert_true(hw_offload_has_right(&table, &a));
	assert_false(hw_offload_has_right(&table, &b));
	hw_offload_saw_right(&table, &a);
	assert_true(hw_offload_has_right(&table, &a));
}

/* Another host of the same slot: the first one from the n-th on. */
static struct hw_addr rival_of(const struct hw_addr *a, uint32_t *n)
{
	const size_t slot = hw_offload_slot(hw_hash_addr(a, table.seed));
	struct hw_addr b;

	do
		b = host((*n)++);
	while (hw_offload_slot(hw_hash_addr(&b, table.seed)) != slot);
	return b;
}

static void hosts_of_one_slot_have_a_place_each(void **state)
{
	const struct hw_addr a = host(1);
	struct hw_addr rivals[HW_OFFLOAD_PLACES - 1];
	uint32_t n = 1000;

	(void)state;
	hw_offload_saw_right(&table, &a);
	for (size_t i = 0; i < HW_OFFLOAD_PLACES - 1; i++) {
		rivals[i] = rival_of(&a, &n);
		assert_false(hw_offload_has_right(&table, &rivals[i]));
		hw_offload_saw_right(&table, &rivals[i]);
		hw_offload_saw_right(&table, &rivals[i]);
	}
	assert_true(hw_offload_has_right(&table, &a));
	for (size_t i = 0; i < HW_OFFLOAD_PLACES - 1; i++)
		assert_true(hw_offload_has_right(&table, &rivals[i]));
}

static void a_host_can_lose_its_place_and_come_again(void **state)
{
	const struct hw_addr a = host(1);
	uint32_t n = 1000;

	(void)state;
	hw_offload_saw_right(&table, &a);
	for (size_t i = 0; i < HW_OFFLOAD_PLACES; i++) {
		const struct hw_addr b = rival_of(&a, &n);

		assert_true(hw_offload_has_right(&table, &a));
		hw_offload_saw_right(&table, &b);
	}
	assert_false(hw_offload_has_right(&table, &a));
	hw_offload_saw_right(&table, &a);
	assert_true(hw_offload_has_right(&table, &a));
}

/* A full table believes those who are in it: as many as it has places, and no stranger. */
static void strangers_are_not_taken_for_others(void **state)
{
	const size_t places = (size_t)HW_OFFLOAD_SLOTS * HW_OFFLOAD_PLACES;
	size_t believed = 0;

	(void)state;
	for (uint32_t n = 0; n < 16 * places; n++) {
		const struct hw_addr a = host(n);

		hw_offload_saw_right(&table, &a);
		assert_true(hw_offload_has_right(&table, &a));
	}
	for (uint32_t n = 0; n < 1 << 20; n++) {
		const struct hw_addr a = host(n);

		believed += hw_offload_has_right(&table, &a);
	}
	assert_int_equal(believed, places);
}

static void the_seed_chooses_the_slots(void **state)
{
	const struct hw_addr a = host(1);
	uint32_t n = 1000;
	const struct hw_addr b = rival_of(&a, &n);

	(void)state;
	table.seed++;
	assert_int_not_equal(hw_offload_slot(hw_hash_addr(&a, table.seed)),
			     hw_offload_slot(hw_hash_addr(&b, table.seed)));
}

#define OFFLOAD_TEST(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OFFLOAD_TEST(nobody_is_believed_at_first),
		OFFLOAD_TEST(who_showed_a_right_one_is_believed),
		OFFLOAD_TEST(hosts_of_one_slot_have_a_place_each),
		OFFLOAD_TEST(a_host_can_lose_its_place_and_come_again),
		OFFLOAD_TEST(strangers_are_not_taken_for_others),
		OFFLOAD_TEST(the_seed_chooses_the_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
