/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_suggest.c */
#include "unit/unit.h"

#include "cli/suggest.h"

static const char *nearest(const char *word)
{
	static const char *const names[] = {
		"read",
		"max-memory",
		"max-head",
		"color",
		"strict",
		"ip",
		"direction",
		"tunnel.duration",
		"http.duration",
		"http.date",
		"peer.process.pid",
		"process.pid",
		"http.request.method",
		"frame.number",
		"frame.time_epoch",
	};
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
	assert_string_equal(nearest("http.dtae"), "http.date");
}

static void prefers_names_that_have_the_word(void **state)
{
	(void)state;
	assert_string_equal(nearest("pid"), "process.pid");
	assert_string_equal(nearest("duration"), "http.duration");
	assert_string_equal(nearest("frame.time"), "frame.time_epoch");
	assert_string_equal(nearest("http.method"), "http.request.method");
	assert_string_equal(nearest("method"), "http.request.method");
	assert_string_equal(nearest("dir"), "direction");
}

static void does_not_guess_wildly(void **state)
{
	(void)state;
	assert_null(nearest("interface"));
	assert_null(nearest("http.status"));
	assert_null(nearest("frame.size"));
	assert_null(nearest("rood"));
	assert_null(nearest("."));
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("a-word-that-is-much-longer-than-any-option-that-there-will-ever-be"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_meant),
		cmocka_unit_test(prefers_names_that_have_the_word),
		cmocka_unit_test(does_not_guess_wildly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
