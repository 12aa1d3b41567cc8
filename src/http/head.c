/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/head.c - heads: where they end, and what is told of them */
#include "base/layout.h"
#include "http/head_end.h"
#include "http/start.h"
#include "http/walk.h"

enum {
	VERSIONLESS_MAX = 4096, /* bytes of a head that is hardly HTTP: Redis, SIP */
	FEW = 16,		/* bytes that are copied one by one as fast as at once */
};

void hw_http_begin(struct hw_http_walk *w, enum hw_http_state state, enum hw_http_tail tail)
{
	hw_http_count(w, HW_STAT_HTTP_BEGUN, 1);
	hw_http_count(w, HW_STAT_HTTP_OPEN, 1);
	hw_http_unset(w, HW_FLAG_STRONG | HW_FLAG_BRIEF);
	if (w->shared->reader->begin)
		w->shared->reader->begin(w->ctx,
					 (ptrdiff_t)w->from - (ptrdiff_t)hw_http_held_len(w->p));
	w->p->tail = (uint8_t)tail;
	hw_http_go(w, state);
}

static enum hw_stat stat_of(enum hw_http_incomplete why)
{
	switch (why) {
	case HW_HTTP_WHOLE:
		return HW_STAT_HTTP_COMPLETE;
	case HW_HTTP_CUT_GAP:
		return HW_STAT_HTTP_INCOMPLETE_GAP;
	case HW_HTTP_CUT_LIMIT:
		return HW_STAT_HTTP_INCOMPLETE_LIMIT;
	case HW_HTTP_CUT_CLOSED:
		return HW_STAT_HTTP_INCOMPLETE_CLOSED;
	case HW_HTTP_CUT_RESET:
		return HW_STAT_HTTP_INCOMPLETE_RESET;
	case HW_HTTP_CUT_TIMEOUT:
		return HW_STAT_HTTP_INCOMPLETE_TIMEOUT;
	case HW_HTTP_CUT_EVICTED:
		return HW_STAT_HTTP_INCOMPLETE_EVICTED;
	case HW_HTTP_CUT_CAPTURE_END:
	case HW_HTTP_CUT_FRAMING:
		break;
	}
	return HW_STAT_HTTP_INCOMPLETE_END;
}

static void count_message(struct hw_http_walk *w, const struct hw_http_message *m)
{
	hw_http_count(w, HW_STAT_HTTP_OPEN, (uint64_t)-1);
	hw_http_count(w, stat_of(m->incomplete), 1);
	hw_http_count(
		w, m->kind == HW_HTTP_REQUEST ? HW_STAT_HTTP_REQUESTS : HW_STAT_HTTP_RESPONSES, 1);
	if (m->incomplete == HW_HTTP_WHOLE && !m->accepted)
		hw_http_count(w, HW_STAT_HTTP_REFUSED, 1);
}

/* The head says more than its bytes: it is not told as others that are alike. */
HW_APART static void mark_special(const struct hw_http_walk *w, struct hw_http_message *m)
{
	if (hw_http_is(w, HW_FLAG_BLANK_LINES)) {
		m->anomalies |= hw_anomaly_bit(HW_ANOMALY_LEADING_BLANK_LINES);
		m->accepted &=
			hw_http_is(w, HW_FLAG_SEEN); /* Go takes them for a malformed first line */
	}
	if (hw_http_is(w, HW_FLAG_GARBAGE))
		m->anomalies |= hw_anomaly_bit(HW_ANOMALY_GARBAGE_BEFORE);
	if (hw_http_is(w, HW_FLAG_SHORT))
		m->anomalies ^= hw_anomaly_bit(HW_ANOMALY_HEAD_TOO_LONG) |
				hw_anomaly_bit(HW_ANOMALY_MEMORY_SHORT);
	m->repeat = 0;
}

/*
 * What is cut is not odd for what does not stand there any more: "HTTP/1.", "chun". So its
 * anomalies are those of the lines that have come to their end.
 */
HW_APART static void read_cut(struct hw_http_scratch *scratch, struct hw_slice head,
			      enum hw_http_kind kind, enum hw_http_incomplete why,
			      struct hw_http_message *ret)
{
	const hw_anomalies of_us = hw_anomaly_bit(HW_ANOMALY_HEAD_TOO_LONG) |
				   hw_anomaly_bit(HW_ANOMALY_FIELDS_DROPPED);
	const uint8_t *end = head.len ? memrchr(head.ptr, '\n', head.len) : NULL;
	hw_anomalies of_lines = 0;

	if (end) {
		hw_http_message_read(scratch, hw_slice(head.ptr, (size_t)(end - head.ptr) + 1),
				     kind, why, ret);
		of_lines = ret->anomalies;
	}
	hw_http_message_read(scratch, head, kind, why, ret);
	ret->anomalies = of_lines | (ret->anomalies & of_us);
}

/* What a head says: as it was read when it came before, or read now, into `room`. */
static const struct hw_http_message *read_head(struct hw_http_walk *w, struct hw_slice head,
					       enum hw_http_incomplete why,
					       struct hw_http_message *room)
{
	const enum hw_http_kind kind =
		hw_slice_starts(head, HW_SLICE("HTTP/")) ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;
	const bool is_special =
		hw_http_is(w, HW_FLAG_BLANK_LINES | HW_FLAG_GARBAGE | HW_FLAG_SHORT);
	const struct hw_http_message *known =
		is_special || why != HW_HTTP_WHOLE
			? NULL
			: hw_http_message_recall(w->shared->scratch, head, kind);

	if (known)
		return known;
	if (why == HW_HTTP_WHOLE)
		hw_http_message_read(w->shared->scratch, head, kind, why, room);
	else
		read_cut(w->shared->scratch, head, kind, why, room);
	if (is_special)
		mark_special(w, room);
	return room;
}

static struct hw_http_told what_is_told(const struct hw_http_message *m)
{
	return (struct hw_http_told){
		.kind = m->kind,
		.framing = m->framing,
		.status_code = m->status_code,
		.body_len = m->body_len,
		.has_upgrade = m->has_upgrade,
		.is_preface = m->anomalies & hw_anomaly_bit(HW_ANOMALY_H2_PREFACE),
	};
}

/* Read a head, and tell the reader. What it holds is free then. */
static struct hw_http_told report(struct hw_http_walk *w, struct hw_slice head,
				  enum hw_http_incomplete why)
{
	struct hw_http_message room;
	const struct hw_http_message *m = read_head(w, head, why, &room);
	struct hw_http_told told = what_is_told(m);

	count_message(w, m);
	hw_http_set(w, HW_FLAG_SEEN);
	hw_http_unset(w, HW_FLAG_SHORT | HW_FLAG_BLANK_LINES | HW_FLAG_GARBAGE | HW_FLAG_UPGRADE |
				 HW_FLAG_MISSING);
	told.asked = w->shared->reader->head(w->ctx, m);
	hw_http_drop(w);
	return told;
}

/* What there is of a head that does not end is reported, and the next one searched. */
static void report_cut(struct hw_http_walk *w, struct hw_slice head, enum hw_http_incomplete why)
{
	const bool is_hardly_http = hw_http_is(w, HW_FLAG_VERSIONLESS);

	report(w, head, why);
	w->shared->reader->done(w->ctx, false, w->len - w->at);
	hw_http_search(w);
	if (is_hardly_http)
		hw_http_become_opaque(w);
}

void hw_http_cut_short(struct hw_http_walk *w)
{
	const struct hw_slice head = hw_http_held_len(w->p) > 0
					     ? hw_buf_slice(w->p->held)
					     : hw_slice(w->ptr + w->from, w->at - w->from);

	hw_http_set(w, HW_FLAG_SHORT);
	report_cut(w, head, HW_HTTP_CUT_LIMIT);
}

void hw_http_cut(struct hw_http_walk *w, enum hw_http_incomplete why)
{
	struct hw_slice head;

	if (hw_http_gather(w, &head))
		report_cut(w, head, why);
	else
		hw_http_cut_short(w);
}

static void end_head(struct hw_http_walk *w)
{
	const bool is_hardly_http = hw_http_is(w, HW_FLAG_VERSIONLESS);
	struct hw_slice head;
	struct hw_http_told told;

	if (!hw_http_gather(w, &head)) {
		hw_http_cut_short(w);
		return;
	}
	told = report(w, head, HW_HTTP_WHOLE);
	if (is_hardly_http || told.is_preface) {
		hw_http_done(w, true);
		hw_http_become_opaque(w);
	} else {
		hw_http_follow(w, &told);
	}
}

/* Simple-Request = "GET" SP Request-URI CRLF      RFC 1945 5 */
bool hw_http_end_simple(struct hw_http_walk *w)
{
	struct hw_slice line;

	if (!hw_http_is(w, HW_FLAG_VERSIONLESS) || !hw_http_gather(w, &line) ||
	    !hw_slice_starts(line, HW_SLICE("GET ")) ||
	    memchr(line.ptr, '\n', line.len) != line.ptr + line.len - 1)
		return false;
	end_head(w);
	return true;
}

static size_t versionless_max(const struct hw_http_walk *w)
{
	return hw_least(VERSIONLESS_MAX, w->shared->max_head);
}

/* How many bytes the head may still have. */
static size_t head_room(const struct hw_http_walk *w)
{
	const size_t max =
		hw_http_is(w, HW_FLAG_VERSIONLESS) ? versionless_max(w) : w->shared->max_head;

	return max - hw_least(max, hw_http_gathered(w));
}

/* Some servers of HTTP answer RTSP, too, and go on. */
static bool has_version(struct hw_slice line)
{
	line = hw_http_without_cr(hw_slice(line.ptr, line.len - 1));
	if (hw_slice_starts(line, HW_SLICE("HTTP/")))
		return true;
	return (line.len > 9 && memcmp(line.ptr + line.len - 9, " HTTP/1.", 8) == 0) ||
	       hw_http_start_has_version(line) || hw_http_start_is_rtsp(line) ||
	       hw_http_start_is_icap(line);
}

/* A head that lies whole in this piece, as most do: one look at it finds all its lines. */
static bool pass_whole_head(struct hw_http_walk *w)
{
	const struct hw_slice in = { w->ptr + w->at, hw_least(w->len - w->at, head_room(w)) };
	size_t len, line_len;

	if (hw_http_gathered(w) > 0)
		return false;
	len = hw_http_message_find(w->shared->scratch, in, &line_len);
	if (len == 0)
		return false;
	if (!has_version(hw_slice(in.ptr, line_len))) {
		if (len > versionless_max(w))
			return false;
		hw_http_set(w, HW_FLAG_VERSIONLESS);
	}
	w->at += len;
	end_head(w);
	return true;
}

/* A head that goes on in another piece: its first line, or as much of it as there is. */
HW_APART static void pass_start_line(struct hw_http_walk *w)
{
	const size_t room = head_room(w), len = hw_least(w->len - w->at, room);
	const uint8_t *lf = len ? (const uint8_t *)memchr(w->ptr + w->at, '\n', len) : NULL;
	struct hw_slice line;

	w->at += lf ? (size_t)(lf - w->ptr) + 1 - w->at : len;
	if (!lf) {
		if (len == room)
			hw_http_cut(w, HW_HTTP_CUT_LIMIT);
		return;
	}
	if (!hw_http_gather(w, &line)) {
		hw_http_cut_short(w);
		return;
	}
	if (!has_version(line))
		hw_http_set(w, HW_FLAG_VERSIONLESS);
	w->p->tail = HW_HTTP_TAIL_LF;
	hw_http_go(w, HW_AT_FIELDS);
}

void hw_http_in_start_line(struct hw_http_walk *w)
{
	if (!pass_whole_head(w))
		pass_start_line(w);
}

void hw_http_in_fields(struct hw_http_walk *w)
{
	const size_t room = head_room(w), len = hw_least(w->len - w->at, room);
	enum hw_http_tail tail = (enum hw_http_tail)w->p->tail;
	const size_t end = hw_http_head_end(hw_slice(w->ptr + w->at, len), &tail);

	w->p->tail = (uint8_t)tail;
	w->at += end ? end : len;
	if (end)
		end_head(w);
	else if (len == room)
		hw_http_cut(w, HW_HTTP_CUT_LIMIT);
}

bool hw_http_hold_few(struct hw_http_parser *p, size_t max_head, struct hw_slice in)
{
	struct hw_buf *held = p->held;
	uint8_t *to;

	if (!held || in.len > FEW || in.len > held->cap - held->len ||
	    in.len + held->len >= max_head || p->flags & HW_FLAG_VERSIONLESS)
		return false;
	to = held->ptr + held->len;
	for (size_t i = 0; i < in.len; i++) {
		if (in.ptr[i] == '\n')
			return false;
		to[i] = in.ptr[i];
	}
	held->len += in.len;
	p->tail = p->tail == HW_HTTP_TAIL_LF && in.len == 1 && in.ptr[0] == '\r'
			  ? HW_HTTP_TAIL_LF_CR
			  : HW_HTTP_TAIL_IN_LINE;
	return true;
}
