/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_json.c - what the writers of JSON write, json-c reads back as it was
 *
 * The input is a kind of value (a byte), a number (eight bytes) and a text. They are
 * written member by member, and as an event in both forms. The text is also escaped by all
 * ways, which must write the same.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "event/escape.h"
#include "event/event.h"
#include "event/json.h"
#include "event/json_out.h"
#include "event/table.h"
#include "fuzz.h"

enum { HEAD = 9, SIZE_LIMIT = 4096, OUT_MAX = 1 << 20, MS = 1000000 };

/* Of a character at `s`: how many bytes it has; 0 where there is none (RFC 3629 4). */
static size_t character(const uint8_t *s, size_t len)
{
	const size_t need = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code = need == 1 ? s[0] : s[0] & (0x7fu >> need);
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if ((s[0] >= 0x80 && s[0] < 0xc0) || s[0] >= 0xf8 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	return code < least[need] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0
											  : need;
}

/* The bytes as text: each that is in no character is U+FFFD. `ret` has three times the room. */
static size_t as_text(struct hw_slice s, char *ret)
{
	size_t out = 0;

	for (size_t at = 0, nr; at < s.len; at += nr ? nr : 1) {
		nr = character(s.ptr + at, s.len - at);
		memcpy(ret + out, nr ? (const char *)s.ptr + at : "\xef\xbf\xbd", nr ? nr : 3);
		out += nr ? nr : 3;
	}
	return out;
}

static struct json_object *read_back(struct hw_slice text)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	FUZZ_CHECK(t);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, (const char *)text.ptr, (int)text.len);
	if (!o)
		fprintf(stderr, "%.*s\n", (int)text.len, (const char *)text.ptr);
	FUZZ_CHECK(o && json_tokener_get_error(t) == json_tokener_success);
	FUZZ_CHECK(json_tokener_get_parse_end(t) == text.len);
	json_tokener_free(t);
	return o;
}

static struct json_object *member(struct json_object *o, const char *name)
{
	struct json_object *found = NULL;

	FUZZ_CHECK(json_object_object_get_ex(o, name, &found));
	return found;
}

static void check_text(struct json_object *o, const char *name, struct hw_slice bytes)
{
	char *text = malloc(3 * bytes.len + 1);
	struct json_object *found = member(o, name);
	size_t len;

	FUZZ_CHECK(text);
	len = as_text(bytes, text);
	FUZZ_CHECK((size_t)json_object_get_string_len(found) == len);
	FUZZ_CHECK(memcmp(json_object_get_string(found), text, len) == 0);
	free(text);
}

static void check_base64(struct json_object *o, struct hw_slice bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *text = json_object_get_string(member(o, "base64"));
	size_t at = 0;
	uint32_t bits = 0;

	FUZZ_CHECK(strlen(text) == (bytes.len + 2) / 3 * 4);
	for (size_t i = 0; text[i] && text[i] != '='; i++) {
		const char *found = strchr(letters, text[i]);

		FUZZ_CHECK(found);
		bits = bits << 6 | (uint32_t)(found - letters);
		if (i % 4 != 0) {
			FUZZ_CHECK(at < bytes.len);
			FUZZ_CHECK(bytes.ptr[at++] == (uint8_t)(bits >> (6 - 2 * (i % 4))));
		}
	}
	FUZZ_CHECK(at == bytes.len);
}

static void check_members(uint64_t number, struct hw_slice bytes)
{
	const uint64_t ns = number >> 16; /* a double has it exactly */
	struct hw_buf out;
	struct hw_json_out j = { .out = &out };
	struct json_object *o;

	hw_buf_init(&out, OUT_MAX, NULL);
	hw_json_out_begin(&j, NULL, '{');
	hw_json_out_text(&j, "text", bytes);
	hw_json_out_number(&j, "number", (int64_t)number);
	hw_json_out_begin(&j, "list", '[');
	hw_json_out_text(&j, NULL, bytes);
	hw_json_out_bool(&j, NULL, number & 1);
	hw_json_out_end(&j, ']');
	hw_json_out_base64(&j, "base64", bytes);
	hw_json_out_ms(&j, "ms", ns);
	hw_json_out_time(&j, "time", ns);
	hw_json_out_end(&j, '}');
	FUZZ_CHECK(j.err == 0);

	o = read_back(hw_buf_slice(&out));
	check_text(o, "text", bytes);
	check_base64(o, bytes);
	FUZZ_CHECK(json_object_get_int64(member(o, "number")) == (int64_t)number);
	FUZZ_CHECK(json_object_array_length(member(o, "list")) == 2);
	FUZZ_CHECK(json_object_get_double(member(o, "ms")) == (double)ns / MS);
	json_object_put(o);
	hw_buf_clear(&out);
}

/* Made once. */
static struct hw_json *program(enum hw_json_form form)
{
	static struct hw_json *programs[2];

	if (!programs[form])
		FUZZ_CHECK(hw_json_new(&programs[form], hw_event_type(HW_TYPE_NET_PACKET_HTTP),
				       form, false) == 0);
	return programs[form];
}

static struct json_object *proto_http(struct json_object *event)
{
	struct json_object *args = member(event, "args");

	for (size_t i = 0; i < json_object_array_length(args); i++) {
		struct json_object *arg = json_object_array_get_idx(args, i);

		if (strcmp(json_object_get_string(member(arg, "name")), "proto_http") == 0)
			return member(arg, "value");
	}
	abort();
}

static void check_event(uint64_t number, struct hw_slice bytes)
{
	const struct hw_http_field header = { hw_slice_text("X-A"), bytes };
	const struct hw_http_message m = {
		.kind = number & 1 ? HW_HTTP_REQUEST : HW_HTTP_RESPONSE,
		.accepted = true,
		.method = bytes,
		.protocol = bytes,
		.host = bytes,
		.uri_path = bytes,
		.status = bytes,
		.headers = &header,
		.headers_nr = 1,
	};
	const struct hw_process process = { .comm = bytes, .host_name = bytes };
	struct hw_event e = {
		.type = hw_event_type(HW_TYPE_NET_PACKET_HTTP),
		.time_ns = number >> 2,
		.process = &process,
		.protocol = 6,
		.http = &m,
		.extra = { .target = bytes, .query = bytes },
	};
	struct json_object *o;
	struct hw_buf out;

	hw_buf_init(&out, OUT_MAX, NULL);
	hw_event_prepare(&e);
	FUZZ_CHECK(hw_json_write(program(HW_JSON_B), &e, &out) == 0);
	json_object_put(read_back(hw_slice(out.ptr, out.len - 1)));

	out.len = 0;
	FUZZ_CHECK(hw_json_write(program(HW_JSON_A), &e, &out) == 0);
	o = read_back(hw_slice(out.ptr, out.len - 1));
	check_text(o, "processName", bytes);
	check_text(member(o, "httpwire"), "target", bytes);
	check_text(proto_http(o), "method", bytes);
	check_text(proto_http(o), "uri_path", bytes);
	json_object_put(o);
	hw_buf_clear(&out);
}

/* What this processor has, and what others have, in room of exactly the size that is asked for. */
static void check_escape_without(struct hw_slice bytes, unsigned how, unsigned without)
{
	const size_t max = HW_ESCAPE_FACTOR * bytes.len + HW_ESCAPE_SLACK;
	uint8_t *best = malloc(max), *other = malloc(max);
	size_t len;

	FUZZ_CHECK(best && other);
	len = (size_t)(hw_escape(best, bytes, how) - best);
	FUZZ_CHECK((size_t)(hw_escape(other, bytes, how | without) - other) == len);
	FUZZ_CHECK(memcmp(best, other, len) == 0);
	free(best);
	free(other);
}

static void check_escape(struct hw_slice bytes, unsigned how)
{
	check_escape_without(bytes, how, HW_ESCAPE_PORTABLE);
	check_escape_without(bytes, how, HW_ESCAPE_BY_32);
}

static void check_escapes(struct hw_slice bytes)
{
	static const unsigned ways[] = { 0,
					 HW_ESCAPE_HTML,
					 HW_ESCAPE_DROP,
					 HW_ESCAPE_UNSEEN,
					 HW_ESCAPE_HTML | HW_ESCAPE_DROP,
					 HW_ESCAPE_HTML | HW_ESCAPE_KEY };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		check_escape(bytes, ways[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t number;
	uint8_t *copy;

	if (size < HEAD || size > SIZE_LIMIT)
		return 0;
	memcpy(&number, data + 1, sizeof(number));
	copy = malloc(size - HEAD +
		      (size == HEAD)); /* of its own size: a read behind its end is seen */
	FUZZ_CHECK(copy);
	memcpy(copy, data + HEAD, size - HEAD);
	check_escapes(hw_slice(copy, size - HEAD));
	if (data[0] & 1)
		check_members(number, hw_slice(copy, size - HEAD));
	else
		check_event(number, hw_slice(copy, size - HEAD));
	free(copy);
	return 0;
}
