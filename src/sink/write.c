/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sink/write.c - see write.h */
#include "sink/write.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static void wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	poll(&p, 1, -1);
}

static size_t bytes_in(const struct iovec *parts, size_t nr)
{
	size_t len = 0;

	for (size_t i = 0; i < nr; i++)
		len += parts[i].iov_len;
	return len;
}

/* From byte `done` on, which there is: the rest of the part it is in, or all from there. */
static ssize_t write_from(int fd, const struct iovec *parts, size_t nr, size_t done)
{
	size_t i = 0;

	for (; done >= parts[i].iov_len; i++)
		done -= parts[i].iov_len;
	if (done == 0)
		return writev(fd, parts + i, (int)(nr - i));
	return write(fd, (const char *)parts[i].iov_base + done, parts[i].iov_len - done);
}

size_t hw_write_all(int fd, const struct iovec *parts, size_t nr, int *ret_error)
{
	const size_t len = bytes_in(parts, nr);
	size_t done = 0;

	while (done < len) {
		const ssize_t n = write_from(fd, parts, nr, done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			wait_writable(fd);
		} else if (errno != EINTR) {
			*ret_error = -errno;
			break;
		}
	}
	return done;
}
