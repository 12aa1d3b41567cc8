/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/length.c - how long the body is
 *
 * Twice: soundly, as RFC 9112 6.3 says, because the next message starts where the body
 * ends; and as Go's net/http says, because Tracee prints that. Where a message breaks the
 * rules the sound reading is: Transfer-Encoding wins over Content-Length; blanks before a
 * colon do not hide a field; of Content-Length fields that differ the first valid one
 * counts, as most lenient servers have it; without any valid one a request has no body
 * and a response goes on until close.
 */
#include <endian.h>

#include "http/octet.h"
#include "http/reading.h"

/* The next element of a comma-separated list, trimmed. Returns false at its end. */
static bool next_element(struct hw_slice *rest, struct hw_slice *ret)
{
	if (!rest->ptr)
		return false;
	if (!hw_slice_cut(rest, ',', ret)) {
		*ret = *rest;
		*rest = (struct hw_slice){ 0 };
	}
	*ret = hw_octet_trim(*ret);
	return true;
}

static bool has_element(struct hw_slice list, struct hw_slice token)
{
	struct hw_slice element;

	if (list.len < token.len)
		return false;
	while (next_element(&list, &element))
		if (hw_slice_eq_nocase(element, token))
			return true;
	return false;
}

bool hw_http_has_token(const struct hw_http_reading *r, enum hw_http_name name,
		       struct hw_slice token)
{
	const size_t nr = hw_http_fields_nr(r);

	if (hw_http_nr_of(r, name) == 0)
		return false;
	for (size_t i = hw_http_next_of(r, name, 0); i < nr; i = hw_http_next_of(r, name, i + 1))
		if (hw_http_is_exact(r, i) && has_element(hw_http_fields(r)[i].value, token))
			return true;
	return false;
}

/* So many digits are below 2^63 whatever they are. */
enum { SURE_DIGITS = 18 };

/* The number that up to eight bytes are, of which eight up to the last can be read; -1 if none. */
static int64_t read_few_digits(struct hw_slice s)
{
	const uint64_t ones = UINT64_MAX / 255;
	const unsigned int others = 64 - 8 * (unsigned int)s.len;
	uint64_t x;

	memcpy(&x, s.ptr + s.len - sizeof(x), sizeof(x));
	x = ((le64toh(x) ^ ones * '0') >> others) << others;
	if ((x | (x + ones * 0x76)) & ones * 0x80)
		return -1;
	x = x * 10 + (x >> 8); /* two digits in each second byte */
	x = (x & 0xff000000ff) * 100 + (x >> 16 & 0xff000000ff);
	return (int64_t)((x & 0xffff) * 10000 + (x >> 32));
}

/*
 * The one Content-Length field of a message, if it is as nearly all are: digits alone, and no
 * zeros in front. Else -1, and it takes more to say what it means. The name stands before the
 * value of a head with a shape.
 */
static int64_t read_plain_length(const struct hw_http_reading *r)
{
	const uint32_t at = r->tally->first[HW_HTTP_NAME_CONTENT_LENGTH];
	struct hw_slice s;
	int64_t n = 0;

	if (hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) != 1 || !hw_http_is_exact(r, at))
		return -1;
	s = hw_http_fields(r)[at].value;
	if (s.len == 0 || s.len > SURE_DIGITS || (s.ptr[0] == '0' && s.len > 1))
		return -1;
	if (r->is_shaped && s.len <= 8)
		return read_few_digits(s);
	for (size_t i = 0; i < s.len; i++) {
		const unsigned digit = s.ptr[i] - (unsigned)'0';

		if (digit > 9)
			return -1;
		n = n * 10 + digit;
	}
	return n;
}

/* Content-Length = 1*DIGIT      RFC 9110 8.6 */
HW_COLD static bool read_number(struct hw_http_reading *r, struct hw_slice s, uint64_t *ret)
{
	uint64_t n = 0;

	if (s.len == 0 || !hw_octet_all(s, HW_OCTET_DIGIT)) {
		hw_http_odd(r, HW_ANOMALY_BAD_CONTENT_LENGTH);
		return false;
	}
	if (s.len > 1 && s.ptr[0] == '0')
		hw_http_odd(r, HW_ANOMALY_LENGTH_LEADING_ZEROS);
	for (size_t i = 0; i < s.len; i++) {
		const uint64_t digit = s.ptr[i] - '0';

		if (i >= SURE_DIGITS && n > (INT64_MAX - digit) / 10) {
			hw_http_odd(r, HW_ANOMALY_LENGTH_OVERFLOW);
			return false;
		}
		n = n * 10 + digit;
	}
	*ret = n;
	return true;
}

/* All numbers in all Content-Length fields. Returns false if there is none. */
HW_COLD static bool read_lengths(struct hw_http_reading *r, uint64_t *ret)
{
	const enum hw_http_name name = HW_HTTP_NAME_CONTENT_LENGTH;
	const size_t nr = hw_http_fields_nr(r);
	bool found = false;

	for (size_t i = hw_http_next_of(r, name, 0); i < nr; i = hw_http_next_of(r, name, i + 1)) {
		struct hw_slice rest = hw_http_fields(r)[i].value, element;
		uint64_t n;

		while (next_element(&rest, &element)) {
			if (!read_number(r, element, &n))
				continue;
			if (found)
				hw_http_odd(r, n == *ret ? HW_ANOMALY_LENGTH_REPEATED
							 : HW_ANOMALY_LENGTH_CONFLICT);
			else
				*ret = n;
			found = true;
		}
	}
	return found;
}

/* The length that the message says its body has, which is `plain` if that is not negative. */
static inline bool read_length(struct hw_http_reading *r, int64_t plain, uint64_t *ret)
{
	if (plain < 0)
		return hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) > 0 && read_lengths(r, ret);
	*ret = (uint64_t)plain;
	return true;
}

/* RFC 9112 7: the registered transfer codings, and the one that once was. */
static bool is_coding(struct hw_slice s)
{
	static const char *const names[] = { "chunked",	 "gzip",       "x-gzip",  "deflate",
					     "compress", "x-compress", "identity" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hw_slice_eq_nocase(s, hw_slice_text(names[i])))
			return true;
	return false;
}

/* What all Transfer-Encoding fields say together. */
struct codings {
	unsigned int nr, chunked;
	bool chunked_is_last;
};

static void add_coding(struct hw_http_reading *r, struct codings *c, struct hw_slice name)
{
	if (name.len == 0) { /* an empty element counts for nothing: RFC 9110 5.6.1.2 */
		hw_http_odd(r, HW_ANOMALY_TRANSFER_CODING_LIST);
		return;
	}
	if (!is_coding(name))
		hw_http_odd(r, HW_ANOMALY_BAD_TRANSFER_CODING);
	c->chunked_is_last = hw_slice_eq_nocase(name, HW_SLICE("chunked"));
	c->chunked += c->chunked_is_last;
	c->nr++;
}

HW_APART static struct codings read_codings(struct hw_http_reading *r)
{
	const enum hw_http_name name = HW_HTTP_NAME_TRANSFER_ENCODING;
	const size_t nr = hw_http_fields_nr(r);
	struct codings c = { 0 };

	for (size_t i = hw_http_next_of(r, name, 0); i < nr; i = hw_http_next_of(r, name, i + 1)) {
		struct hw_slice rest = hw_http_fields(r)[i].value, element;

		while (next_element(&rest, &element))
			add_coding(r, &c, element);
	}
	if (c.nr > 0 && !c.chunked_is_last)
		hw_http_odd(r, HW_ANOMALY_CHUNKED_NOT_FINAL);
	if (c.chunked > 1 || hw_http_nr_of(r, name) > 1)
		hw_http_odd(r, HW_ANOMALY_CHUNKED_REPEATED);
	if (c.nr > 1)
		hw_http_odd(r, HW_ANOMALY_TRANSFER_CODING_LIST);
	return c;
}

static bool is_below_1_1(const struct hw_http_reading *r)
{
	if (r->major == 0 && r->minor == 0) /* Go reads 0.0, and we "not known", as 1.1 */
		return false;
	return r->major < 1 || (r->major == 1 && r->minor < 1);
}

/* A response of this kind never has a body: RFC 9112 6.3. */
static bool is_without_body(const struct hw_http_message *m)
{
	return m->kind == HW_HTTP_RESPONSE && ((m->status_code >= 100 && m->status_code < 200) ||
					       m->status_code == 204 || m->status_code == 304);
}

static bool is_connect(const struct hw_http_message *m)
{
	return m->kind == HW_HTTP_REQUEST && hw_slice_eq(m->method, HW_SLICE("CONNECT"));
}

/*
 * RFC 9110 9.3.6: a CONNECT has no content, and what follows is the tunnel's. One that says it has
 * some, as RFC 9112 6.3 then has it, begins the tunnel behind that.
 */
static void frame_connect(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;

	if (m->framing == HW_HTTP_BODY_LENGTH || m->framing == HW_HTTP_BODY_CHUNKED) {
		hw_http_odd(r, HW_ANOMALY_LENGTH_NOT_ALLOWED);
		m->has_upgrade = true;
		return;
	}
	m->framing = HW_HTTP_BODY_TUNNEL;
	m->body_len = 0;
}

static void frame_special(struct hw_http_reading *r)
{
	struct hw_http_message *m = r->m;

	if (is_without_body(m)) {
		m->framing = m->status_code == 101 ? HW_HTTP_BODY_TUNNEL : HW_HTTP_BODY_NONE;
		m->body_len = 0;
	} else if (m->kind == HW_HTTP_REQUEST && m->framing == HW_HTTP_BODY_NONE &&
		   m->has_upgrade) {
		m->framing = HW_HTTP_BODY_TUNNEL;
	}
	if (is_connect(m))
		frame_connect(r);
}

/* RFC 9112 6.3 */
static void frame(struct hw_http_reading *r, int64_t plain)
{
	struct hw_http_message *m = r->m;
	const bool has_coding = hw_http_nr_of(r, HW_HTTP_NAME_TRANSFER_ENCODING) > 0;
	const bool has_length = hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) > 0;
	const struct codings c = has_coding ? read_codings(r) : (struct codings){ 0 };
	const bool found = read_length(r, plain, &m->body_len);

	if (c.nr > 0) {
		m->framing = c.chunked_is_last ? HW_HTTP_BODY_CHUNKED : HW_HTTP_BODY_CLOSE;
		m->body_len = 0;
	} else if (found) {
		m->framing = m->body_len > 0 ? HW_HTTP_BODY_LENGTH : HW_HTTP_BODY_NONE;
	} else {
		m->framing = m->kind == HW_HTTP_REQUEST ? HW_HTTP_BODY_NONE : HW_HTTP_BODY_CLOSE;
	}
	if (has_coding && has_length)
		hw_http_odd(r, HW_ANOMALY_LENGTH_AND_CHUNKED);
	if (has_coding && is_below_1_1(r))
		hw_http_odd(r, HW_ANOMALY_CHUNKED_IN_HTTP_1_0);
	if ((has_coding || has_length) && is_without_body(m) && m->status_code != 304)
		hw_http_odd(r, HW_ANOMALY_LENGTH_NOT_ALLOWED);
	frame_special(r);
}

/* SP TAB CR LF, as Go's textproto.TrimString() has it. */
static struct hw_slice go_trim(struct hw_slice s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.ptr[0]) && s.ptr[0])
		s = hw_slice_after(s, 1);
	while (s.len > 0 && strchr(" \t\r\n", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
		s.len--;
	return s;
}

/* The fields of that name that Go knows. Returns how many; the first and last in `ret`. */
static size_t go_fields(const struct hw_http_reading *r, enum hw_http_name name, size_t ret[2])
{
	const size_t nr = hw_http_fields_nr(r);
	size_t found = 0;

	for (size_t i = hw_http_next_of(r, name, 0); i < nr; i = hw_http_next_of(r, name, i + 1)) {
		if (!hw_http_is_exact(r, i))
			continue;
		ret[0] = found++ ? ret[0] : i;
		ret[1] = i;
	}
	return found;
}

/* Exactly one value, and that is "chunked"; below 1.1 it is not looked at. */
HW_APART static void go_codings(struct hw_http_reading *r)
{
	size_t at[2];
	const size_t nr = go_fields(r, HW_HTTP_NAME_TRANSFER_ENCODING, at);

	if (nr == 0 || is_below_1_1(r))
		return;
	if (nr > 1)
		hw_http_refuse(r, HW_ANOMALY_CHUNKED_REPEATED);
	else if (!hw_slice_eq_nocase(hw_http_fields(r)[at[0]].value, HW_SLICE("chunked")))
		hw_http_refuse(r, HW_ANOMALY_TRANSFER_CODING_LIST);
	else
		r->chunked = true;
}

/* All values the same text, and a number. Returns -1 if there is none. */
HW_COLD static int64_t go_length(struct hw_http_reading *r)
{
	size_t at[2];
	const size_t nr = go_fields(r, HW_HTTP_NAME_CONTENT_LENGTH, at);
	struct hw_slice text;
	uint64_t n;

	if (nr == 0)
		return -1;
	text = go_trim(hw_http_fields(r)[at[0]].value);
	for (size_t i = at[0]; nr > 1 && i <= at[1]; i++)
		if (hw_http_notes(r)[i].name == HW_HTTP_NAME_CONTENT_LENGTH &&
		    hw_http_is_exact(r, i) &&
		    !hw_slice_eq(text, go_trim(hw_http_fields(r)[i].value)))
			r->refused = true; /* the anomaly is known from read_lengths() */
	if (!read_number(r, text, &n)) {
		r->refused = true;
		return -1;
	}
	return (int64_t)n;
}

/* A chunked body's Trailer field may not announce what frames the message. */
HW_COLD static void go_trailer(struct hw_http_reading *r)
{
	const enum hw_http_name name = HW_HTTP_NAME_TRAILER;

	if (hw_http_has_token(r, name, HW_SLICE("Transfer-Encoding")) ||
	    hw_http_has_token(r, name, HW_SLICE("Content-Length")) ||
	    hw_http_has_token(r, name, HW_SLICE("Trailer")))
		hw_http_refuse(r, HW_ANOMALY_FORBIDDEN_TRAILER);
}

/* Of nearly all messages: the one length there is, or none. Returns false if it takes more. */
static bool read_usual_length(struct hw_http_reading *r, int64_t plain)
{
	struct hw_http_message *m = r->m;
	const bool is_request = m->kind == HW_HTTP_REQUEST;

	if (hw_http_nr_of(r, HW_HTTP_NAME_TRANSFER_ENCODING) > 0 ||
	    hw_http_nr_of(r, HW_HTTP_NAME_UPGRADE) > 0 ||
	    (plain < 0 && hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) > 0) ||
	    is_without_body(m) || is_connect(m))
		return false;
	m->content_length = plain >= 0 || !is_request ? plain : 0;
	m->body_len = plain > 0 ? (uint64_t)plain : 0;
	m->framing = plain > 0			? HW_HTTP_BODY_LENGTH
		     : plain == 0 || is_request ? HW_HTTP_BODY_NONE
						: HW_HTTP_BODY_CLOSE;
	return true;
}

static void read_any_length(struct hw_http_reading *r, int64_t plain)
{
	struct hw_http_message *m = r->m;
	int64_t length;

	m->has_upgrade = hw_http_nr_of(r, HW_HTTP_NAME_UPGRADE) > 0 &&
			 hw_http_has_token(r, HW_HTTP_NAME_CONNECTION, HW_SLICE("upgrade"));
	frame(r, plain);
	if (hw_http_nr_of(r, HW_HTTP_NAME_TRANSFER_ENCODING) > 0)
		go_codings(r);
	length = plain >= 0 || hw_http_nr_of(r, HW_HTTP_NAME_CONTENT_LENGTH) == 0 ? plain
										  : go_length(r);
	if (r->chunked && hw_http_nr_of(r, HW_HTTP_NAME_TRAILER) > 0)
		go_trailer(r);

	if (is_without_body(m))
		m->content_length = 0;
	else if (r->chunked)
		m->content_length = -1;
	else if (length >= 0)
		m->content_length = length;
	else
		m->content_length = m->kind == HW_HTTP_REQUEST ? 0 : -1;
}

void hw_http_read_length(struct hw_http_reading *r)
{
	const int64_t plain = read_plain_length(r);

	if (!read_usual_length(r, plain))
		read_any_length(r, plain);
}
