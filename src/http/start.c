/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/start.c - see start.h */
#include "http/start.h"

#include "http/octet.h"

/* The IANA registry of HTTP methods (RFC 9110 16.1.1); the usual ones first. */
static const struct method {
	const char *name;
	size_t len;
} methods[] = {
#define METHOD(name)                   \
	{                              \
		name, sizeof(name) - 1 \
	}
	METHOD("GET"),
	METHOD("POST"),
	METHOD("HEAD"),
	METHOD("PUT"),
	METHOD("DELETE"),
	METHOD("OPTIONS"),
	METHOD("PATCH"),
	METHOD("CONNECT"),
	METHOD("TRACE"),
	METHOD("ACL"),
	METHOD("BASELINE-CONTROL"),
	METHOD("BIND"),
	METHOD("CHECKIN"),
	METHOD("CHECKOUT"),
	METHOD("COPY"),
	METHOD("LABEL"),
	METHOD("LINK"),
	METHOD("LOCK"),
	METHOD("MERGE"),
	METHOD("MKACTIVITY"),
	METHOD("MKCALENDAR"),
	METHOD("MKCOL"),
	METHOD("MKREDIRECTREF"),
	METHOD("MKWORKSPACE"),
	METHOD("MOVE"),
	METHOD("ORDERPATCH"),
	METHOD("PRI"),
	METHOD("PROPFIND"),
	METHOD("PROPPATCH"),
	METHOD("QUERY"),
	METHOD("REBIND"),
	METHOD("REPORT"),
	METHOD("SEARCH"),
	METHOD("UNBIND"),
	METHOD("UNCHECKOUT"),
	METHOD("UNLINK"),
	METHOD("UNLOCK"),
	METHOD("UPDATE"),
	METHOD("UPDATEREDIRECTREF"),
	METHOD("VERSION-CONTROL"),
#undef METHOD
};

enum {
	METHODS_NR = sizeof(methods) / sizeof(methods[0]),
	METHOD_MAX = 17,
	BLANKS_MAX = 8, /* before a method; flagged by the reading */
	FOREIGN_MAX = 6,
};

_Static_assert(BLANKS_MAX + METHOD_MAX + 1 + FOREIGN_MAX <= HW_HTTP_START_MAX,
	       "enough to know a method, and whose it is");

/*
 * What follows OPTIONS in RTSP and ICAP, which nearly each of their connections begins with, and
 * CONNECT in NATS. SIP is shown, with its wrong version: it may be sent to a server of HTTP.
 */
static const struct foreign {
	struct hw_slice method, target;
} foreign[] = {
	{ HW_SLICE("OPTIONS"), HW_SLICE("rtsp") },   { HW_SLICE("OPTIONS"), HW_SLICE("icap") },
	{ HW_SLICE("OPTIONS"), HW_SLICE("* RTSP") }, { HW_SLICE("OPTIONS"), HW_SLICE("* ICAP") },
	{ HW_SLICE("CONNECT"), HW_SLICE("{") },
};

static bool is_method(struct hw_slice s)
{
	for (size_t i = 0; i < METHODS_NR; i++)
		if (s.len == methods[i].len && memcmp(s.ptr, methods[i].name, s.len) == 0)
			return true;
	return false;
}

static bool begins_method(struct hw_slice s)
{
	for (size_t i = 0; i < METHODS_NR; i++)
		if (s.len <= methods[i].len && memcmp(s.ptr, methods[i].name, s.len) == 0)
			return true;
	return false;
}

/* A method of HTTP may be that of another protocol: what follows it tells. */
static enum hw_http_start look_behind_method(struct hw_slice method, struct hw_slice s, bool is_all)
{
	if (s.len > 0 && s.ptr[0] == '/')
		return HW_HTTP_START_REQUEST;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (!hw_slice_eq(method, foreign[i].method))
			continue;
		if (hw_slice_starts(s, foreign[i].target))
			return HW_HTTP_START_FOREIGN;
		if (!is_all && hw_slice_starts(foreign[i].target, s))
			return HW_HTTP_START_MORE;
	}
	return HW_HTTP_START_REQUEST;
}

/* Behind another blank than SP and HTAB, as before a line end, there must be a target. */
static enum hw_http_start look_behind_blank(struct hw_slice method, struct hw_slice s, bool is_all)
{
	const struct hw_slice target = hw_octet_to_word(s);

	if (hw_octet_is_blank(s.ptr[0]))
		return look_behind_method(method, target, is_all);
	if (target.len == 0 && !is_all)
		return HW_HTTP_START_MORE;
	if (target.len == 0 || hw_octet_is(target.ptr[0], HW_OCTET_CONTROL))
		return HW_HTTP_START_NOT;
	return look_behind_method(method, target, is_all);
}

/* Behind blanks. What is no registered method is text only behind SP and HTAB, as many lines are. */
static enum hw_http_start look_behind_blanks(struct hw_slice bare, bool is_usual, bool is_all)
{
	const enum hw_http_start other = is_usual ? HW_HTTP_START_TEXT : HW_HTTP_START_NOT;
	const size_t len = hw_octet_token_len(bare);

	if (len == bare.len)
		return begins_method(bare) ? HW_HTTP_START_MORE : other;
	if (hw_octet_parts_words(bare.ptr[len]) && is_method(hw_slice(bare.ptr, len)))
		return look_behind_blank(hw_slice(bare.ptr, len), hw_slice_after(bare, len),
					 is_all);
	return hw_octet_is(bare.ptr[len], HW_OCTET_CONTROL) ? HW_HTTP_START_NOT : other;
}

enum hw_http_start hw_http_start_look(struct hw_slice first)
{
	const struct hw_slice version = HW_SLICE("HTTP/");
	const struct hw_slice bare = hw_octet_to_word(first);

	if (hw_slice_starts(first, version))
		return HW_HTTP_START_RESPONSE;
	if (hw_slice_starts(first, HW_SLICE("GET /")) || hw_slice_starts(first, HW_SLICE("POST /")))
		return HW_HTTP_START_REQUEST;
	if (first.len < version.len && hw_slice_starts(version, first))
		return HW_HTTP_START_MORE;
	if (first.len - bare.len > BLANKS_MAX)
		return HW_HTTP_START_NOT;
	if (bare.len == 0)
		return HW_HTTP_START_MORE;
	return look_behind_blanks(bare, hw_octet_trim_left(first).len == bare.len,
				  first.len >= HW_HTTP_START_MAX);
}

bool hw_http_start_is_request(struct hw_slice line)
{
	const struct hw_slice version = HW_SLICE(" HTTP/");
	const struct hw_slice bare = hw_octet_trim_left(line);
	const size_t len = hw_octet_token_len(bare);
	struct hw_slice rest;

	if (len == 0 || len == bare.len || bare.ptr[len] != ' ')
		return false;
	rest = hw_slice_after(bare, len);
	while (rest.len > version.len) {
		const uint8_t *at = memmem(rest.ptr, rest.len, version.ptr, version.len);

		if (!at)
			return false;
		rest = hw_slice_after(rest, (size_t)(at - rest.ptr) + version.len);
		if (rest.len > 0 && hw_octet_is(rest.ptr[0], HW_OCTET_DIGIT))
			return true;
	}
	return false;
}

/* DIGIT "." DIGIT */
static bool is_number(struct hw_slice s)
{
	return s.len == 3 && hw_octet_is(s.ptr[0], HW_OCTET_DIGIT) && s.ptr[1] == '.' &&
	       hw_octet_is(s.ptr[2], HW_OCTET_DIGIT);
}

/* method SP target SP `HTTP/d.d`, each a word */
static bool cut_request(struct hw_slice line, struct hw_slice *method, struct hw_slice *target)
{
	const struct hw_slice name = HW_SLICE("HTTP/");

	return hw_slice_cut(&line, ' ', method) && hw_slice_cut(&line, ' ', target) &&
	       method->len > 0 && target->len > 0 && hw_slice_starts(line, name) &&
	       is_number(hw_slice_after(line, name.len));
}

/* `line` ends with SP `name`d.d. */
static bool ends_with_version(struct hw_slice line, struct hw_slice name)
{
	const uint8_t *blank = line.len ? memrchr(line.ptr, ' ', line.len) : NULL;
	struct hw_slice version;

	if (!blank)
		return false;
	version = hw_slice_after(line, (size_t)(blank - line.ptr) + 1);
	return hw_slice_starts(version, name) && is_number(hw_slice_after(version, name.len));
}

bool hw_http_start_is_icap(struct hw_slice line)
{
	return (hw_slice_starts(line, HW_SLICE("REQMOD ")) ||
		hw_slice_starts(line, HW_SLICE("RESPMOD ")) ||
		hw_slice_starts(line, HW_SLICE("OPTIONS "))) &&
	       ends_with_version(line, HW_SLICE("ICAP/"));
}

bool hw_http_start_is_rtsp(struct hw_slice line)
{
	return ends_with_version(line, HW_SLICE("RTSP/"));
}

bool hw_http_start_is_exact_request(struct hw_slice line)
{
	struct hw_slice method, target;

	return cut_request(line, &method, &target) && hw_octet_token_len(method) == method.len;
}

bool hw_http_start_has_version(struct hw_slice line)
{
	const struct hw_slice version = HW_SLICE("HTTP/");

	for (size_t i = line.len; i-- > version.len;)
		if (line.ptr[i] == '/' && hw_octet_parts_words(line.ptr[i - version.len]) &&
		    hw_slice_eq_nocase(hw_slice(line.ptr + i - version.len + 1, version.len),
				       version))
			return true;
	return false;
}

static bool is_version(struct hw_slice s)
{
	return s.len >= HW_HTTP_VERSION_LEN && hw_http_start_is_usual_version(s.ptr);
}

/* `HTTP/1.x ddd`, and its end or SP. */
static bool is_status_line(struct hw_slice s)
{
	return s.len >= 12 && is_version(s) && s.ptr[8] == ' ' &&
	       hw_octet_all(hw_slice(s.ptr + 9, 3), HW_OCTET_DIGIT) &&
	       (s.len == 12 || s.ptr[12] == ' ');
}

/* Text about HTTP has blanks or quotes before it, the end of a body hardly. */
static bool may_stand_before(uint8_t c)
{
	return !hw_octet_is_blank(c) && c != '"' && c != '\'' && c != '`';
}

/* The longest registered method that `s` ends with; returns its length or 0. */
static size_t method_at_end(struct hw_slice s)
{
	size_t longest = 0;

	for (size_t i = 0; i < METHODS_NR; i++) {
		const size_t len = methods[i].len;

		if (len > longest && len <= s.len &&
		    memcmp(s.ptr + s.len - len, methods[i].name, len) == 0)
			longest = len;
	}
	return longest;
}

static bool is_target(struct hw_slice s)
{
	if (s.len == 0 || (hw_octet_any(s) & HW_OCTET_CONTROL))
		return false;
	return s.ptr[0] == '/' || s.ptr[0] == '*' || memchr(s.ptr, ':', s.len);
}

/* Where the request line begins whose version is at `at`; line.len if it is none. */
static size_t find_request(struct hw_slice line, size_t at)
{
	size_t space, method;

	if (at < 2 || line.ptr[at - 1] != ' ' || line.len != at + 8)
		return line.len;
	for (space = at - 1; space > 0 && line.ptr[space - 1] != ' '; space--)
		;
	if (space == 0 || !is_target(hw_slice(line.ptr + space, at - 1 - space)))
		return line.len;
	method = method_at_end(hw_slice(line.ptr, space - 1));
	return method ? space - 1 - method : line.len;
}

size_t hw_http_start_find(struct hw_slice line)
{
	size_t at = 0, begin;

	while (line.len - at >= 8) {
		const uint8_t *found = memmem(line.ptr + at, line.len - at, "HTTP/1.", 7);

		if (!found)
			break;
		at = (size_t)(found - line.ptr);
		begin = at;
		if (!is_status_line(hw_slice_after(line, at)))
			begin = is_version(hw_slice_after(line, at)) ? find_request(line, at)
								     : line.len;
		if (begin < line.len && (begin == 0 || may_stand_before(line.ptr[begin - 1])))
			return begin;
		at += 7;
	}
	return line.len;
}

bool hw_http_start_is_odd_request(struct hw_slice line)
{
	struct hw_slice method, target;

	return cut_request(hw_octet_trim_left(line), &method, &target) && is_target(target) &&
	       !(hw_octet_any(method) & HW_OCTET_CONTROL) && hw_http_start_find(line) == line.len;
}
