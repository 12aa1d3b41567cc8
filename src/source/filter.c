/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/libpcap.h"

/* Link types, as in files. */
enum { ETHERNET = 1, COOKED = 113, PFLOG = 117, SUNATM = 123, WIRELESS = 127, MTP2 = 140 };

/*
 * A fault in a longer expression is not searched for: that compiles it many times, and the
 * time of each grows with the cube of its length.
 */
enum { LONG_BYTES = 2048 };

/* The DNS takes its time too: it is asked again for each name at each compilation. */
static const uint64_t search_ns = 1000000000;

/* For one link type. */
struct compiled {
	bool is_tried;
	struct hw_libpcap_program *program; /* NULL: not tried, or not valid for it */
};

struct hw_filter {
	char *expression;
	struct compiled all[HW_FILTER_LINKTYPES_MAX]; /* by link type */
};

/* What a search for the wrong word works with. */
struct search {
	const char *expression;
	uint64_t until_ns;
	size_t *ends;  /* of the tokens */
	char *closers; /* of brackets that are open */
	char *text;    /* an expression that is tried */
	size_t text_max;
};

/* Proper, but no packet can be like that: "ip and arp". */
static bool matches_nothing(const char *error)
{
	return strstr(error, "rejects all packets") != NULL;
}

static int try_compile(const char *expression, uint16_t linktype, char *ret_error)
{
	struct hw_libpcap_program *program;
	const int err = hw_libpcap_compile(&program, expression, linktype, ret_error);

	if (err == 0)
		hw_libpcap_free(program);
	return err;
}

/* Link types that know words that others do not. */
static bool is_valid_somewhere(const char *expression)
{
	static const uint16_t linktypes[] = { ETHERNET, COOKED, WIRELESS, PFLOG, SUNATM, MTP2 };
	char error[HW_LIBPCAP_ERROR_MAX];

	for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]); i++) {
		const int err = try_compile(expression, linktypes[i], error);

		if (err == 0 || (err == -EINVAL && matches_nothing(error)))
			return true;
	}
	return false;
}

/* A word, or an operator of one or two characters. Returns 0 at the end. */
static size_t token_len(const char *at)
{
	static const char *const pairs[] = { "&&", "||", "<<", ">>", "<=", ">=", "==", "!=" };
	static const char separators[] = " \t\r\n()[]!&|<>=+*^%";
	const size_t word_len = strcspn(at, separators);

	if (word_len || *at == '\0')
		return word_len;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strncmp(at, pairs[i], 2) == 0)
			return 2;
	}
	return 1;
}

/* The offset of the next token from `at` on, or of the end. */
static size_t next_token(const char *expression, size_t at)
{
	return at + strspn(expression + at, " \t\r\n");
}

/* Write what closes the brackets that the first `len` bytes leave open. */
static void write_closers(char *to, const char *expression, size_t len)
{
	size_t closed = 0;

	while (len-- > 0) {
		const char c = expression[len];

		if (c == ')' || c == ']')
			closed++;
		else if ((c == '(' || c == '[') && closed > 0)
			closed--;
		else if (c == '(' || c == '[')
			*to++ = c == '(' ? ')' : ']';
	}
	*to = '\0';
}

static bool is_late(const struct search *s)
{
	return hw_clock_ns(CLOCK_MONOTONIC) > s->until_ns;
}

/*
 * Could an expression start with the first `len` bytes of this one? There is no asking
 * libpcap; so is one of these ends a way to go on after each word of its grammar?
 */
static bool can_start(const struct search *s, size_t len)
{
	static const char *const ends[] = {
		"",
		"1",
		"ip",
		"1.2.3.4",
		"port 1",
		"1 = 0",
		"= 0",
		"host ::1",
		"::1",
		"1-2",
		"dst port 1",
		"host 1.2.3.4",
		"proto 1",
		"data",
		"beacon",
		"type data",
		"mask 255.0.0.0",
		"nods",
		"pass",
		"match",
		"addr1 1:2:3:4:5:6",
		"1:2:3:4:5:6",
		"host 1:2:3:4:5:6",
	};
	static const char *const tails[] = { "", " = 0" };

	write_closers(s->closers, s->expression, len);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !is_late(s); i++) {
		for (size_t j = 0; j < sizeof(tails) / sizeof(tails[0]); j++) {
			snprintf(s->text, s->text_max, "%.*s %s%s%s", (int)len, s->expression,
				 ends[i], s->closers, tails[j]);
			if (is_valid_somewhere(s->text))
				return true;
		}
	}
	return false;
}

/*
 * "unknown host 'x'": where x is. Names mean the same for every link type, so that there is
 * no need to ask the DNS about it once more.
 */
static bool find_quoted(const char *expression, const char *error, size_t *ret_at)
{
	const char *quote = strncmp(error, "unknown ", 8) == 0 ? strchr(error, '\'') : NULL;
	const size_t len = quote ? strcspn(quote + 1, "'") : 0;
	size_t at = 0;

	while (len && expression[at = next_token(expression, at)] != '\0') {
		const size_t token = token_len(expression + at);

		if (token == len && memcmp(expression + at, quote + 1, len) == 0) {
			*ret_at = at;
			return true;
		}
		at += token;
	}
	return false;
}

/* Where each token ends. Returns how many there are. */
static size_t list_tokens(const char *expression, size_t *ends)
{
	size_t nr = 0, at = 0;

	while (expression[at = next_token(expression, at)] != '\0') {
		at += token_len(expression + at);
		ends[nr++] = at;
	}
	return nr;
}

/*
 * The first token with which nothing can start; by halves, as nothing after it can. 0 if
 * that took too long.
 */
static size_t search_wrong_token(const struct search *s)
{
	size_t good = 0, bad = list_tokens(s->expression, s->ends) + 1; /* in tokens */

	while (bad - good > 1) {
		const size_t middle = good + (bad - good) / 2;

		if (can_start(s, s->ends[middle - 1]))
			good = middle;
		else
			bad = middle;
	}
	return is_late(s) ? 0 : next_token(s->expression, good ? s->ends[good - 1] : 0);
}

static size_t find_wrong_token(const char *expression)
{
	const size_t len = strlen(expression), text_max = 2 * len + 64;
	const struct search s = {
		.expression = expression,
		.until_ns = hw_clock_ns(CLOCK_MONOTONIC) + search_ns,
		.ends = calloc(len + 1, sizeof(*s.ends)),
		.closers = malloc(len + 1),
		.text = malloc(text_max),
		.text_max = text_max,
	};
	const size_t at = s.ends && s.closers && s.text ? search_wrong_token(&s) : 0;

	free(s.text);
	free(s.closers);
	free(s.ends);
	return at;
}

/* libpcap's words, shorter. */
static int explain(const char *expression, const char *error, size_t at, char *ret_error,
		   size_t error_max)
{
	static const char prefix[] = "can't parse filter expression: ";

	if (strncmp(error, prefix, sizeof(prefix) - 1) == 0)
		error += sizeof(prefix) - 1;
	if (expression[at] == '\0')
		error = "it ends too early";
	snprintf(ret_error, error_max, "%s", error);
	return -EINVAL;
}

static int check(const char *expression, char *ret_error, size_t error_max, size_t *ret_at)
{
	char error[HW_LIBPCAP_ERROR_MAX];
	int err;

	*ret_at = 0;
	if (strlen(expression) > HW_FILTER_EXPRESSION_MAX) {
		snprintf(ret_error, error_max, "longer than %d bytes", HW_FILTER_EXPRESSION_MAX);
		*ret_at = HW_FILTER_EXPRESSION_MAX;
		return -EINVAL;
	}
	err = try_compile(expression, ETHERNET, error);
	if (err == -ELIBACC)
		snprintf(ret_error, error_max, "%s", error);
	if (err != -EINVAL)
		return err;
	if (matches_nothing(error)) { /* no word of it is wrong */
		snprintf(ret_error, error_max, "no packet can match it");
		return -EINVAL;
	}
	if (!find_quoted(expression, error, ret_at)) {
		if (is_valid_somewhere(expression))
			return 0;
		if (strlen(expression) < LONG_BYTES)
			*ret_at = find_wrong_token(expression);
	}
	return explain(expression, error, *ret_at, ret_error, error_max);
}

int hw_filter_new(struct hw_filter **ret, const char *expression, char *ret_error, size_t error_max,
		  size_t *ret_at)
{
	struct hw_filter *f;
	const int err = check(expression, ret_error, error_max, ret_at);

	if (err)
		return err;

	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->expression = strdup(expression);
	if (!f->expression) {
		free(f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

void hw_filter_free(struct hw_filter *f)
{
	if (!f)
		return;

	for (size_t i = 0; i < HW_FILTER_LINKTYPES_MAX; i++)
		hw_libpcap_free(f->all[i].program);
	free(f->expression);
	free(f);
}

static void try_linktype(struct hw_filter *f, uint16_t linktype)
{
	struct compiled *c = &f->all[linktype];
	char error[HW_LIBPCAP_ERROR_MAX];

	c->is_tried = true;
	if (hw_libpcap_compile(&c->program, f->expression, linktype, error) != 0)
		c->program = NULL;
}

const char *hw_filter_expression(const struct hw_filter *f)
{
	return f->expression;
}

bool hw_filter_match(struct hw_filter *f, const struct hw_frame *frame)
{
	struct compiled *c;

	if (frame->linktype >= HW_FILTER_LINKTYPES_MAX)
		return false;
	c = &f->all[frame->linktype];
	if (!c->is_tried)
		try_linktype(f, frame->linktype);
	return c->program && hw_libpcap_match(c->program, frame);
}
