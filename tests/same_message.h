/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/same_message.h - whether two messages say the same, whatever memory they lie in */
#ifndef HW_SAME_MESSAGE_H
#define HW_SAME_MESSAGE_H

#include "http/message.h"

static inline bool same_fields(const struct hw_http_field *a, const struct hw_http_field *b,
			       size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!hw_slice_eq(a[i].name, b[i].name) || !hw_slice_eq(a[i].value, b[i].value))
			return false;
	return true;
}

static inline bool same_texts(const struct hw_http_message *a, const struct hw_http_message *b)
{
	return hw_slice_eq(a->head, b->head) && hw_slice_eq(a->start_line, b->start_line) &&
	       hw_slice_eq(a->method, b->method) && hw_slice_eq(a->target, b->target) &&
	       hw_slice_eq(a->query, b->query) && hw_slice_eq(a->reason, b->reason) &&
	       hw_slice_eq(a->protocol, b->protocol) && hw_slice_eq(a->host, b->host) &&
	       hw_slice_eq(a->uri_path, b->uri_path) && hw_slice_eq(a->status, b->status);
}

static inline bool same_message(const struct hw_http_message *a, const struct hw_http_message *b)
{
	return same_texts(a, b) && a->kind == b->kind && a->incomplete == b->incomplete &&
	       a->accepted == b->accepted && a->anomalies == b->anomalies &&
	       a->fields_nr == b->fields_nr && same_fields(a->fields, b->fields, a->fields_nr) &&
	       a->headers_nr == b->headers_nr &&
	       same_fields(a->headers, b->headers, a->headers_nr) &&
	       a->content_length == b->content_length && a->status_code == b->status_code &&
	       a->framing == b->framing && a->body_len == b->body_len &&
	       a->has_upgrade == b->has_upgrade;
}

#endif
