/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/suggest.h - the name that was probably meant
 *
 * Offer it one name after the other. It keeps the shortest that begins with the word that was
 * typed, or that has all its parts between dots (process.pid for pid, http.request.method for
 * http.method); else the one that takes the fewest changes (a letter more, less, other, or two
 * swapped) to become that word.
 */
#ifndef HW_CLI_SUGGEST_H
#define HW_CLI_SUGGEST_H

#include <stddef.h>

struct hw_suggest {
	const char *word; /* that was typed; need not end at a NUL */
	size_t word_len;
	const char *best; /* NULL: nothing is near enough */
	size_t rank;	  /* private: of the best so far; less is better */
};

void hw_suggest_init(struct hw_suggest *s, const char *word, size_t word_len);

/* `name` is kept as `best` if it is the nearest so far, so it must stay valid. */
void hw_suggest_offer(struct hw_suggest *s, const char *name);

#endif
