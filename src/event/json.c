/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/json.c - run a program on an event: see json.h */
#include "event/json.h"

#include <errno.h>

#include "base/base64.h"
#include "dns/message.h"
#include "dns/names.h"
#include "event/escape.h"
#include "event/json_step.h"
#include "event/number.h"

enum {
	LITERAL_SHORT_MAX = 128, /* bytes of a literal that is copied in pieces, without a call */
	HEADER_MAX = 80,	 /* bytes around name and value of a header, or of a known name */
};

struct writer {
	const struct hw_json *json;
	struct hw_buf *buf;
	uint8_t *end; /* of the buffer */
	hw_escaper escape;
	const void *bases[HW_BASE_NR];
	const struct hw_json_step *next; /* what comes behind a step that is a branch */
};

HW_COLD static uint8_t *grow(struct writer *w, uint8_t *out, size_t len)
{
	w->buf->len = (size_t)(out - w->buf->ptr);
	if (hw_buf_reserve(w->buf, len) != 0)
		return NULL;
	w->end = w->buf->ptr + w->buf->cap;
	return w->buf->ptr + w->buf->len;
}

/*
 * Make room for `len` bytes at `out` and for all that has a fixed size behind them.
 * Returns where `out` is now, or NULL. Every step runs at most once between two calls, so
 * steps of bounded length need not ask.
 */
static inline uint8_t *room(struct writer *w, uint8_t *out, size_t len)
{
	len += w->json->fixed;
	return (size_t)(w->end - out) >= len ? out : grow(w, out, len);
}

static inline uint8_t *copy_literal(uint8_t *out, const struct hw_json_step *s)
{
	const uint8_t *const from = s->literal_at;
	const size_t len = s->literal_len;

	if (len > LITERAL_SHORT_MAX)
		return mempcpy(out, from, len);
	memcpy(out, from, HW_LITERAL_CHUNK);
	for (size_t i = HW_LITERAL_CHUNK; i < len; i += HW_LITERAL_CHUNK)
		memcpy(out + i, from + i, HW_LITERAL_CHUNK);
	return out + len;
}

static uint8_t *write_slice(uint8_t *out, struct hw_slice s)
{
	memcpy(out, s.ptr, s.len);
	return out + s.len;
}

static size_t escaped_max(struct hw_slice s)
{
	return HW_ESCAPE_FACTOR * s.len + HW_ESCAPE_SLACK;
}

/* Apart, so that who writes other values saves no registers. */
HW_APART static uint8_t *write_text(struct writer *w, uint8_t *out, struct hw_slice s, unsigned how)
{
	if (s.len == 0)
		return out;
	out = room(w, out, escaped_max(s));
	return out ? w->escape(out, s, how) : NULL;
}

/* There is room for it. */
static inline uint8_t *put_string(uint8_t *out, struct hw_slice s, unsigned how, hw_escaper escape)
{
	*out++ = '"';
	out = escape(out, s, how);
	*out++ = '"';
	return out;
}

HW_APART static uint8_t *write_string(struct writer *w, uint8_t *out, struct hw_slice s,
				      unsigned how)
{
	out = room(w, out, escaped_max(s) + 2);
	return out ? put_string(out, s, how, w->escape) : NULL;
}

/* Lists and objects write a comma behind each element; the last becomes the end. */
static uint8_t *close_with(uint8_t *out, char end)
{
	if (out[-1] == ',')
		out--;
	*out = (uint8_t)end;
	return out + 1;
}

static uint8_t *write_texts(struct writer *w, uint8_t *out, const struct hw_slice *texts, size_t nr,
			    unsigned how)
{
	*out++ = '[';
	for (size_t i = 0; i < nr; i++) {
		out = write_string(w, out, texts[i], how);
		if (!out)
			return NULL;
		*out++ = ',';
	}
	return close_with(out, ']');
}

static uint8_t *write_dns_txts(struct writer *w, uint8_t *out, struct hw_slice rest, unsigned how)
{
	struct hw_slice text;

	*out++ = '[';
	while (hw_dns_txt_next(&rest, &text)) {
		out = write_string(w, out, text, how);
		if (!out)
			return NULL;
		*out++ = ',';
	}
	return close_with(out, ']');
}

/* `{"code":"NSID","data":"..."}`; form B leaves empty data out. */
static uint8_t *write_dns_option(struct writer *w, uint8_t *out, const struct hw_dns_option *option,
				 const struct hw_json_step *s)
{
	out = write_slice(out, HW_SLICE("{\"code\":"));
	out = write_string(w, out, hw_dns_option_text_tracee(option->code), s->how);
	if (out && (option->data.len || s->op == HW_OP_DNS_OPTIONS_A)) {
		out = write_slice(out, HW_SLICE(",\"data\":"));
		out = write_string(w, out, option->data, s->how);
	}
	if (!out)
		return NULL;
	*out++ = '}';
	return out;
}

static uint8_t *write_dns_options(struct writer *w, uint8_t *out, struct hw_slice rest,
				  const struct hw_json_step *s)
{
	struct hw_dns_option option;

	*out++ = '[';
	while (hw_dns_option_next(&rest, &option)) {
		out = write_dns_option(w, out, &option, s);
		if (!out)
			return NULL;
		*out++ = ',';
	}
	return close_with(out, ']');
}

static uint8_t *write_anomalies(struct writer *w, uint8_t *out, hw_anomalies anomalies)
{
	*out++ = '[';
	for (; anomalies; anomalies &= anomalies - 1) {
		const enum hw_anomaly a = (enum hw_anomaly)__builtin_ctzll(anomalies);

		out = write_string(w, out, hw_slice_text(hw_anomaly_info(a)->name), 0);
		if (!out)
			return NULL;
		*out++ = ',';
	}
	return close_with(out, ']');
}

/* How headers are written, read once: what is written might be the step, as far as C knows. */
struct header_way {
	enum hw_json_op op;
	unsigned how, how_name; /* enum hw_escape */
	uint32_t way;		/* of struct hw_json_name */
	struct hw_json_name *names;
};

static struct header_way header_way(const struct writer *w, const struct hw_json_step *s,
				    unsigned how_name)
{
	return (struct header_way){
		.op = (enum hw_json_op)s->op,
		.how = s->how,
		.how_name = how_name,
		.way = how_name | (uint32_t)s->op << 8,
		.names = w->json->memory->names,
	};
}

/* What is around it has at most HEADER_MAX bytes, with what is around its value. */
static uint8_t *put_name(uint8_t *out, struct hw_slice name, const struct header_way *way)
{
	if (way->op == HW_OP_PAIRS)
		out = write_slice(out, HW_SLICE("{\"name\":"));
	out = put_string(out, name, way->how_name, hw_escape);
	if (way->op == HW_OP_PAIRS)
		return write_slice(out, HW_SLICE(",\"value\":"));
	return way->op == HW_OP_HEADERS_B ? write_slice(out, HW_SLICE(":{\"header\":["))
					  : write_slice(out, HW_SLICE(":["));
}

/* Most names came before. */
HW_APART static uint8_t *learn_name(uint8_t *out, const struct hw_http_field *f,
				    const struct header_way *way, struct hw_json_name *known)
{
	uint8_t *const end = put_name(out, f->name, way);
	const size_t len = (size_t)(end - out);

	if (!f->number || len > HW_JSON_NAME_MAX)
		return end;
	known->number = f->number;
	known->way = way->way;
	known->len = (uint32_t)len;
	memcpy(known->text, out, len);
	return end;
}

static inline uint8_t *write_name(uint8_t *out, const struct hw_http_field *f,
				  const struct header_way *way)
{
	struct hw_json_name *known = &way->names[f->number % HW_JSON_NAMES];

	if (known->number != f->number || known->way != way->way)
		return learn_name(out, f, way, known);
	memcpy(out, known->text, HW_JSON_NAME_MAX);
	return out + known->len;
}

/* A name and its first value. */
static inline uint8_t *write_header(struct writer *w, uint8_t *out, const struct hw_http_field *f,
				    const struct header_way *way)
{
	out = room(w, out, escaped_max(f->name) + escaped_max(f->value) + HEADER_MAX);
	return out ? put_string(write_name(out, f, way), f->value, way->how, w->escape) : NULL;
}

static inline uint8_t *end_header(uint8_t *out, const struct header_way *way)
{
	return way->op == HW_OP_HEADERS_B ? write_slice(out, HW_SLICE("]},"))
					  : write_slice(out, HW_SLICE("],"));
}

/* Most names have one value; others are adjacent. Apart, so that other values save no registers. */
HW_APART static uint8_t *write_headers(struct writer *w, uint8_t *out,
				       const struct hw_http_field *f, size_t nr,
				       const struct hw_json_step *s)
{
	const struct hw_http_field *const end = nr ? f + nr : f; /* NULL + 0 is not defined */
	const struct header_way way =
		header_way(w, s, HW_ESCAPE_KEY | (s->how & (HW_ESCAPE_HTML | HW_ESCAPE_UNSEEN)));

	*out++ = '{';
	while (f < end) {
		out = write_header(w, out, f, &way);
		for (f++; out && f < end && hw_slice_eq(f->name, f[-1].name); f++) {
			*out++ = ',';
			out = write_string(w, out, f->value, way.how);
		}
		if (!out)
			return NULL;
		out = end_header(out, &way);
	}
	return close_with(out, '}');
}

/* Names and values in order, each by itself. */
HW_APART static uint8_t *write_pairs(struct writer *w, uint8_t *out, const struct hw_http_field *f,
				     size_t nr, const struct hw_json_step *s)
{
	const struct header_way way = header_way(w, s, s->how);

	*out++ = '[';
	for (size_t i = 0; i < nr; i++) {
		out = write_header(w, out, &f[i], &way);
		if (!out)
			return NULL;
		out = write_slice(out, HW_SLICE("},"));
	}
	return close_with(out, ']');
}

/* RFC 4648 4 */
static uint8_t *write_base64(struct writer *w, uint8_t *out, struct hw_slice s)
{
	out = room(w, out, HW_BASE64_LEN(s.len));
	return out ? hw_write_base64(out, s) : NULL;
}

static uint8_t *write_short(uint8_t *out, const struct hw_short_text *t)
{
	memcpy(out, t->text, sizeof(t->text));
	return out + t->len;
}

/* Values are read where the table says they lie; their types are what it says. */
#define VALUE(type) (*(type const *)value)

static bool is_zero(enum hw_json_op op, const void *value, size_t nr)
{
	struct hw_slice rest, first;
	struct hw_dns_option option;

	switch (op) {
	case HW_OP_TEXT:
	case HW_OP_BASE64:
		return VALUE(struct hw_slice).len == 0;
	case HW_OP_SHORT_TEXT:
		return VALUE(struct hw_short_text).len == 0;
	case HW_OP_U8:
	case HW_OP_DIRECTION:
		return VALUE(uint8_t) == 0;
	case HW_OP_U16:
		return VALUE(uint16_t) == 0;
	case HW_OP_U32:
	case HW_OP_I32:
		return VALUE(uint32_t) == 0;
	case HW_OP_U64:
	case HW_OP_I64:
	case HW_OP_RFC3339:
	case HW_OP_HEX64:
		return VALUE(uint64_t) == 0;
	case HW_OP_DURATION:
		return !hw_duration_is_known(VALUE(struct hw_duration));
	case HW_OP_BOOL:
		return !VALUE(bool);
	case HW_OP_ANOMALIES:
		return VALUE(hw_anomalies) == 0;
	case HW_OP_HEADERS_A:
	case HW_OP_HEADERS_B:
	case HW_OP_PAIRS:
	case HW_OP_TEXTS:
	case HW_OP_LIST:
		return nr == 0;
	case HW_OP_DNS_TXTS:
		rest = VALUE(struct hw_slice);
		return !hw_dns_txt_next(&rest, &first);
	case HW_OP_DNS_OPTIONS_A:
	case HW_OP_DNS_OPTIONS_B:
		rest = VALUE(struct hw_slice);
		return !hw_dns_option_next(&rest, &option);
	case HW_OP_MADE_TEXT: /* known when it is made */
	case HW_OP_NOTHING:
	case HW_OP_SKIP:
	case HW_OP_NULL_IF_BAD:
	case HW_OP_REPEAT:
	case HW_OP_CLOSE:
		break;
	}
	return false;
}

static uint8_t *write_list(struct writer *w, uint8_t *out, const struct hw_json_step *s);
static uint8_t *write_repeat(struct writer *w, uint8_t *out, const struct hw_json_step *s);

static inline size_t value_nr(const struct writer *w, const struct hw_json_step *s)
{
	return *(const size_t *)((const uint8_t *)w->bases[s->base] + s->nr_offset);
}

/* Apart, so that the others need no room for a text, nor watch over it. */
HW_APART static uint8_t *write_made_text(struct writer *w, uint8_t *out,
					 const struct hw_json_step *s, const void *value)
{
	char room_for_text[HW_MADE_TEXT_MAX];

	return write_text(w, out, s->make(value, room_for_text), s->how);
}

/* What few events have. */
HW_APART static uint8_t *write_rare(struct writer *w, uint8_t *out, const struct hw_json_step *s,
				    const void *value)
{
	switch ((enum hw_json_op)s->op) {
	case HW_OP_U8:
		return hw_write_u64(out, VALUE(uint8_t));
	case HW_OP_BOOL:
		return write_slice(out, VALUE(bool) ? HW_SLICE("true") : HW_SLICE("false"));
	case HW_OP_RFC3339:
		return hw_write_rfc3339(out, VALUE(uint64_t));
	case HW_OP_DIRECTION:
		return write_slice(out, hw_direction_name(VALUE(uint8_t)));
	case HW_OP_MADE_TEXT:
		return write_made_text(w, out, s, value);
	case HW_OP_ANOMALIES:
		return write_anomalies(w, out, VALUE(hw_anomalies));
	case HW_OP_TEXTS:
		return write_texts(w, out, VALUE(const struct hw_slice *), value_nr(w, s), s->how);
	case HW_OP_DNS_TXTS:
		return write_dns_txts(w, out, VALUE(struct hw_slice), s->how);
	case HW_OP_BASE64:
		return write_base64(w, out, VALUE(struct hw_slice));
	case HW_OP_DNS_OPTIONS_A:
	case HW_OP_DNS_OPTIONS_B:
		return write_dns_options(w, out, VALUE(struct hw_slice), s);
	case HW_OP_LIST:
		return write_list(w, out, s);
	case HW_OP_CLOSE:
		return close_with(out, '}');
	default:
		return out;
	}
}

/* Without a text or a list: it is of bounded length. Returns false where it is none of these. */
static inline bool write_bounded(uint8_t **out, const struct hw_json_step *s, const void *value)
{
	switch ((enum hw_json_op)s->op) {
	case HW_OP_NOTHING:
		return true;
	case HW_OP_SHORT_TEXT:
		*out = write_short(*out, value);
		return true;
	case HW_OP_U16:
		*out = hw_write_u64(*out, VALUE(uint16_t));
		return true;
	case HW_OP_U32:
		*out = hw_write_u64(*out, VALUE(uint32_t));
		return true;
	case HW_OP_U64:
		*out = hw_write_u64(*out, VALUE(uint64_t));
		return true;
	case HW_OP_DURATION:
		*out = hw_write_u64(*out, hw_duration_ns(VALUE(struct hw_duration)));
		return true;
	case HW_OP_I32:
		*out = hw_write_i64(*out, VALUE(int32_t));
		return true;
	case HW_OP_I64:
		*out = hw_write_i64(*out, VALUE(int64_t));
		return true;
	case HW_OP_HEX64:
		*out = VALUE(uint64_t) ? hw_write_hex64(*out, VALUE(uint64_t)) : *out;
		return true;
	default:
		return false;
	}
}

static inline uint8_t *write_unbounded(struct writer *w, uint8_t *out, const struct hw_json_step *s,
				       const void *value)
{
	if (s->op == HW_OP_TEXT)
		return write_text(w, out, VALUE(struct hw_slice), s->how);
	if (s->op == HW_OP_HEADERS_A || s->op == HW_OP_HEADERS_B)
		return write_headers(w, out, VALUE(const struct hw_http_field *), value_nr(w, s),
				     s);
	if (s->op == HW_OP_PAIRS)
		return write_pairs(w, out, VALUE(const struct hw_http_field *), value_nr(w, s), s);
	return write_rare(w, out, s, value);
}

HW_APART static uint8_t *write_value(struct writer *w, uint8_t *out, const struct hw_json_step *s,
				     const void *value)
{
	return write_bounded(&out, s, value) ? out : write_unbounded(w, out, s, value);
}

/* A field that is left out if its value is zero, or a text of which nothing is left. */
static uint8_t *write_optional(struct writer *w, uint8_t *out, const struct hw_json_step *s,
			       const void *value)
{
	const size_t nr = s->nr_offset ? value_nr(w, s) : 0;
	size_t before;

	if (is_zero(s->op, value, nr))
		return out;

	before = (size_t)(out - w->buf->ptr);
	out = copy_literal(out, s);
	out = write_value(w, out, s, value);
	if (!out)
		return NULL;
	if ((s->op == HW_OP_TEXT || s->op == HW_OP_MADE_TEXT) &&
	    (size_t)(out - w->buf->ptr) == before + s->literal_len)
		return w->buf->ptr + before;
	memcpy(out, s->tail, sizeof(s->tail));
	return out + s->tail_len;
}

/* Steps without a value of their own may have a base that is not there. */
static inline const void *value_of(const struct writer *w, const struct hw_json_step *s)
{
	return (const void *)((uintptr_t)w->bases[s->base] + s->offset);
}

static inline const struct hw_http_message *message_of(const struct writer *w)
{
	return w->bases[HW_BASE_HTTP];
}

static inline const struct hw_json_step *step_at(const struct writer *w, size_t number)
{
	return w->json->steps + number;
}

/* A step that may be left out or go elsewhere than to the next one: `w->next` is what follows. */
HW_APART static uint8_t *run_branch(struct writer *w, uint8_t *out, const struct hw_json_step *s)
{
	const void *value = value_of(w, s);

	w->next = s + 1;
	if (s->is_optional)
		return write_optional(w, out, s, value);
	out = copy_literal(out, s);
	if (s->op == HW_OP_SKIP) {
		if (is_zero(s->when, value, s->nr_offset ? value_nr(w, s) : 0))
			w->next = step_at(w, s->next);
		return out;
	}
	if (s->op == HW_OP_NULL_IF_BAD) {
		if (hw_utf8_is_valid(VALUE(struct hw_slice)))
			return out;
		w->next = step_at(w, s->next);
		return write_slice(out, HW_SLICE("null"));
	}
	if (s->op == HW_OP_REPEAT && !message_of(w)->repeat)
		return out;
	out = s->op == HW_OP_LIST ? write_list(w, out, s) : write_repeat(w, out, s);
	w->next = step_at(w, s->next);
	return out;
}

/* Run the steps from `s` to before `end`, or to where they go from there, which is `w->next`. */
HW_APART static uint8_t *run(struct writer *w, uint8_t *out, const struct hw_json_step *s,
			     const struct hw_json_step *end)
{
	while (s < end) {
		if (s->is_branch) {
			out = run_branch(w, out, s);
			if (!out)
				return NULL;
			s = w->next;
			continue;
		}
		out = copy_literal(out, s);
		if (!write_bounded(&out, s, value_of(w, s))) {
			out = write_unbounded(w, out, s, value_of(w, s));
			if (!out)
				return NULL;
		}
		s++;
	}
	w->next = s;
	return out;
}

/* Lists are nested as deep as the tables nest them. */
static uint8_t *write_list(struct writer *w, uint8_t *out, const struct hw_json_step *s)
{
	const size_t nr = value_nr(w, s);
	const void *value = (const uint8_t *)w->bases[s->base] + s->offset;
	const uint8_t *item = VALUE(const uint8_t *);

	*out++ = '[';
	for (size_t i = 0; i < nr; i++, item += s->stride) {
		out = room(w, out, 0);
		if (!out)
			return NULL;
		w->bases[s->item] = item;
		out = run(w, out, s + 1, step_at(w, s->next));
		if (!out)
			return NULL;
		*out++ = ',';
	}
	out = close_with(out, ']');
	return room(w, out, 0);
}

/* Without memory for it the text is not kept. */
static void keep_repeat(struct hw_json_repeat *to, uint64_t repeat, struct hw_slice text)
{
	to->repeat = 0;
	to->text.len = 0;
	if (text.len <= HW_JSON_REPEAT_MAX && hw_buf_append(&to->text, text) == 0)
		to->repeat = repeat;
}

/* Of a message that may come again. Apart, as most do not. */
HW_APART static uint8_t *write_repeat(struct writer *w, uint8_t *out, const struct hw_json_step *s)
{
	const uint64_t repeat = message_of(w)->repeat;
	struct hw_json_repeat *known = &w->json->memory->repeats[repeat % HW_JSON_REPEATS];
	const size_t from = (size_t)(out - w->buf->ptr);

	if (known->repeat == repeat) {
		out = room(w, out, known->text.len);
		return out ? write_slice(out, hw_buf_slice(&known->text)) : NULL;
	}
	out = run(w, out, s + 1, step_at(w, s->next));
	if (out)
		keep_repeat(known, repeat,
			    hw_slice(w->buf->ptr + from, (size_t)(out - w->buf->ptr) - from));
	return out;
}

static void begin(struct writer *w, const struct hw_json *j, struct hw_buf *out)
{
	w->json = j;
	w->buf = out;
	w->end = out->ptr + out->cap;
	w->escape = hw_escaper_choose();
}

int hw_json_run_step(const struct hw_json *j, const void *const bases[HW_BASE_NR], size_t *i,
		     struct hw_buf *out)
{
	struct writer w;
	uint8_t *at;

	if (hw_buf_reserve(out, j->fixed) != 0)
		return -ENOMEM;
	begin(&w, j, out);
	memcpy(w.bases, bases, sizeof(w.bases));
	at = run(&w, out->ptr + out->len, &j->steps[*i], &j->steps[*i + 1]);
	if (!at)
		return -ENOMEM;
	*i = (size_t)(w.next - j->steps);
	out->len = (size_t)(at - out->ptr);
	return 0;
}

int hw_json_write(struct hw_json *json, const struct hw_event *event, struct hw_buf *out)
{
	const struct hw_json *j;
	struct writer w;
	uint8_t *at;

	hw_event_bases(event, w.bases);
	j = hw_json_guess(hw_json_for(json, event->process), w.bases);
	if (hw_buf_reserve(out, j->fixed) != 0)
		return -ENOMEM;
	begin(&w, j, out);
	at = run(&w, out->ptr + out->len, j->steps, j->steps + j->steps_nr);
	if (!at)
		return -ENOMEM;
	out->len = (size_t)(at - out->ptr);
	return 0;
}
