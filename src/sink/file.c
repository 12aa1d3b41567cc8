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

#include "sink/write.h"

enum {
	GATHER = 128 << 10, /* bytes; one write of an event costs more than making it */
	ROOM = 16 << 10,    /* behind them, for a record that may be one too much */
	PARTS = 256,	    /* of what is lent; IOV_MAX is more */
};

struct hw_file_sink {
	struct hw_file_sink_options options;
	struct hw_rotation rotation;
	int fd;
	bool is_ours;		/* to close */
	bool is_regular;	/* and ours */
	bool may_be_left;	/* standard output, and who reads it may go away */
	bool has_head;		/* and no tail yet */
	int error;		/* of what failed, HW_FILE_SINK_ENDED, or 0 */
	struct hw_buf gathered; /* records, and behind them what is appended to its room */
	size_t len;		/* bytes of the records */
	uint64_t records;	/* gathered */
	struct iovec lent[PARTS];
	size_t lent_nr;
	uint64_t lent_records;
	uint64_t bytes; /* in the file, gathered and lent ones included */
	uint64_t files, written, lost;
	char path[HW_ROTATION_PATH_MAX];
};

/* Up to the last LF. */
static size_t whole_lines(const char *bytes, size_t len, uint64_t *ret_lines)
{
	const char *at = bytes, *lf;

	*ret_lines = 0;
	for (; (lf = memchr(at, '\n', len - (size_t)(at - bytes))); at = lf + 1)
		(*ret_lines)++;
	return (size_t)(at - bytes);
}

/* Cut off the part of a record that was written, if this is a file one can cut. */
static void take_back(const struct hw_file_sink *s, size_t len)
{
	const off_t end = lseek(s->fd, 0, SEEK_CUR);
	struct stat st;

	if (len == 0 || end < (off_t)len || fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (ftruncate(s->fd, end - (off_t)len) == 0)
		lseek(s->fd, end - (off_t)len, SEEK_SET);
}

static struct iovec part_of(const void *bytes, size_t len)
{
	return (struct iovec){ (void *)(uintptr_t)bytes, len };
}

/* What stands around records is written at once. The first error stays the one that is told. */
static void write_around(struct hw_file_sink *s, const char *text)
{
	const int error = s->error;
	const struct iovec part = part_of(text, text ? strlen(text) : 0);
	const size_t done = hw_write_all(s->fd, &part, 1, &s->error);

	if (done < part.iov_len)
		take_back(s, done);
	else
		s->bytes += done;
	if (error)
		s->error = error;
}

static void begin(struct hw_file_sink *s)
{
	s->files++;
	s->has_head = true;
	write_around(s, s->options.head);
}

static void end(struct hw_file_sink *s)
{
	if (s->has_head && s->error != -EPIPE)
		write_around(s, s->options.tail);
	s->has_head = false;
}

/* Before a byte is written; a file of another user may be one that we cannot change. */
static int make_private(int fd, const struct stat *st)
{
	if (!(st->st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	return fchmod(fd, (st->st_mode & S_IRWXU) | S_IRUSR | S_IWUSR) == 0 ? 0 : -errno;
}

enum contents { TRUNCATE, KEEP };

static int prepare(struct hw_file_sink *s, int fd, enum contents contents)
{
	struct stat st;
	int err = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	s->is_regular = S_ISREG(st.st_mode);
	if (!s->is_regular)
		return 0;
	if (s->options.is_private)
		err = make_private(fd, &st);
	if (!err && contents == TRUNCATE && ftruncate(fd, 0) != 0)
		err = -errno;
	s->bytes = contents == KEEP ? (uint64_t)st.st_size : 0;
	return err;
}

/* Returns the descriptor or a negative errno. */
static int open_file(struct hw_file_sink *s, enum contents contents)
{
	const int fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
			    s->options.is_private ? 0600 : 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = prepare(s, fd, contents);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static bool is_stdout(const char *path)
{
	return !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

static bool rotates(const struct hw_file_sink_options *o)
{
	return o->rotation.bytes_max || o->rotation.seconds;
}

/*
 * 1 if the file ends in a line that has only begun, as a machine that went down leaves it; 0 if
 * not; or negative errno: who may not look must not write behind it.
 */
static int ends_inside_a_line(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char last = '\n';
	int err = 0;

	if (fd < 0)
		return -errno;
	if (lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) < 0)
		err = -errno;
	close(fd);
	return err ? err : last != '\n';
}

static int end_the_last_line(struct hw_file_sink *s)
{
	const int inside = ends_inside_a_line(s->path);

	if (inside > 0)
		write_around(s, "\n");
	return inside < 0 ? inside : 0;
}

/* What was opened by its name may have another reader soon, and is none of these here. */
static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static int open_first(struct hw_file_sink *s, const char *path)
{
	int err;

	if (is_stdout(path)) {
		memcpy(s->path, "standard output", sizeof("standard output"));
		s->fd = STDOUT_FILENO;
		s->may_be_left = is_pipe(s->fd);
		return rotates(&s->options) ? -EINVAL : 0;
	}
	hw_rotation_init(&s->rotation, path, &s->options.rotation, s->options.now(NULL));
	err = hw_rotation_path(&s->rotation, s->path);
	if (err)
		return err;
	s->fd = open_file(s, s->options.append ? KEEP : TRUNCATE);
	s->is_ours = true;
	if (s->fd < 0)
		return s->fd;
	err = s->options.append && s->is_regular ? end_the_last_line(s) : 0;
	if (err)
		close(s->fd);
	return err;
}

int hw_file_sink_open(struct hw_file_sink **ret, const char *path,
		      const struct hw_file_sink_options *options)
{
	struct hw_file_sink *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;

	s->options = *options;
	if (!s->options.whole)
		s->options.whole = whole_lines;
	if (!s->options.now)
		s->options.now = time;
	hw_buf_init(&s->gathered, SIZE_MAX / 4, NULL);
	err = hw_buf_reserve(&s->gathered, GATHER + ROOM);
	if (!err)
		err = open_first(s, path);
	if (err) {
		hw_buf_clear(&s->gathered);
		free(s);
		return err;
	}
	begin(s);
	*ret = s;
	return 0;
}

int hw_file_sink_close(struct hw_file_sink *s)
{
	int err;

	if (!s)
		return 0;
	hw_file_sink_flush(s);
	end(s);
	err = s->error;
	if (s->is_ours && close(s->fd) != 0 && err >= 0)
		err = -errno;
	hw_buf_clear(&s->gathered);
	free(s);
	return err < 0 ? err : 0;
}

/* The first `len` bytes of the parts in one piece. */
static void join(const struct iovec *parts, size_t len, char *ret)
{
	for (; len > 0; parts++) {
		const size_t nr = parts->iov_len < len ? parts->iov_len : len;

		ret = mempcpy(ret, parts->iov_base, nr);
		len -= nr;
	}
}

/*
 * How many of the first `len` bytes of the parts are whole records, and how many these are. Those
 * of several parts are joined for that; where memory is short none is whole.
 */
static size_t whole_in(const struct hw_file_sink *s, const struct iovec *parts, size_t len,
		       uint64_t *ret_records)
{
	char *all;
	size_t whole;

	if (len <= parts->iov_len)
		return s->options.whole(parts->iov_base, len, ret_records);
	*ret_records = 0;
	all = malloc(len);
	if (!all)
		return 0;
	join(parts, len, all);
	whole = s->options.whole(all, len, ret_records);
	free(all);
	return whole;
}

/* `records` records in the parts go out, or are lost. */
static int put(struct hw_file_sink *s, const struct iovec *parts, size_t nr, uint64_t records)
{
	const size_t done = s->error ? 0 : hw_write_all(s->fd, parts, nr, &s->error);
	uint64_t whole = records;

	if (s->error)
		take_back(s, done - whole_in(s, parts, done, &whole));
	s->written += whole;
	s->lost += records - whole;
	return s->error;
}

static int flush_lent(struct hw_file_sink *s)
{
	const size_t nr = s->lent_nr;
	const uint64_t records = s->lent_records;

	s->lent_nr = 0;
	s->lent_records = 0;
	return nr ? put(s, s->lent, nr, records) : s->error;
}

/* What is lent is behind what is gathered. */
int hw_file_sink_flush(struct hw_file_sink *s)
{
	const struct iovec part = part_of(s->gathered.ptr, s->len);
	const uint64_t records = s->records;

	if (part.iov_len == 0)
		return flush_lent(s);
	s->len = 0;
	s->records = 0;
	put(s, &part, 1, records);
	hw_buf_consume(&s->gathered, part.iov_len);
	return flush_lent(s);
}

/* The old one is complete first: its name may be that of the new one. */
static int open_next(struct hw_file_sink *s)
{
	int fd;

	end(s);
	if (close(s->fd) != 0) { /* where writing is put off, as on NFS, this tells how it went */
		s->error = -errno;
		s->is_ours = false;
		return s->error;
	}
	fd = hw_rotation_path(&s->rotation, s->path);
	if (fd == 0)
		fd = open_file(s, TRUNCATE);
	s->is_ours = fd >= 0;
	s->fd = fd;
	if (fd < 0)
		s->error = fd;
	else
		begin(s);
	return s->error;
}

/* As is due for a file of `bytes` bytes. */
static int turn(struct hw_file_sink *s, uint64_t bytes)
{
	const time_t now = s->options.rotation.seconds ? s->options.now(NULL) : 0;
	const enum hw_rotation_step step = hw_rotation_turn(&s->rotation, bytes, now);

	if (step == HW_ROTATION_STAY || hw_file_sink_flush(s) != 0)
		return s->error;
	if (step == HW_ROTATION_NEXT)
		return open_next(s);
	end(s);
	return s->error = HW_FILE_SINK_ENDED;
}

int hw_file_sink_turn(struct hw_file_sink *s)
{
	return s->error || !rotates(&s->options) ? s->error : turn(s, s->bytes);
}

static bool has_no_reader(const struct hw_file_sink *s)
{
	struct pollfd p = { .fd = s->fd };

	return s->may_be_left && poll(&p, 1, 0) == 1 && p.revents & (POLLERR | POLLHUP);
}

/* A file that is too large is followed by one that has something to begin with. */
int hw_file_sink_tick(struct hw_file_sink *s)
{
	if (!s->error && has_no_reader(s))
		s->error = -EPIPE;
	return s->error || !s->options.rotation.seconds ? s->error : turn(s, 0);
}

int hw_file_sink_append(struct hw_file_sink *s, const char *bytes, size_t len, uint64_t records)
{
	const struct iovec part = part_of(bytes, len);

	s->bytes += len;
	if (len > GATHER - s->len || s->lent_nr)
		hw_file_sink_flush(s);
	if (len > GATHER)
		return put(s, &part, 1, records);

	hw_buf_append(&s->gathered, hw_slice(bytes, len)); /* there is room: see GATHER */
	s->len += len;
	s->records += records;
	return s->options.each_record ? hw_file_sink_flush(s) : s->error;
}

/* What follows another in memory is one part with it. */
static void lend(struct hw_file_sink *s, struct iovec part)
{
	struct iovec *last = s->lent_nr ? &s->lent[s->lent_nr - 1] : NULL;

	if (last && (char *)last->iov_base + last->iov_len == part.iov_base)
		last->iov_len += part.iov_len;
	else
		s->lent[s->lent_nr++] = part;
}

int hw_file_sink_lend(struct hw_file_sink *s, const char *bytes, size_t len, uint64_t records)
{
	if (s->lent_nr == PARTS)
		hw_file_sink_flush(s);
	s->bytes += len;
	if (len)
		lend(s, part_of(bytes, len));
	s->lent_records += records;
	return s->options.each_record && records ? hw_file_sink_flush(s) : s->error;
}

struct hw_buf *hw_file_sink_room(struct hw_file_sink *s)
{
	if (s->lent_nr)
		hw_file_sink_flush(s);
	return &s->gathered;
}

int hw_file_sink_take(struct hw_file_sink *s, uint64_t records)
{
	s->bytes += s->gathered.len - s->len;
	if (s->gathered.len > GATHER)
		hw_file_sink_flush(s); /* and the new one comes to the front */
	s->len = s->gathered.len;
	s->records += records;
	return s->options.each_record || s->len > GATHER ? hw_file_sink_flush(s) : s->error;
}

void hw_file_sink_drop(struct hw_file_sink *s)
{
	s->gathered.len = s->len;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int hw_file_sink_reopen(struct hw_file_sink *s)
{
	bool is_same;
	int fd;

	if (hw_file_sink_flush(s) != 0 || !s->is_regular)
		return s->error;

	fd = open_file(s, KEEP);
	if (fd < 0)
		return fd;
	is_same = is_same_file(s->fd, fd);
	if (!is_same)
		end(s);
	if (close(s->fd) != 0)
		s->error = -errno;
	s->fd = fd;
	if (!is_same)
		begin(s);
	return s->error;
}

const char *hw_file_sink_path(const struct hw_file_sink *s)
{
	return s->path;
}

uint64_t hw_file_sink_files(const struct hw_file_sink *s)
{
	return s->files;
}

uint64_t hw_file_sink_written(const struct hw_file_sink *s)
{
	return s->written;
}

uint64_t hw_file_sink_lost(const struct hw_file_sink *s)
{
	return s->lost;
}
