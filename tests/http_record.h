/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/http_record.h - the calls of a parser, written down as text
 *
 * Two runs over the same bytes made the same calls if their texts are equal. Bytes of
 * bodies are joined, since the parser may give them in any pieces.
 */
#ifndef HW_HTTP_RECORD_H
#define HW_HTTP_RECORD_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "http/parser.h"

struct record {
	FILE *out;
	char *text;
	size_t len;
	int heads, dones, in_body;
	enum hw_http_asked asked; /* answered to each response */
};

static inline void record_slice(struct record *r, const char *name, struct hw_slice s)
{
	fprintf(r->out, " %s=\"", name);
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (c > ' ' && c < 0x7f && c != '"' && c != '\\')
			fputc(c, r->out);
		else
			fprintf(r->out, "\\%02x", c);
	}
	fputc('"', r->out);
}

static inline void record_anomalies(struct record *r, hw_anomalies set)
{
	for (enum hw_anomaly a = 0; a < HW_ANOMALY_NR; a++)
		if (set & hw_anomaly_bit(a))
			fprintf(r->out, " !%s", hw_anomaly_info(a)->name);
}

static inline void record_fields(struct record *r, const struct hw_http_message *m)
{
	for (size_t i = 0; i < m->fields_nr; i++) {
		record_slice(r, "name", m->fields[i].name);
		record_slice(r, "value", m->fields[i].value);
	}
	for (size_t i = 0; i < m->headers_nr; i++) {
		record_slice(r, "header", m->headers[i].name);
		record_slice(r, "value", m->headers[i].value);
	}
}

static inline enum hw_http_asked record_head(void *ctx, const struct hw_http_message *m)
{
	struct record *r = ctx;

	r->heads++;
	fprintf(r->out, "%s incomplete=%d accepted=%d",
		m->kind == HW_HTTP_REQUEST ? "request" : "response", (int)m->incomplete,
		m->accepted);
	record_slice(r, "line", m->start_line);
	record_slice(r, "method", m->method);
	record_slice(r, "target", m->target);
	record_slice(r, "query", m->query);
	record_slice(r, "protocol", m->protocol);
	record_slice(r, "host", m->host);
	record_slice(r, "path", m->uri_path);
	record_slice(r, "status", m->status);
	record_slice(r, "reason", m->reason);
	fprintf(r->out, " code=%" PRId32 " length=%" PRId64 " framing=%d body=%" PRIu64,
		m->status_code, m->content_length, (int)m->framing, m->body_len);
	record_fields(r, m);
	record_anomalies(r, m->anomalies);
	fputc('\n', r->out);
	return m->kind == HW_HTTP_RESPONSE ? r->asked : HW_HTTP_ASKED_ANY;
}

static inline void record_body(void *ctx, struct hw_slice bytes)
{
	struct record *r = ctx;

	if (!r->in_body)
		fputs("body ", r->out);
	r->in_body = 1;
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(r->out, "%02x", bytes.ptr[i]);
}

static inline void record_odd(void *ctx, hw_anomalies found)
{
	struct record *r = ctx;

	fputs(r->in_body ? "\nodd" : "odd", r->out);
	r->in_body = 0;
	record_anomalies(r, found);
	fputc('\n', r->out);
}

static inline void record_done(void *ctx, bool whole, size_t left)
{
	struct record *r = ctx;

	(void)left;
	r->dones++;
	fprintf(r->out, "%sdone %d\n", r->in_body ? "\n" : "", whole);
	r->in_body = 0;
}

static const struct hw_http_reader record_reader = {
	.head = record_head,
	.body = record_body,
	.odd = record_odd,
	.done = record_done,
	.needs_bodies = true,
};

/* A parser with all that it needs. */
struct record_parser {
	struct hw_http_parser parser;
	struct hw_http_parsing shared;
	struct hw_budget budget;
	struct hw_stats stats;
	struct record record;
};

static inline void record_start(struct record_parser *p, size_t max_head, size_t max_memory)
{
	*p = (struct record_parser){ .budget.max = max_memory };
	p->shared =
		(struct hw_http_parsing){ &record_reader, NULL, &p->budget, &p->stats, max_head };
	p->record.out = open_memstream(&p->record.text, &p->record.len);
	if (!p->record.out || hw_http_scratch_new(&p->shared.scratch, &p->budget) != 0)
		abort();
}

static inline void record_feed(struct record_parser *p, struct hw_slice in)
{
	hw_http_parser_feed(&p->parser, &p->shared, &p->record, in);
}

static inline void record_gap(struct record_parser *p, uint64_t len)
{
	hw_http_parser_gap(&p->parser, &p->shared, &p->record, len);
}

/* End the stream; `record.text` is what was called. Returns what is still accounted. */
static inline size_t record_end(struct record_parser *p, enum hw_http_incomplete why)
{
	hw_http_parser_end(&p->parser, &p->shared, &p->record, why, why == HW_HTTP_CUT_CLOSED);
	hw_http_scratch_free(p->shared.scratch);
	fflush(p->record.out);
	return p->budget.used;
}

static inline void record_clear(struct record_parser *p)
{
	fclose(p->record.out);
	free(p->record.text);
}

#endif
