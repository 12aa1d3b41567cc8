/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/terms.c - see terms.h */
#include "query/terms.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "event/table.h"
#include "query/program.h"

/* ---- terms ---- */

/* Where a term ends that has `to` as a jump out of one of its tests, if it ended at `end`. */
static uint32_t extend(const struct hw_query *q, uint32_t end, uint32_t to)
{
	if (to == HW_TEST_NO)
		return end;
	if (to == HW_TEST_YES)
		to = (uint32_t)q->tests_nr;
	return to > end ? to : end;
}

/* Jumps go forward: a term is over where none of its own leads beyond. */
bool hw_query_next_term(const struct hw_query *q, uint32_t *at, struct hw_query_term *ret)
{
	const struct hw_test *const first = q->tests + *at;
	struct hw_slice last;
	uint32_t end = *at + 1;

	if (*at >= q->tests_nr)
		return false;
	for (uint32_t i = *at; i < end; i++) {
		end = extend(q, end, q->tests[i].next[0]);
		end = extend(q, end, q->tests[i].next[1]);
	}
	last = q->tests[end - 1].text;
	ret->text = hw_slice(first->text.ptr, (size_t)(last.ptr + last.len - first->text.ptr));
	ret->first = *at;
	ret->end = end;
	*at = end;
	return true;
}

/* Whether it is enough that one of its tests holds, and nothing else is. */
static bool is_alternatives(const struct hw_query *q, const struct hw_query_term *t)
{
	const uint32_t yes = t->end < q->tests_nr ? t->end : HW_TEST_YES;

	for (uint32_t i = t->first; i < t->end; i++) {
		const uint32_t no = i + 1 < t->end ? i + 1 : HW_TEST_NO;

		if (q->tests[i].next[1] != yes || q->tests[i].next[0] != no)
			return false;
	}
	return true;
}

static bool is_plain(const struct hw_test *test)
{
	return !test->right.field && !test->left.functions_nr;
}

static bool is_set(const struct hw_test *test)
{
	return is_plain(test) &&
	       (test->relation == HW_RELATION_EQ || test->relation == HW_RELATION_IN);
}

static bool is_called(const struct hw_test *test, const char *name)
{
	return strcmp(test->left.field->name, name) == 0;
}

/* ---- ends ---- */

static const struct hw_addr addr_max = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static const struct {
	const char *name;
	uint8_t protocol;
} end_fields[] = {
	{ "ip.addr", 0 },
	{ "ip.dst", 0 },
	{ "ip.src", 0 },
	{ "ipv6.addr", 0 },
	{ "ipv6.dst", 0 },
	{ "ipv6.src", 0 },
	{ "tcp", IPPROTO_TCP },
	{ "tcp.dstport", IPPROTO_TCP },
	{ "tcp.port", IPPROTO_TCP },
	{ "tcp.srcport", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "udp.dstport", IPPROTO_UDP },
	{ "udp.port", IPPROTO_UDP },
	{ "udp.srcport", IPPROTO_UDP },
};

/* The protocol, or -1 if it is another field. */
static int protocol_of(const struct hw_test *test)
{
	for (size_t i = 0; i < sizeof(end_fields) / sizeof(end_fields[0]); i++)
		if (is_called(test, end_fields[i].name))
			return end_fields[i].protocol;
	return -1;
}

static bool add_end(struct hw_ends *ends, const struct hw_end_range *range)
{
	if (ends->nr == HW_ENDS_MAX)
		return false;
	ends->ranges[ends->nr++] = *range;
	return true;
}

static struct hw_end_range any_end(int protocol)
{
	return (struct hw_end_range){ .high = addr_max,
				      .port_high = UINT16_MAX,
				      .protocol = (uint8_t)protocol };
}

/* The first or the last address that has the first bits of `literal`. */
static struct hw_addr bound(const struct hw_literal *literal, uint8_t fill)
{
	struct hw_addr a = literal->value.addr;

	for (unsigned bit = literal->bits; bit < 128; bit++) {
		const uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		a.b[bit / 8] = (uint8_t)((a.b[bit / 8] & ~mask) | (fill & mask));
	}
	return a;
}

static bool add_values(const struct hw_query *q, const struct hw_test *test, int protocol,
		       struct hw_ends *ends)
{
	const struct hw_range *range = q->ranges + test->ranges_at;
	struct hw_end_range end = any_end(protocol);

	for (uint32_t i = 0; i < test->ranges_nr; i++, range++) {
		if (test->left.type == HW_QUERY_ADDRESS) {
			end.low = bound(&range->low, 0);
			end.high = bound(&range->high, 0xff);
		} else {
			end.port_low = (uint16_t)range->low.value.number;
			end.port_high = (uint16_t)range->high.value.number;
		}
		if (!add_end(ends, &end))
			return false;
	}
	return true;
}

/* A port less or greater than another; there may be none. */
static bool add_order(const struct hw_query *q, const struct hw_test *test, int protocol,
		      struct hw_ends *ends)
{
	const int64_t than = q->ranges[test->ranges_at].low.value.number;
	struct hw_end_range end = any_end(protocol);
	int64_t low = 0, high = UINT16_MAX;

	if (test->left.type != HW_QUERY_NUMBER)
		return false;
	if (test->relation == HW_RELATION_LT || test->relation == HW_RELATION_LE)
		high = than - (test->relation == HW_RELATION_LT);
	else
		low = than + (test->relation == HW_RELATION_GT);
	if (low > high)
		return false;
	end.port_low = (uint16_t)low;
	end.port_high = (uint16_t)high;
	return add_end(ends, &end);
}

static bool add_test(const struct hw_query *q, const struct hw_test *test, struct hw_ends *ends)
{
	const int protocol = protocol_of(test);
	struct hw_end_range end;

	if (protocol < 0 || !is_plain(test))
		return false;
	switch (test->relation) {
	case HW_RELATION_EXISTS:
		end = any_end(protocol);
		return protocol && add_end(ends, &end);
	case HW_RELATION_EQ:
	case HW_RELATION_IN:
		return add_values(q, test, protocol, ends);
	case HW_RELATION_LT:
	case HW_RELATION_LE:
	case HW_RELATION_GT:
	case HW_RELATION_GE:
		return add_order(q, test, protocol, ends);
	case HW_RELATION_NE:
	case HW_RELATION_CONTAINS:
	case HW_RELATION_MATCHES:
		break;
	}
	return false;
}

bool hw_query_term_ends(const struct hw_query *q, const struct hw_query_term *t,
			struct hw_ends *ends)
{
	const size_t before = ends->nr;

	if (!is_alternatives(q, t))
		return false;
	for (uint32_t i = t->first; i < t->end; i++) {
		if (add_test(q, &q->tests[i], ends))
			continue;
		ends->nr = before;
		return false;
	}
	ends->ranges[ends->nr - 1].is_last = true;
	return true;
}

/* ---- values ---- */

static bool is_single(const struct hw_range *range, enum hw_query_type type)
{
	const struct hw_query_value *low = &range->low.value, *high = &range->high.value;

	return type == HW_QUERY_TEXT ? hw_slice_eq(low->text, high->text)
				     : low->number == high->number;
}

size_t hw_query_term_values(const struct hw_query *q, const struct hw_query_term *t,
			    const char *name, struct hw_query_value *ret, size_t max)
{
	size_t nr = 0;

	if (!is_alternatives(q, t))
		return 0;
	for (uint32_t i = t->first; i < t->end; i++) {
		const struct hw_test *test = &q->tests[i];

		if (!is_set(test) || !is_called(test, name))
			return 0;
		for (uint32_t j = 0; j < test->ranges_nr; j++) {
			const struct hw_range *range = &q->ranges[test->ranges_at + j];

			if (nr == max || !is_single(range, (enum hw_query_type)test->left.type))
				return 0;
			ret[nr++] = range->low.value;
		}
	}
	return nr;
}

/* ---- types of events ---- */

static bool asks_of_type(const struct hw_test *test)
{
	return is_called(test, "event") && !test->right.field;
}

/* What an event is, rather than what it has, is known with its type. */
static bool is_surely(const struct hw_test *test, const struct hw_event_type *type)
{
	const struct hw_query_field *f = test->left.field;

	if (f->type != HW_QUERY_PRESENCE)
		return false;
	return (is_called(test, "http") && type->has_http) ||
	       (is_called(test, "dns") && type->has_dns) || (f->view && f->view == type->view);
}

/* No comparison holds where a side of it has no value. */
static bool is_test_of(const struct hw_test *test, const struct hw_event_type *type)
{
	return hw_query_field_is_of(test->left.field, type) &&
	       (!test->right.field || hw_query_field_is_of(test->right.field, type));
}

/* Whether the answer to the test can be `answer` for an event of which its type is known. */
static bool may_answer(struct hw_query *q, const struct hw_test *test,
		       const struct hw_event_type *type, int answer)
{
	const struct hw_event event = { .type = type };

	if (asks_of_type(test))
		return hw_test_holds(q, test, &event) == answer;
	return answer ? is_test_of(test, type) : !is_surely(test, type);
}

/* Jumps go forward: when a test's turn comes all are known that lead to it. */
static bool may_hold(struct hw_query *q, const struct hw_event_type *type, bool *reached)
{
	bool yes = false;

	memset(reached, 0, q->tests_nr * sizeof(*reached));
	reached[0] = true;
	for (size_t i = 0; i < q->tests_nr; i++) {
		for (int answer = 0; reached[i] && answer < 2; answer++) {
			const uint32_t to = q->tests[i].next[answer];

			if (to == HW_TEST_NO || !may_answer(q, &q->tests[i], type, answer))
				continue;
			if (to == HW_TEST_YES)
				yes = true;
			else
				reached[to] = true;
		}
	}
	return yes;
}

uint32_t hw_query_field_events(const struct hw_query_field *f)
{
	uint32_t events = 0;

	for (int i = 0; i < HW_TYPE_NR; i++)
		if (hw_query_field_is_of(f, hw_event_type((enum hw_event_type_index)i)))
			events |= 1u << i;
	return events;
}

const struct hw_query_field *hw_query_missing(const struct hw_query *q, uint32_t events)
{
	for (size_t i = 0; i < q->tests_nr; i++) {
		const struct hw_operand *const sides[] = { &q->tests[i].left, &q->tests[i].right };

		for (size_t k = 0; k < 2; k++)
			if (sides[k]->field && !(hw_query_field_events(sides[k]->field) & events))
				return sides[k]->field;
	}
	return NULL;
}

uint32_t hw_query_events(struct hw_query *q)
{
	bool *reached = calloc(q->tests_nr, sizeof(*reached));
	uint32_t events = 0;

	if (!reached)
		return UINT32_MAX; /* without memory nothing is known */
	for (int i = 0; i < HW_TYPE_NR; i++)
		if (may_hold(q, hw_event_type((enum hw_event_type_index)i), reached))
			events |= 1u << i;
	free(reached);
	return events;
}
