/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_input.c - the bytes of files, also of those that others change meanwhile */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "source/input.h"

enum { MANY = 5 << 20, FEW = 1000, MORE = 300 << 10 }; /* bytes */

static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16);
}

/* What the file has from `from` up to `to`. */
static void write_bytes(int fd, size_t from, size_t to)
{
	uint8_t *bytes = malloc(to - from);

	assert_non_null(bytes);
	for (size_t i = from; i < to; i++)
		bytes[i - from] = byte_at(i);
	assert_int_equal(pwrite(fd, bytes, to - from, (off_t)from), to - from);
	free(bytes);
}

static int make_file(size_t len)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);

	assert_true(fd >= 0);
	write_bytes(fd, 0, len);
	return fd;
}

/* As the program opens it; `from` bytes were read of it by somebody else. MANY more are mapped. */
static struct hw_input *open_at(int fd, size_t from)
{
	const int own = dup(fd);
	struct hw_input *in;

	assert_int_equal(lseek(own, (off_t)from, SEEK_SET), from);
	assert_int_equal(hw_input_open(&in, own, NULL), 0);
	hw_input_map(in);
	return in;
}

/* What is there, or is to be copied. */
static struct hw_slice shown(const struct hw_input *in)
{
	const struct hw_slice bytes = hw_input_bytes(in);
	const uint8_t *source = hw_input_source(in);

	return source ? hw_slice(source, bytes.len) : bytes;
}

/* All that is there goes. Returns where the next byte is in the file. */
static size_t use(struct hw_input *in, size_t at)
{
	const struct hw_slice there = shown(in);

	for (size_t i = 0; i < there.len; i++)
		if (there.ptr[i] != byte_at(at + i))
			fail_msg("byte %zu is another one", at + i);
	hw_input_consume(in, there.len);
	return at + there.len;
}

/* To the end, `want` bytes at a time at least. */
static size_t use_all(struct hw_input *in, size_t at, size_t want)
{
	size_t before;

	do {
		before = at;
		assert_int_equal(hw_input_fill(in, want), 0);
		at = use(in, at);
	} while (at != before);
	return at;
}

static void gives_all_bytes_however_many_are_wanted(void **state)
{
	static const size_t lens[] = { 0, 1, FEW, MANY }, wants[] = { 1, 4097, 700000, 3 << 20 };

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		const size_t len = lens[i / 4];
		const int fd = make_file(len);
		struct hw_input *in = open_at(fd, 0);
		uint64_t done, size;

		assert_int_equal(use_all(in, 0, wants[i % 4]), len);
		hw_input_progress(in, &done, &size);
		assert_int_equal(lseek(fd, 0, SEEK_CUR),
				 len); /* the descriptor of `in` is its copy */
		assert_int_equal(done, len);
		assert_int_equal(size, len);
		hw_input_close(in);
		close(fd);
	}
}

static void what_is_left_over_is_not_lost(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *in = open_at(fd, 0);
	size_t at = 0;

	(void)state;
	while (at < MANY) {
		const size_t want = MANY - at < 70001 ? MANY - at : 70001;
		const uint8_t *ptr;

		assert_int_equal(hw_input_fill(in, want), 0);
		ptr = shown(in).ptr;
		assert_int_equal(ptr[0], byte_at(at));
		assert_int_equal(ptr[want - 1], byte_at(at + want - 1));
		hw_input_consume(in, want);
		at += want;
	}
	hw_input_close(in);
	close(fd);
}

/* Of standard input, say, of which somebody has taken the beginning. */
static void begins_where_the_file_stands(void **state)
{
	const int fd = make_file(MANY);

	(void)state;
	for (size_t from = 0; from <= MANY; from += 999983) {
		struct hw_input *in = open_at(fd, from);

		assert_int_equal(use_all(in, from, 1), MANY);
		hw_input_close(in);
	}
	close(fd);
}

static void a_file_that_grows_is_read_on(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *in = open_at(fd, 0);

	(void)state;
	assert_int_equal(hw_input_fill(in, 1), 0);
	write_bytes(fd, MANY, MANY + MORE);
	assert_int_equal(use_all(in, 0, 1), MANY + MORE);
	hw_input_close(in);
	close(fd);
}

/* Before more of it is fetched: then it ends there. */
static void a_file_may_become_shorter(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *in = open_at(fd, 0);
	size_t at;

	(void)state;
	assert_int_equal(hw_input_fill(in, 1), 0);
	at = use(in, 0);
	assert_true(at < MANY / 2);
	assert_int_equal(ftruncate(fd, (off_t)at + 5000), 0);
	assert_int_equal(use_all(in, at, 1), at + 5000);
	assert_false(hw_input_is_cut(in));
	hw_input_close(in);
	close(fd);
}

/* What was fetched goes, and is looked at. */
static void what_is_cut_off_reads_as_zeros(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *in = open_at(fd, 0);
	struct hw_slice there;

	(void)state;
	assert_int_equal(hw_input_fill(in, 300000), 0);
	there = shown(in);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_false(hw_input_is_cut(in));
	assert_int_equal(there.ptr[8191], byte_at(8191));
	assert_int_equal(there.ptr[299999], 0);
	assert_int_equal(there.ptr[250000], 0); /* of a page before that one */
	assert_true(hw_input_is_cut(in));
	hw_input_close(in);
	close(fd);
}

/* It is taken for as long as there is something mapped. */
static void others_keep_their_signal(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *first, *second;
	struct sigaction before, now;

	(void)state;
	sigaction(SIGBUS, NULL, &before);
	first = open_at(fd, 0);
	second = open_at(fd, 0);
	sigaction(SIGBUS, NULL, &now);
	assert_ptr_not_equal(now.sa_sigaction, before.sa_sigaction);
	assert_int_equal(use_all(second, 0, 1), MANY); /* it is read, as the other one is mapped */
	hw_input_close(second);
	assert_int_equal(use_all(first, 0, 1), MANY);
	hw_input_close(first);
	sigaction(SIGBUS, NULL, &now);
	assert_ptr_equal(now.sa_sigaction, before.sa_sigaction);
	close(fd);
}

/* Some of it was used by then. */
static void may_be_mapped_at_any_place(void **state)
{
	const int fd = make_file(MANY);

	(void)state;
	for (size_t used = 0; used < MANY; used += 777777) {
		const int own = dup(fd);
		struct hw_input *in;

		assert_int_equal(lseek(own, 0, SEEK_SET), 0);
		assert_int_equal(hw_input_open(&in, own, NULL), 0);
		for (size_t at = 0, len; at < used; at += len) {
			assert_int_equal(hw_input_fill(in, 1), 0);
			len = hw_input_bytes(in).len < used - at ? hw_input_bytes(in).len
								 : used - at;
			hw_input_consume(in, len);
		}
		hw_input_map(in);
		assert_int_equal(use_all(in, used, 1), MANY);
		hw_input_close(in);
	}
	close(fd);
}

/* The first bytes that are there go. Returns where the next byte is in the file. */
static size_t use_some(struct hw_input *in, size_t at, size_t max)
{
	const struct hw_slice there = shown(in);
	const size_t len = there.len < max ? there.len : max;

	for (size_t i = 0; i < len; i++)
		if (there.ptr[i] != byte_at(at + i))
			fail_msg("byte %zu is another one", at + i);
	hw_input_consume(in, len);
	return at + len;
}

/* As what takes less time is found out; some is left over at each change. */
static void may_be_mapped_and_read_in_turn(void **state)
{
	static const size_t wants[] = { 1, 4097, 700000 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const int fd = make_file(MANY);
		struct hw_input *in = open_at(fd, 100);
		size_t at = 100, turn = 0;

		for (; at < MANY; turn++) {
			assert_int_equal(hw_input_fill(in, wants[i]), 0);
			at = use_some(in, at, 150001);
			if (turn % 3 == 2)
				hw_input_unmap(in);
			else
				assert_true(hw_input_map(in));
			assert_true((hw_input_source(in) == NULL) == (turn % 3 == 2));
		}
		hw_input_close(in);
		close(fd);
	}
}

/* It grew while it was read: what came is not in the mapping. */
static void what_a_file_grew_by_is_not_mapped(void **state)
{
	const int fd = make_file(MANY);
	struct hw_input *in = open_at(fd, 0);
	size_t at = 0;

	(void)state;
	hw_input_unmap(in);
	write_bytes(fd, MANY, MANY + MORE);
	while (at <= MANY) {
		assert_int_equal(hw_input_fill(in, 1), 0);
		at = use(in, at);
	}
	assert_false(hw_input_map(in));
	assert_int_equal(use_all(in, at, 1), MANY + MORE);
	hw_input_close(in);
	close(fd);
}

/* For those who are slower than the reader: a buffer of theirs, with what was copied into it. */
static void what_is_kept_stays(void **state)
{
	static const size_t lens[] = { MANY / 4, MANY };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const int fd = make_file(lens[i]);
		struct hw_input *in = open_at(fd, 0);
		struct hw_input_buffer kept = { 0 };
		struct hw_slice first;

		assert_int_equal(hw_input_fill(in, 1000), 0);
		first = hw_slice(hw_input_bytes(in).ptr, 1000);
		if (hw_input_source(in))
			memcpy((uint8_t *)(uintptr_t)first.ptr, hw_input_source(in), first.len);
		hw_input_consume(in, 1000);
		assert_int_equal(hw_input_exchange(in, &kept), 0);
		assert_int_equal(use_all(in, 1000, 1), lens[i]);
		for (size_t at = 0; at < first.len; at++)
			assert_int_equal(first.ptr[at], byte_at(at));
		hw_input_close(in);
		free(kept.ptr);
		close(fd);
	}
}

/* Append the file's bytes from `from` up to `to`, compressed by themselves. */
static void append_member(int fd, size_t from, size_t to)
{
	z_stream z = { 0 };
	uint8_t *plain = malloc(to - from + 1), *packed = malloc(to - from + 1024);

	assert_non_null(plain);
	assert_non_null(packed);
	for (size_t i = from; i < to; i++)
		plain[i - from] = byte_at(i);
	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = plain;
	z.avail_in = (uInt)(to - from);
	z.next_out = packed;
	z.avail_out = (uInt)(to - from + 1024);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(write(fd, packed, z.total_out), z.total_out);
	deflateEnd(&z);
	free(packed);
	free(plain);
}

/* As open_at(), of a file that is compressed. */
static struct hw_input *open_packed(int fd)
{
	struct hw_input *in = open_at(fd, 0);

	assert_true(hw_input_is_compressed(in));
	assert_null(hw_input_source(in)); /* it is not mapped */
	return in;
}

/* `tail` is all that follows the members. */
static void assert_members(const char *tail, size_t tail_len, bool is_garbage)
{
	static const size_t wants[] = { 1, 4097, 700000 };
	const int fd = memfd_create("input", MFD_CLOEXEC);
	uint64_t done, size;

	append_member(fd, 0, MANY / 2);
	append_member(fd, MANY / 2, MANY / 2); /* of no bytes */
	append_member(fd, MANY / 2, MANY / 2 + 1);
	append_member(fd, MANY / 2 + 1, MANY);
	assert_int_equal(write(fd, tail, tail_len), tail_len);
	for (size_t i = 0; i < 3; i++) {
		struct hw_input *in = open_packed(fd);

		assert_int_equal(use_all(in, 0, wants[i]), MANY);
		assert_int_equal(hw_input_has_garbage(in), is_garbage);
		hw_input_progress(in, &done, &size);
		assert_int_equal(done, size);
		assert_int_equal(size, lseek(fd, 0, SEEK_END));
		hw_input_close(in);
	}
	close(fd);
}

static void members_of_gzip_follow_each_other(void **state)
{
	(void)state;
	assert_members("", 0, false);
	assert_members("\0\0\0", 3, false);
	assert_members("\0and more", 9, false); /* the first byte tells */
	assert_members("and more", 8, true);
}

/* Not before what came of it is used up. */
static void assert_fault(int fd, size_t least, size_t most, const char *fault)
{
	struct hw_input *in = open_packed(fd);
	size_t at = 0, before;
	int err;

	do {
		before = at;
		err = hw_input_fill(in, 1);
		if (!err)
			at = use(in, at);
	} while (at != before);
	assert_int_equal(err, -EBADMSG);
	assert_in_range(at, least, most);
	assert_string_equal(hw_input_fault(in), fault);
	assert_int_equal(hw_input_fill(in, 1), -EBADMSG); /* for good */
	hw_input_close(in);
}

static void gzip_that_ends_early_is_told_of(void **state)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);
	off_t first, len;

	(void)state;
	append_member(fd, 0, FEW);
	first = lseek(fd, 0, SEEK_CUR);
	append_member(fd, FEW, MANY);
	len = lseek(fd, 0, SEEK_CUR);
	assert_int_equal(ftruncate(fd, len - 1), 0); /* of the check sum */
	assert_fault(fd, MANY, MANY, "the compressed data ends early");
	assert_int_equal(ftruncate(fd, len / 2), 0);
	assert_fault(fd, FEW + 1, MANY - 1, "the compressed data ends early");
	assert_int_equal(ftruncate(fd, first + 1), 0); /* of the second header */
	assert_fault(fd, FEW, FEW, "the compressed data ends early");
	assert_int_equal(ftruncate(fd, first - 1), 0);
	assert_fault(fd, FEW, FEW, "the compressed data ends early");
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_fault(fd, 0, 0, "the compressed data ends early");
	close(fd);
}

/* As much as there is can be had, and more cannot. */
static void what_came_before_a_fault_can_be_had(void **state)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);
	struct hw_input *in;

	(void)state;
	append_member(fd, 0, FEW);
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_CUR) - 1), 0);
	in = open_packed(fd);
	assert_int_equal(hw_input_fill(in, FEW + 1), -EBADMSG);
	assert_int_equal(hw_input_fill(in, FEW), 0);
	assert_int_equal(use(in, 0), FEW);
	assert_int_equal(hw_input_fill(in, 1), -EBADMSG);
	hw_input_close(in);
	close(fd);
}

static void damaged_gzip_is_told_of(void **state)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);
	off_t len;

	(void)state;
	append_member(fd, 0, MANY);
	len = lseek(fd, 0, SEEK_CUR);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, len - 8), 4); /* the check sum */
	assert_fault(fd, MANY, MANY, "the compressed data is damaged");
	assert_int_equal(pwrite(fd, "\x09", 1, 2), 1); /* no method that there is */
	assert_fault(fd, 0, 0, "the compressed data is damaged");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_all_bytes_however_many_are_wanted),
		cmocka_unit_test(what_is_left_over_is_not_lost),
		cmocka_unit_test(begins_where_the_file_stands),
		cmocka_unit_test(a_file_that_grows_is_read_on),
		cmocka_unit_test(a_file_may_become_shorter),
		cmocka_unit_test(what_is_cut_off_reads_as_zeros),
		cmocka_unit_test(others_keep_their_signal),
		cmocka_unit_test(may_be_mapped_at_any_place),
		cmocka_unit_test(may_be_mapped_and_read_in_turn),
		cmocka_unit_test(what_a_file_grew_by_is_not_mapped),
		cmocka_unit_test(what_is_kept_stays),
		cmocka_unit_test(members_of_gzip_follow_each_other),
		cmocka_unit_test(gzip_that_ends_early_is_told_of),
		cmocka_unit_test(what_came_before_a_fault_can_be_had),
		cmocka_unit_test(damaged_gzip_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
