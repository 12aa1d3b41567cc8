/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/field.c - see field.h */
#include "query/field.h"

#include <netinet/in.h>

#include "base/ascii.h"
#include "dns/message.h"
#include "dns/names.h"
#include "event/number.h"
#include "event/table.h"
#include "http/message.h"

/* Which message of an exchange a header field is looked for in. */
enum {
	EITHER,
	RESPONSE,
};

enum { HEX64_LEN = 16 };

/* ---- messages: an event is of one, of an exchange's two, or of none ---- */

static const struct hw_http_message *request_of(const struct hw_event *e)
{
	if (e->exchange)
		return e->exchange->request.is_there ? e->exchange->request.message : NULL;
	return e->http && e->http->kind == HW_HTTP_REQUEST ? e->http : NULL;
}

static const struct hw_http_message *response_of(const struct hw_event *e)
{
	if (e->exchange)
		return e->exchange->response.is_there ? e->exchange->response.message : NULL;
	return e->http && e->http->kind == HW_HTTP_RESPONSE ? e->http : NULL;
}

/* ---- where values are ---- */

static const uint8_t *base_of(const struct hw_query_field *f, const struct hw_event *e)
{
	if (f->view && e->type->view != f->view)
		return NULL;
	switch ((enum hw_field_base)f->base) {
	case HW_BASE_EVENT:
		return (const uint8_t *)e;
	case HW_BASE_PROCESS:
		return (const uint8_t *)e->process;
	case HW_BASE_HTTP:
		return (const uint8_t *)e->http;
	case HW_BASE_DNS:
		return (const uint8_t *)e->dns;
	case HW_BASE_EXCHANGE:
		return (const uint8_t *)e->exchange;
	case HW_BASE_REQUEST:
		return (const uint8_t *)request_of(e);
	case HW_BASE_RESPONSE:
		return (const uint8_t *)response_of(e);
	case HW_BASE_TUNNEL:
		return (const uint8_t *)e->tunnel;
	case HW_BASE_PEER:
		return (const uint8_t *)e->peer;
	case HW_BASE_ITEM:
	case HW_BASE_SUBITEM:
	case HW_BASE_NR:
		break;
	}
	return NULL;
}

/* What requests said is, of exchanges, in their message. */
static const void *place(const struct hw_query_field *f, const struct hw_event *e)
{
	const uint8_t *base;

	if (f->is_request && e->exchange) {
		base = (const uint8_t *)request_of(e);
		return base ? base + f->message_offset : NULL;
	}
	base = base_of(f, e);

	return base ? base + f->offset : NULL;
}

static int64_t number_at(const void *at, enum hw_field_type stored)
{
	switch (stored) {
	case HW_FIELD_U8:
		return *(const uint8_t *)at;
	case HW_FIELD_U16:
		return *(const uint16_t *)at;
	case HW_FIELD_U32:
		return *(const uint32_t *)at;
	case HW_FIELD_I32:
		return *(const int32_t *)at;
	case HW_FIELD_BOOL:
		return *(const bool *)at;
	default:
		return *(const int64_t *)at;
	}
}

/* ---- fields of one value: the cursor goes from 0 to 1 ---- */

/* An empty text is none: nothing says whether it was there. */
static bool next_text(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_slice *at = c->at++ ? NULL : place(f, e);

	if (!at || !at->len)
		return false;
	ret->text = *at;
	return true;
}

static bool next_number(const struct hw_query_field *f, const struct hw_event *e,
			struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const void *at = c->at++ ? NULL : place(f, e);

	if (!at)
		return false;
	ret->number = number_at(at, (enum hw_field_type)f->stored);
	return true;
}

/* Where 0 means "not known". */
static bool next_known_number(const struct hw_query_field *f, const struct hw_event *e,
			      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	return next_number(f, e, c, ret) && ret->number != 0;
}

static bool next_duration(const struct hw_query_field *f, const struct hw_event *e,
			  struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_duration *at = c->at++ ? NULL : place(f, e);

	if (!at || !hw_duration_is_known(*at))
		return false;
	ret->number = (int64_t)hw_duration_ns(*at);
	return true;
}

static bool once(struct hw_query_cursor *c, bool is_there)
{
	return c->at++ == 0 && is_there;
}

/* That of the process, and that of the thread if it has another. */
static bool next_name(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_process *p = (const void *)base_of(f, e);

	if (!p || c->at >= 2)
		return false;
	ret->text = c->at++ ? p->comm : p->name;
	return ret->text.len && (c->at == 1 || !hw_slice_eq(p->comm, p->name));
}

/* 0 is root, if there is a process at all. */
static bool next_uid(const struct hw_query_field *f, const struct hw_event *e,
		     struct hw_query_cursor *c, struct hw_query_value *ret)
{
	return e->process->host_pid && next_number(f, e, c, ret);
}

/* ---- addresses and ports ---- */

static bool take_addr(const struct hw_query_field *f, const struct hw_addr *addr,
		      struct hw_query_value *ret)
{
	ret->addr = *addr;
	return hw_addr_is_v4(addr) == (f->family == 4);
}

static bool next_addr(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	return c->at++ == 0 && take_addr(f, place(f, e), ret);
}

static bool next_addrs(const struct hw_query_field *f, const struct hw_event *e,
		       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	while (c->at < 2)
		if (take_addr(f, c->at++ ? &e->dst : &e->src, ret))
			return true;
	return false;
}

static bool has_ip(const struct hw_query_field *f, const struct hw_event *e,
		   struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)ret;
	return once(c, hw_addr_is_v4(&e->src) == (f->family == 4));
}

/* The protocol of a port field is in its `family`. */
static bool next_port(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	return e->protocol == f->family && next_number(f, e, c, ret);
}

static bool next_ports(const struct hw_query_field *f, const struct hw_event *e,
		       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	if (e->protocol != f->family || c->at >= 2)
		return false;
	ret->number = c->at++ ? e->dst_port : e->src_port;
	return true;
}

static bool has_protocol(const struct hw_query_field *f, const struct hw_event *e,
			 struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)ret;
	return once(c, e->protocol == f->family);
}

/* ---- HTTP ---- */

static bool has_http(const struct hw_query_field *f, const struct hw_event *e,
		     struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	(void)ret;
	return once(c, e->http || e->exchange);
}

/* As Wireshark has it: true where it is one, and else not there at all. */
static bool next_is_request(const struct hw_query_field *f, const struct hw_event *e,
			    struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	ret->number = 1;
	return once(c, request_of(e) != NULL);
}

static bool next_is_response(const struct hw_query_field *f, const struct hw_event *e,
			     struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	ret->number = 1;
	return once(c, response_of(e) != NULL);
}

/* The target up to its first `?`, and what is behind it. */

static bool next_path(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	struct hw_slice rest;

	if (!next_text(f, e, c, ret))
		return false;
	rest = ret->text;
	hw_slice_cut(&rest, '?', &ret->text);
	return true;
}

static bool next_query(const struct hw_query_field *f, const struct hw_event *e,
		       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	struct hw_slice path;

	return next_text(f, e, c, ret) && hw_slice_cut(&ret->text, '?', &path);
}

static bool next_parameter(const struct hw_query_field *f, const struct hw_event *e,
			   struct hw_query_cursor *c, struct hw_query_value *ret)
{
	struct hw_query_cursor first = { 0 };
	struct hw_slice rest;

	if (!next_query(f, e, &first, ret) || c->at > ret->text.len)
		return false;
	rest = hw_slice_after(ret->text, c->at);
	if (!hw_slice_cut(&rest, '&', &ret->text))
		ret->text = rest;
	c->at += ret->text.len + 1;
	return true;
}

/* The `at`-th field of the messages that `f` is about: of an exchange of both, or of one. */
static const struct hw_http_field *header_at(const struct hw_query_field *f,
					     const struct hw_event *e, size_t at)
{
	const struct hw_http_message *request =
		f->of == RESPONSE && e->exchange ? NULL : request_of(e);
	const struct hw_http_message *response = response_of(e);

	if (request && at < request->fields_nr)
		return &request->fields[at];
	at -= request ? request->fields_nr : 0;
	return response && at < response->fields_nr ? &response->fields[at] : NULL;
}

static bool next_header(const struct hw_query_field *f, const struct hw_event *e,
			struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_slice name = f->header ? hw_slice_text(f->header) : c->name;
	const struct hw_http_field *field;

	while ((field = header_at(f, e, c->at))) {
		c->at++;
		if (!hw_slice_eq_nocase(field->name, name))
			continue;
		ret->text = field->value;
		return true;
	}
	return false;
}

static struct hw_slice without_blanks(struct hw_slice s)
{
	while (s.len && s.ptr[0] == ' ')
		s = hw_slice_after(s, 1);
	return s;
}

/* Each "name=value" of the Cookie fields. RFC 6265 4.2.1 */
static bool next_cookie(const struct hw_query_field *f, const struct hw_event *e,
			struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_http_field *field;
	struct hw_slice rest;

	for (; (field = header_at(f, e, c->at)); c->at++, c->within = 0) {
		if (c->within > field->value.len ||
		    !hw_slice_eq_nocase(field->name, HW_SLICE("Cookie")))
			continue;
		rest = hw_slice_after(field->value, c->within);
		if (!hw_slice_cut(&rest, ';', &ret->text))
			ret->text = rest;
		c->within += ret->text.len + 1;
		ret->text = without_blanks(ret->text);
		return true;
	}
	return false;
}

static bool next_number_header(const struct hw_query_field *f, const struct hw_event *e,
			       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	uint64_t number;

	while (next_header(f, e, c, ret)) {
		if (!hw_ascii_number(ret->text, INT64_MAX, &number))
			continue;
		ret->number = (int64_t)number;
		return true;
	}
	return false;
}

static bool next_anomaly(const struct hw_query_field *f, const struct hw_event *e,
			 struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const hw_anomalies anomalies = e->exchange ? e->exchange->anomalies : e->extra.anomalies;

	(void)f;
	while (c->at < HW_ANOMALY_NR) {
		const enum hw_anomaly a = (enum hw_anomaly)c->at++;

		if (!(anomalies & hw_anomaly_bit(a)))
			continue;
		ret->text = hw_slice_text(hw_anomaly_info(a)->name);
		return true;
	}
	return false;
}

static const char *anomaly_at(size_t i)
{
	return i < HW_ANOMALY_NR ? hw_anomaly_info((enum hw_anomaly)i)->name : NULL;
}

/* ---- exchanges and tunnels ---- */

/* Of a message or, of an exchange, of both. */
static bool next_incomplete(const struct hw_query_field *f, const struct hw_event *e,
			    struct hw_query_cursor *c, struct hw_query_value *ret)
{
	if (!e->exchange) {
		ret->text = e->extra.incomplete;
		return once(c, ret->text.len > 0 && (f->base == HW_BASE_DNS) == !!e->dns);
	}
	while (c->at < 2) {
		ret->text = c->at++ ? e->exchange->response.incomplete
				    : e->exchange->request.incomplete;
		if (ret->text.len)
			return true;
	}
	return false;
}

static bool next_end(const struct hw_query_field *f, const struct hw_event *e,
		     struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const void *at = c->at++ ? NULL : place(f, e);

	if (!at)
		return false;
	ret->text = hw_exchange_end_name(*(const enum hw_exchange_end *)at);
	return true;
}

static bool next_role(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	if (!once(c, e->exchange || e->tunnel))
		return false;
	ret->text = hw_exchange_role_name(e->exchange ? e->exchange->role : e->tunnel->role);
	return true;
}

/* As Wireshark has it: from the packet that completes one to that which completes the other. */
static bool next_time(const struct hw_query_field *f, const struct hw_event *e,
		      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_exchange *x = e->exchange;

	(void)f;
	if (!once(c, x && x->request.end_ns && x->response.end_ns))
		return false;
	ret->number = (int64_t)(x->response.end_ns - x->request.end_ns);
	return true;
}

static bool next_waited(const struct hw_query_field *f, const struct hw_event *e,
			struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_duration waited = e->exchange ? hw_exchange_waited(e->exchange, e->time_ns)
						      : (struct hw_duration){ 0 };

	(void)f;
	if (!once(c, hw_duration_is_known(waited)))
		return false;
	ret->number = (int64_t)hw_duration_ns(waited);
	return true;
}

static bool next_connection(const struct hw_query_field *f, const struct hw_event *e,
			    struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	if (!once(c, e->extra.connection_id != 0))
		return false;
	hw_write_hex64(c->room, e->extra.connection_id);
	ret->text = hw_slice(c->room, HEX64_LEN);
	return true;
}

static bool next_community_id(const struct hw_query_field *f, const struct hw_event *e,
			      struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	if (!once(c, e->exchange))
		return false;
	hw_community_id(&e->src, e->src_port, &e->dst, e->dst_port, (char *)c->room);
	ret->text = hw_slice_text((char *)c->room);
	return true;
}

static bool has_tunnel(const struct hw_query_field *f, const struct hw_event *e,
		       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	(void)ret;
	return once(c, e->tunnel != NULL);
}

/* ---- DNS ---- */

static bool has_dns(const struct hw_query_field *f, const struct hw_event *e,
		    struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	(void)ret;
	return once(c, e->dns != NULL);
}

static bool next_question(const struct hw_query_field *f, const struct hw_event *e,
			  struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_dns_question *q;

	if (!e->dns || c->at >= e->dns->questions_nr)
		return false;
	q = &e->dns->questions[c->at++];
	if (f->type == HW_QUERY_TEXT)
		ret->text = q->name;
	else
		ret->number =
			number_at((const uint8_t *)q + f->offset, (enum hw_field_type)f->stored);
	return true;
}

/* Records of all three sections, one after the other. */
static const struct hw_dns_rr *record_at(const struct hw_dns_message *m, size_t i)
{
	if (i < m->answers_nr)
		return &m->answers[i];
	i -= m->answers_nr;
	if (i < m->authorities_nr)
		return &m->authorities[i];
	i -= m->authorities_nr;
	return i < m->additionals_nr ? &m->additionals[i] : NULL;
}

static bool take_record(const struct hw_query_field *f, const struct hw_dns_rr *rr,
			struct hw_query_value *ret)
{
	const uint8_t *at = (const uint8_t *)rr + f->offset;

	if (f->view && rr->type != f->view) /* the type of its records */
		return false;
	if (f->type == HW_QUERY_TEXT)
		ret->text = *(const struct hw_slice *)(const void *)at;
	else if (f->type == HW_QUERY_NUMBER)
		ret->number = number_at(at, (enum hw_field_type)f->stored);
	else if (rr->rdata.len != (f->family == 4 ? 4 : 16))
		return false;
	else
		ret->addr = f->family == 4 ? hw_addr_v4(rr->rdata.ptr) : hw_addr_v6(rr->rdata.ptr);
	return true;
}

static bool next_record(const struct hw_query_field *f, const struct hw_event *e,
			struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const struct hw_dns_rr *rr;

	while (e->dns && (rr = record_at(e->dns, c->at))) {
		c->at++;
		if (take_record(f, rr, ret))
			return true;
	}
	return false;
}

/* ---- the event ---- */

static bool next_direction(const struct hw_query_field *f, const struct hw_event *e,
			   struct hw_query_cursor *c, struct hw_query_value *ret)
{
	const char *name = hw_words_direction(e->direction);

	(void)f;
	if (!once(c, name != NULL))
		return false;
	ret->text = hw_slice_text(name);
	return true;
}

static const char *event_at(size_t i)
{
	return i < HW_TYPE_NR ? hw_event_types[i].name : NULL;
}

static bool next_event(const struct hw_query_field *f, const struct hw_event *e,
		       struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)f;
	ret->text = hw_slice_text(e->type->name);
	return once(c, true);
}

static bool has_view(const struct hw_query_field *f, const struct hw_event *e,
		     struct hw_query_cursor *c, struct hw_query_value *ret)
{
	(void)ret;
	return once(c, e->type->view == f->view);
}

/* ---- the table ---- */

#define IN(base_, struct_, member) .base = base_, .offset = offsetof(struct struct_, member)
#define IN_EVENT(member) IN(HW_BASE_EVENT, hw_event, member)
#define IN_PROCESS(member) IN(HW_BASE_PROCESS, hw_process, member)
#define IN_REQUEST(member) IN(HW_BASE_REQUEST, hw_http_message, member)
#define IN_RESPONSE(member) IN(HW_BASE_RESPONSE, hw_http_message, member)
#define IN_EXCHANGE(member) IN(HW_BASE_EXCHANGE, hw_exchange, member)
#define IN_TUNNEL(member) IN(HW_BASE_TUNNEL, hw_tunnel, member)
#define IN_PEER(member) IN(HW_BASE_PEER, hw_process, member)
/* Of a request, and of what answers it. */
#define ASKED(member)                                 \
	.is_request = true, IN_EVENT(request.member), \
	.message_offset = offsetof(struct hw_http_message, member)
#define IN_DNS(member) IN(HW_BASE_DNS, hw_dns_message, member)
#define IN_QUESTION(member) IN(HW_BASE_ITEM, hw_dns_question, member)
#define IN_RECORD(member) IN(HW_BASE_ITEM, hw_dns_rr, member)

/* Found by its function, in events that have that part. */
#define OF(part) .base = HW_BASE_##part

#define TEXT .type = HW_QUERY_TEXT, .next = next_text
#define NAMES .type = HW_QUERY_TEXT, .next = next_name, .max = 15
#define U8 .type = HW_QUERY_NUMBER, .stored = HW_FIELD_U8, .max = UINT8_MAX
#define U16 .type = HW_QUERY_NUMBER, .stored = HW_FIELD_U16, .max = UINT16_MAX
#define U32 .type = HW_QUERY_NUMBER, .stored = HW_FIELD_U32, .max = UINT32_MAX
#define U64 .type = HW_QUERY_NUMBER, .stored = HW_FIELD_U64, .max = INT64_MAX
#define FLAG .type = HW_QUERY_BOOLEAN, .stored = HW_FIELD_U8, .next = next_number
#define BOOL .type = HW_QUERY_BOOLEAN, .stored = HW_FIELD_BOOL, .next = next_number
#define NUMBER .next = next_number
#define KNOWN .next = next_known_number
#define DURATION .type = HW_QUERY_TIME, .stored = HW_FIELD_DURATION, .next = next_duration
#define HEADER(name) .type = HW_QUERY_TEXT, .next = next_header, .header = name, .of_fields = true
#define FROM_FIELDS(member) .of_fields = true, IN_EXCHANGE(member)
#define ADDRESS(version) .type = HW_QUERY_ADDRESS, .family = version
#define PRESENCE(function) .type = HW_QUERY_PRESENCE, .next = function
#define TCP_VIEW(member) .view = HW_VIEW_TCP, IN_EVENT(view.tcp.member)

/* clang-format off */
static const struct hw_query_field fields[] = {
#include "query/field.def"
};
/* clang-format on */

enum { FIELD_NR = sizeof(fields) / sizeof(fields[0]) };

const struct hw_query_field *hw_query_field_at(size_t i)
{
	return i < FIELD_NR ? &fields[i] : NULL;
}

const struct hw_query_field *hw_query_field_find(struct hw_slice name)
{
	for (size_t i = 0; i < FIELD_NR; i++)
		if (hw_slice_eq(hw_slice_text(fields[i].name), name))
			return &fields[i];
	return NULL;
}

/* "tcp" and "tcp.port", not "tcpx". */
static bool is_below(const struct hw_query_field *f, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(f->name, name, len) == 0 && (f->name[len] == '.' || !f->name[len]);
}

static bool is_of_messages(const struct hw_event_type *type)
{
	return type->has_http || type->has_exchange;
}

static bool is_of_http(const struct hw_event_type *type)
{
	return is_of_messages(type) || type->has_tunnel;
}

/* Whether an event of that type may have the part that values are in. */
static bool may_have(enum hw_field_base part, const struct hw_event_type *type)
{
	switch (part) {
	case HW_BASE_HTTP:
		return is_of_messages(type);
	case HW_BASE_REQUEST:
		return is_of_messages(type) && type->index != HW_TYPE_NET_PACKET_HTTP_RESPONSE;
	case HW_BASE_RESPONSE:
		return is_of_messages(type) && type->index != HW_TYPE_NET_PACKET_HTTP_REQUEST;
	case HW_BASE_EXCHANGE:
		return type->has_exchange;
	case HW_BASE_TUNNEL:
		return type->has_tunnel;
	case HW_BASE_PEER:
		return type->has_exchange || type->has_tunnel;
	default:
		return true;
	}
}

static bool may_be_protocol(uint8_t protocol, const struct hw_event_type *type)
{
	switch ((enum hw_view)type->view) {
	case HW_VIEW_ICMP:
	case HW_VIEW_ICMPV6:
		return false;
	case HW_VIEW_TCP:
		return protocol == IPPROTO_TCP;
	case HW_VIEW_UDP:
		return protocol == IPPROTO_UDP;
	case HW_VIEW_NONE:
	case HW_VIEW_IPV4:
	case HW_VIEW_IPV6:
		break;
	}
	return protocol == IPPROTO_TCP || !(is_of_http(type) || type->sets & HW_SET_FLOWS);
}

bool hw_query_field_is_of(const struct hw_query_field *f, const struct hw_event_type *type)
{
	if (!may_have((enum hw_field_base)f->base, type))
		return false;
	if (f->next == next_role)
		return type->has_exchange || type->has_tunnel;
	if (f->next == next_connection)
		return type->view == HW_VIEW_NONE;
	if (is_below(f, "http"))
		return is_of_messages(type);
	if (is_below(f, "dns"))
		return type->has_dns;
	if (is_below(f, "tcp") && !may_be_protocol(IPPROTO_TCP, type))
		return false;
	if (is_below(f, "udp") && !may_be_protocol(IPPROTO_UDP, type))
		return false;
	return !f->view || f->view == type->view;
}

const char *hw_query_type_name(const struct hw_query_field *f)
{
	switch ((enum hw_query_type)f->type) {
	case HW_QUERY_TEXT:
		return "text";
	case HW_QUERY_NUMBER:
		return "number";
	case HW_QUERY_BOOLEAN:
		return "boolean";
	case HW_QUERY_ADDRESS:
		return f->family == 4 ? "IPv4 address" : "IPv6 address";
	case HW_QUERY_TIME:
		return "time";
	case HW_QUERY_PRESENCE:
		break;
	}
	return "presence";
}
