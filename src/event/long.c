/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/long.c - see long.h */
#include "event/long.h"

#include <errno.h>

#include "event/amount.h"
#include "event/line.h"

#define PLAIN "\x1b[0m"
#define FAINT "\x1b[2m"

/* ---- who ---- */

static bool is_known(const struct hw_process *p)
{
	return p && p->host_pid;
}

static void add_process(struct hw_line *l, const struct hw_process *p)
{
	hw_line_foreign(l, p->name);
	hw_line_text(l, "[");
	hw_line_number(l, p->host_pid);
	hw_line_text(l, "]");
	if (!p->container_name.len)
		return;
	hw_line_text(l, "@");
	hw_line_foreign(l, p->container_name);
}

/* Each process stands beside its end of the connection. */
static void add_who(struct hw_line *l, const struct hw_event *e)
{
	const bool is_server = e->exchange->role == HW_ROLE_SERVER;
	const struct hw_process *client = is_server ? e->peer : e->process;
	const struct hw_process *server = is_server ? e->process : e->peer;

	if (is_known(client)) {
		add_process(l, client);
		hw_line_text(l, " ");
	}
	hw_line_endpoint(l, &e->src_text, e->src_port);
	hw_line_text(l, " > ");
	hw_line_endpoint(l, &e->dst_text, e->dst_port);
	if (is_known(server)) {
		hw_line_text(l, " ");
		add_process(l, server);
	}
}

/* ---- messages ---- */

static void add_fields(struct hw_line *l, const struct hw_http_message *m, const char *mark)
{
	for (size_t i = 0; i < m->fields_nr; i++) {
		hw_line_text(l, mark);
		hw_line_text(l, " ");
		hw_line_foreign(l, m->fields[i].name);
		hw_line_text(l, ": ");
		hw_line_foreign(l, m->fields[i].value);
		hw_line_text(l, "\n");
	}
	if (m->incomplete)
		return;
	hw_line_text(l, mark);
	hw_line_text(l, "\n");
}

/* Tabs and backslashes are as they are: nothing here could be taken for something else. */
static void add_body_line(struct hw_line *l, struct hw_slice s)
{
	while (s.len) {
		size_t len = 0;

		while (len < s.len && s.ptr[len] != '\t' && s.ptr[len] != '\\')
			len++;
		hw_line_foreign(l, hw_slice(s.ptr, len));
		if (len < s.len)
			hw_line_add(l, hw_slice(s.ptr + len++, 1));
		s = hw_slice_after(s, len);
	}
}

static void add_lines(struct hw_line *l, struct hw_slice rest, const char *mark)
{
	struct hw_slice text;

	while (rest.len) {
		if (!hw_slice_cut(&rest, '\n', &text)) {
			text = rest;
			rest.len = 0;
		}
		if (text.len && text.ptr[text.len - 1] == '\r')
			text.len--;
		hw_line_text(l, mark);
		hw_line_text(l, text.len ? " " : "");
		add_body_line(l, text);
		hw_line_text(l, "\n");
	}
}

static void add_bytes(struct hw_line *l, uint64_t bytes)
{
	hw_amount_size(l, bytes);
	hw_line_text(l, bytes == 1 ? " byte" : bytes < 1024 ? " bytes" : "");
}

/* What there is of the body beside what is shown. */
static void add_rest(struct hw_line *l, const struct hw_exchange_part *part)
{
	const struct hw_exchange_body *b = &part->body;

	if (!b->size || (b->text.len && !b->is_cut && !b->problem.len))
		return;
	hw_line_paint(l, FAINT);
	hw_line_text(l, "* ");
	add_bytes(l, b->size);
	if (part->content_encoding.len) {
		hw_line_text(l, " ");
		hw_line_foreign(l, part->content_encoding);
	}
	if (part->content_type.len) {
		hw_line_text(l, " of ");
		hw_line_foreign(l, part->content_type);
	}
	if (b->is_cut && b->text.len)
		hw_line_text(l, ", cut here");
	if (b->problem.len) {
		hw_line_text(l, ": ");
		hw_line_foreign(l, b->problem);
	}
	hw_line_paint(l, PLAIN);
	hw_line_text(l, "\n");
}

static void add_part(struct hw_line *l, const struct hw_exchange_part *part, const char *mark,
		     const char *color)
{
	if (!part->is_there)
		return;
	hw_line_text(l, mark);
	hw_line_text(l, " ");
	hw_line_paint(l, color);
	hw_line_foreign(l, part->message->start_line);
	hw_line_paint(l, PLAIN);
	hw_line_text(l, "\n");
	add_fields(l, part->message, mark);
	add_lines(l, part->body.text, mark);
	add_rest(l, part);
}

static void add_interims(struct hw_line *l, const struct hw_exchange *x)
{
	for (size_t i = 0; i < x->interims_nr; i++) {
		hw_line_text(l, "< ");
		hw_line_number(l, (uint64_t)x->interims[i].status_code);
		hw_line_text(l, " ");
		hw_line_foreign(l, x->interims[i].reason);
		hw_line_text(l, "\n");
	}
}

/* ---- how it went ---- */

static void add_duration(struct hw_line *l, const char *before, struct hw_duration d)
{
	if (!hw_duration_is_known(d))
		return;
	hw_line_text(l, before);
	hw_amount_duration(l, hw_duration_ns(d));
}

static void add_size(struct hw_line *l, const char *what, uint64_t bytes)
{
	if (!bytes)
		return;
	hw_line_text(l, what);
	add_bytes(l, bytes);
}

static void add_summary(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_exchange *x = e->exchange;

	hw_line_paint(l, FAINT);
	hw_line_text(l, "* ");
	hw_line_add(l, hw_exchange_end_name(x->end));
	if (!x->response.is_there && x->end != HW_EXCHANGE_UPGRADED) {
		hw_line_text(l, ", no response");
		add_duration(l, " after ", hw_exchange_waited(x, e->time_ns));
	}
	add_duration(l, ": ", x->duration);
	if (x->connect_ns)
		add_duration(l, ", connection in ", hw_duration(x->connect_ns));
	add_duration(l, ", first byte after ", x->time_to_first_byte);
	add_size(l, ", request of ", x->request.body.size);
	add_size(l, ", response of ", x->response.body.size);
	hw_line_paint(l, PLAIN);
	hw_line_text(l, "\n");
}

static void add_incomplete(struct hw_line *l, const char *what, struct hw_slice why)
{
	if (!why.len)
		return;
	hw_line_paint(l, "\x1b[1;33m");
	hw_line_text(l, "* ");
	hw_line_text(l, what);
	hw_line_text(l, " is not whole: ");
	hw_line_add(l, why);
	hw_line_paint(l, PLAIN);
	hw_line_text(l, "\n");
}

static void add_anomaly(struct hw_line *l, const struct hw_anomaly_info *info)
{
	hw_line_paint(l, "\x1b[1;33m");
	hw_line_text(l, "* ");
	hw_line_text(l, info->name);
	hw_line_text(l, ": ");
	hw_line_text(l, info->meaning);
	hw_line_text(l, " (");
	hw_line_text(l, info->source);
	hw_line_text(l, ")");
	hw_line_paint(l, PLAIN);
	hw_line_text(l, "\n");
}

static void add_trace(struct hw_line *l, const struct hw_exchange *x)
{
	if (!x->trace_id.len)
		return;
	hw_line_text(l, "* trace ");
	hw_line_foreign(l, x->trace_id);
	hw_line_text(l, "\n");
}

int hw_long_write(const struct hw_event *event, struct hw_slice time, bool color,
		  struct hw_buf *out)
{
	const struct hw_exchange *x = event->exchange;
	struct hw_line l = { .out = out, .color = color };
	hw_anomalies anomalies = x->anomalies;

	hw_line_paint(&l, FAINT);
	hw_line_add(&l, time);
	hw_line_text(&l, time.len ? " " : "");
	hw_line_paint(&l, PLAIN);
	add_who(&l, event);
	hw_line_text(&l, "\n");
	add_part(&l, &x->request, ">", "\x1b[1;36m");
	add_interims(&l, x);
	add_part(&l, &x->response, "<", hw_status_color(x->response.message->status_code));
	add_incomplete(&l, "the request", x->request.incomplete);
	add_incomplete(&l, "the response", x->response.incomplete);
	while (anomalies)
		add_anomaly(&l, hw_anomaly_info(hw_anomaly_take(&anomalies)));
	add_trace(&l, x);
	add_summary(&l, event);
	hw_line_text(&l, "\n");
	return l.err ? -ENOMEM : 0;
}

size_t hw_long_whole(const char *bytes, size_t len, uint64_t *ret_records)
{
	const char *at = bytes, *end;

	*ret_records = 0;
	for (; (end = memmem(at, len - (size_t)(at - bytes), "\n\n", 2)); at = end + 2)
		(*ret_records)++;
	return (size_t)(at - bytes);
}
