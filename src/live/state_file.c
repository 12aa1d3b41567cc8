/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/state_file.c */
#include "live/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

/* The next name of a path: what is there itself, on the same file system if need be. */
static int open_name(int at, const char *name, int flags, bool same_device)
{
	const int fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
	struct stat dir, file;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(at, &dir) != 0 || fstat(fd, &file) != 0)
		err = -errno;
	else if (S_ISLNK(file.st_mode))
		err = -ELOOP;
	else if (same_device && dir.st_dev != file.st_dev)
		err = -EXDEV;
	if (err)
		close(fd);
	return err ? err : fd;
}

/* The name that `*path` begins with; it goes on to the next one. */
static int take_name(const char **path, char ret[NAME_MAX + 1])
{
	const size_t len = strcspn(*path, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, *path, len);
	ret[len] = '\0';
	*path += len;
	*path += strspn(*path, "/");
	return len == 0 || strcmp(ret, "..") == 0 ? -EXDEV : 0; /* from "/" or upwards */
}

/*
 * As openat2(2) below. A filter of system calls cannot see what that is asked for, so
 * RestrictSUIDSGID= and DynamicUser= of systemd take it away.
 */
static int walk_below(int at, const char *path, int flags, bool same_device)
{
	char name[NAME_MAX + 1];
	int dir = at, fd = -ENOENT;

	while (*path) {
		fd = take_name(&path, name);
		if (fd == 0)
			fd = open_name(dir, name, *path ? O_PATH | O_DIRECTORY : flags,
				       same_device);
		if (dir != at)
			close(dir);
		if (fd < 0)
			return fd;
		dir = fd;
	}
	return fd;
}

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
		fd = errno == ENOSYS ? walk_below(at, path, flags, dir->foreign) : -errno;
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
