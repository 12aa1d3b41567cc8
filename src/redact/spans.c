/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/spans.c - spans that are found late, behind those of later bytes: see find.h */
#include "redact/find.h"

#include <stdlib.h>

void hw_redact_add_late(struct hw_redact_finder *f, size_t from, size_t to, uint8_t plus)
{
	const struct hw_redact_span span = { f->text, from, to, plus };

	if (from < to && hw_buf_append(f->spans, hw_slice(&span, sizeof(span))) != 0)
		f->failed = true;
}

static int by_place(const void *a, const void *b)
{
	const struct hw_redact_span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* The number of those that are in order, apart from each other, from number `first` on. */
static size_t end_of_order(const struct hw_redact_span *spans, size_t first, size_t nr)
{
	size_t i = first + 1;

	while (i < nr && spans[i].from >= spans[i - 1].to)
		i++;
	return i;
}

void hw_redact_settle(struct hw_redact_finder *f, size_t first)
{
	struct hw_redact_span *const spans = (void *)f->spans->ptr;
	const size_t nr = f->spans->len / sizeof(*spans);
	size_t last = first;

	if (end_of_order(spans, first, nr) >= nr)
		return;
	qsort(spans + first, nr - first, sizeof(*spans), by_place);
	for (size_t i = first + 1; i < nr; i++) {
		if (spans[i].from >= spans[last].to)
			spans[++last] = spans[i];
		else if (spans[i].to > spans[last].to)
			spans[last].to = spans[i].to;
	}
	f->spans->len = (last + 1) * sizeof(*spans);
}
