/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/direction.h"
#include "source/file_name.h"
#include "source/input.h"
#include "source/pcap.h"
#include "source/pcapng.h"
#include "source/trial.h"

enum {
	MAGIC_BYTES = 4,
	LOOKED_AT = 256 << 10, /* bytes of a file that tell of what size its packets are */
	LARGE = 512,	       /* bytes of a packet */
};

struct hw_capture {
	struct hw_input *input;
	const struct hw_input_wait *wait; /* while it is opened */
	uint64_t offset;		  /* of the next record, in the decompressed bytes */
	uint64_t first_number;
	bool is_pcapng;
	bool may_map;  /* hw_capture_leave_rest(), and nothing against it so far */
	bool is_tried; /* whether that takes less time than reading */
	struct hw_trial trial;
	struct hw_pcap pcap;
	struct hw_pcapng pcapng;
	char name[HW_FILE_NAME_MAX];
	char error[HW_CAPTURE_ERROR_MAX];
};

__attribute__((format(printf, 3, 4))) static int fail(struct hw_capture *c, int err,
						      const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(c->error, sizeof(c->error), "%s: %s", c->name, what);
	return err;
}

static uint64_t packets_read(const struct hw_capture *c)
{
	return (c->is_pcapng ? c->pcapng.number : c->pcap.number) - c->first_number;
}

/* The place where the reader is: numbers count within the file, whatever the first was. */
static int fail_here(struct hw_capture *c, int err, const char *what)
{
	const char *of = hw_input_is_compressed(c->input) ? " of the decompressed data" : "";

	if (c->is_pcapng)
		return fail(c, err, "after packet %" PRIu64 ", block at byte %" PRIu64 "%s: %s",
			    packets_read(c), c->offset, of, what);
	return fail(c, err, "packet %" PRIu64 " at byte %" PRIu64 "%s: %s", packets_read(c) + 1,
		    c->offset, of, what);
}

/* `have` of the record's bytes are there. */
static int fail_cut(struct hw_capture *c, size_t have, size_t want)
{
	const size_t header = c->pcap.record_header_bytes;
	char what[128];

	if (c->is_pcapng)
		snprintf(what, sizeof(what), "file ends inside the block (%zu of %zu bytes)", have,
			 want);
	else if (have < header)
		snprintf(what, sizeof(what),
			 "file ends inside the packet's header (%zu of %zu bytes)", have, header);
	else
		snprintf(what, sizeof(what), "file ends inside the packet (%zu of %zu bytes)",
			 have - header, want - header);
	return fail_here(c, -EBADMSG, what);
}

static int fail_input(struct hw_capture *c, int err)
{
	if (err == -EINTR)
		return err;
	return fail_here(c, err, err == -EBADMSG ? hw_input_fault(c->input) : strerror(-err));
}

/* What else a file may be that is given for a capture. */
static const struct {
	struct hw_slice magic;
	const char *what;
} others[] = {
	{ HW_SLICE("\x28\xb5\x2f\xfd"), "compressed with zstd: use zstd -dc FILE | httpwire -r -" },
	{ HW_SLICE("\xfd"
		   "7zX"),
	  "compressed with xz: use xz -dc FILE | httpwire -r -" },
	{ HW_SLICE("\x04\x22\x4d\x18"), "compressed with lz4: use lz4 -dc FILE | httpwire -r -" },
	{ HW_SLICE("BZh"), "compressed with bzip2: use bzip2 -dc FILE | httpwire -r -" },
	{ HW_SLICE("\x1f\x8b"), "compressed twice" },
	{ HW_SLICE("\x1f\x9d"), "compressed with compress: use zcat FILE | httpwire -r -" },
	{ HW_SLICE("PK\x03\x04"), "a zip archive, not a capture file" },
	{ HW_SLICE("snoo"), "a snoop capture, not pcap or pcapng" },
	{ HW_SLICE("GMBU"), "a Network Monitor capture, not pcap or pcapng" },
	{ HW_SLICE("RTSS"), "a Network Monitor capture, not pcap or pcapng" },
};

static int fail_unknown(struct hw_capture *c, struct hw_slice in)
{
	if (in.len == 0)
		return fail(c, -EBADMSG, "the file is empty");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (hw_slice_starts(in, others[i].magic))
			return fail(c, -EBADMSG, "%s", others[i].what);
	}
	if (in.len < MAGIC_BYTES)
		return fail(c, -EBADMSG, "not a capture file (%zu bytes)", in.len);
	return fail(c, -EBADMSG, "not a capture file (starts with %02x %02x %02x %02x)", in.ptr[0],
		    in.ptr[1], in.ptr[2], in.ptr[3]);
}

/* Fill as hw_input_fill(); the failure has no place yet. */
static int fill_first(struct hw_capture *c, size_t want)
{
	int err;

	do
		err = hw_input_fill(c->input, want);
	while (err == -EINTR && hw_input_waits_on(c->wait));
	if (err == 0 || err == -EINTR)
		return err;
	return fail(c, err, "%s", err == -EBADMSG ? hw_input_fault(c->input) : strerror(-err));
}

static int open_pcap(struct hw_capture *c)
{
	struct hw_record_batch b = { 0 };
	enum hw_record_status status;

	while ((status = hw_pcap_init(&c->pcap, hw_input_bytes(c->input), c->first_number, &b)) ==
	       HW_RECORD_MORE) {
		const size_t had = hw_input_bytes(c->input).len;
		const int err = fill_first(c, b.want);

		if (err)
			return err;
		if (hw_input_bytes(c->input).len == had)
			return fail(c, -EBADMSG, "file ends inside its header (%zu of %zu bytes)",
				    had, b.want);
	}
	if (status == HW_RECORD_BAD)
		return fail(c, -EBADMSG, "%s", b.fault);
	hw_input_consume(c->input, b.used);
	c->offset = b.used;
	return 0;
}

static int detect_format(struct hw_capture *c)
{
	const int err = fill_first(c, MAGIC_BYTES);
	const struct hw_slice in = hw_input_bytes(c->input);

	if (err)
		return err;
	if (in.len < MAGIC_BYTES)
		return fail_unknown(c, in);
	if (hw_pcap_has_magic(in.ptr))
		return open_pcap(c);
	if (!hw_pcapng_has_magic(in.ptr))
		return fail_unknown(c, in);
	c->is_pcapng = true;
	hw_pcapng_init(&c->pcapng, c->first_number);
	return 0;
}

static int open_input(struct hw_capture *c, int fd)
{
	const int err = hw_input_open(&c->input, fd, c->wait);

	if (err)
		return err == -EINTR ? err : fail(c, err, "%s", strerror(-err));
	return detect_format(c);
}

static int open_path(struct hw_capture *c, const char *path)
{
	int fd, err;

	if (strcmp(path, "-") == 0)
		return open_input(c, STDIN_FILENO);

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR && hw_input_waits_on(c->wait));
	if (fd < 0)
		return errno == EINTR ? -EINTR : fail(c, -errno, "%s", strerror(errno));
	err = open_input(c, fd);
	if (!c->input)
		close(fd);
	return err;
}

int hw_capture_open_waiting(struct hw_capture **ret, const char *path, uint64_t first_number,
			    const struct hw_input_wait *wait, char *ret_error, size_t error_max)
{
	struct hw_capture *c = calloc(1, sizeof(*c));
	int err;

	if (!c) {
		snprintf(ret_error, error_max, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	c->first_number = first_number;
	c->wait = wait;
	hw_file_name_shorten(c->name, strcmp(path, "-") == 0 ? "standard input" : path);

	err = open_path(c, path);
	if (err) {
		snprintf(ret_error, error_max, "%s", c->error);
		hw_capture_close(c);
		return err;
	}
	c->wait = NULL;
	*ret = c;
	return 0;
}

int hw_capture_open(struct hw_capture **ret, const char *path, uint64_t first_number,
		    char *ret_error, size_t error_max)
{
	return hw_capture_open_waiting(ret, path, first_number, NULL, ret_error, error_max);
}

void hw_capture_leave_rest(struct hw_capture *c)
{
	c->may_map = true;
}

void hw_capture_close(struct hw_capture *c)
{
	if (!c)
		return;

	hw_pcapng_clear(&c->pcapng);
	hw_input_close(c->input);
	free(c);
}

static enum hw_record_status read_records(struct hw_capture *c, struct hw_record_batch *b)
{
	const struct hw_slice in = hw_input_bytes(c->input);
	enum hw_record_status status;

	b->source = hw_input_source(c->input);
	status = c->is_pcapng ? hw_pcapng_read(&c->pcapng, in, b) : hw_pcap_read(&c->pcap, in, b);

	hw_input_consume(c->input, b->used);
	c->offset += b->used;
	return status;
}

/* Small packets are needed whole, and read(2) puts them into the cache. */
static void begin_trial(struct hw_capture *c)
{
	c->is_tried = c->offset / LARGE >= packets_read(c);
	c->may_map = c->is_tried;
	c->trial.from = c->offset;
}

/* All that is there was taken. */
static void choose_way(struct hw_capture *c)
{
	if (!c->may_map || c->offset < LOOKED_AT)
		return;
	if (!c->is_tried)
		begin_trial(c);
	else if (!hw_trial_takes_second(&c->trial, c->offset))
		hw_input_unmap(c->input);
	else
		c->may_map = hw_input_map(c->input);
}

static int read_frames(struct hw_capture *c, struct hw_frame *frames, size_t max, size_t *ret_nr)
{
	struct hw_record_batch b = { .frames = frames, .max = max };

	for (;;) {
		const enum hw_record_status status = read_records(c, &b);
		size_t len;
		int err;

		err = hw_capture_check(c);
		if (err)
			return err;
		/* A fault behind these frames is still there at the next call. */
		if (b.nr || status == HW_RECORD_OK)
			break;
		if (status == HW_RECORD_BAD)
			return fail_here(c, -EBADMSG, b.fault);

		choose_way(c);
		err = hw_input_fill(c->input, b.want);
		if (err)
			return fail_input(c, err);
		len = hw_input_bytes(c->input).len;
		if (len == 0)
			break;
		if (len < b.want)
			return fail_cut(c, len, b.want);
	}
	hw_direction_read(frames, b.nr);
	*ret_nr = b.nr;
	return 0;
}

int hw_capture_read(struct hw_capture *c, struct hw_frame *frames, size_t max, size_t *ret_nr)
{
	uint64_t since;
	int err;

	if (!c->is_tried || !hw_trial_goes_on(&c->trial))
		return read_frames(c, frames, max, ret_nr);
	since = hw_clock_ns(CLOCK_MONOTONIC);
	err = read_frames(c, frames, max, ret_nr);
	c->trial.spent_ns += hw_clock_ns(CLOCK_MONOTONIC) - since;
	return err;
}

int hw_capture_check(struct hw_capture *c)
{
	if (!hw_input_is_cut(c->input))
		return 0;
	return fail_here(c, -EIO, "the file was cut while it was read");
}

int hw_capture_keep(struct hw_capture *c, struct hw_input_buffer *b)
{
	const int err = hw_input_exchange(c->input, b);

	return err ? fail_here(c, err, strerror(-err)) : 0;
}

const char *hw_capture_error(const struct hw_capture *c)
{
	return c->error;
}

bool hw_capture_has_garbage(const struct hw_capture *c)
{
	return hw_input_has_garbage(c->input);
}

void hw_capture_progress(const struct hw_capture *c, uint64_t *ret_done, uint64_t *ret_size)
{
	hw_input_progress(c->input, ret_done, ret_size);
}
