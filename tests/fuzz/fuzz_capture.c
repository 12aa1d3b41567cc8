/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_capture.c - any bytes as a capture file
 *
 * Read from a file, many packets at a time, and from a pipe that somebody writes in
 * pieces (the last byte says how long they are), one at a time: the same packets, and the
 * same words about what is wrong.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/capture.h"
#include "source/record.h"

enum { FIRST_NUMBER = 42, BATCH = 64, PIPE_BYTES = 1 << 20, PIECES_MAX = 200 };
enum { INPUT_MAX = 65536 }; /* bytes; what is compressed grows enough from them */

struct answer {
	uint64_t packets, sum;
	int err;
	char error[HW_CAPTURE_ERROR_MAX];
};

static void add(struct answer *a, uint64_t value)
{
	a->sum = (a->sum ^ value) * 0x100000001b3;
}

static void add_frame(struct answer *a, const struct hw_frame *f)
{
	FUZZ_CHECK(f->number == FIRST_NUMBER + a->packets);
	FUZZ_CHECK(f->len <= f->wire_len && f->len <= HW_RECORD_BYTES_MAX);
	a->packets++;
	add(a, f->time_ns);
	add(a, (uint64_t)f->wire_len << 32 | f->len);
	add(a, (uint64_t)f->linktype << 8 | f->direction);
	for (uint32_t i = 0; i < f->len; i++)
		add(a, f->data[i]);
}

/* One line that can be shown. */
static void check_error(const struct answer *a)
{
	FUZZ_CHECK(a->err == -EBADMSG);
	FUZZ_CHECK(strstr(a->error, ": ") != NULL);
	for (const char *at = a->error; *at; at++)
		FUZZ_CHECK(*at >= ' ' && *at <= '~');
}

static struct answer read_fd(int fd, size_t max)
{
	struct answer a = { 0 };
	struct hw_frame frames[BATCH];
	struct hw_capture *c;
	char path[64];
	size_t nr;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	a.err = hw_capture_open(&c, path, FIRST_NUMBER, a.error, sizeof(a.error));
	close(fd);
	if (!a.err) {
		while ((a.err = hw_capture_read(c, frames, max, &nr)) == 0 && nr > 0) {
			FUZZ_CHECK(nr <= max);
			for (size_t i = 0; i < nr; i++)
				add_frame(&a, &frames[i]);
		}
		snprintf(a.error, sizeof(a.error), "%s", hw_capture_error(c));
		hw_capture_close(c);
	}
	if (a.err)
		check_error(&a);
	return a;
}

static void write_all(int fd, const uint8_t *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		abort();
}

static int make_file(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	write_all(fd, data, size);
	return fd;
}

/* O_DIRECT: a read gives what one write wrote. */
static int make_pipe(const uint8_t *data, size_t size, size_t piece)
{
	int ends[2];

	if (pipe2(ends, O_DIRECT | O_CLOEXEC) != 0 || fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		abort();
	for (size_t at = 0; at < size; at += piece)
		write_all(ends[1], data + at, size - at < piece ? size - at : piece);
	close(ends[1]);
	return ends[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer whole, pieces;
	size_t piece;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	piece = size / PIECES_MAX + data[size - 1] + 1u;
	whole = read_fd(make_file(data, size), BATCH);
	pieces = read_fd(make_pipe(data, size, piece), 1);
	FUZZ_CHECK(whole.packets == pieces.packets && whole.sum == pieces.sum);
	FUZZ_CHECK(whole.err == pieces.err);
	if (whole.err)
		FUZZ_CHECK(strcmp(strstr(whole.error, ": "), strstr(pieces.error, ": ")) == 0);
	return 0;
}
