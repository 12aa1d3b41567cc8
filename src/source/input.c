/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inflate.h"

enum { CHUNK = 256 * 1024 }; /* larger ones leave the cache, smaller ones cost calls */

struct gzip {
	struct hw_inflate *stream;
	struct hw_slice in; /* what is left of `raw` */
	bool between_members;
	bool has_garbage; /* behind the last member */
	uint8_t raw[CHUNK / 4];
};

struct hw_input {
	uint8_t *buf; /* the bytes that are there are those from `at` to `end` */
	size_t at, end, cap;
	int fd;
	bool ended;	   /* no more will come: the end of the file, or `err` */
	int err;	   /* reported once the bytes before it are used up */
	const char *fault; /* of -EBADMSG */
	struct gzip *gzip; /* NULL: not compressed */
	uint64_t done, size;
};

/* As read(2), but also waits if somebody made the descriptor non-blocking. */
static ssize_t read_some(struct hw_input *in, uint8_t *to, size_t max)
{
	struct pollfd wait = { .fd = in->fd, .events = POLLIN };
	ssize_t nr;

	while ((nr = read(in->fd, to, max)) < 0 && errno == EAGAIN) {
		if (poll(&wait, 1, -1) < 0)
			return -errno;
	}
	if (nr < 0)
		return -errno;
	in->done += (size_t)nr;
	return nr;
}

/* The stream cannot go on: say so once what was read before is used up. */
static int stop(struct hw_input *in, int err, const char *fault)
{
	in->ended = true;
	in->err = err;
	in->fault = fault;
	return 0;
}

static int refill_plain(struct hw_input *in, size_t max)
{
	const ssize_t nr = read_some(in, in->buf + in->end, max);

	if (nr == -EINTR)
		return -EINTR;
	if (nr <= 0)
		return stop(in, (int)nr, NULL);
	in->end += (size_t)nr;
	return 0;
}

/* A file may be several gzip files in a row; what else follows one is ignored, zeros silently. */
static int start_member(struct hw_input *in)
{
	struct gzip *gz = in->gzip;

	if (gz->in.ptr[0] != 0x1f) {
		gz->has_garbage = gz->in.ptr[0] != 0;
		return stop(in, 0, NULL);
	}
	hw_inflate_restart(gz->stream);
	gz->between_members = false;
	return 0;
}

static int inflate_some(struct hw_input *in, size_t max)
{
	struct gzip *gz = in->gzip;
	size_t len;
	const enum hw_inflate_status status =
		hw_inflate_some(gz->stream, &gz->in, in->buf + in->end, max, &len);

	in->end += len;
	if (status == HW_INFLATE_END)
		gz->between_members = true;
	else if (status == HW_INFLATE_NO_MEMORY)
		return stop(in, -ENOMEM, NULL);
	else if (status == HW_INFLATE_BAD)
		return stop(in, -EBADMSG, "the compressed data is damaged");
	return 0;
}

/* Output that found no room is kept: it is asked for before more is read. */
static int refill_gzip(struct hw_input *in, size_t max)
{
	struct gzip *gz = in->gzip;
	const size_t had = in->end;
	ssize_t nr;

	if (!gz->between_members) {
		inflate_some(in, max);
		if (in->end != had || in->ended)
			return 0;
	}
	if (gz->in.len == 0) {
		nr = read_some(in, gz->raw, sizeof(gz->raw));
		if (nr == -EINTR)
			return -EINTR;
		if (nr == 0 && !gz->between_members)
			return stop(in, -EBADMSG, "the compressed data ends early");
		if (nr <= 0)
			return stop(in, (int)nr, NULL);
		gz->in = hw_slice(gz->raw, (size_t)nr);
	}
	return gz->between_members ? start_member(in) : 0;
}

/*
 * Make room behind `end` for `want` bytes from `at` on. They move to the front if they
 * must, or if that is cheap: less is moved than was used up since the last time.
 */
static int make_room(struct hw_input *in, size_t want)
{
	const size_t len = in->end - in->at;
	uint8_t *buf;

	if (in->at && (in->at >= len || in->cap - in->at < want)) {
		memmove(in->buf, in->buf + in->at, len);
		in->at = 0;
		in->end = len;
	}
	if (in->end < in->cap)
		return 0;

	buf = realloc(in->buf, 2 * in->cap);
	if (!buf)
		return -ENOMEM;
	in->buf = buf;
	in->cap *= 2;
	return 0;
}

int hw_input_fill(struct hw_input *in, size_t want)
{
	while (in->end - in->at < want && !in->ended) {
		size_t room;
		int err = make_room(in, want);

		if (err)
			return err;
		room = in->cap - in->end;
		if (room > CHUNK)
			room = CHUNK;
		err = in->gzip ? refill_gzip(in, room) : refill_plain(in, room);
		if (err)
			return err;
	}
	return in->end - in->at < want ? in->err : 0;
}

/* What was read so far is compressed: it becomes the decompressor's input. */
static int start_gzip(struct hw_input *in)
{
	struct gzip *gz = calloc(1, sizeof(*gz));

	if (!gz)
		return -ENOMEM;
	if (hw_inflate_new(&gz->stream, HW_INFLATE_GZIP, NULL) != 0) {
		free(gz);
		return -ENOMEM;
	}
	memcpy(gz->raw, in->buf, in->end);
	gz->in = hw_slice(gz->raw, in->end);
	in->end = 0;
	in->gzip = gz;
	return 0;
}

static int detect_gzip(struct hw_input *in)
{
	while (in->end < 2 && !in->ended) {
		const int err = refill_plain(in, sizeof(in->gzip->raw) - in->end);

		if (err)
			return err;
	}
	if (in->end == 0 && in->err)
		return in->err;
	if (in->end < 2 || in->buf[0] != 0x1f || in->buf[1] != 0x8b)
		return 0;
	return start_gzip(in);
}

int hw_input_open(struct hw_input **ret, int fd)
{
	struct hw_input *in = calloc(1, sizeof(*in));
	struct stat st;
	int err = -ENOMEM;

	if (!in)
		return -ENOMEM;
	in->fd = fd;
	in->cap = CHUNK;
	in->buf = malloc(in->cap);
	if (!in->buf)
		goto fail;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		in->size = (uint64_t)st.st_size;
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	err = detect_gzip(in);
	if (err)
		goto fail;

	*ret = in;
	return 0;

fail:
	in->fd = STDIN_FILENO; /* not ours yet */
	hw_input_close(in);
	return err;
}

void hw_input_close(struct hw_input *in)
{
	if (!in)
		return;

	if (in->gzip)
		hw_inflate_free(in->gzip->stream);
	free(in->gzip);
	free(in->buf);
	if (in->fd != STDIN_FILENO)
		close(in->fd);
	free(in);
}

struct hw_slice hw_input_bytes(const struct hw_input *in)
{
	return hw_slice(in->buf + in->at, in->end - in->at);
}

void hw_input_consume(struct hw_input *in, size_t len)
{
	in->at += len;
}

int hw_input_exchange(struct hw_input *in, struct hw_input_buffer *b)
{
	const struct hw_input_buffer given = { in->buf, in->cap };
	const size_t len = in->end - in->at;

	if (b->cap < in->cap) {
		uint8_t *larger = malloc(in->cap);

		if (!larger)
			return -ENOMEM;
		free(b->ptr);
		*b = (struct hw_input_buffer){ larger, in->cap };
	}
	memcpy(b->ptr, in->buf + in->at, len);
	in->buf = b->ptr;
	in->cap = b->cap;
	in->at = 0;
	in->end = len;
	*b = given;
	return 0;
}

const char *hw_input_fault(const struct hw_input *in)
{
	return in->fault;
}

bool hw_input_is_compressed(const struct hw_input *in)
{
	return in->gzip != NULL;
}

bool hw_input_has_garbage(const struct hw_input *in)
{
	return in->gzip && in->gzip->has_garbage;
}

void hw_input_progress(const struct hw_input *in, uint64_t *ret_done, uint64_t *ret_size)
{
	*ret_done = in->done;
	*ret_size = in->size;
}
