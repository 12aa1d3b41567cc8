/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_announced.c */
#include "unit/unit.h"

#include "live/announced.h"

enum { OTHER_WAY = HW_DIRECTION_INGRESS, WAY = HW_DIRECTION_EGRESS };

static struct hw_announced announced;

static int forget(void **state)
{
	(void)state;
	memset(&announced, 0, sizeof(announced));
	return 0;
}

static void leave(uint64_t cookie, uint32_t direction, uint32_t from)
{
	const struct hw_tap_left left = { .cookie = cookie,
					  .direction = direction,
					  .from = from,
					  .next = from + 10,
					  .until = from + 20 };

	hw_announced_left(&announced, &left);
}

static void ask(uint64_t cookie, uint32_t direction, uint32_t seq, bool is_chunked)
{
	const struct hw_tap_ends_at question = {
		.cookie = cookie, .direction = direction, .seq = seq, .is_chunked = is_chunked
	};

	hw_announced_question(&announced, &question);
}

/* The i-th of a batch, with what it was given. */
static struct hw_frame frame(uint64_t cookie, uint8_t direction, bool has_places, size_t i)
{
	const struct hw_socket socket = { .cookie = cookie, .has_places = has_places };
	struct hw_frame f = { .socket = &socket, .direction = direction };

	hw_announced_give(&announced, &f, i);
	f.socket = NULL;
	return f;
}

static void a_frame_gets_what_is_of_its_socket_and_way(void **state)
{
	struct hw_frame f;

	(void)state;
	leave(5, WAY, 100);
	ask(5, WAY, 700, true);
	f = frame(6, WAY, false, 0);
	assert_null(f.left_out);
	assert_null(f.ends_at);
	f = frame(5, OTHER_WAY, false, 1);
	assert_null(f.left_out);
	assert_null(f.left_out_back);
	assert_null(f.ends_at);
	f = frame(5, WAY, false, 2);
	assert_non_null(f.left_out);
	assert_int_equal(f.left_out->from, 100);
	assert_int_equal(f.left_out->until, 120);
	assert_null(f.left_out_back);
	assert_int_equal(*f.ends_at, 700);
	assert_true(f.asks_chunks);
}

static void it_is_given_once(void **state)
{
	struct hw_frame f;

	(void)state;
	leave(5, WAY, 100);
	assert_non_null(frame(5, WAY, false, 0).left_out);
	f = frame(5, WAY, false, 1);
	assert_null(f.left_out);
}

static void what_ends_a_connection_gets_the_other_way_too(void **state)
{
	struct hw_frame f;

	(void)state;
	leave(5, WAY, 100);
	leave(5, OTHER_WAY, 900);
	ask(5, OTHER_WAY, 700, false);
	f = frame(5, WAY, true, 0);
	assert_int_equal(f.left_out->from, 100);
	assert_int_equal(f.left_out_back->from, 900);
	assert_null(f.ends_at); /* a question is of its own way */
	f = frame(5, OTHER_WAY, true, 1);
	assert_int_equal(*f.ends_at, 700);
	assert_false(f.asks_chunks);
}

static void frames_of_a_batch_keep_theirs(void **state)
{
	struct hw_frame first, second;

	(void)state;
	leave(5, WAY, 100);
	leave(6, WAY, 200);
	first = frame(5, WAY, false, 0);
	second = frame(6, WAY, false, 1);
	assert_int_equal(first.left_out->from, 100);
	assert_int_equal(second.left_out->from, 200);
}

static void what_does_not_come_makes_room(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= HW_ANNOUNCED_MAX; i++)
		leave(i + 1, WAY, i);
	assert_null(frame(1, WAY, false, 0).left_out);
	assert_int_equal(frame(2, WAY, false, 0).left_out->from, 1);
	assert_int_equal(frame(HW_ANNOUNCED_MAX + 1, WAY, false, 0).left_out->from,
			 HW_ANNOUNCED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_frame_gets_what_is_of_its_socket_and_way, forget),
		cmocka_unit_test_setup(it_is_given_once, forget),
		cmocka_unit_test_setup(what_ends_a_connection_gets_the_other_way_too, forget),
		cmocka_unit_test_setup(frames_of_a_batch_keep_theirs, forget),
		cmocka_unit_test_setup(what_does_not_come_makes_room, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
