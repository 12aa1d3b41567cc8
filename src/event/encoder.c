/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/encoder.c - events as lines: hw_encoder_* of httpwire.h */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "event/json.h"
#include "event/table.h"
#include "event/text.h"

struct hw_encoder {
	struct hw_json *json[HW_TYPE_NR]; /* NULL: text */
	bool color;
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

int hw_encoder_new(struct hw_encoder **ret, enum hw_format format, uint32_t flags)
{
	struct hw_encoder *e;

	if (format != HW_FORMAT_JSON && format != HW_FORMAT_JSON_V1BETA1 &&
	    format != HW_FORMAT_TEXT)
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;

	e->color = flags & HW_ENCODE_COLOR;
	hw_buf_init(&e->line, line_max, NULL);
	if (format != HW_FORMAT_TEXT &&
	    compile(e, format == HW_FORMAT_JSON ? HW_JSON_A : HW_JSON_B, flags) != 0) {
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

int hw_encoder_encode(struct hw_encoder *encoder, const struct hw_event *event, char **ret,
		      size_t *ret_len)
{
	const struct hw_json *json = encoder->json[event->type->index];
	int err;

	assert(event->src_text.len); /* hw_event_prepare() was called */
	encoder->line.len = 0;
	err = json ? hw_json_write(json, event, &encoder->line)
		   : hw_text_write(event, encoder->color, &encoder->line);
	if (err)
		return err;
	*ret = (char *)encoder->line.ptr;
	*ret_len = encoder->line.len;
	return 0;
}
