/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sink/file.c - see file.h */
#include "sink/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GATHER = 65536 }; /* bytes; one write of an event costs more than making it */

struct hw_file_sink {
	int fd;
	bool is_ours; /* to close */
	bool each_line;
	int error;	/* of the write that failed, 0: none */
	size_t len;	/* bytes gathered */
	uint64_t lines; /* gathered */
	uint64_t written, lost;
	char gathered[GATHER];
};

int hw_file_sink_open(struct hw_file_sink **ret, const char *path, bool each_line)
{
	const bool is_stdout = !path || strcmp(path, "-") == 0;
	struct hw_file_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;

	s->each_line = each_line;
	s->is_ours = !is_stdout;
	s->fd = is_stdout ? STDOUT_FILENO
			  : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (s->fd < 0) {
		const int err = -errno;

		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void hw_file_sink_close(struct hw_file_sink *s)
{
	if (!s)
		return;
	hw_file_sink_flush(s);
	if (s->is_ours)
		close(s->fd);
	free(s);
}

/* A pipe that was made non-blocking by whoever shares it. */
static void wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	poll(&p, 1, -1);
}

/* Returns how much of `len` bytes was written; all of it, or s->error says why not. */
static size_t write_all(struct hw_file_sink *s, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t n = write(s->fd, bytes + done, len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			wait_writable(s->fd);
		} else if (errno != EINTR) {
			s->error = -errno;
			break;
		}
	}
	return done;
}

/* Cut off the part of a line that was written, if this is a file one can cut. */
static void take_back(const struct hw_file_sink *s, size_t len)
{
	const off_t end = lseek(s->fd, 0, SEEK_CUR);
	struct stat st;

	if (len == 0 || end < (off_t)len || fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (ftruncate(s->fd, end - (off_t)len) == 0)
		lseek(s->fd, end - (off_t)len, SEEK_SET);
}

static size_t count_lines(const char *bytes, size_t len, size_t *ret_tail)
{
	const char *at = bytes, *lf;
	size_t nr = 0;

	for (; (lf = memchr(at, '\n', len - (size_t)(at - bytes))); at = lf + 1)
		nr++;
	*ret_tail = len - (size_t)(at - bytes);
	return nr;
}

/* `lines` lines in `len` bytes go out, or are lost. */
static int put(struct hw_file_sink *s, const char *bytes, size_t len, uint64_t lines)
{
	const size_t done = s->error ? 0 : write_all(s, bytes, len);
	size_t tail, whole = lines;

	if (s->error) {
		whole = count_lines(bytes, done, &tail);
		take_back(s, tail);
	}
	s->written += whole;
	s->lost += lines - whole;
	return s->error;
}

int hw_file_sink_flush(struct hw_file_sink *s)
{
	const size_t len = s->len;
	const uint64_t lines = s->lines;

	s->len = 0;
	s->lines = 0;
	return len ? put(s, s->gathered, len, lines) : s->error;
}

int hw_file_sink_write(struct hw_file_sink *s, const char *line, size_t len)
{
	if (len > GATHER - s->len)
		hw_file_sink_flush(s);
	if (len > GATHER)
		return put(s, line, len, 1);

	memcpy(s->gathered + s->len, line, len);
	s->len += len;
	s->lines++;
	return s->each_line ? hw_file_sink_flush(s) : s->error;
}

uint64_t hw_file_sink_written(const struct hw_file_sink *s)
{
	return s->written;
}

uint64_t hw_file_sink_lost(const struct hw_file_sink *s)
{
	return s->lost;
}
