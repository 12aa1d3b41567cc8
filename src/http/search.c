/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/search.c - where the next message starts, if one does */
#include "base/bytes.h"
#include "http/octet.h"
#include "http/start.h"
#include "http/walk.h"

enum {
	FIRST_LINE_MAX = 16 << 10, /* bytes of a first line that may be HTTP */
	SEARCH_MAX = 256 << 10,	   /* bytes searched before the stream is taken for not HTTP */
	BRIEF_MAX = 4096,	   /* the same where nothing has said HTTP: SOCKS, another tunnel */
	WINDOW = 4096,		   /* bytes of a line that are searched: its end */
	PROXY_LINE_MAX = 105,	   /* of the PROXY protocol, without its CRLF */
	PROXY_BLANK = 4,	   /* what looks like empty lines in its binary form */
	PROXY_BLOCK_LEN = 12,	   /* what follows there, up to its length */
};

void hw_http_search(struct hw_http_walk *w)
{
	hw_http_unset(w, HW_FLAG_STRONG | HW_FLAG_BLANK_LINES | HW_FLAG_VERSIONLESS |
				 HW_FLAG_UPGRADE | HW_FLAG_MISSING | HW_FLAG_BRIEF);
	hw_http_go(w, HW_AT_SEARCH);
}

void hw_http_skip_garbage(struct hw_http_walk *w, uint64_t len)
{
	hw_http_count(w, HW_STAT_HTTP_SKIPPED_BYTES, len);
	hw_http_pass_over(w);
	hw_http_search(w);
	hw_http_set(w, HW_FLAG_BRIEF | HW_FLAG_GARBAGE);
}

void hw_http_become_opaque(struct hw_http_walk *w)
{
	if (!hw_http_is(w, HW_FLAG_SEEN))
		hw_http_count(w, HW_STAT_HTTP_NOT_HTTP, 1);
	hw_http_unset(w, HW_FLAG_STRONG | HW_FLAG_BLANK_LINES | HW_FLAG_VERSIONLESS |
				 HW_FLAG_UPGRADE | HW_FLAG_MISSING | HW_FLAG_BRIEF);
	hw_http_pass_over(w);
	hw_http_go(w, HW_AT_OPAQUE);
}

/* A handshake record of TLS: what follows is encrypted. RFC 8446 5.1 */
static bool is_tls(const struct hw_http_walk *w)
{
	const uint8_t *first = hw_http_held_len(w->p) > 0 ? w->p->held->ptr : w->ptr + w->from;

	return w->p->state == HW_AT_START && w->from < w->len && *first == 0x16;
}

/*
 * What stands where a message may start is none. At the start of a connection or a tunnel
 * that says it is not HTTP, but HTTP may come behind the greetings of a proxy, or an answer
 * that cannot be read.
 */
static void not_a_start(struct hw_http_walk *w)
{
	const bool is_start = !hw_http_is(w, HW_FLAG_SEEN | HW_FLAG_MIDSTREAM);
	const bool is_brief = hw_http_is(w, HW_FLAG_STRONG) || is_start;
	const size_t gathered = hw_http_gathered(w); /* counts as searched, however it was cut */

	if (is_brief && is_tls(w)) {
		hw_http_become_opaque(w);
		return;
	}
	hw_http_search(w);
	w->p->body.left = hw_least(gathered, is_brief ? BRIEF_MAX : SEARCH_MAX);
	if (is_brief)
		hw_http_set(w, HW_FLAG_BRIEF);
	if (is_start || (!is_brief && hw_http_is(w, HW_FLAG_SEEN)))
		hw_http_set(w, HW_FLAG_GARBAGE);
}

/* Nothing came before, but what looks like `blank` bytes of empty lines. */
static bool is_very_first(const struct hw_http_walk *w, uint64_t blank)
{
	return !hw_http_is(w, HW_FLAG_SEEN | HW_FLAG_MIDSTREAM | HW_FLAG_STRONG | HW_FLAG_GARBAGE |
				      HW_FLAG_BRIEF) &&
	       hw_http_is(w, HW_FLAG_BLANK_LINES) == (blank > 0) && w->p->body.left == blank;
}

/* What a proxy says before all else of whom it speaks for is over; the message may start. */
static void end_proxy(struct hw_http_walk *w)
{
	hw_http_pass_over(w);
	hw_http_unset(w, HW_FLAG_BLANK_LINES);
	hw_http_set(w, HW_FLAG_BRIEF);
	hw_http_go(w, HW_AT_START);
}

/* Two addresses and two ports, with a blank between each. */
static bool is_addresses(struct hw_slice s)
{
	size_t blanks = 0;

	for (size_t i = 0; i < s.len; i++) {
		blanks += s.ptr[i] == ' ';
		if (!hw_octet_is(s.ptr[i], HW_OCTET_HEX | HW_OCTET_SPACE) && s.ptr[i] != '.' &&
		    s.ptr[i] != ':')
			return false;
	}
	return blanks == 3;
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 4000 80", version 1 of the PROXY protocol of HAProxy, 2.1 */
static bool is_proxy_line(const struct hw_http_walk *w, struct hw_slice line)
{
	const struct hw_slice tcp4 = HW_SLICE("PROXY TCP4 "), tcp6 = HW_SLICE("PROXY TCP6 ");
	const struct hw_slice unknown = HW_SLICE("PROXY UNKNOWN");
	const struct hw_slice bare = hw_http_without_cr(line);

	if (!is_very_first(w, 0) || bare.len == line.len || bare.len > PROXY_LINE_MAX)
		return false;
	if (hw_slice_starts(bare, unknown))
		return bare.len == unknown.len || bare.ptr[unknown.len] == ' ';
	return (hw_slice_starts(bare, tcp4) || hw_slice_starts(bare, tcp6)) &&
	       is_addresses(hw_slice_after(bare, tcp4.len));
}

/*
 * Version 2, 2.2, is binary: CR LF CR LF, which was passed as empty lines, the rest of its signature,
 * a version and a command, a family, and how many bytes follow. All that is there may be of it.
 */
static bool may_be_proxy_block(const struct hw_http_walk *w, struct hw_slice first)
{
	const struct hw_slice signature = HW_SLICE("\0\r\nQUIT\n");

	return is_very_first(w, PROXY_BLANK) &&
	       hw_slice_starts(signature,
			       hw_slice(first.ptr, hw_least(first.len, signature.len))) &&
	       (first.len <= signature.len || first.ptr[signature.len] >> 4 == 2);
}

static void pass_proxy_block(struct hw_http_walk *w, struct hw_slice first)
{
	uint16_t left;

	if (first.len < PROXY_BLOCK_LEN) {
		w->at = w->len;
		return;
	}
	left = hw_get_u16be(first.ptr + PROXY_BLOCK_LEN - 2);
	w->at = w->from + (PROXY_BLOCK_LEN - hw_http_held_len(w->p));
	end_proxy(w);
	if (left > 0) {
		hw_http_go(w, HW_AT_PROXY);
		w->p->body.left = left;
	}
}

void hw_http_in_proxy(struct hw_http_walk *w)
{
	const size_t len = hw_least(w->len - w->at, (size_t)w->p->body.left);

	w->at += len;
	w->p->body.left -= len;
	if (w->p->body.left)
		hw_http_pass_over(w);
	else
		end_proxy(w);
}

/* The first bytes of what may be a message, held ones and new ones, at most `room`. */
static struct hw_slice first_bytes(const struct hw_http_walk *w, uint8_t *room)
{
	const size_t held = hw_http_held_len(w->p);
	const size_t len = hw_least(w->len - w->from, HW_HTTP_START_MAX - held);

	if (held == 0)
		return hw_slice(w->ptr + w->from, len);
	memcpy(room, w->p->held->ptr, held);
	memcpy(room + held, w->ptr + w->from, len);
	return hw_slice(room, held + len);
}

/* RFC 9112 2.2: empty lines before a message are passed over, by servers any number of them. */
static bool pass_blanks(struct hw_http_walk *w)
{
	size_t at = w->at;

	while (at < w->len && (w->ptr[at] == '\r' || w->ptr[at] == '\n'))
		at++;
	if (at == w->at || hw_http_gathered(w) > 0 || hw_http_is(w, HW_FLAG_STRONG))
		return false;
	w->p->body.left += at - w->at;
	w->at = at;
	hw_http_pass_over(w);
	hw_http_set(w, HW_FLAG_BLANK_LINES);
	return true;
}

/* A TAB before the method is no control byte of the line, in whichever piece it comes. */
static void go_on_in_line(struct hw_http_walk *w, struct hw_slice first)
{
	const size_t blank = first.len - hw_octet_trim_left(first).len;
	const size_t held = hw_http_held_len(w->p);

	w->at += blank > held ? blank - held : 0;
	hw_http_go(w, HW_AT_LINE);
}

/* Who spoke HTTP sends what is like another protocol to a server of HTTP, too: some answer it. */
static enum hw_http_start look(const struct hw_http_walk *w, struct hw_slice first)
{
	const enum hw_http_start ret = hw_http_start_look(first);

	return ret == HW_HTTP_START_FOREIGN && hw_http_is(w, HW_FLAG_SEEN) ? HW_HTTP_START_REQUEST
									   : ret;
}

/* What `first` begins may be a message. */
static void go_by(struct hw_http_walk *w, struct hw_slice first)
{
	switch (look(w, first)) {
	case HW_HTTP_START_MORE:
		w->at = w->len;
		break;
	case HW_HTTP_START_REQUEST:
	case HW_HTTP_START_RESPONSE:
		if (hw_http_is(w, HW_FLAG_STRONG)) {
			hw_http_go(w, HW_AT_LINE);
		} else {
			hw_http_begin(w, HW_AT_START_LINE, HW_HTTP_TAIL_IN_LINE);
			hw_http_in_start_line(w); /* nearly always: not by way of the state */
		}
		break;
	case HW_HTTP_START_FOREIGN:
		go_on_in_line(w, first);
		break;
	case HW_HTTP_START_TEXT:
		if (hw_http_is(w, HW_FLAG_STRONG))
			not_a_start(w);
		else
			go_on_in_line(w, first);
		break;
	case HW_HTTP_START_NOT:
		if (may_be_proxy_block(w, first))
			pass_proxy_block(w, first);
		else
			not_a_start(w);
		break;
	}
}

HW_APART static void go_by_held(struct hw_http_walk *w)
{
	uint8_t room[HW_HTTP_START_MAX];

	go_by(w, first_bytes(w, room));
}

void hw_http_at_start(struct hw_http_walk *w)
{
	if (pass_blanks(w))
		return;
	if (hw_http_held_len(w->p) > 0)
		go_by_held(w);
	else
		go_by(w, hw_slice(w->ptr + w->from, hw_least(w->len - w->from, HW_HTTP_START_MAX)));
}

/* `line`, without its LF, is that of a message, as far as what came before lets it be. */
static bool is_first_line(const struct hw_http_walk *w, struct hw_slice line)
{
	const struct hw_slice bare = hw_http_without_cr(line);

	if (hw_http_is(w, HW_FLAG_STRONG))
		return hw_http_start_find(bare) == 0;
	if (hw_http_is(w, HW_FLAG_MIDSTREAM) && !hw_http_is(w, HW_FLAG_SEEN))
		return hw_http_start_is_exact_request(bare);
	return hw_http_start_is_request(line) || hw_http_start_is_odd_request(bare);
}

/* Some servers of HTTP answer RTSP, too: what is behind it may well be HTTP. */
static void not_a_start_line(struct hw_http_walk *w, struct hw_slice line)
{
	const bool is_rtsp = !hw_http_is(w, HW_FLAG_STRONG) && hw_http_start_is_rtsp(line);

	not_a_start(w);
	if (is_rtsp)
		hw_http_unset(w, HW_FLAG_BRIEF);
}

/* A first line is there, without its LF. */
static void judge_line(struct hw_http_walk *w)
{
	struct hw_slice line;

	if (!hw_http_gather(w, &line)) {
		hw_http_become_opaque(w);
	} else if (is_first_line(w, line)) {
		w->at++;
		hw_http_begin(w, HW_AT_FIELDS, HW_HTTP_TAIL_LF);
	} else if (is_proxy_line(w, line)) {
		w->at++;
		end_proxy(w);
	} else if (is_very_first(w, 0) && hw_http_start_is_icap(hw_http_without_cr(line))) {
		hw_http_become_opaque(w);
	} else {
		not_a_start_line(w, hw_http_without_cr(line));
	}
}

/* A control byte other than CR tells a binary protocol from a first line. */
void hw_http_in_line(struct hw_http_walk *w)
{
	const size_t room = FIRST_LINE_MAX - hw_http_gathered(w);
	const struct hw_slice in = { w->ptr + w->at, hw_least(w->len - w->at, room) };
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

/*
 * The line gathered is whole but for its LF. Whether a start line is in its last bytes:
 * then it is the beginning of a head.
 */
static bool find_start(struct hw_http_walk *w)
{
	struct hw_slice line, end;
	size_t at;

	if (!hw_http_gather(w, &line))
		return false;
	end = hw_slice_after(line, line.len - hw_least(line.len, WINDOW));
	at = hw_http_start_find(hw_http_without_cr(end));
	if (at >= hw_http_without_cr(end).len)
		return false;

	at += line.len - end.len;
	hw_http_count(w, HW_STAT_HTTP_SKIPPED_BYTES, at);
	if (w->p->held)
		hw_buf_consume(w->p->held, at);
	else
		w->from += at;
	w->at++;
	hw_http_begin(w, HW_AT_FIELDS, HW_HTTP_TAIL_LF);
	return true;
}

void hw_http_in_search(struct hw_http_walk *w)
{
	const size_t room =
		(hw_http_is(w, HW_FLAG_BRIEF) ? BRIEF_MAX : SEARCH_MAX) - (size_t)w->p->body.left;
	const struct hw_slice in = { w->ptr + w->at, hw_least(w->len - w->at, room) };
	const size_t at = hw_octet_find_control(in);

	w->at += at;
	w->p->body.left += at;
	if (at == in.len) {
		if (in.len == room)
			hw_http_become_opaque(w);
		return;
	}
	if (in.ptr[at] == '\n' && find_start(w))
		return;
	w->at++;
	w->p->body.left++;
	if (in.ptr[at] != '\r') /* only a CR may stand in a start line, at its end */
		hw_http_pass_over(w);
}

void hw_http_in_opaque(struct hw_http_walk *w)
{
	w->at = w->len;
	hw_http_pass_over(w);
}

void hw_http_shorten_held(struct hw_http_walk *w)
{
	const size_t all = hw_http_gathered(w), held = hw_http_held_len(w->p);
	const size_t gone = all > 2 * WINDOW ? all - WINDOW : 0;

	hw_http_count(w, HW_STAT_HTTP_SKIPPED_BYTES, gone);
	if (gone >= held) {
		hw_http_free_held(w);
		w->from += gone - held;
	} else {
		hw_buf_consume(w->p->held, gone);
	}
}

/* Of a registered method, or HTTP/, or what may stand before: most of what is not HTTP is none. */
static inline bool may_be_first(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || c == ' ' || c == '\t';
}

static bool is_strong_line(struct hw_slice in)
{
	struct hw_slice rest = { in.ptr, hw_least(in.len, WINDOW) }, line;

	if (!hw_slice_cut(&rest, '\n', &line))
		return false;
	line = hw_http_without_cr(line);
	return line.len > 0 && hw_http_start_find(line) == 0;
}

bool hw_http_may_start_strongly(struct hw_slice in)
{
	const struct hw_slice first = { in.ptr, hw_least(in.len, HW_HTTP_START_MAX) };
	enum hw_http_start look;

	if (in.len == 0 || !may_be_first(in.ptr[0]))
		return false;
	look = hw_http_start_look(first);
	return look == HW_HTTP_START_REQUEST || look == HW_HTTP_START_FOREIGN ||
	       look == HW_HTTP_START_RESPONSE;
}

bool hw_http_starts_strongly(struct hw_slice in)
{
	return hw_http_may_start_strongly(in) && is_strong_line(in);
}

/* Whether all that is held is a method, as if a target of HTTP came next. */
static bool holds_method(const struct hw_http_walk *w)
{
	const size_t len = hw_http_held_len(w->p);
	uint8_t room[HW_HTTP_START_MAX];

	if (len == 0 || len >= sizeof(room) || hw_http_is(w, HW_FLAG_STRONG))
		return false;
	memcpy(room, w->p->held->ptr, len);
	room[len] = '/';
	return hw_http_start_look(hw_slice(room, len + 1)) == HW_HTTP_START_REQUEST;
}

void hw_http_end_start(struct hw_http_walk *w, enum hw_http_incomplete why)
{
	if (w->p->state != HW_AT_START || !holds_method(w))
		return;
	hw_http_begin(w, HW_AT_START_LINE, HW_HTTP_TAIL_IN_LINE);
	hw_http_cut(w, why);
}

void hw_http_end_line(struct hw_http_walk *w, enum hw_http_incomplete why)
{
	struct hw_slice line = HW_SLICE("");

	hw_http_gather(w, &line);
	if (hw_http_is(w, HW_FLAG_STRONG) || !hw_http_start_is_request(line)) {
		hw_http_pass_over(w);
		return;
	}
	hw_http_begin(w, HW_AT_START_LINE, HW_HTTP_TAIL_IN_LINE);
	hw_http_cut(w, why);
}
