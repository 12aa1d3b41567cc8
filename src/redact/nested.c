/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/nested.c - text inside of other text: see find.h
 *
 * It is read as it was before it was written there, and what is found is looked up in the text
 * around it. payload=%7B%22a%22%3A+1%7D is read as {"a": 1}; its encoding is that of its first
 * bracket, or of its first quote: browsers leave brackets as they are. What is encoded more often is
 * data. "{\"a\":\"http:\/\/b\"}", a string, is read as {"a":"http://b"}.
 */
#include "redact/find.h"

/* A place in it. */
struct place {
	struct hw_slice s;
	size_t at;
	uint8_t depth; /* how often the first bracket, or quote, is encoded */
	uint8_t plus;  /* of what is found there; 0: it knows itself */
	size_t open;   /* brackets; of a string: 1 */
	bool in_string, is_escaped;
	bool is_string; /* all of it is one */
};

/* The next byte, as JSON has it. */
static uint8_t next_byte(struct place *p)
{
	uint8_t byte, depth;
	const size_t len = hw_redact_unit(p->s, p->at, &byte, &depth);

	p->at += depth > p->depth ? 1 : len;
	if (depth > p->depth)
		return '%';
	return byte == '+' && !p->in_string ? ' ' : byte;
}

/* What it means for what follows. */
static void pass(struct place *p, uint8_t byte)
{
	if (p->is_escaped)
		p->is_escaped = false;
	else if (p->in_string && byte == '\\')
		p->is_escaped = true;
	else if (byte == '"')
		p->in_string = !p->in_string;
	else if (!p->in_string && (byte == '{' || byte == '['))
		p->open++;
	else if (!p->in_string && (byte == '}' || byte == ']'))
		p->open--;
}

static uint8_t take_byte(struct place *p)
{
	uint8_t byte;

	if (p->is_string) {
		p->at += hw_redact_unescape(p->s, p->at, &byte);
		return byte;
	}
	byte = next_byte(p);
	pass(p, byte);
	return byte;
}

/* Blanks, of which + is one. */
static size_t skip_blanks(struct hw_slice s, size_t at)
{
	while (at < s.len) {
		uint8_t byte, depth;
		const size_t len = hw_redact_unit(s, at, &byte, &depth);

		if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n' && byte != '+')
			break;
		at += len;
	}
	return at;
}

static bool is_mark(uint8_t byte)
{
	return byte == '"' || byte == '}' || byte == ']' || hw_redact_is_bracket(byte);
}

/*
 * How often the first mark is encoded that is so more often than the first bracket, up to a quote. No
 * further than where the brackets are closed, so that no byte is passed more often than it is decoded.
 */
static uint8_t find_depth(struct place p)
{
	uint8_t byte, depth;

	do {
		p.at += hw_redact_unit(p.s, p.at, &byte, &depth);
		if (depth > p.depth && is_mark(byte))
			return depth;
		if (byte == '"' || byte == '&')
			break;
		if (depth <= p.depth)
			pass(&p, byte);
	} while (p.open > 0 && p.at < p.s.len);
	return p.depth;
}

/* A bracket, and behind it what JSON with names has there, or the end of the text. */
static bool begin(struct hw_slice s, size_t at, struct place *ret)
{
	uint8_t byte, depth;
	size_t next;

	at = skip_blanks(s, at);
	if (at == s.len)
		return false;
	next = at + hw_redact_unit(s, at, &byte, &depth);
	*ret = (struct place){ .s = s, .at = at, .depth = depth };
	if (!hw_redact_is_bracket(byte))
		return false;
	next = skip_blanks(s, next);
	if (next < s.len)
		hw_redact_unit(s, next, &byte, &depth);
	if (!hw_redact_is_bracket(byte) && byte != '"')
		return false;
	ret->depth = find_depth(*ret);
	return true;
}

size_t hw_redact_end_of_json_value(struct hw_slice s, size_t at)
{
	struct place p;

	if (!begin(s, at, &p))
		return at;
	do
		take_byte(&p);
	while (p.open > 0 && p.at < s.len);
	return p.at;
}

/* What it is. Returns where it ends. */
static size_t decode(struct place p, struct hw_buf *to)
{
	do
		to->ptr[to->len++] = take_byte(&p);
	while (p.open > 0 && p.at < p.s.len);
	return p.at;
}

/* The byte number `to` of it; `p` is at number `from`. */
static size_t find_place(struct place *p, size_t from, size_t to)
{
	for (; from < to; from++)
		take_byte(p);
	return p->at;
}

/* The spans from number `nr` on, which are of it, become spans of the text around it. */
static void move_spans(struct place p, struct hw_buf *spans, size_t nr)
{
	struct hw_redact_span *all = (void *)spans->ptr;
	size_t at = 0;

	for (; nr < spans->len / sizeof(*all); nr++) {
		const struct hw_redact_span span = all[nr];

		all[nr].from = find_place(&p, at, span.from);
		all[nr].to = find_place(&p, span.from, span.to);
		all[nr].plus = p.plus ? p.plus : span.plus;
		at = span.to;
	}
}

/* Returns where it ends. */
static size_t find_nested(struct hw_redact_finder *f, struct place p)
{
	struct hw_buf *const room = &f->nested[f->level];
	const size_t first = f->first;
	size_t to;

	room->len = 0;
	if (hw_buf_reserve(room, p.s.len - p.at) != 0) {
		f->failed = true;
		return p.s.len;
	}
	to = decode(p, room);
	f->level++;
	hw_redact_begin(f, f->text);
	hw_redact_find_body(f, hw_buf_slice(room), f->inner);
	move_spans(p, f->spans, f->first);
	f->first = first;
	f->level--;
	return to;
}

size_t hw_redact_find_json_value(struct hw_redact_finder *f, struct hw_slice s, size_t at,
				 enum hw_redact_text kind)
{
	const enum hw_redact_text inner = f->inner;
	struct place p;
	size_t to;

	if (f->level == HW_REDACT_NESTED_MAX || !begin(s, at, &p))
		return at;
	if (hw_redact_has_plus(kind))
		p.plus = p.depth ? p.depth : 1;
	f->inner = kind == HW_REDACT_BODY ? HW_REDACT_VALUE : kind;
	to = find_nested(f, p);
	f->inner = inner;
	return to;
}

void hw_redact_find_escaped(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to)
{
	const bool is_cut = f->is_cut;

	f->is_cut = is_cut && to == s.len;
	find_nested(f,
		    (struct place){
			    .s = hw_slice(s.ptr, to), .at = from, .open = 1, .is_string = true });
	f->is_cut = is_cut;
}
