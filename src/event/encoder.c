/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/encoder.c - events as lines: hw_encoder_* of httpwire.h */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "event/har.h"
#include "event/json.h"
#include "event/table.h"
#include "event/text.h"

struct hw_encoder {
	enum hw_format format;
	struct hw_json *json[HW_TYPE_NR]; /* of the JSON formats */
	bool color, is_strict;
	struct hw_buf line;
};

/* A line is a small multiple of the message's head, which the engine bounds. */
static const size_t line_max = SIZE_MAX / 4;

static int compile(struct hw_encoder *e, enum hw_json_form form, uint32_t flags)
{
	for (size_t i = 0; i < HW_TYPE_NR; i++) {
		int err;

		if (!hw_event_types[i].args)
			continue;
		err = hw_json_new(&e->json[i], &hw_event_types[i], form, flags & HW_ENCODE_STRICT);
		if (err)
			return err;
	}
	return 0;
}

static bool is_format(enum hw_format format)
{
	switch (format) {
	case HW_FORMAT_JSON:
	case HW_FORMAT_JSON_V1BETA1:
	case HW_FORMAT_TEXT:
	case HW_FORMAT_HAR:
		return true;
	}
	return false;
}

static int make_programs(struct hw_encoder *e, uint32_t flags)
{
	if (e->format == HW_FORMAT_JSON)
		return compile(e, HW_JSON_A, flags);
	return e->format == HW_FORMAT_JSON_V1BETA1 ? compile(e, HW_JSON_B, flags) : 0;
}

int hw_encoder_new(struct hw_encoder **ret, enum hw_format format, uint32_t flags)
{
	struct hw_encoder *e;

	if (!is_format(format))
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;

	e->format = format;
	e->color = flags & HW_ENCODE_COLOR;
	e->is_strict = flags & HW_ENCODE_STRICT;
	hw_buf_init(&e->line, line_max, NULL);
	if (make_programs(e, flags) != 0) {
		hw_encoder_free(e);
		return -ENOMEM;
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
	hw_buf_clear(&encoder->line);
	free(encoder);
}

static int encode(struct hw_encoder *e, const struct hw_event *event)
{
	switch (e->format) {
	case HW_FORMAT_JSON:
	case HW_FORMAT_JSON_V1BETA1:
		return hw_json_write(e->json[event->type->index], event, &e->line);
	case HW_FORMAT_TEXT:
		return hw_text_write(event, e->color, &e->line);
	case HW_FORMAT_HAR:
		return hw_har_write(event, e->is_strict, &e->line);
	}
	return 0;
}

int hw_encoder_encode(struct hw_encoder *encoder, const struct hw_event *event, char **ret,
		      size_t *ret_len)
{
	int err;

	assert(event->src_text.len); /* hw_event_prepare() was called */
	encoder->line.len = 0;
	err = encode(encoder, event);
	if (err)
		return err;
	*ret = (char *)encoder->line.ptr;
	*ret_len = encoder->line.len;
	return 0;
}

const char *hw_encoder_head(const struct hw_encoder *encoder)
{
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
