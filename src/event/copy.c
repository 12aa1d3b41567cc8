/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/copy.c - see copy.h */
#include "event/copy.h"

#include <stdalign.h>
#include <stdlib.h>

#include "dns/message.h"

/* Goes through the event twice: with `base` NULL it only counts. */
struct packer {
	uint8_t *base;
	size_t len;
};

static void *pack(struct packer *p, const void *from, size_t size)
{
	void *to;

	p->len = (p->len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	to = p->base ? p->base + p->len : NULL;
	if (to && size)
		memcpy(to, from, size);
	p->len += size;
	return to;
}

/* Texts are not aligned. */
static void pack_text(struct packer *p, const struct hw_slice *from, struct hw_slice *to)
{
	if (p->base) {
		if (from->len)
			memcpy(p->base + p->len, from->ptr, from->len);
		*to = hw_slice(p->base + p->len, from->len);
	}
	p->len += from->len;
}

/* What a struct borrows: the offsets of its slices. */
struct shape {
	size_t size, texts_nr;
	const uint16_t *texts;
};

/* clang-format off */
#define SHAPE(type, offsets) { sizeof(struct type), sizeof(offsets) / sizeof(offsets[0]), offsets }
/* clang-format on */

#define AT(member) offsetof(struct hw_event, member)
static const uint16_t event_texts[] = {
	AT(extra.target), AT(extra.query),    AT(extra.incomplete),
	AT(extra.owner),  AT(conn_direction), AT(request.method),
	AT(request.host), AT(request.target), AT(request.uri_path)
};
#undef AT
#define AT(member) offsetof(struct hw_http_message, member)
static const uint16_t http_texts[] = { AT(start_line), AT(method),   AT(target),
				       AT(query),      AT(reason),   AT(protocol),
				       AT(host),       AT(uri_path), AT(status) };
#undef AT
#define AT(member) offsetof(struct hw_http_field, member)
static const uint16_t field_texts[] = { AT(name), AT(value) };
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

static const struct shape event_shape = SHAPE(hw_event, event_texts),
			  http_shape = SHAPE(hw_http_message, http_texts),
			  field_shape = SHAPE(hw_http_field, field_texts),
			  dns_shape = SHAPE(hw_dns_message, dns_texts),
			  exchange_shape = SHAPE(hw_exchange, exchange_texts),
			  interim_shape = SHAPE(hw_exchange_interim, interim_texts),
			  tunnel_shape = SHAPE(hw_tunnel, tunnel_texts),
			  question_shape = SHAPE(hw_dns_question, question_texts),
			  rr_shape = SHAPE(hw_dns_rr, rr_texts),
			  slice_shape = SHAPE(hw_slice, slice_texts);

static const struct hw_slice *text_at(const void *record, uint16_t offset)
{
	return (const void *)((const uint8_t *)record + offset);
}

static void pack_texts(struct packer *p, const struct shape *shape, const void *from, void *to)
{
	struct hw_slice unused;

	for (size_t i = 0; i < shape->texts_nr; i++) {
		const uint16_t at = shape->texts[i];

		pack_text(p, text_at(from, at),
			  to ? (void *)((uint8_t *)to + at) : (void *)&unused);
	}
}

/* `nr` structs of a shape, with what they borrow. */
static void *pack_list(struct packer *p, const struct shape *shape, const void *from, size_t nr)
{
	void *to = pack(p, from, nr * shape->size);

	for (size_t i = 0; i < nr; i++)
		pack_texts(p, shape, (const uint8_t *)from + i * shape->size,
			   to ? (uint8_t *)to + i * shape->size : NULL);
	return to;
}

static const struct hw_http_message *pack_http(struct packer *p, const struct hw_http_message *m)
{
	struct hw_http_message *to = pack_list(p, &http_shape, m, 1);
	const struct hw_http_field *fields = pack_list(p, &field_shape, m->fields, m->fields_nr);
	const struct hw_http_field *headers = pack_list(p, &field_shape, m->headers, m->headers_nr);

	if (to) {
		to->fields = fields;
		to->headers = headers;
	}
	return to;
}

static const struct hw_dns_message *pack_dns(struct packer *p, const struct hw_dns_message *m)
{
	struct hw_dns_message *to = pack_list(p, &dns_shape, m, 1);
	const void *questions = pack_list(p, &question_shape, m->questions, m->questions_nr);
	const void *answers = pack_list(p, &rr_shape, m->answers, m->answers_nr);
	const void *authorities = pack_list(p, &rr_shape, m->authorities, m->authorities_nr);
	const void *additionals = pack_list(p, &rr_shape, m->additionals, m->additionals_nr);

	if (to) {
		to->questions = questions;
		to->answers = answers;
		to->authorities = authorities;
		to->additionals = additionals;
	}
	return to;
}

static void pack_pairs(struct packer *p, const struct hw_pairs *from, struct hw_pairs *to)
{
	const struct hw_http_field *list = pack_list(p, &field_shape, from->ptr, from->nr);

	if (to)
		to->ptr = list;
}

static const struct hw_exchange *pack_exchange(struct packer *p, const struct hw_exchange *x)
{
	struct hw_exchange *to = pack_list(p, &exchange_shape, x, 1);
	const struct hw_http_message *request = pack_http(p, x->request.message);
	const struct hw_http_message *response = pack_http(p, x->response.message);
	const void *interims = pack_list(p, &interim_shape, x->interims, x->interims_nr);

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

static void pack_slices(struct packer *p, const struct hw_slices *from, struct hw_slices *to)
{
	const struct hw_slice *list = pack_list(p, &slice_shape, from->ptr, from->nr);

	if (to)
		to->ptr = list;
}

static void *pack_event(struct packer *p, const struct hw_event *from)
{
	struct hw_event *to = pack_list(p, &event_shape, from, 1);
	const struct hw_http_message *http = from->http ? pack_http(p, from->http) : NULL;
	const struct hw_dns_message *dns = from->dns ? pack_dns(p, from->dns) : NULL;

	const struct hw_exchange *exchange =
		from->exchange ? pack_exchange(p, from->exchange) : NULL;
	const struct hw_tunnel *tunnel =
		from->tunnel ? pack_list(p, &tunnel_shape, from->tunnel, 1) : NULL;

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
	struct packer p = { 0 };

	pack_event(&p, event);
	p.base = malloc(p.len);
	if (!p.base)
		return NULL;
	*ret_size = p.len;
	p.len = 0;
	return pack_event(&p, event);
}

void hw_event_copy_free(struct hw_event *copy)
{
	free(copy);
}
