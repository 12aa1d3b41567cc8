/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_vectors.c - a message is read as Go's net/http reads it */
#include "unit/unit.h"

#include <stdlib.h>

#include "unit/vector.h"

/* An exact copy on the heap: a read past its end is seen by a sanitizer. */
static uint8_t *copy_of(struct hw_slice s)
{
	uint8_t *copy = malloc(s.len + !s.len);

	assert_non_null(copy);
	memcpy(copy, s.ptr, s.len);
	return copy;
}

static bool has_end(struct hw_slice head)
{
	return memmem(head.ptr, head.len, "\n\r\n", 3) || memmem(head.ptr, head.len, "\n\n", 2);
}

static void all_vectors_are_read_to_the_letter(void **state)
{
	struct hw_budget budget = { .max = 16 << 20 };
	struct hw_http_scratch *scratch;
	int differ = 0;

	(void)state;
	assert_int_equal(hw_http_scratch_new(&scratch, &budget), 0);
	for (size_t i = 0; i < VECTORS_NR; i++) {
		const struct vector *v = &vectors[i];
		uint8_t *input = copy_of(v->input);
		struct hw_http_message m;
		const char *what;

		assert_int_equal(
			hw_http_message_read(
				scratch, hw_slice(input, v->input.len), v->kind,
				has_end(v->input) ? HW_HTTP_WHOLE : HW_HTTP_CUT_CAPTURE_END, &m),
			0);
		what = vector_difference(v, &m);
		if (what)
			print_error("%s: %s\n", v->name, what);
		differ += what != NULL;
		free(input);
	}
	assert_int_equal(differ, 0);
	assert_int_equal(VECTORS_NR, 323);
	hw_http_scratch_free(scratch);
	assert_int_equal(budget.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_vectors_are_read_to_the_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
