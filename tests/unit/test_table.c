/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_table.c - connections are found while others come and go */
#include "unit/unit.h"

#include <stdlib.h>

#include "tcp/table.h"

enum { KEYS = 5000 };

/* A table beside a list of what it must have. */
struct rig {
	struct hw_budget budget;
	struct hw_table table;
	struct hw_flow *has[KEYS];
	uint32_t ids[KEYS]; /* the latest of each, that it has or had; 0 before */
};

static void open_rig(struct rig *r, size_t max)
{
	*r = (struct rig){ .budget = { .max = max } };
	assert_int_equal(hw_table_init(&r->table, 8, KEYS, 42, &r->budget), 0);
}

static void close_rig(struct rig *r)
{
	hw_table_clear(&r->table);
	assert_int_equal(r->budget.used, 0);
}

static struct hw_tcp_key key_of(uint32_t i)
{
	struct hw_tcp_key key = { .port = { 80, (uint16_t)i }, .is_socket = i & 1 };

	key.addr[0] = hw_addr_v4((uint8_t[4]){ 10, 0, 0, 1 });
	key.addr[1] = hw_addr_v4((uint8_t[4]){ 10, 0, 1, (uint8_t)(i >> 8) });
	return key;
}

static struct hw_flow *find(const struct rig *r, uint32_t i)
{
	const struct hw_tcp_key key = key_of(i);

	return hw_table_find(&r->table, &key, hw_table_hash(&r->table, &key));
}

static bool add(struct rig *r, uint32_t i)
{
	const struct hw_tcp_key key = key_of(i);

	r->has[i] =
		hw_table_add(&r->table, &key, hw_table_hash(&r->table, &key), HW_FLOW_IN_USE, i);
	if (r->has[i])
		r->ids[i] = r->has[i]->connection.id;
	return r->has[i];
}

static void removes(struct rig *r, uint32_t i)
{
	hw_table_remove(&r->table, r->has[i], hw_table_hash(&r->table, &r->has[i]->connection.key));
	r->has[i] = NULL;
}

/* What is there now may be another one. */
static void assert_is_there(const struct rig *r, uint32_t i)
{
	const struct hw_flow *f = hw_table_there(&r->table, r->ids[i]);

	if (r->has[i])
		assert_ptr_equal(f, r->has[i]);
	else
		assert_true(!f || f->connection.key.port[1] != i);
}

static void assert_goes_through_all(const struct rig *r)
{
	const struct hw_flow *f;
	uint32_t nr = 0;

	for (uint32_t id = 0; (f = hw_table_from(&r->table, &id)); id++, nr++) {
		assert_int_equal(f->connection.id, id);
		assert_ptr_equal(r->has[f->connection.key.port[1]], f);
	}
	assert_int_equal(nr, r->table.nr);
}

static void assert_finds_all(const struct rig *r)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		assert_ptr_equal(find(r, i), r->has[i]);
		assert_is_there(r, i);
	}
	assert_ptr_equal(hw_table_there(&r->table, UINT32_MAX), NULL);
	assert_goes_through_all(r);
}

static void finds_what_is_there_and_nothing_else(void **state)
{
	uint64_t random = 1;
	struct rig r;

	(void)state;
	open_rig(&r, SIZE_MAX);
	for (int step = 0; step < 100000; step++) {
		const uint32_t i = (uint32_t)(hw_hash_spread(&random) % KEYS);

		if (r.has[i])
			removes(&r, i);
		else
			assert_true(add(&r, i));
		if (step % 5000 == 0)
			assert_finds_all(&r);
	}
	assert_finds_all(&r);
	close_rig(&r);
}

/* And is as a new one, of which more may be made. */
static void may_be_emptied(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, SIZE_MAX);
	for (int times = 0; times < 3; times++) {
		for (uint32_t i = 0; i < 1000; i++)
			assert_true(add(&r, i));
		for (uint32_t i = 0; i < 1000; i += 3)
			removes(&r, i);
		assert_finds_all(&r);
		hw_table_empty(&r.table);
		memset(r.has, 0, sizeof(r.has));
		assert_finds_all(&r);
		assert_int_equal(r.table.removed, 1000 * (times + 1));
		for (int i = 0; i < HW_FLOW_LISTS; i++)
			assert_ptr_equal(hw_table_oldest(&r.table, (enum hw_flow_list)i), NULL);
	}
	close_rig(&r);
}

/* Of two ends in any order. */
static void ends_of_ipv4_are_hashed_as_their_key(void **state)
{
	uint64_t random = 7;
	struct rig r;

	(void)state;
	open_rig(&r, SIZE_MAX);
	for (int i = 0; i < 10000; i++) {
		r.table.has_aes = hw_hash_has_aes() && i % 2;
		const uint64_t bits = hw_hash_spread(&random), more = hw_hash_spread(&random);
		const uint8_t a[4] = { 10, 0, 0, bits & 3 }, b[4] = { 10, 0, 0, bits >> 2 & 3 };
		struct hw_packet p = { .frame = &(struct hw_frame){ 0 },
				       .src = hw_addr_v4(a),
				       .dst = hw_addr_v4(b),
				       .src_port = (uint16_t)(more & 0xf003),
				       .dst_port = (uint16_t)(more >> 16 & 0xf003) };
		const uint64_t ends[2] = { hw_end_v4(0x0a000000 | a[3], p.src_port),
					   hw_end_v4(0x0a000000 | b[3], p.dst_port) };
		struct hw_tcp_key key;

		hw_tcp_key_of(&p, &key);
		assert_int_equal(hw_table_hash_v4(&r.table, ends), hw_table_hash(&r.table, &key));
	}
	close_rig(&r);
}

static void a_group_of_slots_is_seen_alike_by_both_ways(void **state)
{
	_Alignas(64) struct hw_slot group[HW_SLOTS_GROUP];
	uint64_t random = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		const uint32_t hash = (uint32_t)(hw_hash_spread(&random) % 3 - 1);
		struct hw_slots_seen seen, same;

		for (size_t k = 0; k < HW_SLOTS_GROUP; k++)
			group[k] = (struct hw_slot){ (uint32_t)(hw_hash_spread(&random) % 4 - 2),
						     (uint32_t)(hw_hash_spread(&random) % 3 - 1) };
		seen = hw_slots_look(group, hash);
		same = hw_slots_look_portable(group, hash);
		assert_int_equal(seen.equal, same.equal);
		assert_int_equal(seen.free, same.free);
	}
}

static void keeps_the_order_of_use(void **state)
{
	struct rig r;
	const struct hw_flow *f;
	uint32_t nr = 0;

	(void)state;
	open_rig(&r, SIZE_MAX);
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(add(&r, i));
	for (uint32_t i = 0; i < 1000; i += 2)
		hw_table_move(&r.table, r.has[i], HW_FLOW_IN_USE, 1000 + i);
	for (uint32_t i = 1; i < 1000; i += 4)
		removes(&r, i);
	f = hw_table_oldest(&r.table, HW_FLOW_IN_USE);
	for (uint64_t before = 0; f; f = hw_table_newer(&r.table, f), nr++) {
		assert_true(nr == 0 || f->used_ns > before);
		before = f->used_ns;
	}
	assert_int_equal(nr, 750);
	close_rig(&r);
}

/* Searches stay short: it takes no more than the index has room for, and then it is full. */
static void without_memory_for_the_index_it_is_full(void **state)
{
	enum {
		SLOTS = 4096,
		OTHERS = 16 << 20,
		LEFT = 20000 /* for 64 places, not for the index */
	};
	struct rig r;
	uint32_t nr = 0;

	(void)state;
	open_rig(&r, SIZE_MAX);
	assert_true(hw_budget_take(&r.budget, OTHERS));
	while (r.table.slots_nr < SLOTS)
		assert_true(add(&r, nr++));
	do
		r.budget.max = r.budget.used + LEFT;
	while (add(&r, nr) && nr++);
	assert_int_equal(nr, SLOTS / 16 * 15);
	assert_int_equal(r.table.slots_nr, SLOTS);
	assert_finds_all(&r);
	removes(&r, 0);
	assert_true(add(&r, 0));
	r.budget.max = SIZE_MAX;
	while (nr < KEYS)
		assert_true(add(&r, nr++));
	assert_finds_all(&r);
	hw_budget_give(&r.budget, OTHERS);
	close_rig(&r);
}

/* What arrives out of order needs memory, too. */
static void connections_leave_a_quarter_of_the_budget(void **state)
{
	struct rig r;
	size_t nr = 0;

	(void)state;
	open_rig(&r, 400000);
	while (add(&r, (uint32_t)nr))
		nr++;
	assert_true(nr > 1000);
	assert_true(nr * r.table.flow_bytes <= r.budget.max / 4 * 3);
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there_and_nothing_else),
		cmocka_unit_test(may_be_emptied),
		cmocka_unit_test(ends_of_ipv4_are_hashed_as_their_key),
		cmocka_unit_test(a_group_of_slots_is_seen_alike_by_both_ways),
		cmocka_unit_test(keeps_the_order_of_use),
		cmocka_unit_test(without_memory_for_the_index_it_is_full),
		cmocka_unit_test(connections_leave_a_quarter_of_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
