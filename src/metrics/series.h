/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/metrics/series.h - histograms, each with its labels, and no more than a number of them
 */
#ifndef HW_METRICS_SERIES_H
#define HW_METRICS_SERIES_H

#include "base/hash.h"
#include "metrics/labels.h"

enum {
	HW_BUCKETS_MAX = 15, /* the one without a bound among them */
	HW_TRACE_ID_MAX = 32,
};

/* The histograms there are of exchanges. */
enum hw_histogram {
	HW_SERVER_DURATION,
	HW_SERVER_REQUEST_SIZE,
	HW_SERVER_RESPONSE_SIZE,
	HW_CLIENT_DURATION,
	HW_CLIENT_REQUEST_SIZE,
	HW_CLIENT_RESPONSE_SIZE,
	HW_HISTOGRAM_NR,
};

/* Upper bounds, inclusive, ascending, and how they are written. */
struct hw_buckets {
	size_t nr; /* the last has no bound: "+Inf" */
	uint64_t bounds[HW_BUCKETS_MAX];
	const char *texts[HW_BUCKETS_MAX];
};

/* Of durations in nanoseconds, or of sizes in bytes. */
const struct hw_buckets *hw_histogram_buckets(enum hw_histogram h);

/* One measurement that can be looked up elsewhere; the last of its bucket. */
struct hw_exemplar {
	uint64_t value, time_ns;
	size_t trace_id_len; /* 0: there is none */
	char trace_id[HW_TRACE_ID_MAX];
};

/* A histogram of one set of labels. */
struct hw_series {
	struct hw_series *next;	  /* of the same histogram, later made */
	struct hw_series *beside; /* private: in the hash table */
	uint64_t hash;		  /* private */
	enum hw_histogram histogram;
	uint64_t sum, nr;
	uint64_t counts[HW_BUCKETS_MAX]; /* of this bucket alone */
	struct hw_exemplar *exemplars;	 /* one for each bucket; NULL: none */
	struct hw_slice labels;
};

struct hw_series_table {
	size_t samples; /* that the series are exposed as */
	struct hw_series *first[HW_HISTOGRAM_NR];

	/* private */
	struct hw_series *last[HW_HISTOGRAM_NR];
	struct hw_series *found[HW_HISTOGRAM_NR]; /* last; NULL: none */
	struct hw_series **places;
	size_t places_nr; /* a power of two */
	struct hw_hash_key key;
};

/* `samples_max`: no more will be asked for. Returns 0 or -ENOMEM. */
int hw_series_table_init(struct hw_series_table *t, size_t samples_max, uint64_t seed);
void hw_series_table_clear(struct hw_series_table *t);

/*
 * The series with these labels. It is made if it is not there and then there are no more
 * than `samples_max` samples, of it too. NULL: it was not, or there is no memory.
 */
struct hw_series *hw_series_get(struct hw_series_table *t, enum hw_histogram h,
				const struct hw_labels *labels, size_t samples_max);

/* Add a measurement. `trace_id` is hex or empty; what is longer than HW_TRACE_ID_MAX is none. */
void hw_series_add(struct hw_series *s, uint64_t value, struct hw_slice trace_id, uint64_t time_ns);

#endif
