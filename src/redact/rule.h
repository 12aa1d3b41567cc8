/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/rule.h - what is taken for a secret
 *
 * The table in rule.def makes the code, the list of `httpwire redactions` and the manual.
 */
#ifndef HW_REDACT_RULE_H
#define HW_REDACT_RULE_H

#include "base/ascii.h"
#include "base/slice.h"

/* Where a rule looks; the first two are bits. */
enum hw_redact_where {
	HW_REDACT_IN_FIELD = 1,	    /* a header field of that name */
	HW_REDACT_IN_PARAMETER = 2, /* name=value in a target, or in the value of a field */
	HW_REDACT_IN_BOTH = 3,
	HW_REDACT_IN_URL = 4,
	HW_REDACT_IN_TEXT = 8,
};

/* What is replaced. */
enum hw_redact_how {
	HW_REDACT_NOTHING,
	HW_REDACT_WHOLE,
	HW_REDACT_CREDENTIALS, /* all but the scheme */
	HW_REDACT_COOKIES,     /* all but the names */
	HW_REDACT_SET_COOKIE,  /* and but the attributes */
	HW_REDACT_AUTHORITY,   /* what stands before an @ */
	HW_REDACT_JWT,	       /* text: words with dots between */
	HW_REDACT_UPPER,       /* text: upper-case letters and digits, and no word goes on */
	HW_REDACT_ALNUM,       /* text: letters and digits */
	HW_REDACT_WORD,	       /* text: letters, digits, - . _ */
	HW_REDACT_BOT,	       /* text: digits, a colon, letters, digits, - _ */
	HW_REDACT_ARMOR,       /* text: a private key, up to the line that ends it */
};

struct hw_redact_rule {
	const char *name;
	const char *prefix; /* text; else NULL */
	const char *meaning;
	uint8_t where; /* enum hw_redact_where */
	uint8_t how;   /* enum hw_redact_how */
	uint8_t least; /* text: bytes behind the prefix */
};

extern const struct hw_redact_rule hw_redact_rules[];
extern const size_t hw_redact_rules_nr;

/* Longer names are known by their last bytes. */
enum { HW_REDACT_NAME_MAX = 64 };

/* "header field", "parameter", ... */
const char *hw_redact_where_text(enum hw_redact_where where);

/* ASCII letters become lower case, _ becomes -. */
static inline uint8_t hw_redact_fold(uint8_t c)
{
	return c == '_' ? '-' : hw_ascii_lower(c);
}

/* Whether two names are the same, but for case and for - and _. */
bool hw_redact_same_name(struct hw_slice a, struct hw_slice b);

/* Whether a rule has that name. */
bool hw_redact_is_rule(struct hw_slice name);

#endif
