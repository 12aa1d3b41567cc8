/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/suggest.c - see suggest.h */
#include "cli/suggest.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

enum {
	WORD_MAX = 40,		 /* nothing of ours is longer */
	BEGINNING_MIN = 3,	 /* letters that a name is known by */
	MISTYPED = WORD_MAX + 1, /* ranks from here on: a name that has the word is better */
};

/* Of the part between dots that has most letters. */
static size_t longest_part(struct hw_slice word)
{
	struct hw_slice part;
	size_t longest = 0;

	while (hw_slice_cut(&word, '.', &part))
		longest = part.len > longest ? part.len : longest;
	return word.len > longest ? word.len : longest;
}

/* A third of the letters may be wrong; more would be guessing. */
static size_t most_wrong(struct hw_slice word)
{
	const size_t len = longest_part(word);

	return len > 1 && len < 3 ? 1 : len / 3;
}

void hw_suggest_init(struct hw_suggest *s, const char *word, size_t word_len)
{
	*s = (struct hw_suggest){
		.word = word,
		.word_len = word_len,
		.rank = MISTYPED + most_wrong(hw_slice(word, word_len)) + 1,
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

static bool begins_with(struct hw_slice name, struct hw_slice word)
{
	return word.len >= BEGINNING_MIN && hw_slice_starts(name, word);
}

/* Cut the name behind a part that is `part`. */
static bool skip_to(struct hw_slice *name, struct hw_slice part)
{
	struct hw_slice its;

	while (hw_slice_cut(name, '.', &its))
		if (hw_slice_eq(its, part))
			return true;
	its = *name;
	*name = HW_SLICE("");
	return hw_slice_eq(its, part);
}

/* All parts of the word, in that order, with others between. */
static bool has_parts(struct hw_slice name, struct hw_slice word)
{
	struct hw_slice part;

	while (hw_slice_cut(&word, '.', &part))
		if (!skip_to(&name, part))
			return false;
	return word.len > 0 && skip_to(&name, word);
}

static size_t rank_of(struct hw_slice name, struct hw_slice word)
{
	if (begins_with(name, word) || has_parts(name, word))
		return name.len;
	return MISTYPED +
	       distance((const char *)word.ptr, word.len, (const char *)name.ptr, name.len);
}

void hw_suggest_offer(struct hw_suggest *s, const char *name)
{
	const size_t len = strlen(name);
	size_t rank;

	if (len > WORD_MAX || s->word_len > WORD_MAX || s->word_len == 0)
		return;
	rank = rank_of(hw_slice(name, len), hw_slice(s->word, s->word_len));
	if (rank < s->rank) {
		s->rank = rank;
		s->best = name;
	}
}
