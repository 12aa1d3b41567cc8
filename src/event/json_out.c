/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/json_out.c - see json_out.h */
#include "event/json_out.h"

#include "event/base64.h"
#include "event/escape.h"
#include "event/number.h"

enum { NS_PER_MS = 1000000 };

static void add(struct hw_json_out *j, struct hw_slice s)
{
	if (!j->err)
		j->err = hw_buf_append(j->out, s);
}

static void add_char(struct hw_json_out *j, char c)
{
	add(j, hw_slice(&c, 1));
}

/* Room for `len` bytes; NULL after a failure. */
static uint8_t *reserve(struct hw_json_out *j, size_t len)
{
	if (!j->err)
		j->err = hw_buf_reserve(j->out, len);
	return j->err ? NULL : j->out->ptr + j->out->len;
}

static void take(struct hw_json_out *j, const uint8_t *end)
{
	j->out->len = (size_t)(end - j->out->ptr);
}

/* A string ends with a quote, so these bytes are never within one. */
static bool is_first(const struct hw_json_out *j)
{
	const struct hw_buf *out = j->out;
	const uint8_t last = out->len > j->from ? out->ptr[out->len - 1] : '\n';

	return last == '{' || last == '[' || last == '\n';
}

static void add_name(struct hw_json_out *j, const char *name)
{
	if (!is_first(j))
		add_char(j, ',');
	if (!name)
		return;
	add_char(j, '"');
	add(j, hw_slice_text(name));
	add(j, HW_SLICE("\":"));
}

void hw_json_out_begin(struct hw_json_out *j, const char *name, char bracket)
{
	add_name(j, name);
	add_char(j, bracket);
}

void hw_json_out_end(struct hw_json_out *j, char bracket)
{
	add_char(j, bracket);
}

void hw_json_out_text(struct hw_json_out *j, const char *name, struct hw_slice value)
{
	uint8_t *at;

	add_name(j, name);
	add_char(j, '"');
	at = reserve(j, HW_ESCAPE_FACTOR * value.len + HW_ESCAPE_SLACK);
	if (at)
		take(j, hw_escape(at, value, HW_ESCAPE_UNSEEN));
	add_char(j, '"');
}

void hw_json_out_base64(struct hw_json_out *j, const char *name, struct hw_slice value)
{
	uint8_t *at;

	add_name(j, name);
	add_char(j, '"');
	at = reserve(j, HW_BASE64_LEN(value.len));
	if (at)
		take(j, hw_write_base64(at, value));
	add_char(j, '"');
}

void hw_json_out_number(struct hw_json_out *j, const char *name, int64_t value)
{
	uint8_t *at;

	add_name(j, name);
	at = reserve(j, HW_U64_TEXT_MAX);
	if (at)
		take(j, hw_write_i64(at, value));
}

void hw_json_out_bool(struct hw_json_out *j, const char *name, bool value)
{
	add_name(j, name);
	add(j, value ? HW_SLICE("true") : HW_SLICE("false"));
}

static uint8_t *write_ms(uint8_t *ret, uint64_t ns)
{
	ret = hw_write_u64(ret, ns / NS_PER_MS);
	if (ns % NS_PER_MS == 0)
		return ret;
	*ret++ = '.';
	ret = hw_write_digits(ret, (uint32_t)(ns % NS_PER_MS), 6);
	while (ret[-1] == '0')
		ret--;
	return ret;
}

void hw_json_out_ms(struct hw_json_out *j, const char *name, uint64_t ns)
{
	uint8_t *at;

	add_name(j, name);
	at = reserve(j, HW_U64_TEXT_MAX + 7);
	if (at)
		take(j, write_ms(at, ns));
}

void hw_json_out_time(struct hw_json_out *j, const char *name, uint64_t time_ns)
{
	uint8_t *at;

	add_name(j, name);
	add_char(j, '"');
	at = reserve(j, HW_TIME_TEXT_MAX);
	if (at)
		take(j, hw_write_rfc3339(at, time_ns));
	add_char(j, '"');
}
