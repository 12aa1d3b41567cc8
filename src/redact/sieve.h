/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/sieve.h - tells quickly that a text holds no secret
 *
 * Most texts hold none. One pass marks the bytes that a secret may begin with; the few that
 * are marked are looked at one by one. "May hold" only says that one has to look.
 */
#ifndef HW_REDACT_SIEVE_H
#define HW_REDACT_SIEVE_H

#include "base/ascii.h"
#include "redact/names.h"

enum {
	HW_REDACT_TEXTS_MAX = 64,
	HW_REDACT_TEXT_GROUPS =
		5, /* among which they are spread so that few others look like them */
};

struct hw_redact_sieve;

/* One pass. All ways give the same answers. */
typedef bool (*hw_redact_looker)(const struct hw_redact_sieve *v, struct hw_slice s);

/* One way to look. */
struct hw_redact_looking {
	const char *name;
	hw_redact_looker look;
	bool (*is_possible)(void); /* on this processor */
};

/* All ways that were built, the best first. The last is always possible. */
extern const struct hw_redact_looking hw_redact_lookings[];
extern const size_t hw_redact_lookings_nr;

/* The best that is possible here. */
hw_redact_looker hw_redact_looker_choose(void);

struct hw_redact_sieve {
	const struct hw_redact_names *names;
	const struct hw_redact_rule *texts[HW_REDACT_TEXTS_MAX]; /* the rules for text that hold */
	size_t texts_nr;
	/* The one that begins with a byte, and the one behind it that does, too: from 1; 0: none. */
	uint8_t first[256], next[HW_REDACT_TEXTS_MAX + 1];
	/*
	 * What the first two bytes of these texts are, and the marks of parameters and URLs, in
	 * eight groups of a bit each: a byte may stand there if its low and its high half both
	 * may, in one group. That holds for all that are meant, and few others.
	 */
	uint8_t low[2][16], high[2][16];
	/*
	 * The same by whole bytes of ASCII: groups of texts, a bit each; of the first one also whether
	 * it is a mark, or a letter or digit.
	 */
	uint8_t classes[2][128];
	hw_redact_looker look;
};

/* No text is known yet. `names` outlives the sieve. */
void hw_redact_sieve_init(struct hw_redact_sieve *v, const struct hw_redact_names *names,
			  hw_redact_looker looker);

/*
 * A rule for text, which begins with two letters or digits; one that does not is never marked. Above
 * the maximum it is left out.
 */
void hw_redact_sieve_add(struct hw_redact_sieve *v, const struct hw_redact_rule *rule);

/*
 * Whether there may be a secret parameter, or one that is JSON, a user in a URL, or text that looks
 * like a key in `s`, or in any part of `s` that begins behind a byte which is of no name.
 */
static inline bool hw_redact_may_hold(const struct hw_redact_sieve *v, struct hw_slice s)
{
	return v->look(v, s);
}

/* Whether a text may begin at `at`, with what its two first bytes are, unless they are encoded or cut off. */
static inline bool hw_redact_may_begin(const struct hw_redact_sieve *v, struct hw_slice s,
				       size_t at)
{
	const uint8_t first = s.ptr[at], second = s.len - at > 1 ? s.ptr[at + 1] : '%';

	return !hw_ascii_is_alnum(first) || second == '%' ||
	       v->classes[0][first] & v->classes[1][second & 127] &
		       ((1 << HW_REDACT_TEXT_GROUPS) - 1);
}

/* It begins an object or an array of JSON. */
static inline bool hw_redact_is_bracket(uint8_t c)
{
	return c == '{' || c == '[';
}

/* What names of parameters, and keys, are made of. */
static inline bool hw_redact_is_of_name(uint8_t c)
{
	return hw_ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

#endif
