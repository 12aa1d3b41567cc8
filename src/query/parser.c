/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/parser.c - from an expression to a program
 *
 *	expression = conjunction { "or" conjunction }
 *	conjunction = negation { "and" negation }
 *	negation = { "not" } ( "(" expression ")" | test )
 *	test = operand [ relation ( operand | value ) | [ "not" ] "in" "{" set "}" ]
 *	operand = field | function "(" operand ")"
 *	set = value [ ".." value ] { "," value [ ".." value ] }
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "query/lexer.h"
#include "query/literal.h"
#include "query/pattern.h"
#include "query/program.h"
#include "query/query.h"

struct parser {
	struct hw_lexer lexer;
	struct hw_token token; /* that is looked at */
	size_t end;	       /* of the one before */
	struct hw_query *query;
	struct hw_query_error *error;
	unsigned nesting;
	int err; /* the result, once something is wrong */
};

/* ---- errors ---- */

static bool fail(struct parser *p, size_t at, size_t len, const char *text)
{
	p->err = -EINVAL;
	p->error->at = at;
	p->error->len = len;
	snprintf(p->error->text, sizeof(p->error->text), "%s", text);
	return false;
}

static bool fail_at(struct parser *p, const struct hw_token *t, const char *text)
{
	if (t->kind == HW_TOKEN_BAD)
		text = t->wrong;
	return fail(p, t->at, t->len, text);
}

static bool no_memory(struct parser *p)
{
	p->err = -ENOMEM;
	return false;
}

/* What was written there, for messages: as much of it as fits. */
static int shown(const struct hw_token *t)
{
	return t->len < 80 ? (int)t->len : 80;
}

static const char *written(const struct parser *p, const struct hw_token *t)
{
	return p->lexer.text + t->at;
}

/* ---- tokens ---- */

static void advance(struct parser *p)
{
	p->end = p->token.at + p->token.len;
	p->token = hw_lexer_next(&p->lexer);
}

static bool is_next(const struct parser *p, enum hw_token_kind kind)
{
	struct hw_lexer ahead = p->lexer;

	return hw_lexer_next(&ahead).kind == kind;
}

static bool expect(struct parser *p, enum hw_token_kind kind, const char *otherwise)
{
	if (p->token.kind != kind)
		return fail_at(p, &p->token, otherwise);
	advance(p);
	return true;
}

/* ---- operands ---- */

static const struct {
	const char *name;
	enum hw_function function;
} functions[] = {
	{ "lower", HW_FUNCTION_LOWER },
	{ "upper", HW_FUNCTION_UPPER },
	{ "len", HW_FUNCTION_LEN },
};

enum { FUNCTION_NR = sizeof(functions) / sizeof(functions[0]) };

static int find_function(struct hw_slice name)
{
	for (int i = 0; i < FUNCTION_NR; i++)
		if (hw_slice_eq(hw_slice_text(functions[i].name), name))
			return i;
	return -1;
}

static bool fail_name(struct parser *p)
{
	const struct hw_token *t = &p->token;
	char text[200];

	if (t->kind == HW_TOKEN_END)
		return fail_at(p, t, "it ends where a field is due");
	if (t->kind != HW_TOKEN_WORD)
		return fail_at(p, t, "a field is due here");
	if (is_next(p, HW_TOKEN_OPEN))
		return fail_at(p, t, "not a function; there are lower(), upper() and len()");
	snprintf(text, sizeof(text), "'%.*s' is not a field", shown(t), written(p, t));
	p->error->is_unknown_name = true;
	return fail_at(p, t, text);
}

/* lower(upper(...: what is written first is done last. */
static bool read_functions(struct parser *p, struct hw_operand *ret)
{
	int f;

	while (p->token.kind == HW_TOKEN_WORD && (f = find_function(p->token.text)) >= 0 &&
	       is_next(p, HW_TOKEN_OPEN)) {
		if (ret->functions_nr == HW_FUNCTIONS_MAX)
			return fail_at(p, &p->token, "too many functions within each other");
		for (int i = ret->functions_nr++; i > 0; i--)
			ret->functions[i] = ret->functions[i - 1];
		ret->functions[0] = (uint8_t)functions[f].function;
		advance(p);
		advance(p);
	}
	return true;
}

static bool read_header_name(struct parser *p, struct hw_operand *ret)
{
	if (!expect(p, HW_TOKEN_NAME_OPEN, "the name of a header is due: http.header[\"Age\"]"))
		return false;
	if (p->token.kind != HW_TOKEN_STRING && p->token.kind != HW_TOKEN_WORD)
		return fail_at(p, &p->token, "the name of a header is due here");
	ret->header = p->token.text;
	advance(p);
	return expect(p, HW_TOKEN_NAME_CLOSE, "']' is due here");
}

static bool apply_functions(struct parser *p, const struct hw_token *t, struct hw_operand *ret)
{
	for (int i = 0; i < ret->functions_nr; i++) {
		if (ret->type != HW_QUERY_TEXT)
			return fail_at(p, t, "lower(), upper() and len() are for text");
		if (ret->functions[i] == HW_FUNCTION_LEN) {
			ret->type = HW_QUERY_NUMBER;
			ret->max = INT64_MAX;
		} else if (!p->query->changed) {
			p->query->changed = malloc((size_t)2 * HW_QUERY_TEXT_MAX);
			if (!p->query->changed)
				return no_memory(p);
		}
	}
	return true;
}

static bool read_operand(struct parser *p, struct hw_operand *ret)
{
	struct hw_token name;

	*ret = (struct hw_operand){ 0 };
	if (!read_functions(p, ret))
		return false;
	name = p->token;
	if (name.kind == HW_TOKEN_WORD)
		ret->field = hw_query_field_find(name.text);
	if (!ret->field)
		return fail_name(p);
	ret->type = ret->field->type;
	ret->max = ret->field->max;
	advance(p);
	if (ret->field->is_header && !read_header_name(p, ret))
		return false;
	for (int i = 0; i < ret->functions_nr; i++)
		if (!expect(p, HW_TOKEN_CLOSE, "')' is due here"))
			return false;
	return apply_functions(p, &name, ret);
}

/* ---- values ---- */

static void *grown(void *list, size_t nr, size_t *cap, size_t size)
{
	if (nr < *cap)
		return list;
	list = realloc(list, (*cap ? 2 * *cap : 8) * size);
	if (list)
		*cap = *cap ? 2 * *cap : 8;
	return list;
}

static bool add_range(struct parser *p, struct hw_test *test, const struct hw_range *range)
{
	struct hw_query *q = p->query;
	struct hw_range *list = grown(q->ranges, q->ranges_nr, &q->ranges_cap, sizeof(*list));

	if (!list)
		return no_memory(p);
	q->ranges = list;
	if (!test->ranges_nr++)
		test->ranges_at = (uint32_t)q->ranges_nr;
	list[q->ranges_nr++] = *range;
	return true;
}

/* Where only some texts can be meant, one of them. */
static bool is_known(const struct hw_operand *of, struct hw_slice text)
{
	const char *name;

	if (!of->field->value_at || of->functions_nr)
		return true;
	for (size_t i = 0; (name = of->field->value_at(i)); i++)
		if (hw_slice_eq(hw_slice_text(name), text))
			return true;
	return false;
}

static bool read_value(struct parser *p, const struct hw_test *test, struct hw_literal *ret)
{
	const struct hw_operand *of = &test->left;
	const struct hw_token t = p->token;
	char wanted[HW_WANTED_MAX], text[256];

	if (t.kind != HW_TOKEN_WORD && t.kind != HW_TOKEN_STRING)
		return fail_at(p, &t,
			       t.kind == HW_TOKEN_END ? "it ends where a value is due"
						      : "a value is due here");
	advance(p);
	if (!hw_literal_read(of, &t, ret, wanted)) {
		snprintf(text, sizeof(text), "%s: %.*s is not %s", of->field->name, shown(&t),
			 written(p, &t), wanted);
		return fail(p, t.at, t.len, text);
	}
	if (test->relation == HW_RELATION_CONTAINS || is_known(of, t.text))
		return true;
	snprintf(text, sizeof(text), "%s: %.*s is not one of its values", of->field->name,
		 shown(&t), written(p, &t));
	p->error->is_unknown_name = true;
	p->error->field = of->field;
	return fail(p, t.at, t.len, text);
}

/* Where something is to be equal to the text `t`: whether that has no more bytes than any has. */
static bool check_length(struct parser *p, const struct hw_operand *of, const struct hw_token *t)
{
	char text[256];

	if (of->type != HW_QUERY_TEXT || !of->max || t->text.len <= (size_t)of->max)
		return true;
	snprintf(text, sizeof(text), "%s: %.*s is longer than %d bytes, which no value is",
		 of->field->name, shown(t), written(p, t), (int)of->max);
	return fail(p, t->at, t->len, text);
}

static bool read_range(struct parser *p, struct hw_test *test)
{
	const struct hw_token t = p->token;
	struct hw_range range;

	if (!read_value(p, test, &range.low))
		return false;
	range.high = range.low;
	if (p->token.kind == HW_TOKEN_RANGE) {
		advance(p);
		if (!read_value(p, test, &range.high))
			return false;
	} else if (!check_length(p, &test->left, &t)) {
		return false;
	}
	return add_range(p, test, &range);
}

static bool read_set(struct parser *p, struct hw_test *test)
{
	if (!expect(p, HW_TOKEN_SET_OPEN, "a set is due here: {80, 443, 8000..8999}"))
		return false;
	for (;;) {
		if (!read_range(p, test))
			return false;
		if (p->token.kind != HW_TOKEN_COMMA)
			break;
		advance(p);
	}
	return expect(p, HW_TOKEN_SET_CLOSE, "',' or '}' is due here");
}

/* ---- tests ---- */

static bool is_operand(const struct parser *p)
{
	if (p->token.kind != HW_TOKEN_WORD)
		return false;
	return hw_query_field_find(p->token.text) ||
	       (find_function(p->token.text) >= 0 && is_next(p, HW_TOKEN_OPEN));
}

static bool asks_for_equal(const struct hw_test *test)
{
	return test->relation == HW_RELATION_EQ || test->relation == HW_RELATION_NE;
}

static bool read_right(struct parser *p, struct hw_test *test)
{
	const struct hw_token t = p->token;
	struct hw_range range;

	if (!is_operand(p)) {
		if (!read_value(p, test, &range.low))
			return false;
		if (asks_for_equal(test) && !check_length(p, &test->left, &t))
			return false;
		range.high = range.low;
		return add_range(p, test, &range);
	}
	if (!read_operand(p, &test->right))
		return false;
	if (test->right.type != test->left.type)
		return fail_at(p, &t, "these two are of different types");
	return true;
}

static bool read_pattern(struct parser *p, struct hw_test *test)
{
	const struct hw_token t = p->token;
	char wrong[128], text[200];
	size_t at;
	int err;

	if (t.kind != HW_TOKEN_STRING && t.kind != HW_TOKEN_WORD)
		return fail_at(p, &t, "a regular expression is due here, in quotes");
	err = hw_pattern_new(&test->pattern, t.text, wrong, sizeof(wrong), &at);
	if (err == -ENOMEM)
		return no_memory(p);
	if (err) {
		/* Its offset says where in the expression, if no escape stands before it. */
		const size_t quote = t.len - t.text.len == 0 ? 0 : (t.len - t.text.len) - 1;
		const bool is_plain = t.len - t.text.len <= 3;

		snprintf(text, sizeof(text), "regular expression: %s", wrong);
		return fail(p, t.at + (is_plain ? quote + at : 0), 1, text);
	}
	advance(p);
	return true;
}

static const struct {
	enum hw_relation relation;
	bool all;
} relations[] = {
	[HW_TOKEN_EQ] = { HW_RELATION_EQ, false },
	[HW_TOKEN_ALL_EQ] = { HW_RELATION_EQ, true },
	[HW_TOKEN_NE] = { HW_RELATION_NE, true },
	[HW_TOKEN_ANY_NE] = { HW_RELATION_NE, false },
	[HW_TOKEN_LT] = { HW_RELATION_LT, false },
	[HW_TOKEN_LE] = { HW_RELATION_LE, false },
	[HW_TOKEN_GT] = { HW_RELATION_GT, false },
	[HW_TOKEN_GE] = { HW_RELATION_GE, false },
	[HW_TOKEN_CONTAINS] = { HW_RELATION_CONTAINS, false },
	[HW_TOKEN_MATCHES] = { HW_RELATION_MATCHES, false },
};

static bool is_allowed(const struct hw_test *test)
{
	if (test->relation == HW_RELATION_CONTAINS || test->relation == HW_RELATION_MATCHES)
		return test->left.type == HW_QUERY_TEXT;
	return test->left.type != HW_QUERY_BOOLEAN || test->relation == HW_RELATION_EQ ||
	       test->relation == HW_RELATION_NE;
}

static bool check_types(struct parser *p, const struct hw_token *relation,
			const struct hw_test *test)
{
	char text[200];

	if (test->left.type == HW_QUERY_PRESENCE) {
		snprintf(text, sizeof(text), "%s has no value: it is there or it is not",
			 test->left.field->name);
		return fail_at(p, relation, text);
	}
	if (is_allowed(test))
		return true;
	snprintf(text, sizeof(text), "'%.*s' is not for %s, which is %s", shown(relation),
		 written(p, relation), test->left.field->name,
		 test->left.functions_nr ? "made a number" : hw_query_type_name(test->left.field));
	return fail_at(p, relation, text);
}

/* What follows the left side, if it is a comparison; else the test is whether it is there. */
static bool read_relation(struct parser *p, struct hw_test *test, bool *ret_inverted)
{
	const struct hw_token relation = p->token;

	*ret_inverted = relation.kind == HW_TOKEN_NOT && is_next(p, HW_TOKEN_IN);
	if (*ret_inverted)
		advance(p);
	if (p->token.kind == HW_TOKEN_IN)
		test->relation = HW_RELATION_IN;
	else if (relation.kind >= HW_TOKEN_EQ)
		test->relation = relations[relation.kind].relation;
	else
		return true;
	test->all = relation.kind >= HW_TOKEN_EQ && relations[relation.kind].all;
	if (!check_types(p, &relation, test))
		return false;
	advance(p);
	if (test->relation == HW_RELATION_IN)
		return read_set(p, test);
	return test->relation == HW_RELATION_MATCHES ? read_pattern(p, test) : read_right(p, test);
}

/* ---- jumps ---- */

/*
 * The ends of a part of the program: exits that are not yet known where to go, for each
 * answer. They are linked through themselves: exit 2 * i + a is tests[i].next[a].
 */
struct exits {
	uint32_t first[2], last[2];
};

enum { NO_EXIT = UINT32_MAX };

static uint32_t *exit_at(struct hw_query *q, uint32_t exit)
{
	return &q->tests[exit / 2].next[exit % 2];
}

static void lead(struct hw_query *q, uint32_t exit, uint32_t to)
{
	while (exit != NO_EXIT) {
		uint32_t *at = exit_at(q, exit);

		exit = *at;
		*at = to;
	}
}

static void join(struct hw_query *q, struct exits *e, const struct exits *more, int answer)
{
	*exit_at(q, e->last[answer]) = more->first[answer];
	e->last[answer] = more->last[answer];
}

static void invert(struct exits *e)
{
	*e = (struct exits){ { e->first[1], e->first[0] }, { e->last[1], e->last[0] } };
}

static bool add_test(struct parser *p, const struct hw_test *test, struct exits *ret)
{
	struct hw_query *q = p->query;
	struct hw_test *list = grown(q->tests, q->tests_nr, &q->tests_cap, sizeof(*list));
	const uint32_t exit = 2 * (uint32_t)q->tests_nr;

	if (!list)
		return no_memory(p);
	q->tests = list;
	list[q->tests_nr] = *test;
	list[q->tests_nr].next[0] = list[q->tests_nr].next[1] = NO_EXIT;
	q->tests_nr++;
	*ret = (struct exits){ { exit, exit + 1 }, { exit, exit + 1 } };
	return true;
}

static bool read_operation(struct parser *p, struct hw_test *test, bool *ret_inverted)
{
	const size_t start = p->token.at;

	if (!read_operand(p, &test->left) || !read_relation(p, test, ret_inverted))
		return false;
	test->text = hw_slice(p->lexer.text + start, p->end - start);
	return true;
}

static bool read_test(struct parser *p, struct exits *ret)
{
	struct hw_test test = { 0 };
	bool inverted;

	if (!read_operation(p, &test, &inverted) || !add_test(p, &test, ret)) {
		hw_pattern_free(test.pattern);
		return false;
	}
	if (inverted)
		invert(ret);
	return true;
}

/* ---- expressions ---- */

static bool read_expression(struct parser *p, struct exits *ret);

static bool read_parentheses(struct parser *p, struct exits *ret)
{
	if (p->nesting == HW_QUERY_NESTING_MAX)
		return fail_at(p, &p->token, "too many parentheses within each other");
	p->nesting++;
	advance(p);
	if (!read_expression(p, ret) || !expect(p, HW_TOKEN_CLOSE, "')' is due here"))
		return false;
	p->nesting--;
	return true;
}

static bool read_negation(struct parser *p, struct exits *ret)
{
	bool inverted = false;

	for (; p->token.kind == HW_TOKEN_NOT; advance(p))
		inverted = !inverted;
	if (p->token.kind == HW_TOKEN_OPEN ? !read_parentheses(p, ret) : !read_test(p, ret))
		return false;
	if (inverted)
		invert(ret);
	return true;
}

/*
 * Parts with an operator between: on the answer `on` of one the next is asked, on the
 * other the whole has it.
 */
static bool read_chain(struct parser *p, enum hw_token_kind operator, int on,
		       bool (*read_part)(struct parser *p, struct exits *ret), struct exits *ret)
{
	struct exits next;

	if (!read_part(p, ret))
		return false;
	while (p->token.kind == operator) {
		advance(p);
		lead(p->query, ret->first[on], (uint32_t)p->query->tests_nr);
		if (!read_part(p, &next))
			return false;
		join(p->query, ret, &next, !on);
		ret->first[on] = next.first[on];
		ret->last[on] = next.last[on];
	}
	return true;
}

static bool read_conjunction(struct parser *p, struct exits *ret)
{
	return read_chain(p, HW_TOKEN_AND, 1, read_negation, ret);
}

static bool read_expression(struct parser *p, struct exits *ret)
{
	return read_chain(p, HW_TOKEN_OR, 0, read_conjunction, ret);
}

static bool read_all(struct parser *p)
{
	struct exits exits;

	advance(p);
	if (!read_expression(p, &exits))
		return false;
	if (p->token.kind == HW_TOKEN_CLOSE)
		return fail_at(p, &p->token, "this ')' closes nothing");
	if (p->token.kind != HW_TOKEN_END)
		return fail_at(p, &p->token, "'and', 'or' or a comparison is due here");
	lead(p->query, exits.first[0], HW_TEST_NO);
	lead(p->query, exits.first[1], HW_TEST_YES);
	return true;
}

/* ---- the query ---- */

static int prepare(struct hw_query **ret, const char *expression, struct hw_query_error *error)
{
	const size_t len = strlen(expression);
	struct hw_query *q;

	*error = (struct hw_query_error){ 0 };
	if (len > HW_QUERY_MAX) {
		error->at = HW_QUERY_MAX;
		snprintf(error->text, sizeof(error->text), "longer than %d bytes", HW_QUERY_MAX);
		return -EINVAL;
	}
	q = calloc(1, sizeof(*q));
	if (q) {
		q->expression = strdup(expression);
		q->strings = malloc(len + 1);
	}
	if (!q || !q->expression || !q->strings) {
		hw_query_free(q);
		return -ENOMEM;
	}
	*ret = q;
	return 0;
}

int hw_query_new(struct hw_query **ret, const char *expression, struct hw_query_error *error)
{
	struct parser p = { .error = error };
	int err = prepare(&p.query, expression, error);

	if (err)
		return err;
	p.lexer = (struct hw_lexer){ .text = p.query->expression, .strings = p.query->strings };
	if (!read_all(&p)) {
		hw_query_free(p.query);
		return p.err;
	}
	*ret = p.query;
	return 0;
}

void hw_query_free(struct hw_query *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->tests_nr; i++)
		hw_pattern_free(q->tests[i].pattern);
	free(q->tests);
	free(q->ranges);
	free(q->expression);
	free(q->strings);
	free(q->changed);
	free(q);
}

static bool reads(const struct hw_query *q, bool (*is_one)(const struct hw_query_field *f))
{
	for (size_t i = 0; i < q->tests_nr; i++) {
		const struct hw_query_field *const left = q->tests[i].left.field;
		const struct hw_query_field *const right = q->tests[i].right.field;

		if ((left && is_one(left)) || (right && is_one(right)))
			return true;
	}
	return false;
}

static bool is_of_request(const struct hw_query_field *f)
{
	return f->is_request;
}

static bool is_of_fields(const struct hw_query_field *f)
{
	return f->of_fields;
}

static bool is_route(const struct hw_query_field *f)
{
	return f->is_route;
}

bool hw_query_reads_requests(const struct hw_query *q)
{
	return reads(q, is_of_request);
}

bool hw_query_reads_fields(const struct hw_query *q)
{
	return reads(q, is_of_fields);
}

bool hw_query_reads_routes(const struct hw_query *q)
{
	return reads(q, is_route);
}

uint64_t hw_query_given_up(const struct hw_query *q)
{
	return q->given_up;
}
