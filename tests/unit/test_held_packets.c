/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_held_packets.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sink/held_packets.h"

/* Frames that were given, by their numbers; each was checked to be the one that was added. */
static uint64_t given[10000];
static size_t given_nr;

static const char comment[] = "pid 1 (a)", interface[] = "eth0";

static size_t comment_len(uint64_t number)
{
	return number % 5 ? number % sizeof(comment) : 0;
}

static size_t interface_len(uint64_t number)
{
	return number % 3 ? number % sizeof(interface) : 0;
}

static uint8_t byte_of(uint64_t number, size_t at)
{
	return (uint8_t)(number * 31 + at * 7);
}

static size_t bytes_of(uint64_t number, size_t len)
{
	return HW_HELD_PACKETS_OVERHEAD + comment_len(number) + interface_len(number) + len;
}

static enum hw_held_packet add(struct hw_held_packets *h, uint64_t key, uint64_t number, size_t len)
{
	static uint8_t data[4096];
	const struct hw_socket socket = { .cookie = 1 };
	const struct hw_packet_note note = {
		.interface = hw_slice(interface, interface_len(number)),
		.comment = hw_slice(comment, comment_len(number)),
	};
	const struct hw_frame frame = {
		.time_ns = number << 40,
		.number = number,
		.data = data,
		.len = (uint32_t)len,
		.wire_len = (uint32_t)(len + number),
		.linktype = (uint16_t)(number * 3),
		.direction = (uint8_t)(number % 3),
		.checksums_unset = number % 2,
		.socket = &socket,
	};

	for (size_t i = 0; i < len; i++)
		data[i] = byte_of(number, i);
	return hw_held_packets_add(h, key, &frame, &note);
}

static void take(void *ctx, const struct hw_frame *frame, const struct hw_packet_note *note)
{
	const uint64_t number = frame->number;

	(void)ctx;
	assert_int_equal(frame->time_ns, number << 40);
	assert_int_equal(frame->wire_len, frame->len + number);
	assert_int_equal(frame->linktype, (uint16_t)(number * 3));
	assert_int_equal(frame->direction, number % 3);
	assert_int_equal(frame->checksums_unset, number % 2);
	assert_null(frame->socket);
	assert_slice_equal(note->comment, hw_slice(comment, comment_len(number)));
	assert_slice_equal(note->interface, hw_slice(interface, interface_len(number)));
	for (size_t i = 0; i < frame->len; i++)
		assert_int_equal(frame->data[i], byte_of(number, i));
	given[given_nr++] = number;
}

static void release(struct hw_held_packets *h, uint64_t key)
{
	given_nr = 0;
	hw_held_packets_release(h, key, take, NULL);
}

static void check_counts(const struct hw_held_packets *h)
{
	const struct hw_held_packets_counts c = hw_held_packets_counts(h);

	assert_int_equal(c.added, c.passed + c.given + c.dropped + c.held);
}

static struct hw_held_packets *make(size_t bytes, size_t connection_bytes, uint32_t connections)
{
	const struct hw_held_packets_options options = {
		.bytes_max = bytes,
		.connection_bytes_max = connection_bytes,
		.connections_max = connections,
	};
	struct hw_held_packets *h;

	assert_int_equal(hw_held_packets_new(&h, &options), 0);
	return h;
}

static void assert_given(const uint64_t *numbers, size_t nr)
{
	assert_int_equal(given_nr, nr);
	assert_memory_equal(given, numbers, nr * sizeof(*numbers));
}

static void a_connection_s_packets_come_in_their_order(void **state)
{
	struct hw_held_packets *h = make(1 << 16, 1 << 16, 10);

	(void)state;
	for (uint64_t i = 0; i < 9; i++)
		assert_int_equal(add(h, i % 3, i, 100 * i), HW_HELD_PACKET_KEPT);
	release(h, 1);
	assert_given((const uint64_t[]){ 1, 4, 7 }, 3);
	release(h, 1);
	assert_given(NULL, 0);
	assert_int_equal(add(h, 1, 10, 5), HW_HELD_PACKET_RELEASED);
	release(h, 1);
	assert_given(NULL, 0);
	release(h, 2);
	assert_given((const uint64_t[]){ 2, 5, 8 }, 3);
	assert_int_equal(hw_held_packets_counts(h).held, 3);
	check_counts(h);
	hw_held_packets_free(h);
}

/* The message may come first: a connection is released of which nothing was seen. */
static void it_may_be_released_before_its_packets(void **state)
{
	struct hw_held_packets *h = make(1000, 1000, 10);

	(void)state;
	release(h, 7);
	assert_given(NULL, 0);
	assert_int_equal(add(h, 7, 1, 1), HW_HELD_PACKET_RELEASED);
	check_counts(h);
	hw_held_packets_free(h);
}

static void the_oldest_of_all_go_first(void **state)
{
	struct hw_held_packets *h = make(10 * bytes_of(0, 50), 1 << 20, 10);

	(void)state;
	for (uint64_t i = 0; i < 24; i++)
		assert_int_equal(add(h, i % 2, 15 * i, 50), HW_HELD_PACKET_KEPT); /* no notes */
	assert_int_equal(hw_held_packets_counts(h).dropped, 14);
	release(h, 0);
	assert_given((const uint64_t[]){ 15 * 14, 15 * 16, 15 * 18, 15 * 20, 15 * 22 }, 5);
	check_counts(h);
	hw_held_packets_free(h);
}

static void a_connection_has_its_share(void **state)
{
	struct hw_held_packets *h = make(1 << 20, 3 * bytes_of(0, 50), 10);

	(void)state;
	assert_int_equal(add(h, 1, 30, 50), HW_HELD_PACKET_KEPT);
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(add(h, 2, 15 * i, 50), HW_HELD_PACKET_KEPT);
	assert_int_equal(add(h, 2, 75, 3 * bytes_of(0, 50)), HW_HELD_PACKET_DROPPED);
	assert_int_equal(hw_held_packets_counts(h).dropped, 3);
	release(h, 2);
	assert_given((const uint64_t[]){ 30, 45, 60 }, 3);
	release(h, 1);
	assert_given((const uint64_t[]){ 30 }, 1);
	check_counts(h);
	hw_held_packets_free(h);
}

static void the_idle_connection_makes_room_for_another(void **state)
{
	struct hw_held_packets *h = make(1 << 20, 1 << 20, 3);

	(void)state;
	add(h, 1, 1, 1);
	add(h, 2, 2, 1);
	release(h, 3);
	add(h, 1, 4, 1);
	add(h, 4, 5, 1); /* 2 was idle longest */
	assert_int_equal(hw_held_packets_counts(h).dropped, 1);
	add(h, 2, 6, 1);					/* now 3: its mark is lost */
	assert_int_equal(add(h, 3, 7, 1), HW_HELD_PACKET_KEPT); /* now 1 */
	release(h, 2);
	assert_given((const uint64_t[]){ 6 }, 1);
	release(h, 4);
	assert_given((const uint64_t[]){ 5 }, 1);
	release(h, 1);
	assert_given(NULL, 0);
	check_counts(h);
	hw_held_packets_free(h);
}

static void no_room_at_all(void **state)
{
	struct hw_held_packets *h = make(0, 0, 1);

	(void)state;
	assert_int_equal(add(h, 1, 1, 0), HW_HELD_PACKET_DROPPED);
	release(h, 1);
	assert_given(NULL, 0);
	assert_int_equal(add(h, 1, 1, 0), HW_HELD_PACKET_RELEASED);
	check_counts(h);
	hw_held_packets_free(h);
	hw_held_packets_free(NULL);
}

static void notes_are_cut_as_in_files(void **state)
{
	static uint8_t long_text[70000];
	const struct hw_held_packets_options options = HW_HELD_PACKETS_OPTIONS_INIT;
	const struct hw_packet_note note = { hw_slice(long_text, 100), hw_slice(long_text, 70000) };
	const struct hw_frame frame = { .data = long_text, .len = 10, .wire_len = 10 };
	struct hw_held_packets *h;

	(void)state;
	assert_int_equal(hw_held_packets_new(&h, &options), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(hw_held_packets_add(h, 1, &frame, &note), HW_HELD_PACKET_KEPT);
	assert_int_equal(hw_held_packets_counts(h).dropped, 1); /* 3 of 65.6 KB are below 256 KiB */
	hw_held_packets_free(h);
}

/*
 * The model: a list of all packets that have a place in the ring, those of use and others,
 * and of connections, the one that was used last at the end. Slow and plain.
 */
struct model_packet {
	uint64_t key, number;
	size_t bytes;
	bool is_held;
};

struct model_connection {
	uint64_t key;
	bool is_released;
};

static struct model {
	size_t bytes_max, connection_bytes_max, connections_max;
	struct model_packet packets[10000];
	size_t first, end; /* places in the ring are taken by those between */
	struct model_connection connections[16];
	size_t nr;
	uint64_t dropped;
} model;

static size_t model_held(uint64_t key, size_t *ret_first)
{
	size_t bytes = 0;

	*ret_first = model.end;
	for (size_t i = model.end; i-- > model.first;) {
		if (!model.packets[i].is_held || model.packets[i].key != key)
			continue;
		bytes += model.packets[i].bytes;
		*ret_first = i;
	}
	return bytes;
}

static void model_remove(size_t at)
{
	model.nr--;
	memmove(&model.connections[at], &model.connections[at + 1],
		(model.nr - at) * sizeof(model.connections[0]));
}

static size_t model_find(uint64_t key)
{
	for (size_t i = 0; i < model.nr; i++) {
		const struct model_connection c = model.connections[i];

		if (c.key != key)
			continue;
		model_remove(i);
		model.connections[model.nr++] = c;
		return model.nr - 1;
	}
	return SIZE_MAX;
}

/* Returns how many there were. */
static size_t model_let_go(uint64_t key)
{
	size_t nr = 0, i;

	for (; model_held(key, &i); nr++)
		model.packets[i].is_held = false;
	return nr;
}

static void model_connect(uint64_t key)
{
	if (model.nr == model.connections_max) {
		model.dropped += model_let_go(model.connections[0].key);
		model_remove(0);
	}
	model.connections[model.nr++] = (struct model_connection){ .key = key };
}

static size_t model_used(void)
{
	size_t bytes = 0;

	for (size_t i = model.first; i < model.end; i++)
		bytes += model.packets[i].bytes;
	return bytes;
}

static void model_drop_oldest(uint64_t keep)
{
	const struct model_packet *p = &model.packets[model.first++];
	size_t unused;

	if (!p->is_held)
		return;
	model.dropped++;
	if (p->key == keep || model_held(p->key, &unused) != 0)
		return;
	for (size_t i = 0; i < model.nr; i++) {
		if (model.connections[i].key == p->key) {
			model_remove(i);
			return;
		}
	}
}

static enum hw_held_packet model_add(uint64_t key, uint64_t number, size_t bytes)
{
	const size_t at = model_find(key);
	size_t i;

	if (at != SIZE_MAX && model.connections[at].is_released)
		return HW_HELD_PACKET_RELEASED;
	if (bytes > model.connection_bytes_max) {
		model.dropped++;
		return HW_HELD_PACKET_DROPPED;
	}
	if (at == SIZE_MAX)
		model_connect(key);
	while (model_held(key, &i) + bytes > model.connection_bytes_max) {
		model.packets[i].is_held = false;
		model.dropped++;
	}
	while (model_used() + bytes > model.bytes_max)
		model_drop_oldest(key);
	model.packets[model.end++] = (struct model_packet){ key, number, bytes, true };
	return HW_HELD_PACKET_KEPT;
}

static void model_release(uint64_t key)
{
	size_t nr = 0, at = model_find(key);

	for (size_t i = model.first; i < model.end; i++) {
		if (!model.packets[i].is_held || model.packets[i].key != key)
			continue;
		assert_true(nr < given_nr);
		assert_int_equal(given[nr++], model.packets[i].number);
		model.packets[i].is_held = false;
	}
	assert_int_equal(nr, given_nr);
	if (at == SIZE_MAX) {
		model_connect(key);
		at = model.nr - 1;
	}
	model.connections[at].is_released = true;
}

static uint64_t seed;

static size_t below(size_t nr)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % nr);
}

static void do_one(struct hw_held_packets *h, uint64_t number)
{
	const uint64_t key = below(12) * UINT64_C(0x123456789abcdef);
	const size_t what = below(30), len = below(below(10) ? 60 : 300);

	if (what == 0) {
		release(h, key);
		model_release(key);
	} else {
		assert_int_equal(add(h, key, number, len),
				 model_add(key, number, bytes_of(number, len)));
	}
}

static void it_does_what_its_model_does(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct hw_held_packets *h;

		memset(&model, 0, sizeof(model));
		model.bytes_max = 1 + below(3000);
		model.connection_bytes_max = 1 + below(700);
		model.connections_max = 1 + below(10);
		h = make(model.bytes_max, model.connection_bytes_max,
			 (uint32_t)model.connections_max);
		if (model.connection_bytes_max > model.bytes_max)
			model.connection_bytes_max = model.bytes_max;
		for (uint64_t i = 0; i < 2000; i++) {
			do_one(h, i);
			assert_int_equal(hw_held_packets_counts(h).dropped, model.dropped);
			check_counts(h);
		}
		for (uint64_t key = 0; key < 12; key++) {
			release(h, key * UINT64_C(0x123456789abcdef));
			model_release(key * UINT64_C(0x123456789abcdef));
		}
		assert_int_equal(hw_held_packets_counts(h).held, 0);
		hw_held_packets_free(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_s_packets_come_in_their_order),
		cmocka_unit_test(it_may_be_released_before_its_packets),
		cmocka_unit_test(the_oldest_of_all_go_first),
		cmocka_unit_test(a_connection_has_its_share),
		cmocka_unit_test(the_idle_connection_makes_room_for_another),
		cmocka_unit_test(no_room_at_all),
		cmocka_unit_test(notes_are_cut_as_in_files),
		cmocka_unit_test(it_does_what_its_model_does),
	};
	const char *given_seed = getenv("HW_SEED");

	seed = given_seed ? strtoull(given_seed, NULL, 10) : (uint64_t)time(NULL) | 1;
	print_message("HW_SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
