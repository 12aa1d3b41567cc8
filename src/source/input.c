/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inflate.h"
#include "source/mapping.h"

enum {
	CHUNK = 256 * 1024,   /* larger ones leave the cache, smaller ones cost calls */
	MAPPED_MIN = 2 << 20, /* bytes of a file that are worth it */
};

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
	struct hw_mapping *mapping; /* of the rest of the file as it was then; NULL: none */
	uint64_t mapped_from;	    /* where in the file it begins */
	size_t place;		    /* of `end` in it */
	bool is_mapped;		    /* what is between `at` and `end` is still to be copied */
	bool ended;		    /* no more will come: the end of the file, or `err` */
	int err;		    /* reported once the bytes before it are used up */
	const char *fault;	    /* of -EBADMSG */
	struct gzip *gzip;	    /* NULL: not compressed */
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

/* Where the next byte is in the file that is read. False: it is none that can be mapped. */
static bool find_place(const struct hw_input *in, uint64_t *ret)
{
	const off_t end = in->size && !in->gzip ? lseek(in->fd, 0, SEEK_CUR) : -1;

	if (end < 0)
		return false;
	*ret = (uint64_t)end - (in->end - in->at);
	return true;
}

static bool open_mapping(struct hw_input *in, uint64_t from)
{
	if (in->mapping)
		return true;
	in->mapped_from = from;
	return in->size >= from + MAPPED_MIN &&
	       hw_mapping_open(&in->mapping, in->fd, from, in->size) == 0;
}

bool hw_input_map(struct hw_input *in)
{
	uint64_t from, place;

	if (in->is_mapped)
		return true;
	if (!find_place(in, &from) || !open_mapping(in, from))
		return false;
	place = from - in->mapped_from + (in->end - in->at);
	in->is_mapped = place <= hw_mapping_bytes(in->mapping).len; /* else it has grown */
	in->place = (size_t)place;
	return in->is_mapped;
}

const uint8_t *hw_input_source(const struct hw_input *in)
{
	const size_t len = in->end - in->at;

	return in->is_mapped ? hw_mapping_bytes(in->mapping).ptr + in->place - len : NULL;
}

void hw_input_unmap(struct hw_input *in)
{
	if (in->is_mapped)
		memcpy(in->buf + in->at, hw_input_source(in), in->end - in->at);
	in->is_mapped = false;
}

/* The file's own place goes along, as if it was read: others look at that to see how far we are. */
static int refill_mapped(struct hw_input *in, size_t max)
{
	const size_t left = hw_mapping_bytes(in->mapping).len - in->place;
	const size_t to = in->place + (left < max ? left : max);
	const size_t done = in->place - (in->end - in->at);
	const size_t place = hw_mapping_fetch(in->mapping, done, to);

	if (place <= in->place) { /* behind what is mapped the file may have grown */
		hw_input_unmap(in);
		return 0;
	}
	if (lseek(in->fd, (off_t)(place - in->place), SEEK_CUR) < 0)
		return -errno;
	in->done += place - in->place;
	in->end += place - in->place;
	in->place = place;
	return 0;
}

static int refill(struct hw_input *in, size_t max)
{
	if (in->is_mapped)
		return refill_mapped(in, max);
	return in->gzip ? refill_gzip(in, max) : refill_plain(in, max);
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
		err = refill(in, room);
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

static int detect_gzip(struct hw_input *in, const struct hw_input_wait *wait)
{
	while (in->end < 2 && !in->ended) {
		const int err = refill_plain(in, sizeof(in->gzip->raw) - in->end);

		if (err && !(err == -EINTR && hw_input_waits_on(wait)))
			return err;
	}
	if (in->end == 0 && in->err)
		return in->err;
	if (in->end < 2 || in->buf[0] != 0x1f || in->buf[1] != 0x8b)
		return 0;
	return start_gzip(in);
}

static int begin(struct hw_input *in, const struct hw_input_wait *wait)
{
	struct stat st;

	in->cap = CHUNK;
	in->buf = malloc(in->cap);
	if (!in->buf)
		return -ENOMEM;
	if (fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		in->size = (uint64_t)st.st_size;
		posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return detect_gzip(in, wait);
}

int hw_input_open(struct hw_input **ret, int fd, const struct hw_input_wait *wait)
{
	struct hw_input *in = calloc(1, sizeof(*in));
	int err;

	if (!in)
		return -ENOMEM;
	in->fd = fd;
	err = begin(in, wait);
	if (err) {
		in->fd = STDIN_FILENO; /* not ours yet */
		hw_input_close(in);
		return err;
	}
	*ret = in;
	return 0;
}

void hw_input_close(struct hw_input *in)
{
	if (!in)
		return;

	if (in->gzip)
		hw_inflate_free(in->gzip->stream);
	hw_mapping_close(in->mapping);
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

bool hw_input_is_cut(const struct hw_input *in)
{
	return in->mapping && hw_mapping_is_cut(in->mapping);
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
