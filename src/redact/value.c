/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/value.c - the values that have a form of their own: see find.h */
#include "base/ascii.h"
#include "http/octet.h"
#include "redact/find.h"

enum {
	SCHEME_MAX = 20,
	WORD_MAX = 64, /* bytes: what is longer is no scheme */
};

static bool is_in(struct hw_slice s, const char *const *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (hw_slice_eq_nocase(s, hw_slice_text(list[i])))
			return true;
	return false;
}

/*
 * IANA's registry, and others in use, that have digits or stand alone. What is made of
 * letters is taken for a scheme where something follows; a word alone may be the secret.
 */
static bool is_known_scheme(struct hw_slice s)
{
	static const char *const known[] = {
		"Basic",
		"Bearer",
		"Digest",
		"DPoP",
		"Negotiate",
		"NTLM",
		"Kerberos",
		"OAuth",
		"SCRAM-SHA-1",
		"SCRAM-SHA-256",
		"AWS4-HMAC-SHA256",
		"AWS4-ECDSA-P256-SHA256",
		"GOOG4-RSA-SHA256",
		"GOOG4-HMAC-SHA256",
		"EG1-HMAC-SHA256",
		"OAuth2",
	};

	return is_in(s, known, sizeof(known) / sizeof(known[0]));
}

static bool is_scheme(struct hw_slice s)
{
	if (is_known_scheme(s))
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (!hw_ascii_is_letter(s.ptr[i]) && s.ptr[i] != '-')
			return false;
	return s.len > 0 && s.len <= SCHEME_MAX;
}

/* credentials = auth-scheme [ 1*SP ( token68 / auth-params ) ]      RFC 9110 11.4 */
size_t hw_redact_skip_scheme(struct hw_slice value)
{
	size_t at = 0;
	struct hw_slice scheme;

	while (at < value.len && at < WORD_MAX && !hw_octet_is_blank(value.ptr[at]))
		at++;
	scheme = hw_slice(value.ptr, at);
	while (at < value.len && hw_octet_is_blank(value.ptr[at]))
		at++;
	return (at < value.len ? is_scheme(scheme) : is_known_scheme(scheme)) ? at : 0;
}

/* A piece of a list, from..to, and the = in it; `to` where there is none. */
struct piece {
	size_t from, equals, to;
};

/* Take the piece at `at`, which ends at a semicolon. Returns where the next one is. */
static size_t next_piece(struct hw_slice s, size_t at, struct piece *ret)
{
	const uint8_t *end = memchr(s.ptr + at, ';', s.len - at), *equals;
	const size_t next = end ? (size_t)(end - s.ptr) + 1 : s.len;

	ret->to = end ? next - 1 : s.len;
	while (at < ret->to && hw_octet_is_blank(s.ptr[at]))
		at++;
	while (ret->to > at && hw_octet_is_blank(s.ptr[ret->to - 1]))
		ret->to--;
	ret->from = at;
	equals = memchr(s.ptr + at, '=', ret->to - at);
	ret->equals = equals ? (size_t)(equals - s.ptr) : ret->to;
	return next;
}

/* What has no = is all value; so is one that ends in several: padding of base64. */
static void add_cookie(struct hw_redact_finder *f, struct hw_slice s, const struct piece *p)
{
	size_t value = p->equals + 1;

	if (p->equals == p->to) {
		hw_redact_add(f, p->from, p->to);
		return;
	}
	while (value < p->to && s.ptr[value] == '=')
		value++;
	if (value == p->to && value > p->equals + 1)
		hw_redact_add(f, p->from, p->to);
	else
		hw_redact_add(f, p->equals + 1, p->to);
}

/* cookie-string = cookie-pair *( ";" SP cookie-pair )      RFC 6265 4.2.1 */
static void find_cookies(struct hw_redact_finder *f, struct hw_slice value)
{
	struct piece p;

	for (size_t at = 0; at < value.len;) {
		at = next_piece(value, at, &p);
		add_cookie(f, value, &p);
	}
}

/* RFC 6265 4.1.1, and what browsers added. A second = would be of something else. */
static bool is_attribute(struct hw_slice s, const struct piece *p)
{
	static const char *const known[] = { "Path",	    "Domain",	"Expires",  "Max-Age",
					     "Secure",	    "HttpOnly", "SameSite", "Priority",
					     "Partitioned", "Version",	"Comment",  "Discard",
					     "Port" };

	return is_in(hw_slice(s.ptr + p->from, p->equals - p->from), known,
		     sizeof(known) / sizeof(known[0])) &&
	       (p->equals == p->to || !memchr(s.ptr + p->equals + 1, '=', p->to - p->equals - 1));
}

static void find_set_cookie(struct hw_redact_finder *f, struct hw_slice value)
{
	struct piece p;
	size_t at = 0;

	for (bool is_first = true; at < value.len; is_first = false) {
		at = next_piece(value, at, &p);
		if (is_first || !is_attribute(value, &p))
			add_cookie(f, value, &p);
	}
}

static size_t end_of_user(const struct hw_redact_finder *f, struct hw_slice s, size_t from,
			  size_t to)
{
	const uint8_t *at =
		to > from ? (const uint8_t *)memrchr(s.ptr + from, '@', to - from) : NULL;

	if (at)
		return (size_t)(at - s.ptr);
	return f->is_cut && to == s.len ? hw_redact_end_of_cut_user(s, from, to) : from;
}

/* What stands before the last @, from `from` on. Returns whether something does. */
static bool find_authority(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to)
{
	const size_t end = f->userinfo ? end_of_user(f, s, from, to) : from;

	hw_redact_add(f, from, end);
	return end > from;
}

/* Where the next of a list is, whose comma comes behind blanks at `at`; else `at`. RFC 9110 5.6.1 */
static size_t skip_comma(struct hw_slice s, size_t at)
{
	size_t comma = at;

	while (comma < s.len && hw_octet_is_blank(s.ptr[comma]))
		comma++;
	return comma < s.len && s.ptr[comma] == ',' ? comma + 1 : at;
}

/* It may be JSON, in the encoding of percents or not, or a list of such: what was several fields. */
static void find_in_value(struct hw_redact_finder *f, struct hw_slice value)
{
	size_t at = 0, from, to;

	do {
		from = at;
		to = hw_redact_find_json_value(f, value, from, HW_REDACT_VALUE);
		at = to > from ? skip_comma(value, to) : to;
	} while (at > to);
	hw_redact_find(f, value, at, value.len, HW_REDACT_VALUE);
}

void hw_redact_find_value(struct hw_redact_finder *f, struct hw_slice value, enum hw_redact_how how)
{
	switch (how) {
	case HW_REDACT_WHOLE:
		hw_redact_add(f, 0, value.len);
		return;
	case HW_REDACT_CREDENTIALS:
		hw_redact_add(f, hw_redact_skip_scheme(value), value.len);
		return;
	case HW_REDACT_COOKIES:
		find_cookies(f, value);
		return;
	case HW_REDACT_SET_COOKIE:
		find_set_cookie(f, value);
		return;
	case HW_REDACT_AUTHORITY:
		if (find_authority(f, value, 0, value.len))
			return;
		break;
	case HW_REDACT_NOTHING:
	case HW_REDACT_JWT:
	case HW_REDACT_UPPER:
	case HW_REDACT_ALNUM:
	case HW_REDACT_WORD:
	case HW_REDACT_BOT:
	case HW_REDACT_ARMOR:
		break;
	}
	find_in_value(f, value);
}

static size_t find_byte(struct hw_slice s, size_t from, size_t to, uint8_t byte)
{
	const uint8_t *at = from < to ? memchr(s.ptr + from, byte, to - from) : NULL;

	return at ? (size_t)(at - s.ptr) : to;
}

/*
 * In the authority-form (CONNECT), and in what is no target, a user may stand in front; in
 * an absolute-form, behind the //, which is found everywhere.
 */
void hw_redact_find_target(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to)
{
	const size_t query = find_byte(s, from, to, '?');
	size_t path = from;

	if (from < to && s.ptr[from] != '/') {
		path = find_byte(s, from, query, '/');
		if (!find_authority(f, s, from, path))
			path = from;
	}
	hw_redact_find(f, s, path, query, HW_REDACT_PATH);
	hw_redact_find(f, s, query, to, HW_REDACT_QUERY);
}
