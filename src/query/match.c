/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/match.c - an event held against a compiled filter */
#include "base/ascii.h"
#include "query/pattern.h"
#include "query/program.h"
#include "query/query.h"

/* ---- values of an operand ---- */

static struct hw_slice change(struct hw_slice text, enum hw_function to, uint8_t *room)
{
	const size_t len = text.len < HW_QUERY_TEXT_MAX ? text.len : HW_QUERY_TEXT_MAX;

	for (size_t i = 0; i < len; i++)
		room[i] = to == HW_FUNCTION_LOWER ? hw_ascii_lower(text.ptr[i])
						  : hw_ascii_upper(text.ptr[i]);
	return hw_slice(room, len);
}

/* `side` says which of the two rooms for changed texts is free. */
static bool next_value(const struct hw_query *q, const struct hw_operand *of,
		       const struct hw_event *event, int side, struct hw_query_cursor *cursor,
		       struct hw_query_value *ret)
{
	if (!of->field->next(of->field, event, cursor, ret))
		return false;
	for (int i = 0; i < of->functions_nr; i++) {
		const enum hw_function f = (enum hw_function)of->functions[i];

		if (f == HW_FUNCTION_LEN)
			ret->number = (int64_t)ret->text.len;
		else
			ret->text = change(ret->text, f, q->changed + side * HW_QUERY_TEXT_MAX);
	}
	return true;
}

/* ---- comparisons ---- */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_texts(struct hw_slice a, struct hw_slice b)
{
	const size_t least = a.len < b.len ? a.len : b.len;
	const int order = least ? memcmp(a.ptr, b.ptr, least) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Only the first `bits` count. */
static int compare_addrs(const struct hw_addr *a, const struct hw_addr *b, unsigned bits)
{
	const size_t whole = bits / 8;
	const int order = memcmp(a->b, b->b, whole);
	const unsigned shift = 8 - bits % 8;

	if (order || shift == 8)
		return order;
	return (a->b[whole] >> shift) - (b->b[whole] >> shift);
}

static int compare(enum hw_query_type type, const struct hw_query_value *a,
		   const struct hw_query_value *b, unsigned bits)
{
	switch (type) {
	case HW_QUERY_TEXT:
		return compare_texts(a->text, b->text);
	case HW_QUERY_ADDRESS:
		return compare_addrs(&a->addr, &b->addr, bits);
	case HW_QUERY_NUMBER:
	case HW_QUERY_BOOLEAN:
	case HW_QUERY_TIME:
	case HW_QUERY_PRESENCE:
		break;
	}
	return compare_numbers(a->number, b->number);
}

static bool contains(struct hw_slice text, struct hw_slice part)
{
	return part.len == 0 ||
	       (text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len));
}

static bool holds(const struct hw_test *test, const struct hw_query_value *a,
		  const struct hw_query_value *b, unsigned bits)
{
	int order;

	if (test->relation == HW_RELATION_CONTAINS)
		return contains(a->text, b->text);
	order = compare((enum hw_query_type)test->left.type, a, b, bits);
	switch (test->relation) {
	case HW_RELATION_EQ:
		return order == 0;
	case HW_RELATION_NE:
		return order != 0;
	case HW_RELATION_LT:
		return order < 0;
	case HW_RELATION_LE:
		return order <= 0;
	case HW_RELATION_GT:
		return order > 0;
	case HW_RELATION_GE:
		return order >= 0;
	case HW_RELATION_EXISTS:
	case HW_RELATION_CONTAINS:
	case HW_RELATION_MATCHES:
	case HW_RELATION_IN:
		break;
	}
	return false;
}

/* ---- one value on the left against the right side ---- */

static bool is_in_set(const struct hw_query *q, const struct hw_test *test,
		      const struct hw_query_value *value)
{
	const struct hw_range *range = q->ranges + test->ranges_at;
	const enum hw_query_type type = (enum hw_query_type)test->left.type;

	for (uint32_t i = 0; i < test->ranges_nr; i++, range++)
		if (compare(type, value, &range->low.value, range->low.bits) >= 0 &&
		    compare(type, value, &range->high.value, range->high.bits) <= 0)
			return true;
	return false;
}

static bool is_like(struct hw_query *q, const struct hw_test *test, struct hw_slice text)
{
	const enum hw_pattern_result result = hw_pattern_match(test->pattern, text);

	q->given_up += result == HW_PATTERN_GIVEN_UP;
	return result == HW_PATTERN_MATCHES;
}

/* For one of its values, or if `all` for each. */
static bool holds_with_field(const struct hw_query *q, const struct hw_test *test,
			     const struct hw_event *event, const struct hw_query_value *left)
{
	struct hw_query_cursor cursor = { .name = test->right.header };
	struct hw_query_value right;
	int nr = 0;

	while (nr < HW_QUERY_PAIRS_MAX && next_value(q, &test->right, event, 1, &cursor, &right)) {
		nr++;
		if (holds(test, left, &right, 128) != test->all)
			return !test->all;
	}
	return nr > 0 && test->all;
}

static bool holds_for(struct hw_query *q, const struct hw_test *test, const struct hw_event *event,
		      const struct hw_query_value *value)
{
	const struct hw_literal *literal;

	if (test->relation == HW_RELATION_IN)
		return is_in_set(q, test, value);
	if (test->relation == HW_RELATION_MATCHES)
		return is_like(q, test, value->text);
	if (test->right.field)
		return holds_with_field(q, test, event, value);
	literal = &q->ranges[test->ranges_at].low;
	return holds(test, value, &literal->value, literal->bits);
}

/* ---- tests ---- */

bool hw_test_holds(struct hw_query *q, const struct hw_test *test, const struct hw_event *event)
{
	struct hw_query_cursor cursor = { .name = test->left.header };
	struct hw_query_value value;
	bool is_there = false;

	while (next_value(q, &test->left, event, 0, &cursor, &value)) {
		is_there = true;
		if (test->relation == HW_RELATION_EXISTS)
			return true;
		if (holds_for(q, test, event, &value) != test->all)
			return !test->all;
	}
	return is_there && test->all;
}

bool hw_query_match(struct hw_query *q, const struct hw_event *event)
{
	uint32_t at = 0;

	while (at < HW_TEST_NO)
		at = q->tests[at].next[hw_test_holds(q, &q->tests[at], event)];
	return at == HW_TEST_YES;
}
