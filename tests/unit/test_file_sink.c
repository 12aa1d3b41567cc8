/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_file_sink.c */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/file.h"
#include "unit/files.h"

enum { LENT_BYTES = 300000, READ_BYTES = 1000 };

static const struct hw_file_sink_options plain, each_record = { .each_record = true };

static char path[] = "/tmp/test_file_sink.XXXXXX";

static size_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

/* Into the file that it belongs to. */
static int write_record(struct hw_file_sink *s, const char *record, size_t len)
{
	if (hw_file_sink_turn(s) == HW_FILE_SINK_ENDED)
		return HW_FILE_SINK_ENDED;
	return hw_file_sink_append(s, record, len, 1);
}

static void writes_lines_in_order_whatever_their_size(void **state)
{
	char *long_line = malloc(200000);
	struct hw_file_sink *s;

	(void)state;
	memset(long_line, 'x', 200000);
	long_line[199999] = '\n';
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	assert_int_equal(write_record(s, "a\n", 2), 0);
	assert_int_equal(write_record(s, long_line, 200000), 0);
	assert_int_equal(write_record(s, "b\n", 2), 0);
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
	assert_int_equal(hw_file_sink_open(&s, path, &each_record), 0);
	assert_int_equal(write_record(s, "one\n", 4), 0);
	assert_int_equal(file_size(), 4);
	hw_file_sink_close(s);
}

/*
 * A limit on the file's size stands in for the full disk: a write is cut in a line. Returns the
 * limit there was.
 */
static rlim_t limit_files(rlim_t bytes)
{
	struct rlimit limit;
	rlim_t before;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return before;
}

static void a_line_that_does_not_fit_is_taken_back(void **state)
{
	enum { FILE_MAX = 10 };
	rlim_t old;
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(write_record(s, "abc\n", 4), 0);
	old = limit_files(FILE_MAX);
	assert_int_equal(hw_file_sink_flush(s), -EFBIG);
	assert_int_equal(write_record(s, "d\n", 2), -EFBIG);
	hw_file_sink_flush(s);
	limit_files(old);
	assert_int_equal(hw_file_sink_written(s), 2);
	assert_int_equal(hw_file_sink_lost(s), 4);
	assert_int_equal(file_size(), 8);
	hw_file_sink_close(s);
}

static void a_full_device_is_an_error(void **state)
{
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, "/dev/full", &plain), 0);
	assert_int_equal(write_record(s, "x\n", 2), 0);
	assert_int_equal(hw_file_sink_flush(s), -ENOSPC);
	assert_int_equal(hw_file_sink_lost(s), 1);
	hw_file_sink_close(s);
	assert_int_equal(hw_file_sink_open(&s, "/nonexistent/file", &plain), -ENOENT);
}

/* What the files called path + suffix hold, one after the other; "-" where there is none. */
static void assert_file(const char *suffix, const char *want)
{
	char name[100], got[100];
	FILE *f;
	size_t len;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	f = fopen(name, "r");
	if (!f) {
		assert_string_equal("-", want);
		return;
	}
	len = fread(got, 1, sizeof(got) - 1, f);
	got[len] = '\0';
	fclose(f);
	assert_string_equal(got, want);
}

static void write_words(struct hw_file_sink *s, const char *words)
{
	for (; *words; words++) {
		const char line[] = { *words, *words, *words, '\n' };

		assert_int_equal(write_record(s, line, sizeof(line)), 0);
	}
}

/* A file ends once it is larger than the limit: with the record that goes past it. */
static void a_record_is_never_in_two_files(void **state)
{
	static const char *const all[] = { "0", "1", "2", NULL };
	const struct hw_file_sink_options options = { .rotation = { .bytes_max = 7,
								    .files_max = 3 } };
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	write_words(s, "abcdefg");
	assert_int_equal(hw_file_sink_files(s), 4);
	assert_string_equal(hw_file_sink_path(s) + strlen(path), "0");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("0", "ggg\n");
	assert_file("1", "ccc\nddd\n");
	assert_file("2", "eee\nfff\n");
	remove_files(path, all);
}

static time_t fake_time = 1000000000;

static time_t fake_now(time_t *ret)
{
	(void)ret;
	return fake_time;
}

static void it_ends_after_as_many_files(void **state)
{
	static const char *const all[] = { ".46:40", ".46:45", NULL };
	const struct hw_file_sink_options options = {
		.rotation = { .seconds = 5, .files_max = 2 },
		.now = fake_now,
	};
	struct hw_file_sink *s;
	char name[100];

	(void)state;
	snprintf(name, sizeof(name), "%s.%%M:%%S", path);
	assert_int_equal(hw_file_sink_open(&s, name, &options), 0);
	write_words(s, "ab");
	fake_time += 5;
	write_words(s, "cd");
	fake_time += 7;
	assert_int_equal(write_record(s, "e\n", 2), HW_FILE_SINK_ENDED);
	assert_int_equal(write_record(s, "f\n", 2), HW_FILE_SINK_ENDED);
	assert_int_equal(hw_file_sink_written(s), 4);
	assert_int_equal(hw_file_sink_lost(s), 0);
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file(".46:40", "aaa\nbbb\n");
	assert_file(".46:45", "ccc\nddd\n");
	remove_files(path, all);
}

static void time_turns_it_without_a_record(void **state)
{
	static const char *const all[] = { ".00", ".05", ".10", NULL };
	const struct hw_file_sink_options options = {
		.rotation = { .seconds = 5, .bytes_max = 3 },
		.now = fake_now,
	};
	struct hw_file_sink *s;
	char name[100];

	(void)state;
	fake_time = 1000000020;
	snprintf(name, sizeof(name), "%s.%%S", path);
	assert_int_equal(hw_file_sink_open(&s, name, &options), 0);
	write_words(s, "a");
	assert_int_equal(hw_file_sink_tick(s), 0);
	assert_int_equal(hw_file_sink_files(s), 1); /* for its size it waits for a record */
	fake_time += 5;
	assert_int_equal(hw_file_sink_tick(s), 0);
	assert_file(".00", "aaa\n");
	fake_time += 5;
	assert_int_equal(hw_file_sink_tick(s), 0);
	write_words(s, "b");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file(".05", "");
	assert_file(".10", "bbb\n");
	remove_files(path, all);
}

static void the_path_is_opened_again(void **state)
{
	static const char *const all[] = { ".old", NULL };
	struct hw_file_sink *s;
	char old[100];

	(void)state;
	snprintf(old, sizeof(old), "%s.old", path);
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	write_words(s, "a");
	assert_int_equal(hw_file_sink_reopen(s), 0); /* nobody moved it: nothing is lost */
	write_words(s, "b");
	assert_int_equal(rename(path, old), 0);
	write_words(s, "c");
	assert_int_equal(hw_file_sink_reopen(s), 0);
	write_words(s, "d");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file(".old", "aaa\nbbb\nccc\n");
	assert_file("", "ddd\n");
	remove_files(path, all);
}

static void what_cannot_be_opened_again_is_used_on(void **state)
{
	char dir[] = "/tmp/test_file_sink_dir.XXXXXX", name[100], moved[100];
	struct hw_file_sink *s;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/file", dir);
	snprintf(moved, sizeof(moved), "%s.moved", path);
	assert_int_equal(hw_file_sink_open(&s, name, &plain), 0);
	assert_int_equal(rename(name, moved), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(hw_file_sink_reopen(s), -ENOENT);
	write_words(s, "a");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_int_equal(stat(moved, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(moved);
}

static void a_file_that_was_cut_is_written_at_its_end(void **state)
{
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &each_record), 0);
	write_words(s, "ab");
	assert_int_equal(truncate(path, 0), 0);
	write_words(s, "c");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("", "ccc\n");
}

static void what_is_there_is_kept(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "", "aaa\n" },
		{ "x\n", "x\naaa\n" },
		{ "x\ny", "x\ny\naaa\n" }, /* cut */
		{ "\n", "\naaa\n" },
	};
	const struct hw_file_sink_options options = { .append = true };
	struct hw_file_sink *s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *f = fopen(path, "w");

		fputs(cases[i].before, f);
		fclose(f);
		assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
		write_words(s, "a");
		assert_int_equal(hw_file_sink_close(s), 0);
		assert_file("", cases[i].after);
	}
	unlink(path);
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	write_words(s, "a");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("", "aaa\n");
}

/* Nobody can say whether its last line has ended. Root may read all, so it is somebody else's. */
static void what_cannot_be_read_is_not_kept_open(void **state)
{
	const struct hw_file_sink_options options = { .append = true };
	const bool is_root = geteuid() == 0;
	struct hw_file_sink *s;
	const int before = next_descriptor();

	(void)state;
	assert_int_equal(chmod(path, 0200), 0);
	assert_int_equal(is_root ? chown(path, 65534, 65534) : 0, 0);
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	assert_int_equal(hw_file_sink_open(&s, path, &options), -EACCES);
	assert_int_equal(next_descriptor(), before);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	assert_int_equal(is_root ? chown(path, 0, 0) : 0, 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* An old file that others could read is made private before anything is written. */
static void private_files_are_the_owner_s_alone(void **state)
{
	const struct hw_file_sink_options options = { .is_private = true };
	struct hw_file_sink *s;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			unlink(path);
		else
			assert_int_equal(chmod(path, 0664), 0);
		assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		hw_file_sink_close(s);
	}
	chmod(path, 0644);
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	hw_file_sink_close(s);
}

static void the_next_file_that_cannot_be_opened_is_an_error(void **state)
{
	static const char *const all[] = { "0", NULL };
	const struct hw_file_sink_options options = { .rotation = { .bytes_max = 1,
								    .files_max = 2 } };
	struct hw_file_sink *s;
	char second[100];

	(void)state;
	snprintf(second, sizeof(second), "%s1", path);
	assert_int_equal(mkdir(second, 0700), 0);
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	write_words(s, "a");
	assert_int_equal(write_record(s, "b\n", 2), -EISDIR);
	assert_string_equal(hw_file_sink_path(s), second);
	assert_int_equal(write_record(s, "c\n", 2), -EISDIR);
	assert_int_equal(hw_file_sink_flush(s), -EISDIR);
	assert_int_equal(hw_file_sink_written(s), 1);
	assert_int_equal(hw_file_sink_lost(s), 2);
	assert_int_equal(hw_file_sink_close(s), -EISDIR);
	assert_file("0", "aaa\n");
	remove_files(path, all);
	rmdir(second);
}

static void standard_output_is_not_rotated(void **state)
{
	const struct hw_file_sink_options options = { .rotation.bytes_max = 1 };
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, "-", &options), -EINVAL);
	assert_int_equal(hw_file_sink_open(&s, NULL, &options), -EINVAL);
	assert_int_equal(hw_file_sink_open(&s, "/dev/stdout", &plain), 0);
	assert_int_equal(hw_file_sink_reopen(s), 0);
	assert_string_equal(hw_file_sink_path(s), "standard output");
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_int_not_equal(fcntl(STDOUT_FILENO, F_GETFD), -1); /* it is not ours to close */
}

static const struct hw_file_sink_options document = { .head = "[\n", .tail = "]\n" };

static void every_file_is_a_document(void **state)
{
	static const char *const all[] = { "0", "1", "2", NULL };
	struct hw_file_sink_options options = document;
	struct hw_file_sink *s;

	(void)state;
	options.rotation = (struct hw_rotation_options){ .bytes_max = 7, .files_max = 3 };
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	assert_file("0", "[\n"); /* at once: a reader knows what comes */
	write_words(s, "abcde");
	assert_int_equal(hw_file_sink_files(s), 3);
	assert_int_equal(hw_file_sink_written(s), 4); /* one is gathered; heads are no records */
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("0", "[\naaa\nbbb\n]\n");
	assert_file("1", "[\nccc\nddd\n]\n");
	assert_file("2", "[\neee\n]\n");
	remove_files(path, all);
}

/* Who opens a pipe when its reader has gone gets nothing: a tail alone is no document. */
static void nobody_gets_a_tail_alone(void **state)
{
	struct hw_file_sink *s;
	char fifo[100], got[8];
	int reader;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(hw_file_sink_open(&s, fifo, &document), 0);
	assert_int_equal(read(reader, got, sizeof(got)), 2); /* the head */
	close(reader);
	assert_int_equal(write_record(s, "1\n", 2), 0);
	assert_int_equal(hw_file_sink_flush(s), -EPIPE);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(hw_file_sink_close(s), -EPIPE);
	assert_int_equal(read(reader, got, sizeof(got)), 0);
	close(reader);
	unlink(fifo);
}

static void the_last_file_has_one_tail(void **state)
{
	static const char *const all[] = { ".12", NULL };
	struct hw_file_sink_options options = document;
	struct hw_file_sink *s;
	char name[100];

	(void)state;
	fake_time = 12;
	snprintf(name, sizeof(name), "%s.%%S", path);
	options.rotation = (struct hw_rotation_options){ .seconds = 5, .files_max = 1 };
	options.now = fake_now;
	assert_int_equal(hw_file_sink_open(&s, name, &options), 0);
	write_words(s, "a");
	fake_time += 5;
	assert_int_equal(write_record(s, "e\n", 2), HW_FILE_SINK_ENDED);
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file(".12", "[\naaa\n]\n");
	remove_files(path, all);
}

static void a_document_that_was_moved_is_ended(void **state)
{
	static const char *const all[] = { ".old", NULL };
	struct hw_file_sink *s;
	char old[100];

	(void)state;
	snprintf(old, sizeof(old), "%s.old", path);
	assert_int_equal(hw_file_sink_open(&s, path, &document), 0);
	write_words(s, "a");
	assert_int_equal(hw_file_sink_reopen(s), 0); /* the same file: it goes on */
	assert_int_equal(hw_file_sink_files(s), 1);
	write_words(s, "b");
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(hw_file_sink_reopen(s), 0);
	assert_int_equal(hw_file_sink_files(s), 2);
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file(".old", "[\naaa\nbbb\n]\n");
	assert_file("", "[\n]\n");
	remove_files(path, all);
}

/* What is freed by taking a record back is enough for the tail. */
static void a_document_on_a_full_disk_is_whole(void **state)
{
	enum { FILE_MAX = 12 };
	rlim_t old;
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &document), 0);
	write_words(s, "abc");
	old = limit_files(FILE_MAX);
	assert_int_equal(hw_file_sink_close(s), -EFBIG);
	limit_files(old);
	assert_file("", "[\naaa\nbbb\n]\n");
}

/* ---- without a copy ---- */

/* `len` letters and an LF, appended to the room. */
static void make_line(struct hw_file_sink *s, char letter, size_t len)
{
	struct hw_buf *room = hw_file_sink_room(s);

	assert_int_equal(hw_buf_reserve(room, len + 1), 0);
	memset(room->ptr + room->len, letter, len);
	room->ptr[room->len + len] = '\n';
	room->len += len + 1;
}

static void what_is_made_in_place_goes_to_the_next_file(void **state)
{
	static const char *const all[] = { "", "1", NULL };
	const struct hw_file_sink_options options = { .rotation.bytes_max = 7 };
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	for (const char *word = "abxc"; *word; word++) {
		make_line(s, *word, 3);
		if (*word == 'x') {
			hw_file_sink_drop(s);
			continue;
		}
		assert_int_equal(hw_file_sink_turn(s), 0);
		assert_int_equal(hw_file_sink_take(s, 1), 0);
	}
	assert_int_equal(hw_file_sink_files(s), 2);
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("", "aaa\nbbb\n");
	assert_file("1", "ccc\n");
	remove_files(path, all + 1);
}

/* Whatever the size: none is cut, doubled or left, and little enough is gathered. */
static void what_is_made_in_place_is_written_once(void **state)
{
	static const size_t lens[] = {
		1, 140000, 3, 60000, 60000, 60000, 131071, 131072, 2, 200000
	};
	const size_t nr = sizeof(lens) / sizeof(lens[0]);
	struct hw_file_sink *s;
	size_t sum = 0;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	for (size_t i = 0; i < nr; i++) {
		make_line(s, (char)('a' + i), lens[i]);
		assert_int_equal(hw_file_sink_take(s, 1), 0);
		sum += lens[i] + 1;
		assert_true(sum - file_size() <= 131072);
	}
	assert_int_equal(write_record(s, "z\n", 2), 0);
	assert_int_equal(hw_file_sink_flush(s), 0);
	assert_int_equal(hw_file_sink_written(s), nr + 1);
	assert_int_equal(hw_file_sink_close(s), 0);

	FILE *f = fopen(path, "r");

	for (size_t i = 0; i < nr; i++) {
		for (size_t at = 0; at < lens[i]; at++)
			assert_int_equal(getc(f), 'a' + (int)i);
		assert_int_equal(getc(f), '\n');
	}
	assert_int_equal(getc(f), 'z');
	fclose(f);
}

/* Behind what is gathered, in as many pieces as it takes. */
static void what_is_lent_is_written_from_where_it_is(void **state)
{
	enum { LINES_NR = 2000 };
	static char lines[LINES_NR][8];
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	assert_int_equal(write_record(s, "begin\n", 6), 0);
	for (int i = LINES_NR; i-- > 0;) { /* none follows another in memory */
		snprintf(lines[i], sizeof(lines[i]), "%06d\n", i);
		assert_int_equal(hw_file_sink_lend(s, lines[i], 7, 1), 0);
		assert_int_equal(hw_file_sink_lend(s, lines[i], 0, 0), 0);
	}
	assert_int_equal(write_record(s, "end\n", 4), 0);
	assert_int_equal(hw_file_sink_flush(s), 0);
	assert_int_equal(hw_file_sink_written(s), LINES_NR + 2);
	assert_int_equal(hw_file_sink_close(s), 0);

	FILE *f = fopen(path, "r");
	char line[16];

	assert_string_equal(fgets(line, sizeof(line), f), "begin\n");
	for (int i = LINES_NR; i-- > 0;)
		assert_string_equal(fgets(line, sizeof(line), f), lines[i]);
	assert_string_equal(fgets(line, sizeof(line), f), "end\n");
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
}

static void lent_lines_that_do_not_fit_are_taken_back(void **state)
{
	enum { FILE_MAX = 10 };
	static const char lines[] = "abc\n?def\n?ghi\n?jkl\n";
	rlim_t old;
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &plain), 0);
	old = limit_files(FILE_MAX);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(hw_file_sink_lend(s, lines + 5 * i, 4, 1), 0);
	assert_int_equal(hw_file_sink_flush(s), -EFBIG);
	assert_int_equal(hw_file_sink_lend(s, lines, 4, 1), -EFBIG);
	hw_file_sink_flush(s);
	limit_files(old);
	assert_int_equal(hw_file_sink_written(s), 2);
	assert_int_equal(hw_file_sink_lost(s), 3);
	hw_file_sink_close(s);
	assert_file("", "abc\ndef\n");
}

static void *read_slowly(void *ctx)
{
	const int fd = *(int *)ctx;
	char *got = calloc(1, LENT_BYTES + READ_BYTES + 1);
	ssize_t n;

	for (size_t len = 0; (n = read(fd, got + len, READ_BYTES)) > 0; len += (size_t)n)
		usleep(50);
	return got;
}

/* A pipe that takes a part of a line, and then nothing for a while. */
static void what_is_lent_is_written_whole_to_who_reads_slowly(void **state)
{
	static char bytes[LENT_BYTES + LENT_BYTES / 100];
	struct hw_file_sink *s;
	const int before = dup(STDOUT_FILENO);
	char *got, *expected = bytes;
	pthread_t reader;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(hw_file_sink_open(&s, NULL, &plain), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 101 == 99 ? '\n' : (char)('a' + i % 23);
	for (size_t at = 0; at < sizeof(bytes); at += 101)
		assert_int_equal(hw_file_sink_lend(s, bytes + at, 100, 1), 0);
	assert_int_equal(hw_file_sink_close(s), 0);
	close(fds[1]);
	dup2(before, STDOUT_FILENO);
	close(before);
	pthread_join(reader, (void **)&got);
	for (size_t at = 0; at < LENT_BYTES; at += 100, expected += 101)
		assert_memory_equal(got + at, expected, 100);
	assert_int_equal(strlen(got), LENT_BYTES);
	free(got);
	close(fds[0]);
}

static void lent_lines_go_to_the_next_file(void **state)
{
	static const char lines[] = "aaa\nbbb\nccc\n";
	static const char *const all[] = { "", "1", NULL };
	const struct hw_file_sink_options options = { .rotation.bytes_max = 7 };
	struct hw_file_sink *s;

	(void)state;
	assert_int_equal(hw_file_sink_open(&s, path, &options), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hw_file_sink_turn(s), 0);
		assert_int_equal(hw_file_sink_lend(s, lines + 4 * i, 4, 1), 0);
	}
	assert_int_equal(hw_file_sink_close(s), 0);
	assert_file("", "aaa\nbbb\n");
	assert_file("1", "ccc\n");
	remove_files(path, all + 1);
}

static void a_socket_that_is_left_is_seen_to_be_left(void **state)
{
	const int before = dup(STDOUT_FILENO);
	struct hw_file_sink *s;
	int fds[2], gone;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(hw_file_sink_open(&s, NULL, &plain), 0);
	assert_int_equal(hw_file_sink_tick(s), 0);
	close(fds[0]);
	gone = hw_file_sink_tick(s);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(fds[1]);
	assert_int_equal(gone, -EPIPE);
	assert_int_equal(hw_file_sink_close(s), -EPIPE);
}

/* But for a pipe that was opened by its name, which somebody else may read next. */
static void who_goes_away_is_seen_to_be_gone(void **state)
{
	struct hw_file_sink *s, *named;
	const int before = dup(STDOUT_FILENO);
	char fifo[100];
	int fds[2], reader, gone;

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(hw_file_sink_open(&named, fifo, &plain), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(hw_file_sink_open(&s, NULL, &plain), 0);
	assert_int_equal(hw_file_sink_tick(s), 0);
	close(fds[0]);
	close(reader);
	gone = hw_file_sink_tick(s);
	dup2(before, STDOUT_FILENO);
	close(before);
	assert_int_equal(gone, -EPIPE);
	assert_int_equal(hw_file_sink_tick(named), 0);
	assert_int_equal(hw_file_sink_close(s), -EPIPE);
	assert_int_equal(hw_file_sink_close(named), 0);
	close(fds[1]);
	unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_lent_is_written_from_where_it_is),
		cmocka_unit_test(lent_lines_that_do_not_fit_are_taken_back),
		cmocka_unit_test(what_is_lent_is_written_whole_to_who_reads_slowly),
		cmocka_unit_test(lent_lines_go_to_the_next_file),
		cmocka_unit_test(a_record_is_never_in_two_files),
		cmocka_unit_test(it_ends_after_as_many_files),
		cmocka_unit_test(time_turns_it_without_a_record),
		cmocka_unit_test(the_path_is_opened_again),
		cmocka_unit_test(what_cannot_be_opened_again_is_used_on),
		cmocka_unit_test(a_file_that_was_cut_is_written_at_its_end),
		cmocka_unit_test(what_is_there_is_kept),
		cmocka_unit_test(what_cannot_be_read_is_not_kept_open),
		cmocka_unit_test(private_files_are_the_owner_s_alone),
		cmocka_unit_test(the_next_file_that_cannot_be_opened_is_an_error),
		cmocka_unit_test(standard_output_is_not_rotated),
		cmocka_unit_test(every_file_is_a_document),
		cmocka_unit_test(nobody_gets_a_tail_alone),
		cmocka_unit_test(the_last_file_has_one_tail),
		cmocka_unit_test(a_document_that_was_moved_is_ended),
		cmocka_unit_test(a_document_on_a_full_disk_is_whole),
		cmocka_unit_test(writes_lines_in_order_whatever_their_size),
		cmocka_unit_test(each_line_is_there_at_once),
		cmocka_unit_test(a_line_that_does_not_fit_is_taken_back),
		cmocka_unit_test(a_full_device_is_an_error),
		cmocka_unit_test(what_is_made_in_place_goes_to_the_next_file),
		cmocka_unit_test(what_is_made_in_place_is_written_once),
		cmocka_unit_test(who_goes_away_is_seen_to_be_gone),
		cmocka_unit_test(a_socket_that_is_left_is_seen_to_be_left),
	};
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	umask(022);
	setenv("TZ", "UTC", 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
