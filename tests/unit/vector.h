/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/vector.h - what Tracee makes of single packets: tests/data/http-vectors.jsonl */
#ifndef HW_VECTOR_H
#define HW_VECTOR_H

#include "http/message.h"

struct vector {
	const char *name;
	enum hw_http_kind kind;
	struct hw_slice input;
	bool gate_any; /* starts like HTTP, says Tracee's kernel test with all methods */
	bool ok;       /* there is an event; what follows is what it says, as valid UTF-8 */
	struct hw_slice method, protocol, host, uri_path, status;
	int status_code;
	long long content_length;
	const struct hw_http_field *headers; /* name by name, each with one value */
	size_t headers_nr;
};

#include "vectors_table.h"

enum { VECTORS_NR = sizeof(vectors) / sizeof(vectors[0]) };

/* How long the UTF-8 sequence is that `s` begins with; 0: none (Go's utf8.DecodeRune). */
static inline size_t vector_rune(struct hw_slice s)
{
	const uint8_t c = s.ptr[0];
	const size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	const uint8_t min = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	const uint8_t max = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

	if (len == 0 || c > 0xf4 || s.len < len)
		return 0;
	if (len > 1 && (s.ptr[1] < min || s.ptr[1] > max))
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* `got` is `want` once each byte of it that is no valid UTF-8 is U+FFFD. */
static inline bool vector_text_is(struct hw_slice got, struct hw_slice want)
{
	const struct hw_slice bad = HW_SLICE("\xef\xbf\xbd");

	while (got.len > 0) {
		const size_t len = vector_rune(got);
		const struct hw_slice rune = len ? hw_slice(got.ptr, len) : bad;

		if (!hw_slice_starts(want, rune))
			return false;
		want = hw_slice_after(want, rune.len);
		got = hw_slice_after(got, len ? len : 1);
	}
	return want.len == 0;
}

/* The first thing in which `m` is not what `v` wants, or NULL. */
static inline const char *vector_difference(const struct vector *v, const struct hw_http_message *m)
{
	if (m->accepted != v->ok)
		return "accepted";
	if (!v->ok)
		return m->incomplete == HW_HTTP_WHOLE && m->anomalies == 0 ? "no anomaly" : NULL;
	if (m->kind != v->kind)
		return "kind";
	if (!vector_text_is(m->method, v->method))
		return "method";
	if (!vector_text_is(m->protocol, v->protocol))
		return "protocol";
	if (!vector_text_is(m->host, v->host))
		return "host";
	if (!vector_text_is(m->uri_path, v->uri_path))
		return "uri_path";
	if (!vector_text_is(m->status, v->status))
		return "status";
	if (m->status_code != v->status_code)
		return "status_code";
	if (m->content_length != v->content_length)
		return "content_length";
	if (m->headers_nr != v->headers_nr)
		return "number of headers";
	for (size_t i = 0; i < v->headers_nr; i++)
		if (!vector_text_is(m->headers[i].name, v->headers[i].name) ||
		    !vector_text_is(m->headers[i].value, v->headers[i].value))
			return "headers";
	return NULL;
}

#endif
