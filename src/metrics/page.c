/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/metrics/page.c - metrics as text, see metrics.h
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4) and
 * https://github.com/OpenObservability/OpenMetrics (1.0.0). They differ in little: in
 * OpenMetrics counters are called without their _total, units are told, there are
 * exemplars, and an end.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/duration.h"
#include "event/table.h"
#include "metrics/registry.h"

enum kind {
	COUNTER,
	GAUGE,
	HISTOGRAM,
	INFO,
};

struct page {
	const struct hw_metrics *m;
	const struct hw_metrics_own *own;
	enum hw_metrics_format format;
	char *ret;
	size_t len, max;
	bool is_full;
};

/* Each is one line of the table below. */
struct family {
	const char *name; /* without _total, _info */
	enum kind kind;
	const char *unit; /* NULL: none */
	const char *help;
	void (*print)(struct page *p, const struct family *f);
	enum hw_histogram histogram; /* print_histogram */
	size_t own;		     /* print_own, print_seconds: offset in struct hw_metrics_own */
	const char *stage, *counter; /* print_counter */
};

static void put(struct page *p, struct hw_slice s)
{
	if (s.len > p->max - p->len)
		p->is_full = true;
	if (p->is_full)
		return;
	memcpy(p->ret + p->len, s.ptr, s.len);
	p->len += s.len;
}

static void put_text(struct page *p, const char *text)
{
	put(p, hw_slice_text(text));
}

static void put_number(struct page *p, uint64_t n)
{
	char text[24];

	put(p, hw_slice(text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, n)));
}

/* With all digits that there are. */
static void put_seconds(struct page *p, uint64_t ns)
{
	char text[32];
	size_t len = (size_t)snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64,
				      ns / HW_NS_PER_S, ns % HW_NS_PER_S);

	while (text[len - 1] == '0' && text[len - 2] != '.')
		len--;
	put(p, hw_slice(text, len));
}

/* In the family's unit. */
static void put_value(struct page *p, const struct family *f, uint64_t value)
{
	if (f->unit && strcmp(f->unit, "seconds") == 0)
		put_seconds(p, value);
	else
		put_number(p, value);
}

static const char *suffix_of(enum kind kind)
{
	return kind == COUNTER ? "_total" : kind == INFO ? "_info" : "";
}

/* `name{labels} `; without labels, no braces. */
static void begin(struct page *p, const struct family *f, const char *suffix,
		  struct hw_slice labels)
{
	put_text(p, f->name);
	put_text(p, suffix);
	if (labels.len) {
		put(p, HW_SLICE("{"));
		put(p, labels);
		put(p, HW_SLICE("}"));
	}
	put(p, HW_SLICE(" "));
}

static void end(struct page *p)
{
	put(p, HW_SLICE("\n"));
}

static void sample(struct page *p, const struct family *f, const struct hw_labels *labels,
		   uint64_t value)
{
	begin(p, f, suffix_of(f->kind),
	      labels ? hw_slice(labels->text, labels->len) : hw_slice(NULL, 0));
	put_value(p, f, value);
	end(p);
}

/* A sample with one or two labels that are ours. */
static void labelled(struct page *p, const struct family *f, const char *const pairs[4],
		     uint64_t value)
{
	struct hw_labels labels = { 0 };

	for (size_t i = 0; i < 4 && pairs[i]; i += 2)
		hw_labels_add(&labels, pairs[i], hw_slice_text(pairs[i + 1]));
	sample(p, f, &labels, value);
}

static void exemplar(struct page *p, const struct family *f, const struct hw_exemplar *e)
{
	put(p, HW_SLICE(" # {trace_id=\""));
	put(p, hw_slice(e->trace_id, e->trace_id_len));
	put(p, HW_SLICE("\"} "));
	put_value(p, f, e->value);
	put(p, HW_SLICE(" "));
	put_seconds(p, e->time_ns);
}

static void bucket(struct page *p, const struct family *f, const struct hw_series *s, size_t i,
		   uint64_t nr)
{
	put_text(p, f->name);
	put(p, HW_SLICE("_bucket{"));
	put(p, s->labels);
	put_text(p, s->labels.len ? ",le=\"" : "le=\"");
	put_text(p, hw_histogram_buckets(s->histogram)->texts[i]);
	put(p, HW_SLICE("\"} "));
	put_number(p, nr);
	if (p->format == HW_METRICS_OPENMETRICS && s->exemplars && s->exemplars[i].trace_id_len)
		exemplar(p, f, &s->exemplars[i]);
	end(p);
}

static void print_series(struct page *p, const struct family *f, const struct hw_series *s)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < hw_histogram_buckets(s->histogram)->nr; i++) {
		nr += s->counts[i];
		bucket(p, f, s, i, nr);
	}
	begin(p, f, "_sum", s->labels);
	put_value(p, f, s->sum);
	end(p);
	begin(p, f, "_count", s->labels);
	put_number(p, s->nr);
	end(p);
}

static void print_histogram(struct page *p, const struct family *f)
{
	for (const struct hw_series *s = p->m->series.first[f->histogram]; s && !p->is_full;
	     s = s->next)
		print_series(p, f, s);
}

static void print_own(struct page *p, const struct family *f)
{
	uint64_t value;

	memcpy(&value, (const char *)p->own + f->own, sizeof(value));
	sample(p, f, NULL, value);
}

static const struct hw_counter *find(const struct page *p, const char *stage, const char *name)
{
	for (size_t i = 0; i < p->own->counters_nr; i++)
		if (strcmp(p->own->counters[i].stage, stage) == 0 &&
		    strcmp(p->own->counters[i].name, name) == 0)
			return &p->own->counters[i];
	return NULL;
}

static void print_counter(struct page *p, const struct family *f)
{
	const struct hw_counter *c = find(p, f->stage, f->counter);

	sample(p, f, NULL, c ? c->value : 0);
}

/* Those counters that say that something is not seen, or not shown, that was there. */
static const char *const losses[][2] = {
	{ "live", "packets_lost" },
	{ "live", "packets_unreadable" },
	{ "live", "packets_cut" },
	{ "live", "uses_lost" },
	{ "live", "tasks_lost" },
	{ "live", "closes_lost" },
	{ "live", "sockets_unowned" },
	{ "live", "sockets_forgotten" },
	{ "live", "tasks_forgotten" },
	{ "live", "containers_late" },
	{ "live", "askers_ended" },
	{ "interfaces", "packets_lost" },
	{ "interfaces", "packets_missed" },
	{ "packets", "fragments_held" },
	{ "packets", "bad_linktype" },
	{ "packets", "bad_link" },
	{ "packets", "bad_ip" },
	{ "packets", "bad_fragment" },
	{ "packets", "bad_tunnel" },
	{ "packets", "bad_transport" },
	{ "packets", "bad_checksum" },
	{ "notes", "truncated" },
	{ "notes", "aggregated" },
	{ "notes", "fragments_expired" },
	{ "connections", "evicted" },
	{ "tcp", "over_limit" },
	{ "tcp", "gaps" },
	{ "messages", "incomplete_gap" },
	{ "messages", "incomplete_limit" },
	{ "messages", "incomplete_evicted" },
	{ "exchanges", "lost" },
	{ "dns", "limit" },
	{ "names", "forgotten" },
	{ "events", "patterns_given_up" },
	{ "events", "lost" },
	{ "packet_file", "lost" },
	{ "packet_file", "dropped" },
};

static void print_lost(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		const struct hw_counter *c = find(p, losses[i][0], losses[i][1]);
		const char *const pairs[4] = { "stage", losses[i][0], "reason", losses[i][1] };

		if (c)
			labelled(p, f, pairs, c->value);
	}
}

static void print_events(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < HW_TYPE_NR; i++) {
		const char *const pairs[4] = { "event",
					       hw_event_type((enum hw_event_type_index)i)->name };

		labelled(p, f, pairs, p->m->events[i]);
	}
}

/* How a role ends that has not ended so yet is not told. */
static void print_exchanges(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < (size_t)HW_ROLES_NR * HW_EXCHANGE_ENDS_NR; i++) {
		const enum hw_exchange_role role = (enum hw_exchange_role)(i / HW_EXCHANGE_ENDS_NR);
		const enum hw_exchange_end how = (enum hw_exchange_end)(i % HW_EXCHANGE_ENDS_NR);
		struct hw_labels labels = { 0 };

		hw_labels_add(&labels, "role", hw_exchange_role_name(role));
		hw_labels_add(&labels, "end", hw_exchange_end_name(how));
		if (p->m->exchanges[role][how])
			sample(p, f, &labels, p->m->exchanges[role][how]);
	}
}

static void print_output(struct page *p, const struct family *f)
{
	static const char *const results[] = { "written", "filtered", "lost" };

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		const struct hw_counter *c = find(p, "events", results[i]);
		const char *const pairs[4] = { "result", results[i] };

		if (c)
			labelled(p, f, pairs, c->value);
	}
}

static void print_series_nr(struct page *p, const struct family *f)
{
	sample(p, f, NULL, p->m->series.samples);
}

static void print_limited(struct page *p, const struct family *f)
{
	sample(p, f, NULL, p->m->limited);
}

static void print_build(struct page *p, const struct family *f)
{
	const char *const pairs[4] = { "version", hw_version() };

	labelled(p, f, pairs, 1);
}

#define OWN(member) .own = offsetof(struct hw_metrics_own, member)

/* clang-format off */
static const struct family families[] = {
	{ "http_server_request_duration_seconds", HISTOGRAM, "seconds",
	  "Duration of HTTP requests that servers of this host answered, from the first byte of "
	  "the request to the last of the response.",
	  print_histogram, .histogram = HW_SERVER_DURATION },
	{ "http_server_request_body_size_bytes", HISTOGRAM, "bytes",
	  "Size of the bodies of those requests, as they were sent.",
	  print_histogram, .histogram = HW_SERVER_REQUEST_SIZE },
	{ "http_server_response_body_size_bytes", HISTOGRAM, "bytes",
	  "Size of the bodies of their responses, as they were sent.",
	  print_histogram, .histogram = HW_SERVER_RESPONSE_SIZE },
	{ "http_server_active_requests", GAUGE, NULL,
	  "Requests that servers of this host have begun to get and not answered yet.",
	  print_own, OWN(server_requests) },
	{ "http_client_request_duration_seconds", HISTOGRAM, "seconds",
	  "Duration of HTTP requests of clients on this host, from the first byte of the request "
	  "to the last of the response.",
	  print_histogram, .histogram = HW_CLIENT_DURATION },
	{ "http_client_request_body_size_bytes", HISTOGRAM, "bytes",
	  "Size of the bodies of those requests, as they were sent.",
	  print_histogram, .histogram = HW_CLIENT_REQUEST_SIZE },
	{ "http_client_response_body_size_bytes", HISTOGRAM, "bytes",
	  "Size of the bodies of their responses, as they were sent.",
	  print_histogram, .histogram = HW_CLIENT_RESPONSE_SIZE },
	{ "http_client_active_requests", GAUGE, NULL,
	  "Requests that clients on this host have begun to send and got no answer to yet.",
	  print_own, OWN(client_requests) },

	{ "httpwire_exchanges", COUNTER, NULL,
	  "Requests with their responses by how they ended; evicted, unpaired and capture_ended "
	  "are not in the histograms.",
	  print_exchanges },
	{ "httpwire_events", COUNTER, NULL,
	  "Events that the filters let through, printed or not.",
	  print_events },
	{ "httpwire_output_events", COUNTER, NULL,
	  "What became of events at the output.",
	  print_output },
	{ "httpwire_packets", COUNTER, NULL,
	  "Packets read.",
	  print_counter, .stage = "packets", .counter = "read" },
	{ "httpwire_captured_bytes", COUNTER, "bytes",
	  "Captured bytes of those packets.",
	  print_counter, .stage = "packets", .counter = "bytes" },
	{ "httpwire_messages", COUNTER, NULL,
	  "HTTP messages whose first bytes were seen.",
	  print_counter, .stage = "messages", .counter = "begun" },
	{ "httpwire_lost", COUNTER, NULL,
	  "What was there and was not seen, or not whole; the statistics in httpwire(1) explain "
	  "each.",
	  print_lost },
	{ "httpwire_connections", COUNTER, NULL,
	  "TCP connections seen.",
	  print_counter, .stage = "connections", .counter = "seen" },
	{ "httpwire_connections_open", GAUGE, NULL,
	  "TCP connections that are followed now.",
	  print_counter, .stage = "connections", .counter = "open" },
	{ "httpwire_memory_bytes", GAUGE, "bytes",
	  "Memory that the input makes httpwire keep now.",
	  print_own, OWN(memory_bytes) },
	{ "httpwire_memory_peak_bytes", GAUGE, "bytes",
	  "The most of that so far.",
	  print_own, OWN(memory_peak_bytes) },
	{ "httpwire_memory_limit_bytes", GAUGE, "bytes",
	  "The most of that there may be: --max-memory.",
	  print_own, OWN(memory_limit_bytes) },
	{ "httpwire_metrics_series", GAUGE, NULL,
	  "Series of exchanges on this page.",
	  print_series_nr },
	{ "httpwire_metrics_series_limited", COUNTER, NULL,
	  "Exchanges counted under _other because there would be too many series: "
	  "--metrics-series.",
	  print_limited },
	{ "httpwire_build", INFO, NULL,
	  "Version of httpwire.",
	  print_build },
	{ "process_start_time_seconds", GAUGE, "seconds",
	  "When httpwire was started, in seconds since the Unix epoch.",
	  print_own, OWN(start_ns) },
	{ "process_cpu_seconds", COUNTER, "seconds",
	  "Time that httpwire was on a CPU.",
	  print_own, OWN(cpu_ns) },
};
/* clang-format on */

static const char *type_of(enum kind kind, bool is_openmetrics)
{
	switch (kind) {
	case COUNTER:
		return "counter";
	case GAUGE:
		return "gauge";
	case HISTOGRAM:
		return "histogram";
	case INFO:
		return is_openmetrics ? "info" : "gauge";
	}
	return NULL;
}

static void comment(struct page *p, const struct family *f, const char *what, const char *text)
{
	put(p, HW_SLICE("# "));
	put_text(p, what);
	put(p, HW_SLICE(" "));
	put_text(p, f->name);
	if (p->format == HW_METRICS_TEXT)
		put_text(p, suffix_of(f->kind));
	put(p, HW_SLICE(" "));
	put_text(p, text);
	end(p);
}

static void print_family(struct page *p, const struct family *f)
{
	const bool is_openmetrics = p->format == HW_METRICS_OPENMETRICS;

	comment(p, f, "HELP", f->help);
	comment(p, f, "TYPE", type_of(f->kind, is_openmetrics));
	if (is_openmetrics && f->unit)
		comment(p, f, "UNIT", f->unit);
	f->print(p, f);
}

const char *hw_metrics_content_type(enum hw_metrics_format format)
{
	return format == HW_METRICS_TEXT
		       ? "text/plain; version=0.0.4; charset=utf-8"
		       : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

size_t hw_metrics_render(const struct hw_metrics *m, const struct hw_metrics_own *own,
			 enum hw_metrics_format format, char *ret, size_t max)
{
	struct page p = { .m = m, .own = own, .format = format, .ret = ret, .max = max };

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		print_family(&p, &families[i]);
	if (format == HW_METRICS_OPENMETRICS)
		put(&p, HW_SLICE("# EOF\n"));
	return p.is_full ? 0 : p.len;
}
