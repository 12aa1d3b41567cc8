/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/find.h - where in a text the secrets are
 *
 * Parameters, userinfo of URLs and text that looks like a key are found wherever they
 * stand, percent-encoded too, as often as it may be. One pass, work linear in the text.
 */
#ifndef HW_REDACT_FIND_H
#define HW_REDACT_FIND_H

#include "base/buf.h"
#include "redact/sieve.h"

/* Bytes of a text that are to be replaced. */
struct hw_redact_span {
	size_t text; /* number of the text */
	size_t from, to;
	uint8_t plus; /* a + that is encoded less often than so stands for a blank */
};

/* How deep text is looked for inside of other text, which has it in a way of writing of its own. */
enum { HW_REDACT_NESTED_MAX = 4 };

/* What kind of text it is: where a parameter's value ends. */
enum hw_redact_text {
	HW_REDACT_PATH,	 /* at the end: which / or & is data is not known once it is decoded */
	HW_REDACT_QUERY, /* of a target, or a form: at & */
	HW_REDACT_URL,	 /* a field that is one URL: at &, which may be of a user before its host */
	HW_REDACT_VALUE, /* of another field: at & and blanks " < >, too, and at the ' of a pair */
	HW_REDACT_BODY, /* of which nobody says what it is: there, too, and at any ' but within a word */
};

struct hw_redact_finder {
	const struct hw_redact_names *names;
	const struct hw_redact_sieve *sieve;
	struct hw_buf *spans;	   /* struct hw_redact_span, in order, apart from each other */
	struct hw_buf *nested;	   /* for text inside of the text, and inside of that: one each */
	size_t level;		   /* how many of these are in use */
	enum hw_redact_text inner; /* what strings of JSON are */
	bool userinfo;		   /* in URLs */
	bool is_in_xml;		   /* what is between its elements was looked at as JSON */
	bool is_body;		   /* the texts are of a body */
	bool is_cut;		   /* texts may end before a secret does: its beginning is enough */
	bool failed;		   /* there was no memory for a span */
	size_t text;		   /* number of the text that is looked at */
	size_t first;		   /* index of its first span */
};

/* Bytes of a buffer that one message made larger than this are given back. */
enum { HW_REDACT_KEPT = 64 << 10 };

/* From now on it is about text number `text`. */
void hw_redact_begin(struct hw_redact_finder *f, size_t text);

/* The spans of the text that were found so far. */
size_t hw_redact_found(const struct hw_redact_finder *f);

/* All spans, of all texts. */
static inline const struct hw_redact_span *hw_redact_spans(const struct hw_redact_finder *f,
							   size_t *ret_nr)
{
	*ret_nr = f->spans->len / sizeof(struct hw_redact_span);
	return (const void *)f->spans->ptr;
}

/* Replace the bytes from..to of the text, and what was found behind `from` before. */
void hw_redact_add(struct hw_redact_finder *f, size_t from, size_t to);

/* The same, with what + is there. */
void hw_redact_add_encoded(struct hw_redact_finder *f, size_t from, size_t to, uint8_t plus);

/* Replace them, too, though later bytes were looked at: then hw_redact_settle() comes before all else. */
void hw_redact_add_late(struct hw_redact_finder *f, size_t from, size_t to, uint8_t plus);

/* The spans from number `first` of all on are put in order, apart from each other. */
void hw_redact_settle(struct hw_redact_finder *f, size_t first);

/*
 * Where a user ends in what may be the beginning of an authority, from..to, without its @: at `to`,
 * or `from` where it looks like a host, with a port or without.
 */
size_t hw_redact_end_of_cut_user(struct hw_slice s, size_t from, size_t to);

/* Whether + is a blank there, as forms have it. */
static inline bool hw_redact_has_plus(enum hw_redact_text kind)
{
	return kind == HW_REDACT_QUERY || kind == HW_REDACT_URL;
}

/* Look at the bytes from..to of `s`. */
void hw_redact_find(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
		    enum hw_redact_text kind);

/* The same of text whose form nobody says; in bodies values behind a colon by their names, too. */
void hw_redact_find_text(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			 enum hw_redact_text kind);

/* The name that ends before the colon at `colon`, in quotes or not, from `from` on; may be empty. */
struct hw_slice hw_redact_name_before(struct hw_slice s, size_t from, size_t colon);

/*
 * Whether `name` is that of a secret, where it is no parameter: of an element, before a colon. A code
 * is that of an error there, as in SOAP and S3.
 */
bool hw_redact_is_secret_label(const struct hw_redact_finder *f, struct hw_slice name);

/* A request-target from..to: userinfo, path, query. */
void hw_redact_find_target(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to);

/* The value of a field, of which `how` is secret. */
void hw_redact_find_value(struct hw_redact_finder *f, struct hw_slice value,
			  enum hw_redact_how how);

/* Where in credentials the secret begins: behind their scheme, if they have one. RFC 9110 11.4 */
size_t hw_redact_skip_scheme(struct hw_slice value);

/* As JSON does with nothing in front of it. */
bool hw_redact_begins_with_bracket(struct hw_slice s);

/* What is from..s.len begins as JSON that has names does, or with what stands in front of that. */
bool hw_redact_is_json(struct hw_slice s, size_t from);

/* Text that is JSON, or its beginning, from..s.len: values by their names, and keys anywhere. */
void hw_redact_find_json(struct hw_redact_finder *f, struct hw_slice s, size_t from);

/*
 * JSON with names that is the value of a parameter of `kind`, percent-encoded or not, at `at` or
 * behind blanks there. Returns where it ends: with its bracket, or the text; `at` if it is none, or
 * too deep.
 */
size_t hw_redact_find_json_value(struct hw_redact_finder *f, struct hw_slice s, size_t at,
				 enum hw_redact_text kind);

/* The same, without looking for anything. */
size_t hw_redact_end_of_json_value(struct hw_slice s, size_t at);

/* What is from..s.len begins with a tag, as XML does. */
bool hw_redact_is_xml(struct hw_slice s, size_t from);

/*
 * XML, or its beginning, from..to: the content of elements by their names, and in all else what text
 * of `kind` has.
 */
void hw_redact_find_xml(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			enum hw_redact_text kind);

/* What a string of JSON from..to, which has escapes, says: as of the text of a body. */
void hw_redact_find_escaped(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to);

/*
 * The byte at `at`, which is before the end, in a string of JSON, without its escape: above ASCII
 * for any character that is, % for what the end of the text leaves of an escape. Returns how many
 * bytes stand for it. RFC 8259 7
 */
size_t hw_redact_unescape(struct hw_slice s, size_t at, uint8_t *ret);

/* The text of a body, or of a string in one: XML, JSON, parts, or else what `kind` says. */
void hw_redact_find_body(struct hw_redact_finder *f, struct hw_slice s, enum hw_redact_text kind);

/* hw_redact_unit() of a %. */
size_t hw_redact_encoded(struct hw_slice s, size_t at, uint8_t *ret, uint8_t *ret_depth);

/*
 * The byte at `at`, which is before the end, without its percent-encoding, however often it
 * was encoded. Returns how many bytes stand for it; `ret_depth`: how often.
 */
static inline size_t hw_redact_unit(struct hw_slice s, size_t at, uint8_t *ret, uint8_t *ret_depth)
{
	*ret = s.ptr[at];
	*ret_depth = 0;
	return *ret == '%' ? hw_redact_encoded(s, at, ret, ret_depth) : 1;
}

/* ---- what JSON and fields of parts have in common ---- */

static inline bool hw_redact_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline size_t hw_redact_skip_blanks(struct hw_slice s, size_t at)
{
	while (at < s.len && hw_redact_is_blank(s.ptr[at]))
		at++;
	return at;
}

/* Where the string ends whose first byte behind the quote is at `at`: at its quote, or s.len. */
static inline size_t hw_redact_end_of_string(struct hw_slice s, size_t at)
{
	while (at < s.len && s.ptr[at] != '"')
		at += s.ptr[at] == '\\' && s.len - at > 1 ? 2 : 1;
	return at;
}

#endif
