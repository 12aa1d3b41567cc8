/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/state_file.c */
#include "live/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

/* The C library has no openat2(2). O_NONBLOCK: neither a pipe nor a lease makes it wait. */
static int open_below(const struct hw_state_dir *dir, const char *path, int flags)
{
	const int dir_flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (dir->foreign ? O_NOFOLLOW : 0);
	const int at = open(dir->path, dir_flags);
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   (dir->foreign ? RESOLVE_NO_XDEV : 0u),
	};
	int fd;

	if (at < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

/* A file may grow while it is read: what counts is where it ends. */
static int read_all(int fd, struct hw_buf *ret)
{
	for (;;) {
		ssize_t nr;
		int err = ret->cap > ret->len ? 0 : hw_buf_reserve(ret, 1);

		if (err)
			return err;
		nr = read(fd, ret->ptr + ret->len, ret->cap - ret->len);
		if (nr < 0)
			return -errno;
		if (nr == 0)
			return 0;
		ret->len += (size_t)nr;
	}
}

static int check(const struct stat *st, const struct hw_buf *ret)
{
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	return (uint64_t)st->st_size < ret->max - ret->len ? 0 : -ENOBUFS;
}

int hw_state_file_read(const struct hw_state_dir *dir, const char *path, struct hw_buf *ret)
{
	const int fd = open_below(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	const size_t len = ret->len;
	struct stat st;
	int err;

	if (fd < 0)
		return fd;
	err = fstat(fd, &st) != 0 ? -errno : check(&st, ret);
	if (!err)
		err = read_all(fd, ret);
	if (err)
		ret->len = len;
	close(fd);
	return err;
}

bool hw_state_file_exists(const struct hw_state_dir *dir, const char *path)
{
	const int fd = open_below(dir, path, O_PATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
