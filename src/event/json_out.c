/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/json_out.c - see json_out.h */
#include "event/json_out.h"

#include "base/base64.h"
#include "base/duration.h"
#include "event/escape.h"
#include "event/number.h"

enum {
	AROUND_MAX = 4 + 2, /* bytes around a name, and a value's quotes */
};

/* A string ends with a quote, so these bytes are never within one. */
static bool is_first(const struct hw_json_out *j)
{
	const struct hw_buf *out = j->out;
	const uint8_t last = out->len > j->from ? out->ptr[out->len - 1] : '\n';

	return last == '{' || last == '[' || last == '\n';
}

/* Write a value's name. Returns room for its quotes and `len` bytes; NULL after a failure. */
static uint8_t *begin(struct hw_json_out *j, const char *name, size_t len)
{
	const size_t name_len = name ? strlen(name) : 0;
	uint8_t *at;

	if (!j->err)
		j->err = hw_buf_reserve(j->out, AROUND_MAX + name_len + len);
	if (j->err)
		return NULL;
	at = j->out->ptr + j->out->len;
	if (!is_first(j))
		*at++ = ',';
	if (!name)
		return at;
	*at++ = '"';
	at = mempcpy(at, name, name_len);
	*at++ = '"';
	*at++ = ':';
	return at;
}

static void end(struct hw_json_out *j, const uint8_t *at)
{
	j->out->len = (size_t)(at - j->out->ptr);
}

/* One quote more. */
static uint8_t *quote(uint8_t *at)
{
	*at = '"';
	return at + 1;
}

void hw_json_out_begin(struct hw_json_out *j, const char *name, char bracket)
{
	uint8_t *at = begin(j, name, 1);

	if (!at)
		return;
	*at++ = (uint8_t)bracket;
	end(j, at);
}

void hw_json_out_end(struct hw_json_out *j, char bracket)
{
	if (!j->err)
		j->err = hw_buf_append(j->out, hw_slice(&bracket, 1));
}

void hw_json_out_text(struct hw_json_out *j, const char *name, struct hw_slice value)
{
	uint8_t *at = begin(j, name, HW_ESCAPE_FACTOR * value.len + HW_ESCAPE_SLACK);

	if (at)
		end(j, quote(hw_escape(quote(at), value, HW_ESCAPE_UNSEEN)));
}

void hw_json_out_base64(struct hw_json_out *j, const char *name, struct hw_slice value)
{
	uint8_t *at = begin(j, name, HW_BASE64_LEN(value.len));

	if (at)
		end(j, quote(hw_write_base64(quote(at), value)));
}

void hw_json_out_number(struct hw_json_out *j, const char *name, int64_t value)
{
	uint8_t *at = begin(j, name, HW_U64_TEXT_MAX + 1);

	if (at)
		end(j, hw_write_i64(at, value));
}

void hw_json_out_u64(struct hw_json_out *j, const char *name, uint64_t value)
{
	uint8_t *at = begin(j, name, HW_U64_TEXT_MAX);

	if (at)
		end(j, hw_write_u64(at, value));
}

void hw_json_out_bool(struct hw_json_out *j, const char *name, bool value)
{
	const struct hw_slice text = value ? HW_SLICE("true") : HW_SLICE("false");
	uint8_t *at = begin(j, name, text.len);

	if (at)
		end(j, mempcpy(at, text.ptr, text.len));
}

static uint8_t *write_ms(uint8_t *ret, uint64_t ns)
{
	ret = hw_write_u64(ret, ns / HW_NS_PER_MS);
	if (ns % HW_NS_PER_MS == 0)
		return ret;
	*ret++ = '.';
	ret = hw_write_digits(ret, (uint32_t)(ns % HW_NS_PER_MS), 6);
	while (ret[-1] == '0')
		ret--;
	return ret;
}

void hw_json_out_ms(struct hw_json_out *j, const char *name, uint64_t ns)
{
	uint8_t *at = begin(j, name, HW_U64_TEXT_MAX + 7);

	if (at)
		end(j, write_ms(at, ns));
}

void hw_json_out_time(struct hw_json_out *j, const char *name, uint64_t time_ns)
{
	uint8_t *at = begin(j, name, HW_TIME_TEXT_MAX);

	if (at)
		end(j, quote(hw_write_rfc3339(quote(at), time_ns)));
}
