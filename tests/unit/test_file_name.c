/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_file_name.c */
#include "unit/unit.h"

#include "source/file_name.h"
#include "tight.h"

static void shortens(const char *name, size_t len, char ret[HW_FILE_NAME_MAX])
{
	/* Its NUL is the last byte. */
	hw_file_name_shorten(ret, (const char *)tight_copy(hw_slice(name, len + 1)).ptr);
}

static void leaves_a_short_name_as_it_is(void **state)
{
	static const char *const names[] = { "", "a b%s.pcap", "a\nb\x1b[2J\xff\\n" };
	char got[HW_FILE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		shortens(names[i], strlen(names[i]), got);
		assert_string_equal(got, names[i]);
	}
}

static void shows_the_end_of_a_long_name(void **state)
{
	char name[1000], got[HW_FILE_NAME_MAX];

	(void)state;
	for (size_t len = 190; len < sizeof(name); len++) {
		const bool is_long = len > HW_FILE_NAME_BYTES;

		memset(name, 'x', len);
		name[len] = '\0';
		shortens(name, len, got);
		assert_int_equal(strlen(got), is_long ? HW_FILE_NAME_BYTES + 3 : len);
		assert_int_equal(strncmp(got, "...", 3) == 0, is_long);
	}
}

static void cuts_between_characters(void **state)
{
	enum { FISH_NR = HW_FILE_NAME_BYTES / 4 + 1 };
	char name[4 * FISH_NR + 4], got[HW_FILE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < FISH_NR; i++)
		memcpy(name + 4 * i, "\xf0\x9f\x90\x9f", 4);
	for (size_t behind = 0; behind < 4; behind++) {
		const size_t len = 4 * FISH_NR + behind;

		memset(name + 4 * FISH_NR, 'x', behind);
		name[len] = '\0';
		shortens(name, len, got);
		assert_memory_equal(got, "...\xf0", 4);
	}
}

static void cuts_no_more_than_a_character(void **state)
{
	char name[HW_FILE_NAME_BYTES + 2], got[HW_FILE_NAME_MAX];

	(void)state;
	memset(name, '\x80', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	shortens(name, sizeof(name) - 1, got);
	assert_int_equal(strlen(got), HW_FILE_NAME_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_a_short_name_as_it_is),
		cmocka_unit_test(shows_the_end_of_a_long_name),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(cuts_no_more_than_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
