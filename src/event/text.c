/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/text.c - see text.h */
#include "event/text.h"

#include <errno.h>

#include "dns/message.h"
#include "dns/names.h"
#include "event/amount.h"
#include "event/line.h"
#include "event/table.h"

/* Unset fields are a dash, as in Zeek and httpry. */
static void add_field(struct hw_line *l, struct hw_slice s)
{
	hw_line_text(l, "  ");
	if (s.len > 0)
		hw_line_foreign(l, s);
	else
		hw_line_text(l, "-");
}

static void add_who(struct hw_line *l, const struct hw_event *e)
{
	if (e->process->host_pid) {
		hw_line_foreign(l, e->process->name);
		hw_line_text(l, "[");
		hw_line_number(l, e->process->host_pid);
		hw_line_text(l, "]  ");
	}
	hw_line_endpoint(l, &e->src_text, e->src_port);
	hw_line_text(l, " > ");
	hw_line_endpoint(l, &e->dst_text, e->dst_port);
	hw_line_text(l, "  ");
}

static bool is_absolute(const struct hw_http_message *m)
{
	return m->target.len == 0 || m->target.ptr[0] != '/';
}

static void add_request(struct hw_line *l, const struct hw_http_message *m)
{
	hw_line_paint(l, "\x1b[1;36m");
	hw_line_foreign(l, m->method);
	hw_line_paint(l, "\x1b[0m");
	hw_line_text(l, " ");
	if (!is_absolute(m))
		hw_line_foreign(l, m->host);
	hw_line_foreign(l, m->target);
}

static void add_response(struct hw_line *l, const struct hw_http_message *m)
{
	hw_line_paint(l, hw_status_color(m->status_code));
	hw_line_foreign(l, m->status.len ? m->status : HW_SLICE("-"));
	hw_line_paint(l, "\x1b[0m");
	add_field(l, hw_http_field_value(m, HW_SLICE("Content-Type")));
	hw_line_text(l, "  ");
	if (m->content_length >= 0)
		hw_line_number(l, (uint64_t)m->content_length);
	else
		hw_line_text(l, "-");
}

static void add_note(struct hw_line *l, struct hw_slice note)
{
	hw_line_paint(l, "\x1b[1;33m");
	hw_line_text(l, "  [");
	hw_line_add(l, note);
	hw_line_text(l, "]");
	hw_line_paint(l, "\x1b[0m");
}

static void add_notes(struct hw_line *l, const struct hw_extra *extra)
{
	hw_anomalies anomalies = extra->anomalies;

	if (extra->incomplete.len)
		add_note(l, extra->incomplete);
	while (anomalies)
		add_note(l, hw_slice_text(hw_anomaly_info(hw_anomaly_take(&anomalies))->name));
}

static void add_http(struct hw_line *l, const struct hw_event *e)
{
	if (e->http->kind == HW_HTTP_REQUEST)
		add_request(l, e->http);
	else
		add_response(l, e->http);
}

static void add_answers(struct hw_line *l, const struct hw_dns_message *m)
{
	for (size_t i = 0; i < m->answers_nr; i++) {
		hw_line_text(l, i ? ", " : "  ");
		hw_line_foreign(l, m->answers[i].type_name);
		hw_line_text(l, " ");
		hw_line_foreign(l, m->answers[i].text);
	}
}

static void add_questions(struct hw_line *l, const struct hw_dns_message *m)
{
	for (size_t i = 0; i < m->questions_nr; i++) {
		hw_line_text(l, " ");
		hw_line_foreign(l, m->questions[i].type_name);
		hw_line_text(l, m->qr ? " " : "? ");
		hw_line_foreign(l, m->questions[i].name.len ? m->questions[i].name : HW_SLICE("."));
	}
}

/* As tcpdump does: "4661 A? example.test", "4661 update SOA? example.test". */
static void add_dns(struct hw_line *l, const struct hw_dns_message *m)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	hw_line_text(l, "DNS ");
	hw_line_number(l, m->id);
	if (m->opcode) {
		hw_line_text(l, " ");
		hw_line_add(l, hw_dns_opcode_text_tracee(m->opcode));
	}
	add_questions(l, m);
	if (m->qr && m->rcode)
		add_field(l, hw_dns_rcode_text(m->rcode, room));
	if (m->qr)
		add_answers(l, m);
	if (m->tc)
		add_note(l, HW_SLICE("truncated"));
}

static void add_tcp(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_tcp_view *v = &e->view.tcp;

	hw_line_text(l, "TCP [");
	hw_line_text(l, v->syn ? "S" : "");
	hw_line_text(l, v->fin ? "F" : "");
	hw_line_text(l, v->rst ? "R" : "");
	hw_line_text(l, v->psh ? "P" : "");
	hw_line_text(l, v->urg ? "U" : "");
	hw_line_text(l, v->ack_flag ? "." : "");
	hw_line_text(l, "] seq ");
	hw_line_number(l, v->seq);
	hw_line_text(l, " ack ");
	hw_line_number(l, v->ack);
	hw_line_text(l, " win ");
	hw_line_number(l, v->window);
	hw_line_text(l, " length ");
	hw_line_number(l, e->payload_len);
}

static void add_named_number(struct hw_line *l, const char *name, uint64_t n)
{
	hw_line_text(l, name);
	hw_line_number(l, n);
}

static void add_packet(struct hw_line *l, const struct hw_event *e)
{
	switch ((enum hw_view)e->type->view) {
	case HW_VIEW_TCP:
		add_tcp(l, e);
		break;
	case HW_VIEW_UDP:
		add_named_number(l, "UDP length ", e->payload_len);
		break;
	case HW_VIEW_IPV4:
		hw_line_text(l, "IPv4 ");
		hw_line_add(l, e->view.ipv4.protocol);
		add_named_number(l, " ttl ", e->view.ipv4.ttl);
		add_named_number(l, " length ", e->view.ipv4.length);
		break;
	case HW_VIEW_IPV6:
		hw_line_text(l, "IPv6 ");
		hw_line_add(l, e->view.ipv6.next_header);
		add_named_number(l, " hlim ", e->view.ipv6.hop_limit);
		add_named_number(l, " length ", e->view.ipv6.length);
		break;
	case HW_VIEW_ICMP:
	case HW_VIEW_ICMPV6:
		hw_line_text(l, e->type->view == HW_VIEW_ICMP ? "ICMP " : "ICMPv6 ");
		hw_line_add(l, hw_slice(e->view.icmp.type_code.text, e->view.icmp.type_code.len));
		break;
	case HW_VIEW_NONE:
		hw_line_text(l, e->type->index == HW_TYPE_NET_FLOW_TCP_BEGIN ? "TCP begin"
									     : "TCP end");
		add_field(l, e->conn_direction);
		break;
	}
}

int hw_text_write(const struct hw_event *event, struct hw_slice time, bool color,
		  struct hw_buf *out)
{
	struct hw_line l = { .out = out, .color = color };

	hw_line_add(&l, time);
	hw_line_text(&l, time.len ? " " : "");
	add_who(&l, event);
	if (event->http)
		add_http(&l, event);
	else if (event->dns)
		add_dns(&l, event->dns);
	else
		add_packet(&l, event);
	add_notes(&l, &event->extra);
	hw_line_text(&l, "\n");
	return l.err ? -ENOMEM : 0;
}
