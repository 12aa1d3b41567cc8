/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_suggest.c */
#include "unit/unit.h"

#include "cli/suggest.h"

static const char *nearest(const char *word)
{
	static const char *const names[] = { "read", "max-memory", "max-head", "color", "strict" };
	struct hw_suggest s;

	hw_suggest_init(&s, word, strlen(word));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		hw_suggest_offer(&s, names[i]);
	return s.best;
}

static void finds_what_was_meant(void **state)
{
	(void)state;
	assert_string_equal(nearest("colour"), "color");
	assert_string_equal(nearest("stirct"), "strict");
	assert_string_equal(nearest("max-memroy"), "max-memory");
	assert_string_equal(nearest("max-haed"), "max-head");
	assert_string_equal(nearest("raed"), "read");
}

static void does_not_guess_wildly(void **state)
{
	(void)state;
	assert_null(nearest("interface"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("a-word-that-is-much-longer-than-any-option-that-there-will-ever-be"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_meant),
		cmocka_unit_test(does_not_guess_wildly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
