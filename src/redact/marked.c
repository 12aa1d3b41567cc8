/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/marked.c - see marked.h */
#include "redact/marked.h"

#include <errno.h>

void hw_redact_marked_init(struct hw_redact_marked *d, struct hw_budget *budget)
{
	hw_buf_init(&d->text, SIZE_MAX / 2, budget);
	hw_buf_init(&d->fields, SIZE_MAX / 2, budget);
}

void hw_redact_marked_clear(struct hw_redact_marked *d)
{
	hw_buf_clear(&d->text);
	hw_buf_clear(&d->fields);
}

/* All at once, so that nothing moves afterwards. */
HW_APART static int reserve(struct hw_redact_marked *d, const struct hw_redact_finder *f)
{
	const struct hw_http_message *m = &d->message;
	const size_t fields = (m->fields_nr + m->headers_nr) * sizeof(struct hw_http_field);
	size_t nr, bytes = 0;
	const struct hw_redact_span *spans = hw_redact_spans(f, &nr);

	for (size_t i = 0; i < nr; i++) {
		bytes += HW_REDACT_MARK_MAX;
		if (i == 0 || spans[i].text != spans[i - 1].text)
			bytes += hw_redact_text_of(m, spans[i].text)->len;
	}
	return hw_buf_reserve(&d->text, bytes) || hw_buf_reserve(&d->fields, fields) ? -ENOMEM : 0;
}

/* There is room. */
static void add_fields(struct hw_buf *to, const struct hw_http_field *from, size_t nr)
{
	if (nr)
		memcpy(to->ptr + to->len, from, nr * sizeof(*from));
	to->len += nr * sizeof(*from);
}

static void copy_fields(struct hw_redact_marked *d)
{
	struct hw_http_message *m = &d->message;
	const struct hw_http_field *all = (const void *)d->fields.ptr;

	if (!all)
		return;
	add_fields(&d->fields, m->fields, m->fields_nr);
	add_fields(&d->fields, m->headers, m->headers_nr);
	m->fields = all;
	m->headers = all + m->fields_nr;
}

HW_APART static void mark_all(struct hw_redact_marked *d, const struct hw_redact_marker *k,
			      const struct hw_redact_finder *f)
{
	size_t nr, same;
	const struct hw_redact_span *spans = hw_redact_spans(f, &nr);

	copy_fields(d);
	for (size_t i = 0; i < nr; i += same) {
		/* It is ours: the message, or the copy of its fields. */
		struct hw_slice *text =
			(struct hw_slice *)(uintptr_t)hw_redact_text_of(&d->message, spans[i].text);

		for (same = 1; i + same < nr && spans[i + same].text == spans[i].text;)
			same++;
		*text = hw_redact_mark(k, *text, spans + i, same, &d->text);
		if (hw_redact_is_name(spans[i].text))
			((struct hw_http_field *)(void *)text)->number = 0;
	}
}

/* Without memory nothing is told. */
HW_COLD static void drop_all(struct hw_http_message *m)
{
	hw_redact_drop_texts(m);
	m->accepted = false;
	m->anomalies |= hw_anomaly_bit(HW_ANOMALY_FIELDS_DROPPED);
	m->repeat = 0;
}

const struct hw_http_message *hw_redact_marked_make(struct hw_redact_marked *d,
						    const struct hw_redact_marker *k,
						    const struct hw_http_message *m,
						    const struct hw_redact_finder *f)
{
	if (!f->failed && f->spans->len == 0)
		return m;

	d->message = *m;
	d->message.head = hw_slice(NULL, 0);
	hw_buf_empty(&d->text, HW_REDACT_KEPT);
	hw_buf_empty(&d->fields, HW_REDACT_KEPT);
	if (f->failed || reserve(d, f) != 0)
		drop_all(&d->message);
	else
		mark_all(d, k, f);
	return &d->message;
}
