/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/redactor.c - see redact.h */
#include <errno.h>
#include <stdlib.h>

#include "http/copy.h"
#include "redact/marked.h"
#include "redact/redact.h"
#include "redact/told.h"

enum { RECENT_NR = 32 };

/* What was told of a message that may come again. */
struct recent {
	uint64_t repeat;	      /* that message's; 0: none */
	struct hw_http_message *told; /* NULL: all of it */
	size_t size;
};

struct hw_redactor {
	struct hw_redact_names *names;
	struct hw_redact_sieve sieve;
	bool userinfo;
	struct hw_redact_glance glance;
	struct hw_redact_marker marker;
	struct hw_buf spans;			    /* struct hw_redact_span */
	struct hw_buf nested[HW_REDACT_NESTED_MAX]; /* see find.h */
	struct hw_redact_marked marked;
	struct recent recent[RECENT_NR]; /* by `repeat` */
	struct hw_budget *budget;
};

static struct hw_redact_finder begin(struct hw_redactor *r, bool is_cut)
{
	hw_buf_empty(&r->spans, HW_REDACT_KEPT);
	for (size_t i = 0; i < HW_REDACT_NESTED_MAX; i++)
		hw_buf_empty(&r->nested[i], HW_REDACT_KEPT);
	return (struct hw_redact_finder){
		.names = r->names,
		.sieve = &r->sieve,
		.spans = &r->spans,
		.nested = r->nested,
		.inner = HW_REDACT_VALUE,
		.userinfo = r->userinfo,
		.is_cut = is_cut,
	};
}

/* Any text may be the last one, and end inside a secret. */
static bool is_cut(const struct hw_http_message *m)
{
	return m->incomplete != HW_HTTP_WHOLE;
}

static const struct hw_http_message *without(struct hw_redactor *r, const struct hw_http_message *m,
					     const struct hw_redact_finder *f)
{
	return hw_redact_marked_make(&r->marked, &r->marker, m, f);
}

HW_APART static const struct hw_http_message *redact_all(struct hw_redactor *r,
							 const struct hw_http_message *m)
{
	struct hw_redact_finder f = begin(r, is_cut(m));

	hw_redact_search_all(&f, m);
	return without(r, m, &f);
}

HW_APART static const struct hw_http_message *
redact_told(struct hw_redactor *r, const struct hw_http_message *m, struct hw_redact_told *told)
{
	struct hw_redact_finder f = begin(r, false);

	if (!told->has_plain_start)
		hw_redact_search_start(&f, m);
	if (told->nr > 0)
		hw_redact_find_told(&f, m, told);
	return without(r, m, &f);
}

static const struct hw_http_message *redact(struct hw_redactor *r, const struct hw_http_message *m)
{
	struct hw_redact_told told;

	if (is_cut(m) || !hw_redact_is_plain_but(&r->glance, m, &told))
		return redact_all(r, m);
	return told.nr || !told.has_plain_start ? redact_told(r, m, &told) : m;
}

static void forget(struct hw_redactor *r, struct recent *recent)
{
	hw_http_message_free(recent->told, recent->size, r->budget);
	*recent = (struct recent){ 0 };
}

/* Without memory for it, or if something was dropped, nothing is remembered. */
static void remember(struct hw_redactor *r, struct recent *recent, const struct hw_http_message *m,
		     const struct hw_http_message *told)
{
	forget(r, recent);
	if (told->repeat != m->repeat)
		return;
	if (told != m)
		recent->told = hw_http_message_copy(told, r->budget, &recent->size);
	if (told == m || recent->told)
		recent->repeat = m->repeat;
}

const struct hw_http_message *hw_redact_message(struct hw_redactor *r,
						const struct hw_http_message *m)
{
	struct recent *recent = &r->recent[m->repeat % RECENT_NR];
	const struct hw_http_message *told;

	if (!m->repeat)
		return redact(r, m);
	if (recent->repeat == m->repeat)
		return recent->told ? recent->told : m;
	told = redact(r, m);
	remember(r, recent, m, told);
	return told;
}

const struct hw_http_message *hw_redact_start(struct hw_redactor *r,
					      const struct hw_http_message *m)
{
	struct hw_redact_finder f;

	if (!is_cut(m) && hw_redact_has_plain_start(&r->glance, m))
		return m;
	f = begin(r, is_cut(m));
	hw_redact_search_start(&f, m);
	return without(r, m, &f);
}

struct hw_slice hw_redact_text(struct hw_redactor *r, struct hw_slice text, bool is_form,
			       bool is_cut, struct hw_buf *to)
{
	struct hw_redact_finder f = begin(r, is_cut);
	const struct hw_redact_span *spans;
	size_t nr;

	hw_buf_empty(to, HW_REDACT_KEPT);
	f.is_body = true;
	hw_redact_begin(&f, 0);
	hw_redact_find_body(&f, text, is_form ? HW_REDACT_QUERY : HW_REDACT_BODY);
	spans = hw_redact_spans(&f, &nr);
	if (!f.failed && nr == 0)
		return text;
	if (f.failed || hw_buf_reserve(to, text.len + nr * HW_REDACT_MARK_MAX) != 0)
		return (struct hw_slice){ 0 };
	return hw_redact_mark(&r->marker, text, spans, nr, to);
}

/* ---- making ---- */

static void settle_rules(struct hw_redactor *r, const struct hw_redact_choice *choice)
{
	for (size_t i = 0; i < hw_redact_rules_nr; i++) {
		const struct hw_redact_rule *rule = &hw_redact_rules[i];

		if (!hw_redact_is_chosen(rule, choice))
			continue;
		if (rule->prefix)
			hw_redact_sieve_add(&r->sieve, rule);
		r->userinfo |= rule->where == HW_REDACT_IN_URL;
	}
}

int hw_redactor_new(struct hw_redactor **ret, const struct hw_redact_options *options,
		    struct hw_budget *budget)
{
	struct hw_redactor *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->budget = budget;
	hw_redact_marker_init(&r->marker, options->key);
	hw_buf_init(&r->spans, SIZE_MAX / 2, budget);
	for (size_t i = 0; i < HW_REDACT_NESTED_MAX; i++)
		hw_buf_init(&r->nested[i], SIZE_MAX / 2, budget);
	hw_redact_marked_init(&r->marked, budget);
	err = hw_redact_names_new(&r->names, &options->choice);
	if (err) {
		hw_redactor_free(r);
		return err;
	}
	hw_redact_sieve_init(&r->sieve, r->names, hw_redact_looker_choose());
	hw_redact_glance_init(&r->glance, r->names, &r->sieve);
	settle_rules(r, &options->choice);
	*ret = r;
	return 0;
}

void hw_redactor_free(struct hw_redactor *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < RECENT_NR; i++)
		forget(r, &r->recent[i]);
	hw_redact_names_free(r->names);
	hw_buf_clear(&r->spans);
	for (size_t i = 0; i < HW_REDACT_NESTED_MAX; i++)
		hw_buf_clear(&r->nested[i]);
	hw_redact_marked_clear(&r->marked);
	free(r);
}
