/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/engine.c - the pipeline put together; see httpwire.h and engine.h */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/events.h"

/* Bytes of memory with which some are spent on recent heads. */
enum { REMEMBER_MIN = 8 << 20 };

static bool evict(void *ctx, const struct hw_tcp_connection *spare)
{
	struct hw_engine *e = ctx;

	return hw_tcp_evict(e->tcp, spare);
}

void hw_engine_on_frame(struct hw_engine *e,
			void (*frame)(void *ctx, const struct hw_frame *f, uint64_t key), void *ctx)
{
	e->on_frame = frame;
	e->on_frame_ctx = ctx;
}

void hw_engine_on_fragments(struct hw_engine *e, const struct hw_engine_fragments *fragments)
{
	e->fragments = *fragments;
}

void hw_engine_on_end(struct hw_engine *e, void (*end)(void *ctx, uint64_t cookie, uint64_t id),
		      void *ctx)
{
	e->on_end = end;
	e->on_end_ctx = ctx;
}

/* A caller that is newer than we may ask for what we do not have. */
static bool is_known(const struct hw_engine_options *o)
{
	if (o->events >> HW_TYPE_NR || o->checksums > HW_CHECKSUMS_ON ||
	    o->secrets > HW_SECRETS_SHOWN)
		return false;
	for (size_t i = 0; i < o->routes_nr; i++)
		if (!hw_route_is_pattern(o->routes[i]))
			return false;
	return true;
}

/* `options` has what the caller's version of the struct has, and zeros. */
static int copy_options(struct hw_engine *e, const struct hw_engine_options *o)
{
	e->options = *o;
	if (!is_known(o) || !o->on_event || !o->max_memory || !o->max_head || !o->max_connections)
		return -EINVAL;
	e->local = calloc(o->local_nr + 1, sizeof(*e->local));
	if (!e->local)
		return -ENOMEM;
	for (size_t i = 0; i < o->local_nr; i++)
		if (!hw_prefix_parse(o->local[i], &e->local[i]))
			return -EINVAL;
	e->options.local = NULL; /* not kept */
	e->options.redact = e->options.no_redact = NULL;
	e->options.redact_key = NULL;
	e->options.dns_ports = NULL;
	e->options.routes = e->options.body_types = NULL;
	e->budget.max = o->max_memory;
	return hw_dns_ports_init(&e->dns_ports, o->dns_ports, o->dns_ports_nr);
}

/* Of packets and flows nothing is told: then the inside of a body may be of a damaged one. */
static bool tells_messages_alone(const struct hw_engine_options *o)
{
	return !(o->events & (HW_PACKET_EVENTS | HW_FLOW_EVENTS));
}

static int make_wire(struct hw_engine *e)
{
	const struct hw_wire_options options = {
		.no_tunnels = e->options.no_tunnels,
		.checksums = e->options.checksums,
		.leaves_unchecked = e->options.checksums == HW_CHECKSUMS_AUTO &&
				    tells_messages_alone(&e->options),
	};

	return hw_wire_new(&e->wire, &options, &e->budget, &e->stats, e->options.seed);
}

static int make_tcp(struct hw_engine *e)
{
	const struct hw_tcp_options options = {
		.reader = {
			.begin = hw_conversation_begin,
			.data = hw_conversation_data,
			.gap = hw_conversation_gap,
			.end = hw_conversation_end,
			.free = hw_conversation_free,
			.left_out = e->options.on_ahead ? hw_conversation_left_out : NULL,
			.skip = hw_conversation_skip,
			.kept = hw_conversation_kept,
			.ignores = hw_conversation_ignores,
			.fetch = e->options.events & HW_EXCHANGE_EVENTS ? hw_conversation_fetch : NULL,
			.ctx = &e->conversing,
			.accept = e->options.events & HW_FLOW_EVENTS ? hw_conversation_accept : NULL,
		},
		.user_bytes = hw_conversation_bytes(&e->conversing),
		.max_connections = e->options.max_connections,
		.hold_max = HW_TCP_HOLD_MAX,
		.seed = e->options.seed,
		.has_all_ends = e->options.events & HW_FLOW_EVENTS,
	};

	return hw_tcp_new(&e->tcp, &options, &e->budget, &e->stats);
}

static int make_redactor(struct hw_engine *e, const struct hw_engine_options *o)
{
	const struct hw_redact_options options = {
		.choice = { .more = o->redact,
			    .more_nr = o->redact_nr,
			    .less = o->no_redact,
			    .less_nr = o->no_redact_nr },
		.key = hw_slice(o->redact_key, o->redact_key_len),
	};

	if (o->secrets == HW_SECRETS_SHOWN)
		return 0;
	if ((o->secrets == HW_SECRETS_HASHED) != (options.key.len > 0))
		return -EINVAL;
	return hw_redactor_new(&e->redactor, &options, &e->budget);
}

/* What an exchange shows beyond its heads. */
static int make_exchanges(struct hw_engine *e, const struct hw_engine_options *o)
{
	const struct hw_routes routes = { o->routes, o->routes_nr };
	int err = hw_texts_copy(&e->body_types, o->body_types, o->body_types_nr);

	hw_buf_init(&e->bodies[0], SIZE_MAX / 2, &e->budget);
	hw_buf_init(&e->bodies[1], SIZE_MAX / 2, &e->budget);
	if (!err)
		err = hw_exchange_scratch_new(&e->exchanges, &e->budget);
	if (!err)
		err = hw_exchange_scratch_set_routes(e->exchanges, o->no_routes ? NULL : &routes);
	e->conversing.pairing.bodies = (struct hw_body_options){
		.max = o->body_max,
		.ratio = o->body_ratio,
		.types = e->body_types.ptr,
		.types_nr = e->body_types.nr,
	};
	return err;
}

static int make_conversing(struct hw_engine *e)
{
	struct hw_conversing *v = &e->conversing;

	v->pairs = e->options.events & HW_EXCHANGE_EVENTS;
	v->pairing.budget = &e->budget;
	v->pairing.stats = &e->stats;
	v->pairing.progress_ns = e->options.progress_ns;
	v->pairing.no_fields = e->options.no_fields;
	hw_events_init(e);
	hw_conversing_init(v);
	v->parsing.budget = &e->budget;
	v->parsing.stats = &e->stats;
	v->parsing.max_head = e->options.max_head;
	v->evict = evict;
	v->lacks_data =
		!(e->options.events & (HW_HTTP_EVENTS | HW_EXCHANGE_EVENTS | HW_PACKET_EVENTS));
	v->dns_ports = &e->dns_ports;
	v->dns_reader.budget = &e->budget;
	if (hw_http_scratch_new(&v->parsing.scratch, &e->budget) != 0)
		return -ENOMEM;
	if (e->options.max_memory >= REMEMBER_MIN)
		hw_http_scratch_remember(v->parsing.scratch);
	return 0;
}

int hw_engine_new(struct hw_engine **ret, const struct hw_engine_options *options)
{
	struct hw_engine *e = calloc(1, sizeof(*e));
	struct hw_engine_options known = { 0 };
	int err;

	if (!e)
		return -ENOMEM;

	memcpy(&known, options, options->size < sizeof(known) ? options->size : sizeof(known));
	err = copy_options(e, &known);
	if (!err)
		err = make_redactor(e, &known);
	if (!err)
		err = make_wire(e);
	hw_dns_scratch_init(&e->dns, HW_DNS_SCRATCH_MAX, &e->budget, &e->stats);
	if (!err && (e->options.events & HW_FLOW_EVENTS))
		err = hw_dns_hosts_new(&e->hosts, &e->budget, &e->stats, e->options.seed);
	if (!err)
		err = make_exchanges(e, &known);
	if (!err)
		err = make_conversing(e);
	if (!err)
		err = make_tcp(e);
	if (err) {
		hw_engine_free(e);
		return err;
	}
	*ret = e;
	return 0;
}

void hw_engine_free(struct hw_engine *e)
{
	if (!e)
		return;
	/* Connections that are open end without a word, to nobody: whose it was may be gone. */
	e->options.events = 0;
	e->on_end = NULL;
	e->conversing.ahead = NULL;
	if (e->tcp)
		hw_tcp_finish(e->tcp, HW_TCP_END_CAPTURE);
	hw_tcp_free(e->tcp);
	hw_conversing_clear(&e->conversing);
	hw_dns_hosts_free(e->hosts);
	hw_dns_scratch_clear(&e->dns);
	hw_http_scratch_free(e->conversing.parsing.scratch);
	hw_exchange_scratch_free(e->exchanges);
	hw_buf_clear(&e->bodies[0]);
	hw_buf_clear(&e->bodies[1]);
	hw_texts_clear(&e->body_types);
	hw_redactor_free(e->redactor);
	hw_wire_free(e->wire);
	free(e->local);
	free(e);
}

bool hw_engine_counter(const struct hw_engine *e, size_t i, struct hw_counter *ret)
{
	if (i >= HW_STAT_NR)
		return false;

	const struct hw_stat_info *info = hw_stat_info((enum hw_stat)i);

	*ret = (struct hw_counter){ info->stage, info->name, info->meaning, e->stats.n[i] };
	return true;
}

void hw_engine_keep_requests(struct hw_engine *e)
{
	e->conversing.keep_requests = true;
}

bool hw_engine_reads_link(uint16_t linktype)
{
	return hw_wire_reads_link(linktype);
}

struct hw_stats *hw_engine_stats(struct hw_engine *e)
{
	return &e->stats;
}

uint64_t hw_engine_active_requests(const struct hw_engine *e, enum hw_exchange_role role)
{
	return e->conversing.pairing.active[role];
}

size_t hw_engine_memory(const struct hw_engine *e)
{
	return e->budget.used;
}

size_t hw_engine_memory_peak(const struct hw_engine *e)
{
	return e->budget.peak;
}
