/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/encoder.c - events as lines: see encoder.h, and hw_encoder_* of httpwire.h */
#include "event/encoder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "event/csv.h"
#include "event/curl.h"
#include "event/har.h"
#include "event/json.h"
#include "event/long.h"
#include "event/row.h"
#include "event/table.h"
#include "event/text.h"

struct hw_encoder {
	enum hw_format format;
	struct hw_json *json[HW_TYPE_NR]; /* NULL: no event of the type so far */
	enum hw_json_form form;
	struct hw_columns *columns; /* of text and CSV */
	bool has_columns;	    /* they were asked for */
	bool is_strict;
	struct hw_row_options row;
	struct hw_buf line, room;
	struct hw_buf head; /* of CSV, with a NUL */
};

/* A line is a small multiple of the message's head, which the engine bounds. */
static const size_t line_max = SIZE_MAX / 4;

static int make_head(struct hw_encoder *e, const struct hw_columns *columns)
{
	int err;

	e->head.len = 0;
	err = hw_csv_head(columns, &e->head);
	return err ? err : hw_buf_append(&e->head, hw_slice("", 1));
}

static int set_columns(struct hw_encoder *e, const char *list)
{
	struct hw_columns *columns = NULL;
	int err = hw_columns_new(&columns, list);

	if (!err)
		err = make_head(e, columns);
	if (err) {
		hw_columns_free(columns);
		return err;
	}
	hw_columns_free(e->columns);
	e->columns = columns;
	e->row.columns = columns;
	return 0;
}

static int prepare(struct hw_encoder *e)
{
	switch (e->format) {
	case HW_FORMAT_JSON:
		e->form = HW_JSON_A;
		return 0;
	case HW_FORMAT_JSON_V1BETA1:
		e->form = HW_JSON_B;
		return 0;
	case HW_FORMAT_HAR:
	case HW_FORMAT_CURL:
		return 0;
	case HW_FORMAT_TEXT:
	case HW_FORMAT_TEXT_LONG:
		return set_columns(e, HW_ROW_STANDARD);
	case HW_FORMAT_CSV:
		return set_columns(e, HW_CSV_STANDARD);
	}
	return -EINVAL;
}

int hw_encoder_new(struct hw_encoder **ret, enum hw_format format, uint32_t flags)
{
	struct hw_encoder *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;

	e->format = format;
	e->is_strict = flags & HW_ENCODE_STRICT;
	e->row.color = flags & HW_ENCODE_COLOR;
	e->row.keeps_time = flags & HW_ENCODE_TIME;
	hw_buf_init(&e->line, line_max, NULL);
	hw_buf_init(&e->room, line_max, NULL);
	hw_buf_init(&e->head, line_max, NULL);
	err = prepare(e);
	if (err) {
		hw_encoder_free(e);
		return err;
	}
	*ret = e;
	return 0;
}

void hw_encoder_free(struct hw_encoder *encoder)
{
	if (!encoder)
		return;
	for (size_t i = 0; i < HW_TYPE_NR; i++)
		hw_json_free(encoder->json[i]);
	hw_columns_free(encoder->columns);
	hw_buf_clear(&encoder->line);
	hw_buf_clear(&encoder->room);
	hw_buf_clear(&encoder->head);
	free(encoder);
}

/* Of messages and packets a line of their own, unless columns were asked for. */
static int write_text(struct hw_encoder *e, const struct hw_event *event, struct hw_buf *out)
{
	if (e->has_columns || event->exchange || event->tunnel)
		return hw_row_write(&e->row, event, &e->room, out);
	return hw_text_write(event, e->row.time, e->row.color, out);
}

static int write_long(struct hw_encoder *e, const struct hw_event *event, struct hw_buf *out)
{
	int err;

	if (event->exchange)
		return hw_long_write(event, e->row.time, e->row.color, out);
	err = write_text(e, event, out);
	return err ? err : hw_buf_append(out, HW_SLICE("\n"));
}

/* A program takes as long as twenty events, and of most types there is none. */
static int write_json(struct hw_encoder *e, const struct hw_event *event, struct hw_buf *out)
{
	struct hw_json **json = &e->json[event->type->index];

	if (HW_UNLIKELY(!*json)) {
		const int err = hw_json_new(json, event->type, e->form, e->is_strict);

		if (err)
			return err;
	}
	return hw_json_write(*json, event, out);
}

static int write_event(struct hw_encoder *e, const struct hw_event *event, struct hw_buf *out)
{
	switch (e->format) {
	case HW_FORMAT_JSON:
	case HW_FORMAT_JSON_V1BETA1:
		return write_json(e, event, out);
	case HW_FORMAT_TEXT:
		return write_text(e, event, out);
	case HW_FORMAT_TEXT_LONG:
		return write_long(e, event, out);
	case HW_FORMAT_CURL:
		return hw_curl_write(event, out);
	case HW_FORMAT_HAR:
		return hw_har_write(event, e->is_strict, out);
	case HW_FORMAT_CSV:
		return hw_csv_write(e->columns, event, &e->room, out);
	}
	return -EINVAL;
}

int hw_encoder_append(struct hw_encoder *encoder, const struct hw_event *event, struct hw_buf *out)
{
	const size_t before = out->len;
	int err;

	assert(event->src_text.len); /* hw_event_prepare() was called */
	err = write_event(encoder, event, out);
	if (err)
		out->len = before;
	return err;
}

int hw_encoder_encode(struct hw_encoder *encoder, const struct hw_event *event, char **ret,
		      size_t *ret_len)
{
	int err;

	encoder->line.len = 0;
	err = hw_encoder_append(encoder, event, &encoder->line);
	if (err)
		return err;
	*ret = (char *)encoder->line.ptr;
	*ret_len = encoder->line.len;
	return 0;
}

const char *hw_encoder_head(const struct hw_encoder *encoder)
{
	if (encoder->format == HW_FORMAT_CSV)
		return (const char *)encoder->head.ptr;
	return encoder->format == HW_FORMAT_HAR ? hw_har_head : "";
}

const char *hw_encoder_between(const struct hw_encoder *encoder)
{
	return encoder->format == HW_FORMAT_HAR ? hw_har_between : "";
}

const char *hw_encoder_tail(const struct hw_encoder *encoder)
{
	return encoder->format == HW_FORMAT_HAR ? hw_har_tail : "";
}

int hw_encoder_set_columns(struct hw_encoder *encoder, const char *list)
{
	const int err = set_columns(encoder, list);

	if (!err)
		encoder->has_columns = true;
	return err;
}

void hw_encoder_set_width(struct hw_encoder *encoder, unsigned int columns)
{
	encoder->row.width = columns;
}

void hw_encoder_set_time(struct hw_encoder *encoder, const char *text, size_t len)
{
	encoder->row.time = hw_slice(text, len);
}
