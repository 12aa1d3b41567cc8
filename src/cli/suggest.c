/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/suggest.c - see suggest.h */
#include "cli/suggest.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

enum { WORD_MAX = 40 }; /* nothing of ours is longer */

void hw_suggest_init(struct hw_suggest *s, const char *word, size_t word_len)
{
	/* A third of the letters may be wrong; more would be guessing. */
	*s = (struct hw_suggest){
		.word = word,
		.word_len = word_len,
		.distance = word_len / 3 + 2,
	};
}

/* Optimal string alignment distance; three rows of the usual table are enough. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = hw_least(hw_least(last[j], row[j - 1]) + 1,
					  last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = hw_least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void hw_suggest_offer(struct hw_suggest *s, const char *name)
{
	const size_t len = strlen(name);
	size_t d;

	if (len > WORD_MAX || s->word_len > WORD_MAX || s->word_len == 0)
		return;
	d = distance(s->word, s->word_len, name, len);
	if (d < s->distance) {
		s->distance = d;
		s->best = name;
	}
}
