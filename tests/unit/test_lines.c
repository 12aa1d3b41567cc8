/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_lines.c - lines of several threads, put in order */
#include "unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "cli/lines.h"

enum { MAKERS = 3, FRAMES = 20000, LITTLE = 1 << 17, LINES_MAX = 100 };

static struct hw_engine_place at(uint64_t frame)
{
	return (struct hw_engine_place){ frame, UINT64_MAX };
}

static void put(struct hw_lines *l, unsigned int i, struct hw_engine_place place, const char *text)
{
	struct hw_buf *room = hw_lines_room(l, i);

	assert_non_null(room);
	assert_int_equal(hw_buf_append(room, hw_slice_text(text)), 0);
	hw_lines_put(l, i, place);
}

#define assert_next(l, text)                               \
	do {                                               \
		struct hw_slice line_;                     \
		assert_true(hw_lines_take(l, &line_, 1));  \
		assert_slice_equal(line_, HW_SLICE(text)); \
	} while (0)

static bool has_next(struct hw_lines *l)
{
	struct hw_slice line;

	return hw_lines_take(l, &line, 1);
}

static void a_line_waits_for_those_before_it(void **state)
{
	struct hw_lines *l;

	(void)state;
	assert_int_equal(hw_lines_new(&l, 2, LITTLE), 0);
	assert_false(has_next(l));
	put(l, 0, at(3), "c");
	put(l, 0, at(7), "g");
	hw_lines_reach(l, 0, 8);
	assert_false(has_next(l)); /* the other may have one of frame 1 */
	hw_lines_reach(l, 1, 3);
	assert_next(l, "c");
	assert_false(has_next(l));
	assert_false(hw_lines_are_taken(l));
	put(l, 1, at(5), "e");
	hw_lines_reach(l, 1, 8);
	assert_next(l, "e");
	assert_next(l, "g");
	assert_false(has_next(l));
	assert_true(hw_lines_are_taken(l));
	hw_lines_free(l);
}

static void turns_order_the_lines_of_a_frame(void **state)
{
	struct hw_lines *l;

	(void)state;
	assert_int_equal(hw_lines_new(&l, 2, LITTLE), 0);
	put(l, 0, (struct hw_engine_place){ 1, 20 }, "2");
	put(l, 0, at(1), "4");
	put(l, 1, (struct hw_engine_place){ 1, 10 }, "1");
	put(l, 1, (struct hw_engine_place){ 1, 30 }, "3");
	hw_lines_reach(l, 0, UINT64_MAX);
	hw_lines_reach(l, 1, UINT64_MAX);
	assert_next(l, "1");
	assert_next(l, "2");
	assert_next(l, "3");
	assert_next(l, "4");
	assert_false(has_next(l));
	hw_lines_free(l);
}

static void what_is_not_taken_is_freed(void **state)
{
	struct hw_lines *l;

	(void)state;
	assert_int_equal(hw_lines_new(&l, 2, LITTLE), 0);
	put(l, 0, at(1), "handed over");
	hw_lines_reach(l, 0, 1);
	put(l, 0, at(2), "not yet");
	assert_false(has_next(l));
	hw_lines_free(l);
	hw_lines_free(NULL);
}

/* Two blocks are there again when the next one is begun, and nothing comes into that. */
static void what_is_begun_and_dropped_is_freed_once(void **state)
{
	struct hw_lines *l;

	(void)state;
	assert_int_equal(hw_lines_new(&l, 1, LITTLE), 0);
	for (uint64_t frame = 1; frame <= 3; frame++) {
		put(l, 0, at(frame), "x");
		hw_lines_reach(l, 0, frame);
	}
	for (int i = 0; i < 3; i++)
		assert_next(l, "x");
	assert_false(has_next(l));
	assert_non_null(hw_lines_room(l, 0));
	hw_lines_drop(l, 0);
	hw_lines_reach(l, 0, 4);
	hw_lines_free(l);
}

static void who_made_much_is_told(void **state)
{
	static const char line[1 << 16] = { 0 };
	const struct hw_slice much = { (const uint8_t *)line, sizeof(line) };
	struct hw_slice taken;
	struct hw_lines *l;

	(void)state;
	assert_int_equal(hw_lines_new(&l, 2, 3 * sizeof(line)), 0);
	for (uint64_t frame = 1; frame <= 3; frame++) {
		assert_int_equal(hw_buf_append(hw_lines_room(l, 0), much), 0);
		hw_lines_put(l, 0, at(frame));
		assert_false(hw_lines_is_full(l, 0));
	}
	put(l, 0, at(4), "this begins a block and hands over the third one");
	assert_true(hw_lines_is_full(l, 0));
	assert_false(hw_lines_has_room(l, 0));
	assert_false(hw_lines_is_full(l, 1));
	hw_lines_reach(l, 1, 2);
	assert_true(hw_lines_take(l, &taken, 1));
	assert_false(hw_lines_has_room(l, 0));
	assert_true(hw_lines_take(l, &taken, 1));
	assert_false(has_next(l)); /* frame 3's waits for the other maker */
	assert_true(hw_lines_has_room(l, 0));
	assert_false(hw_lines_is_full(l, 0));
	hw_lines_free(l);
}

/* ---- with threads ---- */

struct maker {
	struct hw_lines *lines;
	unsigned int number;
	size_t line_max;
};

/* Whose the lines of a frame are, and how many there are, is the frame's to say. */
static bool is_mine(const struct maker *m, uint64_t frame)
{
	return frame * 2654435761 / 65536 % MAKERS == m->number;
}

static size_t length_of(const struct maker *m, uint64_t frame)
{
	return 8 + frame * 40503 % m->line_max;
}

/* One that does not become a line, at times longer than a block. */
static void make_none(const struct maker *m, uint64_t frame)
{
	struct hw_buf *room = hw_lines_room(m->lines, m->number);
	const size_t len = frame % 500 == 0 ? 200000 : frame % 50;

	if (hw_buf_reserve(room, len) == 0) {
		memset(room->ptr + room->len, 'x', len);
		room->len += len;
	}
	hw_lines_drop(m->lines, m->number);
}

static void *make(void *ctx)
{
	const struct maker *m = ctx;
	char *line = calloc(1, m->line_max + 8);

	for (uint64_t frame = 1; frame <= FRAMES; frame++) {
		if (frame % 5 == 0)
			make_none(m, frame);
		if (is_mine(m, frame)) {
			memcpy(line, &frame, sizeof(frame));
			hw_buf_append(hw_lines_room(m->lines, m->number),
				      hw_slice(line, length_of(m, frame)));
			hw_lines_put(m->lines, m->number, at(frame));
		}
		while (hw_lines_is_full(m->lines, m->number) &&
		       !hw_lines_has_room(m->lines, m->number))
			sched_yield();
		if (frame % 300 == 0)
			hw_lines_reach(m->lines, m->number, frame);
	}
	hw_lines_reach(m->lines, m->number, UINT64_MAX);
	free(line);
	return NULL;
}

static void expect_all(struct hw_lines *l, const struct maker *m)
{
	uint64_t expected = 1, frame;
	struct hw_slice lines[LINES_MAX];
	size_t nr;

	while (expected <= FRAMES) {
		while ((nr = hw_lines_take(l, lines, 1 + expected % LINES_MAX)))
			for (size_t i = 0; i < nr; i++) { /* all of them are valid still */
				memcpy(&frame, lines[i].ptr, sizeof(frame));
				assert_int_equal(frame, expected++);
				assert_int_equal(lines[i].len, length_of(m, frame));
			}
		sched_yield();
	}
	assert_true(hw_lines_are_taken(l));
}

static void threads(size_t line_max, size_t waiting_max)
{
	struct maker makers[MAKERS];
	pthread_t ids[MAKERS];
	struct hw_lines *l;

	assert_int_equal(hw_lines_new(&l, MAKERS, waiting_max), 0);
	for (unsigned int i = 0; i < MAKERS; i++) {
		makers[i] = (struct maker){ l, i, line_max };
		assert_int_equal(pthread_create(&ids[i], NULL, make, &makers[i]), 0);
	}
	expect_all(l, makers);
	for (unsigned int i = 0; i < MAKERS; i++)
		pthread_join(ids[i], NULL);
	hw_lines_free(l);
}

static void threads_and_one_who_takes(void **state)
{
	(void)state;
	threads(2000, LITTLE);
	threads(20, LITTLE);
}

/* So that each block that is handed over is waited for. */
static void makers_wait_for_room(void **state)
{
	(void)state;
	threads(2000, 1);
}

static void lines_may_be_longer_than_a_block(void **state)
{
	(void)state;
	threads(100000, LITTLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_waits_for_those_before_it),
		cmocka_unit_test(turns_order_the_lines_of_a_frame),
		cmocka_unit_test(what_is_not_taken_is_freed),
		cmocka_unit_test(what_is_begun_and_dropped_is_freed_once),
		cmocka_unit_test(who_made_much_is_told),
		cmocka_unit_test(threads_and_one_who_takes),
		cmocka_unit_test(makers_wait_for_room),
		cmocka_unit_test(lines_may_be_longer_than_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
