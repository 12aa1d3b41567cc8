/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/find.c - see find.h */
#include "redact/find.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "base/layout.h"

enum {
	JWT_TAIL_LEAST = 4, /* bytes behind the first dot */
	PORT_DIGITS = 5,
};

enum {
	ALNUM = 1, /* letters and digits */
	WORD = 2,  /* and - _ */
	RUN = 4,   /* and . */
	UPPER = 8, /* upper-case letters and digits */
	DIGIT = 16,
};

static const uint8_t classes[256] = {
	['0' ... '9'] = ALNUM | WORD | RUN | UPPER | DIGIT,
	['A' ... 'Z'] = ALNUM | WORD | RUN | UPPER,
	['a' ... 'z'] = ALNUM | WORD | RUN,
	['-'] = WORD | RUN,
	['_'] = WORD | RUN,
	['.'] = RUN,
};

/* What is known at one place of the text. */
struct scan {
	struct hw_redact_finder *f;
	struct hw_slice s; /* up to where it is looked at */
	size_t cut_word;   /* a key from here on may go on behind that; SIZE_MAX: it does not */
	enum hw_redact_text kind;
	size_t at;
	struct hw_slice name; /* the last bytes that may be of a name: of the text, or decoded */
	uint8_t decoded[HW_REDACT_NAME_MAX];
	bool is_closed;	     /* a ] behind the name: user[password]=... */
	bool is_list;	     /* a secret name before a [: token[0]=... */
	bool after_word;     /* the byte before is a letter or digit */
	int slashes;	     /* just before */
	uint8_t slash_depth; /* how often they are encoded */
	bool in_authority;   /* behind //, */
	size_t authority;    /* which is here */
	size_t jwt_over;     /* no dot ends the words before this place */
};

void hw_redact_begin(struct hw_redact_finder *f, size_t text)
{
	f->text = text;
	f->first = f->spans->len / sizeof(struct hw_redact_span);
}

size_t hw_redact_found(const struct hw_redact_finder *f)
{
	return f->spans->len / sizeof(struct hw_redact_span) - f->first;
}

void hw_redact_add(struct hw_redact_finder *f, size_t from, size_t to)
{
	hw_redact_add_encoded(f, from, to, 0);
}

void hw_redact_add_encoded(struct hw_redact_finder *f, size_t from, size_t to, uint8_t plus)
{
	const struct hw_redact_span span = { f->text, from, to, plus };
	const struct hw_redact_span *spans = (const void *)f->spans->ptr;

	if (from == to)
		return;
	while (hw_redact_found(f) > 0 && spans[f->first + hw_redact_found(f) - 1].from >= from)
		f->spans->len -= sizeof(span);
	if (hw_buf_append(f->spans, hw_slice(&span, sizeof(span))) != 0)
		f->failed = true;
}

HW_APART size_t hw_redact_encoded(struct hw_slice s, size_t at, uint8_t *ret, uint8_t *ret_depth)
{
	size_t len = 1;
	uint8_t c = '%', depth = 0;

	while (c == '%' && s.len - at - len >= 2) {
		const uint8_t high = hw_hex_value(s.ptr[at + len]);
		const uint8_t low = hw_hex_value(s.ptr[at + len + 1]);

		if (high > 15 || low > 15)
			break;
		c = (uint8_t)(high << 4 | low);
		len += 2;
		depth = depth < UINT8_MAX ? (uint8_t)(depth + 1) : depth;
	}
	*ret = c;
	*ret_depth = depth;
	return len;
}

/* Where the value of a parameter has an end that is no &. */
static bool ends_at_blanks(const struct scan *c)
{
	return c->kind == HW_REDACT_VALUE || c->kind == HW_REDACT_BODY;
}

/* ---- text that looks like a key ---- */

/* How many bytes from `at` on stand for bytes of `class`, at most `max` of those. */
static size_t count(const struct scan *c, size_t *at, uint8_t class, size_t max)
{
	size_t nr = 0;

	while (nr < max && *at < c->s.len) {
		uint8_t byte, depth;
		const size_t len = hw_redact_unit(c->s, *at, &byte, &depth);

		if (!(classes[byte] & class))
			break;
		*at += len;
		nr++;
	}
	return nr;
}

/* Where what is at `at` ends, if it is `prefix`; else 0. */
static size_t skip_prefix(const struct scan *c, size_t at, const char *prefix)
{
	for (; *prefix; prefix++) {
		uint8_t byte, depth;

		if (at == c->s.len)
			return 0;
		at += hw_redact_unit(c->s, at, &byte, &depth);
		if (byte != (uint8_t)*prefix)
			return 0;
	}
	return at;
}

/* Words with dots between. `at` is behind "eyJ". RFC 7515 3.1 */
static size_t end_of_jwt(struct scan *c, size_t at, size_t least)
{
	size_t end = at, tail;

	if (at < c->jwt_over)
		return 0;
	if (count(c, &end, WORD, SIZE_MAX) < least || !skip_prefix(c, end, ".")) {
		c->jwt_over = end;
		return 0;
	}
	tail = skip_prefix(c, end, ".");
	return count(c, &tail, RUN, SIZE_MAX) >= JWT_TAIL_LEAST ? tail : 0;
}

/* Bytes of `class`, and no word goes on behind them. */
static size_t end_of_class(const struct scan *c, size_t at, uint8_t class, size_t least)
{
	size_t end = at, behind;

	if (count(c, &end, class, SIZE_MAX) < least)
		return 0;
	behind = end;
	return count(c, &behind, ALNUM, 1) ? 0 : end;
}

static size_t end_of_word(const struct scan *c, size_t at, size_t least)
{
	size_t end = at;

	if (count(c, &end, RUN, least) < least)
		return 0;
	count(c, &end, RUN, SIZE_MAX);
	return end;
}

/* "123456:", and the secret. `at` is behind "bot". */
static size_t end_of_bot(const struct scan *c, size_t at, size_t least)
{
	size_t end = at;

	if (count(c, &end, DIGIT, SIZE_MAX) == 0)
		return 0;
	end = skip_prefix(c, end, ":");
	return end && count(c, &end, WORD, SIZE_MAX) >= least ? end : 0;
}

/* What is from `at` on, or the end of the text. */
static size_t find_bytes(const struct scan *c, size_t at, struct hw_slice what, size_t max)
{
	const size_t len = hw_least(c->s.len - at, max);
	const uint8_t *found = len ? memmem(c->s.ptr + at, len, what.ptr, what.len) : NULL;

	return found ? (size_t)(found - c->s.ptr) : c->s.len;
}

/*
 * "-----BEGIN RSA PRIVATE KEY-----", behind its first word, up to the same with END. Only what is a
 * private key. RFC 7468 2, RFC 9580 6.2
 */
static size_t end_of_armor(const struct scan *c, size_t at)
{
	enum { LABEL_MAX = 64 };
	const struct hw_slice dashes = HW_SLICE("-----"), end = HW_SLICE("-----END");
	size_t to = find_bytes(c, at, dashes, LABEL_MAX);

	if (to == c->s.len || find_bytes(c, at, HW_SLICE("PRIVATE"), to - at) == c->s.len)
		return 0;
	to = find_bytes(c, to, end, SIZE_MAX);
	if (to < c->s.len)
		to = find_bytes(c, to + end.len, dashes, LABEL_MAX);
	return to < c->s.len ? to + dashes.len : to;
}

/* Where the last bytes that may be of a key begin. */
static size_t last_word(struct hw_slice s)
{
	size_t at = s.len;

	while (at > 0 && (classes[s.ptr[at - 1]] & RUN || s.ptr[at - 1] == '%'))
		at--;
	return at;
}

static size_t end_of_text(struct scan *c, size_t at, const struct hw_redact_rule *rule)
{
	at = skip_prefix(c, at, rule->prefix);
	if (!at)
		return 0;
	if (at >= c->cut_word)
		return c->s.len;
	if (rule->how == HW_REDACT_JWT)
		return end_of_jwt(c, at, rule->least);
	if (rule->how == HW_REDACT_UPPER)
		return end_of_class(c, at, UPPER, rule->least);
	if (rule->how == HW_REDACT_ALNUM)
		return end_of_class(c, at, ALNUM, rule->least);
	if (rule->how == HW_REDACT_BOT)
		return end_of_bot(c, at, rule->least);
	if (rule->how == HW_REDACT_ARMOR)
		return end_of_armor(c, at);
	return end_of_word(c, at, rule->least);
}

/* Where the key ends that begins at `at` with `byte`, behind no letter or digit; or 0. */
HW_APART static size_t end_of_key(struct scan *c, size_t at, uint8_t byte)
{
	size_t end = 0;

	for (uint8_t i = c->f->sieve->first[byte]; !end && i; i = c->f->sieve->next[i])
		end = end_of_text(c, at, c->f->sieve->texts[i - 1]);
	return end;
}

static inline size_t find_key(struct scan *c, size_t at, uint8_t byte)
{
	return c->f->sieve->first[byte] && hw_redact_may_begin(c->f->sieve, c->s, at)
		       ? end_of_key(c, at, byte)
		       : 0;
}

/* The key from here to `end`. */
HW_APART static void take_key(struct scan *c, size_t end)
{
	hw_redact_add(c->f, c->at, end);
	c->at = end;
	c->name.len = 0;
	c->slashes = 0;
	c->after_word = true;
}

/* ---- name=value ---- */

static bool is_quote(uint8_t byte)
{
	return byte == '"' || byte == '\'';
}

/* Whether a quote at `at` closes. A ' may be data: RFC 3986 2.2; then a word goes on behind it. */
static bool closes(const struct scan *c, size_t at)
{
	const uint8_t next = at + 1 < c->s.len ? c->s.ptr[at + 1] : 0;

	return c->s.ptr[at] == '"' || !(classes[next] & ALNUM || next == '%');
}

/* Whether `byte`, which is at `at` as it is, ends a value in other text. */
static bool ends_word(const struct scan *c, size_t at, uint8_t byte)
{
	return byte <= ' ' || byte == '"' || byte == '<' || byte == '>' ||
	       (byte == '\'' && c->kind == HW_REDACT_BODY && closes(c, at));
}

/* The value behind the quote at `from`. The ' of a shell has no escapes. */
static size_t end_of_quoted(const struct scan *c, size_t from)
{
	const bool escapes = c->kind == HW_REDACT_BODY && c->s.ptr[from] == '"';
	size_t at = from + 1;

	while (at < c->s.len && !(c->s.ptr[at] == c->s.ptr[from] && closes(c, at)))
		at += escapes && c->s.ptr[at] == '\\' && c->s.len - at > 1 ? 2 : 1;
	return at;
}

/* 'a?token=' + b: the ' at `from` ends what the name stands in. */
static bool is_of_text(const struct scan *c, size_t from)
{
	const bool is_plain = c->name.len && c->name.ptr != c->decoded && c->name.ptr != c->s.ptr;
	const uint8_t before = is_plain ? c->name.ptr[-1] : 0;

	return c->s.ptr[from] == '\'' && (before == '?' || before == '&' || before == '\'');
}

static bool is_between(uint8_t c)
{
	return c == ',' || c == ';' || c == '\'';
}

/* sid=1,token="a b": another value begins with the quote at `at`. */
static bool begins_another(const struct scan *c, size_t from, size_t at)
{
	size_t name = at - 1;

	if (at == from || c->s.ptr[at] != '"' || c->s.ptr[at - 1] != '=')
		return false;
	while (name > from && classes[c->s.ptr[name - 1]] & RUN)
		name--;
	return name > from && name < at - 1 && is_between(c->s.ptr[name - 1]);
}

/* See end_of_value(). */
HW_APART static size_t end_of_any_value(const struct scan *c, size_t from, uint8_t depth)
{
	size_t at = from;

	if (ends_at_blanks(c) && is_quote(c->s.ptr[from]))
		return is_of_text(c, from) ? from : end_of_quoted(c, from);
	while (at < c->s.len) {
		uint8_t byte, its;
		const size_t len = hw_redact_unit(c->s, at, &byte, &its);
		const bool ends = its == 0 && ends_at_blanks(c) && ends_word(c, at, byte);

		if (ends && begins_another(c, from, at))
			at = end_of_quoted(c, at);
		else if (byte == '&' ? its <= depth : ends)
			break;
		at += at < c->s.len ? len : 0;
	}
	return at;
}

/* Where the value that begins at `from` ends; `depth`: how often its = is encoded. */
static size_t end_of_value(const struct scan *c, size_t from, uint8_t depth)
{
	const uint8_t *end;

	if (c->kind == HW_REDACT_PATH || from == c->s.len)
		return c->s.len;
	if (ends_at_blanks(c) || depth > 0)
		return end_of_any_value(c, from, depth);
	end = memchr(c->s.ptr + from, '&', c->s.len - from);
	return end ? (size_t)(end - c->s.ptr) : c->s.len;
}

/*
 * In lists the comma or semicolon behind a value is not of it; nor is the end of the line that
 * whoever wrote a form by hand has at its end.
 */
static size_t without_tail(const struct scan *c, size_t from, size_t to)
{
	const bool is_at_end = c->kind == HW_REDACT_QUERY && to == c->s.len;

	if (ends_at_blanks(c) && to > from + 1 &&
	    (c->s.ptr[to - 1] == ',' || c->s.ptr[to - 1] == ';'))
		return to - 1;
	while (is_at_end && to > from && (c->s.ptr[to - 1] == '\r' || c->s.ptr[to - 1] == '\n'))
		to--;
	return to;
}

static bool is_secret_name(const struct scan *c)
{
	return c->is_list || hw_redact_names_find(c->f->names, c->name, HW_REDACT_IN_PARAMETER) !=
				     HW_REDACT_NOTHING;
}

/* "Basic x", "[Bearer x]" in other text: its blank does not end it. Returns where the secret begins. */
static size_t skip_scheme(const struct scan *c, size_t from, uint8_t depth)
{
	size_t at = from;

	if (!c->f->is_body || !ends_at_blanks(c) || depth > 0 || from == c->s.len ||
	    hw_redact_names_find(c->f->names, c->name, HW_REDACT_IN_PARAMETER) !=
		    HW_REDACT_CREDENTIALS)
		return from;
	at += c->s.ptr[at] == '[';
	return at + hw_redact_skip_scheme(hw_slice_after(c->s, at));
}

/* `at` is behind the =. */
static size_t take_value(struct scan *c, size_t at, uint8_t depth)
{
	const size_t from = skip_scheme(c, at, depth);
	const size_t behind = hw_redact_end_of_json_value(c->s, from);
	const size_t to = end_of_value(c, behind, depth);
	const bool is_quoted = ends_at_blanks(c) && from < to && is_quote(c->s.ptr[from]);

	hw_redact_add_encoded(c->f, from + is_quoted, without_tail(c, from + is_quoted, to),
			      hw_redact_has_plus(c->kind) && depth < UINT8_MAX ? depth + 1 : 0);
	return to;
}

/* Of a name, behind a ] a new one. */
static void open_name(struct scan *c)
{
	if (c->is_closed)
		c->name.len = 0;
	c->is_closed = false;
}

/* A byte of a name that is not as in the text. Only the end of a long name is kept. */
HW_APART static void add_decoded(struct scan *c, uint8_t byte)
{
	size_t kept;

	open_name(c);
	kept = c->name.len == HW_REDACT_NAME_MAX ? HW_REDACT_NAME_MAX / 2 : c->name.len;
	if (kept)
		memmove(c->decoded, c->name.ptr + c->name.len - kept, kept);
	c->decoded[kept] = byte;
	c->name = hw_slice(c->decoded, kept + 1);
}

/* As if each byte above the maximum had left half of the name. */
HW_APART static void shorten_name(struct scan *c)
{
	const size_t half = HW_REDACT_NAME_MAX / 2, over = c->name.len - HW_REDACT_NAME_MAX - 1;

	c->name = hw_slice_after(c->name, c->name.len - (half + 1 + over % half));
}

/* The bytes from..to of the text, which are of a name. */
static void add_plain(struct scan *c, size_t from, size_t to)
{
	open_name(c);
	if (c->name.len == 0)
		c->name = hw_slice(c->s.ptr + from, 0);
	if (c->name.ptr + c->name.len == c->s.ptr + from) {
		c->name.len += to - from;
		if (c->name.len > HW_REDACT_NAME_MAX)
			shorten_name(c);
		return;
	}
	while (from < to)
		add_decoded(c, c->s.ptr[from++]);
}

/* A byte that is of no name. */
static void end_name(struct scan *c, uint8_t byte)
{
	c->is_list = byte == '[' ? is_secret_name(c) : byte == ']' && c->is_list;
	c->is_closed = byte == ']';
	c->name.len = c->is_closed ? c->name.len : 0;
}

/* ---- userinfo ---- */

/* What ends an authority; in a query the & before the next parameter does, too. */
static bool ends_authority(const struct scan *c, uint8_t byte, uint8_t depth)
{
	if (byte == '&')
		return depth == 0 && (c->kind == HW_REDACT_QUERY ||
				      (c->kind == HW_REDACT_URL && c->slash_depth > 0));
	if (depth > c->slash_depth)
		return false;
	return byte == '/' || byte == '?' || byte == '#' ||
	       (c->kind != HW_REDACT_URL &&
		(byte <= ' ' || byte == '"' || byte == '<' || byte == '>'));
}

/*
 * authority = [ userinfo "@" ] host [ ":" port ]      RFC 3986 3.2
 * What is encoded more often than the slashes before it is data.
 */
static void see_authority(struct scan *c, uint8_t byte, uint8_t depth, size_t len)
{
	if (c->in_authority && byte == '@' && depth <= c->slash_depth && c->f->userinfo)
		hw_redact_add(c->f, c->authority, c->at);
	if (c->in_authority && byte == '/' && c->authority == c->at) {
		c->authority += len; /* browsers take any number of slashes */
		return;
	}
	if (c->in_authority && ends_authority(c, byte, depth)) {
		c->in_authority = false;
		c->slashes = 0;
	}
	if (c->in_authority)
		return;
	c->slashes = byte != '/' ? 0 : c->slashes && depth == c->slash_depth ? 2 : 1;
	c->slash_depth = depth;
	c->in_authority = c->slashes == 2;
	c->authority = c->at + len;
}

size_t hw_redact_end_of_cut_user(struct hw_slice s, size_t from, size_t to)
{
	const uint8_t *colon = from < to ? memrchr(s.ptr + from, ':', to - from) : NULL;
	struct hw_slice port;

	if (!colon || s.ptr[from] == '[') /* an IPv6 address */
		return from;
	port = hw_slice(colon + 1, (size_t)(s.ptr + to - (colon + 1)));
	return port.len <= PORT_DIGITS && hw_ascii_digits(port) == port.len ? from : to;
}

/* The text ends. An authority that ends with it may lack its @, and what is behind that. */
static void see_end(struct scan *c)
{
	if (c->cut_word != SIZE_MAX && c->in_authority && c->f->userinfo)
		hw_redact_add(c->f, c->authority,
			      hw_redact_end_of_cut_user(c->s, c->authority, c->s.len));
}

static void forget(struct scan *c, size_t at, bool after_word)
{
	c->at = at;
	c->name.len = 0;
	c->is_list = false;
	c->slashes = 0;
	c->in_authority = false;
	c->after_word = after_word;
}

/* What is behind a =, if it is more than text. Returns whether it was passed. */
static bool pass_value(struct scan *c, size_t from, uint8_t depth)
{
	const bool is_secret = is_secret_name(c);
	const size_t to = is_secret ? take_value(c, from, depth)
				    : hw_redact_find_json_value(c->f, c->s, from, c->kind);

	if (is_secret || to > from)
		forget(c, to, false);
	return is_secret || to > from;
}

/* ?{"token":"x"}: JSON that has no name, at `from`, where a parameter begins. Returns whether it was passed. */
HW_APART static bool pass_nameless(struct scan *c, size_t from)
{
	const size_t to = hw_redact_find_json_value(c->f, c->s, from, c->kind);

	if (to > from)
		forget(c, to, false);
	return to > from;
}

/* Few parameters begin with a byte up to +, as blanks and %, or with one that is a bracket but for a bit. */
static bool begins_nameless(const struct scan *c, size_t at, uint8_t before)
{
	return (before == '?' || before == '&' || before == '#') && at < c->s.len &&
	       (c->s.ptr[at] <= '+' || (c->s.ptr[at] & 0xdf) == '[');
}

/* A byte that is not of a name, or encoded. */
static void pass_mark(struct scan *c)
{
	uint8_t byte, depth;
	const size_t len = hw_redact_unit(c->s, c->at, &byte, &depth);
	const size_t end = c->after_word ? 0 : find_key(c, c->at, byte);

	if (end) {
		take_key(c, end);
		return;
	}
	if (byte == '=' && pass_value(c, c->at + len, depth))
		return;
	if (begins_nameless(c, c->at + len, byte) && pass_nameless(c, c->at + len))
		return;
	if (classes[byte] & RUN)
		add_decoded(c, byte);
	else
		end_name(c, byte);
	see_authority(c, byte, depth, len);
	c->after_word = classes[byte] & ALNUM;
	c->at += len;
}

/* Bytes of a name, up to its end or to a key. Returns where that ends, or 0. */
static size_t pass_name(struct scan *c)
{
	const size_t from = c->at;
	size_t end = 0;

	for (; c->at < c->s.len; c->at++) {
		const uint8_t byte = c->s.ptr[c->at];

		if (!(classes[byte] & RUN))
			break;
		if (!c->after_word && (end = find_key(c, c->at, byte)))
			break;
		c->after_word = classes[byte] & ALNUM;
	}
	if (c->at == from)
		return end;
	add_plain(c, from, c->at);
	c->slashes = c->in_authority ? c->slashes : 0;
	return end;
}

/* From mark to mark: between them are only bytes of names. */
static void scan(struct hw_redact_finder *f, struct hw_slice s, size_t from,
		 enum hw_redact_text kind, bool is_cut)
{
	struct scan c = { .f = f,
			  .s = s,
			  .kind = kind,
			  .at = from,
			  .cut_word = is_cut ? last_word(s) : SIZE_MAX };

	if (kind == HW_REDACT_QUERY)
		pass_nameless(&c, from);
	while (c.at < s.len) {
		const size_t end = pass_name(&c);

		if (end)
			take_key(&c, end);
		else if (c.at < s.len)
			pass_mark(&c);
	}
	see_end(&c);
}

static bool has_armor(const struct hw_redact_finder *f, struct hw_slice s)
{
	const struct hw_slice begin = HW_SLICE("-----BEGIN");

	return f->is_body && memmem(s.ptr, s.len, begin.ptr, begin.len);
}

void hw_redact_find(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
		    enum hw_redact_text kind)
{
	const bool is_cut = f->is_cut && to == s.len;
	struct hw_slice part;

	if (from >= to)
		return;
	part = hw_slice(s.ptr + from, to - from);
	if (is_cut || has_armor(f, part) || hw_redact_may_hold(f->sieve, part))
		scan(f, hw_slice(s.ptr, to), from, kind, is_cut);
}
