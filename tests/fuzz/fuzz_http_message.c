/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/fuzz/fuzz_http_message.c - whatever the bytes, a message that keeps its promises */
#include "fuzz.h"

#include "http/line_index.h"
#include "http/reading.h"
#include "same_message.h"

/* `s` lies in the head, in the scratch, or is a constant of ours (then its text is known). */
static bool is_inside(struct hw_slice s, struct hw_slice head,
		      const struct hw_http_scratch *scratch)
{
	const struct hw_slice text = { scratch->text.ptr, scratch->text.len };
	const uint8_t *names = (const uint8_t *)&scratch->usual;

	if (s.len == 0)
		return true;
	if (s.ptr >= head.ptr && s.ptr + s.len <= head.ptr + head.len)
		return true;
	if (text.len > 0 && s.ptr >= text.ptr && s.ptr + s.len <= text.ptr + text.len)
		return true;
	if (s.ptr >= names && s.ptr + s.len <= names + sizeof(scratch->usual))
		return true;
	return hw_slice_eq(s, HW_SLICE("Cache-Control")) || hw_slice_eq(s, HW_SLICE("no-cache"));
}

static bool is_sorted(struct hw_slice a, struct hw_slice b)
{
	const int order = a.len && b.len ? memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len) : 0;

	return order != 0 ? order < 0 : a.len <= b.len;
}

static void check(const struct hw_http_message *m, struct hw_slice head,
		  const struct hw_http_scratch *s)
{
	const struct hw_slice parts[] = { m->start_line, m->method, m->target,
					  m->query,	 m->reason, m->protocol,
					  m->uri_path,	 m->host,   m->status };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		FUZZ_CHECK(is_inside(parts[i], head, s));
	for (size_t i = 0; i < m->fields_nr; i++) {
		FUZZ_CHECK(is_inside(m->fields[i].name, head, s));
		FUZZ_CHECK(is_inside(m->fields[i].value, head, s));
	}
	for (size_t i = 0; i < m->headers_nr; i++) {
		FUZZ_CHECK(is_inside(m->headers[i].name, head, s));
		FUZZ_CHECK(is_inside(m->headers[i].value, head, s));
		FUZZ_CHECK(i == 0 || is_sorted(m->headers[i - 1].name, m->headers[i].name));
	}
	FUZZ_CHECK(m->headers_nr <= m->fields_nr + 1);
	FUZZ_CHECK(m->accepted || m->incomplete || m->anomalies);
	FUZZ_CHECK(!m->accepted || !m->incomplete);
	FUZZ_CHECK(m->content_length >= -1);
	FUZZ_CHECK(m->framing == HW_HTTP_BODY_LENGTH || m->body_len == 0);
	FUZZ_CHECK(m->anomalies >> (HW_ANOMALY_NR - 1) <= 1);
}

/* The last way is the portable one: what it says of `in`, all say. */
static void check_ways(struct hw_slice in)
{
	struct hw_http_line_index want, got;

	hw_http_indexings[hw_http_indexings_nr - 1].make(in, &want);
	for (size_t i = 0; i + 1 < hw_http_indexings_nr; i++) {
		if (!hw_http_indexings[i].is_possible())
			continue;
		hw_http_indexings[i].make(in, &got);
		FUZZ_CHECK(got.nr == want.nr && got.len == want.len);
		FUZZ_CHECK(got.is_head == want.is_head && got.is_odd == want.is_odd);
		FUZZ_CHECK(got.has_bare_lf == want.has_bare_lf);
		FUZZ_CHECK(memcmp(got.ends, want.ends, want.nr * sizeof(want.ends[0])) == 0);
	}
}

/* Who remembers heads tells of one what who reads it tells, the first time and then. */
static void check_again(struct hw_slice in, enum hw_http_kind kind)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *remembers, *forgets;
	struct hw_http_message want, got;
	size_t line;

	FUZZ_CHECK(hw_http_scratch_new(&remembers, &budget) == 0);
	FUZZ_CHECK(hw_http_scratch_new(&forgets, &budget) == 0);
	hw_http_scratch_remember(remembers);
	for (int i = 0; i < 3; i++) {
		const size_t len = hw_http_message_find(remembers, in, &line);
		const struct hw_slice head = { in.ptr, len };

		if (len == 0)
			break;
		hw_http_message_read(forgets, head, kind, HW_HTTP_WHOLE, &want);
		hw_http_message_read(remembers, head, kind, HW_HTTP_WHOLE, &got);
		FUZZ_CHECK(same_message(&want, &got));
	}
	hw_http_scratch_free(remembers);
	hw_http_scratch_free(forgets);
	FUZZ_CHECK(budget.used == 0);
}

/*
 * The heads that came before, which are all so far, make no difference, nor does that memory for
 * this one was short: `room` bytes, if they are not 0.
 */
static void check_used(struct hw_slice head, enum hw_http_kind kind, size_t room)
{
	static struct hw_budget budget = { .max = SIZE_MAX / 4 };
	static struct hw_http_scratch *used;
	struct hw_http_scratch *fresh;
	struct hw_http_message want, got;

	FUZZ_CHECK(used || hw_http_scratch_new(&used, &budget) == 0);
	if (room) {
		budget.max = budget.used + room;
		hw_http_message_read(used, head, kind, HW_HTTP_WHOLE, &got);
		budget.max = SIZE_MAX / 4;
	}
	FUZZ_CHECK(hw_http_scratch_new(&fresh, &budget) == 0);
	hw_http_message_read(fresh, head, kind, HW_HTTP_WHOLE, &want);
	hw_http_message_read(used, head, kind, HW_HTTP_WHOLE, &got);
	FUZZ_CHECK(same_message(&want, &got));
	hw_http_scratch_free(fresh);
}

/* The first byte: kind, whole or cut, and whether memory is short. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_http_scratch *scratch;
	struct hw_http_message m;
	struct hw_slice head;

	if (size == 0)
		return 0;
	head = hw_slice(data + 1, size - 1);
	check_ways(head);
	check_again(head, data[0] & 1 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST);
	check_used(head, data[0] & 1 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST,
		   data[0] & 4 ? (size_t)(data[0] >> 3) * 16 : 0);
	FUZZ_CHECK(hw_http_scratch_new(&scratch, &budget) == 0);
	if (data[0] & 4)
		budget.max = budget.used + (size_t)(data[0] >> 3) * 128;
	for (int i = 0; i < 2; i++) {
		const int err = hw_http_message_read(
			scratch, head, data[0] & 1 ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST,
			data[0] & 2 ? HW_HTTP_CUT_CLOSED : HW_HTTP_WHOLE, &m);

		FUZZ_CHECK(err == 0 || data[0] & 4);
		/* A head that says it is whole and is not is refused without a reason. */
		if (!m.accepted && !m.incomplete && !m.anomalies)
			FUZZ_CHECK(!memmem(head.ptr, head.len, "\n\n", 2) &&
				   !memmem(head.ptr, head.len, "\n\r\n", 3));
		else
			check(&m, head, scratch);
	}
	hw_http_scratch_free(scratch);
	FUZZ_CHECK(budget.used == 0);
	return 0;
}
