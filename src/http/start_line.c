/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/start_line.c - request line, status line */
#include "base/ascii.h"
#include "http/octet.h"
#include "http/reading.h"
#include "http/start.h"

HW_COLD static void note_controls(struct hw_http_reading *r, struct hw_slice s)
{
	for (;;) {
		s = hw_slice_after(s, hw_octet_find_control(s));
		if (s.len == 0)
			return;
		if (s.ptr[0] == '\r')
			hw_http_odd(r, HW_ANOMALY_BARE_CR);
		else if (s.ptr[0] == '\t')
			hw_http_odd(r, HW_ANOMALY_SPACE_IN_START_LINE);
		else
			hw_http_odd(r, HW_ANOMALY_CONTROL_BYTE);
		if (s.ptr[0] == 0)
			hw_http_odd(r, HW_ANOMALY_NUL_BYTE);
		s = hw_slice_after(s, 1);
	}
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT      RFC 9112 2.3 */
static bool read_version(struct hw_http_reading *r, struct hw_slice s)
{
	if (s.len != HW_HTTP_VERSION_LEN || !hw_slice_starts(s, HW_SLICE("HTTP/")) ||
	    s.ptr[6] != '.' || !hw_octet_is(s.ptr[5], HW_OCTET_DIGIT) ||
	    !hw_octet_is(s.ptr[7], HW_OCTET_DIGIT))
		return false;
	r->major = (uint8_t)(s.ptr[5] - '0');
	r->minor = (uint8_t)(s.ptr[7] - '0');
	if (r->major != 1 || r->minor > 1)
		hw_http_odd(r, HW_ANOMALY_UNUSUAL_VERSION);
	return true;
}

static bool is_token(struct hw_slice s)
{
	return s.len > 0 && hw_octet_all(s, HW_OCTET_TOKEN);
}

static size_t find_blank(struct hw_slice s)
{
	size_t i = 0;

	while (i < s.len && !hw_octet_is_blank(s.ptr[i]))
		i++;
	return i;
}

static size_t find_word_end(struct hw_slice s)
{
	size_t i = 0;

	while (i < s.len && !hw_octet_parts_words(s.ptr[i]))
		i++;
	return i;
}

/* Cut the word that `rest` begins with off, and the blanks behind it. */
static struct hw_slice cut_word(struct hw_http_reading *r, struct hw_slice *rest)
{
	const struct hw_slice word = { rest->ptr, find_word_end(*rest) };
	const struct hw_slice behind = hw_slice_after(*rest, word.len);

	*rest = hw_octet_to_word(behind);
	if (behind.len - rest->len > 1 || (behind.len > 0 && behind.ptr[0] != ' '))
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_START_LINE);
	return word;
}

/* Where the last blank is that "HTTP/" in any case comes behind, or `s.len`. */
static size_t find_version(struct hw_slice s)
{
	const struct hw_slice name = HW_SLICE("HTTP/");

	for (size_t i = s.len; i-- > 0;)
		if (hw_octet_parts_words(s.ptr[i]) && s.len - i > name.len &&
		    hw_slice_eq_nocase(hw_slice(s.ptr + i + 1, name.len), name))
			return i;
	return s.len;
}

static size_t find_last_blank(struct hw_slice s)
{
	size_t i = s.len;

	while (i > 0 && !hw_octet_is_blank(s.ptr[i - 1]))
		i--;
	return i > 0 ? i - 1 : s.len;
}

/* The line is cut: whether what follows the last blank is the version, or would become it. */
static bool begins_version(struct hw_slice s)
{
	return hw_slice_starts(HW_SLICE("HTTP/"), s);
}

/* Where the target ends and the version begins; `rest.len`: there is no version. */
static size_t find_target_end(const struct hw_http_reading *r, struct hw_slice rest)
{
	size_t at = find_version(rest);

	if (at < rest.len)
		return at;
	at = find_last_blank(rest);
	if (at < rest.len && r->lines.cut && !begins_version(hw_slice_after(rest, at + 1)))
		return rest.len;
	return at;
}

/* Target and version, out of what follows the method. */
static void guess_target(struct hw_http_reading *r, struct hw_slice rest)
{
	struct hw_http_message *m = r->m;
	const size_t at = find_target_end(r, rest);

	m->target = hw_slice(rest.ptr, at);
	if (at < rest.len)
		m->protocol = hw_slice_after(rest, at + 1);
	if (at == rest.len && !r->lines.cut)
		hw_http_odd(r, HW_ANOMALY_HTTP_0_9);
	if (m->protocol.len > 0 && !read_version(r, m->protocol))
		hw_http_odd(r, HW_ANOMALY_BAD_VERSION);

	while (m->target.len > 0 && hw_octet_parts_words(m->target.ptr[m->target.len - 1]))
		m->target.len--;
	if (at < rest.len && (m->target.len < at || rest.ptr[at] != ' '))
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_START_LINE);
	if (find_blank(m->target) < m->target.len)
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_TARGET);
}

/* Blanks of another kind than SP are no part of a target for who takes them for blanks. */
HW_COLD static bool is_within_blanks(struct hw_slice target)
{
	return target.len > 0 && (hw_octet_parts_words(target.ptr[0]) ||
				  hw_octet_parts_words(target.ptr[target.len - 1]));
}

/* What Go refuses. The words are where most would look for them. */
HW_COLD static void guess_request_line(struct hw_http_reading *r, struct hw_slice line)
{
	struct hw_slice rest = hw_octet_to_word(line);

	r->refused = true;
	note_controls(r, line);
	if (rest.len < line.len)
		hw_http_odd(r, HW_ANOMALY_LEADING_SPACE);
	while (rest.len > 0 && hw_octet_parts_words(rest.ptr[rest.len - 1])) {
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_START_LINE);
		rest.len--;
	}

	r->m->method = cut_word(r, &rest);
	if (!is_token(r->m->method))
		hw_http_odd(r, HW_ANOMALY_BAD_METHOD);
	guess_target(r, rest);
}

/* request-line = method SP request-target SP HTTP-version      RFC 9112 3 */
HW_APART static void read_any_request_line(struct hw_http_reading *r, struct hw_slice line)
{
	struct hw_http_message *m = r->m;
	struct hw_slice rest = line, method, target;

	if (hw_slice_cut(&rest, ' ', &method) && hw_slice_cut(&rest, ' ', &target) &&
	    is_token(method) && !is_within_blanks(target) && read_version(r, rest)) {
		m->method = method;
		m->target = target;
		m->protocol = rest;
	} else {
		guess_request_line(r, line);
	}
	hw_http_read_target(r, hw_octet_look(m->target));
}

static void take_usual_version(struct hw_http_reading *r, const uint8_t *at)
{
	r->m->protocol = hw_slice(at, HW_HTTP_VERSION_LEN);
	r->major = 1;
	r->minor = at[HW_HTTP_VERSION_LEN - 1] == '1';
}

/*
 * The same line if it is as nearly all are: a token and SP begin it, SP and a usual version end it,
 * and no other SP is in it. Returns false if it is not.
 */
static bool read_usual_request_line(struct hw_http_reading *r, struct hw_slice line)
{
	const size_t method = hw_octet_token_len(line),
		     others = method + 1 + 1 + HW_HTTP_VERSION_LEN;
	const uint8_t *const end = line.ptr + line.len;
	unsigned int any;

	if (method == 0 || line.len <= others || line.ptr[method] != ' ' ||
	    end[-HW_HTTP_VERSION_LEN - 1] != ' ' ||
	    !hw_http_start_is_usual_version(end - HW_HTTP_VERSION_LEN))
		return false;
	r->m->target = hw_slice(line.ptr + method + 1, line.len - others);
	any = hw_octet_look(r->m->target);
	if (any & HW_OCTET_SPACE || (any & HW_OCTET_ODD && is_within_blanks(r->m->target)))
		return false;
	r->m->method = hw_slice(line.ptr, method);
	take_usual_version(r, end - HW_HTTP_VERSION_LEN);
	hw_http_read_target(r, any);
	return true;
}

void hw_http_read_request_line(struct hw_http_reading *r, struct hw_slice line)
{
	if (!read_usual_request_line(r, line))
		read_any_request_line(r, line);
}

/*
 * What Go's strconv.Atoi() makes of three bytes: +20 and -00 are numbers. Returns -1 if
 * they are none, or one below zero.
 */
static int32_t read_code(struct hw_slice s)
{
	const bool negative = s.len == 3 && s.ptr[0] == '-';
	const size_t sign = s.len == 3 && (negative || s.ptr[0] == '+');
	int32_t code = 0;

	if (s.len != 3 || !hw_octet_all(hw_slice_after(s, sign), HW_OCTET_DIGIT))
		return -1;
	for (size_t i = sign; i < s.len; i++)
		code = code * 10 + s.ptr[i] - '0';
	return negative && code > 0 ? -1 : code;
}

/* The digits that `s` begins with, at most nine. */
HW_COLD static int32_t guess_code(struct hw_slice s)
{
	int32_t code = 0;

	for (size_t i = 0; i < s.len && i < 9 && hw_octet_is(s.ptr[i], HW_OCTET_DIGIT); i++)
		code = code * 10 + s.ptr[i] - '0';
	return code;
}

static void read_status(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;
	struct hw_slice code;

	m->reason = m->status;
	if (!hw_slice_cut(&m->reason, ' ', &code)) {
		code = m->status;
		m->reason = hw_slice_after(m->status, m->status.len);
		hw_http_odd(r, HW_ANOMALY_NO_REASON_SPACE);
	}
	m->status_code = read_code(code);
	if (m->status_code < 0) {
		m->status_code = guess_code(code);
		hw_http_refuse(r, HW_ANOMALY_BAD_STATUS_CODE);
	} else if (!hw_octet_all(code, HW_OCTET_DIGIT)) {
		hw_http_odd(r, HW_ANOMALY_BAD_STATUS_CODE);
	}
	if (m->status_code < 100 || m->status_code > 599)
		hw_http_odd(r, HW_ANOMALY_STATUS_OUT_OF_RANGE);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ]      RFC 9112 4 */
HW_APART static void read_any_status_line(struct hw_http_reading *r, struct hw_slice line)
{
	struct hw_http_message *m = r->m;
	const size_t blank = find_word_end(line);
	size_t spaces = blank;

	m->protocol = hw_slice(line.ptr, blank);
	m->status = hw_octet_to_word(hw_slice_after(line, blank));
	while (spaces < line.len && line.ptr[spaces] == ' ')
		spaces++;
	if (line.len - m->status.len > blank + 1)
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_START_LINE);
	if (line.len - m->status.len > spaces)
		hw_http_refuse(r, HW_ANOMALY_SPACE_IN_START_LINE);

	if (r->lines.odd)
		note_controls(r, line);
	if (!read_version(r, m->protocol))
		hw_http_refuse(r, HW_ANOMALY_BAD_VERSION);
	if (blank == line.len)
		hw_http_refuse(r, HW_ANOMALY_BAD_STATUS_LINE);
	else
		read_status(r);
}

/* "200 ", "404 " at `at`, in the range that there is. */
static bool is_usual_code(const uint8_t *at)
{
	return at[0] >= '1' && at[0] <= '5' && hw_ascii_is_digit(at[1]) &&
	       hw_ascii_is_digit(at[2]) && at[3] == ' ';
}

/* The same line if it is as nearly all are: "HTTP/1.1 200 OK". Returns false if it is not. */
static bool read_usual_status_line(struct hw_http_reading *r, struct hw_slice line)
{
	struct hw_http_message *m = r->m;
	const uint8_t *code;

	if (line.len < HW_HTTP_VERSION_LEN + 1 + 4 || r->lines.odd)
		return false;
	code = line.ptr + HW_HTTP_VERSION_LEN + 1;
	if (!hw_http_start_is_usual_version(line.ptr) || code[-1] != ' ' || !is_usual_code(code))
		return false;
	take_usual_version(r, line.ptr);
	m->status = hw_slice_after(line, HW_HTTP_VERSION_LEN + 1);
	m->status_code = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	m->reason = hw_slice_after(m->status, 4);
	return true;
}

void hw_http_read_status_line(struct hw_http_reading *r, struct hw_slice line)
{
	if (!read_usual_status_line(r, line))
		read_any_status_line(r, line);
}
