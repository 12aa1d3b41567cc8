/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/event_file.c - see event_file.h */
#include "cli/event_file.h"

#include <errno.h>
#include <string.h>

#include "cli/message.h"
#include "event/curl.h"
#include "event/encoder.h"
#include "event/long.h"
#include "sink/file.h"

/* ---- it begins ---- */

/* What a record is, where it is not a line. */
static hw_file_sink_whole *whole_of(enum hw_format format)
{
	return format == HW_FORMAT_TEXT_LONG ? hw_long_whole
	       : format == HW_FORMAT_CURL    ? hw_curl_whole
					     : NULL;
}

static int make_sink(struct hw_event_file *f)
{
	const struct hw_options *o = f->options;
	const struct hw_file_sink_options options = {
		.head = hw_encoder_head(f->printer.encoder),
		.tail = hw_encoder_tail(f->printer.encoder),
		.rotation = o->output ? o->rotation : (struct hw_rotation_options){ 0 },
		.each_record = o->line_buffered || f->printer.is_terminal,
		.append = o->append,
		.whole = whole_of(o->format),
	};
	const int err = hw_file_sink_open(&f->sink, o->output, &options);

	if (err)
		hw_message("%s: %s", o->output ? o->output : "standard output", strerror(-err));
	return err;
}

int hw_event_file_open(struct hw_event_file *f, const struct hw_options *o)
{
	int err;

	*f = (struct hw_event_file){ .options = o };
	err = hw_printer_init(&f->printer, o);
	if (!err)
		return make_sink(f);
	hw_message("%s", strerror(-err));
	return err;
}

void hw_event_file_clear(struct hw_event_file *f)
{
	hw_file_sink_close(f->sink);
	f->sink = NULL;
	hw_printer_clear(&f->printer); /* the sink borrowed from it */
}

/* ---- lines ---- */

/* Documents have something between any two events, but not before a file's first one. */
static struct hw_slice between(const struct hw_event_file *f)
{
	return hw_slice_text(hw_encoder_between(f->printer.encoder));
}

/* Begin the next file if that is due. Returns whether there is one. */
static bool turn(struct hw_event_file *f)
{
	f->error = hw_file_sink_turn(f->sink);
	return f->error != HW_FILE_SINK_ENDED;
}

/* The next line is a file's first one, which has nothing before it. Says so once. */
static bool begins_file(struct hw_event_file *f)
{
	const uint64_t before = f->files;

	f->files = hw_file_sink_files(f->sink);
	return f->files != before;
}

static void erase_between(struct hw_event_file *f, struct hw_buf *room, size_t from)
{
	const size_t len = between(f).len;

	memmove(room->ptr + from, room->ptr + from + len, room->len - from - len);
	room->len -= len;
}

/* What was appended to the sink's room is not wanted after all. */
static enum hw_event_file_fate drop(struct hw_event_file *f, enum hw_event_file_fate fate)
{
	hw_file_sink_drop(f->sink);
	return fate;
}

/* What the sink has room for is a line now, behind what stands between two, from `from` on. */
static enum hw_event_file_fate take(struct hw_event_file *f, struct hw_buf *room, size_t from)
{
	const size_t len = room->len - from; /* the next file may bring it to the front */

	if (!turn(f))
		return drop(f, HW_EVENT_FILE_LEFT_OUT);
	if (begins_file(f))
		erase_between(f, room, room->len - len);
	f->error = hw_file_sink_take(f->sink, 1);
	f->taken++;
	return HW_EVENT_FILE_TAKEN;
}

enum hw_event_file_fate hw_event_file_print(struct hw_event_file *f, const struct hw_event *event)
{
	struct hw_buf *room = hw_file_sink_room(f->sink);
	const size_t from = room->len;

	if (hw_buf_append(room, between(f)) != 0 ||
	    hw_printer_print(&f->printer, event, room) != 0) {
		f->unencoded++;
		return drop(f, HW_EVENT_FILE_LOST);
	}
	if (room->len == from + between(f).len)
		return drop(f, HW_EVENT_FILE_LEFT_OUT);
	return take(f, room, from);
}

enum hw_event_file_fate hw_event_file_lend(struct hw_event_file *f, struct hw_slice line)
{
	const struct hw_slice before = between(f);

	if (!turn(f))
		return HW_EVENT_FILE_LEFT_OUT;
	if (!begins_file(f))
		hw_file_sink_lend(f->sink, (const char *)before.ptr, before.len, 0);
	f->error = hw_file_sink_lend(f->sink, (const char *)line.ptr, line.len, 1);
	f->taken++;
	return HW_EVENT_FILE_TAKEN;
}

void hw_event_file_append(struct hw_event_file *f, struct hw_slice text)
{
	hw_file_sink_append(f->sink, (const char *)text.ptr, text.len, 0);
}

/* ---- the file ---- */

void hw_event_file_flush(struct hw_event_file *f)
{
	f->error = hw_file_sink_flush(f->sink);
}

/* Who prints nothing goes on, whoever reads that. */
void hw_event_file_tick(struct hw_event_file *f)
{
	if (!f->options->prints_nothing)
		f->error = hw_file_sink_tick(f->sink);
}

int hw_event_file_reopen(struct hw_event_file *f)
{
	const int err = hw_file_sink_reopen(f->sink);

	if (err >= 0)
		return 0;
	hw_message("%s: %s: events go on into the file that had this name",
		   hw_file_sink_path(f->sink), strerror(-err));
	return -1;
}

bool hw_event_file_has_no_reader(const struct hw_event_file *f)
{
	return f->error == -EPIPE;
}

uint64_t hw_event_file_written(const struct hw_event_file *f)
{
	return hw_file_sink_written(f->sink);
}

uint64_t hw_event_file_lost(const struct hw_event_file *f)
{
	return hw_file_sink_lost(f->sink) + f->unencoded;
}

/* The first failure counts, and that there were enough files is none. */
int hw_event_file_close(struct hw_event_file *f)
{
	char path[HW_ROTATION_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s", hw_file_sink_path(f->sink));
	err = hw_file_sink_close(f->sink);
	f->sink = NULL;
	if (f->error >= 0)
		f->error = err;
	if (f->error >= 0 || hw_event_file_has_no_reader(f))
		return 0;
	hw_message("%s: %s", path, strerror(-f->error));
	return -1;
}
