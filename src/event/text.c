/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/text.c - see text.h */
#include "event/text.h"

#include <errno.h>

#include "dns/message.h"
#include "event/escape.h"
#include "event/number.h"
#include "event/table.h"

/* The line being written; after a failure nothing more is. */
struct line {
	struct hw_buf *out;
	bool color;
	int err;
};

static void add(struct line *l, struct hw_slice s)
{
	if (!l->err)
		l->err = hw_buf_append(l->out, s);
}

static void add_text(struct line *l, const char *text)
{
	add(l, hw_slice_text(text));
}

static void add_number(struct line *l, uint64_t n)
{
	uint8_t room[HW_U64_TEXT_MAX];

	add(l, hw_slice(room, (size_t)(hw_write_u64(room, n) - room)));
}

static uint32_t code_point(const uint8_t *p, size_t len)
{
	uint32_t c = p[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return len == 1 ? p[0] : c;
}

/*
 * Characters that are not seen themselves but change what is: C1 controls, marks and
 * overrides of direction, line separators, joiners, tags, the byte order mark.
 */
static bool is_invisible(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

static void add_hex(struct line *l, const char *prefix, uint32_t value, int digits)
{
	static const char hex[] = "0123456789abcdef";
	char text[8];

	for (int i = 0; i < digits; i++)
		text[i] = hex[value >> 4 * (digits - 1 - i) & 0xf];
	add_text(l, prefix);
	add(l, hw_slice(text, (size_t)digits));
}

static void add_char(struct line *l, struct hw_slice s)
{
	const uint32_t c = code_point(s.ptr, s.len);

	if (s.len > 1 && !is_invisible(c))
		add(l, s);
	else if (c == '\\')
		add_text(l, "\\\\");
	else if (s.len == 1)
		add_hex(l, "\\x", c, 2);
	else
		add_hex(l, c > 0xffff ? "\\U" : "\\u", c, c > 0xffff ? 8 : 4);
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/* Bytes from the wire, shown so that they do nothing. */
static void add_foreign(struct line *l, struct hw_slice s)
{
	while (s.len > 0) {
		size_t len = 0;

		while (len < s.len && is_plain(s.ptr[len]))
			len++;
		add(l, hw_slice(s.ptr, len));
		s = hw_slice_after(s, len);
		if (s.len == 0)
			return;
		len = hw_utf8_sequence(s);
		add_char(l, hw_slice(s.ptr, len ? len : 1));
		s = hw_slice_after(s, len ? len : 1);
	}
}

/* Unset fields are a dash, as in Zeek and httpry. */
static void add_field(struct line *l, struct hw_slice s)
{
	add_text(l, "  ");
	if (s.len > 0)
		add_foreign(l, s);
	else
		add_text(l, "-");
}

static void paint(struct line *l, const char *sgr)
{
	if (l->color)
		add_text(l, sgr);
}

static void add_end(struct line *l, const struct hw_short_text *addr, uint16_t port)
{
	const bool is_v6 = memchr(addr->text, ':', addr->len) != NULL;

	add_text(l, is_v6 && port ? "[" : "");
	add(l, hw_slice(addr->text, addr->len));
	add_text(l, is_v6 && port ? "]" : "");
	if (!port)
		return;
	add_text(l, ":");
	add_number(l, port);
}

static void add_who(struct line *l, const struct hw_event *e)
{
	if (e->process->host_pid) {
		add_foreign(l, e->process->comm);
		add_text(l, "[");
		add_number(l, e->process->host_pid);
		add_text(l, "]  ");
	}
	add_end(l, &e->src_text, e->src_port);
	add_text(l, " > ");
	add_end(l, &e->dst_text, e->dst_port);
	add_text(l, "  ");
}

static bool is_absolute(const struct hw_http_message *m)
{
	return m->target.len == 0 || m->target.ptr[0] != '/';
}

static void add_request(struct line *l, const struct hw_http_message *m)
{
	paint(l, "\x1b[1;36m");
	add_foreign(l, m->method);
	paint(l, "\x1b[0m");
	add_text(l, " ");
	if (!is_absolute(m))
		add_foreign(l, m->host);
	add_foreign(l, m->target);
}

static struct hw_slice field_value(const struct hw_http_message *m, struct hw_slice name)
{
	for (size_t i = 0; i < m->fields_nr; i++)
		if (hw_slice_eq_nocase(m->fields[i].name, name))
			return m->fields[i].value;
	return HW_SLICE("");
}

/* By the class of the status; the number itself is always there. */
static const char *status_color(int32_t code)
{
	static const char *const colors[] = { "\x1b[36m", "\x1b[32m", "\x1b[34m", "\x1b[33m",
					      "\x1b[1;31m" };

	return code >= 100 && code < 600 ? colors[code / 100 - 1] : "\x1b[35m";
}

static void add_response(struct line *l, const struct hw_http_message *m)
{
	paint(l, status_color(m->status_code));
	add_foreign(l, m->status.len ? m->status : HW_SLICE("-"));
	paint(l, "\x1b[0m");
	add_field(l, field_value(m, HW_SLICE("Content-Type")));
	add_text(l, "  ");
	if (m->content_length >= 0)
		add_number(l, (uint64_t)m->content_length);
	else
		add_text(l, "-");
}

static void add_note(struct line *l, struct hw_slice note)
{
	paint(l, "\x1b[1;33m");
	add_text(l, "  [");
	add(l, note);
	add_text(l, "]");
	paint(l, "\x1b[0m");
}

static void add_notes(struct line *l, const struct hw_extra *extra)
{
	if (extra->incomplete.len)
		add_note(l, extra->incomplete);
	for (int a = 0; a < HW_ANOMALY_NR; a++)
		if (extra->anomalies & hw_anomaly_bit((enum hw_anomaly)a))
			add_note(l, hw_slice_text(hw_anomaly_info((enum hw_anomaly)a)->name));
}

static void add_http(struct line *l, const struct hw_event *e)
{
	if (e->http->kind == HW_HTTP_REQUEST)
		add_request(l, e->http);
	else
		add_response(l, e->http);
	add_notes(l, &e->extra);
}

static void add_answers(struct line *l, const struct hw_dns_message *m)
{
	for (size_t i = 0; i < m->answers_nr; i++) {
		add_text(l, i ? ", " : "  ");
		add_foreign(l, m->answers[i].type_name);
		add_text(l, " ");
		add_foreign(l, m->answers[i].text);
	}
}

/* As tcpdump does: "4661 A? example.test". */
static void add_dns(struct line *l, const struct hw_dns_message *m)
{
	add_text(l, "DNS ");
	add_number(l, m->id);
	for (size_t i = 0; i < m->questions_nr; i++) {
		add_text(l, " ");
		add_foreign(l, m->questions[i].type_name);
		add_text(l, m->qr ? " " : "? ");
		add_foreign(l, m->questions[i].name.len ? m->questions[i].name : HW_SLICE("."));
	}
	if (!m->qr)
		return;
	if (m->rcode) {
		add_text(l, "  rcode ");
		add_number(l, m->rcode);
	}
	add_answers(l, m);
}

static void add_tcp(struct line *l, const struct hw_event *e)
{
	const struct hw_tcp_view *v = &e->view.tcp;

	add_text(l, "TCP [");
	add_text(l, v->syn ? "S" : "");
	add_text(l, v->fin ? "F" : "");
	add_text(l, v->rst ? "R" : "");
	add_text(l, v->psh ? "P" : "");
	add_text(l, v->urg ? "U" : "");
	add_text(l, v->ack_flag ? "." : "");
	add_text(l, "] seq ");
	add_number(l, v->seq);
	add_text(l, " ack ");
	add_number(l, v->ack);
	add_text(l, " win ");
	add_number(l, v->window);
	add_text(l, " length ");
	add_number(l, e->payload_len);
}

static void add_named_number(struct line *l, const char *name, uint64_t n)
{
	add_text(l, name);
	add_number(l, n);
}

static void add_packet(struct line *l, const struct hw_event *e)
{
	switch ((enum hw_view)e->type->view) {
	case HW_VIEW_TCP:
		add_tcp(l, e);
		break;
	case HW_VIEW_UDP:
		add_named_number(l, "UDP length ", e->payload_len);
		break;
	case HW_VIEW_IPV4:
		add_text(l, "IPv4 ");
		add(l, e->view.ipv4.protocol);
		add_named_number(l, " ttl ", e->view.ipv4.ttl);
		add_named_number(l, " length ", e->view.ipv4.length);
		break;
	case HW_VIEW_IPV6:
		add_text(l, "IPv6 ");
		add(l, e->view.ipv6.next_header);
		add_named_number(l, " hlim ", e->view.ipv6.hop_limit);
		add_named_number(l, " length ", e->view.ipv6.length);
		break;
	case HW_VIEW_ICMP:
	case HW_VIEW_ICMPV6:
		add_text(l, e->type->view == HW_VIEW_ICMP ? "ICMP " : "ICMPv6 ");
		add(l, hw_slice(e->view.icmp.type_code.text, e->view.icmp.type_code.len));
		break;
	case HW_VIEW_NONE:
		add_text(l, e->type->index == HW_TYPE_NET_FLOW_TCP_BEGIN ? "TCP begin" : "TCP end");
		add_field(l, e->conn_direction);
		break;
	}
}

int hw_text_write(const struct hw_event *event, bool color, struct hw_buf *out)
{
	struct line l = { .out = out, .color = color };

	add_who(&l, event);
	if (event->http)
		add_http(&l, event);
	else if (event->dns)
		add_dns(&l, event->dns);
	else
		add_packet(&l, event);
	add_text(&l, "\n");
	return l.err ? -ENOMEM : 0;
}
