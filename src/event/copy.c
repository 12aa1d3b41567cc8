/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/copy.c - see copy.h */
#include "event/copy.h"

#include <stdlib.h>

#include "base/pack.h"
#include "dns/message.h"
#include "http/copy.h"

#define AT(member) offsetof(struct hw_event, member)
static const uint16_t event_texts[] = {
	AT(extra.target), AT(extra.query),    AT(extra.incomplete),
	AT(extra.owner),  AT(conn_direction), AT(request.method),
	AT(request.host), AT(request.target), AT(request.uri_path)
};
#undef AT
#define AT(member) offsetof(struct hw_dns_message, member)
static const uint16_t dns_texts[] = { AT(rest) };
#undef AT
#define AT(member) offsetof(struct hw_dns_question, member)
static const uint16_t question_texts[] = { AT(name), AT(type_name), AT(class_name) };
#undef AT
#define AT(member) offsetof(struct hw_dns_rr, member)
static const uint16_t rr_texts[] = { AT(name),	    AT(type_name), AT(class_name), AT(text),
				     AT(rdata),	    AT(ip),	   AT(ns),	   AT(cname),
				     AT(ptr),	    AT(txt),	   AT(opt),	   AT(soa.mname),
				     AT(soa.rname), AT(srv.name),  AT(mx.name),	   AT(uri.target) };
#undef AT
#define AT(member) offsetof(struct hw_exchange, member)
#define AT_PART(part)                                                                      \
	AT(part.incomplete), AT(part.body.kept), AT(part.body.text), AT(part.body.binary), \
		AT(part.body.problem), AT(part.content_type), AT(part.content_encoding)
static const uint16_t exchange_texts[] = {
	AT_PART(request), AT_PART(response), AT(scheme),	AT(host),
	AT(url),	  AT(user_agent),    AT(cache_control), AT(client_address),
	AT(trace_id),	  AT(span_id),	     AT(request_id),	AT(route)
};
#undef AT_PART
#undef AT
static const uint16_t interim_texts[] = { offsetof(struct hw_exchange_interim, reason) };
#define AT(member) offsetof(struct hw_tunnel, member)
static const uint16_t tunnel_texts[] = { AT(method), AT(target), AT(host), AT(protocol) };
#undef AT
static const uint16_t slice_texts[] = { 0 };

static const struct hw_shape event_shape = HW_SHAPE(hw_event, event_texts),
			     dns_shape = HW_SHAPE(hw_dns_message, dns_texts),
			     exchange_shape = HW_SHAPE(hw_exchange, exchange_texts),
			     interim_shape = HW_SHAPE(hw_exchange_interim, interim_texts),
			     tunnel_shape = HW_SHAPE(hw_tunnel, tunnel_texts),
			     question_shape = HW_SHAPE(hw_dns_question, question_texts),
			     rr_shape = HW_SHAPE(hw_dns_rr, rr_texts),
			     slice_shape = HW_SHAPE(hw_slice, slice_texts);

static const struct hw_dns_message *pack_dns(struct hw_packer *p, const struct hw_dns_message *m)
{
	struct hw_dns_message *to = hw_pack_list(p, &dns_shape, m, 1);
	const void *questions = hw_pack_list(p, &question_shape, m->questions, m->questions_nr);
	const void *answers = hw_pack_list(p, &rr_shape, m->answers, m->answers_nr);
	const void *authorities = hw_pack_list(p, &rr_shape, m->authorities, m->authorities_nr);
	const void *additionals = hw_pack_list(p, &rr_shape, m->additionals, m->additionals_nr);

	if (to) {
		to->questions = questions;
		to->answers = answers;
		to->authorities = authorities;
		to->additionals = additionals;
	}
	return to;
}

static void pack_pairs(struct hw_packer *p, const struct hw_pairs *from, struct hw_pairs *to)
{
	const struct hw_http_field *list = hw_http_fields_pack(p, from->ptr, from->nr);

	if (to)
		to->ptr = list;
}

static const struct hw_exchange *pack_exchange(struct hw_packer *p, const struct hw_exchange *x)
{
	struct hw_exchange *to = hw_pack_list(p, &exchange_shape, x, 1);
	const struct hw_http_message *request =
		hw_http_message_pack_received(p, x->request.message);
	const struct hw_http_message *response =
		hw_http_message_pack_received(p, x->response.message);
	const void *interims = hw_pack_list(p, &interim_shape, x->interims, x->interims_nr);

	pack_pairs(p, &x->request.cookies, to ? &to->request.cookies : NULL);
	pack_pairs(p, &x->response.cookies, to ? &to->response.cookies : NULL);
	pack_pairs(p, &x->parameters, to ? &to->parameters : NULL);
	if (to) {
		to->request.message = request;
		to->response.message = response;
		to->interims = interims;
	}
	return to;
}

static void pack_slices(struct hw_packer *p, const struct hw_slices *from, struct hw_slices *to)
{
	const struct hw_slice *list = hw_pack_list(p, &slice_shape, from->ptr, from->nr);

	if (to)
		to->ptr = list;
}

static void *pack_event(struct hw_packer *p, const struct hw_event *from)
{
	struct hw_event *to = hw_pack_list(p, &event_shape, from, 1);
	const struct hw_http_message *http =
		from->http ? hw_http_message_pack(p, from->http) : NULL;
	const struct hw_dns_message *dns = from->dns ? pack_dns(p, from->dns) : NULL;

	const struct hw_exchange *exchange =
		from->exchange ? pack_exchange(p, from->exchange) : NULL;
	const struct hw_tunnel *tunnel =
		from->tunnel ? hw_pack_list(p, &tunnel_shape, from->tunnel, 1) : NULL;

	pack_slices(p, &from->src_dns, to ? &to->src_dns : NULL);
	pack_slices(p, &from->dst_dns, to ? &to->dst_dns : NULL);
	if (to) {
		to->http = http;
		to->dns = dns;
		to->exchange = exchange;
		to->tunnel = tunnel;
		to->packet = NULL;
	}
	return to;
}

struct hw_event *hw_event_copy(const struct hw_event *event, size_t *ret_size)
{
	struct hw_packer p = { 0 };

	pack_event(&p, event);
	*ret_size = p.len;
	p = (struct hw_packer){ .base = malloc(p.len) }; /* knows no block of the first */
	return p.base ? pack_event(&p, event) : NULL;
}

void hw_event_copy_free(struct hw_event *copy)
{
	free(copy);
}
