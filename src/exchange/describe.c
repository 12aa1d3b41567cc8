/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/describe.c - what is made of the messages of an exchange: see exchange.h */
#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "exchange/describing.h"

int hw_exchange_scratch_new(struct hw_exchange_scratch **ret, struct hw_budget *budget)
{
	struct hw_exchange_scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	hw_buf_init(&s->text, SIZE_MAX / 4, budget);
	hw_buf_init(&s->pairs, SIZE_MAX / 4, budget);
	*ret = s;
	return 0;
}

void hw_exchange_scratch_free(struct hw_exchange_scratch *s)
{
	if (!s)
		return;
	hw_buf_clear(&s->text);
	hw_buf_clear(&s->pairs);
	hw_texts_clear(&s->routes);
	free(s);
}

int hw_exchange_scratch_set_routes(struct hw_exchange_scratch *s, const struct hw_routes *routes)
{
	struct hw_texts copy = { 0 };
	const int err = routes ? hw_texts_copy(&copy, routes->patterns, routes->nr) : 0;

	if (err)
		return err;
	s->no_routes = !routes;
	hw_texts_clear(&s->routes);
	s->routes = copy;
	return 0;
}

void hw_pairs_add(struct hw_exchange_scratch *s, struct hw_pair_range *range, struct hw_slice name,
		  struct hw_slice value)
{
	const struct hw_http_field pair = { name, value };

	if (hw_buf_append(&s->pairs, hw_slice(&pair, sizeof(pair))) == 0)
		range->nr++;
	else
		range->failed = true;
}

static struct hw_pair_range begin_pairs(const struct hw_exchange_scratch *s)
{
	return (struct hw_pair_range){ s->pairs.len / sizeof(struct hw_http_field), 0, false };
}

/* Only now that no more come do pairs stay where they are. A list that lacks some is none. */
static struct hw_pairs settle_pairs(const struct hw_exchange_scratch *s,
				    const struct hw_pair_range *range)
{
	const struct hw_http_field *const all = (const void *)s->pairs.ptr;

	if (range->failed || range->nr == 0)
		return (struct hw_pairs){ 0 };
	return (struct hw_pairs){ all + range->from, range->nr };
}

/* Of a name without a number, or one that did not come before. */
HW_APART static enum hw_known learn_name(struct hw_numbered *numbered,
					 const struct hw_http_field *f)
{
	const enum hw_known known = hw_known_find(f->name);

	if (f->number)
		*numbered = (struct hw_numbered){ f->number, known };
	return known;
}

static inline enum hw_known name_of(struct hw_exchange_scratch *s, const struct hw_http_field *f)
{
	struct hw_numbered *numbered = &s->numbered[f->number % HW_NUMBERED_NR];

	return f->number && numbered->number == f->number ? numbered->known
							  : learn_name(numbered, f);
}

/* One look at each field. */
static struct hw_pair_range read_fields(struct hw_exchange_scratch *s,
					const struct hw_http_message *m,
					struct hw_known_values *ret)
{
	const bool is_request = m->kind == HW_HTTP_REQUEST;
	struct hw_pair_range cookies = begin_pairs(s);

	*ret = (struct hw_known_values){ 0 };
	for (size_t i = 0; i < m->fields_nr; i++) {
		const struct hw_slice value = m->fields[i].value;
		const enum hw_known name = name_of(s, &m->fields[i]);

		if (name == HW_KNOWN_COOKIE && is_request)
			hw_cookies_add(s, &cookies, value);
		else if (name == HW_KNOWN_SET_COOKIE && !is_request)
			hw_set_cookie_add(s, &cookies, value);
		else if (!ret->of[name].ptr)
			ret->of[name] = value;
	}
	return cookies;
}

static void describe_content(struct hw_exchange_part *part, const struct hw_known_values *values)
{
	part->content_type = values->of[HW_KNOWN_CONTENT_TYPE];
	part->content_encoding = values->of[HW_KNOWN_CONTENT_ENCODING];
}

static void describe_route(struct hw_exchange_scratch *s, struct hw_exchange *x)
{
	const struct hw_routes routes = { s->routes.ptr, s->routes.nr };
	const struct hw_slice path = x->request.message->uri_path;

	if (!s->no_routes)
		x->route = hw_slice(s->route, hw_route_of(&routes, path, s->route));
}

static void describe_lists(struct hw_exchange_scratch *s, struct hw_exchange *x,
			   struct hw_known_values *request, struct hw_known_values *response)
{
	const struct hw_pair_range cookies = read_fields(s, x->request.message, request);
	const struct hw_pair_range set = read_fields(s, x->response.message, response);
	struct hw_pair_range parameters = begin_pairs(s);

	hw_parameters_add(s, &parameters, x->request.message->query);
	x->request.cookies = settle_pairs(s, &cookies);
	x->response.cookies = settle_pairs(s, &set);
	x->parameters = settle_pairs(s, &parameters);
}

void hw_exchange_describe(struct hw_exchange_scratch *s, struct hw_exchange *x,
			  uint16_t server_port)
{
	const struct hw_http_message *const m = x->request.message;
	struct hw_known_values request, response;

	s->text.len = s->pairs.len = 0;
	hw_buf_reserve(&s->text, hw_url_room(m) + m->query.len); /* or do without */
	x->host = x->url = (struct hw_slice){ 0 };
	hw_url_describe(s, x, server_port);
	describe_lists(s, x, &request, &response);
	describe_content(&x->request, &request);
	describe_content(&x->response, &response);
	describe_route(s, x);
	hw_trace_describe(s, x, &request);

	x->user_agent = request.of[HW_KNOWN_USER_AGENT];
	x->client_address = hw_forwarded_client(&request);
	x->cache_control = response.of[HW_KNOWN_CACHE_CONTROL];
	x->request_id = request.of[HW_KNOWN_X_REQUEST_ID];
	if (!x->request_id.len)
		x->request_id = response.of[HW_KNOWN_X_REQUEST_ID];
}
