/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/program.h - a compiled filter
 *
 * A list of tests, asked from the first on. The answer to one says which is next, or the
 * answer to all: `and`, `or` and `not` are jumps, so that asking never recurses and asks
 * no test twice.
 */
#ifndef HW_QUERY_PROGRAM_H
#define HW_QUERY_PROGRAM_H

#include "query/field.h"

struct hw_pattern;

enum hw_function {
	HW_FUNCTION_LOWER,
	HW_FUNCTION_UPPER,
	HW_FUNCTION_LEN,
};

enum { HW_FUNCTIONS_MAX = 4 }; /* within each other */

/* A field, and what is made of its values. */
struct hw_operand {
	const struct hw_query_field *field; /* NULL: none */
	struct hw_slice header;		    /* whose values, where the field asks for a name */
	uint8_t functions[HW_FUNCTIONS_MAX], functions_nr; /* the innermost first */
	uint8_t type;					   /* enum hw_query_type of the result */
	int64_t max;					   /* of a number */
};

struct hw_literal {
	struct hw_query_value value;
	uint8_t bits; /* ADDRESS: that count, of 128 */
};

/* From `low` to `high`, which are the same for a single value. */
struct hw_range {
	struct hw_literal low, high;
};

enum hw_relation {
	HW_RELATION_EXISTS,
	HW_RELATION_EQ,
	HW_RELATION_NE,
	HW_RELATION_LT,
	HW_RELATION_LE,
	HW_RELATION_GT,
	HW_RELATION_GE,
	HW_RELATION_CONTAINS,
	HW_RELATION_MATCHES,
	HW_RELATION_IN,
};

enum {
	HW_TEST_NO = UINT32_MAX - 1,
	HW_TEST_YES = UINT32_MAX,
};

struct hw_test {
	enum hw_relation relation;
	bool all; /* must hold for all values, not for one */
	struct hw_operand left, right;
	uint32_t ranges_at, ranges_nr; /* if there is no `right`: its values; in `ranges` */
	struct hw_pattern *pattern;    /* MATCHES */
	struct hw_slice text;	       /* as it was written; in `expression` */
	uint32_t next[2];	       /* test to go on with if it does not hold, if it does */
};

enum {
	HW_QUERY_TEXT_MAX = 64 * 1024, /* lower() and upper() see no more of a text */
	HW_QUERY_PAIRS_MAX = 64,       /* values on the right that one on the left is held to */
};

struct hw_query {
	struct hw_test *tests;
	struct hw_range *ranges;
	size_t tests_nr, tests_cap, ranges_nr, ranges_cap;
	char *expression; /* ours; texts point into it */
	uint8_t *strings; /* and into this */
	uint8_t *changed; /* two texts of HW_QUERY_TEXT_MAX, if a function changes some */
	uint64_t given_up;
};

/* Whether the test holds for the event. */
bool hw_test_holds(struct hw_query *q, const struct hw_test *test, const struct hw_event *event);

#endif
