/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_rotation.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "sink/rotation.h"

enum { SMALL = 50, LARGE = 101 }; /* bytes of a file, where 100 is the limit */

static const time_t start = 1700000000; /* 2023-11-14 22:13:20 UTC */

/* A step is a moment's seconds after the start, and how large the file is then. */
static const struct {
	const char *name, *path;
	struct hw_rotation_options options;
	struct {
		int at;
		uint64_t bytes;
		const char *path; /* NULL: stays; "": ends */
	} steps[8];
} cases[] = {
	{ "none", "o%Y", { 0 }, { { 0, UINT64_MAX, NULL }, { 1 << 30, 0, NULL } } },
	{ "size",
	  "o%Y",
	  { .bytes_max = 100 },
	  { { 0, SMALL, NULL }, { 0, 100, NULL }, { 0, LARGE, "o%Y1" }, { 0, LARGE, "o%Y2" } } },
	{ "size, one file", "o", { 100, 0, 1 }, { { 0, LARGE, "o" }, { 0, LARGE, "o" } } },
	{ "size, three files",
	  "o0",
	  { 100, 0, 3 },
	  { { 0, LARGE, "o1" }, { 0, LARGE, "o2" }, { 0, LARGE, "o0" }, { 0, LARGE, "o1" } } },
	{ "size, eleven files", "o00", { 100, 0, 11 }, { { 0, LARGE, "o01" }, { 0, 1, NULL } } },
	{ "ten files need a digit", "o0", { 100, 0, 10 }, { { 0, LARGE, "o1" } } },
	{ "files alone mean nothing", "o", { 0, 0, 7 }, { { 0, LARGE, NULL } } },
	{ "time",
	  "221320",
	  { .seconds = 60 },
	  { { 59, LARGE, NULL },
	    { 60, LARGE, "221420" },
	    { 119, 0, NULL },
	    { 999, 0, "222959" } } },
	{ "clock set back",
	  "221320",
	  { .seconds = 60 },
	  { { -999, LARGE, NULL }, { 60, LARGE, "221420" } } },
	{ "time, the same name", "o", { .seconds = 1 }, { { 1, 1, "o" }, { 2, 1, "o" } } },
	{ "time, two files", "o", { 0, 1, 2 }, { { 1, 1, "o" }, { 1, 1, NULL }, { 2, 1, "" } } },
	{ "both",
	  "221320",
	  { .bytes_max = 100, .seconds = 60 },
	  { { 1, LARGE, "2213201" },
	    { 2, LARGE, "2213202" },
	    { 61, LARGE, "221421" },
	    { 62, LARGE, "2214211" } } },
	{ "both, three files",
	  "2213200",
	  { 100, 60, 3 },
	  { { 1, LARGE, "2213201" },
	    { 60, LARGE, "2214200" },
	    { 61, LARGE, "2214201" },
	    { 62, LARGE, "2214202" },
	    { 63, LARGE, "2214200" },
	    { 120, 0, "2215200" },
	    { 180, 0, "2216200" },
	    { 240, 0, "2217200" } } },
};

static const char *pattern_of(size_t i)
{
	if (cases[i].path[0] != 'o')
		return "%H%M%S";
	return strncmp(cases[i].path, "o%Y", 3) == 0 ? "o%Y" : "o";
}

static void files_are_named_as_by_tcpdump(void **state)
{
	char path[HW_ROTATION_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_rotation r;

		print_message("%s\n", cases[i].name);
		hw_rotation_init(&r, pattern_of(i), &cases[i].options, start);
		assert_int_equal(hw_rotation_path(&r, path), 0);
		assert_string_equal(path, cases[i].path);
		for (size_t k = 0; k < 8; k++) {
			const char *want = cases[i].steps[k].path;
			const enum hw_rotation_step step = hw_rotation_turn(
				&r, cases[i].steps[k].bytes, start + cases[i].steps[k].at);

			assert_int_equal(step, !want	 ? HW_ROTATION_STAY
					       : want[0] ? HW_ROTATION_NEXT
							 : HW_ROTATION_END);
			if (step != HW_ROTATION_NEXT)
				continue;
			assert_int_equal(hw_rotation_path(&r, path), 0);
			assert_string_equal(path, want);
		}
	}
}

static void a_name_that_is_too_long_is_none(void **state)
{
	const struct hw_rotation_options none = { 0 }, size = { 1, 0, 100 }, time = { 0, 1, 0 };
	char name[HW_ROTATION_PATH_MAX + 1], path[HW_ROTATION_PATH_MAX];
	struct hw_rotation r;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[HW_ROTATION_PATH_MAX - 1] = '\0';
	hw_rotation_init(&r, name, &none, start);
	assert_int_equal(hw_rotation_path(&r, path), 0);
	assert_string_equal(path, name);
	hw_rotation_init(&r, name + 1, &size, start); /* there is room for one digit */
	assert_int_equal(hw_rotation_path(&r, path), -ENAMETOOLONG);
	hw_rotation_init(&r, name + 2, &size, start);
	assert_int_equal(hw_rotation_path(&r, path), 0);
	memcpy(name, "%Y", 2);
	hw_rotation_init(&r, name, &time, start);
	assert_int_equal(hw_rotation_path(&r, path), -ENAMETOOLONG);
	name[HW_ROTATION_PATH_MAX - 1] = 'x';
	name[HW_ROTATION_PATH_MAX] = '\0';
	name[0] = 'x';
	hw_rotation_init(&r, name, &none, start);
	assert_int_equal(hw_rotation_path(&r, path), -ENAMETOOLONG);
	hw_rotation_init(&r, "", &time, start);
	assert_int_equal(hw_rotation_path(&r, path), -ENAMETOOLONG);
}

static void sizes_are_millions_of_bytes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: it is none */
	} sizes[] = {
		{ "1", 1000000 },
		{ "0012", 12000000 },
		{ "9223372036854", 9223372036854000000 },
		{ "9223372036855", 0 },
		{ "99999999999999999999", 0 },
		{ "0", 0 },
		{ "", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ " 1", 0 },
		{ "1k", 0 },
		{ "1.5", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t bytes = 0;

		assert_int_equal(hw_rotation_parse_size(sizes[i].text, &bytes),
				 sizes[i].bytes != 0);
		assert_int_equal(bytes, sizes[i].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_named_as_by_tcpdump),
		cmocka_unit_test(a_name_that_is_too_long_is_none),
		cmocka_unit_test(sizes_are_millions_of_bytes),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
