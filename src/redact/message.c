/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/message.c - see redact.h */
#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "http/copy.h"
#include "redact/find.h"
#include "redact/hmac.h"
#include "redact/redact.h"

enum {
	KEPT = 64 << 10, /* buffers that one message made larger are made small again */
	HASH_BYTES = 8,	 /* of the hash, that are shown */
	MARK_MAX = 8 + 1 + 2 * HASH_BYTES, /* "REDACTED-0123456789abcdef" */
};

enum { RECENT_NR = 32 };

/* What was told of a message that may come again. */
struct recent {
	uint64_t repeat;	      /* that message's; 0: none */
	struct hw_http_message *told; /* NULL: all of it */
	size_t size;
};

enum { KNOWN_NR = 256 };

/* What a name that came before tells of its value. */
struct known {
	uint64_t number; /* the name's, see struct hw_http_field; 0: none */
	enum hw_redact_how told;
};

struct hw_redactor {
	struct hw_redact_names *names;
	struct hw_redact_sieve sieve;
	bool userinfo, hashes;
	struct hw_hmac hmac;
	struct hw_buf spans;  /* struct hw_redact_span */
	struct hw_buf text;   /* what is written instead */
	struct hw_buf fields; /* struct hw_http_field: fields, then headers */
	struct hw_http_message message;
	struct recent recent[RECENT_NR]; /* by `repeat` */
	struct known known[KNOWN_NR];	 /* by number */
	struct hw_budget *budget;
};

/* Numbers of the texts of a message: these, then name and value of each field and header. */
#define AT(member) offsetof(struct hw_http_message, member)
enum text_index { START_LINE, METHOD, TARGET, QUERY, REASON, PROTOCOL, HOST, URI_PATH, STATUS, NR };
static const size_t offsets[NR] = {
	[START_LINE] = AT(start_line),
	[METHOD] = AT(method),
	[TARGET] = AT(target),
	[QUERY] = AT(query),
	[REASON] = AT(reason),
	[PROTOCOL] = AT(protocol),
	[HOST] = AT(host),
	[STATUS] = AT(status),
	[URI_PATH] = AT(uri_path),
};
#undef AT

static const struct hw_slice *text_of(const struct hw_http_message *m, size_t i)
{
	const struct hw_http_field *field;

	if (i < NR)
		return (const void *)((const uint8_t *)m + offsets[i]);
	i -= NR;
	field = i / 2 < m->fields_nr ? &m->fields[i / 2] : &m->headers[i / 2 - m->fields_nr];
	return i % 2 ? &field->value : &field->name;
}

/* Of a field or header, which begins with it. */
static bool is_name(size_t i)
{
	return i >= NR && (i - NR) % 2 == 0;
}

/* Names are looked at only where they are no names. */
static bool has_odd_names(const struct hw_http_message *m)
{
	return m->anomalies & (hw_anomaly_bit(HW_ANOMALY_BAD_FIELD_NAME) |
			       hw_anomaly_bit(HW_ANOMALY_SPACE_IN_FIELD_NAME));
}

/* ---- finding ---- */

static bool is_inside(struct hw_slice s, struct hw_slice of)
{
	const size_t at = (uintptr_t)s.ptr - (uintptr_t)of.ptr; /* huge if it is before */

	return s.len > 0 && at < of.len && s.len <= of.len - at;
}

static void find_in(struct hw_redact_finder *f, const struct hw_http_message *m, size_t text,
		    enum hw_redact_text kind)
{
	const struct hw_slice s = *text_of(m, text);

	hw_redact_begin(f, text);
	hw_redact_find(f, s, 0, s.len, kind);
}

static void find_in_start_line(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	const struct hw_slice s = m->start_line;
	size_t from = 0, to = 0;

	hw_redact_begin(f, START_LINE);
	if (is_inside(m->target, s)) {
		from = (size_t)(m->target.ptr - s.ptr);
		to = from + m->target.len;
		hw_redact_find(f, s, 0, from, HW_REDACT_VALUE);
		hw_redact_find_target(f, s, from, to);
	}
	hw_redact_find(f, s, to, s.len, HW_REDACT_VALUE);
}

static const struct hw_redact_span *spans_in(const struct hw_redact_finder *f)
{
	return (const void *)f->spans->ptr;
}

/* The spans `from`..`to` of another text, as far as they are of `part` that begins at `at` there. */
static void repeat(struct hw_redact_finder *f, size_t from, size_t to, size_t at,
		   struct hw_slice part)
{
	for (size_t i = from; i < to; i++) {
		const struct hw_redact_span span = spans_in(f)[i];
		const size_t begin = span.from > at ? span.from - at : 0;
		const size_t end = span.to > at ? span.to - at : 0;

		if (begin < part.len)
			hw_redact_add(f, begin, end < part.len ? end : part.len);
	}
}

/* What was taken from the start line, of which the first `nr` spans are, or decoded. */
static void find_in_part(struct hw_redact_finder *f, const struct hw_http_message *m,
			 enum text_index text, enum hw_redact_text kind, size_t nr)
{
	const struct hw_slice s = *text_of(m, text);

	hw_redact_begin(f, text);
	if (is_inside(s, m->start_line))
		repeat(f, 0, nr, (size_t)(s.ptr - m->start_line.ptr), s);
	else if (text == TARGET)
		hw_redact_find_target(f, s, 0, s.len);
	else
		hw_redact_find(f, s, 0, s.len, kind);
}

/* The start line, and what was taken from it. */
HW_APART static void find_in_parts(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	size_t nr;

	find_in_start_line(f, m);
	nr = hw_redact_found(f);
	if (nr || m->start_line.len == 0) {
		find_in_part(f, m, METHOD, HW_REDACT_VALUE, nr);
		find_in_part(f, m, TARGET, HW_REDACT_PATH, nr);
		find_in_part(f, m, QUERY, HW_REDACT_QUERY, nr);
		find_in_part(f, m, REASON, HW_REDACT_VALUE, nr);
		find_in_part(f, m, PROTOCOL, HW_REDACT_VALUE, nr);
		find_in_part(f, m, STATUS, HW_REDACT_VALUE, nr);
	}
	if (nr || !is_inside(m->uri_path, m->start_line))
		find_in_part(f, m, URI_PATH, HW_REDACT_PATH, nr);
	hw_redact_begin(f, HOST);
	hw_redact_find_value(f, m->host, HW_REDACT_AUTHORITY);
}

static struct hw_slice bare(struct hw_slice name)
{
	while (name.len > 0 && name.ptr[name.len - 1] <= ' ')
		name.len--;
	while (name.len > 0 && name.ptr[0] <= ' ')
		name = hw_slice_after(name, 1);
	return name;
}

HW_APART static enum hw_redact_how how_of(const struct hw_redact_names *names,
					  const struct hw_http_field *f)
{
	return hw_redact_names_find(names, bare(f->name), HW_REDACT_IN_FIELD);
}

/* Returns whether something was found. */
static bool find_in_fields(struct hw_redact_finder *f, const struct hw_http_message *m,
			   const struct hw_http_field *fields, size_t nr, size_t text)
{
	const size_t before = f->spans->len;

	for (size_t i = 0; i < nr; i++, text += 2) {
		const enum hw_redact_how how = how_of(f->names, &fields[i]);

		if (has_odd_names(m))
			find_in(f, m, text, HW_REDACT_VALUE);
		hw_redact_begin(f, text + 1);
		hw_redact_find_value(f, fields[i].value, how);
	}
	return f->spans->len > before;
}

/* ---- what most messages are: without secrets, but for fields whose names tell ---- */

enum { TOLD_MAX = 8 };

/* The fields whose names tell that their values are secret. */
struct told {
	struct hw_slice rest; /* of the head, what was not looked at */
	size_t nr;
	bool has_plain_start; /* the start line, and what was taken from it, has no secrets */
	struct told_field {
		size_t index;
		enum hw_redact_how how;
		size_t from, to; /* their spans */
	} fields[TOLD_MAX];
};

/* What was unfolded or decoded is not in the head. */
static bool is_in_head(const struct hw_http_message *m, struct hw_slice s)
{
	return s.len == 0 || is_inside(s, m->head);
}

/*
 * What is secret of a value as such, which its name tells. A user before a host is not: it is
 * seen by its @, as everywhere.
 */
static enum hw_redact_how told_by(const struct hw_redact_names *names,
				  const struct hw_http_field *f)
{
	const enum hw_redact_how how = how_of(names, f);

	return how == HW_REDACT_AUTHORITY ? HW_REDACT_NOTHING : how;
}

/* Of a name without a number, or one that did not come before. */
HW_APART static enum hw_redact_how learn_told_by(struct hw_redactor *r, struct known *known,
						 const struct hw_http_field *f)
{
	const enum hw_redact_how told = told_by(r->names, f);

	if (f->number)
		*known = (struct known){ f->number, told };
	return told;
}

static inline enum hw_redact_how known_told_by(struct hw_redactor *r, const struct hw_http_field *f)
{
	struct known *known = &r->known[f->number % KNOWN_NR];

	return known->number == f->number ? known->told : learn_told_by(r, known, f);
}

static struct hw_slice between(const uint8_t *from, const uint8_t *to)
{
	return hw_slice(from, (size_t)(to - from));
}

/* What has the start line in front: one look at it, one behind it. */
HW_APART static bool is_plain_behind_start(const struct hw_redactor *r,
					   const struct hw_http_message *m, struct hw_slice piece,
					   struct told *told)
{
	const struct hw_slice start = m->start_line;

	told->has_plain_start &= !hw_redact_may_hold(&r->sieve, start);
	return !hw_redact_may_hold(&r->sieve, hw_slice_after(piece, start.len));
}

/* One look at all of it. */
static inline bool is_plain_piece(const struct hw_redactor *r, const struct hw_http_message *m,
				  struct hw_slice piece, struct told *told)
{
	return !hw_redact_may_hold(&r->sieve, piece) ||
	       (piece.ptr == m->start_line.ptr && is_plain_behind_start(r, m, piece, told));
}

/* One more, and one look at what is in front of it. Returns false if that does not do. */
HW_APART static bool add_told(const struct hw_redactor *r, const struct hw_http_message *m,
			      struct told *told, const struct hw_http_field *f,
			      enum hw_redact_how how)
{
	const struct hw_slice rest = told->rest, value = f->value;

	if (value.len == 0)
		return true;
	if (told->nr == TOLD_MAX)
		return false;
	told->fields[told->nr++] =
		(struct told_field){ .index = (size_t)(f - m->fields), .how = how };
	told->rest = between(value.ptr + value.len, rest.ptr + rest.len);
	return is_plain_piece(r, m, between(rest.ptr, value.ptr), told);
}

/* One look at all that is between the fields whose names tell, which `told` gets. */
static bool has_plain_rest(struct hw_redactor *r, const struct hw_http_message *m,
			   struct told *told)
{
	const struct hw_slice head = m->head;

	for (size_t i = 0; i < m->fields_nr; i++) {
		const struct hw_http_field *f = &m->fields[i];
		enum hw_redact_how how;

		if (f->value.len > 0 && !is_inside(f->value, head))
			return false;
		how = known_told_by(r, f);
		if (how != HW_REDACT_NOTHING && !add_told(r, m, told, f, how))
			return false;
	}
	return is_plain_piece(r, m, told->rest, told);
}

/* Whether a look at each field would find nothing, but in those whose names tell. */
static bool has_plain_fields(struct hw_redactor *r, const struct hw_http_message *m,
			     struct told *ret)
{
	const struct hw_slice start = m->start_line, head = m->head;

	ret->nr = 0;
	ret->rest = between(start.ptr, head.ptr + head.len);
	ret->has_plain_start = is_in_head(m, m->uri_path);
	return is_inside(start, head) && is_in_head(m, m->host) && !has_odd_names(m) &&
	       (m->fields_nr > 0 || m->headers_nr == 0) && has_plain_rest(r, m, ret);
}

/* The header that has the value of a field has its secrets; the end of it may be trimmed. */
static void find_in_header(struct hw_redact_finder *f, const struct hw_http_message *m,
			   const struct told *told, size_t header)
{
	const struct hw_slice value = m->headers[header].value;

	for (size_t i = 0; i < told->nr; i++) {
		const struct told_field *field = &told->fields[i];

		if (m->fields[field->index].value.ptr != value.ptr)
			continue;
		hw_redact_begin(f, NR + 2 * (m->fields_nr + header) + 1);
		repeat(f, field->from, field->to, 0, value);
	}
}

HW_APART static void find_in_told(struct hw_redact_finder *f, const struct hw_http_message *m,
				  struct told *told)
{
	for (size_t i = 0; i < told->nr; i++) {
		struct told_field *field = &told->fields[i];

		hw_redact_begin(f, NR + 2 * field->index + 1);
		field->from = f->first;
		hw_redact_find_value(f, m->fields[field->index].value, field->how);
		field->to = f->first + hw_redact_found(f);
	}
	for (size_t i = 0; i < m->headers_nr; i++)
		find_in_header(f, m, told, i);
}

/* Headers are fields, in another order. */
HW_APART static void find_all(struct hw_redact_finder *f, const struct hw_http_message *m)
{
	find_in_parts(f, m);
	if (find_in_fields(f, m, m->fields, m->fields_nr, NR) || m->fields_nr == 0)
		find_in_fields(f, m, m->headers, m->headers_nr, NR + 2 * m->fields_nr);
}

/* ---- replacing ---- */

static void add_bytes(struct hw_buf *to, const void *from, size_t len)
{
	if (len)
		memcpy(to->ptr + to->len, from, len);
	to->len += len;
}

/* The same secret has the same hash, however it is encoded. */
static void add_hash(const struct hw_redactor *r, struct hw_slice secret, struct hw_buf *to)
{
	static const char hex[] = "0123456789abcdef";
	struct hw_hmac hmac = r->hmac;
	uint8_t hash[HW_SHA256_BYTES];

	for (size_t at = 0; at < secret.len;) {
		uint8_t byte, depth;

		at += hw_redact_unit(secret, at, &byte, &depth);
		hw_hmac_add(&hmac, hw_slice(&byte, 1));
	}
	hw_hmac_end(&hmac, hash);
	add_bytes(to, "-", 1);
	for (size_t i = 0; i < HASH_BYTES; i++) {
		add_bytes(to, &hex[hash[i] >> 4], 1);
		add_bytes(to, &hex[hash[i] & 0xf], 1);
	}
}

/* Write the text without its spans to `to`, which has room for it. */
static struct hw_slice replace(const struct hw_redactor *r, struct hw_slice s,
			       const struct hw_redact_span *spans, size_t nr, struct hw_buf *to)
{
	const size_t begin = to->len;
	size_t at = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct hw_slice secret = { s.ptr + spans[i].from,
						 spans[i].to - spans[i].from };

		add_bytes(to, s.ptr + at, spans[i].from - at);
		add_bytes(to, "REDACTED", 8);
		if (r->hashes)
			add_hash(r, secret, to);
		at = spans[i].to;
	}
	add_bytes(to, s.ptr + at, s.len - at);
	return hw_slice(to->ptr + begin, to->len - begin);
}

static const struct hw_redact_span *spans_of(const struct hw_redactor *r, size_t *ret_nr)
{
	*ret_nr = r->spans.len / sizeof(struct hw_redact_span);
	return (const void *)r->spans.ptr;
}

/* All at once, so that nothing moves afterwards. */
HW_APART static int reserve(struct hw_redactor *r)
{
	const struct hw_http_message *m = &r->message;
	const size_t fields = (m->fields_nr + m->headers_nr) * sizeof(struct hw_http_field);
	size_t nr, bytes = 0;
	const struct hw_redact_span *spans = spans_of(r, &nr);

	for (size_t i = 0; i < nr; i++) {
		bytes += MARK_MAX;
		if (i == 0 || spans[i].text != spans[i - 1].text)
			bytes += text_of(m, spans[i].text)->len;
	}
	return hw_buf_reserve(&r->text, bytes) || hw_buf_reserve(&r->fields, fields) ? -ENOMEM : 0;
}

static void copy_fields(struct hw_redactor *r)
{
	struct hw_http_message *m = &r->message;
	const struct hw_http_field *all = (const void *)r->fields.ptr;

	if (!all)
		return;
	add_bytes(&r->fields, m->fields, m->fields_nr * sizeof(*all));
	add_bytes(&r->fields, m->headers, m->headers_nr * sizeof(*all));
	m->fields = all;
	m->headers = all + m->fields_nr;
}

HW_APART static void replace_all(struct hw_redactor *r)
{
	size_t nr, same;
	const struct hw_redact_span *spans = spans_of(r, &nr);

	copy_fields(r);
	for (size_t i = 0; i < nr; i += same) {
		/* It is ours: the message, or the copy of its fields. */
		struct hw_slice *text =
			(struct hw_slice *)(uintptr_t)text_of(&r->message, spans[i].text);

		for (same = 1; i + same < nr && spans[i + same].text == spans[i].text;)
			same++;
		*text = replace(r, *text, spans + i, same, &r->text);
		if (is_name(spans[i].text))
			((struct hw_http_field *)(void *)text)->number = 0;
	}
}

/* Without memory nothing is told. */
HW_COLD static void drop_all(struct hw_http_message *m)
{
	for (size_t i = 0; i < NR; i++)
		*(struct hw_slice *)(void *)((uint8_t *)m + offsets[i]) = hw_slice(NULL, 0);
	m->fields = m->headers = NULL;
	m->fields_nr = m->headers_nr = 0;
	m->accepted = false;
	m->anomalies |= hw_anomaly_bit(HW_ANOMALY_FIELDS_DROPPED);
	m->repeat = 0;
}

static void empty(struct hw_buf *b)
{
	b->len = 0;
	if (b->cap > KEPT)
		hw_buf_clear(b);
}

static struct hw_redact_finder begin(struct hw_redactor *r)
{
	empty(&r->spans);
	return (struct hw_redact_finder){
		.names = r->names,
		.sieve = &r->sieve,
		.spans = &r->spans,
		.userinfo = r->userinfo,
	};
}

/* The message without what was found, if something was. */
HW_APART static const struct hw_http_message *
without(struct hw_redactor *r, const struct hw_http_message *m, const struct hw_redact_finder *f)
{
	if (!f->failed && r->spans.len == 0)
		return m;

	r->message = *m;
	r->message.head = hw_slice(NULL, 0);
	empty(&r->text);
	empty(&r->fields);
	if (f->failed || reserve(r) != 0)
		drop_all(&r->message);
	else
		replace_all(r);
	return &r->message;
}

HW_APART static const struct hw_http_message *redact_all(struct hw_redactor *r,
							 const struct hw_http_message *m)
{
	struct hw_redact_finder f = begin(r);

	find_all(&f, m);
	return without(r, m, &f);
}

HW_APART static const struct hw_http_message *
redact_told(struct hw_redactor *r, const struct hw_http_message *m, struct told *told)
{
	struct hw_redact_finder f = begin(r);

	if (!told->has_plain_start)
		find_in_parts(&f, m);
	if (told->nr > 0)
		find_in_told(&f, m, told);
	return without(r, m, &f);
}

static const struct hw_http_message *redact(struct hw_redactor *r, const struct hw_http_message *m)
{
	struct told told;

	if (!has_plain_fields(r, m, &told))
		return redact_all(r, m);
	return told.nr || !told.has_plain_start ? redact_told(r, m, &told) : m;
}

static void forget(struct hw_redactor *r, struct recent *recent)
{
	hw_http_message_free(recent->told, recent->size, r->budget);
	*recent = (struct recent){ 0 };
}

/* Without memory for it, or if something was dropped, nothing is remembered. */
static void remember(struct hw_redactor *r, struct recent *recent, const struct hw_http_message *m,
		     const struct hw_http_message *told)
{
	forget(r, recent);
	if (told->repeat != m->repeat)
		return;
	if (told != m)
		recent->told = hw_http_message_copy(told, r->budget, &recent->size);
	if (told == m || recent->told)
		recent->repeat = m->repeat;
}

const struct hw_http_message *hw_redact_message(struct hw_redactor *r,
						const struct hw_http_message *m)
{
	struct recent *recent = &r->recent[m->repeat % RECENT_NR];
	const struct hw_http_message *told;

	if (!m->repeat)
		return redact(r, m);
	if (recent->repeat == m->repeat)
		return recent->told ? recent->told : m;
	told = redact(r, m);
	remember(r, recent, m, told);
	return told;
}

/* Whether a look at the start line, the host, and what was taken from them, would find nothing. */
static bool has_plain_start(const struct hw_redactor *r, const struct hw_http_message *m)
{
	return is_inside(m->start_line, m->head) && is_in_head(m, m->uri_path) &&
	       !hw_redact_may_hold(&r->sieve, m->start_line) &&
	       !hw_redact_may_hold(&r->sieve, m->host);
}

const struct hw_http_message *hw_redact_start(struct hw_redactor *r,
					      const struct hw_http_message *m)
{
	struct hw_redact_finder f;

	if (has_plain_start(r, m))
		return m;
	f = begin(r);
	find_in_parts(&f, m);
	return without(r, m, &f);
}

struct hw_slice hw_redact_text(struct hw_redactor *r, struct hw_slice text, struct hw_buf *to)
{
	struct hw_redact_finder f = begin(r);
	const struct hw_redact_span *spans;
	size_t nr;

	empty(to);
	hw_redact_begin(&f, 0);
	if (hw_redact_is_json(text))
		hw_redact_find_json(&f, text);
	else
		hw_redact_find(&f, text, 0, text.len, HW_REDACT_VALUE);
	spans = spans_of(r, &nr);
	if (!f.failed && nr == 0)
		return text;
	if (f.failed || hw_buf_reserve(to, text.len + nr * MARK_MAX) != 0)
		return (struct hw_slice){ 0 };
	return replace(r, text, spans, nr, to);
}

/* ---- making ---- */

static void settle_rules(struct hw_redactor *r, const struct hw_redact_choice *choice)
{
	for (size_t i = 0; i < hw_redact_rules_nr; i++) {
		const struct hw_redact_rule *rule = &hw_redact_rules[i];

		if (!hw_redact_is_chosen(rule, choice))
			continue;
		if (rule->prefix)
			hw_redact_sieve_add(&r->sieve, rule);
		r->userinfo |= rule->where == HW_REDACT_IN_URL;
	}
}

int hw_redactor_new(struct hw_redactor **ret, const struct hw_redact_options *options,
		    struct hw_budget *budget)
{
	struct hw_redactor *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->budget = budget;
	r->hashes = options->key.len > 0;
	hw_hmac_init(&r->hmac, options->key);
	hw_buf_init(&r->spans, SIZE_MAX / 2, budget);
	hw_buf_init(&r->text, SIZE_MAX / 2, budget);
	hw_buf_init(&r->fields, SIZE_MAX / 2, budget);
	err = hw_redact_names_new(&r->names, &options->choice);
	if (err) {
		hw_redactor_free(r);
		return err;
	}
	hw_redact_sieve_init(&r->sieve, r->names, hw_redact_looker_choose());
	r->known[0].number = 1; /* at a place of which it is not, so no name is known yet */
	settle_rules(r, &options->choice);
	*ret = r;
	return 0;
}

void hw_redactor_free(struct hw_redactor *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < RECENT_NR; i++)
		forget(r, &r->recent[i]);
	hw_redact_names_free(r->names);
	hw_buf_clear(&r->spans);
	hw_buf_clear(&r->text);
	hw_buf_clear(&r->fields);
	free(r);
}
