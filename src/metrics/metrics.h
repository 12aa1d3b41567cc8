/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/metrics/metrics.h - what monitoring asks: how many, how long, how large
 *
 * Events go in, one at a time; out comes a page in a text format of Prometheus. Names,
 * labels and buckets of what is measured of HTTP are those of OpenTelemetry's semantic
 * conventions, as Prometheus spells them. Pure: no I/O, no clock. Memory is taken for new
 * series only, and series are limited. One thread uses it.
 */
#ifndef HW_METRICS_METRICS_H
#define HW_METRICS_METRICS_H

#include "event/event.h"
#include "httpwire.h"

enum {
	HW_METRICS_SERIES_LEAST = 1000,
	HW_METRICS_SERIES_MAX = 1000000,
	HW_METRICS_LINE_MAX = 1400, /* bytes of a line with its exemplar */
};

struct hw_metrics; /* opaque */

/*
 * A page will have at most `series_max` samples, which is from _LEAST to _MAX: a histogram
 * of n buckets is n + 3. When there are too many for another set of labels, an exchange is
 * counted where http_route and server_address are "_other", and at last where all labels
 * are. `seed` is of the hash table. Returns 0 or -ENOMEM.
 */
int hw_metrics_new(struct hw_metrics **ret, size_t series_max, uint64_t seed);

/* Takes NULL. */
void hw_metrics_free(struct hw_metrics *m);

/* Count the event, and measure it if it is an exchange that has ended. */
void hw_metrics_take(struct hw_metrics *m, const struct hw_event *event);

/* What the program knows of itself when a page is made. */
struct hw_metrics_own {
	const struct hw_counter *counters; /* of the engine, and of the source */
	size_t counters_nr;
	uint64_t memory_bytes, memory_peak_bytes, memory_limit_bytes;
	uint64_t server_requests, client_requests; /* that go on now */
	uint64_t start_ns;			   /* of the process, since the epoch */
	uint64_t cpu_ns;			   /* that it has used */
};

enum hw_metrics_format {
	HW_METRICS_TEXT,	/* Prometheus's, 0.0.4 */
	HW_METRICS_OPENMETRICS, /* 1.0.0; with exemplars */
};

/* The Content-Type of a page. */
const char *hw_metrics_content_type(enum hw_metrics_format format);

/*
 * Write a page to the `max` bytes at `ret`. Returns its length; 0 if there is no room,
 * which does not happen with HW_METRICS_LINE_MAX for each series.
 */
size_t hw_metrics_render(const struct hw_metrics *m, const struct hw_metrics_own *own,
			 enum hw_metrics_format format, char *ret, size_t max);

#endif
