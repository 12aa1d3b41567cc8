/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_progress.c */
#include "unit/unit.h"

#include "cli/progress.h"

#define MILLION 1000000ull
#define SECOND (1000 * MILLION)

static const char *line(const char *path, uint64_t done, uint64_t size, uint64_t elapsed_ns,
			size_t columns)
{
	static char got[1000];
	struct hw_buf out;

	hw_buf_init(&out, sizeof(got) - 1, NULL);
	assert_int_equal(hw_progress_line(path, done, size, elapsed_ns, columns, &out), 0);
	memcpy(got, out.ptr, out.len);
	got[out.len] = '\0';
	hw_buf_clear(&out);
	return got;
}

static void it_says_how_much_and_how_long(void **state)
{
	(void)state;
	assert_string_equal(line("web.pcap", 41 << 20, 100 << 20, SECOND / 2, 80),
			    "web.pcap  41%  41M of 100M  82M/s  0:01 left");
	assert_string_equal(line("web.pcap", 1 << 20, 1ull << 40, SECOND, 80),
			    "web.pcap  0%  1.0M of 1.0T  1.0M/s  291:16:15 left");
	assert_string_equal(line("/var/a/web.pcap", 1 << 20, 100 << 20, SECOND, 80),
			    "web.pcap  1%  1.0M of 100M  1.0M/s  1:39 left");
}

static void of_a_pipe_nobody_knows_the_end(void **state)
{
	(void)state;
	assert_string_equal(line("-", 3000, 0, SECOND, 80), "standard input  2.9k  2.9k/s");
}

static void nothing_was_read_yet_or_more_than_there_was(void **state)
{
	(void)state;
	assert_string_equal(line("a", 0, 5000, 0, 80), "a  0%  0 of 4.8k  0/s");
	assert_string_equal(line("a", 6144, 5000, SECOND, 80),
			    "a  100%  6.0k of 6.0k  6.0k/s  0:00 left");
}

/* A long name gives way, and any byte of it does nothing. */
static void it_fits_a_terminal(void **state)
{
	(void)state;
	for (size_t columns = 0; columns < 60; columns++)
		assert_true(strlen(line("a\x1b[2J\nb.pcap", 2048, 4096, SECOND, columns)) <=
			    columns);
	assert_string_equal(line("a\x1b[2J\nb.pcap", 2048, 4096, SECOND, 48),
			    "a\\x1b[2J\\x  50%  2.0k of 4.0k  2.0k/s  0:01 left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_how_much_and_how_long),
		cmocka_unit_test(of_a_pipe_nobody_knows_the_end),
		cmocka_unit_test(nothing_was_read_yet_or_more_than_there_was),
		cmocka_unit_test(it_fits_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
