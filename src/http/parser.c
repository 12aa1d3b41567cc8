/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/parser.c - see parser.h */
#include "http/parser.h"

#include <assert.h>
#include <stdlib.h>

#include "base/layout.h"
#include "base/stats.h"
#include "http/head_end.h"
#include "http/octet.h"
#include "http/start.h"

enum state {
	START,	    /* a message may start here */
	LINE,	    /* perhaps: its first line will tell */
	START_LINE, /* of a message */
	FIELDS,
	BODY_LENGTH,
	BODY_CHUNKED,
	BODY_CLOSE,
	SEARCH, /* for a start line, anywhere */
	OPAQUE, /* not HTTP; only the first bytes of each piece are looked at */
	STATES_NR,
};

enum flag {
	SEEN = 1 << 0,	      /* there was a message */
	MIDSTREAM = 1 << 1,   /* the direction's beginning is not known */
	STRONG = 1 << 2,      /* START, LINE: only a start line beyond doubt counts */
	BLANK_LINES = 1 << 3, /* empty lines stand before the message */
	GARBAGE = 1 << 4,     /* bytes of no message stand before it */
	VERSIONLESS = 1 << 5, /* its first line has no HTTP/ */
	UPGRADE = 1 << 6,     /* a tunnel may begin behind the body */
	MISSING = 1 << 7,     /* bytes of the body are missing */
	WANTED = 1 << 8,      /* someone wants the bytes of the body */
	SHORT = 1 << 9,	      /* memory is short for the head */
	BRIEF = 1 << 10,      /* SEARCH: what is searched is hardly HTTP */
};

enum {
	BLANK_MAX = 64,		/* bytes of empty lines before a message */
	LINE_MAX = 16 << 10,	/* bytes of a first line that may be HTTP */
	VERSIONLESS_MAX = 4096, /* bytes of a head that is hardly HTTP: Redis, SIP */
	SEARCH_MAX = 256 << 10, /* bytes searched before the stream is taken for not HTTP */
	BRIEF_MAX = 4096,	/* the same where nothing has said HTTP: SOCKS, another tunnel */
	WINDOW = 4096,		/* bytes of a line that are searched: its end */
	LONG_MIN = 64 << 10,	/* bytes of a body that are worth a word to the source */
	CHUNK_MIN = 1 << 10,	/* bytes to the next chunk: of shorter ones reading costs most */
	CHUNK_MAX = 1 << 28,	/* a longer one is like a body with a length */
	FEW = 16,		/* bytes that are copied one by one as fast as at once */
};

/*
 * One call of the parser: a piece of input, and how far it was read. Bytes [from, at) of
 * it belong to what is being gathered (a head, or the line searched) and follow what is
 * held of it; they are copied there only if the piece ends before it does.
 */
struct walk {
	struct hw_http_parser *p;
	const struct hw_http_parsing *shared;
	void *ctx;
	const uint8_t *ptr;
	size_t len, from, at;
};

static void count(const struct walk *w, enum hw_stat stat, uint64_t by)
{
	hw_stats_add(w->shared->stats, stat, by);
}

static size_t held_len(const struct hw_http_parser *p)
{
	return p->held ? p->held->len : 0;
}

static size_t gathered(const struct walk *w)
{
	return held_len(w->p) + (w->at - w->from);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void free_held(struct walk *w)
{
	if (!w->p->held)
		return;
	hw_buf_clear(w->p->held);
	free(w->p->held);
	w->p->held = NULL;
	hw_budget_give(w->shared->budget, sizeof(struct hw_buf));
}

/* Forget what was gathered. */
static void drop(struct walk *w)
{
	free_held(w);
	w->from = w->at;
}

/* What was gathered belongs to no message. */
static void pass_over(struct walk *w)
{
	count(w, HW_STAT_HTTP_SKIPPED_BYTES, gathered(w));
	drop(w);
}

static bool make_held(struct walk *w)
{
	if (w->p->held)
		return true;
	if (!hw_budget_take(w->shared->budget, sizeof(struct hw_buf)))
		return false;
	w->p->held = malloc(sizeof(struct hw_buf));
	if (!w->p->held) {
		hw_budget_give(w->shared->budget, sizeof(struct hw_buf));
		return false;
	}
	hw_buf_init(w->p->held, SIZE_MAX / 2, w->shared->budget);
	return true;
}

/* Copy what is gathered in this piece behind what is held. Returns false: no memory. */
static bool hold(struct walk *w)
{
	if (w->from == w->at)
		return true;
	if (!make_held(w) ||
	    hw_buf_append(w->p->held, hw_slice(w->ptr + w->from, w->at - w->from)) != 0)
		return false;
	w->from = w->at;
	return true;
}

/* All that is gathered in one slice: in place if it lies in this piece. */
static bool gather(struct walk *w, struct hw_slice *ret)
{
	if (!w->p->held) {
		*ret = hw_slice(w->ptr + w->from, w->at - w->from);
		return true;
	}
	if (!hold(w))
		return false;
	*ret = hw_buf_slice(w->p->held);
	return true;
}

static void go(struct walk *w, enum state state)
{
	w->p->state = (uint8_t)state;
	w->p->body = (struct hw_http_chunk){ 0 };
}

static void set(struct walk *w, unsigned int flags)
{
	w->p->flags |= (uint16_t)flags;
}

static void unset(struct walk *w, unsigned int flags)
{
	w->p->flags &= (uint16_t)~flags;
}

static bool is(const struct walk *w, unsigned int flags)
{
	return (w->p->flags & flags) != 0;
}

/* Nothing is searched in what is gathered now: it becomes the beginning of the line. */
static void search(struct walk *w)
{
	unset(w, STRONG | BLANK_LINES | VERSIONLESS | UPGRADE | MISSING | BRIEF);
	go(w, SEARCH);
}

static void become_opaque(struct walk *w)
{
	if (!is(w, SEEN))
		count(w, HW_STAT_HTTP_NOT_HTTP, 1);
	unset(w, STRONG | BLANK_LINES | GARBAGE | VERSIONLESS | UPGRADE | MISSING | BRIEF);
	pass_over(w);
	go(w, OPAQUE);
}

/* A handshake record of TLS: what follows is encrypted. RFC 8446 5.1 */
static bool is_tls(const struct walk *w)
{
	const uint8_t *first = held_len(w->p) > 0 ? w->p->held->ptr : w->ptr + w->from;

	return w->p->state == START && w->from < w->len && *first == 0x16;
}

/*
 * What stands where a message may start is none. At the start of a connection or a tunnel
 * that says it is not HTTP, but HTTP may come behind the greetings of a proxy.
 */
static void not_a_start(struct walk *w)
{
	const bool is_brief = is(w, STRONG) || !is(w, SEEN | MIDSTREAM);

	if (is_brief && is_tls(w)) {
		become_opaque(w);
		return;
	}
	search(w);
	if (is_brief)
		set(w, BRIEF);
	else if (is(w, SEEN))
		set(w, GARBAGE);
}

static void begin(struct walk *w, enum state state, enum hw_http_tail tail)
{
	count(w, HW_STAT_HTTP_BEGUN, 1);
	count(w, HW_STAT_HTTP_OPEN, 1);
	unset(w, STRONG | BRIEF);
	if (w->shared->reader->begin)
		w->shared->reader->begin(w->ctx, (ptrdiff_t)w->from - (ptrdiff_t)held_len(w->p));
	w->p->tail = (uint8_t)tail;
	go(w, state);
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
		break;
	}
	return HW_STAT_HTTP_INCOMPLETE_END;
}

static void count_message(struct walk *w, const struct hw_http_message *m)
{
	count(w, HW_STAT_HTTP_OPEN, (uint64_t)-1);
	count(w, stat_of(m->incomplete), 1);
	count(w, m->kind == HW_HTTP_REQUEST ? HW_STAT_HTTP_REQUESTS : HW_STAT_HTTP_RESPONSES, 1);
	if (m->incomplete == HW_HTTP_WHOLE && !m->accepted)
		count(w, HW_STAT_HTTP_REFUSED, 1);
}

/* The head says more than its bytes: it is not told as others that are alike. */
HW_APART static void mark_special(const struct walk *w, struct hw_http_message *m)
{
	if (is(w, BLANK_LINES)) {
		m->anomalies |= hw_anomaly_bit(HW_ANOMALY_LEADING_BLANK_LINES);
		m->accepted &= is(w, SEEN); /* Go takes them for a malformed first line */
	}
	if (is(w, GARBAGE))
		m->anomalies |= hw_anomaly_bit(HW_ANOMALY_GARBAGE_BEFORE);
	if (is(w, SHORT))
		m->anomalies ^= hw_anomaly_bit(HW_ANOMALY_HEAD_TOO_LONG) |
				hw_anomaly_bit(HW_ANOMALY_MEMORY_SHORT);
	m->repeat = 0;
}

/* What a head says: as it was read when it came before, or read now, into `room`. */
static const struct hw_http_message *read_head(struct walk *w, struct hw_slice head,
					       enum hw_http_incomplete why,
					       struct hw_http_message *room)
{
	const enum hw_http_kind kind =
		hw_slice_starts(head, HW_SLICE("HTTP/")) ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;
	const bool is_special = is(w, BLANK_LINES | GARBAGE | SHORT);
	const struct hw_http_message *known =
		is_special || why != HW_HTTP_WHOLE
			? NULL
			: hw_http_message_recall(w->shared->scratch, head, kind);

	if (known)
		return known;
	hw_http_message_read(w->shared->scratch, head, kind, why, room);
	if (is_special)
		mark_special(w, room);
	return room;
}

/* What of a head decides what follows it. */
struct told {
	enum hw_http_kind kind;
	enum hw_http_framing framing;
	enum hw_http_asked asked; /* what a response answers */
	int32_t status_code;
	uint64_t body_len;
	bool has_upgrade, is_preface;
};

static struct told what_is_told(const struct hw_http_message *m)
{
	return (struct told){
		.kind = m->kind,
		.framing = m->framing,
		.status_code = m->status_code,
		.body_len = m->body_len,
		.has_upgrade = m->has_upgrade,
		.is_preface = m->anomalies & hw_anomaly_bit(HW_ANOMALY_H2_PREFACE),
	};
}

/* Read a head, and tell the reader. What it holds is free then. */
static struct told report(struct walk *w, struct hw_slice head, enum hw_http_incomplete why)
{
	struct hw_http_message room;
	const struct hw_http_message *m = read_head(w, head, why, &room);
	struct told told = what_is_told(m);

	count_message(w, m);
	set(w, SEEN);
	unset(w, SHORT | BLANK_LINES | GARBAGE | UPGRADE | MISSING);
	told.asked = w->shared->reader->head(w->ctx, m);
	drop(w);
	return told;
}

static void done(struct walk *w, bool whole)
{
	const hw_anomalies odd = hw_http_chunk_anomalies(&w->p->body);

	count(w, HW_STAT_HTTP_ODD_BODIES, odd != 0);
	if (odd && w->shared->reader->odd)
		w->shared->reader->odd(w->ctx, odd);
	w->shared->reader->done(w->ctx, whole && !is(w, MISSING), w->len - w->at);
}

/* The message ends here, and another may start. */
static void next_message(struct walk *w)
{
	const bool tunnel = is(w, UPGRADE);

	done(w, true);
	unset(w, UPGRADE | MISSING | VERSIONLESS);
	set(w, tunnel ? STRONG : 0);
	go(w, START);
}

/* What there is of a head that does not end is reported, and the next one searched. */
static void report_cut(struct walk *w, struct hw_slice head, enum hw_http_incomplete why)
{
	const bool is_hardly_http = is(w, VERSIONLESS);

	report(w, head, why);
	w->shared->reader->done(w->ctx, false, w->len - w->at);
	search(w);
	if (is_hardly_http)
		become_opaque(w);
}

/* Memory is short for a head. What lies in one place is all that can be read of it. */
static void cut_short(struct walk *w)
{
	const struct hw_slice head = held_len(w->p) > 0
					     ? hw_buf_slice(w->p->held)
					     : hw_slice(w->ptr + w->from, w->at - w->from);

	set(w, SHORT);
	report_cut(w, head, HW_HTTP_CUT_LIMIT);
}

static void cut(struct walk *w, enum hw_http_incomplete why)
{
	struct hw_slice head;

	if (gather(w, &head))
		report_cut(w, head, why);
	else
		cut_short(w);
}

/* What follows the head, now that it is known what a response answers. RFC 9112 6.3 */
static enum hw_http_framing framing_of(const struct told *m)
{
	if (m->kind == HW_HTTP_REQUEST || m->framing == HW_HTTP_BODY_TUNNEL)
		return m->framing;
	if (m->asked == HW_HTTP_ASKED_HEAD)
		return HW_HTTP_BODY_NONE;
	if (m->asked == HW_HTTP_ASKED_CONNECT && m->status_code >= 200 && m->status_code < 300)
		return HW_HTTP_BODY_TUNNEL;
	return m->framing;
}

static void begin_body(struct walk *w, const struct told *m, enum state state)
{
	go(w, state);
	w->p->passed = 0;
	if (state == BODY_LENGTH)
		w->p->body.left = m->body_len;
	unset(w, WANTED);
	set(w, (m->kind == HW_HTTP_REQUEST && m->has_upgrade ? UPGRADE : 0) |
		       (w->shared->reader->needs_bodies ? WANTED : 0));
}

static void follow(struct walk *w, const struct told *m)
{
	switch (framing_of(m)) {
	case HW_HTTP_BODY_TUNNEL:
		set(w, UPGRADE);
		next_message(w);
		break;
	case HW_HTTP_BODY_NONE:
		next_message(w);
		break;
	case HW_HTTP_BODY_LENGTH:
		begin_body(w, m, BODY_LENGTH);
		break;
	case HW_HTTP_BODY_CHUNKED:
		begin_body(w, m, BODY_CHUNKED);
		break;
	case HW_HTTP_BODY_CLOSE:
		begin_body(w, m, BODY_CLOSE);
		if (m->kind == HW_HTTP_RESPONSE)
			break;
		/* A request whose end nobody knows. The connection may well go on. */
		done(w, false);
		search(w);
		set(w, GARBAGE);
		break;
	}
}

static void end_head(struct walk *w)
{
	const bool is_hardly_http = is(w, VERSIONLESS);
	struct hw_slice head;
	struct told told;

	if (!gather(w, &head)) {
		cut_short(w);
		return;
	}
	told = report(w, head, HW_HTTP_WHOLE);
	if (is_hardly_http || told.is_preface) {
		done(w, true);
		become_opaque(w);
	} else {
		follow(w, &told);
	}
}

/* The first bytes of what may be a message, held ones and new ones, at most `room`. */
static struct hw_slice first_bytes(const struct walk *w, uint8_t *room)
{
	const size_t held = held_len(w->p);
	const size_t len = least(w->len - w->from, HW_HTTP_START_MAX - held);

	if (held == 0)
		return hw_slice(w->ptr + w->from, len);
	memcpy(room, w->p->held->ptr, held);
	memcpy(room + held, w->ptr + w->from, len);
	return hw_slice(room, held + len);
}

/* RFC 9112 2.2: an empty line before a message is passed over. */
static bool pass_blank(struct walk *w)
{
	const uint8_t c = w->ptr[w->at];

	if (gathered(w) > 0 || is(w, STRONG) || (c != '\r' && c != '\n') ||
	    w->p->body.left == BLANK_MAX)
		return false;
	w->p->body.left++;
	w->at++;
	pass_over(w);
	set(w, BLANK_LINES);
	return true;
}

static void at_start(struct walk *w)
{
	uint8_t room[HW_HTTP_START_MAX];

	if (pass_blank(w))
		return;
	switch (hw_http_start_look(first_bytes(w, room))) {
	case HW_HTTP_START_MORE:
		w->at = w->len;
		break;
	case HW_HTTP_START_REQUEST:
	case HW_HTTP_START_RESPONSE:
		if (is(w, STRONG))
			go(w, LINE);
		else
			begin(w, START_LINE, HW_HTTP_TAIL_IN_LINE);
		break;
	case HW_HTTP_START_TOKEN:
		if (is(w, STRONG))
			not_a_start(w);
		else
			go(w, LINE);
		break;
	case HW_HTTP_START_NOT:
		not_a_start(w);
		break;
	}
}

static struct hw_slice without_cr(struct hw_slice line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* A first line is there, without its LF. */
static void judge_line(struct walk *w)
{
	struct hw_slice line;
	bool is_start;

	if (!gather(w, &line)) {
		become_opaque(w);
		return;
	}
	if (is(w, STRONG))
		is_start = hw_http_start_find(without_cr(line)) == 0;
	else if (is(w, MIDSTREAM) && !is(w, SEEN))
		is_start = hw_http_start_is_exact_request(without_cr(line));
	else
		is_start = hw_http_start_is_request(line);
	if (!is_start) {
		not_a_start(w);
		return;
	}
	w->at++;
	begin(w, FIELDS, HW_HTTP_TAIL_LF);
}

/* A control byte other than CR tells a binary protocol from a first line. */
static void in_line(struct walk *w)
{
	const size_t room = LINE_MAX - gathered(w);
	const struct hw_slice in = { w->ptr + w->at, least(w->len - w->at, room) };
	const size_t at = hw_octet_find_control(in);

	w->at += at;
	if (at == in.len) {
		if (in.len == room)
			not_a_start(w);
	} else if (in.ptr[at] == '\r' && room > at + 1) {
		w->at++;
	} else if (in.ptr[at] == '\n') {
		judge_line(w);
	} else {
		not_a_start(w);
	}
}

/* How many bytes the head may still have. */
static size_t head_room(const struct walk *w)
{
	const size_t max = is(w, VERSIONLESS) ? least(VERSIONLESS_MAX, w->shared->max_head)
					      : w->shared->max_head;

	return max - least(max, gathered(w));
}

static bool has_version(struct hw_slice line)
{
	line = without_cr(hw_slice(line.ptr, line.len - 1));
	if (hw_slice_starts(line, HW_SLICE("HTTP/")))
		return true;
	return (line.len > 9 && memcmp(line.ptr + line.len - 9, " HTTP/1.", 8) == 0) ||
	       hw_http_start_has_version(line);
}

/* A head that lies whole in this piece, as most do: one look at it finds all its lines. */
static bool pass_whole_head(struct walk *w)
{
	const struct hw_slice in = { w->ptr + w->at, least(w->len - w->at, head_room(w)) };
	size_t len, line_len;

	if (gathered(w) > 0)
		return false;
	len = hw_http_message_find(w->shared->scratch, in, &line_len);
	if (len == 0)
		return false;
	if (!has_version(hw_slice(in.ptr, line_len)))
		set(w, VERSIONLESS);
	if (len > head_room(w))
		return false;
	w->at += len;
	end_head(w);
	return true;
}

static void in_start_line(struct walk *w)
{
	const size_t room = head_room(w), len = least(w->len - w->at, room);
	const uint8_t *lf;
	struct hw_slice line;

	if (pass_whole_head(w))
		return;
	lf = len ? (const uint8_t *)memchr(w->ptr + w->at, '\n', len) : NULL;
	w->at += lf ? (size_t)(lf - w->ptr) + 1 - w->at : len;
	if (!lf) {
		if (len == room)
			cut(w, HW_HTTP_CUT_LIMIT);
		return;
	}
	if (!gather(w, &line)) {
		cut_short(w);
		return;
	}
	if (!has_version(line))
		set(w, VERSIONLESS);
	w->p->tail = HW_HTTP_TAIL_LF;
	go(w, FIELDS);
}

static void in_fields(struct walk *w)
{
	const size_t room = head_room(w), len = least(w->len - w->at, room);
	enum hw_http_tail tail = (enum hw_http_tail)w->p->tail;
	const size_t end = hw_http_head_end(hw_slice(w->ptr + w->at, len), &tail);

	w->p->tail = (uint8_t)tail;
	w->at += end ? end : len;
	if (end)
		end_head(w);
	else if (len == room)
		cut(w, HW_HTTP_CUT_LIMIT);
}

static void give_body(struct walk *w, struct hw_slice bytes)
{
	if (w->shared->reader->body && bytes.len > 0)
		w->shared->reader->body(w->ctx, bytes);
}

static void in_length(struct walk *w)
{
	const size_t left = w->len - w->at;
	const size_t len = w->p->body.left < left ? (size_t)w->p->body.left : left;

	give_body(w, hw_slice(w->ptr + w->at, len));
	w->at += len;
	w->from = w->at;
	w->p->body.left -= len;
	if (w->p->body.left == 0)
		next_message(w);
}

static void in_chunked(struct walk *w)
{
	struct hw_slice in = { w->ptr + w->at, w->len - w->at }, data;
	const enum hw_http_chunk_result result = hw_http_chunk_read(&w->p->body, &in, &data);

	w->p->passed += (uint32_t)(w->len - in.len - w->at);
	w->at = w->from = w->len - in.len;
	switch (result) {
	case HW_HTTP_CHUNK_MORE:
		break;
	case HW_HTTP_CHUNK_DATA:
		give_body(w, data);
		break;
	case HW_HTTP_CHUNK_END:
		next_message(w);
		break;
	case HW_HTTP_CHUNK_BAD:
		count(w, HW_STAT_HTTP_BAD_BODIES, 1);
		done(w, false);
		search(w);
		set(w, GARBAGE);
		break;
	}
}

static void in_close(struct walk *w)
{
	give_body(w, hw_slice(w->ptr + w->at, w->len - w->at));
	w->p->body.left += w->len - w->at;
	w->at = w->from = w->len;
}

/*
 * The line gathered is whole but for its LF. Whether a start line is in its last bytes:
 * then it is the beginning of a head.
 */
static bool find_start(struct walk *w)
{
	struct hw_slice line, end;
	size_t at;

	if (!gather(w, &line))
		return false;
	end = hw_slice_after(line, line.len - least(line.len, WINDOW));
	at = hw_http_start_find(without_cr(end));
	if (at >= without_cr(end).len)
		return false;

	at += line.len - end.len;
	count(w, HW_STAT_HTTP_SKIPPED_BYTES, at);
	if (w->p->held)
		hw_buf_consume(w->p->held, at);
	else
		w->from += at;
	w->at++;
	begin(w, FIELDS, HW_HTTP_TAIL_LF);
	return true;
}

static void in_search(struct walk *w)
{
	const size_t room = (is(w, BRIEF) ? BRIEF_MAX : SEARCH_MAX) - (size_t)w->p->body.left;
	const struct hw_slice in = { w->ptr + w->at, least(w->len - w->at, room) };
	const size_t at = hw_octet_find_control(in);

	w->at += at;
	w->p->body.left += at;
	if (at == in.len) {
		if (in.len == room)
			become_opaque(w);
		return;
	}
	if (in.ptr[at] == '\n' && find_start(w))
		return;
	w->at++;
	w->p->body.left++;
	if (in.ptr[at] != '\r') /* only a CR may stand in a start line, at its end */
		pass_over(w);
}

static void in_opaque(struct walk *w)
{
	w->at = w->len;
	pass_over(w);
}

/* Of the line searched only the end is kept, since a start line must end with it. */
static void shorten_held(struct walk *w)
{
	const size_t all = gathered(w), held = held_len(w->p);
	const size_t gone = all > 2 * WINDOW ? all - WINDOW : 0;

	count(w, HW_STAT_HTTP_SKIPPED_BYTES, gone);
	if (gone >= held) {
		free_held(w);
		w->from += gone - held;
	} else {
		hw_buf_consume(w->p->held, gone);
	}
}

/* The piece ends: what was gathered in it must outlive it. */
static void keep(struct walk *w)
{
	if (w->p->state == SEARCH)
		shorten_held(w);
	if (hold(w))
		return;
	if (w->p->state == START_LINE || w->p->state == FIELDS)
		cut_short(w);
	else if (w->p->state == SEARCH)
		pass_over(w);
	else
		become_opaque(w);
}

/* The stream is not HTTP, but this piece starts with a start line beyond doubt. */
static bool starts_strongly(struct hw_slice in)
{
	const struct hw_slice first = { in.ptr, least(in.len, HW_HTTP_START_MAX) };
	const enum hw_http_start look = hw_http_start_look(first);
	struct hw_slice rest = { in.ptr, least(in.len, WINDOW) }, line;

	if (look != HW_HTTP_START_REQUEST && look != HW_HTTP_START_RESPONSE)
		return false;
	if (!hw_slice_cut(&rest, '\n', &line))
		return false;
	line = without_cr(line);
	return line.len > 0 && hw_http_start_find(line) == 0;
}

void hw_http_parser_midstream(struct hw_http_parser *p)
{
	p->flags |= MIDSTREAM;
}

void hw_http_parser_feed(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 struct hw_slice in)
{
	static void (*const steps[STATES_NR])(struct walk *) = {
		[START] = at_start,	 [LINE] = in_line,	    [START_LINE] = in_start_line,
		[FIELDS] = in_fields,	 [BODY_LENGTH] = in_length, [BODY_CHUNKED] = in_chunked,
		[BODY_CLOSE] = in_close, [SEARCH] = in_search,	    [OPAQUE] = in_opaque,
	};
	struct walk w = { p, shared, ctx, in.ptr, in.len, 0, 0 };

	if (in.len == 0)
		return;
	if (p->state == OPAQUE && starts_strongly(in))
		begin(&w, START_LINE, HW_HTTP_TAIL_IN_LINE);
	while (w.at < w.len)
		steps[p->state](&w);
	keep(&w);
}

/* The next `len` bytes of a body, of which the end is not among them. */
static bool pass_part(struct hw_http_parser *p, uint64_t len)
{
	if (p->state == BODY_CHUNKED) {
		p->passed += (uint32_t)len;
		return hw_http_chunk_skip(&p->body, len);
	}
	p->body.left += p->state == BODY_CLOSE ? len : -len;
	return true;
}

/*
 * A few bytes of a line of a head, of which others are held: they are held, too, if that needs no
 * memory and comes to no limit.
 */
static bool hold_few(struct hw_http_parser *p, size_t max_head, struct hw_slice in)
{
	struct hw_buf *held = p->held;
	uint8_t *to;

	if (!held || in.len > FEW || in.len > held->cap - held->len ||
	    in.len + held->len >= max_head || p->flags & VERSIONLESS)
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

bool hw_http_parser_pass(struct hw_http_parser *p, const struct hw_http_parsing *shared,
			 struct hw_slice in)
{
	if (p->state == FIELDS || p->state == START_LINE)
		return in.len > 0 && hold_few(p, shared->max_head, in);
	return p->state != OPAQUE && in.len < hw_http_parser_skippable(p) && pass_part(p, in.len);
}

/* Bytes [0, len) of the body are not there. Returns false if they are more than it. */
static bool pass_body(struct walk *w, uint64_t len)
{
	if (w->p->state != BODY_LENGTH || len < w->p->body.left)
		return pass_part(w->p, len);
	if (len > w->p->body.left)
		return false;
	w->p->body.left = 0;
	next_message(w);
	return true;
}

void hw_http_parser_skip(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 uint64_t len)
{
	struct walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	if (p->state == OPAQUE) {
		count(&w, HW_STAT_HTTP_SKIPPED_BYTES, len);
	} else if (len > 0 && len <= hw_http_parser_skippable(p)) {
		if (shared->reader->passed)
			shared->reader->passed(ctx, len);
		pass_body(&w, len);
	}
}

void hw_http_parser_skip_chunks(struct hw_http_parser *p, const struct hw_http_parsing *shared,
				void *ctx, uint64_t len, uint64_t data, uint64_t left)
{
	if (p->state != BODY_CHUNKED)
		return;
	if (shared->reader->passed)
		shared->reader->passed(ctx, data);
	p->passed += (uint32_t)len;
	hw_http_chunk_go_to(&p->body, left);
}

bool hw_http_parser_gap(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			uint64_t len)
{
	struct walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	if (len == 0)
		return true;
	if (is(&w, STRONG)) /* a tunnel has begun, and nobody saw how */
		become_opaque(&w);
	switch ((enum state)p->state) {
	case START:
	case LINE:
	case SEARCH:
		set(&w, MIDSTREAM);
		pass_over(&w);
		search(&w);
		break;
	case START_LINE:
	case FIELDS:
		cut(&w, HW_HTTP_CUT_GAP);
		break;
	case BODY_LENGTH:
	case BODY_CHUNKED:
	case BODY_CLOSE:
		set(&w, MISSING);
		if (pass_body(&w, len))
			return true;
		done(&w, false);
		search(&w);
		break;
	case OPAQUE:
	case STATES_NR:
		break;
	}
	return false;
}

/* A first line without its end is told all the same, if it says HTTP. */
static void end_line(struct walk *w, enum hw_http_incomplete why)
{
	struct hw_slice line = HW_SLICE("");

	gather(w, &line);
	if (is(w, STRONG) || !hw_http_start_is_request(line)) {
		pass_over(w);
		return;
	}
	begin(w, START_LINE, HW_HTTP_TAIL_IN_LINE);
	cut(w, why);
}

void hw_http_parser_end(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			enum hw_http_incomplete why, bool in_order)
{
	struct walk w = { p, shared, ctx, NULL, 0, 0, 0 };

	assert(why != HW_HTTP_WHOLE);
	switch ((enum state)p->state) {
	case START_LINE:
	case FIELDS:
		cut(&w, why);
		break;
	case LINE:
		end_line(&w, why);
		break;
	case BODY_LENGTH:
	case BODY_CHUNKED:
		done(&w, false);
		break;
	case BODY_CLOSE:
		done(&w, in_order);
		break;
	case START:
	case SEARCH:
	case OPAQUE:
	case STATES_NR:
		break;
	}
	pass_over(&w);
	*p = (struct hw_http_parser){ 0 };
}

uint64_t hw_http_parser_skippable(const struct hw_http_parser *p)
{
	if (p->state == OPAQUE)
		return UINT64_MAX;
	if (p->flags & WANTED)
		return 0;
	if (p->state == BODY_CLOSE)
		return HW_HTTP_UNTIL_CLOSE;
	if (p->state == BODY_CHUNKED)
		return hw_http_chunk_left(&p->body);
	return p->state == BODY_LENGTH ? p->body.left : 0;
}

bool hw_http_parser_to_end(const struct hw_http_parser *p, uint64_t *ret)
{
	*ret = p->state == BODY_LENGTH ? p->body.left : 0;
	if (p->state == BODY_LENGTH)
		return !(p->flags & WANTED);
	return p->state == START && hw_http_parser_rest(p) != HW_HTTP_PARSER_BUSY;
}

bool hw_http_parser_to_chunk(const struct hw_http_parser *p, uint64_t *ret)
{
	return p->state == BODY_CHUNKED && !(p->flags & WANTED) &&
	       hw_http_chunk_to_line(&p->body, ret);
}

bool hw_http_parser_in_chunks(const struct hw_http_parser *p, uint32_t *ret_passed)
{
	*ret_passed = p->passed;
	return p->state == BODY_CHUNKED && !(p->flags & WANTED);
}

static struct hw_http_ahead chunks_ahead(const struct hw_http_parser *p)
{
	const uint64_t left = hw_http_chunk_left(&p->body);

	if (p->passed < LONG_MIN)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_NOTHING };
	if (left >= CHUNK_MAX)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_BYTES, .len = left };
	return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_CHUNKS,
				       .passed = p->passed,
				       .len = left < CHUNK_MIN ? 0 : left + HW_HTTP_CHUNK_END_LEN };
}

struct hw_http_ahead hw_http_parser_ahead(const struct hw_http_parser *p)
{
	const uint64_t len = hw_http_parser_skippable(p);

	if (len == UINT64_MAX)
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_ALL, .len = len };
	if (p->state == BODY_CHUNKED && !(p->flags & WANTED))
		return chunks_ahead(p);
	if (len < LONG_MIN || (p->state == BODY_CLOSE && p->body.left < LONG_MIN))
		return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_NOTHING };
	return (struct hw_http_ahead){ .kind = HW_HTTP_AHEAD_BYTES, .len = len };
}

void hw_http_parser_leave_body(struct hw_http_parser *p)
{
	p->flags &= (uint16_t)~WANTED;
}

struct hw_slice hw_http_parser_kept(const struct hw_http_parser *p)
{
	return p->held ? hw_buf_slice(p->held) : hw_slice(NULL, 0);
}

/* Whether it is opaque, and the flags. */
_Static_assert(BRIEF < 1 << (HW_HTTP_PARSER_REST_BITS - 1), "a flag does not fit");

uint16_t hw_http_parser_rest(const struct hw_http_parser *p)
{
	if ((p->state != START && p->state != OPAQUE) || p->held || p->body.left || p->body.line)
		return HW_HTTP_PARSER_BUSY;
	return (uint16_t)(p->flags << 1 | (p->state == OPAQUE));
}

void hw_http_parser_awake(struct hw_http_parser *p, uint16_t rest)
{
	p->state = rest & 1 ? OPAQUE : START;
	p->flags = rest >> 1;
}
