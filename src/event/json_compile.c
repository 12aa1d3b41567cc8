/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/json_compile.c - tables become the programs of json.h */
#include <errno.h>
#include <stdlib.h>

#include "event/escape.h"
#include "event/json.h"
#include "event/json_step.h"
#include "event/number.h"

static const size_t NO_STEP = (size_t)-1;

struct compiler {
	const struct hw_event_type *type;
	enum hw_json_form form;
	bool is_strict;
	bool is_proto3; /* inside an argument of form B: zero is left out, 64 bits are quoted */
	unsigned how;	/* enum hw_escape */
	struct hw_json_draft draft;
};

static void add_literal(struct compiler *c, const char *text)
{
	hw_json_draft_add(&c->draft, hw_slice_text(text));
}

static void add_number(struct compiler *c, uint64_t n)
{
	uint8_t text[HW_U64_TEXT_MAX];

	hw_json_draft_add(&c->draft, hw_slice(text, (size_t)(hw_write_u64(text, n) - text)));
}

/* Let `number` go on behind all steps so far. */
static void set_next(struct compiler *c, size_t number)
{
	const uint16_t next = (uint16_t)hw_json_draft_nr(&c->draft);

	if (!c->draft.err)
		memcpy(c->draft.steps.ptr + number * sizeof(struct hw_json_step) +
			       offsetof(struct hw_json_step, next),
		       &next, sizeof(next));
}

static void add_key(struct compiler *c, const char *key)
{
	add_literal(c, "\"");
	add_literal(c, key);
	add_literal(c, "\":");
}

static const char *field_key(const struct compiler *c, const struct hw_field *f)
{
	return c->form == HW_JSON_B && f->name_b ? f->name_b : f->name;
}

static enum hw_json_op field_op(const struct compiler *c, const struct hw_field *f)
{
	/* In form A, and in form B; what is not here has no value of its own. */
	static const uint8_t ops[][2] = {
		[HW_FIELD_TEXT] = { HW_OP_TEXT, HW_OP_TEXT },
		[HW_FIELD_SHORT_TEXT] = { HW_OP_SHORT_TEXT, HW_OP_SHORT_TEXT },
		[HW_FIELD_U8] = { HW_OP_U8, HW_OP_U8 },
		[HW_FIELD_U16] = { HW_OP_U16, HW_OP_U16 },
		[HW_FIELD_U32] = { HW_OP_U32, HW_OP_U32 },
		[HW_FIELD_U64] = { HW_OP_U64, HW_OP_U64 },
		[HW_FIELD_I32] = { HW_OP_I32, HW_OP_I32 },
		[HW_FIELD_I64] = { HW_OP_I64, HW_OP_I64 },
		[HW_FIELD_BOOL] = { HW_OP_BOOL, HW_OP_BOOL },
		[HW_FIELD_DURATION] = { HW_OP_DURATION, HW_OP_DURATION },
		[HW_FIELD_TIME] = { HW_OP_U64, HW_OP_RFC3339 },
		[HW_FIELD_HEX64] = { HW_OP_HEX64, HW_OP_HEX64 },
		[HW_FIELD_DIRECTION] = { HW_OP_U8, HW_OP_DIRECTION },
		[HW_FIELD_MADE_TEXT] = { HW_OP_MADE_TEXT, HW_OP_MADE_TEXT },
		[HW_FIELD_ANOMALIES] = { HW_OP_ANOMALIES, HW_OP_ANOMALIES },
		[HW_FIELD_HEADERS] = { HW_OP_HEADERS_A, HW_OP_HEADERS_B },
		[HW_FIELD_TEXTS] = { HW_OP_TEXTS, HW_OP_TEXTS },
		[HW_FIELD_DNS_TXTS] = { HW_OP_DNS_TXTS, HW_OP_DNS_TXTS },
		[HW_FIELD_DNS_OPTIONS] = { HW_OP_DNS_OPTIONS_A, HW_OP_DNS_OPTIONS_B },
		[HW_FIELD_BASE64] = { HW_OP_BASE64, HW_OP_BASE64 },
		[HW_FIELD_LIST] = { HW_OP_LIST, HW_OP_LIST },
		[HW_FIELD_EXTRA] = { HW_OP_NOTHING, HW_OP_NOTHING },
	};

	if (c->form == HW_JSON_A && f->type == HW_FIELD_LIST && hw_field_is_pairs(f))
		return HW_OP_PAIRS;
	return (enum hw_json_op)ops[f->type][c->form];
}

static bool is_quoted(const struct compiler *c, enum hw_json_op op)
{
	switch (op) {
	case HW_OP_TEXT:
	case HW_OP_SHORT_TEXT:
	case HW_OP_RFC3339:
	case HW_OP_HEX64:
	case HW_OP_DIRECTION:
	case HW_OP_MADE_TEXT:
	case HW_OP_BASE64:
		return true;
	case HW_OP_U64:
	case HW_OP_I64:
	case HW_OP_DURATION:
		return c->is_proto3;
	default:
		return false;
	}
}

static struct hw_json_step value_step(const struct compiler *c, const struct hw_field *f)
{
	return (struct hw_json_step){
		.op = (uint8_t)field_op(c, f),
		.base = f->base,
		.offset = f->offset,
		.nr_offset = f->nr_offset,
		.stride = f->stride,
		.item = f->item,
		.make = f->make,
		.how = (uint8_t)c->how,
	};
}

static void add_fields(struct compiler *c, const struct hw_field *fields);
static void add_args(struct compiler *c);

/* The value of a scalar, with its quotes. */
static void add_scalar(struct compiler *c, const struct hw_field *f)
{
	const struct hw_json_step step = value_step(c, f);

	if (is_quoted(c, step.op))
		add_literal(c, "\"");
	hw_json_draft_step(&c->draft, step);
	if (is_quoted(c, step.op))
		add_literal(c, "\"");
}

static void add_list(struct compiler *c, const struct hw_field *f)
{
	const struct hw_json_step step = value_step(c, f);
	const size_t number = hw_json_draft_step(&c->draft, step);

	if (step.op == HW_OP_PAIRS)
		return;
	add_fields(c, f->fields);
	hw_json_draft_flush(&c->draft);
	set_next(c, number);
}

static void add_event_id(struct compiler *c)
{
	const char *const quote = c->form == HW_JSON_A ? "\"" : "";

	add_literal(c, quote);
	add_number(c, c->type->id);
	add_literal(c, quote);
}

static void add_quoted(struct compiler *c, const char *text)
{
	add_literal(c, "\"");
	add_literal(c, text);
	add_literal(c, "\"");
}

static void add_value(struct compiler *c, const struct hw_field *f)
{
	if (c->is_strict && f->flags & HW_FIELD_STRICT_ZERO) {
		add_literal(c, "0");
		return;
	}
	switch ((enum hw_field_type)f->type) {
	case HW_FIELD_OBJECT:
		add_fields(c, f->fields);
		break;
	case HW_FIELD_LIST:
		add_list(c, f);
		break;
	case HW_FIELD_CONSTANT:
		add_quoted(c, f->constant);
		break;
	case HW_FIELD_RAW:
		add_literal(c, f->constant);
		break;
	case HW_FIELD_EVENT_ID:
		add_event_id(c);
		break;
	case HW_FIELD_EVENT_NAME:
		add_quoted(c, c->type->name);
		break;
	case HW_FIELD_ARGS_NR:
		add_number(c, hw_event_args_nr(c->type));
		break;
	case HW_FIELD_ARGS:
		add_args(c);
		break;
	case HW_FIELD_EXTRA:
		add_fields(c, c->type->extra);
		break;
	default:
		add_scalar(c, f);
	}
}

static bool is_optional(const struct compiler *c, const struct hw_field *f)
{
	return f->flags & HW_FIELD_OPTIONAL || (c->is_proto3 && field_op(c, f) != HW_OP_NOTHING);
}

/* A scalar that is left out when zero: key and comma are the step's own. */
static void add_optional_scalar(struct compiler *c, const struct hw_field *f)
{
	struct hw_json_step step = value_step(c, f);
	const bool quoted = is_quoted(c, step.op), listed = f->flags & HW_FIELD_IN_LIST;

	if (c->is_strict && f->flags & HW_FIELD_STRICT_ZERO)
		return;
	hw_json_draft_flush(&c->draft);
	add_key(c, field_key(c, f));
	add_literal(c, listed ? "[" : "");
	add_literal(c, quoted ? "\"" : "");
	step.is_optional = true;
	if (quoted)
		step.tail[step.tail_len++] = '"';
	if (listed)
		step.tail[step.tail_len++] = ']';
	step.tail[step.tail_len++] = ',';
	hw_json_draft_step(&c->draft, step);
}

/* An object or list that is left out when the value at its place is zero. */
static void add_optional_block(struct compiler *c, const struct hw_field *f)
{
	const bool listed = f->flags & HW_FIELD_IN_LIST;
	struct hw_json_step skip = value_step(c, f);
	size_t number;

	if (f->type == HW_FIELD_OBJECT)
		skip.when = (uint8_t)field_op(c, &(struct hw_field){ .type = f->when });
	else
		skip.when = skip.op;
	skip.op = HW_OP_SKIP;
	hw_json_draft_flush(&c->draft);
	number = hw_json_draft_step(&c->draft, skip);
	add_key(c, field_key(c, f));
	add_literal(c, listed ? "[" : "");
	add_value(c, f);
	add_literal(c, listed ? "]," : ",");
	hw_json_draft_flush(&c->draft);
	set_next(c, number);
}

static bool has_optional(const struct compiler *c, const struct hw_field *fields)
{
	for (const struct hw_field *f = fields; f->name; f++) {
		if (is_optional(c, f))
			return true;
	}
	return false;
}

static void add_field(struct compiler *c, const struct hw_field *f)
{
	if (!is_optional(c, f)) {
		const bool listed = f->flags & HW_FIELD_IN_LIST;

		add_key(c, field_key(c, f));
		add_literal(c, listed ? "[" : "");
		add_value(c, f);
		add_literal(c, listed ? "]" : "");
	} else if (f->type == HW_FIELD_OBJECT || f->type == HW_FIELD_LIST) {
		add_optional_block(c, f);
	} else {
		add_optional_scalar(c, f);
	}
}

/*
 * An object. Where a field may be missing each field has its comma behind it, and the
 * end takes the last one away.
 */
static void add_fields(struct compiler *c, const struct hw_field *fields)
{
	const bool closes = has_optional(c, fields);

	add_literal(c, "{");
	for (const struct hw_field *f = fields; f->name; f++) {
		if (f->type == HW_FIELD_EXTRA && c->is_strict)
			continue;
		if (!closes && f != fields)
			add_literal(c, ",");
		add_field(c, f);
		if (closes && !is_optional(c, f))
			add_literal(c, ",");
	}
	if (closes)
		hw_json_draft_step(&c->draft, (struct hw_json_step){ .op = HW_OP_CLOSE });
	else
		add_literal(c, "}");
}

/* All of it is of the message, so that what is like another message is written alike. */
static bool is_of_message(const struct hw_field *f)
{
	if (f->type != HW_FIELD_OBJECT)
		return f->base == HW_BASE_HTTP;
	for (f = f->fields; f->name; f++)
		if (!is_of_message(f))
			return false;
	return true;
}

/* Returns the step that end_repeat() takes; NO_STEP: there is none. */
static size_t begin_repeat(struct compiler *c, const struct hw_field *f)
{
	const struct hw_json_step step = {
		.op = HW_OP_REPEAT,
		.base = HW_BASE_HTTP,
		.offset = offsetof(struct hw_http_message, repeat),
	};

	return is_of_message(f) ? hw_json_draft_step(&c->draft, step) : NO_STEP;
}

static void end_repeat(struct compiler *c, size_t step)
{
	if (step == NO_STEP)
		return;
	hw_json_draft_flush(&c->draft);
	set_next(c, step);
}

static void add_arg_a(struct compiler *c, const struct hw_field *f)
{
	size_t repeat;

	add_literal(c, "{\"name\":");
	add_quoted(c, f->name);
	add_literal(c, ",\"type\":");
	add_quoted(c, f->type_name);
	add_literal(c, ",\"value\":");
	repeat = begin_repeat(c, f);
	add_value(c, f);
	add_literal(c, "}");
	end_repeat(c, repeat);
}

/* A list in form B is inside an object of one field, which is left out when empty. */
static void add_wrapped_list(struct compiler *c, const struct hw_field *f)
{
	struct hw_field wrap[] = { *f, { 0 } };

	wrap[0].name = f->wrap_b;
	wrap[0].name_b = NULL;
	add_fields(c, wrap);
}

/* Tracee's letters are those of Go, which leaves what a terminal obeys as it is. */
static unsigned unseen(const struct compiler *c)
{
	return c->is_strict ? 0 : HW_ESCAPE_UNSEEN;
}

static void add_value_b(struct compiler *c, const struct hw_field *f)
{
	size_t null_if_bad = NO_STEP;

	if (f->flags & HW_FIELD_FLAT_B) {
		add_value(c, f->fields);
		return;
	}
	c->is_proto3 = f->type == HW_FIELD_OBJECT || f->wrap_b;
	c->how = HW_ESCAPE_DROP | (c->is_proto3 ? HW_ESCAPE_HTML : 0) | unseen(c);
	if (c->is_strict && f->flags & HW_FIELD_BAD_IS_NULL) {
		struct hw_json_step step = value_step(c, f);

		step.op = HW_OP_NULL_IF_BAD;
		null_if_bad = hw_json_draft_step(&c->draft, step);
	}
	if (f->wrap_b)
		add_wrapped_list(c, f);
	else
		add_value(c, f);
	if (null_if_bad != NO_STEP) {
		hw_json_draft_flush(&c->draft);
		set_next(c, null_if_bad);
	}
	c->is_proto3 = false;
	c->how = HW_ESCAPE_DROP | unseen(c);
}

static void add_arg_b(struct compiler *c, const struct hw_field *f)
{
	size_t repeat;

	add_literal(c, "{\"name\":");
	add_quoted(c, f->name);
	add_literal(c, ",");
	add_key(c, f->key_b);
	repeat = begin_repeat(c, f);
	add_value_b(c, f);
	add_literal(c, "}");
	end_repeat(c, repeat);
}

static void add_args(struct compiler *c)
{
	add_literal(c, "[");
	for (const struct hw_field *f = c->type->args; f->name; f++) {
		if (f != c->type->args)
			add_literal(c, ",");
		if (c->form == HW_JSON_A)
			add_arg_a(c, f);
		else
			add_arg_b(c, f);
	}
	if (c->form == HW_JSON_B && !c->is_strict) {
		add_literal(c, ",");
		add_arg_b(c, &(struct hw_field){ "httpwire", .type = HW_FIELD_OBJECT,
						 .fields = c->type->extra, .key_b = "httpwire" });
	}
	add_literal(c, "]");
}

static void add_line(struct compiler *c)
{
	c->how = (c->form == HW_JSON_A ? HW_ESCAPE_HTML : HW_ESCAPE_DROP) | unseen(c);
	add_fields(c, c->form == HW_JSON_A ? hw_envelope_a : hw_envelope_b);
	add_literal(c, "\n");
	hw_json_draft_flush(&c->draft);
}

static size_t fixed_bytes(const struct hw_json *j)
{
	size_t bytes = 2 * HW_LITERAL_CHUNK;

	for (size_t i = 0; i < j->steps_nr; i++)
		bytes += j->steps[i].literal_len + HW_JSON_VALUE_MAX + j->steps[i].tail_len;
	return bytes;
}

static void prepare(struct hw_json *j)
{
	for (size_t i = 0; i < j->steps_nr; i++) {
		struct hw_json_step *s = &j->steps[i];

		s->literal_at = j->literals + s->literal;
		s->is_branch = s->is_optional || s->op >= HW_OP_LIST;
	}
}

int hw_json_take(struct hw_json *j, struct hw_json_draft *d)
{
	if (hw_buf_reserve(&d->literals, HW_LITERAL_CHUNK) != 0)
		return -ENOMEM;
	memset(d->literals.ptr + d->literals.len, 0, HW_LITERAL_CHUNK);
	j->steps = (struct hw_json_step *)(void *)d->steps.ptr;
	j->steps_nr = hw_json_draft_nr(d);
	j->literals = d->literals.ptr;
	j->fixed = fixed_bytes(j);
	prepare(j);
	*d = (struct hw_json_draft){ 0 };
	return 0;
}

static struct hw_json_memory *new_memory(void)
{
	struct hw_json_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	for (size_t i = 0; i < HW_JSON_REPEATS; i++)
		hw_buf_init(&m->repeats[i].text, HW_JSON_REPEAT_MAX, NULL);
	m->names[0].number = 1; /* at a place of which it is not: what has none finds none */
	return m;
}

static void free_memory(struct hw_json_memory *m)
{
	for (size_t i = 0; m && i < HW_JSON_REPEATS; i++)
		hw_buf_clear(&m->repeats[i].text);
	free(m);
}

static int make_others(struct hw_json *j)
{
	j->known = calloc(HW_JSON_KNOWN_MAX, sizeof(*j->known)); /* first: hw_json_free() */
	if (!j->known)
		return -ENOMEM;
	j->memory = new_memory();
	return j->memory ? hw_json_fold(&j->of_nobody, j, &hw_process_none) : -ENOMEM;
}

int hw_json_new(struct hw_json **ret, const struct hw_event_type *type, enum hw_json_form form,
		bool is_strict)
{
	struct compiler c = { .type = type, .form = form, .is_strict = is_strict };
	struct hw_json *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return -ENOMEM;

	hw_json_draft_init(&c.draft);
	add_line(&c);
	err = c.draft.err ? -ENOMEM : hw_json_take(j, &c.draft);
	if (!err)
		err = make_others(j);
	hw_json_draft_clear(&c.draft);
	if (err) {
		hw_json_free(j);
		return err;
	}
	*ret = j;
	return 0;
}

void hw_json_free(struct hw_json *j)
{
	if (!j)
		return;
	hw_json_free(j->of_nobody);
	for (size_t i = 0; i < sizeof(j->guesses) / sizeof(j->guesses[0]); i++)
		hw_json_free(j->guesses[i].json);
	for (size_t i = 0; j->known && i < HW_JSON_KNOWN_MAX; i++)
		hw_json_free(j->known[i].json);
	free_memory(j->known ? j->memory : NULL); /* of others it is borrowed */
	free(j->known);
	free(j->steps);
	free(j->literals);
	free(j);
}
