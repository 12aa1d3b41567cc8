/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_file_sink.c */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/file.h"

static char path[] = "/tmp/test_file_sink.XXXXXX";

static size_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void writes_lines_in_order_whatever_their_size(void **state)
{
	char *long_line = malloc(200000);
	struct hw_file_sink *s;

	(void)state;
	memset(long_line, 'x', 200000);
	long_line[199999] = '\n';
	assert_int_equal(hw_file_sink_open(&s, path, false), 0);
	assert_int_equal(hw_file_sink_write(s, "a\n", 2), 0);
	assert_int_equal(hw_file_sink_write(s, long_line, 200000), 0);
	assert_int_equal(hw_file_sink_write(s, "b\n", 2), 0);
	assert_int_equal(file_size(), 200002); /* "b" is gathered still */
	assert_int_equal(hw_file_sink_flush(s), 0);
	assert_int_equal(file_size(), 200004);
	assert_int_equal(hw_file_sink_written(s), 3);
	assert_int_equal(hw_file_sink_lost(s), 0);
	hw_file_sink_close(s);
	free(long_line);
}

static void each_line_is_there_at_once(void **state)
{
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, true), 0);
	assert_int_equal(hw_file_sink_write(s, "one\n", 4), 0);
	assert_int_equal(file_size(), 4);
	hw_file_sink_close(s);
}

/* A limit on the file's size stands in for the full disk: a write is cut in a line. */
static void a_line_that_does_not_fit_is_taken_back(void **state)
{
	const struct rlimit small = { 10, RLIM_INFINITY };
	struct rlimit old;
	struct hw_file_sink *s;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(hw_file_sink_open(&s, path, false), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(hw_file_sink_write(s, "abc\n", 4), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(hw_file_sink_flush(s), -EFBIG);
	assert_int_equal(hw_file_sink_write(s, "d\n", 2), -EFBIG);
	hw_file_sink_flush(s);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(hw_file_sink_written(s), 2);
	assert_int_equal(hw_file_sink_lost(s), 4);
	assert_int_equal(file_size(), 8);
	hw_file_sink_close(s);
}

static void a_full_device_is_an_error(void **state)
{
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, "/dev/full", false), 0);
	assert_int_equal(hw_file_sink_write(s, "x\n", 2), 0);
	assert_int_equal(hw_file_sink_flush(s), -ENOSPC);
	assert_int_equal(hw_file_sink_lost(s), 1);
	hw_file_sink_close(s);
	assert_int_equal(hw_file_sink_open(&s, "/nonexistent/file", false), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_lines_in_order_whatever_their_size),
		cmocka_unit_test(each_line_is_there_at_once),
		cmocka_unit_test(a_line_that_does_not_fit_is_taken_back),
		cmocka_unit_test(a_full_device_is_an_error),
	};
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
