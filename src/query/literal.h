/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/literal.h - a value as it is written in a filter */
#ifndef HW_QUERY_LITERAL_H
#define HW_QUERY_LITERAL_H

#include "query/lexer.h"
#include "query/program.h"

enum { HW_WANTED_MAX = 96 };

/*
 * Read the WORD or STRING `t` as a value that `of` can be compared with. Texts are
 * borrowed from the token. Returns false if it is none; `wanted` is then what it should
 * be: "a number from 0 to 65535".
 */
bool hw_literal_read(const struct hw_operand *of, const struct hw_token *t, struct hw_literal *ret,
		     char wanted[HW_WANTED_MAX]);

#endif
