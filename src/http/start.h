/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/start.h - does this start like an HTTP/1 message?
 *
 * At the place where a message may start, few bytes are enough ("looks"). Where anything
 * may stand, only a whole start line counts ("strong"), so that text about HTTP is not
 * taken for it.
 */
#ifndef HW_HTTP_START_H
#define HW_HTTP_START_H

#include "base/slice.h"

enum hw_http_start {
	HW_HTTP_START_MORE,	/* may be any of the others */
	HW_HTTP_START_REQUEST,	/* a registered method, a blank (RFC 9112 3), a target of HTTP */
	HW_HTTP_START_RESPONSE, /* HTTP/ */
	HW_HTTP_START_TEXT,	/* perhaps a method of its own, or a bad one: the line will tell */
	HW_HTTP_START_FOREIGN,	/* a request of RTSP, ICAP or NATS, unless its line has HTTP/ */
	HW_HTTP_START_NOT,
};

enum { HW_HTTP_VERSION_LEN = 8 }; /* HTTP-version = "HTTP/" DIGIT "." DIGIT      RFC 9112 2.3 */

/* "HTTP/1.1" or "HTTP/1.0" is at `at`, where so many bytes can be read. */
static inline bool hw_http_start_is_usual_version(const uint8_t *at)
{
	return memcmp(at, "HTTP/1.", HW_HTTP_VERSION_LEN - 1) == 0 &&
	       (at[HW_HTTP_VERSION_LEN - 1] | 1) == '1';
}

/* So many bytes are always enough: then the answer is never HW_HTTP_START_MORE. */
enum { HW_HTTP_START_MAX = 32 };

/* Look at the first bytes of a message, at most HW_HTTP_START_MAX; none: more. */
enum hw_http_start hw_http_start_look(struct hw_slice first);

/*
 * `line`, without its LF, is a request line: token SP anything SP "HTTP/" DIGIT. It may
 * be cut behind that.
 */
bool hw_http_start_is_request(struct hw_slice line);

/*
 * `line`, without its line end, is token SP target SP `HTTP/d.d` and nothing else. For
 * places where a message may start or a body go on.
 */
bool hw_http_start_is_exact_request(struct hw_slice line);

/*
 * `line`, without its line end, is a request line but for its method, which may be no token
 * though it has no control bytes: word SP target SP `HTTP/d.d`, and what hw_http_start_find()
 * looks for is not in it.
 */
bool hw_http_start_is_odd_request(struct hw_slice line);

/* `line`, without its line end, is a request line of ICAP. */
bool hw_http_start_is_icap(struct hw_slice line);

/* `line`, without its line end, ends as a request line of RTSP does: some servers answer it. */
bool hw_http_start_is_rtsp(struct hw_slice line);

/* Some blank in `line` is followed by "HTTP/", in any case. */
bool hw_http_start_has_version(struct hw_slice line);

/*
 * Where in `line`, which is whole and without its line end, a start line begins that is
 * beyond doubt: `HTTP/1.x ddd` with what follows, or registered method SP target SP
 * `HTTP/1.x`. Bytes of a body may stand before it. Returns line.len if there is none.
 */
size_t hw_http_start_find(struct hw_slice line);

#endif
