/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/lexer.h - the words of a filter expression
 *
 * Blanks part tokens; from # to the end of a line is a comment.
 */
#ifndef HW_QUERY_LEXER_H
#define HW_QUERY_LEXER_H

#include "base/slice.h"

enum hw_token_kind {
	HW_TOKEN_END,
	HW_TOKEN_WORD,	 /* name, number, address, ...: letters, digits and _ . : / - */
	HW_TOKEN_STRING, /* its text is in `text`, without quotes and escapes */
	HW_TOKEN_BAD,	 /* `wrong` says why */
	HW_TOKEN_OPEN,
	HW_TOKEN_CLOSE,
	HW_TOKEN_SET_OPEN,
	HW_TOKEN_SET_CLOSE,
	HW_TOKEN_NAME_OPEN, /* [ */
	HW_TOKEN_NAME_CLOSE,
	HW_TOKEN_COMMA,
	HW_TOKEN_RANGE, /* .. */
	HW_TOKEN_AND,
	HW_TOKEN_OR,
	HW_TOKEN_NOT,
	HW_TOKEN_IN,
	/* Relations. */
	HW_TOKEN_EQ,	 /* == eq any_eq: one value is equal */
	HW_TOKEN_ALL_EQ, /* === all_eq: all are */
	HW_TOKEN_NE,	 /* != ne all_ne: all differ */
	HW_TOKEN_ANY_NE, /* !== any_ne: one differs */
	HW_TOKEN_LT,
	HW_TOKEN_LE,
	HW_TOKEN_GT,
	HW_TOKEN_GE,
	HW_TOKEN_CONTAINS,
	HW_TOKEN_MATCHES,
};

struct hw_token {
	enum hw_token_kind kind;
	size_t at, len;	      /* in the expression */
	struct hw_slice text; /* WORD, STRING; what else was written as a word too */
	const char *wrong;    /* BAD */
};

struct hw_lexer {
	const char *text; /* the expression; ends with NUL */
	size_t at;
	uint8_t *strings; /* room for the texts of strings: as long as the expression */
};

/* The next token; after the last always END. Texts are in the expression or in `strings`. */
struct hw_token hw_lexer_next(struct hw_lexer *l);

#endif
